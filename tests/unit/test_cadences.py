"""A cadences file means what it says, is stored without loss, and ships in a good state."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given

from cadence.domain.planning.cadences import Cadence, Mode, Schedule
from cadence.domain.planning.calendars import TimeWindow, Weekday
from cadence.domain.planning.caps import CapRule, Counted, Per
from cadence.domain.planning.limits import Limits, Slice
from cadence.domain.sending.deliveries import Channel
from cadence.files.audience_rules import parse_rule
from cadence.files.cadences_toml import from_json, parse_cadences, to_json
from cadence.files.limits_toml import limits_from_json, limits_to_json
from cadence.files.toml_tables import InvalidFile
from tests.fixtures.strategies import some_cadences

STARTER = Path(__file__).parents[2] / "config" / "cadences.toml"
REFERENCE = Path(__file__).parents[2] / "docs" / "cadences.md"


@given(cadence=some_cadences())
def test_a_cadence_is_stored_without_loss(cadence: Cadence) -> None:
    assert from_json(json.loads(json.dumps(to_json(cadence)))) == cadence


@pytest.mark.parametrize("quiet", [None, TimeWindow(start=720, end=780), TimeWindow(start=1320, end=420)])
def test_limits_are_stored_without_loss(quiet: TimeWindow | None) -> None:
    limits = Limits(
        digests_per_week=3,
        working_days=(Weekday.SUNDAY,),
        working_window=TimeWindow(start=0, end=1440),
        quiet_hours=quiet,
        min_gap_days=0.5,
        max_gap_days=45,
        target_awareness={**Limits().target_awareness, "value": 0.8},
        floor={**Limits().floor, "priority": 4.0},
        rules=(
            CapRule(at_most=1, count=Counted.DIGESTS, per=Per.DAY, channels=(Channel.SLACK,)),
            CapRule(at_most=4, count=Counted.STATEMENTS, per=Per.MONTH, kinds=("value",), tags=("safety",), cadences=("weekly",)),
        ),
        slices=(Slice(statement="our-purpose", share=0.1, every_days=12.0),),
    )
    assert limits_from_json(json.loads(json.dumps(limits_to_json(limits)))) == limits


def test_a_stored_cadence_that_we_did_not_write_is_refused() -> None:
    with pytest.raises(InvalidFile, match="local_time"):
        from_json({"slug": "weekly", "days": ["mon"]})


def test_an_empty_file_has_the_defaults() -> None:
    file = parse_cadences(b"", where="cadences.toml")
    assert (file.limits, file.audiences, file.cadences) == (Limits(), {}, ())
    assert (file.limits.digests_per_week, file.limits.statements_per_week, file.limits.newcomer_statements_per_week) == (2, 6, 8)
    assert str(file.limits.working_window) == "09:00-17:00"


def test_every_key_is_read() -> None:
    text = """
    [limits]
    working_days = ["Sunday", "mon"]
    working_window = "08:00-18:00"
    quiet_hours = "22:00-07:00"
    min_gap_days = 3

    [audiences.field]
    team = ["Field"]

    [cadences.all-keys]
    name = "All keys"
    audience = "field"
    statements = ["repair-before-replace"]
    mode = "adaptive"
    days = ["Thu", "monday"]
    local_time = 09:30:00
    window_minutes = 90
    nth_weekdays = [1, -1]
    max_statements = 2
    channels = ["email"]
    holidays = false
    active = false
    starts_on = 2026-01-05
    ends_on = 2026-12-31
    """
    file = parse_cadences(text.encode(), where="cadences.toml")
    assert file.limits.working_days == (Weekday.MONDAY, Weekday.SUNDAY)
    assert file.limits.working_hours.quiet_hours == TimeWindow(start=1320, end=420)
    assert file.audiences == {"field": {"team": ["Field"]}}
    assert file.cadences == (
        Cadence(
            slug="all-keys",
            name="All keys",
            audience="field",
            statements=("repair-before-replace",),
            mode=Mode.ADAPTIVE,
            schedule=Schedule(local_time=time(9, 30), days=(Weekday.MONDAY, Weekday.THURSDAY), window_minutes=90, nth_weekdays=(1, -1)),
            max_statements=2,
            channels=(Channel.EMAIL,),
            min_gap_days=3.0,
            holidays=False,
            active=False,
            starts_on=date(2026, 1, 5),
            ends_on=date(2026, 12, 31),
        ),
    )


def test_what_a_cadence_does_not_say_follows_from_the_limits_and_from_what_it_says() -> None:
    text = b"""
    [limits]
    min_gap_days = 5
    max_gap_days = 20

    [cadences.usual]
    days = ["mon"]
    local_time = "09:00"

    [cadences.rare]
    monthdays = [1]
    local_time = "09:00"
    min_gap_days = 30
    must_deliver = true
    """
    usual, rare = parse_cadences(text, where="x").cadences
    assert (usual.name, usual.min_gap_days, usual.max_gap_days, usual.counts_towards_caps) == ("Usual", 5.0, 20.0, True)
    assert (rare.name, rare.min_gap_days, rare.max_gap_days, rare.counts_towards_caps) == ("Rare", 30.0, 30.0, False)


def test_the_starter_file_is_one_adaptive_cadence_with_the_opening_round() -> None:
    file = parse_cadences(STARTER.read_bytes(), where=STARTER.name)
    assert file.limits == Limits(opening_round=True)
    (cadence,) = file.cadences
    assert (cadence.mode, cadence.max_statements, len(cadence.schedule.days), cadence.checks) == (Mode.ADAPTIVE, 3, 2, True)
    assert (cadence.kinds, cadence.statements) == ((), ())
    for slug, rule in file.audiences.items():
        parse_rule(rule, f"audiences.{slug}")
