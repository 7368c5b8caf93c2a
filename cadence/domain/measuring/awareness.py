"""What may be said about a group's awareness, how sure it is, and when nothing may be said.

Owns intervals, guess correction, bounds for those who did not answer and the disclosure rule.
The leader's side, estimate and gap, is ``domain.measuring.projection``.
Pure; never sees a name. Shares are in [0, 1]. Sources: Wilson 1927;
Manski 1989 (worst-case bounds); Hong 2013 (Poisson binomial); incomplete beta by Lentz's continued fraction
(Numerical Recipes, 6.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, log, log1p, sqrt
from statistics import NormalDist

import numpy as np

from cadence.domain.measuring.groups import SMALLEST_GROUP, is_large_enough
from cadence.domain.memory.forgetting import Floats

#: below this many respondents shares are rounded to whole steps of 5 points
ROUNDED_BELOW = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with the range it probably lies in."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The answers of a group that is large enough to be told about: ``right`` of ``respondents``, newest answer of each.

    guess: chance to be right without knowing. ``right`` itself is for no reader: ``share`` is what may be shown.
    """

    right: int
    respondents: int
    guess: float

    @property
    def share(self) -> Interval:
        """The share who knew, with its 95% interval; in steps of 5 points below 20 respondents."""
        exact = share_knowing(self.right, self.respondents, self.guess)
        return _rounded(exact) if self.respondents < ROUNDED_BELOW else exact

    @property
    def right_as_shown(self) -> float:
        """How many were right by what is shown: ``right``, or what the rounded share stands for."""
        if self.respondents >= ROUNDED_BELOW:
            return float(self.right)
        return (self.guess + (1.0 - self.guess) * self.share.value) * self.respondents


class AwarenessVerdict(StrEnum):
    """What can be said about a group."""

    #: there are enough answers
    MEASURED = "measured"
    #: nobody, or almost nobody, ever answered: only bounds are honest
    CANNOT_BE_KNOWN = "cannot_be_known"
    #: a figure would give persons away
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awareness:
    """A group's awareness of one statement (or of all), as a leader may see it. Shares are None when withheld."""

    verdict: AwarenessVerdict
    people: int
    respondents: int
    #: mean predicted recall over everyone, the unreached included; not to be shown as a measurement unless ``MEASURED``
    believed: float | None
    #: share right among respondents, corrected for guessing, with its 95% interval
    measured: Interval | None
    #: worst and best case: nobody, everybody who did not answer knows it
    bounds: Interval | None


def report_awareness(
    predicted: Floats,
    *,
    right: int,
    respondents: int,
    guess: float,
    outside: int = 0,
    outside_respondents: int = 0,
    smallest: int = SMALLEST_GROUP,
) -> Awareness:
    """Return what may be said about a group of ``len(predicted)`` people.

    predicted: m-hat of everyone, zero for those never reached. right of respondents: newest answer of each.
    guess: chance to be right without knowing. outside, outside_respondents: people of the whole who are not in this
    group (0: the group is the whole), and who of them answered. Withheld when the group or what remains of the whole,
    in people or in respondents, is not empty and below ``smallest``: one figure could be taken from another to single persons out.
    """
    people = len(predicted)
    smallest = max(smallest, SMALLEST_GROUP)
    if not is_large_enough(people, outside, smallest) or (respondents >= smallest and 0 < outside_respondents < smallest):
        return Awareness(
            verdict=AwarenessVerdict.WITHHELD, people=people, respondents=respondents, believed=None, measured=None, bounds=None
        )
    believed = float(np.mean(predicted))
    bounds = worst_and_best(right=right, respondents=respondents, people=people, guess=guess)
    if respondents < smallest:
        # the answers of a few would show through the bounds too
        vague = bounds if respondents == 0 else Interval(value=0.5, low=0.0, high=1.0)
        return Awareness(
            verdict=AwarenessVerdict.CANNOT_BE_KNOWN, people=people, respondents=respondents, believed=believed, measured=None, bounds=vague
        )
    if respondents < ROUNDED_BELOW:
        bounds = _rounded(bounds)
    measured = Measured(right=right, respondents=respondents, guess=guess).share
    return Awareness(
        verdict=AwarenessVerdict.MEASURED, people=people, respondents=respondents, believed=believed, measured=measured, bounds=bounds
    )


def may_show(respondents: int, *, outside: int = 0) -> bool:
    """Return whether a figure about ``respondents`` may be shown: enough of them, and nobody or enough of the remainder."""
    return is_large_enough(respondents, outside)


def wilson(successes: float, trials: int, *, confidence: float = 0.95) -> Interval:
    """Return the share with its Wilson score interval; no trials give [0, 1] around one half."""
    if trials <= 0:
        return Interval(value=0.5, low=0.0, high=1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / trials
    scale = 1.0 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z * sqrt(share * (1.0 - share) / trials + z * z / (4 * trials * trials)) / scale
    # at 0 and at all successes the formula meets the share itself but for rounding
    return Interval(value=share, low=max(0.0, min(centre - half, share)), high=min(1.0, max(centre + half, share)))


def without_guessing(share: float, guess: float) -> float:
    """Return (share - g) / (1 - g) within [0, 1]: who knew, when ``share`` were right and g is the chance to guess."""
    return min(max((share - guess) / (1.0 - guess), 0.0), 1.0)


def share_knowing(right: int, respondents: int, guess: float, *, confidence: float = 0.95) -> Interval:
    """Return the share of respondents who knew, with its interval; both widen by 1 / (1 - g)."""
    seen = wilson(right, respondents, confidence=confidence)
    return Interval(
        value=without_guessing(seen.value, guess), low=without_guessing(seen.low, guess), high=without_guessing(seen.high, guess)
    )


def worst_and_best(*, right: int, respondents: int, people: int, guess: float) -> Interval:
    """Return the Manski bounds [k/N, (k + silent)/N] of the share who know, k corrected for guessing; value is their middle."""
    if people <= 0:
        return Interval(value=0.5, low=0.0, high=1.0)
    knowing = without_guessing(right / respondents, guess) * respondents if respondents else 0.0
    low = knowing / people
    high = min(low + (people - respondents) / people, 1.0)  # added to low: where nobody is silent the two are the same number
    return Interval(value=(low + high) / 2, low=low, high=high)


def total_seen(mean: float, variance: float, *, confidence: float = 0.95) -> Interval:
    """Return a sum of many showings' probabilities p, kept as its ``mean`` and its ``variance`` (the sum of p (1 - p)).

    The normal approximation of the Poisson-binomial distribution, rounded outwards to whole showings.
    """
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * sqrt(max(variance, 0.0))
    return Interval(value=mean, low=max(0.0, float(np.floor(mean - half + 1e-9))), high=max(0.0, float(np.ceil(mean + half - 1e-9))))


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return I_x(a, b), the regularised incomplete beta function, for a, b > 0; 0 below x = 0 and 1 above x = 1."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - beta_cdf(1.0 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    tiny = 1e-300
    c, d = 1.0, 1.0 / max(1.0 - (a + b) * x / (a + 1.0), tiny)
    fraction = d
    for m in range(1, 500):
        for step in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1.0 / _away_from_zero(1.0 + step * d, tiny)
            c = _away_from_zero(1.0 + step / c, tiny)
            fraction *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return min(max(front * fraction, 0.0), 1.0)


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def _rounded(interval: Interval) -> Interval:
    """Round to 5 points, outwards for the ends."""
    low, high = np.floor(interval.low * 20 + 1e-9) / 20, np.ceil(interval.high * 20 - 1e-9) / 20
    return Interval(value=round(interval.value * 20) / 20, low=float(low), high=float(high))
