"""Which statements the model wants shown: laws of the rule that planner and simulation share."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.selection import MOST_IN_90_DAYS, Limits, choose


@st.composite
def situations(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 6)), draw(st.integers(1, 12)))
    predicted = np.round(rng.random(shape), draw(st.sampled_from([1, 6])))
    since = np.where(rng.random(shape) < 0.2, np.inf, rng.integers(0, 90, shape).astype(float))
    sent, room = rng.integers(0, 12, shape), rng.integers(-3, 9, shape[0])
    limits = Limits(
        target=draw(st.sampled_from([0.5, 0.9])),
        min_gap_days=draw(st.sampled_from([1.0, 2.0, 7.0])),
        most_per_digest=draw(st.integers(1, 6)),
    )
    return predicted, since, sent, room, limits, rng.random(shape) < 0.9


@settings(max_examples=300)
@given(situations())
def test_limits_hold_and_no_lower_prediction_waits_for_a_higher_one(situation):
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


def test_known_statements_stay_silent_until_the_longest_gap():
    predicted, sent, room = np.array([[0.95, 0.95, 0.5]]), np.zeros((1, 3), dtype=int), np.array([6])
    chosen = choose(predicted, np.array([[59.0, 60.0, 3.0]]), sent, room, limits=Limits(most_per_digest=3))
    assert chosen.tolist() == [[False, True, True]]
    one = choose(predicted, np.array([[59.0, 60.0, 3.0]]), sent, room, limits=Limits(most_per_digest=1))
    assert one.tolist() == [[False, False, True]]


def test_ties_follow_reading_order():
    chosen = choose(np.zeros((1, 5)), np.full((1, 5), np.inf), np.zeros((1, 5), dtype=int), np.array([8]), limits=Limits())
    assert chosen.tolist() == [[True, True, True, False, False]]


def test_targets_may_differ_by_statement():
    limits = Limits(target=np.array([0.9, 0.8]))
    chosen = choose(np.full((1, 2), 0.85), np.full((1, 2), 9.0), np.zeros((1, 2), dtype=int), np.array([8]), limits=limits)
    assert chosen.tolist() == [[True, False]]
