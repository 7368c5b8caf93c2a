"""Mail as bytes: checked headers and quoted-printable parts, put together without the email package.

Owns the form of a message: CRLF line ends, lines of at most 76 characters, RFC 2047 words for anything that
is not ASCII, nothing that could end a header early. A ``Fragment`` is a piece of a quoted-printable body that
ends at a line end of the encoding, so fragments can be joined in any order and cached.
RFC 5322 sections 2.2.3 and 3.4, RFC 2045 section 6.7, RFC 2046 section 5.1.4, RFC 2047.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from datetime import UTC, datetime
from functools import lru_cache

import idna

from cadence.errors import RenderError

#: bytes of a quoted-printable body, ending in a (soft or hard) line end
Fragment = bytes

_LINE = 76
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ATEXT_UTF8 = re.compile(r"[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\].]+(?:\.[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\].]+)*")
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_RISKY_LINE = re.compile(rb"^(?:\.|From )", re.MULTILINE)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: "=_" never occurs in quoted-printable text, so no body can hold this line
_BOUNDARY = "=_cadence_part"
_OPENING = (
    f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n\r\n'
    f'--{_BOUNDARY}\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
).encode()
_BETWEEN = (
    f'\r\n--{_BOUNDARY}\r\nContent-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
).encode()
_CLOSING = f"\r\n--{_BOUNDARY}--\r\n".encode()


def assemble(headers: bytes, text: list[Fragment], html: list[Fragment]) -> bytes:
    """Return the complete message. ``headers``: joined results of ``header``, ``address_header`` and ``token_header``."""
    return b"".join((headers, _OPENING, *text, _BETWEEN, *html, _CLOSING))


def fragment(text: str) -> Fragment:
    """Return ``text`` quoted-printable, ending in a soft line end where it does not end in a line end itself.

    Line ends in ``text`` become CRLF. Raises RenderError for half of a character.
    """
    try:
        data = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    except UnicodeEncodeError:
        raise RenderError("the text holds half of a character (a lone surrogate)") from None
    # the added letter keeps room for the soft line end and keeps spaces at the end as they are
    encoded = b2a_qp(data + b"x", istext=True)[:-1]
    if encoded and not encoded.endswith(b"\n"):
        encoded += b"=\n"
    if _RISKY_LINE.search(encoded):
        encoded = b"\n".join(map(_harmless, encoded.split(b"\n")))
    return encoded.replace(b"\n", b"\r\n")


def _harmless(line: bytes) -> bytes:
    """Return an encoded line that starts neither with a dot (RFC 5321 section 4.5.2) nor with "From " (mbox)."""
    if not line.startswith((b".", b"From ")):
        return line
    first, rest = b"=%02X" % line[0], line[1:]
    return first + rest if len(first) + len(rest) <= _LINE else first + b"=\n" + _harmless(rest)


@lru_cache(maxsize=2048)
def header(name: str, value: str) -> bytes:
    """Return one unstructured header with its line end, folded, with RFC 2047 words where needed.

    Raises RenderError when ``value`` holds a control character or a line separator.
    """
    _check(name, value)
    plain = value.isascii() and "=?" not in value and value == value.strip() and "  " not in value
    if plain:
        lines = _fold(f"{name}: {value}")
        if all(len(line) <= _LINE for line in lines):
            return ("\r\n ".join(lines) + "\r\n").encode()
    return f"{name}: {_encoded_words(value, taken=len(name) + 2)}\r\n".encode()


def token_header(name: str, value: str) -> bytes:
    """Return a structured header whose ASCII value is written as it is (an id, a date, a URL in angle brackets)."""
    _check(name, value)
    if not value.isascii() or len(value) > 900:
        raise RenderError(f"the header {name} holds more than ASCII or is too long")
    gap = "\r\n " if len(name) + 2 + len(value) > 78 and " " not in value else " "
    return f"{name}:{gap}{value}\r\n".encode()


def address_header(name: str, display_name: str, address: str) -> bytes:
    """Return an address header with one mailbox; ``address`` comes from ``check_address``.

    The display name is quoted or encoded, so no name can become a second address.
    """
    if not display_name:
        return f"{name}: {address}\r\n".encode()
    if _PLAIN_PHRASE.fullmatch(display_name) and "=?" not in display_name:
        phrase = display_name
    else:
        _check(name, display_name)
        phrase = _phrase(display_name, taken=len(name) + 2)
    last = len(phrase) - phrase.rfind("\n") + (0 if "\n" in phrase else len(name) + 2)
    gap = " " if last + len(address) + 2 <= _LINE else "\r\n "
    return f"{name}: {phrase}{gap}<{address}>\r\n".encode()


def check_address(address: str) -> tuple[str, bool]:
    """Return (address with its domain in ASCII, whether it needs SMTPUTF8).

    Takes ``local@domain`` with a dot-atom or UTF-8 local part; no comments, quotes, routes or second ``@``.
    Raises RenderError for anything else (RFC 5321: local part 64, whole 254 bytes). The text names no address.
    """
    local, at, domain = address.partition("@")
    if not at or "@" in domain:
        raise RenderError("the address is not of the form name@domain")
    host = _ascii_domain(domain)
    ascii_local = _DOT_ATOM.fullmatch(local) is not None
    if not ascii_local and (local.isascii() or not _ATEXT_UTF8.fullmatch(local) or _FORBIDDEN.search(local)):
        raise RenderError("the part of the address before the @ holds a character that mail does not allow")
    if len(local.encode()) > 64 or len(local.encode()) + len(host) > 253:
        raise RenderError("the address is longer than mail allows (64 bytes before the @, 254 in all)")
    return f"{local}@{host}", not ascii_local


@lru_cache(maxsize=1024)
def _ascii_domain(domain: str) -> str:
    if domain.isascii() and _HOST.fullmatch(domain):
        return domain
    try:
        found = idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        found = ""
    if not _HOST.fullmatch(found):
        raise RenderError("the part of the address behind the @ is not a domain name")
    return found


@lru_cache(maxsize=256)
def format_date(instant: datetime) -> str:
    """Return an aware instant as RFC 5322 writes it, in UTC: "Mon, 23 Nov 2026 10:35:16 +0000"."""
    if instant.tzinfo is None:
        raise RenderError("the date of a message needs a time zone")
    utc = instant.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02d} {_MONTHS[utc.month - 1]} {utc.year:04d} {utc:%H:%M:%S} +0000"


def _check(name: str, value: str) -> None:
    found = _FORBIDDEN.search(value)
    if found:
        raise RenderError(f"the header {name} holds the character U+{ord(found[0]):04X}, which could end it early", header=name)


def _phrase(display_name: str, *, taken: int) -> str:
    if display_name.isascii() and "=?" not in display_name and taken + len(display_name) < _LINE - 8:
        return '"' + display_name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _encoded_words(display_name, taken=taken)


def _fold(text: str) -> list[str]:
    """Return ``text`` in lines to be joined by "CRLF space"; a word longer than a line stays whole."""
    lines = [""]
    for word in text.split(" "):
        if not lines[-1]:
            lines[-1] = word
        elif len(lines[-1]) + 1 + len(word) > _LINE - 1 and not lines[-1].endswith(":"):
            lines.append(word)
        else:
            lines[-1] += " " + word
    return lines


def _encoded_words(text: str, *, taken: int) -> str:
    """Return ``text`` as base64 words of RFC 2047, whole characters in each, one to a line."""
    words: list[str] = []
    chunk = b""
    room = _room(taken)
    for character in text:
        data = character.encode()
        if len(chunk) + len(data) > room:
            words.append(_word(chunk))
            chunk, room = b"", _room(1)
        chunk += data
    return "\r\n ".join([*words, _word(chunk)])


def _room(taken: int) -> int:
    """Return how many bytes an encoded word may hold behind ``taken`` characters of its line."""
    return (min(_LINE - taken, 75) - len("=?utf-8?b??=")) // 4 * 3


def _word(chunk: bytes) -> str:
    return "=?utf-8?b?" + b2a_base64(chunk, newline=False).decode() + "?="
