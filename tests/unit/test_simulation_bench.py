"""The awareness benchmark: its populations, the companies it plays, and its tables, on companies too small to mean anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadence.bench import rules
from cadence.bench.awareness import Extent, measure_awareness
from cadence.bench.companies import CompanySize, draw_sizes, play_company, read_populations
from cadence.bench.expected import EXPECTED
from cadence.bench.said import HEAD, Observed, StatementWeek, line, of_figure, summarise
from cadence.domain.measuring.figures import Figure, FigureKind, Verdict
from cadence.domain.simulation.population import Population
from cadence.files.population_toml import parse_populations
from cadence.files.toml_tables import InvalidFile

TINY = CompanySize(people=8, statements=6, days=21, seed=1)


def test_the_shipped_populations_are_read_and_another_file_replaces_them(tmp_path: Path) -> None:
    assert len(read_populations(None)) == 18
    other = tmp_path / "held-back.toml"
    other.write_text("[absent]\naway = 1.0\n", encoding="utf-8")
    assert read_populations(other) == {"absent": Population(away=1.0)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nanswers = 2", "answers = 2"),
        ("[a]\nsilent = 0.6\naway = 0.6", "more than everybody"),
        ("[a]\nelsewhere = [0.5, 0.2]", "begins above its end"),
        ("answers = 0.1", "stands outside of a table"),
    ],
)
def test_a_wrong_file_of_populations_is_refused_by_field_and_value(text: str, said: str) -> None:
    with pytest.raises(InvalidFile, match=said):
        parse_populations(text.encode(), where="people.toml")


def test_companies_are_drawn_within_their_bounds_and_alike_for_one_seed() -> None:
    drawn = draw_sizes(20, seed=4)
    assert drawn == draw_sizes(20, seed=4) != draw_sizes(20, seed=5)
    assert all(40 <= one.people <= 200 and 6 <= one.statements <= 12 and 168 <= one.days <= 210 for one in drawn)


def test_a_company_is_played_through_the_planner_and_repeats_exactly() -> None:
    first, again = (play_company(Population(answers=0.8), TINY) for _ in range(2))
    assert first.counts == again.counts
    assert first.counts.showings > 50
    assert first.readings[-1].true.shape == (8, 6)
    assert first.readings[-1].by_seat(first.readings[-1].true).mean() > 0.1


def test_the_tables_have_a_line_for_every_rule_and_population(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.bench.awareness.CompanySize", lambda **_: TINY)
    worked: list[int] = []
    populations = {name: one for name, one in read_populations(None).items() if name in ("actr", "never")}
    lines, rows = measure_awareness(populations, Extent(companies=1, rule_companies=1, seed=3, quick=True), progress=worked.append)
    text = "\n".join(lines)
    assert all(f"| {rule.name} |" in text for rule in rules.FIXED)
    assert "| actr |" in text
    assert "| never |" in text
    assert "seed 3" in text
    names = [f"actr: true at equal words, fixed with {how}" for how in ("question apart", "check beneath each text")]
    assert [row.name for row in rows] == names
    assert sum(worked) == 3 * 21


def said(
    truth: float, *, day: int = 70, value: float | None = 0.7, low: float = 0.6, high: float = 0.8, sure: int = 0, wrong: int = 0
) -> StatementWeek:
    verdict = Verdict.RANGE if value is None else Verdict.FIGURE
    return StatementWeek(day=day, truth=truth, verdict=verdict, value=value, low=low, high=high, sure=sure, wrong=wrong)


def test_what_was_said_is_held_against_the_truth_from_the_eighth_week_on() -> None:
    nothing = StatementWeek(day=70, truth=0.5, verdict=Verdict.SELECTION, value=None, low=None, high=None)
    weeks = [said(0.1, day=49), said(0.72), said(0.5), said(0.75, value=None), nothing]
    found = summarise([Observed(today=weeks, released=[said(0.72, sure=4, wrong=1), nothing])])
    assert (found.weeks, found.said, found.figure) == (4, 0.75, 0.5)
    assert found.covers == pytest.approx(2 / 3)
    assert found.wrong == pytest.approx(1 / 4)
    assert found.rms == pytest.approx(((0.02**2 + 0.2**2) / 2) ** 0.5)
    assert found.bias == pytest.approx(0.09)
    assert (found.released_said, found.released_covers) == (0.5, 1.0)
    assert (found.gaps, found.gaps_wrong) == (4, 0.25)
    assert (found.reason, found.reason_share) == ("selection", 0.25)
    assert len(line("x", found)) == len(HEAD) == len(EXPECTED["actr"].cells())


def test_a_gap_is_almost_sure_only_where_the_published_range_is_far_away_and_wrong_where_the_truth_is_near() -> None:
    figure = Figure(kind=FigureKind.KNOW_IT, verdict=Verdict.FIGURE, people=90, told=90, answered=30, value=50, low=40, high=60)
    near, far = (of_figure(figure, day=70, truth=truth) for truth in (0.82, 0.5))
    assert near.sure == far.sure == 2  # of 50, 60, 70, 80 and 90
    assert (near.wrong, far.wrong) == (2, 0)
