"""How far the truth is from what is predicted: sums of answers, drawn to the pool, the pool drawn to zero."""

from __future__ import annotations

import numpy as np

from cadence.domain.measuring.difference import add_up, difference

WHO = np.array([1, 2, 3, 4, 5, 1, 2, 6])
STATEMENT = np.array([0, 0, 0, 0, 0, 1, 1, 1])
PREDICTED = np.array([0.9, 0.8, 0.9, 0.7, 0.8, 0.6, 0.5, 0.4])
RIGHT = np.array([1, 1, 0, 0, 1, 1, 1, 0.0])
NONE = np.zeros(0, dtype=np.int64)


def test_eight_answers_of_six_people_say_little() -> None:
    sums = add_up(np.ones(8), WHO, STATEMENT, PREDICTED, RIGHT, statements=2)
    found = difference(sums, 0.2, np.array([0.0, -1.5]))
    np.testing.assert_allclose(found.by_statement, [[-0.0483, -0.0383], [-0.2031, -0.1577]], atol=1e-4)
    np.testing.assert_allclose(np.sqrt(found.variance), [[0.1332, 0.1347], [0.1292, 0.1344]], atol=1e-4)
    np.testing.assert_allclose(found.pooled, [-0.0404, -0.1548], atol=1e-4)


def test_without_answers_the_prediction_stands_with_the_spread_of_the_prior() -> None:
    sums = add_up(np.zeros(0), NONE, NONE, np.zeros(0), np.zeros(0), statements=3)
    found = difference(sums, 0.2, 0.0)
    np.testing.assert_allclose(found.by_statement, 0.0, atol=1e-9)
    np.testing.assert_allclose(np.sqrt(found.variance), 0.15, atol=3e-3)


def test_a_single_statement_has_a_difference_of_its_own() -> None:
    sums = add_up(np.ones(5), WHO[:5], STATEMENT[:5], PREDICTED[:5], RIGHT[:5], statements=1)
    found = difference(sums, 0.2, 0.0)
    assert np.isfinite(found.by_statement).all()
    assert np.isfinite(found.variance).all()
    assert -0.15 < found.by_statement[0] < 0.0


def test_a_statement_without_answers_takes_the_pooled_difference() -> None:
    found = difference(add_up(np.ones(8), WHO, STATEMENT, PREDICTED, RIGHT, statements=3), 0.2, 0.0)
    assert abs(found.by_statement[2] - found.pooled) < 1e-6


def test_a_group_is_drawn_to_the_company_and_not_to_zero() -> None:
    """Two hundred people of whom far fewer know it than predicted; a team of them that answered as the others, or not at all."""
    who = np.arange(200)
    right = (who % 4 == 0).astype(float)
    company = difference(add_up(np.ones(200), who, who % 2, np.full(200, 0.8), right, statements=2), 0.2, 0.0)
    assert (company.by_statement < -0.4).all()
    nobody = difference(add_up(np.zeros(0), NONE, NONE, np.zeros(0), np.zeros(0), statements=2), 0.2, 0.0, pool=company)
    np.testing.assert_allclose(nobody.by_statement, company.by_statement, atol=1e-9)
    team = slice(0, 12)
    alike = difference(add_up(np.ones(12), who[team], who[team] % 2, np.full(12, 0.8), right[team], statements=2), 0.2, 0.0, pool=company)
    assert (np.abs(alike.by_statement - company.by_statement) < 0.12).all()
    better = difference(add_up(np.ones(12), who[team], who[team] % 2, np.full(12, 0.8), np.ones(12), statements=2), 0.2, 0.0, pool=company)
    assert (company.by_statement + 0.1 < better.by_statement).all()
    assert (better.by_statement < 0.2).all()
    assert (better.variance > company.variance).all()
