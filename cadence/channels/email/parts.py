"""The parts of a mail that strangers sent, read with limits and never with an exception.

The standard library's parser follows nesting without end, and each level makes each line dearer: a mail
of 1 MB can keep it busy for minutes. Here depth, parts, header bytes and text are bounded; what lies beyond is
not read. Only heads go through the library. RFC 2045, RFC 2046 section 5.1.1.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Any, TypeVar, cast

from cadence.channels.email.charsets import decode

#: of one mail is read
MAX_BYTES = 1_000_000
MAX_HEAD = 64_000
MAX_DEPTH = 5
MAX_PARTS = 40
#: of one text part
MAX_TEXT = 200_000
#: of one header value
MAX_VALUE = 4_000

_Answer = TypeVar("_Answer")

_BLANK = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A head and what follows it."""

    head: Message
    body: bytes

    @property
    def kind(self) -> str:
        """The content type in lower case, "text/plain" when it has none or a wrong one."""
        return str(_quietly(self.head.get_content_type, "text/plain"))

    def parameter(self, name: str) -> str:
        """Return a parameter of Content-Type, empty when it has none."""
        found = _quietly(lambda: cast(Any, self.head.get_param(name, "")), "")
        return clean(found[2] if isinstance(found, tuple) else str(found or ""))

    def values(self, name: str) -> list[str]:
        """Return the values of a header, unfolded, as they were sent."""
        # as they are: get_all would turn undeclared 8-bit letters into question marks
        found = [str(value) for key, value in self.head.raw_items() if key.lower() == name.lower()]
        return [" ".join(clean(value[:MAX_VALUE]).split()) for value in found[:MAX_PARTS]]

    def value(self, name: str) -> str:
        """Return the first value of a header, empty when there is none."""
        return next(iter(self.values(name)), "")

    def words(self, name: str) -> str:
        """Return the first value of a header with its encoded words (RFC 2047) read, and letters of no declared set guessed."""
        text = self.value(name)
        if "=?" not in text:
            sent = next((str(value) for key, value in self.head.raw_items() if key.lower() == name.lower()), "")[:MAX_VALUE]
            return " ".join(clean(decode(sent.encode("utf-8", "surrogateescape"))).split()) if "\ufffd" in text and _escaped(sent) else text
        pieces: list[Any] = _quietly(lambda: decode_header(text), [(text, None)])
        return " ".join("".join(p if isinstance(p, str) else clean(decode(p, c or "")) for p, c in pieces).split())

    def content(self) -> bytes:
        """Return the body with its transfer encoding undone."""
        encoding = self.value("Content-Transfer-Encoding").lower()
        if encoding == "base64":
            return _from_base64(self.body)
        return quopri.decodestring(self.body) if encoding == "quoted-printable" else self.body

    def text(self) -> str:
        """Return the content as text, at most ``MAX_TEXT`` characters; what cannot be read becomes U+FFFD."""
        text = clean(decode(self.content()[: 4 * MAX_TEXT], self.parameter("charset")))[:MAX_TEXT]
        if self.kind == "text/plain" and self.parameter("format").lower() == "flowed":
            return _unfold(text, gap="" if self.parameter("delsp").lower() == "yes" else " ")
        return text

    @property
    def is_attached(self) -> bool:
        """Whether it was sent as a file, not as a part of what is read."""
        return self.value("Content-Disposition").lower().startswith("attachment")

    def children(self) -> Iterator[Part]:
        """Yield the parts of a multipart, none for anything else; messages inside are not entered."""
        boundary = self.parameter("boundary") if self.kind.startswith("multipart/") else ""
        if 0 < len(boundary) <= 200:
            yield from map(read, _children(self.body, boundary.encode("utf-8", "replace")))


def read(raw: bytes) -> Part:
    """Return head and body of a mail or of a part."""
    found = _BLANK.search(raw[: MAX_HEAD + 4])
    if raw.startswith((b"\n", b"\r\n")):
        head, body = b"", raw.lstrip(b"\r\n")
    elif found is not None:
        head, body = raw[: found.start()], raw[found.end() :]
    else:  # a head without end, or nothing but a head
        head, body = raw[:MAX_HEAD], b""
    return Part(_quietly(lambda: BytesHeaderParser(policy=compat32).parsebytes(head + b"\r\n\r\n"), Message()), body)


def walk(part: Part) -> Iterator[Part]:
    """Yield ``part`` and all parts below it, outside first; messages inside are not entered."""
    left = [MAX_PARTS]
    yield from _walk(part, 0, left)


def _walk(part: Part, depth: int, left: list[int]) -> Iterator[Part]:
    left[0] -= 1
    yield part
    if depth >= MAX_DEPTH:
        return
    for child in part.children():
        if left[0] <= 0:
            return
        yield from _walk(child, depth + 1, left)


def _children(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Yield what stands between the lines of ``boundary``; the last one may lack its end (a mail that was cut)."""
    line = re.compile(rb"(?:\A|\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    start: int | None = None
    for found in line.finditer(body):
        if start is not None:
            yield body[start : found.start()].removesuffix(b"\r")
        if found[1]:
            return
        start = body.find(b"\n", found.end()) + 1 or len(body)
    if start is not None:
        yield body[start:]


def clean(text: str) -> str:
    """Return ``text`` without halves of characters, as undeclared 8-bit header bytes leave them."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace").decode("utf-8", "replace")


def _escaped(text: str) -> bool:
    return all(not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in text)


def _from_base64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        useful = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        try:
            return binascii.a2b_base64(useful[: len(useful) // 4 * 4])
        except binascii.Error:
            return b""


def _unfold(text: str, *, gap: str) -> str:
    """Join the lines that a program broke to fit (RFC 3676 section 4); lines of other depths of quoting stay apart."""
    joined: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        said = line[marks:].removeprefix(" ")
        before = joined[-1] if joined else ""
        goes_on = before.endswith(" ") and before.lstrip(">").lstrip() != "-- " and len(before) - len(before.lstrip(">")) == marks
        if goes_on and said != "-- ":
            joined[-1] = before.removesuffix(" ") + gap + said
        else:
            joined.append(">" * marks + (" " if marks else "") + said)
    return "\n".join(joined)


def _quietly(ask: Callable[[], _Answer], otherwise: _Answer) -> _Answer:
    """Return what the library says, ``otherwise`` when a malformed header makes it raise (it does, in many ways)."""
    try:
        return ask()
    except Exception:
        return otherwise
