"""Who taps anything, acknowledges unread or never answers, and how often a right tap is luck."""

from __future__ import annotations

import numpy as np

from cadence.domain.measuring.answering_habits import noise, robot, silent
from cadence.domain.measuring.luck import COULD, COULD_NOT, LUCK, NOT_SAID, luck


def test_somebody_who_taps_wrong_lines_all_the_time_is_told_from_somebody_who_knows() -> None:
    person = np.array([1] * 5 + [2] * 6)
    outcome = np.array([1, 1, 1, 1, 2, 0, 0, 0, 0, 2, 1])
    found = noise(person, np.full(11, 0.8), outcome)
    assert found.people.tolist() == [1, 2]
    np.testing.assert_allclose(found.chance, [0.0011, 0.8237], atol=1e-4)
    np.testing.assert_allclose(found.of(np.array([2, 7, 1])), [0.8237, 0.0, 0.0011], atol=1e-4)


def test_nobody_taps_anything_where_nobody_answered() -> None:
    none = np.zeros(0, dtype=np.int64)
    found = noise(none, np.zeros(0), none)
    assert found.share == 0.05
    assert found.of(np.array([1, 2])).tolist() == [0.0, 0.0]


def test_acknowledging_everything_without_an_answer_is_not_reading() -> None:
    found = robot(np.array([10, 10, 10]), np.array([0, 3, 0]), np.array([12, 12, 12]), np.array([12, 4, 0]))
    np.testing.assert_allclose(found, [0.9998, 0.0, 0.0], atol=1e-4)
    np.testing.assert_allclose(robot(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1)), 0.05)


def test_silence_grows_with_questions_and_ends_with_the_first_answer() -> None:
    np.testing.assert_allclose(silent(np.array([0, 6, 20, 20]), np.array([0, 0, 0, 5])), [0, 0.6, 0.8333, 0], atol=1e-4)


def test_own_words_say_how_often_a_right_tap_was_luck() -> None:
    weight, predicted, right = np.ones(40), np.full(40, 0.6), np.array([1.0] * 28 + [0.0] * 12)
    said = np.array([COULD] * 12 + [COULD_NOT] * 4 + [NOT_SAID] * 24)
    certain = np.ones(40, dtype=np.bool_)
    assert abs(luck(weight, predicted, right, said, certain) @ LUCK - 0.3117) < 1e-4
    assert abs(luck(weight, predicted, right, np.full(40, NOT_SAID), certain) @ LUCK - 0.2007) < 1e-4


def test_own_words_of_people_who_tap_anything_say_nothing_about_luck() -> None:
    said = np.array([COULD_NOT] * 8)
    of_the_noisy = luck(np.ones(8), np.full(8, 0.6), np.ones(8), said, np.zeros(8, dtype=np.bool_))
    assert abs(of_the_noisy @ LUCK - 0.2007) < 1e-4
    without_weight = luck(np.zeros(8), np.full(8, 0.6), np.ones(8), said, np.ones(8, dtype=np.bool_))
    assert abs(without_weight @ LUCK - 0.2007) < 1e-4
