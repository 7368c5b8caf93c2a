"""Rows that have been kept to the end of their time, found and let go in chunks. How long that is: ``domain.people.retention``.

The tries of sending are walked once, in the order of their ids: how far is a row of ``marks``, so a day costs what the day brought.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import attempts, marks, notices, own_words
from cadence.store.database.sql import insert_for

_REPLIES = "retention:replies"


def empty_replies(connection: Connection, *, before: datetime, limit: int) -> int:
    """Take the words of servers out of the next ``limit`` tries made before an instant; return how many were looked at."""
    start = connection.execute(sa.select(marks.c.position).where(marks.c.name == _REPLIES)).scalar() or 0
    query = sa.select(attempts.c.id, attempts.c.intent_at).where(attempts.c.id > start).order_by(attempts.c.id).limit(limit)
    passed = []
    for row in connection.execute(query):
        if row.intent_at >= before:
            break
        passed.append(row.id)
    if not passed:
        return 0
    old = attempts.c.id.between(passed[0], passed[-1])
    connection.execute(sa.update(attempts).where(old, attempts.c.reply != "").values(reply=""))
    mark = insert_for(connection, marks).values(name=_REPLIES, position=passed[-1])
    connection.execute(mark.on_conflict_do_update(index_elements=["name"], set_={"position": passed[-1]}))
    return len(passed)


def empty_own_words(connection: Connection, *, before: datetime, limit: int) -> int:
    """Empty up to ``limit`` replies in own words written before an instant; return how many. What they were judged stays."""
    old = sa.select(own_words.c.id).where(own_words.c.said_at < before, own_words.c.words != "").order_by(own_words.c.id).limit(limit)
    return connection.execute(sa.update(own_words).where(own_words.c.id.in_(old)).values(words="")).rowcount


def remove_notices(connection: Connection, *, before: datetime, limit: int) -> int:
    """Remove up to ``limit`` notices that were resolved before an instant; return how many."""
    old = sa.select(notices.c.id).where(notices.c.resolved_at < before).order_by(notices.c.id).limit(limit)
    return connection.execute(sa.delete(notices).where(notices.c.id.in_(old))).rowcount
