"""Signed links: one action for one person on one delivery, good until an instant.

Owns the token's form: 22 bytes of payload and 16 of HMAC-SHA256, written as 51 base64url characters.
A token is not a login: whoever holds it can do its one action and nothing else. Every other spelling
of the same bytes is refused, so a token has one text. Pure: takes keys and ``now``.
"""

from __future__ import annotations

import hmac
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from cadence.errors import CadenceError, Invalid

#: how long the links of a message stay good
LINK_LIFETIME = timedelta(days=14)
#: characters of a token
TOKEN_LENGTH = 51

_FORMAT = 1
_SHAPE = re.compile(r"[A-Za-z0-9_-]{51}")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_INNER, _OUTER = bytes(x ^ 0x36 for x in range(256)), bytes(x ^ 0x5C for x in range(256))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MAX_DELIVERY, _MAX_PERSON, _MAX_VERSION, _MAX_EXPIRY = 1 << 48, 1 << 40, 1 << 32, 1 << 40


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


_HEADS = {
    LinkPurpose.ACKNOWLEDGE: _FORMAT << 4 | 1,
    LinkPurpose.PREFERENCES: _FORMAT << 4 | 2,
    LinkPurpose.RESPOND: _FORMAT << 4 | 3,
    LinkPurpose.EXPORT: _FORMAT << 4 | 4,
    LinkPurpose.ERASE: _FORMAT << 4 | 5,
}
_PURPOSES = {head: purpose for purpose, head in _HEADS.items()}


class LinkSigner:
    """Signs links with the current key and reads those signed with any of its keys.

    ``keys``: number -> secret of at least 16 bytes; the numbers only say which is ``current``, so a
    secret may move to another number when keys are rotated. ``deployment``: a name of this installation,
    usually its base URL; links of another one are refused.
    """

    def __init__(self, keys: Mapping[int, bytes], current: int, *, deployment: str = "") -> None:
        if current not in keys:
            raise Invalid("current", current, "is not the number of a key")
        if any(len(key) < 16 for key in keys.values()):
            raise Invalid("keys", "(hidden)", "holds a key of fewer than 16 bytes")
        self._signing: dict[LinkPurpose, tuple[int, _Mac]] = {}
        self._reading: dict[int, list[bytes]] = {}
        for purpose, head in _HEADS.items():
            label = f"cadence link {_FORMAT} {purpose} ".encode() + deployment.encode()
            for number, key in keys.items():
                mark = head << 8 | _mark_of(key)
                derived = hmac.digest(key, label, "sha256")
                self._reading.setdefault(mark, []).append(derived)
                if number == current:
                    self._signing[purpose] = mark, _Mac(derived)

    def sign(self, link: Link) -> str:
        """Return the token of ``link``, 51 base64url characters. Raises Invalid when a number does not fit."""
        delivery, person, version = link.delivery_id, link.person_id, link.version_id
        expiry = (link.expires_at - _EPOCH) // _SECOND
        if not (0 <= delivery < _MAX_DELIVERY and 0 <= person < _MAX_PERSON and 0 <= version < _MAX_VERSION and 0 <= expiry < _MAX_EXPIRY):
            raise Invalid("link", (delivery, person, version, expiry), "has a number outside its limits")
        mark, mac = self._signing[link.purpose]
        payload = ((((mark << 48 | delivery) << 40 | person) << 32 | version) << 40 | expiry).to_bytes(22, "big")
        return _spell(payload + mac.digest(payload)[:16])

    def read(self, token: str, now: datetime, *, purpose: LinkPurpose | None = None) -> Link:
        """Return what ``token`` says. ``now``: aware UTC. ``purpose``: refuse links made for anything else.

        Raises LinkRefused for everything that ``sign`` did not return with one of these keys, and for links that are too old.
        """
        if not _SHAPE.fullmatch(token):
            raise _forged()
        raw = a2b_base64(token.encode().translate(_FROM_URL) + b"=")
        payload, tag = raw[:22], raw[22:]
        if _spell(raw) != token:
            raise _forged()
        number = int.from_bytes(payload, "big")
        mark = number >> 160
        keys = self._reading.get(mark, [])
        # no early end: the time taken says nothing about which key matched
        matched = [hmac.compare_digest(hmac.digest(key, payload, "sha256")[:16], tag) for key in keys]
        if not any(matched):
            raise _forged()
        found = _PURPOSES[mark >> 8]
        if purpose is not None and purpose != found:
            raise _forged()
        expires_at = _EPOCH + timedelta(seconds=number & _MAX_EXPIRY - 1)
        if now >= expires_at:
            raise LinkRefused(LinkProblem.EXPIRED, "This link is too old to use. There is a fresh one in a newer message.")
        return Link(
            purpose=found,
            delivery_id=number >> 112 & _MAX_DELIVERY - 1,
            person_id=number >> 72 & _MAX_PERSON - 1,
            version_id=number >> 40 & _MAX_VERSION - 1,
            expires_at=expires_at,
        )


class _Mac:
    """HMAC-SHA256 under one key whose two blocks are taken in beforehand (RFC 2104, section 4): a fifth of the time of ``hmac.digest``."""

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(64, b"\0")  # keys here are digests: never longer than a block
        self._inner = sha256(padded.translate(_INNER))
        self._outer = sha256(padded.translate(_OUTER))

    def digest(self, message: bytes) -> bytes:
        """Return the 32 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def _mark_of(key: bytes) -> int:
    """Return one byte that tells keys apart without telling them; two keys may share it."""
    return sha256(b"cadence key mark" + key).digest()[0]


def _spell(raw: bytes) -> str:
    return b2a_base64(raw, newline=False)[:TOKEN_LENGTH].translate(_TO_URL).decode()


def _forged() -> LinkRefused:
    return LinkRefused(LinkProblem.FORGED, "This link was not made by us, or it was changed on the way. Open it again from the message.")
