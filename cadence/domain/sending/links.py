"""Sealed links: one action for one person on one delivery, good until an instant.

Owns the token's form: a byte for format and purpose, a byte that finds the key, and AES-SIV (RFC 5297) over the numbers: 38 bytes,
51 base64url characters that tell nothing of whom they are for. A token is not a login: whoever holds it can do its one action and
nothing else. Every other spelling of the same bytes is refused, so a token has one text. Pure: takes keys and ``now``.
"""

from __future__ import annotations

import hmac
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from cadence.errors import CadenceError, Invalid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

#: how long the links of a message stay good
LINK_LIFETIME = timedelta(days=14)
#: characters of a token
TOKEN_LENGTH = 51

#: the format of links that are made; those of format 1, whose numbers stand in clear, are read as long as they are good
_FORMAT, _CLEAR = 2, 1
_SHAPE = re.compile(r"[A-Za-z0-9_-]{51}")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MAX_DELIVERY, _MAX_PERSON, _MAX_VERSION, _MAX_EXPIRY = 1 << 48, 1 << 40, 1 << 32, 1 << 40
#: takes the bytes of a token behind the two of its head; returns the 20 of its numbers, None when the key did not make it
_Opener = Callable[[bytes], "bytes | None"]


class LinkPurpose(StrEnum):
    """The one thing a link can do."""

    ACKNOWLEDGE = "acknowledge"
    PREFERENCES = "preferences"
    #: the page of one statement in one delivery: answer its check, tap, ask, take back
    RESPOND = "respond"
    #: take one's own data away, or erase it: short-lived, sent when the person asks for it
    EXPORT = "export"
    ERASE = "erase"


class LinkProblem(StrEnum):
    """Why a token was refused: not one of ours (or altered), ours and too old, ended because others may have read it, or of a leaver."""

    FORGED = "forged"
    EXPIRED = "expired"
    ENDED = "ended"
    LEFT = "left"


class LinkRefused(Invalid):
    """A link that cannot be used. ``data["problem"]`` is a LinkProblem; the text never holds the token."""

    code = "link_refused"

    def __init__(self, problem: LinkProblem, message: str) -> None:
        CadenceError.__init__(self, message, field="link", reason=message, problem=problem)

    @property
    def problem(self) -> LinkProblem:
        """Why it was refused."""
        found: LinkProblem = self.data["problem"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a token says. ``version_id`` is 0 for a link that is about no statement; ``expires_at`` has whole seconds."""

    purpose: LinkPurpose
    delivery_id: int
    person_id: int
    version_id: int = 0
    expires_at: datetime


_NUMBERS = {
    LinkPurpose.ACKNOWLEDGE: 1,
    LinkPurpose.PREFERENCES: 2,
    LinkPurpose.RESPOND: 3,
    LinkPurpose.EXPORT: 4,
    LinkPurpose.ERASE: 5,
}
_PURPOSES = {number: purpose for purpose, number in _NUMBERS.items()}


class LinkSigner:
    """Makes links with the current key and reads those made with any of its keys.

    ``keys``: number -> secret of at least 16 bytes; the numbers only say which is ``current``, so a
    secret may move to another number when keys are rotated. ``deployment``: a name of this installation that
    no other has; links of another one are refused. ``address``: its base URL, by which links of format 1 are told from others.
    """

    def __init__(self, keys: Mapping[int, bytes], current: int, *, deployment: str = "", address: str = "") -> None:
        # its import takes as long as a small command does
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        if current not in keys:
            raise Invalid("current", current, "is not the number of a key")
        if any(len(key) < 16 for key in keys.values()):
            raise Invalid("keys", "(hidden)", "holds a key of fewer than 16 bytes")
        self._sealing: dict[LinkPurpose, tuple[bytes, AESSIV]] = {}
        self._reading: dict[bytes, list[_Opener]] = {}
        for purpose, of_purpose in _NUMBERS.items():
            for number, key in keys.items():
                head = bytes((_FORMAT << 4 | of_purpose, _mark_of(key)))
                cipher = AESSIV(hmac.digest(key, _label(_FORMAT, purpose, deployment), "sha512"))
                self._reading.setdefault(head, []).append(_opener(cipher, head))
                if number == current:
                    self._sealing[purpose] = head, cipher
                in_clear = bytes((_CLEAR << 4 | of_purpose, _mark_of(key)))
                mac = hmac.digest(key, _label(_CLEAR, purpose, address), "sha256")
                self._reading.setdefault(in_clear, []).append(_clear_opener(mac, in_clear))

    def sign(self, link: Link) -> str:
        """Return the token of ``link``, 51 base64url characters. Raises Invalid when a number does not fit."""
        delivery, person, version = link.delivery_id, link.person_id, link.version_id
        expiry = (link.expires_at - _EPOCH) // _SECOND
        if not (0 <= delivery < _MAX_DELIVERY and 0 <= person < _MAX_PERSON and 0 <= version < _MAX_VERSION and 0 <= expiry < _MAX_EXPIRY):
            raise Invalid("link", (delivery, person, version, expiry), "has a number outside its limits")
        head, cipher = self._sealing[link.purpose]
        numbers = (((delivery << 40 | person) << 32 | version) << 40 | expiry).to_bytes(20, "big")
        return _spell(head + cipher.encrypt(numbers, [head]))

    def read(self, token: str, now: datetime, *, purpose: LinkPurpose | None = None) -> Link:
        """Return what ``token`` says. ``now``: aware UTC. ``purpose``: refuse links made for anything else.

        Raises LinkRefused for everything that was not made with one of these keys, and for links that are too old.
        """
        if not _SHAPE.fullmatch(token):
            raise _forged()
        raw = a2b_base64(token.encode().translate(_FROM_URL) + b"=")
        head, sealed = raw[:2], raw[2:]
        if _spell(raw) != token:
            raise _forged()
        # no early end: the time taken says nothing about which key matched
        opened = [numbers for opener in self._reading.get(head, []) if (numbers := opener(sealed)) is not None]
        if not opened:
            raise _forged()
        found = _PURPOSES[head[0] & 15]
        if purpose is not None and purpose != found:
            raise _forged()
        number = int.from_bytes(opened[0], "big")
        expires_at = _EPOCH + timedelta(seconds=number & _MAX_EXPIRY - 1)
        if now >= expires_at:
            raise LinkRefused(LinkProblem.EXPIRED, "This link is too old to use. There is a fresh one in a newer message.")
        return Link(
            purpose=found,
            delivery_id=number >> 112,
            person_id=number >> 72 & _MAX_PERSON - 1,
            version_id=number >> 40 & _MAX_VERSION - 1,
            expires_at=expires_at,
        )


def _opener(cipher: AESSIV, head: bytes) -> _Opener:
    from cryptography.exceptions import InvalidTag

    def opened(sealed: bytes) -> bytes | None:
        try:
            return cipher.decrypt(sealed, [head])
        except InvalidTag:
            return None

    return opened


def _clear_opener(key: bytes, head: bytes) -> _Opener:
    """Return what reads format 1: 20 bytes in clear and 16 of HMAC-SHA256."""

    def opened(sealed: bytes) -> bytes | None:
        numbers, tag = sealed[:20], sealed[20:]
        return numbers if hmac.compare_digest(hmac.digest(key, head + numbers, "sha256")[:16], tag) else None

    return opened


def _label(form: int, purpose: LinkPurpose, deployment: str) -> bytes:
    return f"cadence link {form} {purpose} {deployment}".encode()


def _mark_of(key: bytes) -> int:
    """Return one byte that tells keys apart without telling them; two keys may share it."""
    return sha256(b"cadence key mark" + key).digest()[0]


def _spell(raw: bytes) -> str:
    return b2a_base64(raw, newline=False)[:TOKEN_LENGTH].translate(_TO_URL).decode()


def _forged() -> LinkRefused:
    return LinkRefused(LinkProblem.FORGED, "This link was not made by us, or it was changed on the way. Open it again from the message.")
