"""What is older than its setting leaves the database at the next daily step, and what is younger stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.store.database.core import attempts, notices, own_words, people
from cadence.store.database.engine import Database
from cadence.store.running.notices import raise_notice, resolve_notice
from tests.limits.company import DAY, HOUR, MONDAY, Company, cadence


def said(database: Database, words: str, *, at: datetime) -> None:
    """Write a reply in own words, as a person gave it."""
    with database.transaction() as connection:
        person = connection.execute(sa.select(people.c.id)).scalars().first()
        row: dict[str, Any] = {
            "source_id": words,
            "person_id": person,
            "kind": "unaided",
            "words": words,
            "judgement": "could",
            "named": [],
        }
        connection.execute(sa.insert(own_words).values(**row, offered_at=at, said_at=at))


def noticed(database: Database, key: str, *, at: datetime, resolved: bool) -> None:
    """Raise a notice, and resolve it an hour later."""
    with database.transaction() as connection:
        raise_notice(connection, key=key, role="admin", code="mailbox", now=at)
        if resolved:
            resolve_notice(connection, key, now=at + HOUR)


def column(database: Database, wanted: Any) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(sa.select(wanted).order_by(wanted.table.c.id)).scalars())


def test_own_words_server_words_and_notices_leave_at_the_end_of_their_time(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("OWN_WORDS", "REPLIES", "NOTICES"):
        monkeypatch.setenv(f"CADENCE_RETENTION__{kind}_DAYS", "30")
    company.statement("values")
    company.people("ana", "bo")
    company.cadences(cadence("weekly", days=["mon"]))
    company.tick(MONDAY)
    database = company.app.database
    said(database, "mend before you buy", at=MONDAY)
    said(database, "a younger word", at=MONDAY + 7 * DAY)
    noticed(database, "old", at=MONDAY, resolved=True)
    noticed(database, "open", at=MONDAY, resolved=False)
    company.tick(MONDAY + 7 * DAY)
    replies = column(database, attempts.c.reply)
    assert len(replies) == 4
    assert all(replies)

    company.tick(MONDAY + 30 * DAY + 2 * HOUR)

    assert column(database, own_words.c.words) == ["", "a younger word"]
    assert column(database, own_words.c.judgement) == ["could", "could"]
    assert column(database, attempts.c.reply)[:4] == ["", "", *replies[2:]]
    assert column(database, notices.c.key) == ["open"]


def test_what_leaves_waits_for_the_next_day_and_not_for_the_next_tick(company: Company) -> None:
    company.people("ana")  # nobody is sent anything: the step does not wait for work
    company.tick(MONDAY)
    said(company.app.database, "long ago", at=MONDAY - timedelta(days=400))
    company.tick(MONDAY + HOUR)
    assert column(company.app.database, own_words.c.words) == ["long ago"]
    company.tick(MONDAY + DAY)
    assert column(company.app.database, own_words.c.words) == [""]


def test_more_than_a_chunk_leaves_in_one_day(sqlite_company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.operations.running.retain.CHUNK", 2)
    sqlite_company.people("ana")
    database = sqlite_company.app.database
    for n in range(5):
        said(database, f"word {n}", at=MONDAY - 400 * DAY)
    sqlite_company.tick(MONDAY)
    assert column(database, own_words.c.words) == [""] * 5


@pytest.mark.parametrize("days", ["13", "0", "3651", "soon"])
def test_a_time_that_is_too_short_or_too_long_is_refused_with_its_name(
    sqlite_company: Company, monkeypatch: pytest.MonkeyPatch, days: str
) -> None:
    monkeypatch.setenv("CADENCE_RETENTION__OWN_WORDS_DAYS", days)
    code, _, err = sqlite_company.run("report")
    assert code == 1
    assert "CADENCE_RETENTION__OWN_WORDS_DAYS" in err
    assert days in err
