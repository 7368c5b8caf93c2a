"""``awareness``: what people know, what is said of it, and what it costs, on simulated companies through the real planner.

The people forget and press by laws that are not the model's (``populations.toml``, or another file). Beside each figure stands
what the specification of the measurement found with its own simulation. How a company is played: ``companies``; the rules and
their cost: ``rules``. The figures and their limits: docs/science.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from cadence.bench.companies import CompanySize
from cadence.bench.measure import BenchRow
from cadence.bench.rules import measure_rules
from cadence.domain.simulation.population import Population

Progress = Callable[[int], object]


def measure_awareness(
    populations: Mapping[str, Population], *, names: Collection[str] = (), seed: int, quick: bool, progress: Progress = lambda days: None
) -> tuple[list[str], list[BenchRow]]:
    """Return the tables as lines of Markdown and the promises with what was found. ``names``: only these populations."""
    wanted = {name: one for name, one in populations.items() if not names or name in names}
    people, days, companies = (40, 91, 1) if quick else (150, 273, 2)
    sizes = [CompanySize(people=people, statements=8, days=days, seed=seed * 1000 + 900 + n) for n in range(companies)]
    lines = [
        f"Rules: {companies} companies of {people} people, 8 statements, {days} days, seed {seed}",
        "true recall, last 91 days / words read a person a week / statements / messages a week / tenth percentile of people",
        "",
    ]
    table, rows = measure_rules(wanted, sizes, progress=progress)
    return [*lines, *table, ""], rows
