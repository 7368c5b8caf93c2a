"""What counts as an estimate, and how far it lies from what people know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.measuring import projection as p
from cadence.domain.measuring.figures import Figure, FigureKind, Verdict
from cadence.errors import Invalid

percents = st.integers(0, 100)


def _figure(value: int | None, low: int, high: int) -> Figure:
    verdict = Verdict.RANGE if value is None else Verdict.FIGURE
    return Figure(kind=FigureKind.KNOW_IT, verdict=verdict, people=90, told=80, answered=40, value=value, low=low, high=high)


@st.composite
def released(draw: st.DrawFn) -> Figure:
    """Draw a figure as a step holds it: in steps of 5 points."""
    low, value, high = sorted(draw(st.tuples(*[st.integers(0, 20)] * 3)))
    return _figure(5 * value, 5 * low, 5 * high)


def _gap(estimate: int, figure: Figure) -> p.FigureGap:
    found = p.gap_to_figure(estimate, figure)
    assert found is not None
    return found


def test_the_gap_of_the_specification() -> None:
    found = _gap(80, _figure(70, 55, 80))
    assert (found.points, found.low, found.high) == (10, 0, 25)
    assert found.exceeds_ten_points == pytest.approx(0.5, abs=1e-4)


def test_a_leader_far_above_the_figure_is_almost_surely_so_and_a_right_one_is_not() -> None:
    assert _gap(90, _figure(30, 15, 45)).is_almost_surely_large
    assert _gap(35, _figure(30, 15, 45)).exceeds_ten_points < 0.5
    assert _gap(5, _figure(0, 0, 5)).exceeds_ten_points == 0.0


def test_only_a_range_makes_no_points_and_a_reason_no_gap() -> None:
    found = _gap(60, _figure(None, 45, 80))
    assert (found.points, found.low, found.high) == (None, -20, 15)
    few = Figure(kind=FigureKind.KNOW_IT, verdict=Verdict.TOO_FEW, people=9, told=8, answered=None)
    assert p.gap_to_figure(60, few) is None


@given(percents, released())
def test_the_sign_says_who_is_further_and_the_range_holds_the_gap(estimate: int, figure: Figure) -> None:
    found = _gap(estimate, figure)
    assert figure.value is not None
    assert found.points == estimate - figure.value
    assert -100 <= found.low <= found.points <= found.high <= 100
    assert 0.0 <= found.exceeds_ten_points <= 1.0


@given(percents, percents, released())
def test_a_higher_estimate_never_makes_a_smaller_gap(one: int, other: int, figure: Figure) -> None:
    lower, higher = (_gap(estimate, figure) for estimate in sorted((one, other)))
    assert (lower.low, lower.high) <= (higher.low, higher.high)
    assert lower.exceeds_ten_points <= higher.exceeds_ten_points + 1e-12


@given(st.lists(st.tuples(percents, released()), max_size=8))
def test_the_company_gap_is_the_mean_of_three_or_more(pairs: list[tuple[int, Figure]]) -> None:
    gaps = [_gap(*pair) for pair in pairs]
    found = p.company_gap([*pairs, (60, _figure(None, 45, 80))])
    if len(gaps) < p.FEWEST_GAPS:
        assert found is None
        return
    assert found is not None
    assert found.statements == len(gaps)
    assert found.points == pytest.approx(sum(gap.points or 0 for gap in gaps) / len(gaps))
    assert found.low <= found.points + 1e-9
    assert found.points <= found.high + 1e-9


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
