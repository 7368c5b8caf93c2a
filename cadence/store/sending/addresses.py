"""Addresses as they fail and recover: reading their health, counting against them, suspending and restoring.

The rules (what counts how much, when it fades) are ``domain.sending.address_health``'s; nothing here decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.core import addresses, evidence, notices, people

_RESPONSES = tuple(
    int(level) for level in (EvidenceLevel.VIEWED, EvidenceLevel.ACKNOWLEDGED, EvidenceLevel.CHECK_ANSWERED, EvidenceLevel.RESTATED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAddress:
    """An address with its health and whose it is."""

    id: int
    person_id: int
    channel: str
    value: str
    email: str
    suspended_at: datetime | None
    suspended_reason: str
    failure_score: float
    failed_at: datetime | None


_ADDRESS = sa.select(
    addresses.c.id,
    addresses.c.person_id,
    addresses.c.channel,
    addresses.c.value,
    people.c.email,
    addresses.c.suspended_at,
    addresses.c.suspended_reason,
    addresses.c.failure_score,
    addresses.c.failed_at,
).join(people, people.c.id == addresses.c.person_id)


def address_of(connection: Connection, person_id: int, channel: str) -> KnownAddress | None:
    """Return the person's address on ``channel``, None when there is none."""
    row = connection.execute(_ADDRESS.where(addresses.c.person_id == person_id, addresses.c.channel == channel)).one_or_none()
    return None if row is None else KnownAddress(**row._mapping)


def address_of_person(connection: Connection, email: str, channel: str) -> KnownAddress | None:
    """Return the address on ``channel`` of the person known by ``email``, None when there is none."""
    row = connection.execute(_ADDRESS.where(people.c.email == email, addresses.c.channel == channel)).one_or_none()
    return None if row is None else KnownAddress(**row._mapping)


def owners_of(connection: Connection, value: str) -> list[int]:
    """Return the active people whose email address is ``value``."""
    query = (
        sa.select(addresses.c.person_id)
        .join(people, people.c.id == addresses.c.person_id)
        .where(addresses.c.channel == "email", addresses.c.value == value, people.c.deactivated_at.is_(None), ~people.c.shared)
    )
    return list(connection.execute(query).scalars())


def responded_since(connection: Connection, person_id: int, channel: str, since: datetime) -> bool:
    """Return whether the person answered anything that came on ``channel`` after ``since``: proof that the address works."""
    query = (
        sa.select(evidence.c.id)
        .where(evidence.c.person_id == person_id, evidence.c.channel == channel)
        .where(evidence.c.occurred_at > since, evidence.c.level.in_(_RESPONSES))
        .limit(1)
    )
    return connection.execute(query).first() is not None


def suspended_since(connection: Connection, channel: str, since: datetime) -> tuple[int, int]:
    """Return how many addresses of active people were suspended after ``since``, and how many there are."""
    recent = sa.func.sum(sa.case((addresses.c.suspended_at > since, 1), else_=0))
    query = (
        sa.select(recent, sa.func.count())
        .select_from(addresses.join(people, people.c.id == addresses.c.person_id))
        .where(addresses.c.channel == channel, people.c.deactivated_at.is_(None))
    )
    suspended, every = connection.execute(query).one()
    return int(suspended or 0), int(every)


def suspended_from(connection: Connection, channel: str, since: datetime) -> list[KnownAddress]:
    """Return the addresses that were suspended at ``since`` or later and are so still, in the order of their suspension."""
    query = _ADDRESS.where(addresses.c.channel == channel, addresses.c.suspended_at >= since, people.c.deactivated_at.is_(None))
    return [KnownAddress(**row._mapping) for row in connection.execute(query.order_by(addresses.c.suspended_at, addresses.c.id))]


def suspended_at_the_door(connection: Connection, channel: str, since: datetime) -> list[int]:
    """Return the addresses that a reply of the mail server suspended after ``since``; a mail that came back tells no basic code."""
    query = sa.select(addresses.c.id).where(
        addresses.c.channel == channel,
        addresses.c.suspended_at > since,
        sa.or_(addresses.c.suspended_reason.like("5__"), addresses.c.suspended_reason.like("5__ %")),
    )
    return list(connection.execute(query.order_by(addresses.c.id)).scalars())


def counted_from(connection: Connection, channel: str, since: datetime) -> list[int]:
    """Return the addresses in use whose last failure was at ``since`` or later."""
    query = sa.select(addresses.c.id).where(
        addresses.c.channel == channel, addresses.c.suspended_at.is_(None), addresses.c.failed_at >= since, addresses.c.failure_score > 0
    )
    return list(connection.execute(query.order_by(addresses.c.id)).scalars())


def first_suspended(connection: Connection, channel: str, since: datetime) -> datetime | None:
    """Return when the first of the addresses was suspended that were after ``since``, None when none was."""
    query = sa.select(sa.func.min(addresses.c.suspended_at)).where(addresses.c.channel == channel, addresses.c.suspended_at > since)
    found: datetime | None = connection.execute(query).scalar()
    return found


def suspend(connection: Connection, address_id: int, *, reason: str, now: datetime) -> bool:
    """Suspend an address; return False when it was before."""
    healthy = (addresses.c.id == address_id, addresses.c.suspended_at.is_(None))
    return connection.execute(sa.update(addresses).where(*healthy).values(suspended_at=now, suspended_reason=reason)).rowcount == 1


def count_failure(connection: Connection, address_id: int, *, score: float, now: datetime) -> None:
    """Keep the score of an address as it is after a failure at ``now``."""
    connection.execute(sa.update(addresses).where(addresses.c.id == address_id).values(failure_score=score, failed_at=now))


def restore(connection: Connection, address_id: int) -> None:
    """Make an address healthy: not suspended, nothing counted against it."""
    connection.execute(
        sa.update(addresses)
        .where(addresses.c.id == address_id)
        .values(suspended_at=None, suspended_reason="", failure_score=0.0, failed_at=None)
    )


def give_rest(connection: Connection, person_id: int, *, until: datetime) -> None:
    """Let the person's gaps be longer until then, or until a later instant that is set already."""
    longer = sa.or_(people.c.fewer_until.is_(None), people.c.fewer_until < until)
    connection.execute(sa.update(people).where(people.c.id == person_id, longer).values(fewer_until=until))


def untold(connection: Connection) -> list[KnownAddress]:
    """Return the suspended addresses of active people of which no open notice tells."""
    told = sa.exists().where(notices.c.key == sa.literal("address:") + sa.cast(addresses.c.id, sa.Text), notices.c.resolved_at.is_(None))
    query = _ADDRESS.where(addresses.c.suspended_at.is_not(None), people.c.deactivated_at.is_(None), ~told).order_by(addresses.c.id)
    return [KnownAddress(**row._mapping) for row in connection.execute(query)]


def told_but_well(connection: Connection) -> list[str]:
    """Return the keys of open notices about addresses that are suspended no more, or whose person has left."""
    still = (
        sa.select(addresses.c.id)
        .join(people, people.c.id == addresses.c.person_id)
        .where(notices.c.key == sa.literal("address:") + sa.cast(addresses.c.id, sa.Text))
        .where(addresses.c.suspended_at.is_not(None), people.c.deactivated_at.is_(None))
        .exists()
    )
    query = sa.select(notices.c.key).where(notices.c.code == "address_suspended", notices.c.resolved_at.is_(None), ~still)
    return list(connection.execute(query).scalars())


def working_channels(connection: Connection, person_id: int) -> list[str]:
    """Return the channels on which the person has an address that is not suspended."""
    query = sa.select(addresses.c.channel).where(addresses.c.person_id == person_id, addresses.c.suspended_at.is_(None))
    return sorted(connection.execute(query).scalars())
