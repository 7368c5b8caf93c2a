"""The gap between a leader's estimate and what is published, from the published numbers alone."""

from __future__ import annotations

from cadence.domain.measuring.figures import Figure, FigureKind, Verdict
from cadence.domain.measuring.projection import company_gap, gap_to_figure


def _figure(value: int | None, low: int | None, high: int | None, verdict: Verdict = Verdict.FIGURE) -> Figure:
    return Figure(kind=FigureKind.KNOW_IT, verdict=verdict, people=90, told=80, answered=31, value=value, low=low, high=high)


def test_the_gap_has_a_range_and_a_chance_of_more_than_ten_points() -> None:
    gap = gap_to_figure(80, _figure(70, 55, 80))
    assert gap is not None
    assert (gap.points, gap.low, gap.high) == (10, 0, 25)
    assert abs(gap.exceeds_ten_points - 0.50) < 1e-4
    assert not gap.is_almost_surely_large
    sure = gap_to_figure(95, _figure(60, 50, 70))
    assert sure is not None
    assert sure.is_almost_surely_large


def test_a_range_alone_has_a_gap_without_a_value() -> None:
    gap = gap_to_figure(90, _figure(None, 45, 80, Verdict.RANGE))
    assert gap is not None
    assert (gap.points, gap.low, gap.high) == (None, 10, 45)
    assert 0.5 < gap.exceeds_ten_points < 0.975


def test_nothing_is_said_of_a_gap_where_no_figure_is() -> None:
    assert gap_to_figure(90, _figure(70, 55, 80, Verdict.EXPIRED)) is None
    assert gap_to_figure(90, _figure(None, None, None, Verdict.TOO_EARLY)) is None


def test_an_estimate_of_next_to_nobody_cannot_be_ten_points_too_high() -> None:
    for estimate in (0, 10, 11):
        gap = gap_to_figure(estimate, _figure(0, 0, 5))
        assert gap is not None
        assert gap.exceeds_ten_points == 0.0


def test_the_company_has_a_gap_over_at_least_three_figures_and_says_over_how_many() -> None:
    figures = [(80, _figure(70, 55, 80)), (60, _figure(60, 45, 75)), (90, _figure(50, 35, 65)), (90, _figure(None, 45, 80, Verdict.RANGE))]
    gap = company_gap(figures)
    assert gap is not None
    assert gap.statements == 3
    assert abs(gap.points - 50 / 3) < 1e-9
    assert abs(gap.low - (0 - 15 + 25) / 3) < 1e-9
    assert abs(gap.high - (25 + 15 + 55) / 3) < 1e-9
    assert company_gap(figures[:2] + figures[3:]) is None
