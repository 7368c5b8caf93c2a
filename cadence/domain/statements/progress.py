"""Whether a measure is on its way to its target: in a word, and as points of a line. Pure: takes values and a day.

The straight way runs from the baseline on the day of the first value to the target on the day it is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

#: days after which the newest value is told to be old
OLD_DAYS = 35
#: share of the whole way by which a measure may be behind the straight way and still be on track
SLACK = 0.1
#: a value this many times larger or smaller than the one before is asked about
FAR = 5.0


class Progress(StrEnum):
    """How a measure stands."""

    NO_VALUE = "no_value"
    OLD = "old"
    REACHED = "reached"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    #: there is no day to be on track for
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWay:
    """A measure as its page draws it. ``points`` and ``plan``: (x, y) from 0 to 100, the goal at y = 100 and the baseline at 0."""

    progress: Progress
    points: tuple[tuple[float, float], ...] = ()
    plan: tuple[tuple[float, float], ...] = ()


def way_of(values: Sequence[tuple[date, float]], *, baseline: float, target: float, target_on: date | None, today: date) -> MeasureWay:
    """Return how a measure stands. ``values``: by ascending date."""
    if not values:
        return MeasureWay(progress=Progress.NO_VALUE)
    first, last = values[0][0], values[-1][0]
    ends = max(target_on or last, today, last)
    days = max((ends - first).days, 1)

    def across(on: date) -> float:
        return round(min(max(100 * (on - first).days / days, 0.0), 100.0), 1)

    def up(value: float) -> float:
        return round(min(max(100 * _share(value, baseline, target), 0.0), 100.0), 1)

    points = tuple((across(on), up(value)) for on, value in values)
    if len(points) == 1 and points[0][1] != 0.0:
        points = ((0.0, 0.0), (max(points[0][0], 1.0), points[0][1]))
    plan = ((0.0, 0.0), (across(target_on), 100.0)) if target_on is not None and target_on > first else ()
    return MeasureWay(
        progress=_progress(values, baseline=baseline, target=target, target_on=target_on, today=today), points=points, plan=plan
    )


def is_far(value: float, before: float | None) -> bool:
    """Return whether a value is so far from the one before that a slip of the hand is likely."""
    if before is None or before == 0 or value == before:
        return False
    if value == 0 or (value < 0) != (before < 0):
        return True
    ratio = abs(value / before)
    return ratio >= FAR or ratio <= 1 / FAR


def _progress(values: Sequence[tuple[date, float]], *, baseline: float, target: float, target_on: date | None, today: date) -> Progress:
    (first, _), (last, value) = values[0], values[-1]
    done = _share(value, baseline, target)
    if done >= 1:
        return Progress.REACHED
    if (today - last).days > OLD_DAYS:
        return Progress.OLD
    if target_on is None:
        return Progress.OPEN
    whole = (target_on - first).days
    wanted = 1.0 if whole <= 0 else min(max((last - first).days / whole, 0.0), 1.0)
    return Progress.ON_TRACK if done >= wanted - SLACK and today <= target_on else Progress.BEHIND


def _share(value: float, baseline: float, target: float) -> float:
    """Return how much of the way from the baseline to the target is done; a target at the baseline is kept or not."""
    if target == baseline:
        return 1.0 if value == target else 0.0
    return (value - baseline) / (target - baseline)
