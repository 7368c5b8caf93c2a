"""What the memory model makes of one person, for telling it: predicted recall today, and when it falls to a target.

Reads what the tables keep and adds nothing to it. Figures are rounded to steps of 5 points between 5 and 95, because
they are guesses, and so that a jump does not tell an admin what somebody answered. Formulas: ``domain.memory.model``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.attention import attention
from cadence.domain.memory.model import PairStates, after_sighting, next_due, org_offset, org_slope, person_offset, predicted_recall, recall
from cadence.domain.planning.recipients import to_days
from cadence.store.planning import explanations as rows
from cadence.store.responding import answers as answer_rows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: further than this nothing is foretold
_HORIZON_DAYS = 400.0
_BLANK = PairStates.blank(1)
#: days by which the same instant may differ between two columns
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """The model's view of one person at ``now``."""

    now: datetime
    theta: float
    slope: float
    #: statement -> its state, open showings counted as seen with the chance of a silent one
    states: dict[int, PairStates]
    #: statement -> day it was last planned or sent
    last_day: dict[int, float]

    def recall(self, statement_id: int) -> float:
        """Return the predicted chance of recall now, in [0, 1]; 0 for what was never shown."""
        state = self.states.get(statement_id, _BLANK)
        plain = recall(state, to_days(self.now))
        return float(predicted_recall(plain, np.array([self.theta]), self.slope)[0])

    def due(self, statement_id: int, *, target: float, min_gap_days: float, max_gap_days: float) -> datetime:
        """Return when the statement is next wanted: at the target, within the gaps; ``now`` at the earliest."""
        last = np.array([self.last_day.get(statement_id, -np.inf)])
        day = next_due(
            self.states.get(statement_id, _BLANK),
            np.array([self.theta]),
            last,
            target=target,
            min_gap_days=min_gap_days,
            max_gap_days=max_gap_days,
            slope=self.slope,
        )[0]
        today = to_days(self.now)
        instant = _EPOCH + timedelta(days=float(np.clip(day, today, today + _HORIZON_DAYS)))
        return max(instant.replace(microsecond=0), self.now)


def guesses_of(connection: Connection, person_id: int, exposures: dict[int, Any], *, now: datetime) -> Guesses:
    """Return the model's view of a person; ``exposures``: their rows by statement."""
    org = answer_rows.org_sums(connection, day=int(to_days(now)))
    score, information = answer_rows.person_sums(connection, person_id)
    theta = person_offset(np.array([score]), np.array([information]), org_offset(org))
    unseen = rows.seen_if_silent(connection, person_id)
    usual = max(unseen.values(), default=float(attention(np.zeros(1), np.zeros(1)).seen_if_silent[0]))
    return Guesses(
        now=now,
        theta=float(theta[0]),
        slope=org_slope(org),
        states={statement: _state(row, usual, to_days(now)) for statement, row in exposures.items()},
        last_day={
            statement: max(day for day in (row.sent_day, row.planned_day) if day is not None)
            for statement, row in exposures.items()
            if row.sent_day is not None or row.planned_day is not None
        },
    )


def _state(row: Any, seen_if_silent: float, today: float) -> PairStates:
    state = PairStates(
        encoded=np.array([row.encoded]),
        stability=np.array([row.stability]),
        difficulty=np.array([row.difficulty]),
        seen_at=np.array([row.seen_day if row.seen_day is not None else today]),
    )
    shown = row.planned_day if row.planned_day is not None and row.planned_day <= today else row.sent_day
    is_open = shown is not None and (row.folded_day is None or shown > row.folded_day + _ROUNDING)
    return after_sighting(state, shown, seen_if_silent) if is_open else state


def told_percent(chance: float) -> str:
    """Return a chance as people are told it: in steps of 5 points, "less than 5%" and "more than 95%" at the ends."""
    if chance < 0.05:
        return "less than 5%"
    return "more than 95%" if chance > 0.95 else f"about {5 * round(chance * 20)}%"
