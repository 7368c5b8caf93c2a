"""What one person probably still knows of one statement: the soft FSRS state, its updates and its read-out.

A pair (person, statement) holds A = P(ever taken in), S = stability in days, D = difficulty, u = effective
day of the last sighting. Evidence that is not a recall strengthens only in proportion to its probability of
having been seen; recall checks move A, S and D by Bayes' rule. Pure NumPy over whole arrays of pairs; the
fold over a ledger is in ``memory_replay``, attention in ``attention``.
FSRS-6 parts are in ``forgetting``; why this model: docs/how-cadence-decides.md. Days are floats since any fixed origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadence.domain.memory.forgetting import (
    MAX_STABILITY,
    MIN_STABILITY,
    Floats,
    Grade,
    Mask,
    W,
    days_until,
    initial_stability,
    lapse_term,
    next_difficulty,
    recalled_stability,
    retrievability,
)

#: share of a recall's strengthening that mere reading gives
PASSIVE_GAIN = 0.5
#: chance that one seen showing is taken in at all
ENCODED_WHEN_SEEN = 0.5
#: chance that the answer shown after a check is taken in
ENCODED_BY_FEEDBACK = 0.75
#: spread of the person offset, in logits. The note proposes 0.7; 0.4 predicted held-out answers better under both
#: simulated laws, on the seeds it was tried on and on others (docs/science.md)
OFFSET_SPREAD = 0.4
#: information (in checks' worth of Fisher information) that holds the organisation's offset at 0, and its slope at 1
ORG_PRIOR_INFORMATION = 4.0
SLOPE_PRIOR_INFORMATION = 10.0
#: the organisation's offset and slope follow what its answers say lately: an answer weighs half after so many days.
#: Without it the first weeks, when all is fresh, mislead for a year (docs/science.md)
ORG_HALF_LIFE_DAYS = 60.0
#: the log-odds that the slope turns about: those of the default target, 0.9
PIVOT = float(np.log(9.0))
#: lines of a question, one of them right; "I don't remember" stands below them
QUESTION_LINES = 4
FIRST_STABILITY = initial_stability(Grade.GOOD)
FIRST_DIFFICULTY = 5.0

_TINY = 1e-9
#: below this recall a memory is as good as gone; keeps R^(-1/w20) finite
_MIN_RECALL = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class PairStates:
    """The memory state of n pairs, one array element each; float64, never changed in place."""

    #: A, the probability that the statement was ever taken in, in [0, 1]
    encoded: Floats
    #: S, days until recall falls to 0.9
    stability: Floats
    #: D, in [1, 10]
    difficulty: Floats
    #: u, the day from which forgetting is reckoned
    seen_at: Floats

    def __len__(self) -> int:
        return len(self.encoded)

    @classmethod
    def blank(cls, count: int) -> PairStates:
        """Return ``count`` pairs that have met nothing."""
        return cls(
            encoded=np.zeros(count),
            stability=np.full(count, FIRST_STABILITY),
            difficulty=np.full(count, FIRST_DIFFICULTY),
            seen_at=np.zeros(count),
        )

    def take(self, index: NDArray[np.intp] | slice) -> PairStates:
        """Return the pairs at ``index``, in that order."""
        return PairStates(
            encoded=self.encoded[index], stability=self.stability[index], difficulty=self.difficulty[index], seen_at=self.seen_at[index]
        )

    def put(self, index: NDArray[np.intp], changed: PairStates) -> PairStates:
        """Return a copy in which the pairs at ``index`` (no repeats) are ``changed``."""
        copy = PairStates(
            encoded=self.encoded.copy(), stability=self.stability.copy(), difficulty=self.difficulty.copy(), seen_at=self.seen_at.copy()
        )
        copy.encoded[index], copy.stability[index] = changed.encoded, changed.stability
        copy.difficulty[index], copy.seen_at[index] = changed.difficulty, changed.seen_at
        return copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Offsets:
    """How people do compared with what their pair states say, learned from checks: Newton sums.

    Per person an offset theta in logits; for the organisation the mean offset theta_0 and a slope b, which draws
    predictions towards (b < 1) or away from the pivot when low ones prove too low and high ones too high.
    """

    #: U_i and I_i, one element per person
    score: Floats
    information: Floats
    #: U_0, I_0, U_b, I_b
    org: Floats

    @classmethod
    def blank(cls, people: int) -> Offsets:
        """Return offsets of ``people`` persons of whom nothing was asked: all zero."""
        return cls(score=np.zeros(people), information=np.zeros(people), org=np.zeros(4))

    def theta(self) -> Floats:
        """Return theta_i in logits, one per person, drawn towards the organisation's mean while little is known."""
        return person_offset(self.score, self.information, org_offset(self.org))

    def slope(self) -> float:
        """Return b, 1 while nothing is known."""
        return org_slope(self.org)


def org_weight(days_ago: float) -> float:
    """Return what the sums of a day weigh so many days later, in the organisation's offset and slope."""
    return float(0.5 ** (days_ago / ORG_HALF_LIFE_DAYS))


def org_offset(org: Floats) -> float:
    """Return theta_0 = U_0 / (I_0 + 4) in logits."""
    return float(org[0] / (org[1] + ORG_PRIOR_INFORMATION))


def org_slope(org: Floats) -> float:
    """Return b = 1 + U_b / (I_b + 10), held within [0.5, 1.5]."""
    return float(min(max(1.0 + org[2] / (org[3] + SLOPE_PRIOR_INFORMATION), 0.5), 1.5))


def person_offset(score: Floats, information: Floats, org: float) -> Floats:
    """Return theta_i = (U_i + theta_0 / s^2) / (I_i + 1 / s^2) in logits, s = OFFSET_SPREAD."""
    precision = OFFSET_SPREAD**-2
    return (score + org * precision) / (information + precision)


def recall(states: PairStates, day: float | Floats) -> Floats:
    """Return m = A R(day - u, S), the chance of recall before the person's offset, in [0, 1]."""
    return states.encoded * retrievability(day - states.seen_at, states.stability)


def predicted_recall(plain: Floats, theta: Floats, slope: float = 1.0) -> Floats:
    """Return m-hat = sigma(c + b (logit m - c) + theta), c = logit 0.9, in [0, 1]; exactly 0 and 1 stay what they are."""
    known, unknown = plain**slope * _lift(theta, slope), (1.0 - plain) ** slope
    return known / (known + unknown)


def _lift(theta: Floats, slope: float) -> Floats:
    """Return the factor e^(theta + (1-b) c) on the odds."""
    return np.exp(np.clip(theta + (1.0 - slope) * PIVOT, -20.0, 20.0))


def after_sighting(states: PairStates, day: float | Floats, seen: float | Floats) -> PairStates:
    """Return the states after evidence E1 to E4 of one showing at ``day``, seen with probability ``seen``.

    With p = seen, b = (1-A) p e:  A' = A + b,
    S_seen = R (S + eta (S+ - S)) + (1-R) S-,
    S' = [A (p S_seen + (1-p) S) + b S0] / A',
    r' = [A (p + (1-p) R) + b] / A',  u' = day - (S'/F)(r'^(-1/w20) - 1);  D stays.
    seen = 0 changes nothing.
    """
    p = np.broadcast_to(np.clip(np.asarray(seen, dtype=np.float64), 0.0, 1.0), states.encoded.shape)
    known, stability = states.encoded, states.stability
    now_recalled = retrievability(day - states.seen_at, stability)
    gained = stability + PASSIVE_GAIN * (recalled_stability(stability, states.difficulty, now_recalled) - stability)
    stability_seen = now_recalled * gained + (1.0 - now_recalled) * _relearned(stability, states.difficulty, now_recalled)
    newly = (1.0 - known) * p * ENCODED_WHEN_SEEN
    encoded = known + newly
    whole = np.maximum(encoded, _TINY)
    later = (known * (p * stability_seen + (1.0 - p) * stability) + newly * FIRST_STABILITY) / whole
    fresh = (known * (p + (1.0 - p) * now_recalled) + newly) / whole
    touched = (p > 0.0) & (encoded > _TINY)
    later = np.where(touched, np.clip(later, MIN_STABILITY, MAX_STABILITY), stability)
    seen_at = day - days_until(np.clip(fresh, _MIN_RECALL, 1.0), later)
    return PairStates(
        encoded=np.where(touched, np.minimum(encoded, 1.0), known),
        stability=later,
        difficulty=states.difficulty,
        seen_at=np.where(touched, seen_at, states.seen_at),
    )


def after_check(states: PairStates, day: float | Floats, right: Mask | Floats, options: int | NDArray[np.int64]) -> PairStates:
    """Return the states after E5: a check of ``options`` choices (0: free recall) answered right or wrong at ``day``.

    With g = 1/options, m = A R, pc = m + (1-m) g. Right: k = m / pc, P = A (R + (1-R) g) / pc,
    D' = k D+(Good) + (1-k) D. Wrong: k = 0, P = A (1-R) / (1-m), D' = (D + D+(Again)) / 2.
    The answer is shown after both: A' = P + (1-P) e_fb,
    S' = [k S+ + (P-k) S- + (1-P) e_fb S0] / A',  u' = day.
    """
    return _answered(states, day, np.asarray(right, dtype=np.float64), guess_rate(options))


def after_restatement(states: PairStates, day: float | Floats, grade: Floats) -> PairStates:
    """Return the states after E6: the statement told in own words, graded in [0, 1].

    A mixture of right and wrong (as in E5, without guessing) in the proportion of the grade; a grade
    strictly between 0 and 1 strengthens as FSRS's Hard does (gain x w15).
    """
    return _answered(states, day, np.clip(grade, 0.0, 1.0), np.zeros(len(states)))


def guess_rate(options: int | NDArray[np.int64]) -> Floats:
    """Return g = 1 / options, the chance to be right without knowing; 0 options mean free recall, g = 0."""
    count = np.asarray(options, dtype=np.float64)
    return np.where(count > 0, 1.0 / np.maximum(count, 1.0), 0.0)


def offset_guess_rate(options: int | NDArray[np.int64]) -> Floats:
    """Return g of an answer when the person's offset learns from it: 0.125 for the four lines of a question, else 1 / options.

    Below the four lines stands "I don't remember": of those who do not know, about half say so and half tap a line.
    """
    return np.where(np.asarray(options) == QUESTION_LINES, 0.5 / QUESTION_LINES, guess_rate(options))


def answer_terms(predicted: Floats, outcome: Floats, guess: Floats) -> tuple[Floats, Floats]:
    """Return what one answer says about the log-odds it was predicted with: score s and information f.

    pi = m-hat + (1 - m-hat) g, d = (1-g) m-hat (1 - m-hat), s = (y - pi) d / (pi (1-pi)), f = d^2 / (pi (1-pi)):
    a Newton step of the logistic likelihood with guessing. ``outcome`` y in [0, 1].
    """
    known = np.clip(predicted, 1e-6, 1.0 - 1e-6)
    chance = known + (1.0 - known) * guess
    slope = (1.0 - guess) * known * (1.0 - known)
    spread = np.maximum(chance * (1.0 - chance), 1e-12)
    return (outcome - chance) * slope / spread, slope * slope / spread


def offset_gains(plain: Floats, theta: Floats, slope: float, score: Floats, information: Floats) -> Floats:
    """Return what answers add to (U, I, U_b, I_b), shape 4 x answers: s + f theta, f, s x + f x^2 (b - 1), f x^2.

    x = logit m - c; U and I go to the person and to the organisation, U_b and I_b to the organisation. An answer about a
    text that was never seen (m = 0) adds nothing: it tells of what is known from elsewhere, not of how well one remembers.
    """
    met = (np.asarray(plain) > 0.0).astype(np.float64)
    score, information = score * met, information * met
    known = np.clip(plain, _MIN_RECALL, 1.0 - _MIN_RECALL)
    lever = np.log(known / (1.0 - known)) - PIVOT
    weight = information * lever * lever
    return np.stack((score + information * theta, information, score * lever + weight * (slope - 1.0), weight))


def next_due(
    states: PairStates,
    theta: Floats,
    last_sent: Floats,
    *,
    target: float | Floats,
    min_gap_days: float | Floats,
    max_gap_days: float | Floats,
    slope: float = 1.0,
) -> Floats:
    """Return the day on which m-hat falls to ``target``, held within [last_sent + min_gap, last_sent + max_gap].

    Closed form: m-hat = target where the odds of m are (target / (1 - target) / e^(theta + (1-b) c))^(1/b) and
    R = m / A, so day = u + (S/F)(R^(-1/w20) - 1); already below target: the earliest day allowed.
    last_sent is minus infinity for a pair never sent, and so is its result: due at once.
    """
    odds = (target / (1.0 - target) / _lift(theta, slope)) ** (1.0 / slope)
    wanted = odds / (1.0 + odds) / np.maximum(states.encoded, _TINY)
    falls = states.seen_at + days_until(np.clip(wanted, _MIN_RECALL, 1.0), states.stability)
    day = np.where(wanted < 1.0, falls, -np.inf)
    return np.clip(day, last_sent + min_gap_days, last_sent + max_gap_days)


def _relearned(stability: Floats, difficulty: Floats, now_recalled: Floats) -> Floats:
    """S-: what a forgotten statement starts from again, at least half of what a first sighting would give."""
    return np.maximum(np.minimum(lapse_term(stability, difficulty, now_recalled), stability), 0.5 * np.minimum(stability, FIRST_STABILITY))


def _answered(states: PairStates, day: float | Floats, credit: Floats, guess: Floats) -> PairStates:
    """The E5/E6 update: ``credit`` 1 right, 0 wrong, between: both in that proportion, weighted by what each leaves encoded."""
    known, stability, difficulty = states.encoded, states.stability, states.difficulty
    now_recalled = retrievability(day - states.seen_at, stability)
    plain = known * now_recalled
    partial = (credit > 0.0) & (credit < 1.0)
    strengthened = recalled_stability(stability, difficulty, now_recalled, bonus=np.where(partial, W[15], 1.0))
    relearned = _relearned(stability, difficulty, now_recalled)

    chance_right = np.maximum(plain + (1.0 - plain) * guess, _TINY)
    recalled = np.minimum(plain / chance_right, 1.0)
    known_if_right = np.clip(known * (now_recalled + (1.0 - now_recalled) * guess) / chance_right, recalled, 1.0)
    known_if_wrong = np.clip(known * (1.0 - now_recalled) / np.maximum(1.0 - plain, _TINY), 0.0, 1.0)

    share = credit * recalled
    known_now = credit * known_if_right + (1.0 - credit) * known_if_wrong
    told = (1.0 - known_now) * ENCODED_BY_FEEDBACK
    encoded = known_now + told
    later = (share * strengthened + (known_now - share) * relearned + told * FIRST_STABILITY) / np.maximum(encoded, _TINY)

    easier = np.where(partial, next_difficulty(difficulty, Grade.HARD), next_difficulty(difficulty, Grade.GOOD))
    if_right = recalled * easier + (1.0 - recalled) * difficulty
    if_wrong = 0.5 * (difficulty + next_difficulty(difficulty, Grade.AGAIN))
    return PairStates(
        encoded=np.minimum(encoded, 1.0),
        stability=np.clip(later, MIN_STABILITY, MAX_STABILITY),
        difficulty=credit * if_right + (1.0 - credit) * if_wrong,
        seen_at=np.broadcast_to(np.asarray(day, dtype=np.float64), known.shape).copy(),
    )
