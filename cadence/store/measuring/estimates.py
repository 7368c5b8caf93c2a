"""Rows of ``estimates``: added once, read newest first. When an estimate is wanted is decided in ``operations.measuring.estimates``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import estimates
from cadence.store.database.sql import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEstimate:
    """A row. ``percent`` None: declined."""

    statement_id: int
    number: int
    version_id: int
    percent: int | None
    made_at: datetime
    made_by: str
    account_id: int | None = None


_COLUMNS = [estimates.c[name] for name in StoredEstimate.__dataclass_fields__]


def add_estimate(connection: Connection, row: StoredEstimate) -> bool:
    """Insert the row; return False, and change nothing, when its number is taken: another estimate came first."""
    values: dict[str, Any] = {name: getattr(row, name) for name in StoredEstimate.__dataclass_fields__}
    added = connection.execute(
        insert_for(connection, estimates)
        .values(values)
        .on_conflict_do_nothing(index_elements=["statement_id", "number"])
        .returning(estimates.c.id)
    )
    return added.first() is not None


def stored_estimates(connection: Connection, statement_ids: Collection[int]) -> dict[int, list[StoredEstimate]]:
    """Return statement -> its estimates, newest first; statements without one have no entry."""
    query = sa.select(*_COLUMNS).where(estimates.c.statement_id.in_(statement_ids))
    found: dict[int, list[StoredEstimate]] = defaultdict(list)
    for row in connection.execute(query.order_by(estimates.c.statement_id, estimates.c.number.desc())):
        found[row.statement_id].append(StoredEstimate(**row._mapping))
    return dict(found)
