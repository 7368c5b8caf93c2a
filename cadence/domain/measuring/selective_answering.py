"""Whether those who know a statement answer more often than those who do not.

Owns the test that the random draw makes possible: which statement was asked is known to have been drawn uniformly among the
eligible ones, so without selection the answered questions are a random draw of them too; with it they are those that the person
more probably knows. Pure; draws come in chunks, of any number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cadence.domain.measuring.answering_habits import Ints
from cadence.domain.measuring.log_odds import chance, log_mixture, log_odds, normalised
from cadence.domain.memory.forgetting import Floats

#: points of ln lambda, lambda = P(answers | does not know) / P(answers | knows)
LOG_LAMBDA: Floats = np.linspace(-2.8, 0.8, 25)
#: answering is mostly about even; one company in seven answers what it knows 4.5 times as often
_PRIOR = ((0.85, 0.0, 0.2), (0.15, -1.5, 0.5))
#: selection counts from here: those who know answer at least 1.8 times as often
_MATTERS = -0.6
#: chance that somebody who knows answers a question; only for what silence says
_ANSWERS = 0.3
#: questions in vain that count at most, and days that an answer counts here
_MOST_SILENT = 4
COUNTS_DAYS = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawChunk:
    """Answered questions with what could have been asked instead, one statement of ``eligible`` and ``silent_before`` after the other."""

    #: of each question: its weight, where its eligible statements begin, and which place of all is the drawn one
    weight: Floats
    start: Ints
    drawn: Ints
    #: m-hat of each statement that could have been drawn, the drawn one among them; at least two a question
    eligible: Floats
    #: questions about that pair since its last answer, all in vain
    silent_before: Floats


def selection(pooled: Floats, believed: float, chunks: Iterable[DrawChunk]) -> Floats:
    """Return how probable each point of ``LOG_LAMBDA`` is; the weights add up to 1.

    pooled: the difference of all statements for each point. believed: mean m-hat of everyone, in [0, 1]. Beliefs are moved by that
    difference and lowered by questions in vain; the likelihood of a draw is P(answers | the drawn one) over its mean over the eligible.
    """
    lambdas = np.exp(LOG_LAMBDA)
    moved = log_odds(believed + pooled) - log_odds(believed)
    lowered = np.log((1.0 - _ANSWERS) / (1.0 - np.minimum(_ANSWERS * lambdas, 0.95)))
    log_weights = log_mixture(LOG_LAMBDA, _PRIOR)
    for draws in chunks:
        if len(draws.weight):
            log_weights = log_weights + _likelihoods(draws, lambdas, moved, lowered)
    return normalised(log_weights)


def probability_of_selection(weights: Floats) -> float:
    """Return P_sel, the probability that those who know it answer at least 1.8 times as often."""
    return float(weights[LOG_LAMBDA < _MATTERS].sum())


def _likelihoods(draws: DrawChunk, lambdas: Floats, moved: Floats, lowered: Floats) -> Floats:
    believed, silent = log_odds(draws.eligible), np.minimum(draws.silent_before, _MOST_SILENT)
    each = np.diff(np.append(draws.start, len(draws.eligible)))
    found = np.empty(len(lambdas))
    for place, one in enumerate(lambdas):
        knows = chance(believed + moved[place] + lowered[place] * silent)
        answers = knows + one * (1.0 - knows)
        mean = np.add.reduceat(answers, draws.start) / each
        found[place] = draws.weight @ np.log(answers[draws.drawn] / mean)
    return found
