"""How the benchmarks measure: interleaved rounds in one run, medians, and a ratio to a baseline.

Absolute times drift on shared machines; a ratio of two things measured in turn does not.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRow:
    """One line of ``cadence bench``. ``ratio`` is ours / baseline in ``unit``; ``target`` e.g. "<= 3.0"."""

    name: str
    unit: str
    value: float
    baseline: float
    ratio: float
    target: str
    met: bool


def row(name: str, unit: str, value: float, baseline: float, *, at_most: float | None = None, at_least: float | None = None) -> BenchRow:
    """Return a line whose target is an upper or a lower bound of the ratio."""
    ratio = value / baseline if baseline else float("inf")
    if at_most is not None:
        return BenchRow(name=name, unit=unit, value=value, baseline=baseline, ratio=ratio, target=f"<= {at_most}", met=ratio <= at_most)
    assert at_least is not None
    return BenchRow(name=name, unit=unit, value=value, baseline=baseline, ratio=ratio, target=f">= {at_least}", met=ratio >= at_least)


def seconds(work: Callable[[], object]) -> float:
    """Return the wall seconds ``work`` takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def interleaved(ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int) -> tuple[float, float]:
    """Return the medians of ``ours`` and ``theirs``, called in turn ``rounds`` times after one warm-up each."""
    ours()
    theirs()
    mine, other = [], []
    for _ in range(rounds):
        mine.append(ours())
        other.append(theirs())
    return statistics.median(mine), statistics.median(other)
