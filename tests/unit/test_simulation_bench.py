"""The awareness benchmark prints its table, its verdicts and its drawings, on companies too small to mean anything."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from cadence.bench import awareness, plots
from cadence.bench.awareness import CHECKED, DIGEST, PLAIN, Sweep, count_runs, sweep, table, verdicts
from cadence.domain.simulation.population import Law, Population
from cadence.domain.simulation.year import Policy, Result, run


@pytest.fixture(scope="module")
def small() -> Sweep:
    return sweep(Law.DSR, seeds=range(1), people=30, days=70)


def test_every_setting_runs_once_per_seed_and_is_told() -> None:
    told: list[str] = []
    sweep(Law.ACTR, seeds=range(1), people=10, days=16, progress=told.append)
    assert len(told) == count_runs(1)


def test_table_has_a_row_for_every_rule_and_verdicts_name_their_law(small: Sweep) -> None:
    text = "\n".join(table(small))
    for family in awareness.FAMILIES:
        assert f"| {family} |" in text
    rows = list(verdicts(small))
    assert all(row.name.startswith("dsr: ") for row in rows)
    assert {row.target.split()[0] for row in rows} == {">=", "<="}


def test_messages_needed_are_interpolated_between_settings_and_unknown_beyond_them() -> None:
    base = run(Policy(name=PLAIN, every_days=7), Population(), seed=0, people=10, days=14)

    def results(*points: tuple[float, float]) -> tuple[tuple[Result, ...], ...]:
        return tuple((replace(base, held=held, messages_per_quarter=m, messages_per_quarter_first_half=m),) for held, m in points)

    swept = Sweep(
        law=Law.DSR,
        runs={
            PLAIN: results((0.88, 8.0), (0.92, 10.0)),
            DIGEST: results((0.86, 2.0), (0.92, 5.0)),
            CHECKED: results((0.7, 3.0), (0.8, 4.0)),
        },
    )
    assert swept.need(PLAIN).messages == [pytest.approx(9.0)]
    assert swept.saving(DIGEST, PLAIN)[0] == pytest.approx(1 - 4 / 9)
    assert np.isnan(swept.need(CHECKED).messages).all()
    assert swept.recall_at_volume(DIGEST, 3.5) == pytest.approx(0.89)


def test_drawings_are_well_formed_and_named() -> None:
    for text in (plots.year_plot(people=10), plots.cost_plot(people=5)):
        root = ElementTree.fromstring(text)
        assert root.get("role") == "img"
        assert root.get("aria-label")
