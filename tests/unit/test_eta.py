"""How long sending takes, in numbers and in words."""

from __future__ import annotations

import pytest

from cadence.operations.sending.eta import Eta, Openings, estimate, tell_duration
from cadence.rendering.words import english


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (700, "12 min"),
        (3_600, "1 h"),
        (12_000, "3 h 20 min"),
        (86_400, "1 day"),
        (200_000, "2 days 7 h"),
    ],
)
def test_durations_are_told_in_two_parts(seconds: int, told: str) -> None:
    assert tell_duration(english("leader"), seconds) == told


@pytest.mark.parametrize(
    ("messages", "rate", "sentence"),
    [
        (12_000, 1.0, "Slack: about 3 h 20 min at 1 message a second (12,000 messages)"),
        (5_000, 3.0, "Slack: about 28 min at 3 messages a second (5,000 messages)"),
        (5_000, 25 / 60, "Slack: about 3 h 20 min at 25 messages a minute (5,000 messages)"),
        (1, 0.5, "Slack: about 2 s at 30 messages a minute (1 message)"),
        (7, None, "Slack: 7 messages, as fast as it goes"),
    ],
)
def test_an_estimate_says_what_it_takes_for_granted(messages: int, rate: float | None, sentence: str) -> None:
    (one,) = estimate({"slack": messages}, {"slack": rate})
    assert one.sentence == sentence
    assert (one.eta_seconds is None) == (rate is None)
    assert one.assumption


def test_channels_without_messages_or_not_set_up_have_no_estimate() -> None:
    assert estimate({"slack": 0, "email": 5, "": 3}, {"slack": 1.0, "email": 2.0}) == [
        Eta(
            channel="email",
            messages=5,
            per_second=2.0,
            eta_seconds=3,
            assumption="2 messages a second, no other rests asked for, within the hours people may be written to",
        )
    ]


@pytest.mark.parametrize(
    ("unopened", "rate", "seconds", "told"),
    [
        (600, 1.0, 720, "about 12 min at 1 message a second (600 messages, 600 conversations to open first)"),
        (100, 1.0, 600, "about 10 min at 1 message a second (600 messages)"),
        (0, 1.0, 600, "about 10 min at 1 message a second (600 messages)"),
        (600, 0.5, 1_200, "about 20 min at 30 messages a minute (600 messages)"),
    ],
    ids=["everybody for the first time", "some", "nobody", "slower than the opening"],
)
def test_conversations_that_are_opened_first_take_their_own_time(unopened: int, rate: float, seconds: int, told: str) -> None:
    """At 50 a minute opening is slower than posting once a second: the first sending takes a fifth longer."""
    openings = {"slack": Openings(conversations=unopened, per_second=50 / 60)}
    (one,) = estimate({"slack": 600}, {"slack": rate}, openings)
    assert (one.eta_seconds, one.openings) == (seconds, unopened)
    assert one.sentence == f"Slack: {told}"
    assert ("opened first at 50 a minute" in one.assumption) == (unopened > 0)
