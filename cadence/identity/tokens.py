"""Tokens of programs: made once and shown once, with scopes and an end; read from ``Authorization: Bearer`` (RFC 6750).

A token belongs to the company, not to the admin who made it: it goes on after they have left, until it is revoked or over.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_urlsafe

from cadence.domain.audit import Actor, Change, Plain, Via
from cadence.errors import Invalid, NotFound, StoreBusy
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.store.audit import entries
from cadence.store.database.engine import Database
from cadence.store.identity import tokens as rows

LONGEST_NAME = 80
#: how long a token may be good
MOST_DAYS = 730
#: "last used" is told to the minute
_STEP = timedelta(minutes=1)
#: longer headers hold no token of ours
_LONGEST = 200


class TokenKind(StrEnum):
    """What a token opens."""

    API = "api"
    SCIM = "scim"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was just made; ``secret`` is shown this once."""

    id: int
    secret: str


def bearer_of(header: str) -> str | None:
    """Return the token of an ``Authorization`` header, "" for one that cannot be any; None when it holds none."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    value = value.strip()
    return value if len(value) <= _LONGEST and value.isascii() else ""


def program_by_token(database: Database, token: str, *, kind: TokenKind, now: datetime) -> Viewer | None:
    """Return the program that shows ``token`` and what it may do; None when the token does not open this."""
    with database.read() as connection:
        found = rows.find_token(connection, token, kind=kind, now=now)
    if found is None:
        return None
    if found.used_at is None or found.used_at <= now - _STEP:
        # told by the next request when the database is busy
        with suppress(StoreBusy), database.transaction(durable=False) as connection:
            rows.note_used(connection, found.id, now=now)
    known = {one.value: one for one in Permission}
    return Viewer(
        account_id=found.account_id,
        name=found.name,
        permissions=frozenset(known[scope] for scope in found.scopes if scope in known),
        via=Via.SCIM if kind is TokenKind.SCIM else Via.API,
        token_id=found.id,
    )


def make_token(
    database: Database, *, name: str, kind: TokenKind, scopes: Collection[Permission], days: int, actor: Actor, now: datetime
) -> NewToken:
    """Make a token that is good for ``days``. Raises Invalid."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid("name", name, f"has 1 to {LONGEST_NAME} characters", example="scoreboard feed")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("days", days, f"is a number from 1 to {MOST_DAYS}")
    if kind is TokenKind.API and not scopes:
        raise Invalid("scopes", "", "at least one is needed", example=Permission.ENTER_VALUES.value)
    held = sorted(scope.value for scope in scopes) if kind is TokenKind.API else []
    secret = f"cad_{kind.value}_{token_urlsafe(32)}"
    ends_at = now + timedelta(days=days)
    with database.transaction() as connection:
        number = rows.add_token(
            connection, secret, name=name, kind=kind.value, scopes=held, account_id=actor.account_id, now=now, ends_at=ends_at
        )
        told: dict[str, Plain] = {"name": name, "kind": kind.value, "scopes": [*held], "ends_at": ends_at.isoformat()}
        entries.append(connection, actor, Change(action="token.made", object_kind="token", object_key=str(number), after=told), at=now)
    return NewToken(id=number, secret=secret)


def revoke_token(database: Database, token_id: int, *, actor: Actor, now: datetime) -> str:
    """End a token at once; return its name. Raises NotFound."""
    with database.transaction() as connection:
        found = rows.revoke_token(connection, token_id, now=now)
        if found is None:
            raise NotFound(f"no token in force has the number {token_id}")
        change = Change(action="token.revoked", object_kind="token", object_key=str(token_id), before={"name": found.name})
        entries.append(connection, actor, change, at=now)
    return found.name
