"""A mail channel that fails for more than a fifth of at least 50 messages, or 20 times in a row, is paused; one that fails less is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.limits.company import MINUTE, MONDAY, Company, cadence
from tests.limits.mail_server import moody_server


def fill(company: Company, people: int) -> None:
    company.statement("values")
    company.people(*(f"p{n:03}" for n in range(people)))
    company.cadences(cadence("weekly", days=["mon"]))


def test_two_of_five_pause_the_channel(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with moody_server(monkeypatch, fails=lambda n: n % 5 in (1, 3)) as server:
        fill(company, 100)
        report = company.tick(MONDAY)

        assert report.sent["email"].paused == "too many messages in a row could not be sent"
        assert 50 <= server.asked < 70, "fifty are enough to know"
        assert company.tick(MONDAY + MINUTE).sent["email"].sent == 0
        assert server.asked < 70, "nothing is tried while it is paused"

        server.fails = lambda n: False
        company.tick(MONDAY + 30 * MINUTE)
        company.tick(MONDAY + 60 * MINUTE)
        assert server.taken == 100, "nobody is left out"


@pytest.mark.parametrize(
    ("fails", "people", "paused"),
    [
        pytest.param(lambda n: n % 5 == 4, 100, False, id="one-of-five"),
        pytest.param(lambda n: n % 5 == 4 or n == 0, 60, True, id="one-more-than-one-of-five"),
        pytest.param(lambda n: n % 10 == 0, 100, False, id="one-of-ten"),
        pytest.param(lambda n: n < 19, 40, False, id="nineteen-in-a-row"),
        pytest.param(lambda n: n < 20, 40, True, id="twenty-in-a-row"),
        pytest.param(lambda n: n % 2 == 0, 49, False, id="half-of-fewer-than-fifty"),
    ],
)
def test_what_is_enough_to_pause(
    sqlite_company: Company, monkeypatch: pytest.MonkeyPatch, fails: Callable[[int], bool], people: int, paused: bool
) -> None:
    with moody_server(monkeypatch, fails=fails) as server:
        fill(sqlite_company, people)
        report = sqlite_company.tick(MONDAY)
        assert bool(report.sent["email"].paused) is paused
        if not paused:
            assert server.taken == sum(not fails(n) for n in range(people))
