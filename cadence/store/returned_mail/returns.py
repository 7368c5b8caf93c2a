"""Rows of mail that came back: which delivery it is about, what was dealt with, and the facts it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.memory.evidence import sendings
from cadence.domain.memory.past import sendings_with
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.core import addresses, asked_checks, deliveries, evidence, exposures, people
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import incoming_mails as mails
from cadence.store.database.sql import insert_for
from cadence.store.responding import learning, pasts
from cadence.store.responding.sent import sent_row
from cadence.store.sending.digests import free_questions
from cadence.store.sending.kept_text import keep_detail

#: where a detail holds what the server said, beside its codes
_WORDS = "diagnostic"
#: mails looked at in one go; the rest waits for the next
_MOST_FORGOTTEN = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail of ours and whom it went to. ``address``: the person's email address as it is today, empty for none."""

    delivery_id: int
    public_id: str
    person_id: int
    state: str
    address: str
    active: bool


def mails_sent(connection: Connection, public_ids: Sequence[str]) -> dict[str, Sent]:
    """Return public id -> the mail, of those among ``public_ids`` that were delivered or may have been."""
    if not public_ids:
        return {}
    query = (
        sa.select(
            deliveries.c.id.label("delivery_id"),
            deliveries.c.public_id,
            deliveries.c.person_id,
            deliveries.c.state,
            sa.func.coalesce(addresses.c.value, "").label("address"),
            people.c.deactivated_at.is_(None).label("active"),
        )
        .join(people, people.c.id == deliveries.c.person_id)
        .outerjoin(addresses, sa.and_(addresses.c.person_id == people.c.id, addresses.c.channel == "email"))
        .where(deliveries.c.public_id.in_(list(public_ids)[:50]), deliveries.c.channel == "email")
        .where(deliveries.c.state.in_(("sending", "sent", "unknown", "failed")))
    )
    return {row.public_id: Sent(**row._mapping) for row in connection.execute(query)}


def known_mail(connection: Connection, source_id: str) -> dict[str, Any] | None:
    """Return the detail of a mail that was dealt with before, None when it was not."""
    found: dict[str, Any] | None = connection.execute(sa.select(mails.c.detail).where(mails.c.source_id == source_id)).scalar()
    return found


def record_mail(
    connection: Connection,
    *,
    source_id: str,
    kind: str,
    person_id: int | None,
    delivery_id: int | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> bool:
    """Remember that a mail was dealt with; return False when it was before, by whoever."""
    added = connection.execute(
        insert_for(connection, mails)
        .values(
            source_id=source_id,
            kind=kind,
            person_id=person_id,
            delivery_id=delivery_id,
            received_at=now,
            detail=keep_detail(connection, detail or {}, now=now),
        )
        .on_conflict_do_nothing(index_elements=["source_id"])
        .returning(mails.c.id)
    )
    return added.first() is not None


def add_bounce(connection: Connection, sent: Sent, *, now: datetime, detail: dict[str, Any]) -> bool:
    """Append that a mail came back, and that takes back that it was delivered; return False when that was known."""
    detail = keep_detail(connection, detail, now=now)
    common = {"person_id": sent.person_id, "delivery_id": sent.delivery_id, "channel": "email", "occurred_at": now}
    added = connection.execute(
        insert_for(connection, evidence)
        .values(source_id=f"bounce:{sent.delivery_id}", level=int(EvidenceLevel.FAILED), detail=detail, **common)
        .on_conflict_do_nothing(index_elements=["source_id"])
        .returning(evidence.c.id)
    )
    if added.first() is None:
        return False
    connection.execute(
        insert_for(connection, evidence)
        .values(
            source_id=f"unsent:{sent.delivery_id}",
            level=int(EvidenceLevel.RETRACTED),
            retracts=f"sent:{sent.delivery_id}",
            detail={},
            **common,
        )
        .on_conflict_do_nothing(index_elements=["source_id"])
    )
    return True


def forget_details(connection: Connection, *, before: datetime) -> int:
    """Take the servers' words out of what came back before an instant, here and in the facts it left; return of how many mails."""
    spoken = sa.select(mails.c.id, mails.c.delivery_id, mails.c.detail).where(
        mails.c.received_at < before, sa.cast(mails.c.detail, sa.Text).like(f'%"{_WORDS}"%')
    )
    found = connection.execute(spoken.order_by(mails.c.id).limit(_MOST_FORGOTTEN)).all()
    for mail in found:
        connection.execute(sa.update(mails).where(mails.c.id == mail.id).values(detail=_codes(mail.detail)))
        fact = evidence.c.source_id == f"bounce:{mail.delivery_id}"
        for detail in connection.execute(sa.select(evidence.c.detail).where(fact)).scalars().all():
            connection.execute(sa.update(evidence).where(fact).values(detail=_codes(detail)))
    return len(found)


def _codes(detail: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if key != _WORDS}


def bounced(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, str]:
    """Return delivery -> what the server said, of those among ``delivery_ids`` that came back."""
    keys = [f"bounce:{delivery_id}" for delivery_id in delivery_ids]
    query = sa.select(evidence.c.delivery_id, evidence.c.detail).where(evidence.c.source_id.in_(keys))
    return {row.delivery_id: str(row.detail.get("diagnostic") or row.detail.get("status", "")) for row in connection.execute(query)}


def statements_in(connection: Connection, delivery_id: int) -> list[tuple[int, int]]:
    """Return the (statement, version) of a delivery in reading order."""
    query = sa.select(items.c.statement_id, items.c.version_id).where(items.c.delivery_id == delivery_id).order_by(items.c.position)
    return [(statement_id, version_id) for statement_id, version_id in connection.execute(query)]


def _asked_in(connection: Connection, delivery_id: int) -> list[tuple[int, int]]:
    query = sa.select(asked_checks.c.statement_id, asked_checks.c.version_id).where(asked_checks.c.delivery_id == delivery_id)
    return [(statement_id, version_id) for statement_id, version_id in connection.execute(query.order_by(asked_checks.c.version_id))]


def uncount(connection: Connection, person_id: int, delivery_id: int) -> None:
    """Let the statements of a mail that came back count as sent by the other deliveries only, as a fold of the facts would."""
    others, parts = deliveries.alias("others"), items.alias("parts")
    shown = learning.shown_to(connection, low=person_id, high=person_id).get(person_id, [])
    said = learning.said_by(connection, low=person_id, high=person_id).get(person_id, [])
    sent = sendings_with(pasts.past_of(connection, person_id), sendings(shown, said))
    for statement_id, _ in statements_in(connection, delivery_id):
        left = sent.get(statement_id)
        day = left.day if left is not None else None
        # a plan for later stays; one that this mail stood for is free again
        planned = (
            sa.select(sa.func.max(others.c.send_after))
            .join(parts, parts.c.delivery_id == others.c.id)
            .where(others.c.person_id == person_id, parts.c.statement_id == statement_id, others.c.state.in_(("planned", "sending")))
        )
        later = connection.execute(planned).scalar()
        connection.execute(
            sa.update(exposures)
            .where(exposures.c.person_id == person_id, exposures.c.statement_id == statement_id)
            .values(
                **sent_row(left),
                planned_day=later.timestamp() / 86_400.0 if later is not None else day,
            )
        )
    free_questions(connection, [delivery_id])
    asked = sa.select(asked_checks.c.statement_id).where(asked_checks.c.delivery_id == delivery_id)
    pairs = (exposures.c.person_id == person_id, exposures.c.statement_id.in_(asked), exposures.c.asked_in_vain > 0)
    connection.execute(sa.update(exposures).where(*pairs).values(asked_in_vain=exposures.c.asked_in_vain - 1))


def add_reply(connection: Connection, sent: Sent, *, source_id: str, now: datetime) -> list[int]:
    """Append that an answer shows each statement of the mail was seen; return the statements. Says nothing of acknowledgement.

    A mail that brought a question alone was looked at too, and showed nobody its statement.
    """
    pairs, seen = statements_in(connection, sent.delivery_id), 1.0
    if not pairs:
        pairs, seen = _asked_in(connection, sent.delivery_id), 0.0
    for statement_id, version_id in pairs:
        connection.execute(
            insert_for(connection, evidence)
            .values(
                source_id=f"{source_id}:{version_id}",
                level=int(EvidenceLevel.VIEWED),
                person_id=sent.person_id,
                delivery_id=sent.delivery_id,
                statement_id=statement_id,
                version_id=version_id,
                channel="email",
                occurred_at=now,
                seen=seen,
                detail={"by": "reply"},
            )
            .on_conflict_do_nothing(index_elements=["source_id"])
        )
    return [statement_id for statement_id, _ in pairs]
