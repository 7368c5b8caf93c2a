"""Let go of what has been kept to the end of its time, once a day, in chunks that hold up nobody.

How long things stay is a setting (``[retention]``); what each chunk does: ``store.people.retention``. A process that dies on the
way leaves the rest to the next day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.engine import Connection

from cadence.domain.people.retention import Retention
from cadence.store.database.engine import Database
from cadence.store.people import retention as rows
from cadence.store.running import daily

CHUNK = 2_000
_STEP = "retention"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """What left: tries whose server words were emptied, own words, notices."""

    replies: int = 0
    own_words: int = 0
    notices: int = 0


class _Chunk(Protocol):
    def __call__(self, connection: Connection, *, before: datetime, limit: int) -> int: ...


def retain(database: Database, retention: Retention, *, now: datetime, stop: Callable[[], bool] = lambda: False) -> Retained:
    """Let go of what is older than ``retention`` and return it counted; does nothing but one read when it was done today."""
    with database.read() as connection:
        if not daily.is_daily_due(connection, _STEP, now=now):
            return Retained()
    with database.transaction(durable=False) as connection:
        if not daily.claim_daily(connection, _STEP, now=now, first=now, again=now + _DAY):
            return Retained()

    def all_of(chunk: _Chunk, before: datetime) -> int:
        total = 0
        while not stop():
            with database.transaction(durable=False) as connection:
                found = chunk(connection, before=before, limit=CHUNK)
            total += found
            if found < CHUNK:
                break
        return total

    return Retained(
        replies=all_of(rows.empty_replies, now - retention.replies),
        own_words=all_of(rows.empty_own_words, now - retention.own_words),
        notices=all_of(rows.remove_notices, now - retention.notices),
    )
