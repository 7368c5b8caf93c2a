"""The formulas of ``memory`` for one pair, in plain floats.

A press of a button folds the tens of facts of a few pairs while a person waits: an array of one element costs
twenty times what these functions cost (44 us against 2 us per fact). They decide nothing of their own; a test holds
them and ``memory`` together to 1e-12, and a rebuild compares what they left with a fold over arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, expm1
from typing import NamedTuple

from cadence.domain.memory.forgetting import DECAY, FACTOR, MAX_STABILITY, MIN_STABILITY, Grade, W
from cadence.domain.memory.model import (
    ENCODED_BY_FEEDBACK,
    ENCODED_WHEN_SEEN,
    FIRST_DIFFICULTY,
    FIRST_STABILITY,
    PASSIVE_GAIN,
)
from cadence.domain.sending.deliveries import EvidenceLevel

_TINY = 1e-9
_MIN_RECALL = 1e-3
_EASIEST = W[4] - exp(W[5] * (Grade.EASY - 1)) + 1.0


class PairState(NamedTuple):
    """A, S (days), D and u (a day) of one pair."""

    encoded: float = 0.0
    stability: float = FIRST_STABILITY
    difficulty: float = FIRST_DIFFICULTY
    seen_at: float = 0.0

    def recall(self, day: float) -> float:
        """Return m = A R(day - u, S) in [0, 1]."""
        return self.encoded * _retrievability(day - self.seen_at, self.stability)


class PairFact(NamedTuple):
    """One fact of the ledger as it concerns one pair; ``kind`` is its ``EvidenceLevel``."""

    day: float
    #: id of the evidence row it rests on; orders facts of one day
    fact_id: int
    kind: int
    #: probability that the showing was seen
    seen: float
    #: of a check or restatement: 1 right, 0 wrong, or a grade between
    outcome: float
    #: choices of a check
    options: int
    version_id: int
    #: day of the showing it is about; its own day when it is about none
    shown_day: float


def folded(facts: Iterable[PairFact], state: PairState | None = None) -> PairState:
    """Return the state after ``facts``, which stand in the order (day, fact_id)."""
    state = state or PairState()
    for fact in facts:
        if fact.kind == EvidenceLevel.CHECK_ANSWERED:
            state = _answered(state, fact.day, fact.outcome, 1.0 / fact.options if fact.options > 0 else 0.0)
        elif fact.kind == EvidenceLevel.RESTATED:
            state = _answered(state, fact.day, min(max(fact.outcome, 0.0), 1.0), 0.0)
        else:
            state = after_sighting(state, fact.day, fact.seen)
    return state


def after_sighting(state: PairState, day: float, seen: float) -> PairState:
    """Return ``memory.after_sighting`` of one pair."""
    known, stability, difficulty, seen_at = state
    p = min(max(seen, 0.0), 1.0)
    newly = (1.0 - known) * p * ENCODED_WHEN_SEEN
    encoded = known + newly
    if p <= 0.0 or encoded <= _TINY:
        return state
    recalled = _retrievability(day - seen_at, stability)
    gained = stability + PASSIVE_GAIN * (_strengthened(stability, difficulty, recalled, 1.0) - stability)
    stability_seen = recalled * gained + (1.0 - recalled) * _relearned(stability, difficulty, recalled)
    later = (known * (p * stability_seen + (1.0 - p) * stability) + newly * FIRST_STABILITY) / encoded
    later = min(max(later, MIN_STABILITY), MAX_STABILITY)
    fresh = min(max((known * (p + (1.0 - p) * recalled) + newly) / encoded, _MIN_RECALL), 1.0)
    return PairState(min(encoded, 1.0), later, difficulty, day - later / FACTOR * (fresh ** (-1.0 / DECAY) - 1.0))


def _answered(state: PairState, day: float, credit: float, guess: float) -> PairState:
    """Return ``memory.after_check`` or ``after_restatement`` of one pair."""
    known, stability, difficulty, seen_at = state
    recalled_now = _retrievability(day - seen_at, stability)
    plain = known * recalled_now
    partial = 0.0 < credit < 1.0
    strengthened = _strengthened(stability, difficulty, recalled_now, W[15] if partial else 1.0)
    relearned = _relearned(stability, difficulty, recalled_now)

    chance_right = max(plain + (1.0 - plain) * guess, _TINY)
    recalled = min(plain / chance_right, 1.0)
    known_if_right = min(max(known * (recalled_now + (1.0 - recalled_now) * guess) / chance_right, recalled), 1.0)
    known_if_wrong = min(max(known * (1.0 - recalled_now) / max(1.0 - plain, _TINY), 0.0), 1.0)

    share = credit * recalled
    known_now = credit * known_if_right + (1.0 - credit) * known_if_wrong
    told = (1.0 - known_now) * ENCODED_BY_FEEDBACK
    encoded = known_now + told
    later = (share * strengthened + (known_now - share) * relearned + told * FIRST_STABILITY) / max(encoded, _TINY)

    easier = _next_difficulty(difficulty, Grade.HARD if partial else Grade.GOOD)
    if_right = recalled * easier + (1.0 - recalled) * difficulty
    if_wrong = 0.5 * (difficulty + _next_difficulty(difficulty, Grade.AGAIN))
    harder = credit * if_right + (1.0 - credit) * if_wrong
    return PairState(min(encoded, 1.0), min(max(later, MIN_STABILITY), MAX_STABILITY), harder, day)


def _retrievability(elapsed: float, stability: float) -> float:
    # ** of two floats is Any to mypy: it may be complex for a negative base, which this is not
    return float((1.0 + FACTOR * max(elapsed, 0.0) / stability) ** -DECAY)


def _strengthened(stability: float, difficulty: float, recalled: float, bonus: float) -> float:
    gain = _E8 * (11.0 - difficulty) * stability ** -W[9] * expm1(W[10] * (1.0 - recalled)) * bonus
    return float(min(stability * (1.0 + gain), MAX_STABILITY))


def _relearned(stability: float, difficulty: float, recalled: float) -> float:
    lapse = W[11] * difficulty ** -W[12] * ((stability + 1.0) ** W[13] - 1.0) * exp(W[14] * (1.0 - recalled))
    return float(max(min(lapse, stability), 0.5 * min(stability, FIRST_STABILITY)))


def _next_difficulty(difficulty: float, grade: Grade) -> float:
    damped = difficulty - W[6] * (grade - 3) * (10.0 - difficulty) / 9.0
    return min(max(W[7] * _EASIEST + (1.0 - W[7]) * damped, 1.0), 10.0)


_E8 = exp(W[8])
