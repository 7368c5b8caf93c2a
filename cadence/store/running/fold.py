"""The caches of the evidence as they are kept, for ``operations.running.rebuild``: ranges of people, ascending ids.

What they should be is read by ``learning`` and ``answers``; here is what they are, and how one of them is mended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.memory.evidence import Habit
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.statements.taps import is_tap
from cadence.store.database.core import acknowledgements as acknowledgement_table
from cadence.store.database.core import attention as attention_table
from cadence.store.database.core import check_days as day_table
from cadence.store.database.core import evidence, marks, people
from cadence.store.database.core import exposures as exposure_table
from cadence.store.database.core import recall_offsets as offset_table
from cadence.store.database.sql import insert_for
from cadence.store.people.answers_kept import ANSWERS_LEFT
from cadence.store.responding.learning import Learned
from cadence.store.responding.sent import SENT


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptExposure:
    """What ``exposures`` says of a pair."""

    #: the columns of ``SENT``
    sent: dict[str, Any]
    learned: Learned


@dataclass(frozen=True, slots=True, kw_only=True)
class AckFact:
    """The evidence of an acknowledgement."""

    source_id: str
    person_id: int
    statement_id: int
    version_id: int
    delivery_id: int | None
    method: str
    occurred_at: datetime


def people_after(connection: Connection, *, after: int, limit: int) -> list[int]:
    """Return the next ids of people, ascending."""
    return list(connection.execute(sa.select(people.c.id).where(people.c.id > after).order_by(people.c.id).limit(limit)).scalars())


def acknowledgement_facts(connection: Connection, *, low: int, high: int) -> Iterator[AckFact]:
    """Yield the evidence of acknowledgements, oldest first; an "I know this" is as strong a fact and is not one of them."""
    query = (
        sa.select(
            evidence.c.source_id,
            evidence.c.person_id,
            evidence.c.statement_id,
            evidence.c.version_id,
            evidence.c.delivery_id,
            evidence.c.detail,
            evidence.c.occurred_at,
        )
        .where(
            evidence.c.person_id.between(low, high),
            evidence.c.statement_id.is_not(None),
            evidence.c.level == int(EvidenceLevel.ACKNOWLEDGED),
        )
        .order_by(evidence.c.occurred_at, evidence.c.id)
    )
    for row in connection.execute(query):
        if is_tap(row.source_id):
            continue
        yield AckFact(
            source_id=row.source_id,
            person_id=row.person_id,
            statement_id=row.statement_id,
            version_id=row.version_id,
            delivery_id=row.delivery_id,
            method=str(row.detail.get("method", "")),
            occurred_at=row.occurred_at,
        )


def exposures(connection: Connection, *, low: int, high: int) -> dict[tuple[int, int], KeptExposure]:
    """Return (person, statement) -> what is kept."""
    columns = (*Learned._fields, *SENT)
    query = sa.select(*(exposure_table.c[name] for name in columns)).where(exposure_table.c.person_id.between(low, high))
    return {
        (row[0], row[1]): KeptExposure(
            sent=dict(zip(SENT, row[len(Learned._fields) :], strict=True)), learned=Learned._make(row[: len(Learned._fields)])
        )
        for row in connection.execute(query)
    }


def habits(connection: Connection, *, low: int, high: int) -> dict[tuple[int, str], Habit]:
    """Return (person, channel) -> habit."""
    names = ("responses", "silences", "as_of_day", "silent_in_row", "responded_day")
    table = attention_table
    query = sa.select(table.c.person_id, table.c.channel, *(table.c[n] for n in names)).where(table.c.person_id.between(low, high))
    return {(row[0], row[1]): Habit(*row[2:]) for row in connection.execute(query)}


def offsets(connection: Connection, *, low: int, high: int) -> dict[int, tuple[float, float]]:
    """Return person -> (U, I)."""
    table = offset_table
    query = sa.select(table.c.person_id, table.c.score, table.c.information).where(table.c.person_id.between(low, high))
    return {person: (score, information) for person, score, information in connection.execute(query)}


def check_days(connection: Connection) -> dict[int, dict[str, Any]]:
    """Return day -> row."""
    return {row.day: dict(row._mapping) for row in connection.execute(sa.select(day_table))}


def answers_left(connection: Connection) -> int:
    """Return the day before which answers have left: what was summed of those days stands alone."""
    return int(connection.execute(sa.select(marks.c.position).where(marks.c.name == ANSWERS_LEFT)).scalar() or 0)


def acknowledgements(connection: Connection, *, low: int, high: int) -> dict[tuple[int, int], dict[int, datetime]]:
    """Return (person, statement) -> version -> when."""
    found: dict[tuple[int, int], dict[int, datetime]] = defaultdict(dict)
    for r in connection.execute(sa.select(acknowledgement_table).where(acknowledgement_table.c.person_id.between(low, high))):
        found[r.person_id, r.statement_id][r.version_id] = r.acknowledged_at
    return found


def write_exposure(connection: Connection, pair: tuple[int, int], values: dict[str, Any]) -> None:
    """Keep what the evidence says of ``SENT``; a plan that is later than the last send stays."""
    table, sent_day = exposure_table, values["sent_day"]
    planned: Any = table.c.planned_day
    if sent_day is not None:
        planned = sa.case((sa.or_(planned.is_(None), planned < sent_day), sent_day), else_=planned)
    connection.execute(
        insert_for(connection, table)
        .values(person_id=pair[0], statement_id=pair[1], planned_day=sent_day, **values)
        .on_conflict_do_update(
            index_elements=["person_id", "statement_id"],
            set_={**values, "planned_day": planned},
        )
    )


def write_acknowledgement(connection: Connection, fact: AckFact) -> None:
    """Keep an acknowledgement as its evidence says."""
    connection.execute(
        insert_for(connection, acknowledgement_table)
        .values(
            person_id=fact.person_id,
            statement_id=fact.statement_id,
            version_id=fact.version_id,
            delivery_id=fact.delivery_id,
            method=fact.method,
            acknowledged_at=fact.occurred_at,
        )
        .on_conflict_do_update(index_elements=["person_id", "version_id"], set_={"acknowledged_at": fact.occurred_at})
    )


def remove_acknowledgement(connection: Connection, *, person_id: int, version_id: int) -> None:
    """Drop an acknowledgement that no evidence bears out."""
    table = acknowledgement_table
    connection.execute(sa.delete(table).where(table.c.person_id == person_id, table.c.version_id == version_id))


def write_offset(connection: Connection, person_id: int, sums: tuple[float, float] | None) -> None:
    """Keep U and I of a person; None: the person answered nothing."""
    connection.execute(sa.delete(offset_table).where(offset_table.c.person_id == person_id))
    if sums is not None:
        connection.execute(sa.insert(offset_table).values(person_id=person_id, score=sums[0], information=sums[1]))


def write_day(connection: Connection, day: int, row: dict[str, Any] | None) -> None:
    """Keep the sums of a day; None: nobody answered then."""
    connection.execute(sa.delete(day_table).where(day_table.c.day == day))
    if row is not None:
        connection.execute(sa.insert(day_table), row)
