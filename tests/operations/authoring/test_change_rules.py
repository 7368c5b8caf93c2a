"""Rules changed in the browser: checked as the file, kept with what was before, undone for 30 days, safe from an older file."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.domain.audit import Actor, Via
from cadence.errors import Conflict, NotFound
from cadence.files.cadences_toml import parse_cadences
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.apply_cadences import ApplyReport, apply_cadences
from cadence.operations.authoring.change_rules import EarlierRule, Rules, change_rule, earlier_rules, rules_in_force, use_again
from cadence.store.database.core import audit_entries, rule_versions, slots
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_person

FILE = """
[limits]
digests_per_week = 2

[cadences.weekly]
days = ["tue"]
local_time = "09:00"
"""
ADMIN = Actor(via=Via.PAGE)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def installed(database: Database) -> Database:
    a_person(database, zone="Europe/Berlin")
    apply(database)
    return database


def apply(database: Database, text: str = FILE, *, overwrite: bool = False, prune: bool = False) -> ApplyReport:
    with database.transaction() as connection:
        file = parse_cadences(text.encode(), where="cadences.toml")
        return apply_cadences(connection, file, now=LATER, overwrite=overwrite, prune=prune)


def in_force(database: Database) -> Rules:
    with database.read() as connection:
        return rules_in_force(connection)


def change(database: Database, slug: str, **values: object) -> bool:
    rules = in_force(database)
    table = {**rules.definition(slug), **values}
    return change_rule(database, slug, table, seen=rules.stamp(slug), actor=ADMIN, now=LATER)


def earlier(database: Database, slug: str, *, days: float = 0) -> list[EarlierRule]:
    with database.read() as connection:
        return earlier_rules(connection, rules_in_force(connection), slug, now=LATER + timedelta(days=days))


def test_a_change_moves_the_slots_and_keeps_what_was_and_its_audit_entry(installed: Database) -> None:
    before = in_force(installed)
    assert change(installed, "weekly", days=["wed"], local_time="10:30")
    assert change(installed, "", digests_per_week=3)
    assert not change(installed, "", digests_per_week=3)
    with installed.read() as connection:
        slot = connection.execute(sa.select(slots)).one()
        kept = connection.execute(sa.select(rule_versions).order_by(rule_versions.c.id)).all()
        entries = connection.execute(sa.select(audit_entries).order_by(audit_entries.c.id)).all()
    assert (slot.local_time, slot.next_local_date.strftime("%a")) == ("10:30", "Wed")
    assert [(one.slug, one.definition) for one in kept] == [("weekly", before.definition("weekly")), ("", before.limits)]
    assert [one.action for one in entries if one.via == "command"] == ["cadence.added"]
    assert [(one.action, one.before, one.after) for one in entries if one.via == "page"] == [
        ("cadence.changed", {"days": ["tue"], "local_time": "09:00"}, {"days": ["wed"], "local_time": "10:30"}),
        ("limits.changed", {"digests_per_week": 2}, {"digests_per_week": 3}),
    ]


def test_a_change_can_be_undone_for_thirty_days_and_the_undoing_too(installed: Database) -> None:
    before = in_force(installed).definition("weekly")
    change(installed, "weekly", max_statements=5)
    (one,) = earlier(installed, "weekly", days=29)
    assert (one.before, one.after) == ({"max_statements": 5}, {"max_statements": 3})
    assert earlier(installed, "weekly", days=31) == []
    with pytest.raises(NotFound):
        use_again(installed, one.id, actor=ADMIN, now=LATER + timedelta(days=31))
    assert use_again(installed, one.id, actor=ADMIN, now=LATER) == "weekly"
    assert in_force(installed).definition("weekly") == before
    assert [again.after for again in earlier(installed, "weekly")] == [{"max_statements": 5}]


def test_what_the_file_would_refuse_is_refused_with_the_same_line_and_changes_nothing(installed: Database) -> None:
    before = in_force(installed)
    cases: list[tuple[str, str, int | str | list[str]]] = [
        ("weekly", "max_statements", 11),
        ("weekly", "audience", "field"),
        ("", "working_days", []),
    ]
    for slug, key, value in cases:
        with pytest.raises(InvalidFile) as refused:
            change(installed, slug, **{key: value})
        place = f"cadences.{slug}" if slug else "limits"
        assert str(refused.value).startswith(f"{place}.{key} = ")
        given = value if isinstance(value, list | int) else f'"{value}"'
        table = FILE.replace(f"[{place}]", f"[{place}]\n{key} = {given}")
        with pytest.raises(InvalidFile) as of_file:
            parse_cadences(table.encode(), where="f")
        assert str(of_file.value) == f"f: {refused.value}"
    assert in_force(installed) == before


def test_a_rule_that_somebody_else_changed_meanwhile_is_not_overwritten(installed: Database) -> None:
    seen = in_force(installed).stamp("weekly")
    table = in_force(installed).definition("weekly")
    change_rule(installed, "weekly", {**table, "max_statements": 4}, seen=seen, actor=ADMIN, now=LATER)
    with pytest.raises(Conflict):
        change_rule(installed, "weekly", {**table, "max_statements": 5}, seen=seen, actor=ADMIN, now=LATER)


def test_a_file_does_not_overwrite_the_browser_unless_asked_to(installed: Database) -> None:
    change(installed, "weekly", max_statements=5)
    change(installed, "", digests_per_week=3)
    before = in_force(installed)
    report = apply(installed, FILE + '[cadences.other]\ndays = ["mon"]\nlocal_time = "10:00"\n')
    assert [(one.slug, one.before, one.after) for one in report.kept] == [
        ("", {"digests_per_week": 3}, {"digests_per_week": 2}),
        ("weekly", {"max_statements": 5}, {"max_statements": 3}),
    ]
    assert in_force(installed) == before
    pruning = apply(installed, "[limits]\ndigests_per_week = 3\n", prune=True)
    assert [(one.slug, one.after) for one in pruning.kept] == [("weekly", {"active": False})]

    agreeing = FILE.replace("digests_per_week = 2", "digests_per_week = 3") + "max_statements = 5\n"
    assert not apply(installed, agreeing).kept  # what stands in the file is of the file from then on
    assert not apply(installed).kept
    assert in_force(installed).definition("weekly")["max_statements"] == 3

    change(installed, "weekly", max_statements=5)
    assert apply(installed, overwrite=True).changed == ["weekly"]
    assert next(one.after for one in earlier(installed, "weekly")) == {"max_statements": 5}  # what the file replaced can be used again
