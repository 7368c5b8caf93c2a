"""Sealed tokens of mail providers, one for each; what seals them is ``operations.sending.token_vault``."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import oauth_tokens
from cadence.store.database.sql import insert_for


def sealed_token(connection: Connection, provider: str) -> str:
    """Return what is kept for a provider, empty for nothing."""
    return connection.execute(sa.select(oauth_tokens.c.sealed).where(oauth_tokens.c.provider == provider)).scalar_one_or_none() or ""


def keep_token(connection: Connection, provider: str, sealed: str, *, now: datetime) -> None:
    """Keep a sealed token in place of the one before."""
    values = {"sealed": sealed, "saved_at": now}
    connection.execute(
        insert_for(connection, oauth_tokens)
        .values(provider=provider, **values)
        .on_conflict_do_update(index_elements=["provider"], set_=values)
    )
