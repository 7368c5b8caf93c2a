"""Whether the clock of the machine is to be believed, by what is known of the time that has really passed.

Pure. What is known: the last recorded tick of any process, and, within one process, a count of seconds that no
setting of the clock touches. An outage of days is ordinary and is believed; a machine that wakes up in 1970, or a year
ahead, is not until a person says so, because what a false future plans, expires and learns cannot all be taken back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

#: a step of more than this is told
STEP = timedelta(minutes=5)
#: a machine whose own clock differs by more from the one that all share says so; the shared one counts
MACHINES_APART = timedelta(seconds=30)
#: a running process believes a step of more than this only when the clock has kept to it for ``PATIENCE``
LEAP = timedelta(days=2)
#: in which a time server puts a wrong clock right
PATIENCE = timedelta(hours=1)
#: nobody is taken to be away for longer, forward or back, without a word of a person
LONGEST_OUTAGE = timedelta(days=31)


class ClockVerdict(StrEnum):
    """What to make of the clock."""

    BELIEVED = "believed"
    #: it was set by more than ``STEP``; work goes on, the admin is told
    STEPPED = "stepped"
    #: nothing is done until it is right, or a person says that it is
    DOUBTED = "doubted"


def judge(
    now: datetime, *, last_tick: datetime | None, expected: datetime | None = None, doubted_for: timedelta = timedelta(0)
) -> ClockVerdict:
    """Return what to make of ``now``.

    last_tick: the last recorded one, None before the first. expected: what the clock should tell by the seconds that passed
    since this process last believed it; None when it has not yet. doubted_for: how long it has been doubted by the same count.

    >>> monday = datetime.fromisoformat("2026-11-23T09:00Z")
    >>> week, year = timedelta(days=7), timedelta(days=400)
    >>> [str(judge(monday + gap, last_tick=monday)) for gap in (week, year, -week, -year)]
    ['believed', 'doubted', 'stepped', 'doubted']
    """
    if expected is not None:
        off = abs(now - expected)
        if off <= STEP:
            return ClockVerdict.BELIEVED
        if off <= LEAP:
            return ClockVerdict.STEPPED
    if last_tick is None:
        return ClockVerdict.BELIEVED if expected is None else ClockVerdict.DOUBTED
    gap = now - last_tick
    if abs(gap) > LONGEST_OUTAGE or (expected is not None and doubted_for < PATIENCE):
        return ClockVerdict.DOUBTED
    return ClockVerdict.STEPPED if expected is not None or gap < -STEP else ClockVerdict.BELIEVED
