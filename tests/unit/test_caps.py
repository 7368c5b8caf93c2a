"""Cap rules: what they read, what they count, how much room they leave."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.planning.caps import CapRule, Counted, Per, day_number, period, quarter, room
from cadence.domain.planning.floors import fair, outlook, weekly_rules
from cadence.domain.planning.limits import Slice
from cadence.domain.sending.deliveries import Channel
from cadence.files.cadences_toml import parse_cadences
from cadence.files.toml_tables import InvalidFile

dates = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(on=dates, per=st.sampled_from(Per))
def test_a_stretch_holds_its_day_and_touches_the_next(on: date, per: Per) -> None:
    first, last = period(per, day_number(on))
    assert first <= day_number(on) <= last
    assert period(per, last + 1)[0] == last + 1
    begins = date(1970, 1, 1) + timedelta(days=first)
    assert {Per.DAY: True, Per.WEEK: begins.weekday() == 0, Per.MONTH: begins.day == 1}[per]


@given(on=dates)
def test_a_quarter_begins_in_january_april_july_or_october(on: date) -> None:
    first, last = quarter(day_number(on))
    begins, ends = (date(1970, 1, 1) + timedelta(days=n) for n in (first, last + 1))
    assert (begins.day, begins.month % 3, ends.day, ends.month % 3) == (1, 1, 1, 1)
    assert begins <= on < ends
    assert 90 <= last + 1 - first <= 92


def test_room_counts_only_the_stretch_and_is_never_below_nothing() -> None:
    monday = day_number(date(2026, 11, 23))
    rule = CapRule(at_most=3, count=Counted.STATEMENTS, per=Per.WEEK)
    assert room(rule, monday + 2, []) == 3
    assert room(rule, monday + 2, [(monday - 1, 1, 3), (monday, 1, 1), (monday + 7, 1, 3)]) == 2
    assert room(rule, monday, [(monday, 2, 9)]) == 0
    assert room(CapRule(at_most=3), monday, [(monday, 2, 9)]) == 1


def test_filters_must_all_match_and_an_empty_one_matches_everything() -> None:
    rule = CapRule(at_most=1, channels=(Channel.SLACK,), kinds=("value",), tags=("safety", "quality"), cadences=("weekly",))
    assert rule.concerns(channel="slack", cadence="weekly")
    assert not rule.concerns(channel="email", cadence="weekly")
    assert not rule.concerns(channel="slack", cadence="monthly")
    assert rule.covers("value", ["quality"])
    assert not rule.covers("value", [])
    assert not rule.covers("priority", ["quality"])
    assert CapRule(at_most=1).covers("priority", [])
    assert str(rule) == "at most 1 digest a week on slack of kind value tagged safety or quality from weekly"


def test_rules_and_slices_are_read_from_the_file() -> None:
    text = b"""
    [[limits.rules]]
    at_most = 4
    count = "statements"
    per = "month"
    kinds = ["value"]

    [[limits.rules]]
    at_most = 1

    [slices.our-purpose]
    share = 0.1
    every_days = 12
    """
    limits = parse_cadences(text, where="cadences.toml").limits
    assert limits.rules == (CapRule(at_most=4, count=Counted.STATEMENTS, per=Per.MONTH, kinds=("value",)), CapRule(at_most=1))
    assert limits.slices == (Slice(statement="our-purpose", share=0.1, every_days=12.0),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[limits.rules]]\nper = 'day'", "limits.rules[1].at_most"),
        ("[[limits.rules]]\nat_most = -1", "limits.rules[1].at_most = -1"),
        ("[[limits.rules]]\nat_most = true", "limits.rules[1].at_most"),
        ("[[limits.rules]]\nat_most = 1\nper = 'year'", "limits.rules[1].per = 'year'"),
        ("[[limits.rules]]\nat_most = 1\ncount = 'digest'", "limits.rules[1].count = 'digest'"),
        ("[[limits.rules]]\nat_most = 1\nkind = ['value']", "did you mean kinds?"),
        ("[[limits.rules]]\nat_most = 1\nkinds = ['values']", "did you mean value?"),
        ("[[limits.rules]]\nat_most = 1\ncadences = ['nowhere']", "there is no [cadences.nowhere]"),
        ("[[limits.rules]]\nat_most = 1\ntags = ['<b>']", "limits.rules[1].tags"),
        ("[limits]\nrules = 3", "limits.rules = 3"),
        ("[[limits.rules]]\nat_most = 1\n" * 11, "11 rules"),
        ("[slices.our-purpose]\nshare = 2\nevery_days = 3", "slices.our-purpose.share = 2"),
        ("[slices.our-purpose]\nshare = 0.5", "slices.our-purpose.every_days"),
        ("[limits.floor]\npriority = 1.5", "limits.floor.priority = 1.5"),
        ("[limits.floor]\npriorities = 3", "did you mean priority?"),
        ("[limits.target_awareness]\nvalue = 1", "limits.target_awareness.value = 1"),
        ("[limits]\nmin_gap_days = 9\nmax_gap_days = 3", "limits.max_gap_days = 3"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_key_and_a_right_line(text: str, told: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        parse_cadences(text.encode(), where="cadences.toml")
    assert told in str(refused.value)
    assert "for example" in str(refused.value) or "did you mean" in str(refused.value) or "more than" in str(refused.value)


def test_a_target_that_is_told_holds_for_later_quarters_too() -> None:
    limits = parse_cadences(b"[limits.target_awareness]\nvalue = 0.95", where="x").limits
    assert limits.later_target_awareness["value"] == 0.95
    assert limits.later_target_awareness["priority"] == 0.9
    assert parse_cadences(b"", where="x").limits.later_target_awareness["value"] == 0.85


# --- what is left of a quarter -----------------------------------------------------------------------------------


def test_the_outlook_counts_slots_a_pair_can_use_and_room_behind_this_one() -> None:
    monday = day_number(date(2026, 11, 23))
    rules = weekly_rules(digests=2, statements=5)
    daily = [monday + n for n in range(1, 5)] + [monday + 7 + n for n in range(5)]
    seen = outlook(monday, daily, min_gap_days=2, most_per_digest=3, rules=rules)
    assert seen.room == 2 + 5, "the rest of this week, and the next"
    assert seen.slots == 2, "Monday and Monday: both Tuesdays lie within the gap"
    assert outlook(monday, [], min_gap_days=2, most_per_digest=3, rules=rules).slots == 1
    month = (*rules, CapRule(at_most=1, per=Per.MONTH))
    assert outlook(monday, daily, min_gap_days=2, most_per_digest=3, rules=month).room == 3, "one in December"


@given(
    days=st.lists(st.integers(0, 90), unique=True, max_size=40).map(sorted),
    digests=st.integers(1, 5),
    statements=st.integers(1, 9),
    most=st.integers(1, 4),
    gap=st.integers(0, 9),
)
def test_an_outlook_promises_no_more_than_the_caps_allow(days: list[int], digests: int, statements: int, most: int, gap: int) -> None:
    seen = outlook(-1, days, min_gap_days=gap, most_per_digest=most, rules=weekly_rules(digests=digests, statements=statements))
    weeks = {period(Per.WEEK, one)[0] for one in days}
    assert 0 <= seen.room <= min(len(days) * most, len(weeks) * min(statements, digests * most))
    assert seen.slots <= min(len(days) + 1, (len(weeks) + 1) * digests)


def test_a_floor_is_fair_to_who_came_later() -> None:
    first, last = 0, 91
    since = np.array([0.0, 30.0, 46.0, 91.0, 92.0])
    assert fair(np.full(5, 3.0), first=first, last=last, since=since).tolist() == [3, 2, 1, 0, 0]
