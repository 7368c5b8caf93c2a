"""A simulated company whose people forget by laws that are not the scheduler's own.

Owns the ground truth: who pays attention, what is taken in, how it fades, who answers. Two laws: ``dsr``
(power-law forgetting with stability and difficulty, other parameters than the scheduler's) and ``actr``
(base-level activation of all past traces, decay growing with activation at the time of learning). Pure: chance
comes from a generator handed in. Sources: Anderson & Schooler 1991 and
Pavlik & Anderson 2005 for ``actr``. Parameters are plausible, not fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cadence.domain.memory.forgetting import MAX_DIFFICULTY, MIN_DIFFICULTY, Floats, Mask, lapse_term, recalled_stability

Rows = NDArray[np.intp]
Random = np.random.Generator


class Law(StrEnum):
    """How the simulated people forget."""

    DSR = "dsr"
    ACTR = "actr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The parameters of a simulated company; each can be changed to ask what a rule would do elsewhere."""

    law: Law = Law.DSR
    #: Beta(a, b) of the chance to see a message
    attention: tuple[float, float] = (4.0, 2.0)
    #: mean chance that a seen showing is taken in, and that an answer shown after a check is
    encoding: float = 0.5
    encoding_after_check: float = 0.75
    #: days until recall of a fresh memory falls to 0.9; lognormal spreads over people and statements
    stability_days: float = 3.0
    person_spread: float = 0.5
    statement_spread: float = 0.3
    #: exponent of forgetting and its lognormal spread over people
    decay: float = 0.25
    decay_spread: float = 0.2
    #: mean and spread of difficulty (dsr)
    difficulty: tuple[float, float] = (5.0, 1.5)
    #: mean share of a recall's strengthening that reading gives
    passive_gain: float = 0.5
    #: mean chance to answer a check that was seen; else to acknowledge
    answers: float = 0.35
    acknowledges: float = 0.30
    #: choices of a check
    options: int = 6
    #: share of people replaced per 30 days
    turnover: float = 0.015
    #: attention falls by exp(-fatigue x messages beyond ``fatigue_free`` in 28 days)
    fatigue: float = 0.02
    fatigue_free: float = 8.0
    #: actr: noise of activation, and how much decay grows with activation at learning
    activation_noise: float = 0.35
    decay_growth: float = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What stays with a person, one element per person; written to only when a person is replaced."""

    attention: Floats
    answers: Floats
    acknowledges: Floats
    encoding: Floats
    passive_gain: Floats
    person_factor: Floats
    decay: Floats

    def take(self, index: Rows) -> Habits:
        """Return the people at ``index``."""
        return Habits(**{name: getattr(self, name)[index] for name in self.__slots__})

    def replace_people(self, index: Rows, newcomers: Habits) -> None:
        """Put ``newcomers`` in the place of the people at ``index``."""
        for name in self.__slots__:
            getattr(self, name)[index] = getattr(newcomers, name)


def hire(population: Population, count: int, random: Random) -> Habits:
    """Return ``count`` people drawn at random."""

    def around(mean: float, weight: float) -> Floats:
        if mean <= 0.0 or mean >= 1.0:
            return np.full(count, min(max(mean, 0.0), 1.0))
        return random.beta(mean * weight, (1.0 - mean) * weight, count)

    return Habits(
        attention=random.beta(*population.attention, count),
        answers=around(population.answers, 4.0),
        acknowledges=around(population.acknowledges, 4.0),
        encoding=around(population.encoding, 6.0),
        passive_gain=around(population.passive_gain, 6.0),
        person_factor=random.lognormal(0.0, population.person_spread, count),
        decay=population.decay * random.lognormal(0.0, population.decay_spread, count),
    )


class Minds(Protocol):
    """What all people know; pairs are numbered person x statements + statement."""

    def recall(self, day: float) -> Floats:
        """Return the true chance of recall of every pair at ``day``."""

    def read(self, day: float, rows: Rows, *, recalled: Mask, taken_in: Mask) -> None:
        """Let the pairs ``rows`` be seen: ``recalled`` where it was still known, ``taken_in`` where new text sticks."""

    def answer(self, day: float, rows: Rows, *, knew: Mask, taken_in: Mask) -> None:
        """Let the pairs ``rows`` answer a check and see the right answer."""

    def forget(self, rows: Rows) -> None:
        """Empty the pairs ``rows``: another person sits there now."""


def minds(population: Population, habits: Habits, statements: int, random: Random) -> Minds:
    """Return the empty minds of ``habits``' people under the population's law."""
    factor = random.lognormal(0.0, population.statement_spread, statements)
    people = len(habits.attention)
    difficulty = np.clip(random.normal(*population.difficulty, (people, statements)), MIN_DIFFICULTY, MAX_DIFFICULTY).ravel()
    if population.law is Law.ACTR:
        return _Traces(population, habits, factor)
    return _Stabilities(population, habits, factor, difficulty)


class _Stabilities:
    """Law ``dsr``: R = (1 + F t / S)^(-c) with F = 0.9^(-1/c) - 1 and a decay c of each person's own."""

    def __init__(self, population: Population, habits: Habits, factor: Floats, difficulty: Floats) -> None:
        self._habits, self._factor, self._difficulty = habits, factor, difficulty
        self._first_days, self._statements = population.stability_days, len(factor)
        pairs = len(difficulty)
        self._known = np.zeros(pairs, dtype=bool)
        self._stability = np.full(pairs, population.stability_days)
        self._seen_on = np.zeros(pairs)

    def recall(self, day: float) -> Floats:
        decay = self._habits.decay.repeat(self._statements)
        scale = 0.9 ** (-1.0 / decay) - 1.0
        held: Floats = self._known * (1.0 + scale * (day - self._seen_on) / self._stability) ** -decay
        return held

    def read(self, day: float, rows: Rows, *, recalled: Mask, taken_in: Mask) -> None:
        self._strengthen(day, rows, recalled, taken_in, self._habits.passive_gain[rows // self._statements])

    def answer(self, day: float, rows: Rows, *, knew: Mask, taken_in: Mask) -> None:
        self._strengthen(day, rows, knew, taken_in, np.ones(len(rows)))

    def forget(self, rows: Rows) -> None:
        self._known[rows] = False

    def _strengthen(self, day: float, rows: Rows, recalled: Mask, taken_in: Mask, gain: Floats) -> None:
        now = self.recall(day)[rows]
        stability, difficulty, known = self._stability[rows], self._difficulty[rows], self._known[rows]
        up = stability + gain * (recalled_stability(stability, difficulty, now) - stability)
        lapsed = np.clip(lapse_term(stability, difficulty, now), 0.5 * np.minimum(stability, self._first(rows)), stability)
        self._stability[rows] = np.where(known, np.where(recalled, up, lapsed), self._first(rows))
        self._known[rows] = known | taken_in
        self._seen_on[rows] = day

    def _first(self, rows: Rows) -> Floats:
        days: Floats = self._first_days * self._habits.person_factor[rows // self._statements] * self._factor[rows % self._statements]
        return days


class _Traces:
    """Law ``actr``: recall = 1 / (1 + e^((tau - B) / s)), B = ln sum_j w_j lag_j^(-d_j), d_j = a + c e^(B at learning).

    Each sighting leaves a trace (weight 1 when new or recalled in a check, the passive gain when read again); lags
    are days divided by the pair's own factor; tau makes a fresh trace of average decay fall to 0.9 after ``stability_days``.
    """

    _MOST = 48

    def __init__(self, population: Population, habits: Habits, factor: Floats) -> None:
        self._habits, self._factor, self._statements = habits, factor, len(factor)
        self._noise, self._growth = population.activation_noise, population.decay_growth
        self._threshold = -population.decay * np.log(population.stability_days) - self._noise * np.log(9.0)
        pairs = len(habits.attention) * len(factor)
        self._count = np.zeros(pairs, dtype=np.intp)
        self._day, self._decay, self._weight = (np.zeros((self._MOST, pairs)) for _ in range(3))

    def recall(self, day: float) -> Floats:
        pairs = np.arange(len(self._count))
        chance: Floats = 1.0 / (1.0 + np.exp((self._threshold - self._activation(day, pairs)) / self._noise))
        return chance

    def read(self, day: float, rows: Rows, *, recalled: Mask, taken_in: Mask) -> None:
        again = self._count[rows] > 0
        self._leave(day, rows, taken_in | again, np.where(again, self._habits.passive_gain[rows // self._statements], 1.0))

    def answer(self, day: float, rows: Rows, *, knew: Mask, taken_in: Mask) -> None:
        again = self._count[rows] > 0
        passive = self._habits.passive_gain[rows // self._statements]
        self._leave(day, rows, taken_in | again, np.where(again & ~knew, passive, 1.0))

    def forget(self, rows: Rows) -> None:
        self._count[rows] = 0
        self._weight[:, rows] = 0.0

    def _activation(self, day: float, rows: Rows) -> Floats:
        deep = min(int(self._count[rows].max(initial=0)), self._MOST)
        scale = self._habits.person_factor[rows // self._statements] * self._factor[rows % self._statements]
        lag = np.log(np.maximum(day - self._day[:deep, rows], 0.5) / scale)
        strength = (self._weight[:deep, rows] * np.exp(-self._decay[:deep, rows] * lag)).sum(axis=0)
        level: Floats = np.log(np.maximum(strength, 1e-12))
        return level

    def _leave(self, day: float, rows: Rows, sticks: Mask, weight: Floats) -> None:
        before = np.exp(self._activation(day, rows))
        rows, weight, before = rows[sticks], weight[sticks], before[sticks]
        slot = self._count[rows] % self._MOST
        self._day[slot, rows] = day
        self._weight[slot, rows] = weight
        self._decay[slot, rows] = self._habits.decay[rows // self._statements] + self._growth * before
        self._count[rows] += 1
