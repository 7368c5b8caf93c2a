"""The audit log is one chain: whatever is changed, taken out or cut off in it is found."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from cadence.domain.audit import Actor, Change, Via, differing
from cadence.errors import Invalid
from cadence.operations.audit.verify import exported_entry, plain_entry, verify, verify_log
from cadence.store.audit.entries import append
from cadence.store.audit.reading import entries_in_order
from cadence.store.database.core import audit_entries
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW

SHELL = Actor(via=Via.COMMAND)


@pytest.fixture
def kept(database: Database) -> Database:
    """A log of five changes."""
    for n in range(5):
        before, after = differing({"cap": n, "kept": "ü"}, {"cap": n + 1, "kept": "ü", "day": None if n else "Monday"})
        change = Change(action="limits.changed", object_kind="limits", object_key="", before=before, after=after)
        with database.transaction() as connection:
            append(connection, SHELL, change, at=NOW + timedelta(seconds=n, microseconds=7))
    return database


def test_what_was_written_is_one_chain_and_stays_so_through_an_export(kept: Database) -> None:
    with kept.read() as connection:
        found = verify_log(connection)
        entries = list(entries_in_order(connection))
    assert (found.entries, found.broken_at) == (5, None)
    lines = [json.dumps(plain_entry(one)) for one in entries]
    assert verify(exported_entry(line, n) for n, line in enumerate(lines)) == found


@pytest.mark.parametrize("field", ["at", "action", "object_key", "before", "after", "account", "via"])
def test_a_changed_field_is_found_at_its_entry(kept: Database, field: str) -> None:
    with kept.read() as connection:
        entries = list(entries_in_order(connection))
    third = entries[2]
    changed = {
        "at": replace(third, at=third.at + timedelta(microseconds=1)),
        "account": replace(third, actor=replace(third.actor, account_id=9)),
        "via": replace(third, actor=replace(third.actor, via=Via.PAGE)),
        "action": replace(third, change=replace(third.change, action="limits.kept")),
        "object_key": replace(third, change=replace(third.change, object_key="x")),
        "before": replace(third, change=replace(third.change, before={})),
        "after": replace(third, change=replace(third.change, after={"cap": 99})),
    }[field]
    assert verify([*entries[:2], changed, *entries[3:]]).broken_at == third.id


@pytest.mark.parametrize("gone", [0, 1, 3])
def test_an_entry_that_was_taken_out_is_found_at_the_next(kept: Database, gone: int) -> None:
    with kept.read() as connection:
        entries = list(entries_in_order(connection))
    assert verify([*entries[:gone], *entries[gone + 1 :]]).broken_at == entries[gone + 1].id


def test_cutting_off_the_newest_is_found_by_a_fingerprint_kept_elsewhere(kept: Database) -> None:
    with kept.read() as connection:
        entries = list(entries_in_order(connection))
    seen = entries[4].hash
    assert verify(entries, seen=seen).has_seen is True
    cut = verify(entries[:4], seen=seen)
    assert (cut.broken_at, cut.has_seen) == (None, False)


def test_the_database_itself_refuses_to_change_or_delete_an_entry(kept: Database) -> None:
    for statement in (sa.update(audit_entries).values(action="nothing"), sa.delete(audit_entries)):
        with pytest.raises(DBAPIError, match="only ever added to"), kept.transaction() as connection:
            connection.execute(statement)


def test_an_entry_of_a_change_that_failed_is_not_kept(kept: Database) -> None:
    def fail() -> None:
        with kept.transaction() as connection:
            append(connection, SHELL, Change(action="limits.changed", object_kind="limits", object_key=""), at=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with kept.read() as connection:
        assert verify_log(connection).entries == 5


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"id": "x"}', "[" * 5000, '{"id":1,"at":"yesterday"}'])
def test_a_line_that_is_no_entry_is_named(line: str) -> None:
    with pytest.raises(Invalid, match="line 7"):
        exported_entry(line, 7)
