"""Refresh tokens at rest: sealed with a key that is derived from the installation's secret, and kept in the database.

AES-256-GCM under a key by HKDF-SHA256; the provider's name is authenticated with it, so that no row can stand for another. After the
secret was changed the one before still opens what it sealed. A copy of the database alone opens nothing.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cadence.domain.sending.reply_words import Cause
from cadence.errors import ChannelRefused
from cadence.store.database.engine import Database
from cadence.store.sending import tokens as rows

#: what the key is for; another purpose has another key
_PURPOSE = b"cadence: tokens of mail providers, version 1"
_VERSION = "1."
_NONCE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVault:
    """Keeps the refresh tokens. ``secrets``: the installation's secret, then the one before when there is one."""

    database: Database
    secrets: tuple[bytes, ...]
    now: Callable[[], datetime]

    def load(self, provider: str) -> str:
        """Return the refresh token of a provider, empty for none. Raises ChannelRefused when no secret opens it."""
        with self.database.read() as connection:
            sealed = rows.sealed_token(connection, provider)
        if not sealed:
            return ""
        for secret in self.secrets:
            opened = open_sealed(sealed, secret, provider)
            if opened is not None:
                if secret != self.secrets[0]:  # the one before will be taken away one day
                    self.save(provider, opened)
                return opened
        raise ChannelRefused(
            f"The token of {provider} was sealed with another secret key and cannot be read; run: cadence mail connect {provider}",
            provider_code="oauth",
            cause=Cause.LOGIN,
        )

    def save(self, provider: str, renewal: str) -> None:
        """Keep a refresh token in place of the one before."""
        sealed = seal(renewal, self.secrets[0], provider, nonce=os.urandom(_NONCE))
        with self.database.transaction() as connection:
            rows.keep_token(connection, provider, sealed, now=self.now())


def seal(text: str, secret: bytes, provider: str, *, nonce: bytes) -> str:
    """Return ``text`` so that only ``secret`` opens it, and only for this provider. ``nonce``: 12 bytes, never twice."""
    locked = AESGCM(_key(secret)).encrypt(nonce, text.encode(), provider.encode())
    return _VERSION + urlsafe_b64encode(nonce + locked).decode()


def open_sealed(sealed: str, secret: bytes, provider: str) -> str | None:
    """Return what was sealed for this provider; None when ``secret`` does not open it, or it was changed."""
    if not sealed.startswith(_VERSION):
        return None
    try:
        raw = urlsafe_b64decode(sealed[len(_VERSION) :])
        return AESGCM(_key(secret)).decrypt(raw[:_NONCE], raw[_NONCE:], provider.encode()).decode()
    except (InvalidTag, ValueError):
        return None


def _key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret)
