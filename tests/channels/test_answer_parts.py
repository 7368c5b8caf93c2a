"""Which parts of an answer are read: all text that is shown, in its order, and a word for what cannot be read."""

from __future__ import annotations

import pytest

from cadence.channels.email.answer_parts import UnreadReason, written_in
from cadence.channels.email.parts import read

ATTACHED = "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nattached"
PICTURE = "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="
SIGNATURE = "Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----"
SMIME = "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIAG"
INVITATION = "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR"


def plain(text: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}"


def html(text: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n{text}"


def parts(kind: str, *inner: str, boundary: str = "m") -> str:
    body = "".join(f"--{boundary}\n{one}\n" for one in inner)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n{body}--{boundary}--\n"


READ = {
    "split by a picture": (parts("mixed", plain("First half."), PICTURE, plain("Second half?")), "First half.\nSecond half?"),
    "split by a picture, HTML": (parts("mixed", html("<p>First</p>"), PICTURE, html("<p>Second</p>")), "First\n\nSecond"),
    "both forms": (parts("alternative", plain("Why?"), html("<p>Why in colours?</p>")), "Why?"),
    "an empty plain form": (parts("alternative", plain("\n \n"), html("<p>Why?</p>")), "Why?"),
    "with a picture in the HTML": (
        parts("alternative", plain(""), parts("related", html("<p>Why?</p><img src='cid:1'>"), PICTURE, boundary="r")),
        "Why?",
    ),
    "split by Apple Mail in both forms": (
        parts(
            "alternative",
            plain("First\n\nSecond"),
            parts("mixed", html("<p>First</p>"), PICTURE, html("<p>Second</p>"), boundary="r"),
        ),
        "First\n\nSecond",
    ),
    "signed by PGP": (parts("signed", plain("Why?"), SIGNATURE), "Why?"),
    "signed by S/MIME": (parts("signed", parts("alternative", plain("Why?"), html("Why?"), boundary="a"), SMIME), "Why?"),
    "an attached text": (parts("mixed", plain("Why?"), ATTACHED), "Why?"),
    "a footer of a list": (parts("mixed", plain("Why?"), plain("-- \nThis list is read by many.")), "Why?"),
    "an answer to an invitation": (parts("mixed", parts("alternative", plain("I come."), INVITATION, boundary="a")), "I come."),
    "no type": ("Subject: x\n\nWhy?", "Why?"),
    "flowed": ("Content-Type: text/plain; format=flowed\n\nWhy do we \ndo this?\n> old \n> words\n-- \nAna", "Why do we do this?"),
    "flowed, no gaps": ("Content-Type: text/plain; format=flowed; delsp=yes\n\nWhy d \no we?\n \n From here", "Why do we?\n\nFrom here"),
    "quoted-printable": (
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=\n=9Fe?",
        "Grüße?",
    ),
    "PGP in the text, signed": (
        plain("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWhy?\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----"),
        "Why?",
    ),
}


@pytest.mark.parametrize(("raw", "said"), READ.values(), ids=READ.keys())
def test_what_is_shown_is_read(raw: str, said: str) -> None:
    found = written_in(read(raw.encode()))
    assert (found.text, found.unread) == (said, None)


UNREAD = {
    "S/MIME, signed and opaque": ("Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nMIAG", UnreadReason.SEALED),
    "S/MIME, old name": ("Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data\n\nMIAG", UnreadReason.SEALED),
    "S/MIME inside a list's mail": (
        parts("mixed", "Content-Type: application/pkcs7-mime\n\nMIAG", plain("-- \nThis list is read by many.")),
        UnreadReason.SEALED,
    ),
    "PGP/MIME": (parts("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1"), UnreadReason.SEALED),
    "PGP in the text": (plain("-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----"), UnreadReason.SEALED),
    "PGP in the HTML": (html("<pre>-----BEGIN PGP MESSAGE-----<br>hQEM</pre>"), UnreadReason.SEALED),
    "a picture alone": (PICTURE, UnreadReason.FILES),
    "a picture and nothing written": (parts("mixed", plain("\n"), PICTURE), UnreadReason.FILES),
    "an attached text alone": (ATTACHED, UnreadReason.FILES),
    "a calendar alone": (INVITATION, UnreadReason.FILES),
    "nothing": (plain(""), UnreadReason.EMPTY),
    "only a quote": (plain("> old"), UnreadReason.EMPTY),
    "parts without a boundary": ("Content-Type: multipart/mixed\n\n--x\n\nWhy?", UnreadReason.EMPTY),
}


@pytest.mark.parametrize(("raw", "why"), UNREAD.values(), ids=UNREAD.keys())
def test_what_cannot_be_read_is_told(raw: str, why: UnreadReason) -> None:
    found = written_in(read(raw.encode()))
    assert (found.text, found.unread) == ("", why)
