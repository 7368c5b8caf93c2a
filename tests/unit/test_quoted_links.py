"""No link of ours is left in what others read: in every way a mail program or a scanner writes one."""

from __future__ import annotations

import contextlib
import quopri
from base64 import b64encode, urlsafe_b64encode
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.sending.links import Link, LinkPurpose, LinkRefused, LinkSigner
from cadence.domain.sending.quoted_links import without_links
from tests.fixtures.builders import NOW

BASE = "https://cadence.example.com"
_SIGNER = LinkSigner({1: b"0123456789abcdef"}, current=1, deployment=BASE)


def a_token(number: int = 1, purpose: LinkPurpose = LinkPurpose.RESPOND) -> str:
    return _SIGNER.sign(Link(purpose=purpose, delivery_id=number, person_id=7, version_id=3, expires_at=NOW + timedelta(days=14)))


TOKEN = a_token()
URL = f"{BASE}/c/{TOKEN}"
CODED = quote(URL, safe="")
OUTLOOK = "https://eur01.safelinks.protection.outlook.com/?url="


def _opens(token: str) -> bool:
    with contextlib.suppress(LinkRefused):
        return _SIGNER.read(token, NOW).person_id == 7
    return False


def _defended(url: str) -> str:
    """As Proofpoint writes it in the second form of its wrapper."""
    return "".join(c if c.isalnum() or c == "." else "_" if c == "/" else f"-{ord(c):02X}" for c in url)


WAYS = {
    "as sent": URL,
    "with a choice": f"{URL}?choice=3",
    "page of the export": f"{BASE}/p/{a_token(2, LinkPurpose.PREFERENCES)}/export",
    "acknowledge": f"{BASE}/a/{a_token(3, LinkPurpose.ACKNOWLEDGE)}",
    "no scheme": f"cadence.example.com/c/{TOKEN}",
    "host in capitals": f"HTTPS://Cadence.Example.COM/c/{TOKEN}",
    "another host": f"https://old.example.net/c/{TOKEN}",
    "the token alone": TOKEN,
    "in angle brackets": f"<{URL}>",
    "as Slack writes it": f"<{URL}|Answer>",
    "as Markdown": f"[answer]({URL})",
    "in Markdown's emphasis": f"*{URL}*",
    "percent-encoded": quote(URL, safe=""),
    "percent-encoded twice": quote(quote(URL, safe=""), safe=""),
    "each letter percent-encoded": "".join(f"%{ord(c):02x}" for c in URL),
    "quoted-printable": quopri.encodestring(f"{URL}?choice=3".encode()).decode().strip(),
    "quoted-printable, short lines": f"{URL[:40]}=\n{URL[40:60]}=\r\n{URL[60:]}",
    "wrapped in the token": f"{URL[:50]}\n{URL[50:]}",
    "wrapped twice": f"{URL[:45]}\n{URL[45:60]}\n{URL[60:]}",
    "wrapped before the token": f"{BASE}/c/\n{TOKEN}",
    "wrapped in a quote": f"> {URL[:50]}\n> {URL[50:]}",
    "wrapped in a quote of a quote": f">> {URL[:50]}\n> > {URL[50:]}",
    "SafeLinks": f"{OUTLOOK}{CODED}&data=05%7C02%7Cana%40example.com&sdata=abc%3D&reserved=0",
    "SafeLinks, wrapped": f"{OUTLOOK}{CODED[:60]}\n{CODED[60:]}&data=05",
    "urldefense 1": f"https://urldefense.proofpoint.com/v1/url?u={URL}&k=oIvRg1%3D%3D",
    "urldefense 2": f"https://urldefense.proofpoint.com/v2/url?u={_defended(URL)}&d=DwMFaQ&c=abc&r=def",
    "urldefense 3": f"https://urldefense.com/v3/__{URL}__;!!Kys!abc$",
    "Barracuda": f"https://linkprotect.cudasvc.com/url?a={quote(URL, safe='')}&c=E,1,x",
    "Cisco": f"https://secure-web.cisco.com/1abc/{quote(URL, safe='')}",
    "Google": f"https://www.google.com/url?q={quote(URL)}&sa=D",
    "Sophos, base64": f"https://eu-west-1.protection.sophos.com/?d=example.com&u={quote(b64encode(URL.encode()).decode(), safe='')}&i=x",
    "base64 for addresses": f"https://scan.example.net/go/{urlsafe_b64encode(URL.encode()).decode()}",
    "HTML": f'<a href="{URL}">Answer</a>',
    "HTML with entities": URL.replace("/", "&#x2F;").replace(":", "&#58;"),
    "invisible letters inside": f"{URL[:50]}\u200b{URL[50:]}",
    "soft hyphens inside": f"{URL[:50]}\u00ad{URL[50:]}",
    "hxxp": f"hxxps://cadence.example.com/c/{TOKEN}",
}


@pytest.mark.parametrize("written", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("base", [BASE, ""], ids=["address known", "address unknown"])
def test_no_link_of_ours_is_left(written: str, base: str) -> None:
    found = without_links(f"Why so? See {written} please.", base)
    assert "[link]" in found.text
    assert found.text.startswith("Why so? See ")
    assert found.text.endswith(" please.")
    left = "".join(found.text.split())
    assert not any(TOKEN[at : at + 12] in left for at in range(len(TOKEN) - 12))
    # a long wrapper may hold something else of that form, which opens nothing
    assert sum(_opens(token) for token in found.tokens) == 1


def test_a_link_of_ours_is_known_by_its_address_whatever_stands_behind_it() -> None:
    said = "Known already?\nhttps://cadence.example.com/c/TOKENOFTHISPERSON\n\nhttps://cadence.example.com/p/OWNPREFERENCES\n"
    assert without_links(said, BASE).text == "Known already?\n[link]\n\n[link]\n"
    assert without_links(said, f"{BASE}/").text == without_links(said).text == without_links(said, BASE).text
    assert without_links("https://example.com:8443/cadence/c/X1", "https://example.com:8443/cadence").text == "[link]"
    assert without_links(f"{BASE}/sign-in?token={'k' * 30}", BASE).text == "[link]"


@pytest.mark.parametrize(
    "said",
    [
        "Why do we do this?",
        "See https://support.google.com/a/answer/2956491 and https://www.youtube.com/c/ChannelName, please.",
        "https://cadence.example.com/ and https://cadence.example.com/statements/repair-before-replace",
        "https://evil.example/c/short https://notcadence.example.com/p/12",
        "The commit is 3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab8.",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "yes\nyes\nyes\nyes\nEach\nword\nstands\nalone\nhere\nand\nnothing\nis\na\nlink\nof\nours",
        "50% more = better\n100%25 a=b /a/ b",
        "a/b/c/d e=3D f%20g &amp; h &lt;",
        "",
    ],
)
def test_everything_else_stays_as_it_was_written(said: str) -> None:
    assert without_links(said, BASE).text == said


@given(st.text(max_size=300), st.sampled_from(sorted(WAYS)), st.text(max_size=300))
def test_whatever_stands_around_it_no_link_is_left(before: str, way: str, after: str) -> None:
    found = without_links(f"{before} {WAYS[way]} {after}", BASE)
    assert TOKEN[:30] not in found.text
    assert TOKEN[-30:] not in found.text


def test_a_long_text_is_done_in_a_moment() -> None:
    """Bounded by the size of a question: what is slow to read would hold up the mailbox."""
    for said in (
        "%41" * 10_000,
        "=\n" * 15_000,
        "a\n" * 15_000,
        f"{URL} " * 300,
        "E" * 30_000,
        "https://" * 4_000,
        "/c/" * 10_000,
        "&#1;" * 7_000,
    ):
        assert len(without_links(said, BASE).text) <= len(said)
