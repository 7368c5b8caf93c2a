"""FSRS-6: how long a memory lasts and what a recall, a lapse or a repeat on the same day does to it.

Pure array formulas with the published default weights, used as the backbone of ``memory``; no state.
Source: open-spaced-repetition FSRS-6 (py-fsrs 6.3.2, ``scheduler.py``); a test holds both together to 1e-9.
Units: days. Stability S is the number of days until recall has fallen to 0.9; difficulty D lies in [1, 10].
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: default weights w0..w20
W = (
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
    1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
)  # fmt: skip
DECAY = W[20]
#: makes recall after S days exactly 0.9
FACTOR = 0.9 ** (-1.0 / DECAY) - 1.0
MIN_STABILITY = 0.001
#: no statement is remembered for longer than a century; keeps every later formula finite
MAX_STABILITY = 36_500.0
MIN_DIFFICULTY, MAX_DIFFICULTY = 1.0, 10.0
#: D0 of a first review with EASY before any bound, w4 - e^(3 w5) + 1: what difficulties drift back to
_FIRST_OF_EASY = float(W[4] - np.exp(3.0 * W[5]) + 1.0)


class Grade(IntEnum):
    """How a recall went, in FSRS's own four words."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


def retrievability(elapsed_days: Floats, stability: Floats) -> Floats:
    """Return R(t, S) = (1 + F t / S)^(-w20), the chance of recall in (0, 1]; time before the last sighting counts as 0."""
    found: Floats = (1.0 + FACTOR * np.maximum(elapsed_days, 0.0) / stability) ** -DECAY
    return found


def days_until(recall: Floats, stability: Floats) -> Floats:
    """Return t with R(t, S) = ``recall``: (S / F)(recall^(-1 / w20) - 1) days; ``recall`` in (0, 1]."""
    found: Floats = stability / FACTOR * (recall ** (-1.0 / DECAY) - 1.0)
    return found


def interval(stability: Floats, retention: float, *, maximum_days: int = 36_500) -> Floats:
    """Return whole days until recall falls to ``retention``, within [1, maximum_days]."""
    return np.clip(np.round(days_until(np.full_like(stability, retention), stability)), 1, maximum_days)


def initial_stability(grade: Grade) -> float:
    """Return S0(G) = w[G-1], in days, after a first review."""
    return W[grade - 1]


def next_difficulty(difficulty: Floats, grade: Grade) -> Floats:
    """Return D' = clip(w7 D0(Easy) + (1 - w7)(D - w6 (G-3)(10-D)/9), 1, 10)."""
    damped = difficulty - W[6] * (grade - 3) * (10.0 - difficulty) / 9.0
    return np.clip(W[7] * _FIRST_OF_EASY + (1.0 - W[7]) * damped, MIN_DIFFICULTY, MAX_DIFFICULTY)


def recalled_stability(stability: Floats, difficulty: Floats, recall: Floats, *, bonus: float | Floats = 1.0) -> Floats:
    """Return S' = S[1 + e^w8 (11-D) S^(-w9) (e^(w10 (1-R)) - 1) bonus] after a successful recall at R = ``recall``."""
    gain = np.exp(W[8]) * (11.0 - difficulty) * stability ** -W[9] * np.expm1(W[10] * (1.0 - recall)) * bonus
    found: Floats = np.minimum(stability * (1.0 + gain), MAX_STABILITY)
    return found


def lapsed_stability(stability: Floats, difficulty: Floats, recall: Floats) -> Floats:
    """Return S' = min(w11 D^(-w12) ((S+1)^w13 - 1) e^(w14 (1-R)), S / e^(w17 w18)) after a failed recall."""
    found: Floats = np.maximum(np.minimum(lapse_term(stability, difficulty, recall), stability / np.exp(W[17] * W[18])), MIN_STABILITY)
    return found


def lapse_term(stability: Floats, difficulty: Floats, recall: Floats) -> Floats:
    """Return w11 D^(-w12) ((S+1)^w13 - 1) e^(w14 (1-R)), the stability after a lapse before any bound."""
    found: Floats = W[11] * difficulty ** -W[12] * ((stability + 1.0) ** W[13] - 1.0) * np.exp(W[14] * (1.0 - recall))
    return found


def same_day_stability(stability: Floats, grade: Grade) -> Floats:
    """Return S' = S e^(w17 (G-3+w18)) S^(-w19) for a repeat within one day; it never shortens except after ``AGAIN``."""
    growth = np.exp(W[17] * (grade - 3 + W[18])) * stability ** -W[19]
    found: Floats = np.maximum(stability * (growth if grade is Grade.AGAIN else np.maximum(growth, 1.0)), MIN_STABILITY)
    return found


def review(stability: Floats, difficulty: Floats, elapsed_days: Floats, grade: Grade) -> tuple[Floats, Floats]:
    """Return ``(S', D')`` after a plain graded review, as FSRS-6 has it; ``elapsed_days`` are whole days."""
    recall = retrievability(elapsed_days, stability)
    if grade is Grade.AGAIN:
        later = lapsed_stability(stability, difficulty, recall)
    else:
        bonus = {Grade.HARD: W[15], Grade.EASY: W[16]}.get(grade, 1.0)
        later = recalled_stability(stability, difficulty, recall, bonus=bonus)
    return np.where(elapsed_days < 1, same_day_stability(stability, grade), later), next_difficulty(difficulty, grade)
