"""The one way by which words of others come into the database: without links of ours, which end when they are seen there.

Questions, notices and what a server said are read by people other than the one a link was sent to. Each link of ours becomes
"[link]" before it is stored, and its token opens nothing from then on; the person's next message has fresh ones. Only a digest of
the token is kept, for as long as the token would have been good. What a link of ours is: ``domain.sending.quoted_links``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.links import LINK_LIFETIME
from cadence.domain.sending.quoted_links import without_links
from cadence.store.database.core import revoked_links as revoked
from cadence.store.database.engine import own_address
from cadence.store.database.sql import insert_for

#: a token seen now was signed before now, and is too old by itself after this
_REMEMBERED = LINK_LIFETIME + timedelta(days=1)


def keep_text(connection: Connection, text: str, *, now: datetime) -> str:
    """Return ``text`` as it may be stored, and end the links of ours that stood in it."""
    kept = without_links(text, own_address(connection))
    _revoke(connection, kept.tokens, now=now)
    return kept.text


def keep_detail(connection: Connection, detail: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return a JSON object with every text in it kept as ``keep_text`` does."""
    return {name: _kept(connection, value, now) for name, value in detail.items()}


def _kept(connection: Connection, value: Any, now: datetime) -> Any:
    if isinstance(value, str):
        return keep_text(connection, value, now=now)
    if isinstance(value, dict):
        return keep_detail(connection, value, now=now)
    return [_kept(connection, one, now) for one in value] if isinstance(value, list) else value


def _revoke(connection: Connection, tokens: Sequence[str], *, now: datetime) -> None:
    if not tokens:
        return
    rows = [{"digest": _digest(token), "revoked_at": now} for token in dict.fromkeys(tokens)]
    connection.execute(insert_for(connection, revoked).values(rows).on_conflict_do_nothing(index_elements=["digest"]))


def is_revoked(connection: Connection, token: str) -> bool:
    """Return whether a link was ended before its time."""
    return connection.execute(sa.select(revoked.c.digest).where(revoked.c.digest == _digest(token))).first() is not None


def forget_revoked(connection: Connection, *, now: datetime) -> int:
    """Remove what is too old to open anything; return how many were removed."""
    return connection.execute(sa.delete(revoked).where(revoked.c.revoked_at < now - _REMEMBERED)).rowcount


def any_forgettable(connection: Connection, *, now: datetime) -> bool:
    """Return whether ``forget_revoked`` would remove anything."""
    return connection.execute(sa.select(revoked.c.digest).where(revoked.c.revoked_at < now - _REMEMBERED).limit(1)).first() is not None


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
