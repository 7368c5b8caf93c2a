"""Which groups may be told about side by side, and which may close a step together with the whole."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.measuring import separation
from cadence.domain.measuring.figures import Group
from cadence.domain.measuring.separation import SEGMENTS, closing_groups, shown_groups

_COMBINATIONS = st.dictionaries(st.tuples(*(st.sampled_from(("", "a", "b", "c")) for _ in SEGMENTS)), st.integers(1, 30), max_size=12)


def _names(groups: set[Group]) -> set[tuple[str, str]]:
    return {(g.kind, g.name) for g in groups}


def _team(name: str, location: str = "") -> tuple[str, ...]:
    return (name, location, "", "", "")


def test_examples_of_the_rule() -> None:
    assert doctest.testmod(separation).failed == 0


def test_a_small_team_and_the_next_one_are_hidden() -> None:
    shown = shown_groups({_team("Field"): 40, _team("Board"): 3, _team("Lab"): 9})
    assert _names(shown) == {("team", "Field")}


def test_a_team_that_all_but_a_few_are_in_is_hidden() -> None:
    assert shown_groups({_team("Field"): 40, _team(""): 2}) == set()


def test_a_location_that_is_a_team_and_two_more_is_hidden() -> None:
    shown = shown_groups({_team("Lab", "Bonn"): 9, _team("Shop", "Bonn"): 2, _team("Shop", "Ulm"): 20})
    assert _names(shown) == {("team", "Lab"), ("team", "Shop")}


def test_a_location_of_the_very_people_of_a_team_is_shown() -> None:
    shown = shown_groups({_team("Lab", "Bonn"): 9, _team("Shop", "Ulm"): 20})
    assert _names(shown) == {("team", "Lab"), ("team", "Shop"), ("location", "Bonn"), ("location", "Ulm")}


@given(_COMBINATIONS)
def test_no_two_shown_groups_differ_by_a_few(people: dict[tuple[str, ...], int]) -> None:
    shown = shown_groups(people)
    members = {g: {c for c in people if c[SEGMENTS.index(g.kind)] == g.name} for g in shown}
    whole = set(people)
    for group, mine in members.items():
        assert sum(people[c] for c in mine) >= 5
        for theirs in (whole, *(members[g] for g in shown if g != group)):
            assert not 0 < sum(people[c] for c in mine ^ theirs) < 5
    for kind in SEGMENTS:
        rest = whole.difference(*(members[g] for g in shown if g.kind == kind))
        if any(g.kind == kind for g in shown):
            assert not 0 < sum(people[c] for c in rest) < 5


def test_a_group_closes_only_when_nobody_or_enough_remain_beside_it() -> None:
    """Since the whole's last step seven people answered: five of the one team, two of the other."""
    field, lab = Group(kind="team", name="Field"), Group(kind="team", name="Lab")
    since = {_team("Field"): 5, _team("Lab"): 2}
    assert closing_groups({field: 5, lab: 2}, since, may=[field, lab]) == set()
    assert closing_groups({field: 5, lab: 5}, {_team("Field"): 5, _team("Lab"): 5}, may=[field, lab]) == {field, lab}
    assert closing_groups({field: 5, lab: 2}, {_team("Field"): 5, _team("Lab"): 2, _team("Shop"): 3}, may=[field, lab]) == {field}
    assert closing_groups({field: 9}, since, may=[lab]) == set()


@given(_COMBINATIONS)
def test_no_two_closing_groups_differ_by_a_few_who_answered(since: dict[tuple[str, ...], int]) -> None:
    groups = {Group(kind=kind, name=c[at]) for c in since for at, kind in enumerate(SEGMENTS) if c[at]}
    members = {g: {c for c in since if c[SEGMENTS.index(g.kind)] == g.name} for g in groups}
    new = dict.fromkeys(groups, 9)
    closing = closing_groups(new, since, may=sorted(groups, key=lambda g: (g.kind, g.name)))
    for group in closing:
        for theirs in (set(since), *(members[g] for g in closing if g != group)):
            if members[group] & theirs:
                assert not 0 < sum(since[c] for c in members[group] ^ theirs) < 5
