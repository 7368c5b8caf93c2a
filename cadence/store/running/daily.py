"""When a daily step may run next, so that several processes do it once a day between them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import marks
from cadence.store.database.sql import insert_for


def claim_daily(connection: Connection, name: str, *, now: datetime, first: datetime, again: datetime) -> bool:
    """Return whether this process is to do the step ``name`` now; nobody else may before ``again`` or ``done_daily``.

    first: when it is due for the very first time.
    """
    connection.execute(insert_for(connection, marks).values(name=_key(name), position=_seconds(first)).on_conflict_do_nothing())
    mine = sa.update(marks).where(marks.c.name == _key(name), marks.c.position <= _seconds(now))
    return connection.execute(mine.values(position=_seconds(again))).rowcount == 1


def done_daily(connection: Connection, name: str, *, following: datetime) -> None:
    """The step is done; it is due again at ``following``."""
    connection.execute(sa.update(marks).where(marks.c.name == _key(name)).values(position=_seconds(following)))


def is_daily_due(connection: Connection, name: str, *, now: datetime) -> bool:
    """Return whether the step may be due, at the cost of one read."""
    position = connection.execute(sa.select(marks.c.position).where(marks.c.name == _key(name))).scalar()
    return position is None or position <= _seconds(now)


def _key(name: str) -> str:
    return f"daily:{name}"


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
