"""What queries are written with where SQLite and PostgreSQL differ, or where Core would cost as much as the database.

Ids are numbers of ours, so they may stand in the text of a statement; everything else is a parameter.
Many rows at once: ``bulk``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection

from cadence.store.database.types import to_microseconds


def insert_for(connection: Connection, table: sa.Table) -> Any:
    """Return the dialect's INSERT on ``table``, which knows ON CONFLICT on both databases."""
    return (sqlite.insert if _is_sqlite(connection) else postgresql.insert)(table)


def allocate_ids(connection: Connection, table: sa.Table, count: int) -> list[int]:
    """Return ``count`` unused keys of ``table``: on SQLite under the write lock we hold, on PostgreSQL from its sequence."""
    if _is_sqlite(connection):
        highest = connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar_one()
        return list(range(highest + 1, highest + 1 + count))
    series = sa.func.generate_series(1, count).table_valued("n")
    return list(connection.execute(sa.select(sa.func.nextval(f"{table.name}_id_seq")).select_from(series)).scalars())


def fetch(connection: Connection, sql: str, values: Sequence[Any] = ()) -> list[Any]:
    """Return the rows of a query written with ``?`` as the driver gives them."""
    cursor = connection.connection.cursor()
    cursor.execute(for_driver(connection, sql), values)
    return list(cursor.fetchall())


def for_driver(connection: Connection, sql: str) -> str:
    """Return a statement written with ``?`` as the driver wants its parameters marked."""
    return sql if _is_sqlite(connection) else sql.replace("?", "%s")


def one_of(ids: Iterable[int]) -> str:
    """Return ids as the list that stands after IN."""
    return f"({','.join(map(str, ids)) or 'NULL'})"


def listed(connection: Connection, values: Collection[Any], kind: Any = None) -> Any:
    """Return a subquery of any number of values: databases limit the parameters of a statement, not the length of one."""
    if _is_sqlite(connection):
        return sa.select(sa.func.json_each(json.dumps(list(values))).table_valued("value").c.value)
    return sa.select(sa.func.unnest(sa.literal(list(values), ARRAY(kind or sa.BigInteger()))))


def stored_instant(connection: Connection, instant: datetime) -> Any:
    """Return ``instant`` in the form the driver stores it."""
    return to_microseconds(instant) if _is_sqlite(connection) else instant


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
