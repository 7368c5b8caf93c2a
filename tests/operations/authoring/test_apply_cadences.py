"""Applying a cadences file, and the slots that follow from cadences and people, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.files.cadences_toml import parse_cadences
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.apply_cadences import ApplyReport, SlotReport, apply_cadences, derive_slots
from cadence.store.database.core import audiences, cadences, limit_sets, people, slots
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_person, a_statement

WEEKLY = """
[audiences.field]
team = ["Field"]

[cadences.weekly]
audience = "field"
days = ["tue"]
local_time = "09:00"
"""
TOKYO_AND_BERLIN = [("Asia/Tokyo", "09:00", "2026-11-24T00:00+00:00"), ("Europe/Berlin", "09:00", "2026-11-24T08:00+00:00")]


@pytest.fixture
def two_zones(database: Database) -> Database:
    a_person(database, zone="Europe/Berlin")
    a_person(database, zone="Asia/Tokyo")
    return database


def apply(database: Database, text: str, *, now: datetime = NOW, prune: bool = False) -> ApplyReport:
    with database.transaction() as connection:
        return apply_cadences(connection, parse_cadences(text.encode(), where="cadences.toml"), now=now, prune=prune)


def derive(database: Database, *, now: datetime = NOW) -> SlotReport:
    with database.transaction() as connection:
        return derive_slots(connection, now=now)


def all_slots(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as connection:
        rows = connection.execute(sa.select(slots).order_by(slots.c.zone, slots.c.local_time, slots.c.id)).all()
    return [
        (r.zone, r.local_time, r.next_fire_at.astimezone(UTC).isoformat(timespec="minutes") if r.next_fire_at else "never") for r in rows
    ]


def only(database: Database, query: Any) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(query).all())


def test_a_first_file_makes_audiences_cadences_limits_and_a_slot_for_each_zone(two_zones: Database) -> None:
    report = apply(two_zones, WEEKLY + "[limits]\ndigests_per_week = 3\n")
    assert (report.added, report.audiences_saved, report.limits_changed, report.slots.added) == (["weekly"], ["field"], True, 2)
    assert all_slots(two_zones) == TOKYO_AND_BERLIN
    assert [r.rule for r in only(two_zones, sa.select(audiences))] == [{"team": ["Field"]}]
    assert [r.definition["digests_per_week"] for r in only(two_zones, sa.select(limit_sets))] == [3]


def test_the_same_file_again_changes_nothing(two_zones: Database) -> None:
    apply(two_zones, WEEKLY)
    before = only(two_zones, sa.select(cadences)), only(two_zones, sa.select(limit_sets)), all_slots(two_zones)
    report = apply(two_zones, WEEKLY, now=NOW + timedelta(days=30))
    assert report == ApplyReport(unchanged=["weekly"])
    assert (only(two_zones, sa.select(cadences)), only(two_zones, sa.select(limit_sets)), all_slots(two_zones)) == before


def test_a_change_of_text_leaves_the_slots_and_a_change_of_days_moves_them(two_zones: Database) -> None:
    apply(two_zones, WEEKLY)
    ids = only(two_zones, sa.select(slots.c.id))
    report = apply(two_zones, WEEKLY + 'name = "Other"\nwindow_minutes = 30\n', now=NOW + timedelta(days=3))
    assert report.changed == ["weekly"]
    assert all_slots(two_zones) == TOKYO_AND_BERLIN
    apply(two_zones, WEEKLY.replace('"tue"', '"wed"'))
    assert only(two_zones, sa.select(slots.c.id)) == ids
    assert [fire for _, _, fire in all_slots(two_zones)] == ["2026-11-25T00:00+00:00", "2026-11-25T08:00+00:00"]


def test_another_local_time_makes_other_slots(two_zones: Database) -> None:
    apply(two_zones, WEEKLY)
    report = apply(two_zones, WEEKLY.replace("09:00", "10:30"))
    assert (report.slots.added, report.slots.removed) == (2, 2)
    assert [wall for _, wall, _ in all_slots(two_zones)] == ["10:30", "10:30"]


def test_an_occurrence_that_is_due_this_minute_survives_a_change_of_the_days(two_zones: Database) -> None:
    apply(two_zones, WEEKLY)
    a_minute_late = datetime(2026, 11, 24, 8, 1, tzinfo=UTC)
    apply(two_zones, WEEKLY.replace('["tue"]', '["tue", "thu"]'), now=a_minute_late)
    assert all_slots(two_zones) == TOKYO_AND_BERLIN


def test_overdue_slots_wait_for_the_tick(two_zones: Database) -> None:
    apply(two_zones, WEEKLY)
    assert derive(two_zones, now=NOW + timedelta(days=20)) == SlotReport()
    assert all_slots(two_zones) == TOKYO_AND_BERLIN


def test_slots_follow_the_people(two_zones: Database) -> None:
    apply(two_zones, WEEKLY)
    a_person(two_zones, zone="Asia/Kathmandu")
    with two_zones.transaction() as connection:
        connection.execute(sa.update(people).where(people.c.zone == "Asia/Tokyo").values(deactivated_at=NOW))
    report = derive(two_zones)
    assert (report.added, report.removed) == (1, 1)
    assert [zone for zone, _, _ in all_slots(two_zones)] == ["Asia/Kathmandu", "Europe/Berlin"]


def test_a_zone_that_is_not_known_is_told_and_stops_nobody_else(two_zones: Database) -> None:
    a_person(two_zones, zone="Mars/Olympus")
    assert apply(two_zones, WEEKLY).slots == SlotReport(added=2, unknown_zones=["Mars/Olympus"])


def test_an_absent_cadence_goes_on_unless_pruned(two_zones: Database) -> None:
    apply(two_zones, WEEKLY)
    report = apply(two_zones, "")
    assert (report.absent, report.pruned, len(all_slots(two_zones))) == (["weekly"], [], 2)
    report = apply(two_zones, "", prune=True)
    assert (report.absent, report.pruned, report.audiences_removed, report.slots.removed) == ([], ["weekly"], ["field"], 2)
    assert [r.active for r in only(two_zones, sa.select(cadences))] == [False]
    assert apply(two_zones, WEEKLY).changed == ["weekly"]
    assert all_slots(two_zones) == TOKYO_AND_BERLIN


def test_an_audience_that_a_statement_names_is_not_pruned(database: Database) -> None:
    a_statement(database, audience="field")
    apply(database, WEEKLY)
    assert apply(database, "", prune=True).audiences_removed == []


def test_a_paused_cadence_has_no_slots(two_zones: Database) -> None:
    apply(two_zones, WEEKLY)
    assert apply(two_zones, WEEKLY + "active = false\n").slots.removed == 2
    assert all_slots(two_zones) == []


def test_a_cadence_that_has_ended_has_slots_that_never_come_due(two_zones: Database) -> None:
    apply(two_zones, WEEKLY + "ends_on = 2026-01-31\n")
    assert [fire for _, _, fire in all_slots(two_zones)] == ["never", "never"]


def test_a_wrong_audience_rule_is_refused_before_anything_is_written(two_zones: Database) -> None:
    text = WEEKLY + '[audiences.x]\nteem = ["A"]\n[audiences.y]\nnewcomer_days = "many"\n'
    with pytest.raises(InvalidFile, match=r"audiences\.x") as caught:
        apply(two_zones, text)
    assert len(caught.value.problems) == 2
    assert only(two_zones, sa.select(cadences)) == []
    assert only(two_zones, sa.select(audiences)) == []


def test_things_to_look_at_are_told(two_zones: Database) -> None:
    text = '[cadences.odd]\nstatements = ["nowhere"]\ndays = ["sat"]\nlocal_time = "22:00"\n'
    told = apply(two_zones, text).warnings
    assert len(told) == 3
    assert "no statement nowhere" in told[0]
    assert "22:00" in told[1]
    assert "sat" in told[2]
