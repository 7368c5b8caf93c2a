"""When a figure is published again, how it is rounded, and what was known before the first text."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from cadence.domain.measuring.elsewhere import from_elsewhere
from cadence.domain.measuring.releases import as_released, has_expired, may_release


def test_a_step_needs_five_people_and_fourteen_days() -> None:
    assert may_release(5, timedelta(days=14))
    assert not may_release(4, timedelta(days=60))
    assert not may_release(50, timedelta(days=13, hours=23))
    assert may_release(5, None)
    assert not may_release(9, timedelta(days=60), smallest=10)
    assert not may_release(4, timedelta(days=60), smallest=2)


def test_a_published_figure_stands_for_42_days() -> None:
    assert not has_expired(timedelta(days=42))
    assert has_expired(timedelta(days=43))


def test_values_are_rounded_to_five_points_and_ends_outwards() -> None:
    assert as_released(0.683, 0.561, 0.772) == (70, 55, 80)
    assert as_released(0.70, 0.55, 0.80) == (70, 55, 80)
    assert as_released(0.0, 0.0, 1.0) == (0, 0, 100)


def test_what_was_known_before_is_free_of_luck_and_drawn_to_the_mean() -> None:
    np.testing.assert_allclose(from_elsewhere(np.array([6, 1]), np.array([1, 3]), np.array([8, 6])), [0.5903, 0.1417], atol=1e-4)
    assert from_elsewhere(np.array([2]), np.array([0]), np.array([4])).tolist() == [0.0]
    assert from_elsewhere(np.array([0, 0]), np.array([9, 6]), np.array([9, 6])).tolist() == [0.0, 0.0]
    assert from_elsewhere(np.array([90]), np.array([0]), np.array([90])).tolist() == [0.95]
