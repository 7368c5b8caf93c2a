"""The leader's estimate in the report: whether one is wanted, and how far it lies from the released figure.

Estimate, then see: while an estimate is wanted there is no gap, so that a page can hold the result back without doing sums.
Before the first figure of today the gap is the one at the start: against what people knew before the first text. Decisions:
``domain.measuring.projection``. Locking an estimate: ``operations.measuring.estimates``; its words: ``estimate_words``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection

from cadence.domain.measuring.figures import Figure, FigureKind
from cadence.domain.measuring.projection import asked_again_from, company_gap, gap_to_figure
from cadence.store.measuring.estimates import StoredEstimate, stored_estimates
from cadence.store.planning.chunks import CurrentStatement


class Why(StrEnum):
    """Why an estimate is wanted."""

    #: none was ever made
    FIRST = "first"
    #: the statement means something else since the last one
    NEW_MEANING = "new_meaning"
    #: the last one is a quarter old
    NEW_ROUND = "new_round"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateDue:
    """An estimate is wanted. ``last_at``: when the last one was made, None before the first."""

    why: Why
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The estimate of this round and how far it lies from the figure it is held against; positive: the leader assumed too much.

    Whole percent and points throughout, from released numbers only.
    """

    estimate: int
    made_at: datetime
    made_by: str
    #: of today, or of before the first text while there is none of today
    figure: Figure
    #: estimate minus the figure; None where only a range, or nothing, may be said
    points: int | None = None
    #: estimate minus the ends of its range
    low: int | None = None
    high: int | None = None
    #: probability that the gap is more than 10 points, and whether it may be called almost sure
    exceeds_ten_points: float | None = None
    almost_surely: bool = False

    @property
    def is_at_start(self) -> bool:
        """Whether it is held against what people knew before the first text."""
        return self.figure.is_said and self.figure.kind is FigureKind.FROM_ELSEWHERE

    @property
    def as_thought(self) -> bool:
        """Whether the gap is less than half as wide as the range, so that it says nothing."""
        return self.points is not None and self.low is not None and self.high is not None and 2 * abs(self.points) < self.high - self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class OverallGap:
    """What the leader thinks and what people know, over the ``statements`` that have a figure and an estimate, of ``of`` in force.

    Whole percent, means over the statements; None when fewer than three have both.
    """

    statements: int
    of: int
    at_start: bool
    estimate: int | None = None
    value: int | None = None
    low: int | None = None
    high: int | None = None

    @property
    def points(self) -> int | None:
        """How many points the estimates lie above what people know."""
        return None if self.estimate is None or self.value is None else self.estimate - self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateRound:
    """What is asked for and what was estimated in this round, by statement; declined ones are in neither."""

    asked: dict[int, EstimateDue]
    made: dict[int, StoredEstimate]


def guesses(connection: Connection, chosen: Sequence[CurrentStatement], *, now: datetime) -> EstimateRound:
    """Return which of these statements want an estimate at ``now``, and the estimates that count."""
    stored = stored_estimates(connection, [one.id for one in chosen])
    asked: dict[int, EstimateDue] = {}
    made: dict[int, StoredEstimate] = {}
    for one in chosen:
        last = next(iter(stored.get(one.id, [])), None)
        why = why_asked(one, last, now=now)
        if why is not None:
            asked[one.id] = EstimateDue(why=why, last_at=None if last is None else last.made_at)
        elif last is not None and last.percent is not None:
            made[one.id] = last
    return EstimateRound(asked=asked, made=made)


def wants_estimate(connection: Connection, chosen: Sequence[CurrentStatement], *, now: datetime) -> dict[int, EstimateDue]:
    """Return the statements, by id, that want an estimate at ``now``, and why."""
    return guesses(connection, chosen, now=now).asked


def why_asked(one: CurrentStatement, last: StoredEstimate | None, *, now: datetime) -> Why | None:
    """Return why an estimate is wanted after ``last``; None while that one holds.

    One that is dated a whole round ahead was made on a clock that ran wrong, and would hold for as long: it is asked for again.
    """
    if last is None:
        return Why.FIRST
    if last.version_id not in one.same_meaning:
        return Why.NEW_MEANING
    over = now >= asked_again_from(last.made_at) or last.made_at >= asked_again_from(now)
    return Why.NEW_ROUND if over else None


def gap_of(made: StoredEstimate, know_it: Figure, before: Figure | None = None) -> Gap:
    """Return the gap between an estimate, whose ``percent`` is a number, and the figure of today.

    While there was no figure of today yet it is held against ``before``, what people knew before the first text.
    """
    assert made.percent is not None
    figure = know_it
    if not know_it.is_said and know_it.released_at is None and before is not None and before.is_said:
        figure = before
    found = gap_to_figure(made.percent, figure)
    if found is None:
        return Gap(estimate=made.percent, made_at=made.made_at, made_by=made.made_by, figure=figure)
    return Gap(
        estimate=made.percent,
        made_at=made.made_at,
        made_by=made.made_by,
        figure=figure,
        points=found.points,
        low=found.low,
        high=found.high,
        exceeds_ten_points=found.exceeds_ten_points,
        almost_surely=found.is_almost_surely_large,
    )


def overall(gaps: Sequence[Gap | None]) -> OverallGap | None:
    """Return the gap over all statements; None when none has one.

    Over the figures of today where there are any, else over those of before the first text.
    """
    measured = [one for one in gaps if one is not None and one.points is not None]
    if not measured:
        return None
    today = [one for one in measured if not one.is_at_start]
    chosen, at_start = (today, False) if today else (measured, True)
    whole = company_gap([(one.estimate, one.figure) for one in chosen])
    if whole is None:
        return OverallGap(statements=len(chosen), of=len(gaps), at_start=at_start)
    estimate = sum(one.estimate for one in chosen) / len(chosen)
    return OverallGap(
        statements=whole.statements,
        of=len(gaps),
        at_start=at_start,
        estimate=round(estimate),
        value=round(estimate - whole.points),
        low=round(estimate - whole.high),
        high=round(estimate - whole.low),
    )
