"""Rows of taps and of what takes a response back: the facts they leave, and the days they hold a pair.

A response is a tap or an acknowledgement that a person made in one delivery. What may be recorded or taken back is
decided in ``operations.responding.tap`` and ``operations.responding.undo``; facts are only ever added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.statements.taps import TapKind
from cadence.store.database.core import acknowledgements, evidence, exposures, taps
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import statement_versions as versions
from cadence.store.database.sql import insert_for
from cadence.store.responding.acknowledgements import AskedDelivery

#: columns of ``exposures`` that a tap may push forward
HOLDS = ("held_until_day", "fewer_until_day")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTap:
    """A tap on record."""

    source_id: str
    kind: str
    tapped_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Something a person said in one delivery that may still stand. ``kind``: a TapKind or "acknowledged"."""

    source_id: str
    kind: str
    at: datetime
    detail: dict[str, Any]


def taps_on(connection: Connection, *, person_id: int, delivery_id: int, version_id: int) -> list[RecordedTap]:
    """Return every tap of this showing, taken back or not, oldest first."""
    query = (
        sa.select(taps.c.source_id, taps.c.kind, taps.c.tapped_at, taps.c.undone_at)
        .where(taps.c.person_id == person_id, taps.c.delivery_id == delivery_id, taps.c.version_id == version_id)
        .order_by(taps.c.tapped_at, taps.c.id)
    )
    return [RecordedTap(**row._mapping) for row in connection.execute(query)]


def add_tap(connection: Connection, wanted: AskedDelivery, *, kind: str, channel: str, source_id: str, now: datetime) -> bool:
    """Insert a tap; return False, and write nothing, when its key is on record."""
    added = connection.execute(
        insert_for(connection, taps)
        .values(
            source_id=source_id,
            person_id=wanted.person_id,
            statement_id=wanted.statement_id,
            version_id=wanted.version_id,
            delivery_id=wanted.delivery_id,
            kind=kind,
            channel=channel,
            tapped_at=now,
        )
        .on_conflict_do_nothing(index_elements=["source_id"])
        .returning(taps.c.id)
    )
    return added.first() is not None


def add_fact(
    connection: Connection,
    wanted: AskedDelivery,
    *,
    level: EvidenceLevel,
    channel: str,
    source_id: str,
    now: datetime,
    seen: float | None = None,
    retracts: str | None = None,
    detail: dict[str, Any] | None = None,
) -> bool:
    """Append one fact about the statement of this showing; return False when its key is on record."""
    added = connection.execute(
        insert_for(connection, evidence)
        .values(
            source_id=source_id,
            level=int(level),
            person_id=wanted.person_id,
            delivery_id=wanted.delivery_id,
            statement_id=wanted.statement_id,
            version_id=wanted.version_id,
            channel=channel,
            occurred_at=now,
            seen=seen,
            retracts=retracts,
            detail=detail or {},
        )
        .on_conflict_do_nothing(index_elements=["source_id"])
        .returning(evidence.c.id)
    )
    return added.first() is not None


def hold(connection: Connection, *, person_id: int, statement_id: int, column: str, until_day: float) -> float | None:
    """Push ``column`` (one of HOLDS) of a pair forward to ``until_day``; return what it was. An earlier day changes nothing."""
    pair = (exposures.c.person_id == person_id, exposures.c.statement_id == statement_id)
    before: float | None = connection.execute(sa.select(exposures.c[column]).where(*pair)).scalar()
    if before is None or before < until_day:
        connection.execute(sa.update(exposures).where(*pair).values({column: until_day}))
    return before


def release(connection: Connection, *, person_id: int, statement_id: int, column: str, until_day: float, before: float | None) -> None:
    """Give ``column`` of a pair its former value, unless something else has changed it since."""
    connection.execute(
        sa.update(exposures)
        .where(exposures.c.person_id == person_id, exposures.c.statement_id == statement_id, exposures.c[column] == until_day)
        .values({column: before})
    )


def newest_response(connection: Connection, wanted: AskedDelivery) -> Response | None:
    """Return the newest acknowledgement or tap of this showing that stands, None when there is none."""
    mine = (
        evidence.c.person_id == wanted.person_id,
        evidence.c.delivery_id == wanted.delivery_id,
        evidence.c.version_id == wanted.version_id,
    )
    back = evidence.alias("back")
    query = (
        sa.select(evidence.c.source_id, evidence.c.occurred_at, evidence.c.detail, taps.c.kind)
        .outerjoin(taps, taps.c.source_id == evidence.c.source_id)
        .where(*mine, evidence.c.level.in_((int(EvidenceLevel.VIEWED), int(EvidenceLevel.ACKNOWLEDGED))))
        .where(~sa.exists().where(back.c.retracts == evidence.c.source_id, back.c.person_id == wanted.person_id))
        .order_by(evidence.c.occurred_at.desc(), evidence.c.id.desc())
    )
    for row in connection.execute(query):
        acknowledged = row.kind is None and wanted.acknowledged_at == row.occurred_at
        if row.kind is not None or acknowledged:
            return Response(source_id=row.source_id, kind=row.kind or "acknowledged", at=row.occurred_at, detail=row.detail)
    return None


class KnownTap(NamedTuple):
    """An "I know this" that stands."""

    version_id: int
    at: datetime


def open_claim(connection: Connection, *, person_id: int, statement_id: int, asked_at: datetime, but: int) -> KnownTap | None:
    """Return the newest "I know this" of a pair that a question of ``asked_at`` puts to the test, None when there is none.

    None too when another question after it was answered already; ``but``: the delivery of the answer that is being given.
    """
    tapped = (taps.c.person_id == person_id, taps.c.statement_id == statement_id, taps.c.kind == TapKind.KNOWN.value)
    since = sa.exists().where(
        answers.c.person_id == person_id,
        answers.c.statement_id == statement_id,
        answers.c.answered_at > taps.c.tapped_at,
        answers.c.delivery_id != but,
    )
    query = sa.select(taps.c.version_id, taps.c.tapped_at).where(*tapped, taps.c.undone_at.is_(None), taps.c.tapped_at <= asked_at, ~since)
    row = connection.execute(query.order_by(taps.c.tapped_at.desc()).limit(1)).first()
    return None if row is None else KnownTap(row.version_id, row.tapped_at)


def answered_at(connection: Connection, *, delivery_id: int, version_id: int) -> datetime | None:
    """Return when the check of this showing was answered, None when it was not."""
    query = sa.select(answers.c.answered_at).where(answers.c.delivery_id == delivery_id, answers.c.version_id == version_id)
    found: datetime | None = connection.execute(query).scalar()
    return found


def take_back_tap(connection: Connection, source_id: str, *, now: datetime) -> None:
    """Mark a tap as taken back."""
    connection.execute(sa.update(taps).where(taps.c.source_id == source_id, taps.c.undone_at.is_(None)).values(undone_at=now))


def remove_acknowledgement(connection: Connection, *, person_id: int, version_id: int) -> None:
    """Remove an acknowledgement; its fact stays, and another one retracts it."""
    table = acknowledgements
    connection.execute(sa.delete(table).where(table.c.person_id == person_id, table.c.version_id == version_id))


def people_who_tapped(connection: Connection, statement_id: int, *, before: datetime) -> dict[str, int]:
    """Return tap kind -> how many people had such a tap on record at an instant, for a statement as it reads today.

    Whoever left since then is among them: the count does not tell who did.
    """
    material = sa.select(sa.func.coalesce(sa.func.max(versions.c.number), 0)).where(
        versions.c.statement_id == statement_id, versions.c.material
    )
    said = versions.alias("said")
    query = (
        sa.select(taps.c.kind, sa.func.count(sa.distinct(taps.c.person_id)).label("people"))
        .join(said, said.c.id == taps.c.version_id)
        .where(said.c.number >= material.scalar_subquery())
        .where(taps.c.statement_id == statement_id, taps.c.tapped_at < before)
        .where(sa.or_(taps.c.undone_at.is_(None), taps.c.undone_at >= before))
        .group_by(taps.c.kind)
    )
    return {row.kind: row.people for row in connection.execute(query)}
