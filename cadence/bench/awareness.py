"""``awareness``: what people know, what is said of it, and what it costs, on simulated companies through the real planner.

The people forget and press by laws that are not the model's (``populations.toml``, or another file). Beside each figure stands
what the specification of the measurement found with its own simulation. How a company is played: ``companies``; what is said
of it: ``said``; the rules and their cost: ``rules``. The figures and their limits: docs/science.md.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cadence.bench.companies import CompanySize, draw_sizes, play_company
from cadence.bench.expected import EXPECTED, Expected
from cadence.bench.measure import BenchRow
from cadence.bench.rules import POPULATIONS, measure_rules
from cadence.bench.said import HEAD, Observed, Summary, as_of, line, of_figure, summarise
from cadence.domain.simulation.population import Population
from cadence.operations.measuring.known import figures
from cadence.operations.simulation.company import PlayedCompany
from cadence.operations.simulation.days import Reading

Progress = Callable[[int], object]
#: statement-weeks from which a share is held against its promise: a few companies say little
_ENOUGH = 40
_COVERS, _GAPS_WRONG, _RMS_APART = 0.88, 0.05, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is played."""

    companies: int
    #: of companies of a chosen size, instead of drawn ones
    people: tuple[int, ...] = ()
    rule_companies: int
    seed: int
    quick: bool = False
    processes: int = 1


def measure_awareness(
    populations: Mapping[str, Population], extent: Extent, *, progress: Progress = lambda days: None
) -> tuple[list[str], list[BenchRow]]:
    """Return the tables as lines of Markdown and the promises with what was found."""
    lines: list[str] = []
    rows: list[BenchRow] = []
    sizes = _sizes(extent)
    if sizes:
        found = {name: summarise(observed) for name, observed in _observe_all(populations, sizes, extent.processes, progress)}
        lines += [*_figures_table(found, sizes, extent), ""]
        rows += [row for name, one in found.items() for row in _verdicts(name, one)]
    wanted = {name: populations[name] for name in POPULATIONS if name in populations}
    if wanted and extent.rule_companies:
        people, days = (30, 63) if extent.quick else (150, 273)
        of_rules = [
            CompanySize(people=people, statements=8, days=days, seed=extent.seed * 1000 + 900 + n) for n in range(extent.rule_companies)
        ]
        table, verdicts = measure_rules(wanted, of_rules, progress=progress)
        lines += [
            f"What each rule costs: {len(of_rules)} companies of {people} people, 8 statements, {days} days; seed {extent.seed}",
            "true recall of the last 91 days / words read a person a week / statements / messages a week / tenth percentile of people",
            "",
            *table,
            "",
        ]
        rows += verdicts
    return lines, rows


def _sizes(extent: Extent) -> list[CompanySize]:
    if extent.people:
        return [CompanySize(people=people, statements=8, days=168, seed=extent.seed * 1000 + n) for n, people in enumerate(extent.people)]
    if not extent.quick:
        return draw_sizes(extent.companies, seed=extent.seed)
    return [CompanySize(people=40, statements=6, days=84, seed=extent.seed * 1000 + n) for n in range(min(extent.companies, 1))]


def observe(population: Population, size: CompanySize, *, progress: Progress = lambda days: None) -> Observed:
    """Return what is said of one company each week, by the estimator and as published, beside what is true."""
    seen = Observed()

    def watch(company: PlayedCompany, reading: Reading, now: datetime) -> None:
        if not reading.day:
            return
        truth = {one.id: float(reading.true[reading.meant[:, at], at].mean()) for at, one in enumerate(company.statements)}
        with company.database.read() as connection:
            published = figures(connection, now=now)
            seen.released.extend(of_figure(published.of(one), day=reading.day, truth=share) for one, share in truth.items())
            seen.today.extend(as_of(connection, truth, day=reading.day, now=now))

    play_company(population, size, watch=watch, progress=progress)
    return seen


def _observe_all(
    populations: Mapping[str, Population], sizes: Sequence[CompanySize], processes: int, progress: Progress
) -> Iterator[tuple[str, list[Observed]]]:
    """Yield what was seen of the companies of each population; the figures do not depend on how many processes played them."""
    if processes < 2:
        for name, population in populations.items():
            yield name, [observe(population, size, progress=progress) for size in sizes]
        return
    # spawned, so that nothing of this process is shared
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for name, population in populations.items():
            seen = []
            for size, one in zip(sizes, pool.imap(partial(observe, population), sizes), strict=True):
                seen.append(one)
                progress(size.days)
            yield name, seen


def _figures_table(found: Mapping[str, Summary], sizes: Sequence[CompanySize], extent: Extent) -> list[str]:
    people = ", ".join(str(size.people) for size in sizes)
    lines = [
        f"What is said of what people know: {len(sizes)} companies of {people} people; seed {extent.seed}; weeks from the eighth on",
        "in each second line: the specification, 20 companies",
        "",
        "| " + " | ".join(HEAD) + " |",
        "|" + "---|" * len(HEAD),
    ]
    for name, one in found.items():
        lines.append("| " + " | ".join(line(name, one)) + " |")
        if name in EXPECTED:
            lines.append("| " + " | ".join(EXPECTED[name].cells()) + " |")
    return lines


def _verdicts(name: str, one: Summary) -> Iterator[BenchRow]:
    expected: Expected | None = EXPECTED.get(name)
    said, figures_said = one.said * one.weeks, one.figure * one.weeks
    if said >= _ENOUGH:
        yield _row(f"{name}: range holds the truth", one.covers, _COVERS, at_least=True)
    if one.gaps >= _ENOUGH:
        yield _row(f'{name}: "almost surely more than 10 points" wrong', one.gaps_wrong, _GAPS_WRONG)
    if expected is not None and expected.rms is not None and figures_said >= _ENOUGH:
        yield _row(f"{name}: error of figures", one.rms, expected.rms + _RMS_APART)


def _row(name: str, value: float, bound: float, *, at_least: bool = False) -> BenchRow:
    sign, met = (">=", value >= bound) if at_least else ("<=", value <= bound)
    return BenchRow(name=name, unit="", value=value, baseline=bound, ratio=value / bound, target=f"{sign} {bound:g}", met=met)
