"""When a figure may be published again, in which steps, and how long it stands.

Owns the rule by which no single answer can be told from the figures: a step needs five people and fourteen days, and what is
published is rounded, frozen, and published once more while it has hardly moved. What the figure is: ``know_it``; storing the steps:
``operations.measuring.release``. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil, floor

from cadence.domain.measuring.figures import Verdict
from cadence.domain.measuring.groups import SMALLEST_GROUP

#: a step lasts at least this long
STEP = timedelta(days=14)
#: a published figure is said of today at most this long
STANDS = timedelta(days=42)
#: from the company's first question to the first figure of what people know
FIRST_FIGURE = timedelta(days=56)
#: the figure of an opening round is published so long after its first question
OPENING_LASTS = timedelta(days=7)
#: a count of people that is no step yet is told as of the last midnight (UTC) that begins such a stretch; the first was a Monday
COUNTED_EVERY = timedelta(days=7)
_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
#: percent; values are rounded to it, ends outwards
ROUNDED_TO = 5
#: percent: a figure that would move by less than this is published as it was. A smaller move is mostly the few newest answers, and
#: tells who was right: without this rule AUC .61 to .65, with it .52 to .53 (docs/privacy.md)
HELD_WITHIN = 7.5


def may_release(new_people: int, since: timedelta | None, *, smallest: int = SMALLEST_GROUP) -> bool:
    """Return whether a step may close: enough different people answered since the last one, and that was long enough ago.

    since: None before the first step.
    """
    return new_people >= max(smallest, SMALLEST_GROUP) and (since is None or since >= STEP)


def counted_until(now: datetime) -> datetime:
    """Return the instant up to which people are counted who answered or tapped, where the count is told beside no step.

    So a count does not move while somebody watches it: what was pressed since then is not in it. ``now``: aware UTC.

    >>> counted_until(datetime(2026, 12, 2, 9, 0, tzinfo=UTC)).date().isoformat()
    '2026-11-30'
    """
    return now - (now - _FIRST_MONDAY) % COUNTED_EVERY


def in_whole_groups(people: int, smallest: int = SMALLEST_GROUP) -> int:
    """Return how many people at least may be told of: whole groups of the smallest that is shown, 0 for fewer than one.

    >>> in_whole_groups(4), in_whole_groups(9), in_whole_groups(14, 6)
    (0, 5, 12)
    """
    least = max(smallest, SMALLEST_GROUP)
    return people // least * least


def has_expired(since: timedelta) -> bool:
    """Return whether a figure published so long ago is no figure of today any more; it stays in the history."""
    return since > STANDS


def as_released(value: float, low: float, high: float) -> tuple[int, int, int]:
    """Return shares in [0, 1] as whole percent in steps of 5, the ends rounded outwards.

    >>> as_released(0.683, 0.561, 0.772)
    (70, 55, 80)
    """
    steps = 100 // ROUNDED_TO
    return (
        round(value * steps) * ROUNDED_TO,
        floor(low * steps + 1e-9) * ROUNDED_TO,
        ceil(high * steps - 1e-9) * ROUNDED_TO,
    )


def is_held(before: tuple[int | None, int, int], value: float, low: float, high: float) -> bool:
    """Return whether a step publishes the numbers ``before`` (percent; value None where only the range was said) once more.

    value, low, high: of now, shares in [0, 1].

    >>> is_held((70, 55, 80), 0.77, 0.60, 0.85), is_held((70, 55, 80), 0.78, 0.60, 0.85)
    (True, False)
    >>> is_held((None, 40, 80), 0.55, 0.43, 0.85), is_held((None, 40, 80), 0.90, 0.50, 0.90)
    (True, False)
    """
    centre, now = (before[0], value) if before[0] is not None else ((before[1] + before[2]) / 2, (low + high) / 2)
    return abs(100 * now - centre) < HELD_WITHIN


def before_the_first_step(*, asked: bool, since_first_question: timedelta | None, answered: int, smallest: int = SMALLEST_GROUP) -> Verdict:
    """Return why nothing may be said yet.

    asked: somebody was asked about it. since_first_question: of the whole company; None where the figure does not wait for that.
    answered: different people. With enough of both the first step is about to close.
    """
    if not asked:
        return Verdict.NOBODY_ASKED
    if since_first_question is not None and since_first_question < FIRST_FIGURE:
        return Verdict.TOO_EARLY
    return Verdict.TOO_FEW if answered < max(smallest, SMALLEST_GROUP) else Verdict.TOO_EARLY
