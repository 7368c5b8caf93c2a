"""What planning reads and writes, in chunks of people.

Reads come back as plain tuples and NumPy arrays, not objects: the decision is made for a thousand
people at once. Bulk writes go through the driver (performance.md section 4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from cadence.domain.selection import NEVER
from cadence.store.bulk import Rows, insert_rows, run_many
from cadence.store.tables import (
    Acknowledgement,
    Address,
    Audience,
    Delivery,
    DeliveryItem,
    Exposure,
    LimitSet,
    Person,
    Statement,
    StatementVersion,
    Wording,
)

people = Person.__table__  # type: ignore[attr-defined]
addresses = Address.__table__  # type: ignore[attr-defined]
deliveries = Delivery.__table__  # type: ignore[attr-defined]
items = DeliveryItem.__table__  # type: ignore[attr-defined]
exposures = Exposure.__table__  # type: ignore[attr-defined]
statements = Statement.__table__  # type: ignore[attr-defined]
versions = StatementVersion.__table__  # type: ignore[attr-defined]
wordings = Wording.__table__  # type: ignore[attr-defined]
audiences = Audience.__table__  # type: ignore[attr-defined]
limit_sets = LimitSet.__table__  # type: ignore[attr-defined]
acknowledgements = Acknowledgement.__table__  # type: ignore[attr-defined]

#: reading order of the kinds
KIND_ORDER = {"purpose": 0, "vision": 1, "value": 2, "strategy": 3, "priority": 4, "scoreboard": 5}

#: states of a delivery that count towards caps
COUNTING = ("planned", "sending", "sent", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentStatement:
    """A statement in force and its newest version."""

    id: int
    slug: str
    kind: str
    audience: str
    must_acknowledge: bool
    version_id: int
    wording_ids: tuple[int, ...]
    effective_on: date | None
    published_at: datetime
    #: versions that say materially the same as the current one
    same_meaning: frozenset[int]


def current_statements(connection: Connection) -> list[CurrentStatement]:
    """Return the statements in force in reading order."""
    history: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(
        sa.select(
            versions.c.id, versions.c.statement_id, versions.c.number, versions.c.material, versions.c.effective_on, versions.c.published_at
        ).order_by(versions.c.statement_id, versions.c.number)
    ):
        history[row.statement_id].append(row)
    spoken: dict[int, list[int]] = defaultdict(list)
    for row in connection.execute(sa.select(wordings.c.id, wordings.c.version_id).order_by(wordings.c.version_id, wordings.c.position)):
        spoken[row.version_id].append(row.id)
    found = []
    for row in connection.execute(sa.select(statements).where(statements.c.withdrawn_at.is_(None))):
        chain = history.get(row.id)
        if not chain:
            continue
        newest = chain[-1]
        last_material = max(v.number for v in chain if v.material or v is chain[0])
        found.append(
            (
                (KIND_ORDER.get(row.kind, 9), row.position, row.id),
                CurrentStatement(
                    id=row.id,
                    slug=row.slug,
                    kind=row.kind,
                    audience=row.audience,
                    must_acknowledge=row.must_acknowledge,
                    version_id=newest.id,
                    wording_ids=tuple(spoken[newest.id]),
                    effective_on=newest.effective_on,
                    published_at=newest.published_at,
                    same_meaning=frozenset(v.id for v in chain if v.number >= last_material),
                ),
            )
        )
    return [statement for _, statement in sorted(found, key=lambda pair: pair[0])]


def audience_rules(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return the stored audience rules by slug."""
    return {r.slug: r.rule for r in connection.execute(sa.select(audiences.c.slug, audiences.c.rule))}


def limits_definition(connection: Connection) -> dict[str, Any] | None:
    """Return the limits in force, None before any were applied."""
    found: dict[str, Any] | None = connection.execute(sa.select(limit_sets.c.definition).order_by(limit_sets.c.id.desc()).limit(1)).scalar()
    return found


def people_after(connection: Connection, *, zone: str, after: int, limit: int) -> list[Any]:
    """Return up to ``limit`` active people of ``zone`` with an id over ``after``, by id."""
    return list(
        connection.execute(
            sa.select(people)
            .where(people.c.zone == zone, people.c.id > after, people.c.deactivated_at.is_(None))
            .order_by(people.c.id)
            .limit(limit)
        ).fetchall()
    )


def addresses_of(connection: Connection, person_ids: Sequence[int]) -> dict[int, dict[str, bool]]:
    """Return for each person: channel -> is the address suspended."""
    found: dict[int, dict[str, bool]] = defaultdict(dict)
    query = sa.select(addresses.c.person_id, addresses.c.channel, addresses.c.suspended_at).where(addresses.c.person_id.in_(person_ids))
    for person_id, channel, suspended_at in connection.execute(query).fetchall():
        found[person_id][channel] = suspended_at is not None
    return found


def week_counts(connection: Connection, person_ids: Sequence[int], weeks: Sequence[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return (person, week) -> (digests, statements) that count towards the caps."""
    query = (
        sa.select(deliveries.c.person_id, deliveries.c.local_week, sa.func.count(), sa.func.sum(deliveries.c.item_count))
        .where(deliveries.c.person_id.in_(person_ids), deliveries.c.local_week.in_(weeks), deliveries.c.state.in_(COUNTING))
        .group_by(deliveries.c.person_id, deliveries.c.local_week)
    )
    return {(person_id, week): (digests, int(shown or 0)) for person_id, week, digests, shown in connection.execute(query).fetchall()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureGrid:
    """Exposures of a chunk, people x statements."""

    planned_day: np.ndarray[Any, np.dtype[np.float64]]
    times_sent: np.ndarray[Any, np.dtype[np.int64]]
    #: version last sent, 0 none
    version: np.ndarray[Any, np.dtype[np.int64]]
    #: wording last planned, 0 none
    wording: np.ndarray[Any, np.dtype[np.int64]]


def exposures_of(connection: Connection, person_ids: Sequence[int], statement_ids: Sequence[int]) -> ExposureGrid:
    """Return the exposures of ``person_ids`` (ascending) to ``statement_ids``; pairs without a row read as never met."""
    shape = (len(person_ids), len(statement_ids))
    grid = ExposureGrid(
        planned_day=np.full(shape, NEVER),
        times_sent=np.zeros(shape, dtype=np.int64),
        version=np.zeros(shape, dtype=np.int64),
        wording=np.zeros(shape, dtype=np.int64),
    )
    query = sa.select(
        exposures.c.person_id,
        exposures.c.statement_id,
        exposures.c.planned_day,
        exposures.c.times_sent,
        exposures.c.version_id,
        exposures.c.last_wording_id,
    ).where(exposures.c.person_id.in_(person_ids), exposures.c.statement_id.in_(statement_ids))
    rows = connection.execute(query).fetchall()
    if not rows:
        return grid
    person, statement, planned, sent, version, wording = zip(*rows, strict=True)
    columns = np.asarray(statement_ids)
    order = np.argsort(columns)
    i = np.searchsorted(np.asarray(person_ids), np.asarray(person))
    j = order[np.searchsorted(columns[order], np.asarray(statement))]
    grid.planned_day[i, j] = [NEVER if day is None else day for day in planned]
    grid.times_sent[i, j] = sent
    grid.version[i, j] = [v or 0 for v in version]
    grid.wording[i, j] = [w or 0 for w in wording]
    return grid


_DELIVERY = (
    "id",
    "occurrence_id",
    "person_id",
    "channel",
    "public_id",
    "state",
    "reason",
    "local_week",
    "item_count",
    "send_after",
    "expires_at",
    "attempt_count",
    "finished_at",
)
_ITEM = ("delivery_id", "position", "statement_id", "version_id", "wording_id", "reason", "times_sent_before")


def insert_planned(connection: Connection, delivery_rows: Rows, item_rows: Rows, exposure_rows: Rows) -> None:
    """Write a chunk's deliveries, items, and (person, statement, wording, day) plans."""
    insert_rows(connection, deliveries, _DELIVERY, delivery_rows)
    insert_rows(connection, items, _ITEM, item_rows)
    run_many(
        connection, _plan_pair(connection.dialect.name), ("person_id", "statement_id", "last_wording_id", "planned_day"), exposure_rows
    )


@lru_cache(maxsize=2)
def _plan_pair(dialect: str) -> Any:
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(exposures)
    p = sa.bindparam
    values = insert.values(
        person_id=p("person_id"),
        statement_id=p("statement_id"),
        times_sent=sa.literal_column("0"),
        last_wording_id=p("last_wording_id"),
        planned_day=p("planned_day"),
    )
    return values.on_conflict_do_update(
        index_elements=["person_id", "statement_id"],
        set_={"last_wording_id": insert.excluded.last_wording_id, "planned_day": insert.excluded.planned_day},
    )
