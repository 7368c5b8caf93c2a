"""The wear-out guard: a statement that a person probably saw ten times in 90 days rests for 14, and the leader is asked to rewrite it.

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
from cadence.operations.planning.scene import Scene
from cadence.store.planning import wear_out as rows
from cadence.store.running.notices import find_notice, raise_notice

WINDOW = timedelta(days=90)


def hold_worn_out(connection: Connection, scene: Scene) -> None:
    """Take worn-out pairs out of ``scene.allowed``, remember their rest, and tell the leader once for each text."""
    grid, turn = scene.grid, scene.turn
    often = scene.allowed & (grid.times_sent >= MOST_IN_90_DAYS) & ~scene.fresh & (grid.planned_day > grid.held_until_day)
    if not often.any():
        return
    people = np.flatnonzero(often.any(axis=1)).tolist()
    ids = scene.ids
    since = turn.now - WINDOW
    seen = rows.seen_since(connection, [ids[i] for i in people], [s.id for s in turn.statements], since=since)
    resting = []
    rested = np.ones_like(scene.allowed)
    for i in people:
        for k in np.flatnonzero(often[i]).tolist():
            if seen.get((ids[i], turn.statements[k].id), 0.0) >= MOST_IN_90_DAYS:
                rested[i, k] = False
                resting.append((i, k))
    scene.allowed &= turn.trace.allow(Rule.WORN_OUT, rested)
    rows.hold(connection, [(ids[i], turn.statements[k].id) for i, k in resting], until_day=to_days(turn.now) + WORN_OUT_DAYS)
    for k in sorted({k for _, k in resting}):
        statement = turn.statements[k]
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
            now=turn.now,
        )
