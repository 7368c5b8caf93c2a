"""What people knew before Cadence first said it, from questions about texts that had never been delivered to them.

Owns a figure of its own; it never enters what is predicted of a person. Nothing is predicted here, so value and range rest on the
answers alone, and the range is as wide as unknown luck and unknown selection make it: how it was tried is in docs/science.md.
Pure; shares in [0, 1].
"""

from __future__ import annotations

import numpy as np

from cadence.domain.measuring.answering_habits import Ints, TapOutcome
from cadence.domain.measuring.difference import Spreads, add_up, difference
from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.measuring.know_it import Shares, Weighed, mix
from cadence.domain.measuring.log_odds import log_mixture, normalised
from cadence.domain.measuring.luck import LUCK
from cadence.domain.measuring.people_sums import PeopleSums
from cadence.domain.measuring.selective_answering import LOG_LAMBDA
from cadence.domain.memory.forgetting import Floats

#: near misses of a question: wrong taps over this are the lucky ones
_NEAR_MISSES = 3.0
#: a statement's share is drawn to that of all by so many questions
_DRAWN_BY = 4.0
#: before the answers anything between nobody and everybody is likely, and statements are far from alike
_MIDDLE, _UNKNOWN_TEXTS = 0.5, Spreads(pooled=0.25, statement=0.15)
#: priors that no answer to an unknown text can sharpen; narrower than those of ``luck`` and ``selective_answering``
_LUCK = ((0.90, 0.15, 0.06), (0.10, 0.42, 0.08))
_SELECTION = ((0.90, 0.0, 0.2), (0.10, -1.0, 0.5))
#: deviation that remains however many answer, and that of what those who never answer know, relative to the others
_MODEL_SPREAD, _SILENT_SPREAD = 0.05, 0.20
_LEAST = 0.003


def from_elsewhere(right: Ints | Floats, wrong: Ints | Floats, asked: Ints | Floats, *, answers: int | None = None) -> Floats:
    """Return for each statement the share that knew it before; ``right`` and ``wrong`` taps of ``asked`` answered questions.

    "I don't remember" is neither. At most 0.95; 0 for all before five questions were answered. answers: how many were, where the
    others are sums of weights.
    """
    if (asked.sum() if answers is None else answers) < SMALLEST_GROUP:
        return np.zeros(len(asked))
    net = right - wrong / _NEAR_MISSES
    mean = float(np.clip(net.sum() / (float(asked.sum()) + 2.0), 0.0, 1.0))
    found: Floats = np.clip((net + _DRAWN_BY * mean) / (asked + _DRAWN_BY), 0.0, 0.95)
    return found


def known_before(weighed: Weighed, everyone: PeopleSums) -> Shares:
    """Return the share that knew each statement before, with its 90 % range; only answers about texts never delivered are used.

    A statement without such an answer takes the mean of the others and a wide range. Answers to statements that ``everyone`` has no
    column for are left out.
    """
    mine = weighed.answers
    statements = everyone.people.shape[-1]
    untold = (mine.shown_before == 0) & (mine.statement < statements)
    person, statement, honest = mine.person[untold], mine.statement[untold], (1.0 - weighed.noisy)[untold]
    outcome = mine.outcome[untold]
    right = (outcome == TapOutcome.RIGHT).astype(np.float64)
    middle = np.full(len(person), _MIDDLE)
    sums = add_up(weighed.alike[untold] * honest, person, statement, middle, right, statements=statements)
    of_luck, of_selection = normalised(log_mixture(LUCK, _LUCK)), normalised(log_mixture(LOG_LAMBDA, _SELECTION))
    part = np.outer(of_selection, of_luck)
    a, b = np.nonzero(part > _LEAST * part.max())
    part = part[a, b] / part[a, b].sum()
    found = difference(sums, LUCK[b], LOG_LAMBDA[a], prior=_UNKNOWN_TEXTS)
    share = np.clip(_MIDDLE + found.by_statement, 0.0, 1.0)
    unmeasured = _MODEL_SPREAD**2 + (share * _SILENT_SPREAD * everyone.silent_share) ** 2
    shares = mix(part, share, found.variance + unmeasured)
    counts = [np.bincount(statement, taps * honest, statements) for taps in (right, outcome == TapOutcome.WRONG, np.ones(len(person)))]
    value = np.clip(from_elsewhere(*counts, answers=len(person)), shares.low, shares.high)
    return Shares(value=value, low=shares.low, high=shares.high)
