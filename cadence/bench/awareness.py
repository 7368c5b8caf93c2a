"""``awareness``: what each rule costs in messages to hold 0.90 true awareness, on simulated companies.

Runs families of policies over a few settings each, both forgetting laws and several seeds, interpolates the
messages needed, and prints a table with its targets. The simulation is ``domain.simulation.year``; a message is one
statement shown once, so a digest of three counts three. SelectionLimits of such figures: docs/science.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cadence.bench.measure import BenchRow
from cadence.domain.planning.selection import SelectionLimits
from cadence.domain.simulation.population import Law, Population
from cadence.domain.simulation.year import Adaptive, Belief, Policy, Result, rmse_in_bins, run

HELD = 0.90
TUESDAY_THURSDAY = frozenset({1, 3})
_BURST = (0, 3, 7, 14, 28)
PLAIN, CHECKED, BURST, CAP_5, CAP_8, DIGEST = (
    "fixed, plain",
    "fixed + checks",
    "onboarding burst + fixed + checks",
    "adaptive, cap 5 a week",
    "adaptive, cap 8 a week",
    "adaptive digests: 2 slots x 3",
)
MONTHLY, NAIVE, SILENT = "fixed monthly, plain", "adaptive, delivered = known", "adaptive digests, nobody answers"


def _adaptive(name: str, target: float, *, cap: int, digest: bool = False, belief: Belief = Belief.SOFT) -> Policy:
    rule = Adaptive(
        limits=SelectionLimits(target=target, most_per_digest=3 if digest else 8), weekly_cap=cap, newcomer_weekly_cap=8, belief=belief
    )
    if digest:
        rule = replace(rule, slots=TUESDAY_THURSDAY)
    return Policy(name=name, checks=belief is Belief.SOFT, adaptive=rule)


_TARGETS = (0.86, 0.885, 0.90, 0.92)
#: each family at several settings, from few messages to many
FAMILIES: Mapping[str, tuple[Policy, ...]] = {
    PLAIN: tuple(Policy(name=PLAIN, every_days=n) for n in (12, 10, 8.5, 7)),
    CHECKED: tuple(Policy(name=CHECKED, every_days=n, checks=True) for n in (21, 17, 14, 11)),
    BURST: tuple(Policy(name=BURST, every_days=n, checks=True, onboarding=_BURST) for n in (30, 24, 20, 16)),
    CAP_5: tuple(_adaptive(CAP_5, target, cap=5) for target in _TARGETS),
    CAP_8: tuple(_adaptive(CAP_8, target, cap=8) for target in _TARGETS),
    DIGEST: tuple(_adaptive(DIGEST, target, cap=6, digest=True) for target in (*_TARGETS, 0.935)),
    MONTHLY: (Policy(name=MONTHLY, every_days=30),),
    NAIVE: (_adaptive(NAIVE, HELD, cap=5, belief=Belief.DELIVERED_IS_KNOWN),),
    SILENT: (_adaptive(SILENT, HELD, cap=6, digest=True),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one family needs to hold 0.90, one element per seed; nan where its settings do not reach it."""

    #: showings per statement and person per quarter, second half and whole year
    messages: list[float]
    messages_whole_year: list[float]
    #: days with a message, per person and week
    interruptions: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """All runs under one law: family -> setting -> one result per seed."""

    law: Law
    runs: Mapping[str, tuple[tuple[Result, ...], ...]]

    def need(self, family: str) -> Need:
        """Return what ``family`` needs, interpolated over its settings per seed."""
        by_seed = list(zip(*self.runs[family], strict=True))
        return Need(
            messages=[_at_held(one, lambda r: r.messages_per_quarter) for one in by_seed],
            messages_whole_year=[
                _at_held(one, lambda r: (r.messages_per_quarter + r.messages_per_quarter_first_half) / 2) for one in by_seed
            ],
            interruptions=[_at_held(one, lambda r: r.interruptions_per_week) for one in by_seed],
        )

    def saving(self, ours: str, theirs: str, *, whole_year: bool = False) -> tuple[float, float]:
        """Return the mean and standard deviation over seeds of the share of messages saved at 0.90."""
        mine, other = self.need(ours), self.need(theirs)
        pairs = zip(
            mine.messages_whole_year if whole_year else mine.messages,
            other.messages_whole_year if whole_year else other.messages,
            strict=True,
        )
        saved = [1.0 - a / b for a, b in pairs]
        return float(np.mean(saved)), float(np.std(saved))

    def at(self, family: str, target: float = HELD) -> tuple[Result, ...]:
        """Return the runs of the setting of ``family`` with the predicted-recall target ``target``, or its only ones."""
        for policy, results in zip(FAMILIES[family], self.runs[family], strict=True):
            if policy.adaptive is None or policy.adaptive.limits.target == target:
                return results
        raise KeyError(target)

    def recall_at_volume(self, family: str, messages: float) -> float:
        """Return the mean recall over seeds that ``family`` holds with ``messages`` per quarter."""
        held = []
        for one in zip(*self.runs[family], strict=True):
            ordered = sorted(one, key=lambda r: r.messages_per_quarter)
            held.append(float(np.interp(messages, [r.messages_per_quarter for r in ordered], [r.held for r in ordered])))
        return float(np.mean(held))


def sweep(law: Law, *, seeds: Sequence[int], people: int, days: int, progress: Callable[[str], object] | None = None) -> Sweep:
    """Return every family at every setting and seed under ``law``; ``progress`` is told each run's name."""
    population = Population(law=law)
    silent = replace(population, answers=0.0, acknowledges=0.0)
    runs: dict[str, tuple[tuple[Result, ...], ...]] = {}
    for family, policies in FAMILIES.items():
        where = silent if family == SILENT else population
        settings = []
        for policy in policies:
            results = []
            for seed in seeds:
                results.append(run(policy, where, seed=seed, people=people, days=days))
                if progress is not None:
                    progress(f"{law} {family} seed {seed}")
            settings.append(tuple(results))
        runs[family] = tuple(settings)
    return Sweep(law=law, runs=runs)


def count_runs(seeds: int) -> int:
    """Return how many runs one law takes."""
    return seeds * sum(len(policies) for policies in FAMILIES.values())


def table(swept: Sweep) -> list[str]:
    """Return the table of one law as lines of Markdown; messages are per statement, person and quarter."""
    lines = [
        f"Law {swept.law}: messages that hold {HELD:.2f} true awareness (second half; mean over seeds)",
        "",
        "| rule | messages | whole year | interruptions a week |",
        "|---|---|---|---|",
    ]
    for family in (PLAIN, CHECKED, BURST, CAP_5, CAP_8, DIGEST):
        need = swept.need(family)
        lines.append(f"| {family} | {_mean(need.messages):.2f} | {_mean(need.messages_whole_year):.2f} | {_mean(need.interruptions):.2f} |")
    lines += [
        "",
        "| rule as it stands | messages | true | believed | worst tenth | answers off by (RMSE) | messages a week: median, p99 |",
        "|---|---|---|---|---|---|---|",
    ]
    for family in (MONTHLY, CAP_5, CAP_8, DIGEST, NAIVE, SILENT):
        results = swept.at(family)
        error = _calibration(results)
        off = "-" if np.isnan(error) else f"{error:.3f}"
        lines.append(
            f"| {family} | {_mean([r.messages_per_quarter for r in results]):.2f} | {_mean([r.held for r in results]):.3f}"
            f" | {_mean([r.believed for r in results]):.3f} | {_mean([r.worst_tenth for r in results]):.2f} | {off}"
            f" | {_mean([r.weekly_messages[0] for r in results]):.0f}, {max(r.weekly_messages[2] for r in results):.0f} |"
        )
    return lines


def verdicts(swept: Sweep) -> Iterator[BenchRow]:
    """Yield each promise of the model with the figure found; ``ratio`` holds the figure itself."""
    law = swept.law
    for family in (CAP_5, CAP_8):
        for theirs, wanted in ((PLAIN, 0.50), (CHECKED, 0.40), (BURST, 0.20)):
            saved, _ = swept.saving(family, theirs)
            yield _at_least(f"{law}: saved by {family} against {theirs}", saved, wanted)
        results = swept.at(family)
        monthly = swept.at(MONTHLY)
        volume, plain = _mean([r.messages_per_quarter for r in monthly]), _mean([r.held for r in monthly])
        yield _at_least(f"{law}: {family}, gain at monthly volume", swept.recall_at_volume(family, volume) - plain, 0.12)
        yield _at_most(f"{law}: {family}, |believed - true|", abs(_mean([r.believed - r.held for r in results])), 0.03)
        yield _at_most(f"{law}: {family}, held-out RMSE in ten bins", _calibration(results), 0.02)
        yield _at_most(f"{law}: {family}, messages a person a week, p99", max(r.weekly_messages[2] for r in results), 8)
    results = swept.at(DIGEST)
    yield _at_most(f"{law}: digests, |believed - true|", abs(_mean([r.believed - r.held for r in results])), 0.03)
    yield _at_most(f"{law}: digests, held-out RMSE in ten bins", _calibration(results), 0.02)
    digest = swept.need(DIGEST)
    limit = 3.4 if law is Law.DSR else np.inf
    if np.isfinite(limit):
        yield _at_most(f"{law}: digests, showings a quarter at 0.90", _mean(digest.messages), limit)
        yield _at_most(f"{law}: digests a person a week at 0.90", _mean(digest.interruptions), 1.2)
    answering, silent = swept.at(DIGEST), swept.at(SILENT)
    apart = _mean([a.believed - s.believed for a, s in zip(answering, silent, strict=True)])
    yield _at_least(f"{law}: nobody answers, believed lower by", apart, 0.20)
    yield _at_most(f"{law}: nobody answers, highest belief ever", max(float(r.believed_recall.max()) for r in silent), HELD)


def _calibration(results: Sequence[Result]) -> float:
    """Return the error over the answers of all seeds together: one seed's answers are too few to tell 0.02 from chance."""
    said, was = np.concatenate([r.predicted_right for r in results]), np.concatenate([r.was_right for r in results])
    return rmse_in_bins(said, was) if len(was) else float("nan")


def _at_held(results: Sequence[Result], figure: Callable[[Result], float]) -> float:
    """Return ``figure`` where the recall held is 0.90, linear between settings; nan outside them."""
    ordered = sorted(results, key=lambda r: r.held)
    return float(np.interp(HELD, [r.held for r in ordered], [figure(r) for r in ordered], left=np.nan, right=np.nan))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _at_least(name: str, value: float, bound: float) -> BenchRow:
    return BenchRow(name=name, unit="", value=value, baseline=1.0, ratio=value, target=f">= {bound:g}", met=value >= bound)


def _at_most(name: str, value: float, bound: float) -> BenchRow:
    return BenchRow(name=name, unit="", value=value, baseline=1.0, ratio=value, target=f"<= {bound:g}", met=value <= bound)


def measure_awareness(
    *, seeds: int = 4, people: int = 600, days: int = 365, progress: Callable[[str], object] | None = None
) -> tuple[list[str], list[BenchRow]]:
    """Return the table as lines of Markdown and the promises with what was found, under both laws: about four minutes on one core."""
    lines: list[str] = []
    rows: list[BenchRow] = []
    for law in Law:
        swept = sweep(law, seeds=range(seeds), people=people, days=days, progress=progress)
        lines += [*table(swept), ""]
        rows += verdicts(swept)
    return lines, rows
