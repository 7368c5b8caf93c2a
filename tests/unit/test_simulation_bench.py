"""The awareness benchmark: its populations, the companies it plays, and its tables, on companies too small to mean anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadence.bench import rules
from cadence.bench.awareness import measure_awareness
from cadence.bench.companies import CompanySize, draw_sizes, play_company, read_populations
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


def test_the_tables_have_a_line_for_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.bench.awareness.CompanySize", lambda **_: TINY)
    worked: list[int] = []
    lines, rows = measure_awareness(read_populations(None), names=["actr"], seed=3, quick=True, progress=worked.append)
    text = "\n".join(lines)
    assert all(f"| {rule.name} |" in text for rule in rules.FIXED)
    assert [row.name for row in rows] == [
        f"actr: true at equal words, fixed with {how}" for how in ("question apart", "check beneath each text")
    ]
    assert sum(worked) == 21
