"""Rows of published figures: steps are added and never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import releases
from cadence.store.database.sql import insert_for

#: rows that are written with one statement
_CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One published step of one figure; ``tables.releases.ReleaseRow`` says what each value is."""

    figure: str
    statement_id: int
    version_id: int
    group_kind: str
    group_name: str
    step: int
    released_at: datetime
    people: int
    told: int
    answered: int
    verdict: str
    value: int | None = None
    low: int | None = None
    high: int | None = None
    newest_answer_id: int = 0
    selection: float = 0.0
    details: str = "{}"


_COLUMNS = tuple(releases.c[one.name] for one in fields(Step))


def steps_of_audiences(connection: Connection, statement_ids: Collection[int]) -> list[Step]:
    """Return every step about the audience of each statement, of all figures, oldest first."""
    query = sa.select(*_COLUMNS).where(releases.c.statement_id.in_(statement_ids), releases.c.group_kind == "audience")
    return _steps(connection, query)


def steps_of_groups(connection: Connection, statement_id: int, kind: str) -> list[Step]:
    """Return every step of a statement about groups of this kind, of all figures, oldest first."""
    return _steps(connection, sa.select(*_COLUMNS).where(releases.c.statement_id == statement_id, releases.c.group_kind == kind))


def newest_steps(connection: Connection, statement_ids: Collection[int], *, figures: Iterable[str]) -> list[Step]:
    """Return the newest step of each of these figures, statement and group."""
    key = (releases.c.figure, releases.c.statement_id, releases.c.group_kind, releases.c.group_name)
    wanted = (releases.c.statement_id.in_(statement_ids), releases.c.figure.in_(list(figures)))
    newest = sa.select(sa.func.max(releases.c.id)).where(*wanted).group_by(*key)
    return _steps(connection, sa.select(*_COLUMNS).where(releases.c.id.in_(newest)))


def add_steps(connection: Connection, steps: Sequence[Step]) -> None:
    """Store steps; one that another process stored first stays as it is."""
    rows = [{column.name: getattr(step, column.name) for column in _COLUMNS} for step in steps]
    add = insert_for(connection, releases).on_conflict_do_nothing(
        index_elements=["figure", "statement_id", "group_kind", "group_name", "step"]
    )
    for start in range(0, len(rows), _CHUNK):
        connection.execute(add, rows[start : start + _CHUNK])


def _steps(connection: Connection, query: sa.Select[tuple[object, ...]]) -> list[Step]:
    return [Step(**row._mapping) for row in connection.execute(query.order_by(releases.c.id))]
