"""What counts as an estimate, and how far it lies from what people know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.measuring import projection as p
from cadence.domain.measuring.awareness import Interval, Measured
from cadence.errors import Invalid

GUESS = 1 / 6
answers = st.integers(5, 300).flatmap(lambda n: st.builds(Measured, right=st.integers(0, n), respondents=st.just(n), guess=st.just(GUESS)))
shares = st.integers(0, 100).map(lambda percent: percent / 100)


def _answers(right: int, respondents: int, guess: float = GUESS) -> Measured:
    return Measured(right=right, respondents=respondents, guess=guess)


def test_a_leader_far_above_the_truth_has_a_certain_gap_and_a_right_one_has_none() -> None:
    far = p.projection_gap(0.9, _answers(22, 60))
    near = p.projection_gap(0.25, _answers(22, 60))
    assert far.gap.value == pytest.approx(0.9 - (22 / 60 - GUESS) / (5 / 6))
    assert far.gap.low < far.gap.value < far.gap.high
    assert far.exceeds_ten_points > 0.999
    assert near.exceeds_ten_points < 0.15
    assert p.projection_gap(0.05, _answers(0, 60, 0.0)).exceeds_ten_points == 0.0


@given(shares, answers)
def test_the_sign_says_who_is_further_and_the_range_holds_the_gap(estimate: float, measured: Measured) -> None:
    found = p.projection_gap(estimate, measured)
    assert found.gap.value == pytest.approx(estimate - measured.share.value)
    assert -1.0 <= found.gap.low <= found.gap.value <= found.gap.high <= 1.0
    assert 0.0 <= found.exceeds_ten_points <= 1.0


@given(shares, shares, answers)
def test_a_higher_estimate_never_makes_a_smaller_gap(one: float, other: float, measured: Measured) -> None:
    lower, higher = (p.projection_gap(e, measured) for e in sorted((one, other)))
    assert lower.gap.value <= higher.gap.value
    assert lower.gap.low <= higher.gap.low
    assert lower.gap.high <= higher.gap.high
    assert lower.exceeds_ten_points <= higher.exceeds_ten_points + 1e-12


@given(shares, st.integers(5, 300), st.data())
def test_the_more_people_know_it_the_smaller_the_gap(estimate: float, respondents: int, data: st.DataObject) -> None:
    fewer, more = sorted(data.draw(st.tuples(st.integers(0, respondents), st.integers(0, respondents))))
    wide, narrow = (p.projection_gap(estimate, _answers(right, respondents)) for right in (fewer, more))
    assert narrow.gap.value <= wide.gap.value
    assert narrow.exceeds_ten_points <= wide.exceeds_ten_points + 1e-12


@given(shares, st.integers(5, 19), st.data())
def test_below_twenty_the_chance_tells_no_more_than_the_rounded_share(estimate: float, respondents: int, data: st.DataObject) -> None:
    one, other = (_answers(data.draw(st.integers(0, respondents)), respondents) for _ in range(2))
    if one.share == other.share:
        assert p.projection_gap(estimate, one) == p.projection_gap(estimate, other)


@given(st.lists(st.tuples(shares, answers), max_size=8))
def test_the_overall_gap_is_the_mean_of_three_or_more(pairs: list[tuple[float, Measured]]) -> None:
    gaps = [p.projection_gap(estimate, measured).gap for estimate, measured in pairs]
    found = p.overall_gap(gaps)
    if len(gaps) < p.FEWEST_GAPS:
        assert found is None
        return
    assert found is not None
    assert found.value == pytest.approx(sum(g.value for g in gaps) / len(gaps))
    assert min(g.low for g in gaps) - 1e-12 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= max(g.high for g in gaps) + 1e-12


def test_the_overall_gap_of_three_equal_gaps_is_that_gap() -> None:
    one = Interval(value=0.49, low=0.4, high=0.57)
    found = p.overall_gap([one, one, one])
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.49, 0.4, 0.57))


@pytest.mark.parametrize(
    ("text", "percent"), [("0", 0), ("60", 60), ("100", 100), (" 7 ", 7), ("60%", 60), ("60 %", 60), (60, 60), ("060", 60)]
)
def test_whole_numbers_of_percent_are_taken(text: int | str, percent: int) -> None:
    assert p.parse_percent(text) == percent


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "%", "abc", "101", "-1", "+1", "50.5", "50,5", "5e1", "٥٠", "５０", "²", "0x10", "5_0", "5 0", "60%%", "NaN", "None"),
        *("6\n0", "6\x000", "\ud800", "1" + "0" * 30, "9" * 10_000),
        *(101, -1, 10**30, True),
    ],
)
def test_anything_else_is_refused_by_field_value_and_example(text: int | str) -> None:
    with pytest.raises(Invalid) as refused:
        p.parse_percent(text)
    told = str(refused.value)
    assert told.startswith("estimate = ")
    assert told.endswith("(for example: 60)")
    assert len(told) < 200
    assert told.isprintable()


def test_the_next_guess_is_asked_for_after_ninety_days() -> None:
    made = datetime(2026, 5, 3, 9, tzinfo=UTC)
    assert p.asked_again_from(made) == made + timedelta(days=90) == datetime(2026, 8, 1, 9, tzinfo=UTC)
