"""Importing people: upsert by email, nobody lost by omission, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.people.person import Person
from cadence.errors import Conflict, Invalid, NotFound
from cadence.files.people_csv.reader import parse_people
from cadence.operations.people.import_people import import_people, list_people, read_people_file
from cadence.operations.people.report import PeopleReport
from cadence.store.database import core
from cadence.store.database.core import addresses
from cadence.store.database.engine import Database
from tests.fixtures.builders import a_cadence

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
#: columns that an audience is taken to name
KEPT = frozenset({"job_title", "shoe", "hat", "cost_center"})
SAMPLE = Path(__file__).parents[3] / "config" / "people.csv"


def run(database: Database, text: str, *, now: datetime = NOW, **options: Any) -> PeopleReport:
    with database.transaction() as connection:
        file = parse_people(text.encode(), today=now.date(), keep=KEPT)
        return import_people(connection, file, now=now, default_zone="Europe/London", **options)


def people(database: Database, *, deactivated: bool = False) -> dict[str, Person]:
    with database.read() as connection:
        return {person.email: person for person in list_people(connection, deactivated=deactivated)}


def channels(database: Database, person: Person) -> dict[str, tuple[str, datetime | None]]:
    query = sa.select(addresses).where(addresses.c.person_id == person.id)
    with database.read() as connection:
        return {row.channel: (row.value, row.suspended_at) for row in connection.execute(query)}


def many(count: int, *, start: int = 0) -> str:
    return "email,name\n" + "".join(f"p{n}@b.example,P{n}\n" for n in range(start, start + count))


def test_the_sample_people_are_imported_and_a_second_time_change_nothing(database: Database) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    first = run(database, text)
    assert (len(first.created), first.refused, first.notes) == (240, [], [])
    second = run(database, text, now=LATER, deactivate_missing=True)
    assert (second.unchanged, second.created, second.updated, second.deactivated) == (240, [], [], [])
    helen = people(database)["helen.mostyn@larkweir.example"]
    assert set(channels(database, helen)) == {"email", "slack"}
    assert helen.attributes == {"job_title": "Chief executive"}


def test_what_a_row_says_is_what_is_stored(database: Database) -> None:
    header = "name,email,slack_user_id,timezone,country,locale,team,location,manager_email,started_on,external,shoe\n"
    run(database, header + "Ana,ANA@b.example,U024BE7LH,Asia/Calcutta,in,en_IN,Field,Guwahati,bo@b.example,2024-03-01,yes,43\n")
    (ana,) = people(database).values()
    assert (ana.name, ana.email, ana.zone, ana.country, ana.locale) == ("Ana", "ana@b.example", "Asia/Kolkata", "IN", "en-IN")
    assert (ana.team, ana.location, ana.manager_email, ana.started_on, ana.external) == (
        "Field",
        "Guwahati",
        "bo@b.example",
        date(2024, 3, 1),
        True,
    )
    assert (ana.attributes, ana.created_at, ana.deactivated_at) == ({"shoe": "43"}, NOW, None)
    assert channels(database, ana) == {"email": ("ana@b.example", None), "slack": ("U024BE7LH", None)}


def test_only_facts_with_a_column_change(database: Database) -> None:
    run(database, "email,name,team,timezone,shoe,hat\na@b.example,Ana,Field,Asia/Kolkata,43,blue\n")
    report = run(database, "email,team,shoe\na@b.example,Design,44\n")
    (change,) = report.updated
    assert change.fields["team"] == ("Field", "Design")
    ana = people(database)["a@b.example"]
    assert (ana.name, ana.team, ana.zone, ana.attributes) == ("Ana", "Design", "Asia/Kolkata", {"shoe": "44", "hat": "blue"})


def test_an_empty_cell_empties_a_fact_but_never_a_zone(database: Database) -> None:
    run(database, "email,team,timezone,shoe\na@b.example,Field,Asia/Kolkata,43\n")
    run(database, "email,team,timezone,shoe\na@b.example,,,\n")
    ana = people(database)["a@b.example"]
    assert (ana.team, ana.zone, ana.attributes) == ("", "Asia/Kolkata", {})


def test_the_default_zone_is_for_new_people_without_one(database: Database) -> None:
    run(database, "email\na@b.example\n")
    assert people(database)["a@b.example"].zone == "Europe/London"
    with database.transaction() as connection, pytest.raises(Invalid):
        import_people(connection, parse_people(b"email\n", today=NOW.date()), now=NOW, default_zone="Mars/Olympus")


def test_a_changed_slack_id_is_healthy_again_and_an_empty_one_changes_nothing(database: Database) -> None:
    run(database, "email,slack id\na@b.example,U000000AA\n")
    with database.transaction() as connection:
        connection.execute(sa.update(addresses).values(suspended_at=NOW, suspended_reason="bounced"))
    run(database, "email,slack id\na@b.example,\n")
    ana = people(database)["a@b.example"]
    assert channels(database, ana)["slack"] == ("U000000AA", NOW)
    report = run(database, "email,slack id\na@b.example,U000000BB\n")
    assert report.updated[0].fields == {"slack_user_id": ("U000000AA", "U000000BB")}
    assert channels(database, ana) == {"email": ("a@b.example", NOW), "slack": ("U000000BB", None)}


def test_a_slack_id_of_somebody_else_is_refused_unless_the_file_moves_both(database: Database) -> None:
    run(database, "email,slack id\na@b.example,U000000AA\nc@b.example,U000000CC\n")
    report = run(database, "email,slack id\na@b.example,U000000AA\nd@b.example,U000000CC\nc@b.example,\n")
    assert (report.created, report.refused[0].field) == ([], "slack_user_id")
    assert "c@b.example" in report.refused[0].reason
    report = run(database, "email,slack id\na@b.example,U000000CC\nc@b.example,U000000AA\n")
    assert (len(report.updated), report.refused) == (2, [])


def test_nobody_is_deactivated_by_omission(database: Database) -> None:
    run(database, many(10))
    report = run(database, many(1))
    assert (report.deactivated, len(people(database))) == ([], 10)


def test_those_missing_are_deactivated_when_asked_and_come_back_when_named(database: Database) -> None:
    run(database, many(10))
    report = run(database, many(9), now=LATER, deactivate_missing=True)
    assert report.deactivated == ["p9@b.example"]
    assert people(database, deactivated=True)["p9@b.example"].deactivated_at == LATER
    report = run(database, many(10), now=LATER)
    assert (report.reactivated, report.unchanged, len(people(database))) == (["p9@b.example"], 9, 10)


def test_a_short_file_does_not_deactivate_a_company(database: Database) -> None:
    run(database, many(5_000))
    with pytest.raises(Conflict, match="4997 of 5000"):
        run(database, many(3), deactivate_missing=True)
    assert len(people(database)) == 5_000
    assert len(run(database, many(3), deactivate_missing=True, force=True).deactivated) == 4_997
    assert len(people(database)) == 3


def test_nobody_is_deactivated_when_a_row_was_refused(database: Database) -> None:
    run(database, many(10))
    report = run(database, many(9) + "broken\n", deactivate_missing=True, force=True)
    assert (len(report.refused), report.deactivated, len(people(database))) == (1, [], 10)
    assert any("nobody was deactivated" in note for note in report.notes)


def test_a_file_without_people_deactivates_nobody_even_with_force(database: Database) -> None:
    run(database, many(3))
    with pytest.raises(Conflict, match="names nobody"):
        run(database, "email,name\n", deactivate_missing=True, force=True)


def test_a_dry_run_tells_the_same_and_writes_nothing(database: Database) -> None:
    text = "email,name,slack id\na@b.example,Ana,U000000AA\nbroken\n"
    told = run(database, text, dry_run=True)
    assert people(database) == {}
    assert told == run(database, text)
    changed = text.replace("Ana", "Anna")
    told = run(database, changed, dry_run=True)
    assert people(database)["a@b.example"].name == "Ana"
    assert told == run(database, changed)


def test_missing_managers_are_noted(database: Database) -> None:
    report = run(database, "email,manager email\na@b.example,gone@b.example\n")
    assert report.created == ["a@b.example"]
    assert any("gone@b.example" in note for note in report.notes)


def test_new_zones_get_their_slots(database: Database) -> None:
    a_cadence(database, slug="weekly", days=["tue"])
    run(database, "email,timezone\na@b.example,Asia/Kathmandu\nb@b.example,Australia/Lord_Howe\n")
    with database.read() as connection:
        zones = connection.execute(sa.select(core.slots.c.zone)).scalars().all()
    assert sorted(zones) == ["Asia/Kathmandu", "Australia/Lord_Howe"]


def test_a_large_file_is_imported_twice_without_a_change(database: Database, nightly: bool) -> None:
    count = 100_000 if nightly else 4_000
    header = "name,email,slack_user_id,timezone,team,started_on,cost_center\n"
    text = header + "".join(
        f"P {n},p{n}@b.example,U{n:09d},Asia/Kolkata,T{n % 50},2020-01-{n % 28 + 1:02d},c{n % 300}\n" for n in range(count)
    )
    assert len(run(database, text).created) == count
    assert run(database, text).unchanged == count
    assert len(run(database, text.replace("T7,", "T77,")).updated) == count // 50


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        read_people_file(tmp_path / "nowhere.csv")
    (tmp_path / "x.csv").write_bytes(b"email\n")
    assert read_people_file(tmp_path / "x.csv") == b"email\n"
