"""Many rows at once, through the driver.

SQLAlchemy's parameter handling costs more than the database for rows this small (measured:
docs/performance.md). Rows are tuples in the order of ``columns``; instants are aware datetimes and are turned
into what the database stores.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from cadence.store.database.types import Instant, to_microseconds

Rows = Sequence[tuple[Any, ...]]


def insert_rows(connection: Connection, table: sa.Table, columns: Sequence[str], rows: Rows) -> None:
    """Insert ``rows`` in one go; COPY on PostgreSQL, ``executemany`` on SQLite."""
    if not rows:
        return
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{c}"' for c in columns)
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(columns))
    cursor.executemany(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})", _stored(table, columns, rows))


def run_many(connection: Connection, statement: Any, names: Sequence[str], rows: Rows) -> None:
    """Run one Core statement for every row; ``names`` are its bind parameters in the order of a row's values.

    A column holds instants in every row or in none.
    """
    if not rows:
        return
    sql, order = _compiled(statement, connection.dialect)
    cursor = connection.connection.cursor()
    if order is None:
        cursor.executemany(sql, [dict(zip(names, row, strict=True)) for row in rows])
        return
    places = [names.index(name) for name in order]
    converted = _without_instants(rows, [i for i, value in enumerate(rows[0]) if isinstance(value, datetime)])
    cursor.executemany(sql, converted if places == list(range(len(names))) else [tuple(row[i] for i in places) for row in converted])


def fetch_rows(connection: Connection, statement: Any, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a Core query whose only parameters are ``values``; instants stay as the database keeps them (``day_of``)."""
    sql, order = _compiled(statement, connection.dialect)
    cursor = connection.connection.cursor()
    arguments: Any = values if order is None else [values[name] for name in order]
    cursor.execute(sql, arguments)
    return [tuple(row) for row in cursor.fetchall()]


def day_of(instant: Any) -> float:
    """Return days since 1970-01-01T00:00Z of an instant as a driver hands it out."""
    seconds = instant.timestamp() if isinstance(instant, datetime) else instant / 1_000_000
    return float(seconds) / 86_400.0


def _stored(table: sa.Table, columns: Sequence[str], rows: Rows) -> Rows:
    return _without_instants(rows, [i for i, name in enumerate(columns) if isinstance(table.c[name].type, Instant)])


def _without_instants(rows: Rows, places: Sequence[int]) -> Rows:
    """Return ``rows`` with the instants at ``places`` as whole microseconds."""
    if not places:
        return rows
    converted = []
    for row in rows:
        changed = list(row)
        for i in places:
            if changed[i] is not None:
                changed[i] = to_microseconds(changed[i])
        converted.append(tuple(changed))
    return converted


@lru_cache(maxsize=64)
def _compiled(statement: Any, dialect: Dialect) -> tuple[str, list[str] | None]:
    compiled = statement.compile(dialect=dialect)
    return str(compiled), list(compiled.positiontup) if compiled.positional else None


@contextmanager
def no_collection() -> Iterator[None]:
    """Look for no cycles meanwhile: rows in bulk hold none, and each look reads the whole heap (a third of a large import, measured)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
