"""A mail of which nobody can say whether it arrived is sent once more, the same mail, and then never again by itself."""

from __future__ import annotations

from email import message_from_bytes

import pytest

from tests.limits.company import DAY, MINUTE, MONDAY, Company, cadence
from tests.limits.mail_server import moody_server


def fill(company: Company) -> None:
    company.statement("values")
    company.people("ana")
    company.cadences(cadence("weekly", days=["mon"]))


def test_a_mail_in_doubt_is_sent_twice_and_no_more(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with moody_server(monkeypatch, drops=lambda n: True) as server:
        fill(company)
        assert company.tick(MONDAY).sent["email"].unknown == 1
        company.tick(MONDAY + 5 * MINUTE)
        assert len(server.received) == 1, "ten quiet minutes first"

        for minutes in (11, 25, 60, 120, 300, 24 * 60, 2 * 24 * 60):
            company.tick(MONDAY + minutes * MINUTE)

    first, second = (message_from_bytes(raw) for raw in server.received)
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert "two tries ended without an answer" in company.command("explain", "ana@example.com", at=MONDAY + 3 * DAY)


def test_a_repeat_that_is_answered_ends_the_doubt(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with moody_server(monkeypatch, drops=lambda n: n == 0) as server:
        fill(company)
        for minutes in (0, 11, 25, 60, 300):
            company.tick(MONDAY + minutes * MINUTE)
    assert (len(server.received), server.taken) == (2, 1)


def test_a_process_that_died_in_a_conversation_leaves_one_doubt(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that starts again after each hang-up looks at what the last one left, and repeats it once all the same."""
    with moody_server(monkeypatch, drops=lambda n: True) as server:
        fill(company)
        for minutes in (0, 11, 25, 60):
            company.tick(MONDAY + minutes * MINUTE)
            company.restart()
    assert len(server.received) == 2
