"""How a person deals with questions and acknowledgements, counted from the facts, and what an acknowledgement of theirs is worth.

The counts weigh what people say; they are shown to nobody and decide nothing alone. Pure functions of a set of facts, as all of
``evidence``. What two stories of a person make of the counts: ``domain.measuring.answering_habits``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cadence.domain.measuring.answering_habits import robot
from cadence.domain.memory.evidence import Said, Shown, standing
from cadence.domain.memory.forgetting import Floats
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.statements.taps import is_tap

#: how much less an acknowledgement says when the person acknowledges whatever comes
_UNREAD = 0.85
_STEP = 0.05
#: from here on somebody counts as tapping anything: their answers say that the text was seen and nothing else
TAPS_ANYTHING = 0.5
_VIEWED, _ACKNOWLEDGED, _ANSWERED = (
    int(level) for level in (EvidenceLevel.VIEWED, EvidenceLevel.ACKNOWLEDGED, EvidenceLevel.CHECK_ANSWERED)
)


class Counts(NamedTuple):
    """Messages and texts that a person responded to, or left without a response for 72 hours."""

    #: messages with a question, and those of them that were answered
    asked: int = 0
    answered: int = 0
    #: texts that asked for an acknowledgement (or were told "I know this"), and those that got it
    acknowledgeable: int = 0
    acknowledged: int = 0

    def plus(self, more: Counts) -> Counts:
        """Return the sums."""
        return Counts(*(a + b for a, b in zip(self, more, strict=True)))


def count(
    shown: Iterable[Shown],
    said: Iterable[Said],
    must: Collection[int],
    *,
    before: Counts | None = None,
    acknowledged_before: Mapping[int, float] | None = None,
) -> Counts:
    """Return what one person's deliveries and responses add up to; order and repetition do not matter.

    before, acknowledged_before: the counts of facts that have left (``past``), and the days of the acknowledgements among them.
    must: ids of the statements that ask for an acknowledgement. A message that is still open counts in nothing, so that
    nothing has to be counted while sending.
    """
    ours = {one.delivery_id: one for one in shown}
    by_delivery: dict[int, list[Said]] = defaultdict(list)
    first_of: dict[int, float] = dict(acknowledged_before or {})
    asked, answered, acknowledgeable, acknowledged = before or Counts()
    for one in standing(said):
        if one.level == _ACKNOWLEDGED and not is_tap(one.source_id):
            first_of[one.version_id] = min(one.day, first_of.get(one.version_id, one.day))
        if one.delivery_id in ours and one.level >= _VIEWED:
            by_delivery[one.delivery_id].append(one)
        elif one.level == _ACKNOWLEDGED:
            acknowledgeable += 1
            acknowledged += 1
    for delivery in ours.values():
        mine = by_delivery.get(delivery.delivery_id, ())
        day = delivery.day
        if not mine and (delivery.closing is None or day is None):
            continue
        if day is None:
            day = min(one.day for one in mine)
        pressed = {one.version_id for one in mine if one.level == _ACKNOWLEDGED}
        is_answered = any(one.level == _ANSWERED for one in mine)
        asked += delivery.questions > 0 or is_answered
        answered += is_answered
        acknowledged += len(pressed)
        acknowledgeable += len(pressed | requests(delivery.items, day, first_of, must))
    return Counts(asked, answered, acknowledgeable, acknowledged)


def requests(items: Iterable[tuple[int, int]], day: float, acknowledged: dict[int, float], must: Collection[int]) -> set[int]:
    """Return the versions among ``items`` (statement, version) that a message of ``day`` asked to acknowledge.

    acknowledged: version -> day of its first acknowledgement; what was acknowledged before is not asked for again.
    """
    return {version for statement, version in items if statement in must and acknowledged.get(version, day) >= day}


def read_share(counts: Counts) -> float:
    """Return how probably a text was read that this person acknowledged, in [0.15, 1]: 1 - 0.85 P(acknowledges whatever comes).

    P is taken in steps of 0.05, so that a person's pairs have to be folded again only when their counts cross a step.
    """
    return float(read_shares([counts])[0])


def read_shares(counts: Sequence[Counts]) -> Floats:
    """Return ``read_share`` of many people."""
    unread = robot(*np.array(counts, dtype=np.float64).reshape(-1, len(Counts._fields)).T)
    steps: Floats = 1.0 - _UNREAD * _STEP * np.round(unread / _STEP)
    return steps
