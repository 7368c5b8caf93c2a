"""From append-only facts to the state of one (person, statement) pair.

``fold`` is a pure function of a set of facts: order and duplicates do not matter. The tables keep
its result as a cache (``exposures``, ``acknowledgements``); ``operations.rebuild`` folds anew and compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.deliveries import EvidenceLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One evidence row as it concerns one statement. ``source_id`` is its idempotency key."""

    source_id: str
    level: EvidenceLevel
    version_id: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureState:
    """How often a person was sent a statement, and which versions they acknowledged when."""

    times_sent: int = 0
    last_sent_at: datetime | None = None
    version_id: int | None = None
    acknowledged: frozenset[tuple[int, datetime]] = frozenset()


def fold(facts: Iterable[Fact]) -> ExposureState:
    """Return the state that ``facts`` add up to; the same for any order and any repetition of them."""
    unique = {fact.source_id: fact for fact in facts}
    sent = [f for f in unique.values() if f.level is EvidenceLevel.HANDED_OVER]
    newest = max(sent, key=lambda f: (f.occurred_at, f.version_id), default=None)
    first_ack: dict[int, datetime] = {}
    for fact in unique.values():
        if fact.level is EvidenceLevel.ACKNOWLEDGED:
            known = first_ack.get(fact.version_id)
            first_ack[fact.version_id] = fact.occurred_at if known is None else min(known, fact.occurred_at)
    return ExposureState(
        times_sent=len(sent),
        last_sent_at=newest.occurred_at if newest else None,
        version_id=newest.version_id if newest else None,
        acknowledged=frozenset(first_ack.items()),
    )
