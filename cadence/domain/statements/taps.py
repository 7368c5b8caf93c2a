"""The small words a person says about a statement with one tap, and how long each of them holds.

Pure: kinds, strengths and spans. Recording and taking back: ``operations.responding.tap`` and ``operations.responding.undo``.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from cadence.domain.sending.deliveries import EvidenceLevel

#: "I know this", and then the next question about it answered right: the statement is not shown again before
HELD = timedelta(days=30)
#: "too often": its gaps are longer until
FEWER = timedelta(days=60)
#: a response may be taken back this long
UNDO_WINDOW = timedelta(minutes=5)


class TapKind(StrEnum):
    """What the person says."""

    KNOWN = "known"
    UNCLEAR = "unclear"
    TOO_OFTEN = "too_often"


#: (level, probability of having been seen) of the evidence a tap leaves. "I know this" is worth as much as an acknowledgement of the
#: same person (``domain.memory.answering``), at most 1. The other two show that the message was looked at, not that its meaning
#: arrived: the .9 of a human click.
STRENGTH: dict[TapKind, tuple[EvidenceLevel, float]] = {
    TapKind.KNOWN: (EvidenceLevel.ACKNOWLEDGED, 1.0),
    TapKind.UNCLEAR: (EvidenceLevel.VIEWED, 0.9),
    TapKind.TOO_OFTEN: (EvidenceLevel.VIEWED, 0.9),
}


#: begins the key of every tap, so that the "I know this" among the acknowledging facts can be told from an acknowledgement
_PREFIX = "tap:"


def is_tap(source_id: str) -> bool:
    """Return whether a fact with this key was left by a tap."""
    return source_id.startswith(_PREFIX)


def tap_source(kind: TapKind, *, delivery_id: int, version_id: int, earlier: int = 0, event: str = "") -> str:
    """Return the idempotency key of a tap: of the ``event`` that brought it, else of its showing.

    ``earlier``: taps of this kind on this showing that were taken back.
    """
    if event:
        return _PREFIX + event
    again = f":{earlier}" if earlier else ""
    return f"{_PREFIX}{kind}:{delivery_id}:{version_id}{again}"
