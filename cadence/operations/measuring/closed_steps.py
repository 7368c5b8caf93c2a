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
from cadence.domain.measuring.releases import as_released, is_held
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
    last: Step | None,
    verdict: Verdict,
    number: int,
    now: datetime,
    selection: float = 0.0,
    details: Mapping[str, float] | None = None,
) -> Step:
    """Return the step to store; a value only with a figure, a range only where one may be said.

    last: the group's own step before it, in today's meaning; its numbers are published once more where they have hardly moved.
    details: shares in [0, 1] by name, stored as percent in steps of five.
    """
    said = verdict in (Verdict.FIGURE, Verdict.RANGE)
    exact = [float(part[column]) for part in (shares.value, shares.low, shares.high)]
    value, low, high = as_released(exact[0], exact[1], exact[2]) if said else (None, None, None)
    text = json.dumps({name: round(share * 100 / _ROUNDED_TO) * _ROUNDED_TO for name, share in (details or {}).items()}, sort_keys=True)
    before = None if last is None or last.low is None or last.high is None else (last.value, last.low, last.high)
    if last is not None and said and before is not None and is_held(before, exact[0], exact[1], exact[2]):
        verdict, (value, low, high), text = Verdict(last.verdict), before, last.details
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
        details=text,
    )
