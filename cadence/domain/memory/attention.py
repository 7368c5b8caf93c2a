"""How likely it is that somebody saw a message they did not respond to.

Per (person, channel) two counts, responses and silent sends, each fading with a half-life of 90 days, give a
posterior over a = P(sees a message) and r = P(responds | saw it) on a 20 x 12 grid, beside one atom "this channel does
not reach the person" (a = 0). Without the atom many silent deliveries would add up to belief, because each would be
judged as if chance alone had hidden it. The priors are Beta(2, 2) until the company itself says more (``learned``).
What counts as a response: an answered question, a tap, an acknowledgement as far as it was probably read
(``evidence``); a send closed without one after 72 hours counts as silent. Pure arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cadence.domain.memory.forgetting import Floats

HALF_LIFE_DAYS = 90.0

#: prior chance that a channel does not reach a person at all
UNREACHED = 0.1
#: a response on record from somebody unreached: the wrong person tapped
_STRAY = 1e-6

#: messages that were both answered and acknowledged before the company's own attention is a prior, and how many of them weigh
#: as much as the 0.5 that holds before
FEWEST_BOTH = 5
_BOTH_WEIGHT = 10.0
#: chances of a prior are held this far from 0 and 1
_EDGE = 0.05

_SEES, _RESPONDS = np.meshgrid((np.arange(20) + 0.5) / 20, (np.arange(12) + 0.5) / 12, indexing="ij")
_JOINT = (_SEES * _RESPONDS).ravel()
_LIKELIHOOD = np.stack((np.log(_JOINT), np.log1p(-_JOINT)))
_MEANS = np.stack((_SEES.ravel(), _JOINT, np.ones(_JOINT.size)), axis=1)
_CHUNK = 4096


class Prior(NamedTuple):
    """What is known of everybody in the company before anything is known of one person, as chances in (0, 1)."""

    #: P(sees a message)
    sees: float
    #: P(responds | saw it)
    responds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """The posterior means, one element per (person, channel)."""

    #: P(the channel reaches the person at all)
    reached: Floats
    #: a-bar, P(sees a message)
    sees: Floats
    #: q, P(responds to a message)
    responds: Floats

    @property
    def seen_if_silent(self) -> Floats:
        """Return p0 = P(seen | no response) = (a-bar - q) / (1 - q)."""
        return (self.sees - self.responds) / (1.0 - self.responds)


def learned(*, messages: int, answered: int, acknowledged: int, both: int, response_rate: float) -> Prior | None:
    """Return the company's prior by capture and recapture, None with fewer than ``FEWEST_BOTH`` messages that were both.

    Of ``messages`` that could be answered and acknowledged, to people who ever answered, so many were. Whoever answers has
    seen the message, and so has whoever acknowledges, hence a = P(answered) P(acknowledged) / P(both), drawn towards 0.5
    while ``both`` is small. ``response_rate``: responses among all messages, in [0, 1]; r = response_rate / a.
    """
    if both < FEWEST_BOTH:
        return None
    weight = both / (both + _BOTH_WEIGHT)
    sees = weight * _inner(answered * acknowledged / (messages * both)) + (1.0 - weight) * 0.5
    return Prior(_inner(sees), _inner(response_rate / sees))


def _inner(chance: float) -> float:
    return min(max(chance, _EDGE), 1.0 - _EDGE)


@lru_cache(maxsize=8)
def _grid(prior: Prior | None) -> Floats:
    """Return the log-prior over the grid: Beta(4a, 4(1-a)) and Beta(2r, 2(1-r)), Beta(2, 2) twice before anything is learned."""
    sees, responds = (2.0, 2.0), (2.0, 2.0)
    if prior is not None:
        sees, responds = (4.0 * prior.sees, 4.0 * (1.0 - prior.sees)), (2.0 * prior.responds, 2.0 * (1.0 - prior.responds))
    logs = _log_beta(_SEES, *sees) + _log_beta(_RESPONDS, *responds)
    found: Floats = logs.ravel() + np.log1p(-UNREACHED) - np.log(np.exp(logs).sum())
    return found


def _log_beta(chance: Floats, a: float, b: float) -> Floats:
    found: Floats = (a - 1.0) * np.log(chance) + (b - 1.0) * np.log1p(-chance)
    return found


def attention(responses: Floats, silences: Floats, prior: Prior | None = None) -> Attention:
    """Return the posterior means for (faded) counts >= 0 of responses and silent sends, one pair of counts per row.

    ``prior``: the company's own, None before there is one.
    """
    grid = _grid(prior)
    sees, responds, reached = (np.empty(len(responses)) for _ in range(3))
    for first in range(0, len(responses), _CHUNK):
        part = slice(first, first + _CHUNK)
        logs = np.stack((responses[part], silences[part]), axis=1) @ _LIKELIHOOD + grid
        unreached = np.log(UNREACHED) + responses[part] * np.log(_STRAY)
        top = np.maximum(logs.max(axis=1), unreached)
        sums = np.exp(logs - top[:, None]) @ _MEANS
        whole = sums[:, 2] + np.exp(unreached - top)
        sees[part], responds[part], reached[part] = (sums / whole[:, None]).T
    return Attention(reached=reached, sees=sees, responds=responds)


@lru_cache(maxsize=8)
def seen_at_first(prior: Prior | None = None) -> float:
    """Return P(seen | no response) of somebody of whom nothing is known yet."""
    return float(attention(np.zeros(1), np.zeros(1), prior).seen_if_silent[0])


def faded(counts: Floats, elapsed_days: float | Floats) -> Floats:
    """Return ``counts`` after ``elapsed_days``: halved every 90 days."""
    return counts * 0.5 ** (np.maximum(elapsed_days, 0.0) / HALF_LIFE_DAYS)
