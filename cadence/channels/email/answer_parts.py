"""Which parts of an answer hold what a person wrote, and why nothing could be read where nothing can.

Pure. All text that is shown counts, in its order: Apple Mail splits a text around its pictures. A part that is sealed, or a mail
that holds files only, is told by a word, so that somebody can look: never lost, never guessed. RFC 2046, RFC 8551 (S/MIME), RFC 3156.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cadence.channels.email.html_text import text_of_html
from cadence.channels.email.parts import MAX_DEPTH, MAX_PARTS, Part
from cadence.channels.email.reply_text import own_words

#: of HTML is read: malformed markup is slow
_MAX_HTML = 200_000
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")


class UnreadReason(StrEnum):
    """Why nothing of a mail can be read."""

    #: encrypted for somebody else's eyes, or signed in a form that wraps the text
    SEALED = "sealed"
    #: files or pictures only, or a form that is not text
    FILES = "files"
    #: nothing was written, or nothing that could be told from what is quoted
    EMPTY = "empty"
    #: its From line names nobody, or several
    SENDER = "sender"
    #: a program wrote it, in a way that is not known
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a person wrote, without what they quoted. ``unread``: why there is nothing, None when there is something."""

    text: str
    unread: UnreadReason | None


def written_in(mail: Part) -> Written:
    """Return what the person wrote."""
    left = [MAX_PARTS]
    texts, others = _texts(mail, 0, left)
    said = own_words("\n".join(texts))
    if "-----BEGIN PGP MESSAGE-----" in said or (not said and UnreadReason.SEALED in others):
        return Written(text="", unread=UnreadReason.SEALED)
    return Written(text=said, unread=None if said else UnreadReason.FILES if others else UnreadReason.EMPTY)


def _texts(part: Part, depth: int, left: list[int]) -> tuple[list[str], set[UnreadReason]]:
    """Return the texts that are shown, and what else was found."""
    left[0] -= 1
    if left[0] < 0 or depth > MAX_DEPTH:
        return [], {UnreadReason.FILES}
    kind = part.kind
    if kind in _SEALED or kind == "multipart/encrypted":
        return [], {UnreadReason.SEALED}
    if kind == "multipart/alternative":
        return _best([_texts(child, depth + 1, left) for child in part.children()])
    if kind.startswith("multipart/"):
        found: tuple[list[str], set[UnreadReason]] = [], set()
        for child in part.children():
            texts, others = _texts(child, depth + 1, left)
            # what follows the first part belongs to it: the pictures of its HTML, its signature
            if found[0] and kind in ("multipart/related", "multipart/signed"):
                continue
            found = [*found[0], *texts], found[1] | others
        return found
    if part.is_attached or not kind.startswith("text/"):
        return [], {UnreadReason.FILES}
    if kind == "text/html":
        return [text_of_html(part.text()[:_MAX_HTML])], set()
    return ([part.text()], set()) if kind in ("text/plain", "text/enriched", "text/markdown") else ([], {UnreadReason.FILES})


def _best(versions: list[tuple[list[str], set[UnreadReason]]]) -> tuple[list[str], set[UnreadReason]]:
    """Return the first of several forms of one text that says something: plain text stands before HTML."""
    telling = [one for one in versions if own_words("\n".join(one[0]))]
    written = [one for one in versions if "".join(one[0]).strip()]
    return next(iter(telling or written or versions), ([], set()))
