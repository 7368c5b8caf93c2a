"""The state is a pure function of the set of facts, and stays within [0, 1] for any stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.memory import model as m
from cadence.domain.memory.replay import NEW_VERSION, Facts, Folded, blank, fold, in_order, replay
from tests.fixtures.amount import examples

PEOPLE, STATEMENTS = 4, 3
PERSON = np.repeat(np.arange(PEOPLE), STATEMENTS)


def facts_of(rows: Sequence[tuple[float, ...]]) -> Facts:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    names = ("event_id", "pair", "day", "kind", "seen", "outcome", "options", "showing")
    kinds = (int, int, float, int, float, float, int, int)
    return Facts(**{name: np.array(column, dtype=kind) for name, column, kind in zip(names, columns, kinds, strict=True)})


def random_facts(seed: int, count: int, *, pairs: int = PEOPLE * STATEMENTS) -> Facts:
    """Duplicates (ids repeat), out of order, several facts of a showing, extreme probabilities."""
    rng = np.random.default_rng(seed)
    return Facts(
        event_id=rng.integers(0, max(count, 1) * 3, count),
        pair=rng.integers(0, pairs, count),
        day=np.where(rng.random(count) < 0.3, rng.integers(0, 30, count).astype(float), rng.uniform(0, 700, count)),
        kind=rng.choice([0, 1, 3, 4, 5, 6, NEW_VERSION], count, p=[0.05, 0.4, 0.1, 0.1, 0.25, 0.07, 0.03]),
        seen=rng.choice([0.0, 1e-12, 0.3, 0.95, 1.0], count),
        outcome=np.where(rng.random(count) < 0.8, rng.integers(0, 2, count).astype(float), rng.random(count)),
        options=rng.choice([0, 2, 4, 6], count),
        showing=np.where(rng.random(count) < 0.5, rng.integers(0, 40, count), -1),
    )


def everything(folded: Folded) -> list[np.ndarray]:
    pairs, offsets, said = folded.pairs, folded.offsets, folded.predictions
    sums = np.concatenate((offsets.org, folded.open_org))
    return [pairs.encoded, pairs.stability, pairs.difficulty, pairs.seen_at, offsets.score, offsets.information, sums, said.recall]


def assert_sound(folded: Folded, day: float) -> None:
    for values in everything(folded):
        assert np.isfinite(values).all()
    for probability in (folded.pairs.encoded, folded.predicted(day), folded.predictions.recall, folded.predictions.right):
        assert ((probability >= 0) & (probability <= 1)).all()


def test_probabilities_stay_within_bounds_for_ten_thousand_random_streams() -> None:
    """10,000 pairs of 2,500 people are 10,000 streams; ids repeat and days are out of order."""
    for seed in range(2):
        folded = replay(random_facts(seed, 60_000, pairs=10_000), np.arange(10_000) // 4, 2_500)
        assert_sound(folded, 800.0)


@settings(max_examples=examples(150))
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 120))
def test_any_stream_keeps_probabilities_within_bounds(seed: int, count: int) -> None:
    assert_sound(replay(random_facts(seed, count), PERSON, PEOPLE), 800.0)


@settings(max_examples=examples(150))
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 120))
def test_order_of_arrival_and_repetition_change_nothing(seed: int, count: int) -> None:
    facts = random_facts(seed, count)
    shuffled = facts.take(np.random.default_rng(seed + 1).permutation(np.repeat(np.arange(count), 2)))
    for a, b in zip(everything(replay(facts, PERSON, PEOPLE)), everything(replay(shuffled, PERSON, PEOPLE)), strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=examples(60))
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 60))
def test_replaying_the_ledger_equals_folding_one_fact_at_a_time(seed: int, count: int) -> None:
    facts = in_order(random_facts(seed, count))
    step = blank(PERSON, PEOPLE)
    said = []
    for index in range(len(facts)):
        step = fold(step, facts.take(slice(index, index + 1)))
        said.append(step.predictions.recall)
    whole = replay(facts, PERSON, PEOPLE)
    for a, b in zip(everything(whole)[:-1], everything(step)[:-1], strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(whole.predictions.recall, np.concatenate(said))


def test_a_pair_replayed_alone_equals_the_formulas_applied_by_hand() -> None:
    rows = [(1, 0, 3.0, 1, 0.3, 0.0, 0, 10), (2, 0, 6.5, 4, 1.0, 0.0, 0, 11), (3, 0, 9.0, 5, 1.0, 1.0, 6, 12)]
    by_hand = m.after_check(m.after_sighting(m.after_sighting(m.PairStates.blank(1), 3.0, 0.3), 6.5, 1.0), 9.0, np.array([1.0]), 6)
    pairs = replay(facts_of(rows[::-1]), np.array([0]), 1).pairs
    assert (pairs.encoded, pairs.stability, pairs.seen_at) == (by_hand.encoded, by_hand.stability, by_hand.seen_at)


def test_an_answer_replaces_what_the_silent_delivery_had_suggested() -> None:
    silent, answered = (1, 0, 3.0, 1, 0.3, 0.0, 0, 10), (2, 0, 8.0, 5, 1.0, 1.0, 6, 10)
    both, only = (replay(facts_of(rows), np.array([0]), 1) for rows in ([silent, answered], [answered]))
    np.testing.assert_array_equal(both.pairs.encoded, only.pairs.encoded)
    assert in_order(facts_of([silent, answered])).event_id.tolist() == [2]


def test_a_new_version_starts_the_pair_anew_and_keeps_the_persons_offset() -> None:
    read, answer = (1, 0, 2.0, 4, 1.0, 0.0, 0, 9), (2, 0, 3.0, 5, 1.0, 1.0, 6, 10)
    reset = (3, 0, 4.0, NEW_VERSION, 0.0, 0.0, 0, -1)
    folded = replay(facts_of([read, answer, reset]), np.array([0]), 1)
    assert folded.pairs.encoded[0] == 0.0
    assert folded.offsets.information[0] > 0.0


def test_an_answer_about_a_text_never_seen_moves_no_offset() -> None:
    folded = replay(facts_of([(1, 0, 3.0, 5, 1.0, 1.0, 4, 10)]), np.array([0]), 1)
    assert folded.pairs.encoded[0] == 0.75
    assert (folded.offsets.score[0], folded.offsets.information[0], folded.open_org.tolist()) == (0.0, 0.0, [0.0] * 4)


def test_predictions_are_made_before_the_answer_is_learned() -> None:
    rows = [(1, 0, 3.0, 4, 1.0, 0.0, 0, 10), (2, 0, 3.0, 5, 1.0, 1.0, 4, 11)]
    said = replay(facts_of(rows), np.array([0]), 1).predictions
    assert said.recall == pytest.approx([0.5])
    assert said.right == pytest.approx([0.5 + 0.5 * 0.125])  # half of those who do not know say so


def test_no_facts_leave_a_blank_state() -> None:
    folded = replay(facts_of([]), PERSON, PEOPLE)
    assert (folded.pairs.encoded == 0).all()
    assert len(folded.predictions.recall) == 0
