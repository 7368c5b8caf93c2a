"""How likely a silent message was seen, from responses and silences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.memory.attention import FEWEST_BOTH, attention, faded, learned

counts = st.floats(0, 400)


def p0(responses: float, silences: float) -> float:
    return float(attention(np.array([responses]), np.array([silences])).seen_if_silent[0])


def test_before_any_evidence_the_prior_speaks() -> None:
    prior = attention(np.zeros(1), np.zeros(1))
    assert prior.reached[0] == pytest.approx(0.9)
    assert prior.sees[0] == pytest.approx(0.9 * 0.5)
    assert prior.responds[0] == pytest.approx(0.9 * 0.25)
    assert prior.seen_if_silent[0] == pytest.approx(0.225 / 0.775)


@given(responses=counts, silences=counts)
def test_chances_are_ordered_and_within_bounds(responses: float, silences: float) -> None:
    found = attention(np.array([responses]), np.array([silences]))
    assert 0.0 < found.responds[0] <= found.sees[0] < 1.0
    assert 0.0 <= found.seen_if_silent[0] <= found.sees[0]


@given(messages=st.integers(1, 300), a=st.integers(0, 300), b=st.integers(0, 300), both=st.integers(0, 300), rate=st.floats(0, 1))
def test_learned_prior_is_a_chance_and_keeps_the_order(messages: int, a: int, b: int, both: int, rate: float) -> None:
    a, b = min(a, messages), min(b, messages)
    both = min(both, a, b)
    prior = learned(messages=messages, answered=a, acknowledged=b, both=both, response_rate=rate)
    if both < FEWEST_BOTH:
        assert prior is None
        return
    assert prior is not None
    assert 0.05 <= prior.sees <= 0.95
    assert 0.05 <= prior.responds <= 0.95
    found = attention(np.array([0.0, 2.0]), np.array([3.0, 3.0]), prior)
    assert (found.responds > 0.0).all()
    assert (found.responds <= found.sees).all()
    assert 0.0 <= found.seen_if_silent[0] < found.seen_if_silent[1] < 1.0


def test_learned_prior_follows_the_company_and_is_drawn_to_a_half_while_little_is_known() -> None:
    # of 100 messages 60 are seen, 30 answered, 24 acknowledged, each independently of the other
    much = learned(messages=1000, answered=300, acknowledged=240, both=120, response_rate=0.42)
    little = learned(messages=50, answered=15, acknowledged=12, both=6, response_rate=0.42)
    assert much is not None
    assert little is not None
    assert much.sees == pytest.approx(0.6, abs=0.01)
    assert little.sees == pytest.approx((6 * 0.6 + 10 * 0.5) / 16)
    assert much.responds == pytest.approx(0.42 / much.sees)
    low, high = learned(messages=100, answered=50, acknowledged=50, both=50, response_rate=0.5), much
    assert low is not None
    nothing = np.zeros(1)
    assert attention(nothing, nothing, low).sees[0] < attention(nothing, nothing, high).sees[0]


def test_silence_lowers_and_responses_raise_the_chance() -> None:
    assert p0(0, 30) < p0(0, 8) < p0(0, 0)
    assert p0(0, 8) < p0(2, 8) < p0(6, 8)


def test_long_silence_means_unreached_and_one_response_means_reached() -> None:
    silent, tapped = attention(np.array([0.0, 1.0]), np.array([60.0, 60.0])).reached
    assert silent < 0.3
    assert tapped > 0.95


def test_posterior_means_agree_with_a_fine_grid() -> None:
    """The 20 x 12 grid is coarse; integration on 400 x 400 differs by less than a hundredth. The atom is at a = 0."""
    a, r = np.meshgrid((np.arange(400) + 0.5) / 400, (np.arange(400) + 0.5) / 400, indexing="ij")
    for responses, silences in ((0, 10), (3, 9), (12, 20)):
        weight = a * (1 - a) * r * (1 - r)
        weight = 0.9 * weight / weight.sum() * (a * r) ** responses * (1 - a * r) ** silences
        whole = weight.sum() + 0.1 * 1e-6**responses
        found = attention(np.array([float(responses)]), np.array([float(silences)]))
        assert found.sees[0] == pytest.approx((weight * a).sum() / whole, abs=0.01)
        assert found.responds[0] == pytest.approx((weight * a * r).sum() / whole, abs=0.01)


def test_rows_do_not_influence_each_other() -> None:
    responses, silences = np.arange(5000, dtype=np.float64) % 7.0, np.arange(5000, dtype=np.float64) % 11.0
    together = attention(responses, silences).seen_if_silent
    assert together[4999] == pytest.approx(p0(responses[4999], silences[4999]), abs=1e-12)


def test_counts_halve_in_ninety_days() -> None:
    assert faded(np.array([8.0]), 90.0) == pytest.approx([4.0])
    assert faded(np.array([8.0]), -1.0) == pytest.approx([8.0])
