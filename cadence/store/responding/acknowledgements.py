"""Rows of acknowledgements and of what a person chose about their own messages.

The unique key (person, version) makes the first acknowledgement the only one. Whether it may be
made at all is decided by ``operations.responding.acknowledge``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.core import acknowledgements, addresses, asked_checks, deliveries, evidence, people, statements, wordings
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import statement_versions as versions


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDelivery:
    """What one delivery asked one person to acknowledge, and the state of all of it now."""

    delivery_id: int
    public_id: str
    channel: str
    person_id: int
    person_name: str
    zone: str
    deactivated_at: datetime | None
    statement_id: int
    slug: str
    kind: str
    withdrawn_at: datetime | None
    must_acknowledge: bool
    version_id: int
    number: int
    title: str
    body: str
    wording: str
    #: number of the newest version that changed the meaning
    newest_material: int
    acknowledged_at: datetime | None
    #: whether the message holds the text; it may ask about a statement without telling it
    is_told: bool = True


_newer = versions.alias("newer")
_ASKED = (
    sa.select(
        deliveries.c.id.label("delivery_id"),
        deliveries.c.public_id,
        deliveries.c.channel,
        people.c.id.label("person_id"),
        people.c.name.label("person_name"),
        people.c.zone,
        people.c.deactivated_at,
        statements.c.id.label("statement_id"),
        statements.c.slug,
        statements.c.kind,
        statements.c.withdrawn_at,
        statements.c.must_acknowledge,
        versions.c.id.label("version_id"),
        versions.c.number,
        versions.c.title,
        versions.c.body,
        sa.func.coalesce(wordings.c.text, versions.c.body).label("wording"),
        sa.select(sa.func.coalesce(sa.func.max(_newer.c.number), 0))
        .where(_newer.c.statement_id == statements.c.id, _newer.c.material)
        .scalar_subquery()
        .label("newest_material"),
        acknowledgements.c.acknowledged_at,
        items.c.version_id.is_not(None).label("is_told"),
    )
    .join(people, people.c.id == deliveries.c.person_id)
    .join(versions, versions.c.id == sa.bindparam("version_id"))
    .join(statements, statements.c.id == versions.c.statement_id)
    # a question shows the text to who answers it
    .outerjoin(items, sa.and_(items.c.delivery_id == deliveries.c.id, items.c.version_id == versions.c.id))
    .outerjoin(wordings, wordings.c.id == items.c.wording_id)
    .outerjoin(asked_checks, sa.and_(asked_checks.c.delivery_id == deliveries.c.id, asked_checks.c.version_id == versions.c.id))
    .outerjoin(
        acknowledgements,
        sa.and_(acknowledgements.c.person_id == deliveries.c.person_id, acknowledgements.c.version_id == versions.c.id),
    )
    .where(sa.or_(items.c.version_id.is_not(None), asked_checks.c.version_id.is_not(None)))
)
_ASKED_BY_ID = _ASKED.where(deliveries.c.id == sa.bindparam("delivery_id"))
_ASKED_BY_PUBLIC_ID = _ASKED.where(deliveries.c.public_id == sa.bindparam("public_id"))


def asked(connection: Connection, *, version_id: int, delivery_id: int | None = None, public_id: str | None = None) -> AskedDelivery | None:
    """Return what the delivery says of ``version_id``, None when no such delivery holds or asks about it."""
    if public_id is not None:
        row = connection.execute(_ASKED_BY_PUBLIC_ID, {"version_id": version_id, "public_id": public_id}).first()
    else:
        row = connection.execute(_ASKED_BY_ID, {"version_id": version_id, "delivery_id": delivery_id}).first()
    return None if row is None else AskedDelivery(**row._mapping)


def add_acknowledgement(connection: Connection, wanted: AskedDelivery, *, method: str, source_id: str, now: datetime) -> bool:
    """Insert the acknowledgement and its evidence; return False, and write nothing, when the version was acknowledged before.

    The same when the fact is on record already: its acknowledgement was taken back, and a repeated event does not bring it back.
    """
    add, fact = _inserts(connection.dialect.name)
    about = {name: getattr(wanted, name) for name in ("person_id", "statement_id", "version_id", "delivery_id")}
    row = connection.execute(add, about | {"method": method, "acknowledged_at": now}).first()
    if row is None:
        return False
    level = int(EvidenceLevel.ACKNOWLEDGED)
    told = {
        "source_id": source_id,
        "level": level,
        "channel": wanted.channel,
        "occurred_at": now,
        "seen": 1.0,
        "detail": {"method": method},
    }
    if connection.execute(fact, about | told).first() is None:
        connection.execute(sa.delete(acknowledgements).where(acknowledgements.c.id == row.id))
        return False
    return True


@lru_cache(maxsize=2)
def _inserts(dialect: str) -> tuple[Any, Any]:
    """Return the statements that add an acknowledgement and its evidence; built once, for they cost more to build than to run."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    about = ("person_id", "statement_id", "version_id", "delivery_id")
    add = insert(acknowledgements).values({name: sa.bindparam(name) for name in (*about, "method", "acknowledged_at")})
    told = ("source_id", "level", "channel", "occurred_at", "seen", "detail")
    fact = insert(evidence).values({name: sa.bindparam(name) for name in (*about, *told)})
    return (
        add.on_conflict_do_nothing(index_elements=["person_id", "version_id"]).returning(acknowledgements.c.id),
        fact.on_conflict_do_nothing(index_elements=["source_id"]).returning(evidence.c.id),
    )


def fresh_source(connection: Connection, wanted: AskedDelivery) -> str:
    """Return the key of a person's next acknowledgement of a version: "ack:<version>:<person>", numbered after one was taken back."""
    base = f"ack:{wanted.version_id}:{wanted.person_id}"
    earlier = connection.execute(
        sa.select(sa.func.count()).where(
            evidence.c.person_id == wanted.person_id,
            evidence.c.statement_id == wanted.statement_id,
            evidence.c.version_id == wanted.version_id,
            evidence.c.level == int(EvidenceLevel.RETRACTED),
        )
    ).scalar_one()
    return f"{base}:{earlier}" if earlier else base


def acknowledged_at(connection: Connection, *, person_id: int, version_id: int) -> datetime | None:
    """Return when the person acknowledged the version, None when not."""
    found: datetime | None = connection.execute(
        sa.select(acknowledgements.c.acknowledged_at).where(
            acknowledgements.c.person_id == person_id, acknowledgements.c.version_id == version_id
        )
    ).scalar()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A person's own choices. ``addresses``: channel -> is it suspended."""

    person_id: int
    name: str
    email: str
    zone: str
    #: what the directory says of the language
    locale: str
    preferred_channel: str
    #: 0 Monday; None: any
    preferred_day: int | None
    #: "HH:MM"; empty: the cadence's
    preferred_time: str
    preferred_locale: str
    #: "too often": gaps are longer until then
    fewer_until: datetime | None
    paused_until: datetime | None
    deactivated_at: datetime | None
    addresses: dict[str, bool]


def choices_of(connection: Connection, person_id: int) -> Choices | None:
    """Return what the person chose, None when there is no such person."""
    row = connection.execute(
        sa.select(
            people.c.id.label("person_id"),
            people.c.name,
            people.c.email,
            people.c.zone,
            people.c.locale,
            people.c.preferred_channel,
            people.c.preferred_day,
            people.c.preferred_time,
            people.c.preferred_locale,
            people.c.fewer_until,
            people.c.paused_until,
            people.c.deactivated_at,
        ).where(people.c.id == person_id)
    ).first()
    if row is None:
        return None
    reachable = connection.execute(sa.select(addresses.c.channel, addresses.c.suspended_at).where(addresses.c.person_id == person_id))
    return Choices(**row._mapping, addresses={r.channel: r.suspended_at is not None for r in reachable})


def save_choices(connection: Connection, person_id: int, **values: Any) -> None:
    """Store those columns of a person's choices that are given."""
    if values:
        connection.execute(sa.update(people).where(people.c.id == person_id).values(**values))


class Request(NamedTuple):
    """A version that a person was asked to acknowledge and has not, and the newest delivery that asked."""

    version_id: int
    title: str
    delivery_id: int


def requests_of(connection: Connection, person_id: int) -> list[Request]:
    """Return what the person was asked to acknowledge and has not."""
    later, text = versions.alias("later"), versions
    query = (
        sa.select(text.c.id.label("version_id"), text.c.title, sa.func.max(deliveries.c.id).label("delivery_id"))
        .join(items, items.c.version_id == text.c.id)
        .join(deliveries, deliveries.c.id == items.c.delivery_id)
        .join(statements, statements.c.id == text.c.statement_id)
        .where(deliveries.c.person_id == person_id, deliveries.c.state.in_(("sent", "unknown")))
        .where(statements.c.must_acknowledge, statements.c.withdrawn_at.is_(None))
        .where(~sa.exists().where(acknowledgements.c.person_id == person_id, acknowledgements.c.version_id == text.c.id))
        .where(~sa.exists().where(later.c.statement_id == text.c.statement_id, later.c.number > text.c.number, later.c.material))
        .group_by(text.c.id, text.c.title)
        .order_by(text.c.id)
    )
    return [Request._make(row) for row in connection.execute(query)]
