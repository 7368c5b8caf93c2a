"""What each rule costs in words, statements and messages, and what people know for it.

Cadence's adaptive digests run through the real planner (``companies``); fixed cadences, bursts and newsletters are played without it
(``domain.simulation.fixed``) on the same people with the same luck. True recall is the mean over the last 91 days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cadence.bench.companies import CompanySize, play_company
from cadence.bench.measure import BenchRow
from cadence.domain.memory.forgetting import Floats
from cadence.domain.simulation.fixed import Asking, FixedRule, play_fixed
from cadence.domain.simulation.population import Population

ADAPTIVE = "adaptive digests with questions"
_APART, _BENEATH = "question apart", "check beneath each text"
POPULATIONS = ("actr", "power", "fewans", "mixed_power")
_LAST_DAYS = 91
#: adaptive may lie this much below and still count as a draw: one company of 150 moves by it
_DRAW = 0.015
_BURST = (0, 3, 7, 14, 28)
#: what the specification found: true, words, messages a week, tenth percentile of people
EXPECTED: Mapping[str, Mapping[str, str]] = {
    ADAPTIVE: dict(
        zip(
            POPULATIONS,
            (".902 / 124 / 1.1 / .77", ".813 / 238 / 1.9 / .63", ".859 / 117 / 1.1 / .61", ".708 / 177 / 1.8 / .34"),
            strict=True,
        )
    ),
    f"fixed 14 d, {_APART}": dict(
        zip(
            POPULATIONS,
            (".906 / 210 / 1.5 / .75", ".781 / 210 / 1.5 / .58", ".887 / 197 / 1.5 / .69", ".677 / 169 / 1.5 / .29"),
            strict=True,
        )
    ),
    f"fixed 10 d, {_APART}": dict(
        zip(
            POPULATIONS,
            (".942 / 256 / 2.1 / .85", ".830 / 256 / 2.1 / .69", ".929 / 240 / 2.1 / .81", ".730 / 211 / 2.1 / .37"),
            strict=True,
        )
    ),
    f"fixed 14 d, {_BENEATH}": dict(
        zip(
            POPULATIONS,
            (".909 / 338 / 1.5 / .75", ".787 / 338 / 1.5 / .59", ".892 / 337 / 1.5 / .70", ".676 / 268 / 1.5 / .29"),
            strict=True,
        )
    ),
    f"burst, fixed 21 d, {_BENEATH}": dict(
        zip(
            POPULATIONS,
            (".902 / 260 / 1.0 / .74", ".768 / 260 / 1.0 / .56", ".881 / 261 / 1.0 / .69", ".660 / 206 / 1.0 / .25"),
            strict=True,
        )
    ),
    "fixed 10 d, nothing asked": dict(
        zip(
            POPULATIONS,
            (".923 / 171 / 2.1 / .81", ".802 / 171 / 2.1 / .64", ".924 / 171 / 2.1 / .80", ".694 / 137 / 2.1 / .30"),
            strict=True,
        )
    ),
}
FIXED = (
    *(FixedRule(name=f"fixed {n} d, {_APART}", every_days=n, asking=Asking.APART) for n in (28, 21, 14, 10, 7)),
    *(FixedRule(name=f"fixed {n} d, {_BENEATH}", every_days=n, asking=Asking.BENEATH) for n in (42, 28, 21, 14, 10)),
    FixedRule(name=f"burst, fixed 21 d, {_BENEATH}", every_days=21, asking=Asking.BENEATH, burst=_BURST),
    *(FixedRule(name=f"fixed {n} d, nothing asked", every_days=n) for n in (14, 10)),
    FixedRule(name="burst, fixed 21 d, nothing asked", every_days=21, burst=_BURST),
    FixedRule(name="newsletter weekly", every_days=7, newsletter=True),
    FixedRule(name="newsletter fortnightly", every_days=14, newsletter=True),
    FixedRule(name="fixed 10 d, until acknowledged", every_days=10, until_acknowledged=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """What one rule did, means over the companies; burden a person and week."""

    true: float
    words: float
    statements: float
    messages: float
    #: true recall of the person at the tenth percentile
    tenth: float

    def __str__(self) -> str:
        return f"{self.true:.3f} / {self.words:.0f} / {self.statements:.1f} / {self.messages:.1f} / {self.tenth:.2f}"


def measure_rules(
    populations: Mapping[str, Population], sizes: Sequence[CompanySize], *, progress: Callable[[int], object]
) -> tuple[list[str], list[BenchRow]]:
    """Return the table as lines of Markdown, and whether adaptive digests lie below a fixed rule at equal words."""
    names = [name for name in POPULATIONS if name in populations]
    found: dict[str, dict[str, RuleFigures]] = {}
    for name in names:
        population = populations[name]
        found[name] = {ADAPTIVE: _mean([_adaptive(population, size, progress) for size in sizes])}
        for rule in FIXED:
            found[name][rule.name] = _mean([_fixed(rule, population, size) for size in sizes])
    lines = ["| rule | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for rule_name in (ADAPTIVE, *(rule.name for rule in FIXED)):
        lines.append(f"| {rule_name} | " + " | ".join(str(found[name][rule_name]) for name in names) + " |")
        if rule_name in EXPECTED:
            lines.append("| - specification (no statements) | " + " | ".join(EXPECTED[rule_name].get(name, "") for name in names) + " |")
    return lines, [row for name in names for row in _verdicts(name, found[name])]


def _adaptive(population: Population, size: CompanySize, progress: Callable[[int], object]) -> RuleFigures:
    played = play_company(population, size, progress=progress)
    late = np.stack([one.by_seat(one.true) for one in played.readings if one.day >= size.days - _LAST_DAYS])
    counts, weeks = played.counts, size.people * size.days / 7.0
    return _figures(late, words=counts.words_read / weeks, statements=counts.showings / weeks, messages=counts.messages / weeks)


def _fixed(rule: FixedRule, population: Population, size: CompanySize) -> RuleFigures:
    played = play_fixed(rule, population, seed=size.seed, people=size.people, statements=size.statements, days=size.days)
    late = played.true[[day >= size.days - _LAST_DAYS for day in played.days]]
    return _figures(late, words=played.words_per_week, statements=float(played.showings.mean()), messages=played.digests_per_week)


def _figures(late: Floats, *, words: float, statements: float, messages: float) -> RuleFigures:
    return RuleFigures(
        true=float(late.mean()), words=words, statements=statements, messages=messages, tenth=float(np.percentile(late.mean(axis=0), 10))
    )


def _mean(some: Sequence[RuleFigures]) -> RuleFigures:
    return RuleFigures(**{name: float(np.mean([getattr(one, name) for one in some])) for name in RuleFigures.__slots__})


def _verdicts(name: str, found: Mapping[str, RuleFigures]) -> list[BenchRow]:
    """Return adaptive minus fixed at equal words, the fixed rule interpolated over how often it repeats."""
    ours, rows = found[ADAPTIVE], []
    for asking in (_APART, _BENEATH):
        rival = sorted((found[rule.name] for rule in FIXED if rule.name.endswith(f"d, {asking}") and not rule.burst), key=lambda r: r.words)
        theirs = float(np.interp(ours.words, [r.words for r in rival], [r.true for r in rival]))
        rows.append(
            BenchRow(
                name=f"{name}: true at equal words, fixed with {asking}",
                unit="",
                value=ours.true,
                baseline=theirs,
                ratio=ours.true - theirs,
                target=f">= {-_DRAW:g}",
                met=ours.true - theirs >= -_DRAW,
            )
        )
    return rows
