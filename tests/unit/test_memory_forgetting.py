"""FSRS-6 as arrays agrees with py-fsrs on pure review sequences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.memory import forgetting as f
from tests.fixtures.amount import examples

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ORACLE = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False, maximum_interval=36_500)

reviews = st.lists(st.tuples(st.floats(0, 200), st.sampled_from(f.Grade)), min_size=1, max_size=25)


@settings(max_examples=examples(300))
@given(first=st.sampled_from(f.Grade), later=reviews)
def test_any_sequence_of_reviews_gives_the_oracles_stability_difficulty_and_interval(
    first: f.Grade, later: list[tuple[float, f.Grade]]
) -> None:
    now = START.replace(tzinfo=timezone.utc)  # noqa: UP017  (py-fsrs takes this very object only)
    card, _ = ORACLE.review_card(Card(card_id=1, due=now), Rating(first), now)
    stability, difficulty = np.array([f.initial_stability(first)]), np.array([card.difficulty])
    for gap, grade in later:
        now += timedelta(days=gap)
        assert card.last_review is not None
        whole_days = (now - card.last_review).days  # py-fsrs truncates elapsed time to whole days
        assert f.retrievability(np.array([float(whole_days)]), stability)[0] == pytest.approx(
            ORACLE.get_card_retrievability(card, now), rel=1e-9
        )
        card, _ = ORACLE.review_card(card, Rating(grade), now)
        stability, difficulty = f.review(stability, difficulty, np.array([float(whole_days)]), grade)
        assert card.stability is not None
        assert difficulty[0] == pytest.approx(card.difficulty, rel=1e-9)
        # py-fsrs has no upper bound; ours is a century
        assert stability[0] == pytest.approx(min(card.stability, f.MAX_STABILITY), rel=1e-9)
        if card.stability > f.MAX_STABILITY:
            return
        assert f.interval(stability, 0.9)[0] == (card.due - now).days


def test_recall_after_stability_days_is_nine_tenths() -> None:
    days = np.array([0.5, 3.0, 400.0])
    assert f.retrievability(days, days) == pytest.approx(0.9)
    assert f.days_until(np.full(3, 0.9), days) == pytest.approx(days)


def test_good_at_due_intervals_are_the_published_ones() -> None:
    card, _ = ORACLE.review_card(Card(card_id=1), Rating.Good)
    stability, difficulty, seen = np.array([f.initial_stability(f.Grade.GOOD)]), np.array([card.difficulty]), []
    for _ in range(5):
        days = f.interval(stability, 0.9)
        seen.append(int(days[0]))
        stability, difficulty = f.review(stability, difficulty, days, f.Grade.GOOD)
    assert seen == [2, 11, 46, 163, 497]
