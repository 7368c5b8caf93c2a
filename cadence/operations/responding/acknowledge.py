"""Record that a person says "I have read this", once per person and version.

Called only by a POST or a Slack action, never by a GET (promise 6). "Recorded" may be said after
this returns: the row and its evidence are one durable transaction. Repeats return the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadence.errors import Conflict, NotFound
from cadence.operations.responding.learn import relearn
from cadence.store.database.engine import Database
from cadence.store.responding import acknowledgements as rows
from cadence.store.responding.acknowledgements import AskedDelivery

GONE = "This link belongs to a message that no longer exists."


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """An acknowledgement that is on record. ``first`` is False for a repetition: ``acknowledged_at`` is then the first time."""

    first: bool
    acknowledged_at: datetime
    slug: str
    title: str
    person_name: str
    #: IANA name of the person's zone, for telling the time
    zone: str
    #: False when a newer version changed the meaning: the person will be asked again
    version_is_current: bool


def look(
    database: Database, *, person_id: int, version_id: int, delivery_id: int | None = None, public_id: str | None = None
) -> AskedDelivery:
    """Return what the delivery asks this person to acknowledge; changes nothing.

    The delivery is named by ``delivery_id`` or by its ``public_id``. Raises NotFound or Conflict with a sentence for the person.
    """
    with database.read() as connection:
        return permitted(rows.asked(connection, version_id=version_id, delivery_id=delivery_id, public_id=public_id), person_id)


def acknowledge(
    database: Database,
    *,
    person_id: int,
    version_id: int,
    delivery_id: int | None = None,
    public_id: str | None = None,
    method: str,
    now: datetime,
    source_id: str = "",
) -> Acknowledged:
    """Record the acknowledgement and return it; a repetition returns the first.

    ``source_id``: idempotency key of the fact; by default "ack:<version>:<person>", with a number behind it when
    an earlier one was taken back. Raises NotFound when the delivery is not this person's or holds no such version,
    Conflict when the person has left, the statement was withdrawn, or this very press was taken back.
    """
    with database.transaction() as connection:
        wanted = permitted(rows.asked(connection, version_id=version_id, delivery_id=delivery_id, public_id=public_id), person_id)
        first = wanted.acknowledged_at is None and rows.add_acknowledgement(
            connection, wanted, method=method, source_id=source_id or rows.fresh_source(connection, wanted), now=now
        )
        when = now
        if first:
            relearn(connection, person_id, [wanted.statement_id], now=now)
        else:
            kept = wanted.acknowledged_at or rows.acknowledged_at(connection, person_id=person_id, version_id=version_id)
            if kept is None:
                raise Conflict("This press was taken back. Press the button once more to record it again.")
            when = kept
    return Acknowledged(
        first=first,
        acknowledged_at=when,
        slug=wanted.slug,
        title=wanted.title,
        person_name=wanted.person_name,
        zone=wanted.zone,
        version_is_current=is_current(wanted),
    )


def is_current(wanted: AskedDelivery) -> bool:
    """Return whether no newer version of the statement changed its meaning."""
    return wanted.number >= wanted.newest_material


def permitted(wanted: AskedDelivery | None, person_id: int) -> AskedDelivery:
    """Return what a delivery says when this person may respond to it. Raises NotFound or Conflict with a sentence for them."""
    if wanted is None or wanted.person_id != person_id:
        raise NotFound(GONE, why="gone")
    if wanted.deactivated_at is not None:
        raise Conflict("The person this message was sent to is no longer on the list, so nothing is recorded.", why="left")
    if wanted.withdrawn_at is not None:
        raise Conflict("This statement has been withdrawn. There is nothing left to respond to.", why="withdrawn")
    return wanted
