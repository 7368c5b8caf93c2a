"""The wear-out guard: a statement that a person probably saw ten times in 90 days is paused for 14, and the leader is asked to rewrite it.

Only pairs sent ten times or more can be worn out, so only these are looked at. After the rest one more showing is
allowed before it rests again. Why: docs/how-cadence-decides.md.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.planning.recipients import to_days
from cadence.domain.planning.selection import MOST_IN_90_DAYS, WORN_OUT_DAYS
from cadence.domain.planning.trace import Rule
from cadence.operations.planning.batch import CandidateBatch
from cadence.store.planning import wear_out as rows
from cadence.store.running.notices import find_notice, raise_notice

WINDOW = timedelta(days=90)


def hold_worn_out(connection: Connection, batch: CandidateBatch) -> None:
    """Take worn-out pairs out of ``batch.allowed``, remember their rest, and tell the leader once for each text."""
    grid, context = batch.grid, batch.context
    often = batch.allowed & (grid.times_sent >= MOST_IN_90_DAYS) & ~batch.fresh & (grid.planned_day > grid.held_until_day)
    if not often.any():
        return
    people = np.flatnonzero(often.any(axis=1)).tolist()
    ids = batch.ids
    since = context.now - WINDOW
    seen = rows.seen_since(connection, [ids[i] for i in people], [s.id for s in context.statements], since=since)
    resting = []
    rested = np.ones_like(batch.allowed)
    for i in people:
        for k in np.flatnonzero(often[i]).tolist():
            if seen.get((ids[i], context.statements[k].id), 0.0) >= MOST_IN_90_DAYS:
                rested[i, k] = False
                resting.append((i, k))
    batch.allowed &= context.trace.allow(Rule.WORN_OUT, rested)
    rows.hold(connection, [(ids[i], context.statements[k].id) for i, k in resting], until_day=to_days(context.now) + WORN_OUT_DAYS)
    for k in sorted({k for _, k in resting}):
        statement = context.statements[k]
        key = f"rewrite_asked:{statement.id}:{statement.version_id}"
        if find_notice(connection, key) is not None:  # asked once, also when the leader chose to leave the text as it is
            continue
        raise_notice(
            connection,
            key=key,
            role="leader",
            code="rewrite_asked",
            statement_id=statement.id,
            detail={"people": sum(1 for _, at in resting if at == k)},
            now=context.now,
        )
