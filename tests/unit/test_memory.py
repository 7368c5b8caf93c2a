"""The soft memory state: passive sightings, checks, restatements, offsets and the next due day."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.memory import model as m
from cadence.domain.memory.forgetting import Grade, review
from cadence.domain.memory.model import Offsets, PairStates
from tests.fixtures.amount import examples

chance = st.floats(0, 1)


def a_pair(*, encoded: float = 0.8, stability: float = 10.0, difficulty: float = 5.0, seen_at: float = 0.0) -> PairStates:
    return PairStates(
        encoded=np.array([encoded]), stability=np.array([stability]), difficulty=np.array([difficulty]), seen_at=np.array([seen_at])
    )


some_pair = st.builds(a_pair, encoded=chance, stability=st.floats(0.01, 500), difficulty=st.floats(1, 10), seen_at=st.floats(-500, 100))


def values(states: PairStates) -> np.ndarray:
    return np.stack([states.encoded, states.stability, states.difficulty, states.seen_at])


def assert_sound(states: PairStates, day: float) -> None:
    assert np.isfinite(values(states)).all()
    assert ((states.encoded >= 0) & (states.encoded <= 1)).all()
    assert ((states.difficulty >= 1) & (states.difficulty <= 10)).all()
    assert (states.stability > 0).all()
    now = m.recall(states, day)
    assert ((now >= 0) & (now <= 1)).all()


def test_first_certain_sighting_encodes_half_and_starts_at_the_first_stability() -> None:
    after = m.after_sighting(PairStates.blank(1), 7.0, 1.0)
    assert after.encoded == pytest.approx(0.5)
    assert after.stability == pytest.approx(2.3065)
    assert after.seen_at == pytest.approx(7.0)


def test_worked_example_of_the_documentation() -> None:
    """A silent showing at p = 0.3, five days later an acknowledged one, a week later a right answer of six (scalar arithmetic)."""
    c, f = 0.1542, 0.9 ** (-1 / 0.1542) - 1
    # day 0: A = 0.15, S = S0, u = 0. Day 5, p = 1: recall before it, then the mixture of strengthened, relearned and new
    r = (1 + f * 5 / 2.3065) ** -c
    grown = 2.3065 * (1 + exp(1.8722) * 6 * 2.3065**-0.1666 * (exp(0.796 * (1 - r)) - 1))
    lapsed = min(1.4835 * 5**-0.0614 * (3.3065**0.2629 - 1) * exp(1.6483 * (1 - r)), 2.3065)
    lapsed = max(lapsed, 0.5 * 2.3065)
    seen = r * (2.3065 + 0.5 * (grown - 2.3065)) + (1 - r) * lapsed
    encoded = 0.15 + 0.85 * 0.5
    stability = (0.15 * seen + 0.425 * 2.3065) / encoded
    before = encoded * (1 + f * 7 / stability) ** -c

    pair = m.after_sighting(PairStates.blank(1), 0.0, 0.3)
    assert pair.encoded == pytest.approx(0.15)
    pair = m.after_sighting(pair, 5.0, 1.0)
    assert (pair.encoded[0], pair.stability[0]) == (pytest.approx(encoded), pytest.approx(stability))
    assert m.recall(pair, 12.0) == pytest.approx(before)
    assert before == pytest.approx(0.485, abs=5e-4)

    pair = m.after_check(pair, 12.0, np.array([1.0]), 6)
    chance_right = before + (1 - before) / 6
    known = encoded * (before / encoded + (1 - before / encoded) / 6) / chance_right
    assert pair.encoded[0] == pytest.approx(known + (1 - known) * 0.75)
    assert m.recall(pair, 12.0) == pytest.approx(0.969, abs=5e-4)


@given(pair=some_pair, day=st.floats(100, 400))
def test_a_showing_that_was_not_seen_changes_nothing(pair: PairStates, day: float) -> None:
    assert (values(m.after_sighting(pair, day, 0.0)) == values(pair)).all()


@given(pair=some_pair, day=st.floats(100, 400), p=chance)
def test_a_sighting_never_lowers_what_is_known_now_and_keeps_probabilities(pair: PairStates, day: float, p: float) -> None:
    after = m.after_sighting(pair, day, p)
    assert_sound(after, day)
    assert m.recall(after, day)[0] >= m.recall(pair, day)[0] - 1e-9


learned_pair = st.builds(a_pair, encoded=chance, stability=st.floats(m.FIRST_STABILITY, 500), difficulty=st.floats(1, 10))


@settings(max_examples=examples(200))
@given(pair=learned_pair, day=st.floats(1, 400), options=st.sampled_from([0, 2, 4, 6]))
def test_a_right_answer_leaves_more_stability_than_a_wrong_one_and_both_show_the_answer(pair: PairStates, day: float, options: int) -> None:
    right, wrong = (m.after_check(pair, day, np.array([y]), options) for y in (1.0, 0.0))
    for after in (right, wrong):
        assert_sound(after, day)
        assert after.encoded[0] >= 0.75 - 1e-9
        assert after.seen_at[0] == day
    assert m.recall(right, day + 10)[0] >= m.recall(wrong, day + 10)[0] - 1e-9


def test_certain_knowledge_with_free_recall_is_exactly_a_review_with_good() -> None:
    """With A = 1, no guessing and a right answer the soft state is plain FSRS."""
    pair = a_pair(encoded=1.0, stability=2.3065, difficulty=2.118)
    stability, expected = pair.stability, pair.difficulty
    day = 0.0
    for gap in (2.0, 11.0, 46.0, 30.0):
        day += gap
        pair = m.after_check(pair, day, np.array([1.0]), 0)
        stability, expected = review(stability, expected, np.array([gap]), Grade.GOOD)
        assert pair.stability == pytest.approx(stability, rel=1e-9)
        assert pair.difficulty == pytest.approx(expected, rel=1e-9)


@given(pair=some_pair, day=st.floats(100, 400), grade=chance)
def test_a_restatement_lies_between_wrong_and_right(pair: PairStates, day: float, grade: float) -> None:
    after = m.after_restatement(pair, day, np.array([grade]))
    assert_sound(after, day)
    right, wrong = (m.after_restatement(pair, day, np.array([y])) for y in (1.0, 0.0))
    low, high = sorted((right.encoded[0], wrong.encoded[0]))
    assert low - 1e-9 <= after.encoded[0] <= high + 1e-9
    exact = m.after_check(pair, day, np.array([1.0]), 0)
    assert (values(right) == values(exact)).all()


@given(plain=chance, theta=st.floats(-30, 30), slope=st.floats(0.5, 1.5))
def test_prediction_is_a_probability_and_the_offset_moves_it_in_its_own_direction(plain: float, theta: float, slope: float) -> None:
    predicted = m.predicted_recall(np.array([plain]), np.array([theta]), slope)[0]
    assert 0.0 <= predicted <= 1.0
    assert (m.predicted_recall(np.array([plain]), np.array([theta]))[0] - plain) * theta >= -1e-12


def test_the_slope_turns_predictions_about_nine_tenths() -> None:
    plain = np.array([0.0, 0.5, 0.9, 0.99, 1.0])
    predicted = m.predicted_recall(plain, np.zeros(5), 0.8)
    assert predicted[[0, 2, 4]] == pytest.approx([0.0, 0.9, 1.0])
    assert predicted[1] > 0.5
    assert predicted[3] < 0.99


def test_offsets_learn_from_answers_and_newcomers_inherit_the_organisations() -> None:
    plain, theta = np.array([0.9]), np.array([0.0])
    gains = m.offset_gains(plain, theta, 1.0, *m.answer_terms(plain, np.array([0.0]), np.array([1 / 6])))[:, 0]
    assert gains[0] < 0 < gains[1]
    # at the pivot an answer says nothing about the slope
    assert gains[2:] == pytest.approx([0.0, 0.0], abs=1e-12)
    learned = Offsets(score=np.array([10 * gains[0], 0.0]), information=np.array([10 * gains[1], 0.0]), org=10 * gains)
    asked, new = learned.theta()
    assert asked < new < 0
    assert Offsets.blank(2).theta() == pytest.approx([0.0, 0.0])
    assert Offsets.blank(2).slope() == 1.0


def test_low_predictions_that_prove_too_low_flatten_the_slope() -> None:
    plain, theta = np.array([0.3]), np.array([0.0])
    gains = m.offset_gains(plain, theta, 1.0, *m.answer_terms(plain, np.array([1.0]), np.array([1 / 6])))[:, 0]
    assert Offsets(score=np.zeros(1), information=np.zeros(1), org=20 * gains).slope() < 1.0


@settings(max_examples=examples(300))
@given(
    pair=some_pair,
    theta=st.floats(-2, 2),
    slope=st.floats(0.5, 1.5),
    last_sent=st.floats(0, 100),
    target=st.floats(0.5, 0.97),
    min_gap=st.floats(1, 10),
)
def test_next_due_keeps_the_gaps_and_is_the_day_recall_meets_the_target(
    pair: PairStates, theta: float, slope: float, last_sent: float, target: float, min_gap: float
) -> None:
    offset, sent = np.array([theta]), np.array([last_sent])
    day = m.next_due(pair, offset, sent, target=target, min_gap_days=min_gap, max_gap_days=60.0, slope=slope)[0]
    assert last_sent + min_gap - 1e-9 <= day <= last_sent + 60 + 1e-9
    predicted = m.predicted_recall(m.recall(pair, day), offset, slope)[0]
    if last_sent + min_gap + 1e-6 < day < last_sent + 60 - 1e-6:
        assert predicted == pytest.approx(target, abs=1e-6)
    elif day <= last_sent + min_gap + 1e-6:
        assert predicted <= target + 1e-6
    else:
        assert predicted >= target - 1e-6


def test_a_pair_never_sent_is_due_at_once() -> None:
    day = m.next_due(PairStates.blank(1), np.zeros(1), np.array([-np.inf]), target=0.9, min_gap_days=2, max_gap_days=60)
    assert day[0] == -np.inf
