"""What is on record about one person: slots to come, deliveries, exposures, acknowledgements.

Every query here is bounded by one person's id and an index on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.people.person import Person
from cadence.domain.planning.questions import AskReason
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.core import (
    acknowledgements,
    addresses,
    asked_checks,
    attempts,
    cadences,
    deliveries,
    evidence,
    exposures,
    occurrences,
    people,
    statements,
    wordings,
)
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import statement_versions as versions


class PastDelivery(NamedTuple):
    """A delivery with the definition and slug of its cadence."""

    id: int
    channel: str
    state: str
    reason: str
    send_after: datetime
    finished_at: datetime | None
    definition: dict[str, Any]
    slug: str


class ToldItem(NamedTuple):
    """One statement of a delivery: how it is called, in which wording it was told, and why it was chosen."""

    delivery_id: int
    statement_id: int
    version_id: int
    reason: str
    slug: str
    title: str
    wording: str


class KnownExposure(NamedTuple):
    """What ``exposures`` keeps of one pair, and the name of the wording used last. Days since 1970."""

    statement_id: int
    version_id: int | None
    times_sent: int
    last_wording_id: int | None
    sent_day: float | None
    sent_quarter: int
    sent_in_quarter: int
    planned_day: float
    fewer_until_day: float
    folded_day: float
    seen_sum: float
    seen_variance: float
    wording: str | None


def person_by_email(connection: Connection, email: str) -> Person | None:
    """Return the person with a normalised address."""
    return cast("Person | None", connection.execute(sa.select(people).where(people.c.email == email)).first())


def person_by_id(connection: Connection, person_id: int) -> Person | None:
    """Return the person with that id."""
    return cast("Person | None", connection.execute(sa.select(people).where(people.c.id == person_id)).first())


def reachable_on(connection: Connection, person_id: int) -> dict[str, bool]:
    """Return channel -> is the address suspended."""
    query = sa.select(addresses.c.channel, addresses.c.suspended_at).where(addresses.c.person_id == person_id)
    return {r.channel: r.suspended_at is not None for r in connection.execute(query)}


def recent_deliveries(connection: Connection, person_id: int, *, limit: int, statement_id: int | None = None) -> list[PastDelivery]:
    """Return the newest deliveries of a person, newest first; those with a statement when asked."""
    query = (
        sa.select(*(deliveries.c[name] for name in PastDelivery._fields[:6]), cadences.c.definition, cadences.c.slug)
        .join(occurrences, occurrences.c.id == deliveries.c.occurrence_id)
        .join(cadences, cadences.c.id == occurrences.c.cadence_id)
        .where(deliveries.c.person_id == person_id)
        .order_by(deliveries.c.send_after.desc(), deliveries.c.id.desc())
        .limit(limit)
    )
    if statement_id is not None:
        query = query.where(sa.exists().where(items.c.delivery_id == deliveries.c.id, items.c.statement_id == statement_id))
    return [PastDelivery._make(row) for row in connection.execute(query)]


def items_told(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, list[ToldItem]]:
    """Return delivery -> its statements in reading order."""
    query = (
        sa.select(
            items.c.delivery_id,
            items.c.statement_id,
            items.c.version_id,
            items.c.reason,
            statements.c.slug,
            versions.c.title,
            wordings.c.name.label("wording"),
        )
        .join(statements, statements.c.id == items.c.statement_id)
        .join(versions, versions.c.id == items.c.version_id)
        .join(wordings, wordings.c.id == items.c.wording_id)
        .where(items.c.delivery_id.in_(delivery_ids))
        .order_by(items.c.delivery_id, items.c.position)
    )
    found: dict[int, list[ToldItem]] = defaultdict(list)
    for row in connection.execute(query):
        found[row[0]].append(ToldItem._make(row))
    return found


def questions_told(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Return delivery -> (how many questions it asks apart from its texts, the code of why)."""
    query = (
        sa.select(asked_checks.c.delivery_id, sa.func.count(), sa.func.min(asked_checks.c.reason))
        .where(asked_checks.c.delivery_id.in_(delivery_ids), asked_checks.c.reason != AskReason.BENEATH_TEXT.value)
        .group_by(asked_checks.c.delivery_id)
    )
    return {delivery_id: (count, reason) for delivery_id, count, reason in connection.execute(query)}


def last_replies(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, str]:
    """Return delivery -> the newest answer of the service to it."""
    query = (
        sa.select(attempts.c.delivery_id, attempts.c.reply)
        .where(attempts.c.delivery_id.in_(delivery_ids), attempts.c.reply != "")
        .order_by(attempts.c.number)
    )
    return {r.delivery_id: r.reply for r in connection.execute(query)}


def exposures_of_person(connection: Connection, person_id: int) -> dict[int, KnownExposure]:
    """Return statement -> exposure."""
    query = (
        sa.select(*(exposures.c[name] for name in KnownExposure._fields[:-1]), wordings.c.name)
        .outerjoin(wordings, wordings.c.id == exposures.c.last_wording_id)
        .where(exposures.c.person_id == person_id)
    )
    return {row[0]: KnownExposure._make(row) for row in connection.execute(query)}


def acknowledged_by(connection: Connection, person_id: int) -> dict[int, datetime]:
    """Return version -> when the person acknowledged it."""
    query = sa.select(acknowledgements.c.version_id, acknowledgements.c.acknowledged_at).where(acknowledgements.c.person_id == person_id)
    return {r.version_id: r.acknowledged_at for r in connection.execute(query)}


def responded_to(connection: Connection, person_id: int) -> dict[int, datetime]:
    """Return statement -> the first response that stands, of whatever kind; what it said is not read."""
    back = evidence.alias("back")
    taken_back = sa.exists().where(
        back.c.person_id == person_id,
        back.c.statement_id == evidence.c.statement_id,
        back.c.level == int(EvidenceLevel.RETRACTED),
        back.c.retracts == evidence.c.source_id,
    )
    query = (
        sa.select(evidence.c.statement_id, sa.func.min(evidence.c.occurred_at))
        .where(evidence.c.person_id == person_id, evidence.c.statement_id.is_not(None), ~taken_back)
        .where(evidence.c.level.between(int(EvidenceLevel.VIEWED), int(EvidenceLevel.RESTATED)))
        .group_by(evidence.c.statement_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


class KnownStatement(NamedTuple):
    """A statement, in force or withdrawn."""

    id: int
    slug: str
    withdrawn_at: datetime | None


def statement_by_slug(connection: Connection, slug: str) -> KnownStatement | None:
    """Return a statement, a withdrawn one too."""
    query = sa.select(*(statements.c[name] for name in KnownStatement._fields)).where(statements.c.slug == slug)
    found = connection.execute(query).first()
    return KnownStatement._make(found) if found is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSent:
    """The newest delivery of a statement to a person: its channel, why the statement was chosen, when it went out and in which wording.

    times: deliveries that brought it; the text under an answer is none of them.
    """

    channel: str
    reason: str
    at: datetime
    wording: str
    times: int


def last_sent(connection: Connection, person_id: int) -> dict[int, LastSent]:
    """Return statement -> its newest delivery that was sent and did not come back."""
    returned = sa.exists().where(evidence.c.source_id == sa.literal("bounce:").concat(sa.cast(deliveries.c.id, sa.Text())))
    query = (
        sa.select(items.c.statement_id, deliveries.c.channel, items.c.reason, deliveries.c.finished_at, wordings.c.name)
        .join(deliveries, deliveries.c.id == items.c.delivery_id)
        .join(wordings, wordings.c.id == items.c.wording_id)
        .where(deliveries.c.person_id == person_id, deliveries.c.state == "sent", ~returned)
        .order_by(deliveries.c.finished_at, deliveries.c.id)
    )
    found: dict[int, LastSent] = {}
    for r in connection.execute(query):
        times = found[r.statement_id].times + 1 if r.statement_id in found else 1
        found[r.statement_id] = LastSent(channel=r.channel, reason=r.reason, at=r.finished_at, wording=r.name, times=times)
    return found
