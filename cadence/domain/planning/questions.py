"""Which statement a person is asked about: a draw at random, and nobody's choice.

The published figures rest on this draw being uniform over what could be asked (``domain.measuring``), so nothing here looks at
what is due, believed or answered. One question in a digest, about a statement that is not in it; who had none for three weeks
gets one without a text. Pure: chance is a hash of the person and the occurrence. Who stores the draw: ``operations.planning.draw``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from cadence.domain.memory.forgetting import Floats, Mask

#: local days for which a statement that was shown or asked is not asked
REST_DAYS = 3.0
#: local days after which somebody is asked even without a text
LONGEST_DAYS = 21.0
#: questions of the opening round, before the first texts
OPENING_QUESTIONS = 3
_BITS = 53


class AskReason(StrEnum):
    """Why a question is in a message; figures rest on those that were drawn alone."""

    DRAWN = "drawn"
    #: drawn too, before the first texts
    OPENING = "opening"
    #: under its own text, as older messages ask: it is answered and counts in no figure
    BENEATH_TEXT = "beneath_text"


def asks(with_text: Mask, since_question: Floats) -> Mask:
    """Return who is asked: everybody who gets a text, and those whose last question was planned ``LONGEST_DAYS`` ago.

    since_question: local days, one per person, infinite when never.
    """
    return np.asarray(with_text | (since_question >= LONGEST_DAYS))


def eligible(may: Mask, shown: Mask, since_met: Floats) -> Mask:
    """Return what could be drawn, people x statements.

    may: pairs whose statement has a question and is meant for the person. shown: the texts of this digest. since_met: local days
    since a pair was shown or asked, infinite when never since its meaning stands.
    """
    return np.asarray(may & ~shown & (since_met >= REST_DAYS))


def draw(could: Mask, chance: Floats) -> Mask:
    """Return which of each person's eligible statements are asked: as many as ``chance`` has columns, fewer where fewer could be.

    chance: people x questions, uniform in [0, 1). Each question is drawn with the same chance from all that are left.
    """
    drawn = np.zeros_like(could)
    for column in chance.T:
        left = could & ~drawn
        count = left.sum(axis=1)
        pick = np.minimum(np.floor(column * count), count - 1)
        drawn |= left & (left.cumsum(axis=1) - 1 == pick[:, None])
    return drawn


def chances(secret: bytes, key: str, person_ids: Sequence[int], *, questions: int = 1) -> Floats:
    """Return people x ``questions`` numbers, uniform in [0, 1): the same for ever for a person and the occurrence ``key``.

    Nobody without ``secret`` can foretell them. ``questions``: at most 8.
    """
    begun = hashlib.blake2b(f"question|{key}|".encode(), key=secret[:64], digest_size=8 * questions)
    found = []
    for person_id in person_ids:
        whole = begun.copy()
        whole.update(b"%d" % person_id)
        found.append(whole.digest())
    numbers = np.frombuffer(b"".join(found), dtype=">u8").reshape(len(found), questions)
    return np.asarray((numbers >> np.uint64(64 - _BITS)).astype(np.float64) * 2.0**-_BITS)
