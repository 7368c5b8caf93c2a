"""Take back the newest response to one statement of one message, within five minutes of it.

An acknowledgement or a tap can be taken back; the answer of a check cannot, because the right one was shown with it.
Nothing is deleted from the evidence: a RETRACTED fact names the fact that no longer counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.statements.taps import UNDO_WINDOW
from cadence.errors import Conflict
from cadence.operations.responding.acknowledge import permitted
from cadence.operations.responding.learn import relearn
from cadence.store.database.engine import Database
from cadence.store.responding import acknowledgements, learning, taps
from cadence.store.responding.acknowledgements import AskedDelivery

ACKNOWLEDGED = "acknowledged"
_TOO_LATE = "It was recorded more than five minutes ago, so it can no longer be undone."
_SHOWN = "The answer stays, because you have been shown the right one."
_NOTHING = "There is nothing to undo."


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A response that was taken back. ``kind``: a TapKind or "acknowledged"."""

    kind: str
    recorded_at: datetime
    slug: str
    title: str
    person_name: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """The response that ``undo`` would take back, and until when it can."""

    kind: str
    recorded_at: datetime
    until: datetime


def undo(database: Database, *, person_id: int, version_id: int, delivery_id: int, now: datetime) -> Undone:
    """Take back the newest response and return it.

    Raises Conflict with a sentence for the person and ``why``: "nothing" to take back, too "late", or only a check was
    answered and "shown"; NotFound when the delivery is not this person's or holds no such version.
    """
    with database.transaction() as connection:
        learning.lock_person(connection, person_id)
        wanted = permitted(acknowledgements.asked(connection, version_id=version_id, delivery_id=delivery_id), person_id)
        found = taps.newest_response(connection, wanted)
        if found is None:
            answered = taps.answered_at(connection, delivery_id=delivery_id, version_id=version_id)
            raise Conflict(_NOTHING, why="nothing") if answered is None else Conflict(_SHOWN, why="shown")
        if now >= found.at + UNDO_WINDOW:
            raise Conflict(_TOO_LATE, why="late")
        taps.add_fact(
            connection,
            wanted,
            level=EvidenceLevel.RETRACTED,
            channel=wanted.channel,
            source_id=f"undo:{found.source_id}",
            now=now,
            retracts=found.source_id,
        )
        if found.kind == ACKNOWLEDGED:
            taps.remove_acknowledgement(connection, person_id=person_id, version_id=version_id)
        else:
            taps.take_back_tap(connection, found.source_id, now=now)
            _release(connection, person_id, wanted.statement_id, found)
        relearn(connection, person_id, [wanted.statement_id], now=now)
    return Undone(
        kind=found.kind, recorded_at=found.at, slug=wanted.slug, title=wanted.title, person_name=wanted.person_name, zone=wanted.zone
    )


def undoable(connection: Connection, wanted: AskedDelivery, *, now: datetime) -> Undoable | None:
    """Return what ``undo`` would take back at ``now``, None when nothing."""
    found = taps.newest_response(connection, wanted)
    if found is None or now >= found.at + UNDO_WINDOW:
        return None
    return Undoable(kind=found.kind, recorded_at=found.at, until=found.at + UNDO_WINDOW)


def _release(connection: Connection, person_id: int, statement_id: int, found: taps.Response) -> None:
    column = {"known": "held_until_day", "too_often": "fewer_until_day"}.get(found.kind)
    until_day, before = found.detail.get("until_day"), found.detail.get("before_day")
    if column is not None and until_day is not None:
        taps.release(connection, person_id=person_id, statement_id=statement_id, column=column, until_day=until_day, before=before)
