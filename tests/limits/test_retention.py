"""What is older than its setting leaves the database at the next daily step, and what is younger stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core
from cadence.store.database.core import attempts, notices, own_words, people
from cadence.store.database.engine import Database
from cadence.store.running.notices import raise_notice, resolve_notice
from tests.fixtures.asking import RIGHT, WRONG, Asked, ask
from tests.fixtures.builders import StatementRows
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
    said(company.app.database, "long ago", at=MONDAY - timedelta(days=100))
    company.tick(MONDAY + HOUR)
    assert column(company.app.database, own_words.c.words) == ["long ago"]
    company.tick(MONDAY + DAY)
    assert column(company.app.database, own_words.c.words) == [""]


def test_more_than_a_chunk_leaves_in_one_day(sqlite_company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.operations.running.retain.CHUNK", 2)
    sqlite_company.people("ana")
    database = sqlite_company.app.database
    for n in range(5):
        said(database, f"word {n}", at=MONDAY - 100 * DAY)
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


def counted(database: Database) -> dict[str, int]:
    """Return how many rows say what people did and answered, by table."""
    with database.read() as connection:
        tables = (core.evidence, core.check_answers, core.asked_checks, core.beliefs, core.own_words, core.pasts)
        return {table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables}


def test_answers_and_evidence_leave_folded_and_nothing_that_was_learned_changes(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("ANSWERS", "EVIDENCE"):
        monkeypatch.setenv(f"CADENCE_RETENTION__{kind}_DAYS", "200")
    company.statement("values")
    company.people("ana", "bo")
    company.cadences(cadence("weekly", days=["mon"], more='ends_on = "2026-10-30"'))
    database = company.app.database
    with database.read() as connection:
        ana, bo = connection.execute(sa.select(people.c.id).order_by(people.c.id)).scalars()
        version, statement = connection.execute(sa.select(core.statement_versions.c.id, core.statement_versions.c.statement_id)).one()
    values = StatementRows(id=statement, version_id=version, wording_ids=())
    company.ticks(MONDAY, days=8)
    old = [Asked(person=who, statement=values, at=MONDAY + DAY, line=line) for who, line in ((ana, RIGHT), (bo, WRONG))]
    young = [Asked(person=ana, statement=values, at=MONDAY + 150 * DAY, line=RIGHT)]
    ask(database, old + young)
    believed(database, ana, values, at=MONDAY)
    rebuild(database, repair=True)
    before, learned = counted(database), memory(database)
    company.ticks(MONDAY + 8 * DAY, days=190, every=10 * DAY)
    assert counted(database) == before

    company.ticks(MONDAY + 200 * DAY, days=12, every=6 * DAY)

    assert counted(database) | {"own_words": 0} == {
        "evidence": 0,
        "check_answers": 1,
        "asked_checks": 3,
        "beliefs": 0,
        "own_words": 0,
        "pasts": 2,
    }
    assert memory(database) == learned
    found = rebuild(database)
    assert found.first == []


def believed(database: Database, person: int, values: StatementRows, *, at: datetime) -> None:
    """Write that a person believes a statement is right."""
    with database.transaction() as connection:
        row = {"statement_id": values.id, "person_id": person, "version_id": values.version_id, "belief": 1, "said_at": at}
        connection.execute(sa.insert(core.beliefs).values(**row))


def memory(database: Database) -> list[dict[str, Any]]:
    """Return what is remembered of everybody, and how they respond."""
    with database.read() as connection:
        found: list[dict[str, Any]] = []
        for table, gone in (
            (core.exposures, ("planned_day", "asked_day")),
            (core.attention, ("seen_if_silent",)),
            (core.recall_offsets, ()),
        ):
            for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings():
                found.append({key: value for key, value in row.items() if key not in gone})
        return found
