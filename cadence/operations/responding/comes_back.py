"""When a statement that a person was asked about is wanted again: told to that person alone.

The same formula by which the planner chooses, with the limits' own target and gaps; a cadence may have others, so a page says
"about". Changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import floor

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.evidence import history, of_meaning
from cadence.domain.memory.model import PairStates, next_due, org_offset, org_slope, person_offset
from cadence.domain.memory.single import folded
from cadence.domain.planning.limits import Limits
from cadence.store.responding import answers, learning


def comes_back(
    connection: Connection, *, person_id: int, statement_id: int, kind: str, version_id: int, answered_at: datetime, now: datetime
) -> datetime:
    """Return the instant from which the statement is wanted again, never before ``now``. ``kind``: of the statement."""
    shown = learning.shown_to(connection, low=person_id, high=person_id).get(person_id, [])
    said = learning.said_by(connection, low=person_id, high=person_id).get(person_id, [])
    meaning = learning.meanings(connection).get(statement_id, frozenset()) | {version_id}
    state = folded(of_meaning(history(shown, said).facts.get(statement_id, []), meaning))
    org = answers.org_sums(connection, day=floor(now.timestamp() / 86_400.0))
    score, information = answers.person_sums(connection, person_id)
    limits = Limits()
    day = next_due(
        PairStates(
            encoded=np.array([state.encoded]),
            stability=np.array([state.stability]),
            difficulty=np.array([state.difficulty]),
            seen_at=np.array([state.seen_at]),
        ),
        person_offset(np.array([score]), np.array([information]), org_offset(org)),
        np.array([answered_at.timestamp() / 86_400.0]),
        target=limits.target_awareness.get(kind, 0.9),
        min_gap_days=limits.min_gap_days,
        max_gap_days=limits.max_gap_days,
        slope=org_slope(org),
    )
    return max(datetime.fromtimestamp(float(day[0]) * 86_400.0, UTC), now)
