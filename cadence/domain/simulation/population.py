"""Simulated people: who reads, who answers, who presses without reading. Nothing here is the model's own.

Owns what a company of people is like (``Population``) and the people drawn from it (``Habits``). How they forget:
``laws``; what they do with a message: ``behaviour``. Pure: chance comes from a generator handed in. The parameters
are plausible, not fitted to any company.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadence.domain.memory.forgetting import Floats

Rows = NDArray[np.intp]
Random = np.random.Generator

#: chance to read of those who barely do
_BARELY = 0.25
#: an acknowledging hand that reads nothing: how often it presses, and how often it answers
_PRESSES, _PRESSES_ANSWERS = 0.95, 0.04
#: chance that one who looks things up finds it: least and most, person by person
_FINDS = (0.10, 0.40)


class Law(StrEnum):
    """How the simulated people forget."""

    #: traces that fade, faster when laid while still fresh (Pavlik & Anderson 2005)
    ACTR = "actr"
    #: a power of time, with an exponent that repetition makes smaller (Wickelgren 1974)
    POWER = "power"


class Kind(IntEnum):
    """What is special about a person; the order is that of the shares in ``Population``."""

    BARELY_READS = 0
    ACKNOWLEDGES_ALL = 1
    KNOWS_ALL = 2
    SILENT = 3
    ANSWERS_ANYTHING = 4
    AWAY = 5
    SELECTIVE = 6
    PEEKS = 7
    ORDINARY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The parameters of a simulated company; each can be changed to ask what a rule would do elsewhere."""

    law: Law = Law.ACTR
    #: Beta(a, b) of the chance to see a message
    attention: tuple[float, float] = (4.0, 2.0)
    #: mean chance that a text that was seen is taken in
    encoding: float = 0.5
    #: lognormal spreads of memory over people and statements
    ability_spread: float = 0.5
    statement_spread: float = 0.3
    #: mean chance to answer a question that was seen, and to acknowledge a text
    answers: float = 0.35
    acknowledges: float = 0.30
    #: of those who cannot say it, how many choose "I don't remember", and how often the others tap the right line
    admits: float = 0.45
    guesses_right: float = 0.25
    #: of those who are asked to say it in their own words, the share who do
    says: float = 0.5
    #: by how much recognising is easier than recalling, in the units of activation
    recognition: float = 0.0
    #: share of people who know a statement from elsewhere: of the least and of the best known statement
    elsewhere: tuple[float, float] = (0.0, 0.0)
    #: share of people replaced per 30 days
    turnover: float = 0.015
    #: attention falls by exp(-fatigue x texts beyond ``fatigue_free`` in 28 days)
    fatigue: float = 0.02
    fatigue_free: float = 8.0
    #: day on which one statement comes to mean something new, 0 never
    new_meaning_on: int = 0
    #: shares of people of each kind; the rest is ordinary
    barely_read: float = 0.0
    acknowledge_all: float = 0.0
    know_all: float = 0.0
    silent: float = 0.0
    answer_anything: float = 0.0
    away: float = 0.0
    selective: float = 0.0
    peek: float = 0.0

    def shares(self) -> tuple[float, ...]:
        """Return the share of each special kind, in the order of ``Kind``."""
        return (
            *(self.barely_read, self.acknowledge_all, self.know_all, self.silent),
            *(self.answer_anything, self.away, self.selective, self.peek),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What stays with a person, one element per person; written to only when a person is replaced."""

    kind: NDArray[np.int64]
    attention: Floats
    answers: Floats
    #: presses an acknowledgement; of ``KNOWS_ALL``: "I know this"
    acknowledges: Floats
    encoding: Floats
    #: natural logarithm of how well things stay with this person, mean 0
    ability: Floats
    #: activation that recall takes (law ``actr``)
    threshold: Floats
    #: chance to find a text again when looking it up
    finds: Floats

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

    kind: NDArray[np.int64] = np.searchsorted(np.cumsum(population.shares()), random.random(count), side="right").astype(np.int64)

    def of(which: Kind) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = kind == which
        return found

    def special(usual: Floats, **kinds: float) -> Floats:
        for name, value in kinds.items():
            usual = np.where(of(Kind[name]), value, usual)
        return usual

    return Habits(
        kind=kind,
        attention=special(random.beta(*population.attention, count), BARELY_READS=_BARELY),
        answers=special(around(population.answers, 4.0), SILENT=0.0, ACKNOWLEDGES_ALL=_PRESSES_ANSWERS, KNOWS_ALL=_PRESSES_ANSWERS),
        acknowledges=special(around(population.acknowledges, 4.0), SILENT=0.0, ACKNOWLEDGES_ALL=_PRESSES, KNOWS_ALL=_PRESSES),
        encoding=around(population.encoding, 6.0),
        ability=random.normal(0.0, population.ability_spread, count),
        threshold=random.normal(-1.65, 0.15, count),
        finds=special(np.zeros(count), PEEKS=1.0) * random.uniform(*_FINDS, count),
    )


def tired(population: Population, texts: Floats) -> Floats:
    """Return what is left of people's attention after so many ``texts`` in 28 days."""
    left: Floats = np.exp(-population.fatigue * np.maximum(texts - population.fatigue_free, 0.0))
    return left


class Absences:
    """Who is away today: people of kind ``AWAY`` come and go, half of their days each, about four weeks at a time."""

    _MEAN_DAYS = 28.0

    def __init__(self, habits: Habits, random: Random) -> None:
        self._habits, self._random = habits, random
        self._away = random.random(len(habits.kind)) < 0.5

    def next_day(self) -> NDArray[np.bool_]:
        """Return who is away on the next day."""
        turns = self._random.random(len(self._away)) < 1.0 / self._MEAN_DAYS
        self._away = self._away ^ turns
        found: NDArray[Any] = self._away & (self._habits.kind == Kind.AWAY)
        return found
