"""Alembic's entry: run the migrations inside one transaction of our own database object."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from cadence.store.database import tables
from cadence.store.database.types import Instant

database = context.config.attributes["database"]


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    return "Instant()" if kind == "type" and isinstance(item, Instant) else False


def _same_type(_context: Any, _inspected: Any, _metadata: Any, _inspected_type: Any, metadata_type: Any) -> bool | None:
    # an Instant is BIGINT or TIMESTAMPTZ by database; nothing to compare
    return False if isinstance(metadata_type, Instant) else None


with database.transaction() as connection:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        render_as_batch=True,
        compare_type=_same_type,
        render_item=_render,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
