"""Advice that an account does not want to see for a while ("Not now"), by a stable subject."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import put_off as rows
from cadence.store.database.sql import insert_for


def subjects_put_off(connection: Connection, account_id: int, *, now: datetime) -> frozenset[str]:
    """Return what the account put off until later than ``now``."""
    query = sa.select(rows.c.subject).where(rows.c.account_id == account_id, rows.c.until > now)
    return frozenset(connection.execute(query).scalars())


def put_off(connection: Connection, account_id: int, subject: str, *, until: datetime) -> None:
    """Put a subject off until then; a second time moves the end."""
    insert = insert_for(connection, rows).values(account_id=account_id, subject=subject, until=until)
    connection.execute(insert.on_conflict_do_update(index_elements=["account_id", "subject"], set_={"until": until}))
