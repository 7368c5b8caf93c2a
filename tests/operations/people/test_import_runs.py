"""A people file in the browser: shown, taken once, and undone without touching what was changed since."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.domain.audit import Actor, Via
from cadence.domain.people.retention import UNDO_FOR, Retention
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.people.change_person import deactivate_person
from cadence.operations.people.erase_person import erase_person
from cadence.operations.people.import_runs import PeopleRules, check_file, drop_file, preview_file, take_file, undo_file
from cadence.operations.running.retain import retain
from cadence.store.audit.reading import newest_entries
from cadence.store.database.core import addresses, import_runs, people
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW

ADMIN = Actor(via=Via.PAGE)
RULES = PeopleRules(default_zone="Europe/Berlin", keep=frozenset())
FIRST = b"email,name,team\nana@example.com,Ana Diaz,Design\nbo@example.com,Bo Lund,Field\ncy@example.com,Cy Hart,Field\n"
SECOND = (
    b"email,name,team,employee id\nana@example.com,Ana Diaz,Software,1\nbo@example.com,Bo Lund,Finance,2\ndi@example.com,Di Moss,Field,4\n"
)


@pytest.fixture
def company(database: Database) -> Database:
    """Three people of a file that was taken."""
    check_file(database, FIRST, file_name="first.csv", public_id="first", rules=RULES, actor=ADMIN, now=NOW)
    take_file(database, "first", rules=RULES, deactivate_missing=False, force=False, actor=ADMIN, now=NOW)
    return database


def whole(database: Database) -> dict[str, tuple[str, str, bool]]:
    """Return email -> team, employee number and whether somebody is here."""
    with database.read() as connection:
        rows = connection.execute(sa.select(people.c.email, people.c.team, people.c.employee_id, people.c.deactivated_at)).all()
    return {row.email: (row.team, row.employee_id, row.deactivated_at is None) for row in rows}


def take_second(database: Database) -> None:
    check_file(database, SECOND, file_name="second.csv", public_id="second", rules=RULES, actor=ADMIN, now=NOW)
    take_file(database, "second", rules=RULES, deactivate_missing=True, force=True, actor=ADMIN, now=NOW)


def test_a_preview_shows_what_taking_does_and_changes_nothing(company: Database) -> None:
    check_file(company, SECOND, file_name="second.csv", public_id="second", rules=RULES, actor=ADMIN, now=NOW)
    before = whole(company)
    shown = preview_file(company, "second", rules=RULES, deactivate_missing=True, now=NOW)
    assert whole(company) == before
    assert (shown.created, [one.email for one in shown.updated], shown.deactivated) == (
        ["di@example.com"],
        ["ana@example.com", "bo@example.com"],
        ["cy@example.com"],
    )
    assert take_file(company, "second", rules=RULES, deactivate_missing=True, force=True, actor=ADMIN, now=NOW) == shown


def test_an_undo_gives_back_everybody_as_they_were(company: Database) -> None:
    before = whole(company)
    take_second(company)
    undone = undo_file(company, "second", actor=ADMIN, now=NOW + timedelta(days=29))
    assert (undone.restored, undone.left) == (4, 0)
    assert whole(company) == {**before, "di@example.com": ("Field", "4", False)}


def test_what_was_changed_since_is_left_as_it_is(company: Database) -> None:
    take_second(company)
    deactivate_person(company, "bo@example.com", now=NOW)
    undone = undo_file(company, "second", actor=ADMIN, now=NOW)
    # of Bo the file changed team and number, which nobody touched since
    assert whole(company)["bo@example.com"] == ("Field", "", False)
    assert undone.left == 0
    with pytest.raises(Conflict):
        undo_file(company, "second", actor=ADMIN, now=NOW)


def test_another_address_comes_back_too(company: Database) -> None:
    moved = b"employee id,email,name,team\n9,ana@example.com,Ana Diaz,Design\n"
    check_file(company, moved, file_name="a.csv", public_id="a", rules=RULES, actor=ADMIN, now=NOW)
    take_file(company, "a", rules=RULES, deactivate_missing=False, force=False, actor=ADMIN, now=NOW)
    married = b"employee id,email,name,team\n9,ana.hart@example.com,Ana Hart,Design\n"
    check_file(company, married, file_name="b.csv", public_id="b", rules=RULES, actor=ADMIN, now=NOW)
    take_file(company, "b", rules=RULES, deactivate_missing=False, force=False, actor=ADMIN, now=NOW)
    assert "ana.hart@example.com" in whole(company)
    undo_file(company, "b", actor=ADMIN, now=NOW)
    assert "ana@example.com" in whole(company)
    with company.read() as connection:
        assert "ana@example.com" in connection.execute(sa.select(addresses.c.value)).scalars().all()


def test_a_file_is_taken_once_and_let_go(company: Database) -> None:
    for public_id, problem in (("first", Conflict), ("none", NotFound)):
        with pytest.raises(problem):
            take_file(company, public_id, rules=RULES, deactivate_missing=False, force=False, actor=ADMIN, now=NOW)
    check_file(company, SECOND, file_name="second.csv", public_id="second", rules=RULES, actor=ADMIN, now=NOW)
    drop_file(company, "second", now=NOW)
    with pytest.raises(NotFound):
        preview_file(company, "second", rules=RULES, deactivate_missing=False, now=NOW)
    with company.read() as connection:
        assert set(connection.execute(sa.select(import_runs.c.content)).scalars()) == {b""}


def test_after_thirty_days_nothing_is_kept_that_names_anybody(company: Database) -> None:
    take_second(company)
    late = NOW + UNDO_FOR + timedelta(days=1)
    with pytest.raises(Conflict):
        undo_file(company, "second", actor=ADMIN, now=late)
    check_file(company, FIRST, file_name="third.csv", public_id="third", rules=RULES, actor=ADMIN, now=late)
    with company.read() as connection:
        kept = connection.execute(sa.select(import_runs.c.public_id, import_runs.c.undo)).all()
    assert all(not row.undo for row in kept)


def test_who_is_erased_is_in_no_undo_and_no_waiting_file(company: Database) -> None:
    take_second(company)
    check_file(company, FIRST, file_name="third.csv", public_id="third", rules=RULES, actor=ADMIN, now=NOW)
    erase_person(company, "bo@example.com", now=NOW)
    with company.read() as connection:
        kept = connection.execute(sa.select(import_runs.c.undo, import_runs.c.content)).all()
    assert "Finance" not in str(kept)
    assert all(not row.content for row in kept)
    undo_file(company, "second", actor=ADMIN, now=NOW)
    assert "bo@example.com" not in whole(company)


def test_what_is_no_people_file_is_refused_and_not_kept(company: Database) -> None:
    with pytest.raises(Invalid):
        check_file(company, b"\x00\x01nothing", file_name="x.csv", public_id="x", rules=RULES, actor=ADMIN, now=NOW)
    with pytest.raises(NotFound):
        preview_file(company, "x", rules=RULES, deactivate_missing=False, now=NOW)


def test_the_log_tells_counts_and_no_names(company: Database) -> None:
    take_second(company)
    with company.read() as connection:
        newest = newest_entries(connection, limit=1)[0].entry.change
    assert (newest.action, newest.object_key) == ("people.imported", "CSV")
    assert newest.after == {"new": 1, "changed": 2, "back": 0, "left": 1}


def test_who_is_named_in_the_undo_of_others_is_erased_there_too(company: Database) -> None:
    for name, manager in (("m1", "cy@example.com"), ("m2", "ana@example.com")):
        content = f"email,name,manager email\nbo@example.com,Bo Lund,{manager}\n".encode()
        check_file(company, content, file_name="m.csv", public_id=name, rules=RULES, actor=ADMIN, now=NOW)
        take_file(company, name, rules=RULES, deactivate_missing=False, force=False, actor=ADMIN, now=NOW)
    erase_person(company, "cy@example.com", now=NOW)
    with company.read() as connection:
        assert "cy@example.com" not in str(connection.execute(sa.select(import_runs.c.undo)).all())
    with pytest.raises(Conflict):
        undo_file(company, "m2", actor=ADMIN, now=NOW)


def test_a_file_that_nobody_took_is_of_no_use_the_day_after_and_leaves_with_the_daily_step(company: Database) -> None:
    check_file(company, SECOND, file_name="second.csv", public_id="second", rules=RULES, actor=ADMIN, now=NOW)
    late = NOW + timedelta(days=1, minutes=1)
    with pytest.raises(NotFound):
        take_file(company, "second", rules=RULES, deactivate_missing=False, force=False, actor=ADMIN, now=late)
    retain(company, Retention(), now=late)
    with company.read() as connection:
        assert set(connection.execute(sa.select(import_runs.c.content)).scalars()) == {b""}
