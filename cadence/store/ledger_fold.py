"""Evidence and its caches side by side, for ``operations.rebuild``: ranges of people, ascending ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.deliveries import EvidenceLevel
from cadence.store.occurrences import insert_for
from cadence.store.tables import Acknowledgement, DeliveryItem, Evidence, Exposure, Person

acknowledgement_table = Acknowledgement.__table__  # type: ignore[attr-defined]
evidence = Evidence.__table__  # type: ignore[attr-defined]
exposure_table = Exposure.__table__  # type: ignore[attr-defined]
items = DeliveryItem.__table__  # type: ignore[attr-defined]
people = Person.__table__  # type: ignore[attr-defined]

_FOLDED = (int(EvidenceLevel.HANDED_OVER), int(EvidenceLevel.ACKNOWLEDGED), int(EvidenceLevel.RETRACTED))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptExposure:
    """What ``exposures`` says of a pair."""

    times_sent: int
    version_id: int | None
    #: days since 1970
    sent_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AckSource:
    """Where an acknowledgement came from."""

    person_id: int
    version_id: int
    delivery_id: int | None
    method: str


def people_after(connection: Connection, *, after: int, limit: int) -> list[int]:
    """Return the next ids of people, ascending."""
    return list(connection.execute(sa.select(people.c.id).where(people.c.id > after).order_by(people.c.id).limit(limit)).scalars())


def facts(connection: Connection, *, low: int, high: int) -> Iterator[Any]:
    """Yield (source_id, level, person_id, statement_id, version_id, occurred_at, retracts), a fact about a whole delivery once per item."""
    mine = (evidence.c.person_id.between(low, high), evidence.c.level.in_(_FOLDED))
    about_one = sa.select(
        evidence.c.source_id,
        evidence.c.level,
        evidence.c.person_id,
        evidence.c.statement_id,
        evidence.c.version_id,
        evidence.c.occurred_at,
        evidence.c.retracts,
    ).where(evidence.c.statement_id.is_not(None), *mine)
    about_all = (
        sa.select(
            evidence.c.source_id,
            evidence.c.level,
            evidence.c.person_id,
            items.c.statement_id,
            items.c.version_id,
            evidence.c.occurred_at,
            evidence.c.retracts,
        )
        .join(items, items.c.delivery_id == evidence.c.delivery_id)
        .where(evidence.c.statement_id.is_(None), *mine)
    )
    yield from connection.execute(about_one)
    yield from connection.execute(about_all)


def acknowledgement_sources(connection: Connection, *, low: int, high: int) -> Iterator[AckSource]:
    """Yield the evidence of acknowledgements, oldest first."""
    query = (
        sa.select(evidence.c.person_id, evidence.c.version_id, evidence.c.delivery_id, evidence.c.detail)
        .where(evidence.c.level == int(EvidenceLevel.ACKNOWLEDGED), evidence.c.person_id.between(low, high))
        .order_by(evidence.c.occurred_at, evidence.c.id)
    )
    for row in connection.execute(query):
        method = str(row.detail.get("method", ""))
        yield AckSource(person_id=row.person_id, version_id=row.version_id, delivery_id=row.delivery_id, method=method)


def exposures(connection: Connection, *, low: int, high: int) -> dict[tuple[int, int], KeptExposure]:
    """Return (person, statement) -> what is kept."""
    query = sa.select(exposure_table).where(exposure_table.c.person_id.between(low, high))
    return {
        (r.person_id, r.statement_id): KeptExposure(times_sent=r.times_sent, version_id=r.version_id, sent_day=r.sent_day)
        for r in connection.execute(query)
    }


def acknowledgements(connection: Connection, *, low: int, high: int) -> dict[tuple[int, int], dict[int, datetime]]:
    """Return (person, statement) -> version -> when."""
    found: dict[tuple[int, int], dict[int, datetime]] = defaultdict(dict)
    for r in connection.execute(sa.select(acknowledgement_table).where(acknowledgement_table.c.person_id.between(low, high))):
        found[r.person_id, r.statement_id][r.version_id] = r.acknowledged_at
    return found


def write_exposure(
    connection: Connection, pair: tuple[int, int], *, times_sent: int, version_id: int | None, sent_day: float | None
) -> None:
    """Keep what the evidence says; a plan that is later than the last send stays."""
    table, values = exposure_table, {"times_sent": times_sent, "version_id": version_id, "sent_day": sent_day}
    later = sa.case((sa.or_(table.c.planned_day.is_(None), table.c.planned_day < sent_day), sent_day), else_=table.c.planned_day)
    connection.execute(
        insert_for(connection, table)
        .values(person_id=pair[0], statement_id=pair[1], planned_day=sent_day, **values)
        .on_conflict_do_update(
            index_elements=["person_id", "statement_id"],
            set_={**values, "planned_day": table.c.planned_day if sent_day is None else later},
        )
    )


def write_acknowledgement(connection: Connection, pair: tuple[int, int], *, version_id: int, at: datetime, source: AckSource) -> None:
    """Keep an acknowledgement as its evidence says."""
    connection.execute(
        insert_for(connection, acknowledgement_table)
        .values(
            person_id=pair[0],
            statement_id=pair[1],
            version_id=version_id,
            delivery_id=source.delivery_id,
            method=source.method,
            acknowledged_at=at,
        )
        .on_conflict_do_update(index_elements=["person_id", "version_id"], set_={"acknowledged_at": at})
    )


def remove_acknowledgement(connection: Connection, *, person_id: int, version_id: int) -> None:
    """Drop an acknowledgement that no evidence bears out."""
    table = acknowledgement_table
    connection.execute(sa.delete(table).where(table.c.person_id == person_id, table.c.version_id == version_id))
