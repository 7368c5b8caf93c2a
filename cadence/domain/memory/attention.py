"""How likely it is that somebody saw a message they did not respond to.

Per (person, channel) two counts, responses and silent sends, each fading with a half-life of 90 days, give a
posterior over a = P(sees a message) and r = P(responds | saw it) on a 20 x 12 grid with Beta(2, 2) priors, beside
one atom "this channel does not reach the person" (a = 0). Without the atom many silent deliveries would add up to
belief, because each would be judged as if chance alone had hidden it. Pure arrays.
What counts as a response: any acknowledgement or answered check; a send closed without one after 72 hours counts as silent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadence.domain.memory.forgetting import Floats

HALF_LIFE_DAYS = 90.0

#: prior chance that a channel does not reach a person at all
UNREACHED = 0.1
#: a response on record from somebody unreached: the wrong person tapped
_STRAY = 1e-6

_SEES, _RESPONDS = np.meshgrid((np.arange(20) + 0.5) / 20, (np.arange(12) + 0.5) / 12, indexing="ij")
_PRIOR = np.log(_SEES * (1 - _SEES) * _RESPONDS * (1 - _RESPONDS)).ravel()
_PRIOR += np.log1p(-UNREACHED) - np.log(np.exp(_PRIOR).sum())
_JOINT = (_SEES * _RESPONDS).ravel()
_LIKELIHOOD = np.stack((np.log(_JOINT), np.log1p(-_JOINT)))
_MEANS = np.stack((_SEES.ravel(), _JOINT, np.ones(_JOINT.size)), axis=1)
_CHUNK = 4096


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


def attention(responses: Floats, silences: Floats) -> Attention:
    """Return the posterior means for (faded) counts >= 0 of responses and silent sends, one pair of counts per row."""
    sees, responds, reached = (np.empty(len(responses)) for _ in range(3))
    for first in range(0, len(responses), _CHUNK):
        part = slice(first, first + _CHUNK)
        logs = np.stack((responses[part], silences[part]), axis=1) @ _LIKELIHOOD + _PRIOR
        unreached = np.log(UNREACHED) + responses[part] * np.log(_STRAY)
        top = np.maximum(logs.max(axis=1), unreached)
        sums = np.exp(logs - top[:, None]) @ _MEANS
        whole = sums[:, 2] + np.exp(unreached - top)
        sees[part], responds[part], reached[part] = (sums / whole[:, None]).T
    return Attention(reached=reached, sees=sees, responds=responds)


def faded(counts: Floats, elapsed_days: float | Floats) -> Floats:
    """Return ``counts`` after ``elapsed_days``: halved every 90 days."""
    return counts * 0.5 ** (np.maximum(elapsed_days, 0.0) / HALF_LIFE_DAYS)
