"""Which statements the model wants shown: laws of the rule that planner and simulation share."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cadence.domain.planning.selection import (
    MOST_IN_90_DAYS,
    NEVER,
    CappedStatements,
    SelectionLimits,
    choose,
    longest_unseen_first,
    pressing_floors,
    waits,
    wording_for,
)
from tests.fixtures.amount import examples

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
#: predicted, days since, sent, room, limits, allowed
Situation: TypeAlias = tuple[Floats, Floats, Ints, Ints, SelectionLimits, NDArray[np.bool_]]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 6)), draw(st.integers(1, 12)))
    predicted = np.round(rng.random(shape), draw(st.sampled_from([1, 6])))
    since = np.where(rng.random(shape) < 0.2, np.inf, rng.integers(0, 90, shape).astype(float))
    sent, room = rng.integers(0, 12, shape), rng.integers(-3, 9, shape[0])
    limits = SelectionLimits(
        target=draw(st.sampled_from([0.5, 0.9])),
        min_gap_days=draw(st.sampled_from([1.0, 2.0, 7.0])),
        most_per_digest=draw(st.integers(1, 6)),
    )
    return predicted, since, sent, room, limits, rng.random(shape) < 0.9


@settings(max_examples=examples(300))
@given(situations())
def test_limits_hold_and_no_lower_prediction_waits_for_a_higher_one(situation: Situation) -> None:
    predicted, since, sent, room, limits, allowed = situation
    chosen = choose(predicted, since, sent, room, limits=limits, allowed=allowed)
    assert not (chosen & ~allowed).any()
    assert (since[chosen] >= limits.min_gap_days).all()
    assert (sent[chosen] < MOST_IN_90_DAYS).all()
    assert (chosen.sum(axis=1) <= np.minimum(np.maximum(room, 0), limits.most_per_digest)).all()
    wanted = (predicted < limits.target) & (since >= limits.min_gap_days) & (sent < MOST_IN_90_DAYS) & allowed
    for shown, left, recall in zip(chosen, wanted & ~chosen, predicted, strict=True):
        if shown.any() and left.any():
            assert recall[shown].max() <= recall[left].min()


def test_known_statements_stay_silent_until_the_longest_gap() -> None:
    predicted, sent, room = np.array([[0.95, 0.95, 0.5]]), np.zeros((1, 3), dtype=int), np.array([6])
    chosen = choose(predicted, np.array([[59.0, 60.0, 3.0]]), sent, room, limits=SelectionLimits(most_per_digest=3))
    assert chosen.tolist() == [[False, True, True]]
    one = choose(predicted, np.array([[59.0, 60.0, 3.0]]), sent, room, limits=SelectionLimits(most_per_digest=1))
    assert one.tolist() == [[False, False, True]]


def test_the_reference_shows_these() -> None:
    def shown(last: float, room: int) -> list[int]:
        since = np.array([[3.0, 70.0, 5.0, last]])
        tried = ~waits(np.array([[0.0, 0.0, 0.0, 8.0]]), since)
        predicted, sent = np.array([[0.5, 0.95, 0.8, 0.3]]), np.full((1, 4), 2)
        chosen = choose(predicted, since, sent, np.array([room]), limits=SelectionLimits(), allowed=tried)
        return [int(one) for one in chosen[0]]

    assert shown(27, 6) == [1, 1, 1, 0]
    assert shown(28, 2) == [1, 0, 0, 1]


def test_ties_follow_reading_order() -> None:
    chosen = choose(np.zeros((1, 5)), np.full((1, 5), np.inf), np.zeros((1, 5), dtype=int), np.array([8]), limits=SelectionLimits())
    assert chosen.tolist() == [[True, True, True, False, False]]


def test_targets_may_differ_by_statement() -> None:
    limits = SelectionLimits(target=np.array([0.9, 0.8]))
    chosen = choose(np.full((1, 2), 0.85), np.full((1, 2), 9.0), np.zeros((1, 2), dtype=int), np.array([8]), limits=limits)
    assert chosen.tolist() == [[True, False]]


# --- floors, groups, fixed turns, wordings -----------------------------------------------------------------------


@settings(max_examples=examples(200))
@given(situations(), st.integers(0, 2**32 - 1))
def test_pressing_pairs_go_first_and_full_groups_are_passed_over(situation: Situation, seed: int) -> None:
    predicted, since, sent, room, limits, allowed = situation
    rng = np.random.default_rng(seed)
    pressing = rng.random(predicted.shape) < 0.3
    groups = [
        CappedStatements(covers=np.less(rng.random(predicted.shape[1]), 0.5), room=rng.integers(0, 4, len(predicted))) for _ in range(2)
    ]
    chosen = choose(predicted, since, sent, room, limits=limits, allowed=allowed, pressing=pressing, groups=groups)
    for group in groups:
        assert (chosen[:, group.covers].sum(axis=1) <= group.room).all()
    assert (chosen.sum(axis=1) <= np.minimum(np.maximum(room, 0), limits.most_per_digest)).all()
    may = (since >= limits.min_gap_days) & (sent < MOST_IN_90_DAYS) & allowed
    assert not (chosen & ~may).any()
    free = ~np.any([g.covers for g in groups], axis=0)
    for i in range(len(predicted)):
        left_out = pressing[i] & may[i] & ~chosen[i] & free
        if left_out.any():
            assert not (chosen[i] & ~pressing[i]).any()
            if (chosen[i] & pressing[i]).any():
                assert predicted[i][chosen[i] & pressing[i] & free].max(initial=-1) <= predicted[i][left_out].min()
    alone = choose(predicted, since, sent, room, limits=limits, allowed=allowed, pressing=pressing)
    plenty = [CappedStatements(covers=g.covers, room=np.full(len(predicted), 99)) for g in groups]
    assert (choose(predicted, since, sent, room, limits=limits, allowed=allowed, pressing=pressing, groups=plenty) == alone).all()


def test_a_pair_is_pressed_when_its_showings_need_every_slot_that_is_left() -> None:
    shown, allowed = np.array([[1, 1, 3], [0, 2, 3]]), np.ones((2, 3), dtype=bool)
    pressed, out_of_reach = pressing_floors(shown, np.array([3.0, 2.0, 3.0]), allowed, slots_left=2, room_left=9)
    assert pressed.tolist() == [[True, False, False], [True, False, False]]
    assert out_of_reach.tolist() == [[False, False, False], [True, False, False]]
    crowded, _ = pressing_floors(shown, np.array([3.0, 2.0, 3.0]), allowed, slots_left=5, room_left=2)
    assert crowded.tolist() == [[True, True, False], [True, False, False]], "all that lacks would not fit into what follows"


def test_the_longest_unseen_go_first_in_fixed_turns() -> None:
    planned = np.array([[5.0, 3.0, NEVER, 4.0]])
    chosen = longest_unseen_first(planned, np.array([[True, True, True, False]]), np.array([2]))
    assert chosen.tolist() == [[False, True, True, False]]


@given(
    wordings=st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True).map(tuple),
    rich=st.sets(st.integers(1, 50)),
)
def test_no_wording_comes_twice_running_and_the_substantive_lead_from_the_fourth_on(wordings: tuple[int, ...], rich: set[int]) -> None:
    substantive = frozenset(rich) & frozenset(wordings)
    cosmetic = [w for w in wordings if w not in substantive]
    last, said = None, []
    for showing in range(1, 12):
        wording = wording_for(wordings, substantive, last, showing)
        assert wording in wordings
        assert wording != last or len(wordings) == 1
        said.append(wording)
        last = wording
    if len(cosmetic) > 1:
        assert not set(said[:3]) & substantive
        assert not substantive or said[3] in substantive
    assert set(said[3:]) == set(wordings)
