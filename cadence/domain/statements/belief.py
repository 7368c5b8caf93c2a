"""Whether somebody believes that a statement is right for the company, and when they are asked.

Asked apart from knowing it, and without any weight in what is predicted: one may know well what one does not believe.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import IntEnum

from cadence.domain.planning.caps import day_number, quarter_number


class Belief(IntEnum):
    """The answer to "I believe this is right for us"; stored by number."""

    NO = 0
    YES = 1
    NOT_SURE = 2


def is_belief_asked(today: date, *, said_on: date | None, responded_on: Iterable[date]) -> bool:
    """Whether a person is asked what they believe after a response of today: at most once in a calendar quarter.

    said_on: when they last said what they believe of this statement. responded_on: their earlier answers and acknowledgements of
    it. Asked once is asked: who did not say it after the first response of a quarter is left alone until the next.
    """
    now = quarter_number(day_number(today))
    return all(quarter_number(day_number(day)) != now for day in (*([said_on] if said_on else ()), *responded_on))
