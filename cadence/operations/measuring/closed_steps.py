"""A share becomes a stored step: rounded, with its verdict, and with the plain numbers that its details tell.

Owns the shape of what is stored for good; nothing exact leaves it. Who closes when: ``due_steps``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.measuring.figures import Group, Verdict
from cadence.domain.measuring.know_it import Shares
from cadence.domain.measuring.releases import as_released
from cadence.operations.measuring.due_steps import DueStep
from cadence.store.measuring.releases import Step

#: details are told in steps of so many percent
_ROUNDED_TO = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounts:
    """Whom a step is about: people of the group, those told, those who answered, and the newest answer in it."""

    people: int
    told: int
    answered: int
    newest_answer_id: int = 0


def closed_step(
    due: DueStep,
    group: Group,
    counts: GroupCounts,
    shares: Shares,
    column: int,
    *,
    verdict: Verdict,
    number: int,
    now: datetime,
    selection: float = 0.0,
    details: Mapping[str, float] | None = None,
) -> Step:
    """Return the step to store; a value only with a figure, a range only where one may be said.

    details: shares in [0, 1] by name, stored as percent in steps of five.
    """
    said = verdict in (Verdict.FIGURE, Verdict.RANGE)
    exact = (float(part[column]) for part in (shares.value, shares.low, shares.high))
    value, low, high = as_released(*exact) if said else (None, None, None)
    rounded = {name: round(share * 100 / _ROUNDED_TO) * _ROUNDED_TO for name, share in (details or {}).items()}
    return Step(
        figure=due.kind.value,
        statement_id=due.statement.id,
        version_id=due.statement.version_id,
        group_kind=group.kind,
        group_name=group.name,
        step=number,
        released_at=now,
        people=counts.people,
        told=counts.told,
        answered=counts.answered,
        verdict=verdict.value,
        value=value if verdict is Verdict.FIGURE else None,
        low=low,
        high=high,
        newest_answer_id=counts.newest_answer_id,
        selection=round(selection, 2),
        details=json.dumps(rounded, sort_keys=True),
    )
