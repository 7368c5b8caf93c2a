"""A person is asked what they believe of a statement at most once in a calendar quarter."""

from __future__ import annotations

from datetime import date

import pytest

from cadence.domain.statements.belief import is_belief_asked

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("said_on", "responded_on", "asked"),
    [
        (None, [], True),
        (date(2026, 10, 1), [], False),
        (date(2026, 9, 30), [], True),
        (date(2025, 11, 23), [], True),
        (None, [date(2026, 10, 1)], False),
        (None, [date(2026, 9, 30), date(2026, 5, 1)], True),
        (date(2026, 9, 30), [date(2026, 11, 23)], False),
    ],
)
def test_asked_after_the_first_response_of_a_quarter(said_on: date | None, responded_on: list[date], asked: bool) -> None:
    assert is_belief_asked(TODAY, said_on=said_on, responded_on=responded_on) is asked
