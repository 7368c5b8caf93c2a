"""The leader's estimate in the report: whether one is wanted, and how far it lies from what was measured.

Estimate, then see: while an estimate is wanted there is no gap, so that a page can hold the result back without doing sums.
The gap is taken from the share measured in checks, which has a range, and not from what the model predicts, which has
none; ``modelled`` and ``bounds`` stand beside it, because those who answer are the attentive. Decisions:
``domain.measuring.projection``. Locking an estimate: ``operations.measuring.estimates``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.measuring.awareness import AwarenessVerdict, Interval
from cadence.domain.measuring.projection import FEWEST_GAPS, asked_again_from, overall_gap, projection_gap
from cadence.operations.measuring.understanding import GroupKnowledge
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
    """The estimate of this round and what it is apart from what is known today; positive: the leader assumed too much.

    Shares and differences of shares are fractions: 0.49 is 49 points.
    """

    estimate: float
    made_at: datetime
    made_by: str
    #: estimate minus the share measured, with its 95% range; None when ``hidden`` says why
    gap: Interval | None
    #: probability that the gap is more than 10 points
    exceeds_ten_points: float | None
    respondents: int | None
    #: estimate minus the best and the worst case of everyone, those who did not answer included
    bounds: Interval | None
    #: estimate minus what the model predicts of everyone; it has no range
    modelled: float | None
    hidden: str

    @property
    def sentence(self) -> str:
        """What a leader reads."""
        said = f"your estimate was {self.estimate:.0%}"
        if self.gap is None or self.respondents is None:
            return f"{said}; {self.hidden}"
        known = _percent(self.estimate - self.gap.value)
        low, high = _percent(self.estimate - self.gap.high), _percent(self.estimate - self.gap.low)
        return f"{said}; {known}% of {self.respondents} who answered know it ({low}% to {high}%): {told_points(self.gap)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverallGap:
    """The mean gap over ``statements`` that have one, with its range; None when ``hidden`` says why."""

    gap: Interval | None
    statements: int
    hidden: str

    @property
    def sentence(self) -> str:
        """What a leader reads."""
        return self.hidden if self.gap is None else f"over {self.statements} statements {told_points(self.gap)}"


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


def gap_of(made: StoredEstimate, known: GroupKnowledge, *, smallest: int) -> Gap:
    """Return the gap between an estimate and what is known of its audience; ``made.percent`` is a number."""
    assert made.percent is not None
    estimate, told = made.percent / 100, known.understanding
    found = None if told.answers is None else projection_gap(estimate, told.answers)
    return Gap(
        estimate=estimate,
        made_at=made.made_at,
        made_by=made.made_by,
        gap=None if found is None else found.gap,
        exceeds_ten_points=None if found is None else found.exceeds_ten_points,
        respondents=None if found is None else told.respondents,
        bounds=None if found is None or told.bounds is None else _minus(estimate, told.bounds),
        modelled=None if found is None or told.believed is None else estimate - told.believed,
        hidden="" if found is not None else why_hidden(known, smallest),
    )


def why_hidden(known: GroupKnowledge, smallest: int) -> str:
    """Return why there is no measured share."""
    if known.understanding.verdict is AwarenessVerdict.CANNOT_BE_KNOWN:
        return f"too early to say: {'nobody' if known.understanding.respondents == 0 else 'too few people'} answered"
    return f"hidden: fewer than {smallest}"


def overall(gaps: Iterable[Gap | None]) -> OverallGap | None:
    """Return the gap over all statements, None when no statement has one."""
    found = [one.gap for one in gaps if one is not None and one.gap is not None]
    if not found:
        return None
    whole = overall_gap(found)
    return OverallGap(
        gap=whole, statements=len(found), hidden="" if whole is not None else f"hidden: fewer than {FEWEST_GAPS} statements with a gap"
    )


def told_points(gap: Interval) -> str:
    """Return a gap in words: "49 points too high (40 to 57)".

    >>> told_points(Interval(value=-0.12, low=-0.2, high=0.03))
    '12 points too low (20 too low to 3 too high)'
    """
    value, low, high = _percent(gap.value), _percent(gap.low), _percent(gap.high)
    way = "too high" if value > 0 else "too low"
    points = "1 point" if abs(value) == 1 else f"{abs(value)} points"
    if low >= 0 and high >= 0 and value > 0:
        span = f"{low} to {high}"
    elif low <= 0 and high <= 0 and value < 0:
        span = f"{-high} to {-low}"
    else:
        span = " to ".join(f"{abs(end)} too {'high' if end > 0 else 'low'}" if end else "0" for end in (low, high))
    return f"{points} {way} ({span})" if value else f"exactly right ({span})"


def plain(told: Gap | OverallGap | None) -> dict[str, Any] | None:
    """Return JSON values, shares to four digits."""
    if told is None:
        return None
    if isinstance(told, OverallGap):
        return {"gap": spread(told.gap), "statements": told.statements, "hidden": told.hidden, "sentence": told.sentence}
    return {
        "estimate": told.estimate,
        "made_at": told.made_at.isoformat(),
        "made_by": told.made_by,
        "gap": spread(told.gap),
        "exceeds_ten_points": None if told.exceeds_ten_points is None else round(told.exceeds_ten_points, 4),
        "respondents": told.respondents,
        "bounds": spread(told.bounds),
        "modelled": None if told.modelled is None else round(told.modelled, 4),
        "hidden": told.hidden,
        "sentence": told.sentence,
    }


def _minus(estimate: float, known: Interval) -> Interval:
    return Interval(value=estimate - known.value, low=estimate - known.high, high=estimate - known.low)


def spread(interval: Interval | None) -> dict[str, float] | None:
    """Return JSON values of an interval, to four digits."""
    return None if interval is None else {name: round(getattr(interval, name), 4) for name in ("value", "low", "high")}


def _percent(share: float) -> int:
    return round(share * 100)
