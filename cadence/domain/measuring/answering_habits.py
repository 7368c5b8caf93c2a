"""How somebody answers: tapping anything, acknowledging without reading, never answering.

Owns the three chances by which answers, acknowledgements and silence are weighed; they are shown to nobody. What follows for
the figure: ``know_it``; for the memory of a person: ``domain.memory``. Pure, linear in the answers.
Each compares two stories of a person, with fixed chances for what either would do (docs/science.md has the formulas).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from cadence.domain.measuring.log_odds import chance
from cadence.domain.memory.forgetting import Floats

Ints = NDArray[np.int64]


class TapOutcome(IntEnum):
    """What was tapped; the values are places in the arrays of chances below."""

    WRONG = 0
    RIGHT = 1
    #: "I don't remember"
    FORGOT = 2


#: P(wrong, right, "I don't remember") of somebody who taps anything
_TAPS_ANYTHING = np.array([0.6, 0.2, 0.2])
#: what an honest person knows, as a part of what is predicted of them, and how probable each part is
_HONEST = ((0.25, 0.10), (0.50, 0.15), (0.75, 0.30), (1.00, 0.45))
#: an honest person who does not know: taps a wrong line, is lucky, says so
_NOT_KNOWING = (0.35, 0.15, 0.50)
#: share of people who tap anything before anybody answered, and the number of people that this counts as
_SHARE, _SHARE_WEIGHT = 0.05, 10.0
_STEPS = 10
#: silence about so many questions makes half of somebody who never answers
_HALF_SILENT = 4.0
_READS_NOTHING = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Who taps anything: ``chance`` of each of ``people``, in the order of their ids, and the estimated ``share`` of such people."""

    people: Ints
    chance: Floats
    share: float

    def of(self, people: Ints) -> Floats:
        """Return the chance for each of ``people``; 0 for those who never answered."""
        if not len(self.people):
            return np.zeros(len(people))
        place = np.clip(np.searchsorted(self.people, people), 0, len(self.people) - 1)
        return np.where(self.people[place] == people, self.chance[place], 0.0)


def noise(person: Ints, predicted: Floats, outcome: Ints) -> Noise:
    """Return for everybody who answered the chance that they tap anything, from all their answers.

    predicted: m-hat just before each answer, in [0, 1]. The share of such people is found by ten steps of
    expectation-maximisation, as if ten more people had been seen of whom 5 % do; it stays within [0.005, 0.5].
    """
    people, at = np.unique(person, return_inverse=True)
    m, row = np.clip(predicted, 0.1, 0.9), np.arange(len(person))
    honest = np.full(len(people), -np.inf)
    wrong, lucky, says_so = _NOT_KNOWING
    for part, weight in _HONEST:
        knows = part * m
        each = np.stack(((1.0 - knows) * wrong, knows + (1.0 - knows) * lucky, (1.0 - knows) * says_so))
        honest = np.logaddexp(honest, np.log(weight) + np.bincount(at, np.log(each[outcome, row]), len(people)))
    evidence = np.bincount(at, np.log(_TAPS_ANYTHING[outcome]), len(people)) - honest
    share, found = _SHARE, np.zeros(len(people))
    for _ in range(_STEPS):
        found = chance(np.log(share / (1.0 - share)) + evidence)
        share = float(np.clip((found.sum() + _SHARE * _SHARE_WEIGHT) / (len(people) + _SHARE_WEIGHT), 0.005, 0.5))
    return Noise(people=people.astype(np.int64), chance=found, share=share)


def robot(asked: Floats | Ints, answered: Floats | Ints, acknowledgeable: Floats | Ints, acknowledged: Floats | Ints) -> Floats:
    """Return P(acknowledges whatever comes without reading it), elementwise.

    Of ``acknowledgeable`` texts ``acknowledged`` were ("I know this" counts as one of each); of ``asked`` questions
    ``answered`` were. Such a person acknowledges 95 of 100 and answers 4; a reader 45 and 25. Before any evidence: 0.05.
    """
    log_odds = (
        np.log(_READS_NOTHING / (1.0 - _READS_NOTHING))
        + acknowledged * np.log(0.95 / 0.45)
        + (acknowledgeable - acknowledged) * np.log(0.05 / 0.55)
        + answered * np.log(0.04 / 0.25)
        + (asked - answered) * np.log(0.96 / 0.75)
    )
    return chance(log_odds)


def silent(asked: Floats | Ints, answered: Floats | Ints) -> Floats:
    """Return how far a person counts as one who never answers, in [0, 1): q / (q + 4) after q questions, 0 from the first answer on."""
    found: Floats = np.where(np.asarray(answered) > 0, 0.0, np.asarray(asked) / (np.asarray(asked) + _HALF_SILENT))
    return found
