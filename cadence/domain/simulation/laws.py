"""How simulated people forget: two published laws, neither of them the one that Cadence predicts by.

``actr``: Pavlik & Anderson 2005, base-level activation of all past presentations, where one laid while another is still
fresh decays faster. ``power``: Wickelgren 1974, a power of time whose exponent each repetition makes smaller, the more
the less was left. Pairs are numbered person x statements + statement; days are floats. Pure.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.simulation.population import Habits, Law, Population, Random, Rows

#: of those who know a statement from elsewhere, the chance that they can say it on any day
_HEARD_ELSEWHERE = 0.95


class _Law(Protocol):
    def recall(self, day: float, easier: float) -> Floats:
        """Return the chance of recall of every pair; ``easier``: more activation than recalling takes."""

    def met(self, rows: Rows) -> Mask:
        """Return which of the pairs ``rows`` have been taken in before."""

    def present(self, day: float, rows: Rows, *, weight: Floats) -> None:
        """Lay or renew a memory of the pairs ``rows``; ``weight`` of a recall is 1, of reading less."""

    def forget(self, rows: Rows) -> None:
        """Empty the pairs ``rows``."""


class Minds:
    """What all people know."""

    def __init__(self, population: Population, habits: Habits, statements: int, random: Random) -> None:
        strength = random.normal(0.0, population.statement_spread, statements)
        self._law: _Law = (_Traces if population.law is Law.ACTR else _Powers)(habits, strength)
        self._statements, self._easier = statements, population.recognition
        low, high = population.elsewhere
        self._share = random.uniform(low, high, statements)
        self._elsewhere = np.zeros(len(habits.kind) * statements, dtype=np.bool_)
        self.know_from_elsewhere(np.arange(len(self._elsewhere)), random)

    def recall(self, day: float) -> Floats:
        """Return the true chance of every pair to say it unaided at ``day``."""
        return self._with_elsewhere(self._law.recall(day, 0.0))

    def recognise(self, day: float) -> Floats:
        """Return the true chance to know the right line among others."""
        return self._with_elsewhere(self._law.recall(day, self._easier))

    def read(self, day: float, rows: Rows, *, recalled: Mask, taken_in: Mask) -> None:
        """Let the pairs ``rows`` read the text: ``recalled`` still; met for the first time and not taken in, it leaves nothing."""
        kept = taken_in | self._law.met(rows)
        self._law.present(day, rows[kept], weight=np.where(recalled[kept], _READ, _TOLD_AGAIN))

    def answer(self, day: float, rows: Rows, *, knew: Mask, taken_in: Mask) -> None:
        """Let the pairs ``rows`` answer, and see the text afterwards."""
        sticks = knew | taken_in | self._law.met(rows)
        self._law.present(day, rows[sticks], weight=np.where(knew[sticks], _RECALLED, _TOLD_AGAIN))

    def forget(self, rows: Rows) -> None:
        """Empty the pairs ``rows``: somebody else sits there now, or the statement means something new."""
        self._law.forget(rows)
        self._elsewhere[rows] = False

    def know_from_elsewhere(self, rows: Rows, random: Random) -> None:
        """Let chance decide which of the pairs ``rows`` know it from elsewhere."""
        self._elsewhere[rows] = random.random(len(rows)) < self._share[rows % self._statements]

    def _with_elsewhere(self, recall: Floats) -> Floats:
        known: Floats = 1.0 - (1.0 - recall) * (1.0 - _HEARD_ELSEWHERE * self._elsewhere)
        return known


#: how much a presentation renews: a recalled answer, a text that is still known, one that is not
_RECALLED, _READ, _TOLD_AGAIN = 1.0, 0.5, 0.35


class _Traces:
    """Recall = 1 / (1 + e^((tau - B) / s)), B = ln sum_j b (25 lag_j + 10)^(-d_j), d_j = a + c e^(B when j was laid); lags in ms."""

    #: seconds of a day as the law counts them: what is outside the laboratory fades 40 times slower
    _SECONDS, _OFFSET = 86_400.0 * 0.025, 10.0
    _NOISE, _DECAY, _GROWTH = 0.255, 0.177, 0.217
    #: presentations that are remembered one by one; the oldest gives way
    _MOST = 40

    def __init__(self, habits: Habits, strength: Floats) -> None:
        self._habits, self._strength, self._statements = habits, strength, len(strength)
        pairs = len(habits.kind) * len(strength)
        self._count = np.zeros(pairs, dtype=np.intp)
        self._day, self._decay, self._laid = (np.zeros((self._MOST, pairs)) for _ in range(3))

    def recall(self, day: float, easier: float) -> Floats:
        pairs = np.arange(len(self._count))
        missing = self._habits.threshold[pairs // self._statements] - self._activation(day, pairs) - easier
        chance: Floats = 1.0 / (1.0 + np.exp(np.clip(missing / self._NOISE, -50.0, 50.0)))
        return chance

    def met(self, rows: Rows) -> Mask:
        found: Mask = self._count[rows] > 0
        return found

    def present(self, day: float, rows: Rows, *, weight: Floats) -> None:
        before = np.exp(self._activation(day, rows))
        slot = self._count[rows] % self._MOST
        self._day[slot, rows], self._laid[slot, rows] = day, 1.0
        self._decay[slot, rows] = self._GROWTH * before + self._DECAY
        self._count[rows] += 1

    def forget(self, rows: Rows) -> None:
        self._count[rows] = 0
        self._laid[:, rows] = 0.0

    def _activation(self, day: float, rows: Rows) -> Floats:
        deep = min(int(self._count[rows].max(initial=0)), self._MOST)
        lag = np.log(np.maximum(day - self._day[:deep, rows], 0.0) * self._SECONDS + self._OFFSET)
        traces = (self._laid[:deep, rows] * np.exp(-self._decay[:deep, rows] * lag)).sum(axis=0)
        person, statement = rows // self._statements, rows % self._statements
        level: Floats = np.log(np.maximum(traces, 1e-12)) + self._habits.ability[person] + self._strength[statement]
        return level


class _Powers:
    """Recall = .97 (1 + t)^(-psi); each repetition psi x exp(-.95 (.15 + 1 - R) w)."""

    _FIRST, _LEAST, _MOST, _TOP, _GAIN = 0.30, 0.05, 1.2, 0.97, 0.95
    _SMALLEST = 0.03
    #: one unit of activation is so many of log-odds, as in the other law
    _UNIT = 1.0 / 0.255

    def __init__(self, habits: Habits, strength: Floats) -> None:
        self._habits, self._strength, self._statements = habits, strength, len(strength)
        pairs = len(habits.kind) * len(strength)
        self._known = np.zeros(pairs, dtype=np.bool_)
        self._psi, self._since = np.ones(pairs), np.zeros(pairs)

    def recall(self, day: float, easier: float) -> Floats:
        held = self._TOP * (1.0 + np.maximum(day - self._since, 0.0)) ** -self._psi
        if easier:
            held = 1.0 / (1.0 + np.exp(-easier * self._UNIT) * (1.0 - held) / held)
        chance: Floats = self._known * held
        return chance

    def met(self, rows: Rows) -> Mask:
        found: Mask = self._known[rows]
        return found

    def present(self, day: float, rows: Rows, *, weight: Floats) -> None:
        held = self.recall(day, 0.0)[rows]
        again = self._psi[rows] * np.exp(-self._GAIN * (0.15 + 1.0 - held) * weight)
        first = self._FIRST * np.exp(-self._habits.ability[rows // self._statements] - self._strength[rows % self._statements])
        fresh = np.clip(first, self._LEAST, self._MOST)
        self._psi[rows] = np.where(self._known[rows], np.maximum(again, self._SMALLEST), fresh)
        self._known[rows], self._since[rows] = True, day

    def forget(self, rows: Rows) -> None:
        self._known[rows] = False
