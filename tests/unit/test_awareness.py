"""What may be said about a group, and how sure it is."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cadence.domain.measuring import awareness as a
from cadence.domain.measuring.awareness import AwarenessVerdict

counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_is_the_published_interval() -> None:
    found = a.wilson(4, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.4, 0.1682, 0.6873), abs=1e-4)
    assert a.wilson(0, 10).low == 0.0
    assert a.wilson(10, 10).high == 1.0


@given(counts)
def test_wilson_holds_its_share_within_zero_and_one(found: tuple[int, int]) -> None:
    k, n = found
    interval = a.wilson(k, n)
    assert 0.0 <= interval.low <= interval.value <= interval.high <= 1.0


def test_guessing_is_taken_out() -> None:
    assert a.without_guessing(0.25, 0.25) == 0.0
    assert a.without_guessing(1.0, 1 / 6) == 1.0
    assert a.without_guessing(0.625, 0.25) == pytest.approx(0.5)


@given(found=counts, silent=st.integers(0, 100), guess=st.sampled_from([0.0, 1 / 6, 0.25]))
@example(found=(1, 2), silent=0, guess=1 / 6)
def test_worst_and_best_case_hold_whatever_the_silent_know(found: tuple[int, int], silent: int, guess: float) -> None:
    k, n = found
    bounds = a.worst_and_best(right=k, respondents=n, people=n + silent, guess=guess)
    assert 0.0 <= bounds.low <= bounds.high <= 1.0
    if n + silent:
        knowing = a.without_guessing(k / n, guess) * n if n else 0.0
        for known_by_silent in (0, silent // 2, silent):
            assert bounds.low - 1e-12 <= (knowing + known_by_silent) / (n + silent) <= bounds.high + 1e-12


def test_beta_distribution_agrees_with_the_binomial_identity() -> None:
    """I_x(k, n-k+1) = P(Binomial(n, x) >= k)."""
    for n, k, x in ((10, 3, 0.2), (30, 29, 0.9), (100, 50, 0.5), (400, 7, 0.01)):
        tail = sum(comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(k, n + 1))
        assert a.beta_cdf(x, k, n - k + 1) == pytest.approx(tail, abs=1e-12)


@given(st.floats(0, 1), st.floats(0.5, 300), st.floats(0.5, 300))
def test_beta_distribution_is_a_probability_and_mirrors(x: float, first: float, second: float) -> None:
    value = a.beta_cdf(x, first, second)
    assert 0.0 <= value <= 1.0
    assert a.beta_cdf(1 - x, second, first) == pytest.approx(1 - value, abs=1e-9)


def test_groups_below_five_and_remainders_below_five_are_withheld() -> None:
    assert a.may_show(5, outside=0)
    assert a.may_show(5, outside=5)
    assert not a.may_show(4)
    assert not a.may_show(40, outside=3)
    few = a.report_awareness(np.full(4, 0.8), right=4, respondents=4, guess=0.0)
    rest = a.report_awareness(np.full(30, 0.8), right=20, respondents=25, guess=0.0, outside=2)
    told = a.report_awareness(np.full(30, 0.8), right=20, respondents=25, guess=0.0, outside=20, outside_respondents=1)
    for report in (few, rest, told):
        assert report.verdict is AwarenessVerdict.WITHHELD
        assert (report.believed, report.measured, report.bounds) == (None, None, None)


def test_a_company_that_never_answers_cannot_be_known() -> None:
    report = a.report_awareness(np.full(200, 0.4), right=0, respondents=0, guess=1 / 6)
    assert report.verdict is AwarenessVerdict.CANNOT_BE_KNOWN
    assert report.measured is None
    assert report.bounds is not None
    assert (report.bounds.low, report.bounds.high) == (0.0, 1.0)
    assert report.believed == pytest.approx(0.4)


def test_answers_of_a_few_do_not_show_through_the_bounds() -> None:
    report = a.report_awareness(np.full(200, 0.4), right=2, respondents=3, guess=1 / 6)
    assert report.verdict is AwarenessVerdict.CANNOT_BE_KNOWN
    assert report.bounds is not None
    assert (report.bounds.low, report.bounds.high) == (0.0, 1.0)


def test_believed_awareness_counts_everyone_the_unreached_included() -> None:
    predicted = np.concatenate((np.full(60, 0.9), np.zeros(40)))
    report = a.report_awareness(predicted, right=28, respondents=30, guess=1 / 6)
    assert report.verdict is AwarenessVerdict.MEASURED
    assert report.believed == pytest.approx(0.54)
    assert report.measured is not None
    assert report.bounds is not None
    assert report.measured.value == pytest.approx((28 / 30 - 1 / 6) / (5 / 6))
    assert report.bounds.low == pytest.approx(0.276)


def test_small_groups_are_rounded_to_five_points() -> None:
    report = a.report_awareness(np.full(40, 0.7), right=7, respondents=11, guess=0.0)
    assert report.measured is not None
    assert report.bounds is not None
    for share in (report.measured.value, report.measured.low, report.measured.high, report.bounds.low, report.bounds.high):
        assert share * 20 == pytest.approx(round(share * 20))
