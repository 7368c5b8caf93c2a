"""The two drawings of docs/how-cadence-decides.md, as SVG text: awareness over a year, and what each rule costs.

Run ``python -m cadence.bench.plots FOLDER``. No plotting library: axes, lines and labels by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cadence.bench.awareness import BURST, CHECKED, DIGEST, FAMILIES, PLAIN
from cadence.domain.simulation.population import Population
from cadence.domain.simulation.year import Policy, run

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 380, 60, 20, 20, 50
# readable side by side without colour sight; each line is named at the legend by its dash as well
_STYLES = (("#1b4f8a", ""), ("#a33b20", "8 4"), ("#3d6b35", "2 4"), ("#6b3d78", "12 4 2 4"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A named line of points."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def year_plot(*, people: int = 600, seed: int = 0) -> str:
    """Return awareness over a year under the first law: true and believed with digests, true with two fixed cadences."""
    population = Population()
    ours = run(FAMILIES[DIGEST][2], population, seed=seed, people=people)
    monthly = run(Policy(name="monthly", every_days=30), population, seed=seed, people=people)
    twelve = run(Policy(name="12 days", every_days=12), population, seed=seed, people=people)
    days = range(0, 365, 3)

    def line(name: str, values: Sequence[float]) -> Line:
        return Line(name=name, x=days, y=[values[d] for d in days])

    return draw(
        "Awareness over a year in a simulated company",
        "day",
        "mean recall",
        [
            line(f"adaptive digests, true ({ours.messages_per_quarter:.1f} showings a quarter)", list(ours.true_recall)),
            line("adaptive digests, believed", list(ours.believed_recall)),
            line(f"fixed, every 12 days ({twelve.messages_per_quarter:.1f})", list(twelve.true_recall)),
            line(f"fixed, monthly ({monthly.messages_per_quarter:.1f})", list(monthly.true_recall)),
        ],
        x_range=(0, 365),
        y_range=(0, 1),
    )


def cost_plot(*, people: int = 600, seed: int = 0) -> str:
    """Return true awareness held over the second half against showings per statement, person and quarter."""
    lines = []
    for family in (DIGEST, PLAIN, CHECKED, BURST):
        runs = [run(policy, Population(), seed=seed, people=people) for policy in FAMILIES[family]]
        runs.sort(key=lambda r: r.messages_per_quarter)
        lines.append(Line(name=family, x=[r.messages_per_quarter for r in runs], y=[r.held for r in runs]))
    return draw(
        "What each rule costs to hold awareness",
        "showings per statement, person and quarter",
        "mean true recall, second half of the year",
        lines,
        x_range=(0, 16),
        y_range=(0.8, 1),
    )


def draw(title: str, across: str, up: str, lines: Sequence[Line], *, x_range: tuple[float, float], y_range: tuple[float, float]) -> str:
    """Return an SVG with named axes, five ticks each, at most four lines, and a legend."""
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            _LEFT + wide * (x - x_range[0]) / (x_range[1] - x_range[0]),
            _TOP + high * (1 - (y - y_range[0]) / (y_range[1] - y_range[0])),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT + 24 * len(lines)}" role="img" '
        f'aria-label="{title}" font-family="sans-serif" font-size="13"><title>{title}</title>'
        '<rect width="100%" height="100%" fill="#ffffff"/>'
    ]
    for tick in np.linspace(*y_range, 5):
        x, y = place(x_range[0], float(tick))
        parts.append(
            f'<path d="M{x:.0f} {y:.1f}h{wide}" stroke="#dddddd"/><text x="{x - 8:.0f}" y="{y + 4:.1f}" text-anchor="end">{tick:.2f}</text>'
        )
    for tick in np.linspace(*x_range, 5):
        x, y = place(float(tick), y_range[0])
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.0f}" text-anchor="middle">{tick:.0f}</text>')
    parts.append(f'<text x="{_LEFT + wide / 2:.0f}" y="{_HEIGHT - 12}" text-anchor="middle">{across}</text>')
    parts.append(f'<text transform="translate(16 {_TOP + high / 2:.0f}) rotate(-90)" text-anchor="middle">{up}</text>')
    for number, (line, (colour, dash)) in enumerate(zip(lines, _STYLES, strict=False)):
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (place(*point) for point in zip(line.x, line.y, strict=True)))
        stroke = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        y = _HEIGHT + 4 + 24 * number
        parts.append(
            f'<path d="M{path}" {stroke}/><path d="M{_LEFT} {y}h40" {stroke}/><text x="{_LEFT + 52}" y="{y + 4}">{line.name}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def main(folder: Path) -> None:
    """Write ``awareness-year.svg`` and ``awareness-cost.svg`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "awareness-year.svg").write_text(year_plot(), encoding="utf-8")
    (folder / "awareness-cost.svg").write_text(cost_plot(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
