"""One human stays one person through a change of address, and an address reassigned to somebody else begins a new one; both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.slack.directory import Directory, WorkspaceMember
from cadence.domain.people.person import Person
from cadence.errors import Conflict, Invalid, NotFound
from cadence.files.people_csv.reader import parse_people
from cadence.operations.people.change_person import deactivate_person, move_person, pause_person, reactivate_person
from cadence.operations.people.import_people import import_people, list_people
from cadence.operations.people.report import Move, PeopleReport
from cadence.operations.people.sync_people import sync_people
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import a_delivery, a_person, a_statement

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
CASES = Path(__file__).parents[2] / "files" / "people_csv" / "cases"
HEADER = "name,email,employee_id,slack_user_id,status,manager email\n"


def bring(database: Database, text: str | bytes, *, now: datetime = NOW, **options: Any) -> PeopleReport:
    raw = text.encode() if isinstance(text, str) else text
    with database.transaction() as connection:
        return import_people(connection, parse_people(raw, today=now.date()), now=now, default_zone="UTC", **options)


def sync(database: Database, *members: WorkspaceMember, now: datetime = LATER, **options: Any) -> PeopleReport:
    with database.transaction() as connection:
        return sync_people(connection, Directory(members=members, left_out=0), now=now, default_zone="UTC", **options)


def a_member(slack_id: str, email: str, name: str, **facts: Any) -> WorkspaceMember:
    values: dict[str, Any] = {"id": slack_id, "email": email, "name": name, "zone": "", "locale": "", "deactivated": False, "guest": False}
    return WorkspaceMember(**(values | facts))


def people(database: Database) -> dict[str, Person]:
    with database.read() as connection:
        return {person.email: person for person in list_people(connection, deactivated=True)}


def active(database: Database) -> list[str]:
    with database.read() as connection:
        return [person.email for person in list_people(connection)]


def reached(database: Database, person: Person) -> dict[str, str]:
    query = sa.select(core.addresses.c.channel, core.addresses.c.value).where(core.addresses.c.person_id == person.id)
    with database.read() as connection:
        return {row.channel: row.value for row in connection.execute(query)}


def test_an_address_that_changes_under_the_same_numbers_moves_the_person(database: Database) -> None:
    bring(database, (CASES / "email-change-day1.csv").read_bytes())
    before = people(database)["ana.lima@example.com"]
    told = bring(database, (CASES / "email-change-day2.csv").read_bytes(), now=LATER, dry_run=True)
    assert "ana.lima@example.com" in people(database), "a dry run writes nothing"
    report = bring(database, (CASES / "email-change-day2.csv").read_bytes(), now=LATER)
    assert told == report
    assert (report.created, report.refused, report.reassigned) == ([], [], [])
    assert report.moved == [Move(before="ana.lima@example.com", after="ana.sousa@example.com")]
    assert report.updated[0].fields["email"] == ("ana.lima@example.com", "ana.sousa@example.com")
    after = people(database)["ana.sousa@example.com"]
    assert (after.id, after.name) == (before.id, "Ana Sousa")
    assert reached(database, after) == {"email": "ana.sousa@example.com", "slack": "U0000001"}
    assert len(people(database)) == 2


def test_what_was_said_to_and_by_a_person_goes_along(database: Database) -> None:
    ana = a_person(database, email="ana.lima@example.com", name="Ana Lima", slack="U0000001")
    a_delivery(database, ana, [a_statement(database)])
    bring(database, HEADER + "Ana Sousa,ana.sousa@example.com,,U0000001,,\n")
    with database.read() as connection:
        assert connection.execute(sa.select(core.deliveries.c.person_id)).scalars().all() == [ana]
        assert connection.execute(sa.select(core.people.c.email).where(core.people.c.id == ana)).scalar() == "ana.sousa@example.com"


def test_managers_follow_an_address_that_changes(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana.lima@example.com,77,,,\nBo Berg,bo@example.com,78,,,ana.lima@example.com\n")
    bring(database, "name,email,employee_id\nAna Sousa,ana.sousa@example.com,77\n", now=LATER)
    assert people(database)["bo@example.com"].manager_email == "ana.sousa@example.com"


def test_two_people_may_change_addresses_with_each_other(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,a@example.com,1,,,\nBo Berg,b@example.com,2,,,\n")
    ids = {person.name: person.id for person in people(database).values()}
    report = bring(database, HEADER + "Ana Lima,b@example.com,1,,,\nBo Berg,a@example.com,2,,,\n", now=LATER)
    assert (len(report.moved), report.reassigned, report.created) == (2, [], [])
    assert {person.name: (person.id, person.email) for person in people(database).values()} == {
        "Ana Lima": (ids["Ana Lima"], "b@example.com"),
        "Bo Berg": (ids["Bo Berg"], "a@example.com"),
    }
    assert reached(database, people(database)["b@example.com"])["email"] == "b@example.com"


def test_a_directory_that_names_an_address_of_before_means_the_same_person(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana.lima@example.com,,,,\n")
    move_person(database, "ana.lima@example.com", "ana.sousa@example.com", now=NOW)
    report = bring(database, HEADER + "Ana Lima,ana.lima@example.com,,,,\n", now=LATER, deactivate_missing=True, force=True)
    assert (report.created, report.deactivated, active(database)) == ([], [], ["ana.sousa@example.com"])
    assert any("the current ones stay: ana.lima@example.com (now ana.sousa@example.com)" in note for note in report.notes)
    other = bring(database, HEADER + "Bo Berg,ana.lima@example.com,,,,\n", now=LATER)
    assert other.created == ["ana.lima@example.com"], "somebody else may get an address that nobody has any more"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ana Lima,ana@example.com,77,,,", "Ana Costa,ana@example.com,99,,,"),
        ("Ana Lima,ana@example.com,,U0000001,,", "Bo Berg,ana@example.com,,U0000002,,"),
        ("Ana Lima,sales@example.com,,,,", "Bo Berg,sales@example.com,,,,"),
    ],
)
def test_an_address_reassigned_to_somebody_else_begins_a_new_person(database: Database, first: str, second: str) -> None:
    bring(database, HEADER + first + "\n")
    (old,) = people(database).values()
    a_delivery(database, old.id, [a_statement(database)])
    report = bring(database, HEADER + second + "\n", now=LATER)
    assert (report.reassigned, report.created, report.moved) == ([old.email], [old.email], [])
    new = people(database)[old.email]
    departed = people(database)[f"former-{old.id}@departed.invalid"]
    assert new.id != old.id
    assert (departed.id, departed.name, departed.deactivated_at, departed.deactivated_by) == (old.id, "Ana Lima", LATER, "reassigned")
    assert "email" not in reached(database, departed)
    with database.read() as connection:
        assert connection.execute(sa.select(core.deliveries.c.person_id)).scalars().all() == [old.id], (
            "what was said stays with whom it was said to"
        )
    assert bring(database, HEADER + second + "\n", now=LATER).unchanged == 1


def test_an_account_that_was_closed_and_is_opened_under_another_name_is_another_person(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana@example.com,,,Active,\nBo Berg,bo@example.com,,,Active,\n")
    bring(database, HEADER + "Ana Lima,ana@example.com,,,Terminated,\n", now=LATER)
    assert active(database) == ["bo@example.com"]
    again = bring(database, HEADER + "Ana Lima,ana@example.com,,,Active,\n", now=LATER)
    assert (again.reactivated, again.created) == (["ana@example.com"], [])
    bring(database, HEADER + "Ana Lima,ana@example.com,,,Terminated,\n", now=LATER)
    other = bring(database, HEADER + "Cy Dahl,ana@example.com,,,Active,\n", now=LATER)
    assert (other.reactivated, other.created, other.reassigned) == ([], ["ana@example.com"], ["ana@example.com"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ana Lima,ana@example.com,77,,,", "Ana Lima,ana@example.com,99,,,"),
        ("Ana Lima,ana@example.com,77,,,", "Ana Sousa,ana@example.com,77,,,"),
        ("Ana Lima,ana@example.com,,U0000001,,", "Ana Lima,ana@example.com,,U0000002,,"),
        ('"Lima, Ana",ana@example.com,,,,', "Ana Maria Lima,ana@example.com,,,,"),
        ("李 明,ana@example.com,,,,", "Li Ming,ana@example.com,,,,"),
        ("Ana,ana@example.com,,,,", "Bo,ana@example.com,,,,"),
    ],
)
def test_a_new_contract_a_new_account_or_another_spelling_is_the_same_person(database: Database, first: str, second: str) -> None:
    bring(database, HEADER + first + "\n")
    report = bring(database, HEADER + second + "\n", now=LATER)
    assert (report.reassigned, report.created, len(people(database))) == ([], [], 1)


def test_many_other_names_at_once_are_another_way_of_writing(database: Database) -> None:
    bring(database, "name,email\n" + "".join(f"Ana Lima{n},p{n}@example.com\n" for n in range(20)))
    report = bring(database, "name,email\n" + "".join(f"Bo Berg{n},p{n}@example.com\n" for n in range(20)), now=LATER)
    assert (report.reassigned, len(report.updated), len(active(database))) == ([], 20, 20)
    assert any("stay the same people" in note for note in report.notes)


def test_a_number_of_somebody_who_stays_is_refused_and_the_way_out_is_named(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana.lima@example.com,77,,,\n")
    bring(database, HEADER + "Ana Sousa,ana.sousa@example.com,,,,\n")
    report = bring(database, HEADER + "Ana Sousa,ana.sousa@example.com,77,,,\n", now=LATER)
    (refusal,) = report.refused
    assert refusal.field == "employee_id"
    assert "cadence person move ana.lima@example.com ana.sousa@example.com" in refusal.reason


def test_a_new_person_with_the_name_of_one_who_is_missing_is_noted(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana.lima@example.com,,,,\nBo Berg,bo@example.com,,,,\n")
    report = bring(database, HEADER + "Ana Lima,ana@new.example.com,,,,\nBo Berg,bo@example.com,,,,\n", now=LATER)
    assert any("cadence person move ana.lima@example.com ana@new.example.com" in note for note in report.notes)


def test_whom_the_file_marks_as_gone_is_deactivated(database: Database) -> None:
    bring(database, (CASES / "suspended-day1.csv").read_bytes())
    told = bring(database, (CASES / "suspended-day2.csv").read_bytes(), now=LATER, dry_run=True)
    report = bring(database, (CASES / "suspended-day2.csv").read_bytes(), now=LATER)
    assert told == report
    assert (report.deactivated, active(database)) == (["bo@example.com"], ["ana@example.com"])
    assert people(database)["bo@example.com"].deactivated_by == "file"


def test_an_account_that_is_over_is_found_by_the_employers_number(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana@example.com,77,,,\nBo Berg,bo@example.com,78,,,\n")
    report = bring(database, HEADER + "Ana Lima,old.address@example.com,77,,Terminated,\n", now=LATER)
    assert report.deactivated == ["ana@example.com"]


def test_an_old_account_of_somebody_who_has_a_new_one_closes_nobody(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana.lima@example.com,77,,Active,\n")
    report = bring(
        database, HEADER + "Ana Sousa,ana.sousa@example.com,77,,Active,\nAna Lima,ana.lima@example.com,77,,Disabled,\n", now=LATER
    )
    assert (report.deactivated, len(report.moved), active(database)) == ([], 1, ["ana.sousa@example.com"])


def test_an_account_of_an_earlier_holder_of_the_address_closes_nobody(database: Database) -> None:
    bring(database, HEADER + "Ana Costa,ana@example.com,99,,,\n")
    report = bring(database, HEADER + "Ana Costa,ana@example.com,99,,Active,\nAna Lima,ana@example.com,12,,Terminated,\n", now=LATER)
    assert (report.deactivated, report.unchanged, active(database)) == ([], 1, ["ana@example.com"])


def test_many_leavers_at_once_are_asked_about(database: Database) -> None:
    bring(database, "name,email\n" + "".join(f"Ana L{n},p{n}@example.com\n" for n in range(30)))
    text = "name,email,suspended\n" + "".join(f"Ana L{n},p{n}@example.com,True\n" for n in range(12))
    with pytest.raises(Conflict, match="12 of 30 active people are gone"):
        bring(database, text, now=LATER)
    assert len(active(database)) == 30
    assert len(bring(database, text, now=LATER, force=True).deactivated) == 12


def test_people_who_are_to_come_are_neither_created_nor_taken_for_gone(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana@example.com,,,,\n")
    text = HEADER + "Ana Lima,ana@example.com,,,Provisioned,\nBo Berg,bo@example.com,,,Invited Member,\n"
    report = bring(database, text, now=LATER, deactivate_missing=True, force=True)
    assert (report.created, report.deactivated, active(database)) == ([], [], ["ana@example.com"])


def test_a_cell_that_says_nothing_leaves_what_is_known(database: Database) -> None:
    known = "name,email,country,language,team,start date,employment type\n"
    bring(database, known + "Ana Lima,ana@example.com,PT,pt,Sales,2024-03-01,Contractor\n")
    report = bring(database, known + "Ana Lima,ana@example.com,Atlantis,klingon!,Sales,soon,Blorp\n", now=LATER)
    assert report.unchanged == 1
    ana = people(database)["ana@example.com"]
    assert (ana.country, ana.locale, ana.external, str(ana.started_on)) == ("PT", "pt", True, "2024-03-01")


def test_attributes_that_nobody_needs_any_more_go_with_the_next_import(database: Database) -> None:
    a_person(database, email="ana@example.com", name="Ana Lima", attributes={"salary": "1", "shoe": "43"})
    bring(database, "name,email\nAna Lima,ana@example.com\n")
    assert people(database)["ana@example.com"].attributes == {}


def test_slack_moves_a_person_whose_address_changes_there(database: Database) -> None:
    bring(database, (CASES / "email-change-day1.csv").read_bytes())
    before = people(database)["ana.lima@example.com"]
    report = sync(database, a_member("U0000001", "ana.sousa@example.com", "Ana Sousa"), a_member("U0000002", "bo@example.com", "Bo"))
    assert report.moved == [Move(before="ana.lima@example.com", after="ana.sousa@example.com")]
    assert people(database)["ana.sousa@example.com"].id == before.id
    back = bring(database, (CASES / "email-change-day1.csv").read_bytes(), now=LATER)
    assert len(back.moved) == 1, "the employer's number decides"
    again = sync(database, a_member("U0000001", "ana.sousa@example.com", "Ana Sousa"))
    assert (again.moved, again.created) == ([], []), "and Slack does not move them to and fro"
    assert any("the current ones stay" in note for note in again.notes)


def test_slack_begins_a_new_person_where_an_address_has_another_account_and_name(database: Database) -> None:
    sync(database, a_member("U0000001", "ana@example.com", "Ana Lima"))
    report = sync(database, a_member("U0000002", "ana@example.com", "Bo Berg"))
    assert (report.reassigned, report.created) == (["ana@example.com"], ["ana@example.com"])
    nick = sync(database, a_member("U0000002", "ana@example.com", "Captain Whiskers"))
    assert (nick.reassigned, len(nick.updated)) == ([], 1), "names of Slack are chosen by people themselves"


def test_invited_members_and_guests_of_slack(database: Database) -> None:
    report = sync(database, a_member("U0000001", "guest@partner.example", "Ana Lima", guest=True))
    assert report.created == ["guest@partner.example"]
    assert people(database)["guest@partner.example"].external


def test_move_makes_one_of_two_records(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana.lima@example.com,,,,\n")
    first = people(database)["ana.lima@example.com"]
    a_delivery(database, first.id, [a_statement(database)])
    bring(database, HEADER + "Ana Sousa,ana.sousa@example.com,77,U0000001,,\n")
    second = people(database)["ana.sousa@example.com"]
    done = move_person(database, "ana.lima@example.com", "Ana.Sousa@example.com", now=LATER)
    assert (done.email, done.stays) == ("ana.sousa@example.com", f"former-{second.id}@departed.invalid")
    ana = people(database)["ana.sousa@example.com"]
    assert (ana.id, ana.employee_id, reached(database, ana)) == (first.id, "77", {"email": "ana.sousa@example.com", "slack": "U0000001"})
    assert active(database) == ["ana.sousa@example.com"]
    undone = move_person(database, f"former-{second.id}@departed.invalid", "ana.sousa2@example.com", now=LATER)
    assert undone.email == "ana.sousa2@example.com"
    reactivate_person(database, "ana.sousa2@example.com", now=LATER)
    assert active(database) == ["ana.sousa2@example.com", "ana.sousa@example.com"]


def test_move_refuses_what_is_no_move(database: Database) -> None:
    a_person(database, email="ana@example.com")
    for old, new, error in (
        ("nobody@example.com", "x@example.com", NotFound),
        ("ana@example.com", "ana@example.com", Invalid),
        ("ana@example.com", "no address", Invalid),
        ("no address", "ana@example.com", Invalid),
    ):
        with pytest.raises(error):
            move_person(database, old, new, now=NOW)


def test_who_was_deactivated_by_hand_stays_so_whatever_a_directory_says(database: Database) -> None:
    bring(database, HEADER + "Ana Lima,ana@example.com,,U0000001,Active,\nBo Berg,bo@example.com,,,Active,\n")
    deactivate_person(database, "ana@example.com", now=NOW)
    assert active(database) == ["bo@example.com"]
    report = bring(database, HEADER + "Ana Lima,ana@example.com,,U0000001,Active,\n", now=LATER)
    assert (report.reactivated, active(database)) == ([], ["bo@example.com"])
    assert any("by hand" in note and "ana@example.com" in note for note in report.notes)
    sync(database, a_member("U0000001", "ana@example.com", "Ana Lima"))
    assert active(database) == ["bo@example.com"]
    with pytest.raises(Conflict, match="by hand before"):
        deactivate_person(database, "ana@example.com", now=LATER)
    reactivate_person(database, "ana@example.com", now=LATER)
    assert active(database) == ["ana@example.com", "bo@example.com"]
    with pytest.raises(Conflict, match="active already"):
        reactivate_person(database, "ana@example.com", now=LATER)


def test_a_pause_ends_on_a_morning_of_the_person(database: Database) -> None:
    a_person(database, email="ana@example.com", zone="Asia/Kolkata")
    done = pause_person(database, "ana@example.com", until=date(2026, 12, 24), now=NOW)
    assert done.paused_until == datetime(2026, 12, 23, 18, 30, tzinfo=UTC)
    with pytest.raises(Invalid):
        pause_person(database, "ana@example.com", until=date(2026, 11, 1), now=NOW)
    reactivate_person(database, "ana@example.com", now=NOW)
    assert people(database)["ana@example.com"].paused_until is None
    deactivate_person(database, "ana@example.com", now=NOW)
    with pytest.raises(Conflict, match="deactivated"):
        pause_person(database, "ana@example.com", until=date(2026, 12, 24), now=NOW)
