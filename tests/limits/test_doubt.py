"""A mail of which nobody can say whether it arrived is sent once more, the same mail, and then never again by itself."""

from __future__ import annotations

import signal
import subprocess
import sys
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


def test_a_repeat_that_is_answered_ends_the_doubt(sqlite_company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with moody_server(monkeypatch, drops=lambda n: n == 0) as server:
        fill(sqlite_company)
        for minutes in (0, 11, 25, 60, 300):
            sqlite_company.tick(MONDAY + minutes * MINUTE)
    assert (len(server.received), server.taken) == (2, 1)


def test_a_process_that_dies_in_its_repeat_leaves_the_mail_alone(sqlite_company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The repeat is killed while the server takes it: who starts next finds a second doubt and sends no third mail."""
    repeating: list[subprocess.Popen[bytes]] = []

    def drops(number: int) -> bool:
        for process in repeating:
            process.kill()
            process.wait()
        return True

    with moody_server(monkeypatch, drops=drops) as server:
        fill(sqlite_company)
        sqlite_company.tick(MONDAY)
        sqlite_company.restart()
        at = (MONDAY + 11 * MINUTE).isoformat()
        repeating.append(subprocess.Popen([sys.executable, "-m", "cadence", "tick", "--at", at], stderr=subprocess.DEVNULL))
        assert repeating[0].wait() == -signal.SIGKILL
        for minutes in (12, 25, 60, 300):
            sqlite_company.tick(MONDAY + minutes * MINUTE)
    assert len(server.received) == 2
