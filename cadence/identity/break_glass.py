"""The break-glass password: for admins, when neither the provider nor a link works. Always with a second factor.

argon2 by pwdlib; one-time codes (RFC 6238) by pyotp, each time step used once; ten recovery codes, each used once. Whatever is wrong,
the work and the answer are the same.
"""

from __future__ import annotations

import hashlib
import logging
import os
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hmac import compare_digest
from secrets import token_bytes

import pyotp
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from cadence.domain.audit import Actor, Change
from cadence.domain.people.addresses import parse_email
from cadence.errors import Invalid, NotFound
from cadence.identity.matching import may_sign_in
from cadence.identity.permissions import Role
from cadence.identity.signing_in import Begun, Browser, Method, begin_session
from cadence.operations.sending.token_vault import open_sealed, seal
from cadence.store.audit import entries
from cadence.store.database.engine import Database
from cadence.store.identity import accounts, passwords, sessions
from cadence.store.identity.passwords import StoredPassword

log = logging.getLogger("cadence.sign_in")

SHORTEST, LONGEST = 12, 200
RECOVERY_CODES = 10
_STEP = 30
#: a phone's clock may be one step off
_OFF = (0, -1, 1)
_PASSWORDS = PasswordHash((Argon2Hasher(),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A second factor that an app is to take over. ``sealed``: what the form brings back."""

    key: str
    uri: str
    sealed: str


def offer_factor(account_id: int, email: str, company: str, secrets: tuple[bytes, ...]) -> Offered:
    """Return a fresh second factor for an account; nothing is kept until it is confirmed."""
    key = pyotp.random_base32()
    return Offered(
        key=key,
        uri=pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=f"Cadence {company}"),
        sealed=_sealed(key, account_id, secrets),
    )


def offered_again(account_id: int, email: str, company: str, sealed: str, secrets: tuple[bytes, ...]) -> Offered | None:
    """Return the factor that was offered before; None when it was not made here."""
    key = _opened(sealed, account_id, secrets)
    if key is None:
        return None
    return Offered(key=key, uri=_uri(key, email, company), sealed=sealed)


def set_password(
    database: Database,
    account_id: int,
    *,
    password: str,
    offered: Offered,
    code: str,
    secrets: tuple[bytes, ...],
    session_id: int | None,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Keep a password with its factor and end all other sessions; return the recovery codes, to be shown once.

    Raises Invalid, NotFound.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password", None, f"has {SHORTEST} to {LONGEST} characters")
    step = _step_of(offered.key, code, now)
    if step is None:
        raise Invalid("code", None, "is not what the app shows now")
    codes = [b32encode(token_bytes(10)).decode() for _ in range(RECOVERY_CODES)]
    hashed = _PASSWORDS.hash(password)
    with database.transaction() as connection:
        account = accounts.account_by_id(connection, account_id)
        if account is None or account.ended_at is not None or Role.ADMIN not in account.roles:
            raise NotFound("only an admin has such a password")
        passwords.keep_password(
            connection,
            account_id,
            password_hash=hashed,
            totp_secret=_sealed(offered.key, account_id, secrets),
            totp_step=step,
            recovery=[_recovery_hash(one) for one in codes],
        )
        sessions.end_sessions(connection, account_id, now=now, but=session_id)
        change = Change(action="account.password_set", object_kind="account", object_key=str(account_id))
        entries.append(connection, actor, change, at=now)
    return ["-".join(one[i : i + 4] for i in range(0, 16, 4)) for one in codes]


def sign_in_by_password(
    database: Database,
    email: str,
    password: str,
    code: str,
    *,
    secrets: tuple[bytes, ...],
    browser: Browser,
    now: datetime,
    most: timedelta,
    next_path: str = "",
) -> Begun | None:
    """Begin the session of an admin; None when anything is wrong."""
    account_id, kept = _find(database, email)
    fits = _PASSWORDS.verify(password[:LONGEST], kept.password_hash if kept is not None else _nobodys())
    if account_id is None or kept is None or not fits or len(password) > LONGEST:
        log.warning("event=sign_in.wrong_password")
        return None
    with database.transaction() as connection:
        account = accounts.account_by_id(connection, account_id)
        held = passwords.password_of(connection, account_id)
        if account is None or held is None or held.password_hash != kept.password_hash:
            return None
        if Role.ADMIN not in account.roles or not may_sign_in(connection, account_id):
            return None
        key = _opened(held.totp_secret, account_id, secrets)
        step = _step_of(key, code, now) if key is not None else None
        if step is not None:
            if not passwords.use_step(connection, account_id, step):
                log.warning("event=sign_in.code_again account=%d", account_id)
                return None
        else:
            left = [one for one in held.recovery if not compare_digest(one, _recovery_hash(code))]
            if len(left) == len(held.recovery):
                log.warning("event=sign_in.wrong_code account=%d", account_id)
                return None
            passwords.keep_recovery(connection, account_id, left)
        log.warning("event=sign_in.by_password account=%d", account_id)
        return begin_session(connection, account_id, method=Method.PASSWORD, browser=browser, now=now, most=most, next_path=next_path)


@cache
def _nobodys() -> str:
    """Return what a password is compared with where there is none, so that this takes as long."""
    return _PASSWORDS.hash(b32encode(token_bytes(20)).decode())


def _uri(key: str, email: str, company: str) -> str:
    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=f"Cadence {company}")


def _find(database: Database, email: str) -> tuple[int | None, StoredPassword | None]:
    try:
        email = parse_email(email)
    except Invalid:
        return None, None
    with database.read() as connection:
        account = accounts.account_by_email(connection, email)
        if account is None:
            return None, None
        return account.id, passwords.read_password(connection, account.id)


def _step_of(key: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is; None: of none near now."""
    code = "".join(code.split())
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    at = int(now.timestamp()) // _STEP
    factor = pyotp.TOTP(key)
    found = [at + off for off in _OFF if compare_digest(factor.generate_otp(at + off), code)]
    return found[0] if found else None


def _recovery_hash(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"recovery {plain}".encode()).hexdigest()


def _sealed(key: str, account_id: int, secrets: tuple[bytes, ...]) -> str:
    return seal(key, secrets[0], f"second factor of account {account_id}", nonce=os.urandom(12))


def _opened(sealed: str, account_id: int, secrets: tuple[bytes, ...]) -> str | None:
    found = (open_sealed(sealed, secret, f"second factor of account {account_id}") for secret in secrets)
    return next((one for one in found if one is not None), None)
