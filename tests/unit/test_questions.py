"""Who is asked and about what: values of the reference, and a draw that is uniform and the same for ever."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from cadence.domain.planning.questions import asks, chances, draw, eligible
from cadence.store.responding.draws import RECORD, pack, unpack

NEVER = np.inf
#: chi-square of 3 degrees of freedom that chance exceeds once in a thousand times; the keys are fixed, so that it never does here
CHI_3 = 16.27


def test_the_reference_asks_these() -> None:
    shown = np.array([[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
    since_met = np.array([[9, 1, 5, NEVER], [5, 5, 5, 5], [5, 5, 2, 5]])
    asking = asks(np.asarray(shown.any(axis=1)), np.array([4.0, 20.0, 21.0]))
    could = eligible(asking[:, None] & np.ones_like(shown), shown, since_met)
    drawn = draw(could, np.array([[0.6], [0.5], [0.99]]))
    assert could.sum(axis=1).tolist() == [2, 0, 3]
    assert drawn.astype(int).tolist() == [[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_every_statement_is_drawn_as_often_as_any_other_eligible_one() -> None:
    people = list(range(1, 8_001))
    could = np.zeros((len(people), 6), dtype=bool)
    could[:, [0, 2, 3, 5]] = True
    count = draw(could, chances(b"secret", "weekly|Europe/Berlin|09:30|2026-10-06", people)).sum(axis=0)
    assert count[[1, 4]].tolist() == [0, 0]
    assert ((count[[0, 2, 3, 5]] - 2_000) ** 2 / 2_000).sum() < CHI_3


def test_one_person_is_drawn_everything_alike_over_many_occurrences() -> None:
    could = np.ones((1, 4), dtype=bool)
    found = Counter(int(draw(could, chances(b"secret", f"weekly|{n}", [7])).argmax()) for n in range(2_000))
    assert sum((found[k] - 500) ** 2 / 500 for k in range(4)) < CHI_3


def test_several_questions_are_different_ones_and_every_set_is_as_likely() -> None:
    could = np.ones((6_000, 4), dtype=bool)
    drawn = draw(could, chances(b"secret", "opening", range(6_000), questions=3))
    assert (drawn.sum(axis=1) == 3).all()
    left_out = (~drawn).sum(axis=0)
    assert ((left_out - 1_500) ** 2 / 1_500).sum() < CHI_3


def test_fewer_are_asked_where_fewer_could_be() -> None:
    could = np.array([[True, False, True], [False, False, False]])
    assert draw(could, np.full((2, 3), 0.5)).tolist() == could.tolist()


def test_chances_are_the_same_for_ever_and_differ_by_person_occurrence_and_secret() -> None:
    first = chances(b"secret", "a", [1, 2], questions=2)
    assert first.tolist() == chances(b"secret", "a", [1, 2], questions=2).tolist()
    assert len({*first.ravel().tolist(), *chances(b"secret", "b", [1], questions=2).ravel(), *chances(b"other", "a", [1]).ravel()}) == 7
    assert ((first >= 0) & (first < 1)).all()


def test_a_draw_is_kept_in_a_few_bytes_and_read_back() -> None:
    could = np.array([[True, False, True], [False, False, False], [False, True, False]])
    predicted = np.array([[0.25, 0.0, 0.75], [0.1, 0.2, 0.3], [0.0, 0.5, 0.0]])
    kept = pack(could, [11, 12, 70_000], predicted, np.array([[2.0, 0, 900], [0, 0, 0], [0, 1, 0]]))
    assert [len(one) for one in kept] == [2 * RECORD.itemsize, 0, RECORD.itemsize]
    found = unpack([kept[0], None, kept[1], kept[2]])
    assert found.row.tolist() == [0, 0, 3]
    assert found.statement_id.tolist() == [11, 70_000, 12]
    assert found.predicted.tolist() == pytest.approx([0.25, 0.75, 0.5])
    assert found.in_vain.tolist() == [2, 255, 1]
