"""Which check each statement in force can be asked with: made of the lines written for it, and stored.

A statement is asked about when it has a right line and three near misses, and the right one cannot be told by its manner alone;
nothing is made up from what other statements say, so a check never tells what a message may not. How a pool is put together:
``domain.statements.checks``; what makes one poor: ``check_faults``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from sqlalchemy.engine import Connection

from cadence.domain.statements.check_faults import faults
from cadence.domain.statements.checks import CheckPool, pool
from cadence.store.responding import checks as rows


class HasVersion(Protocol):
    """A statement as the planner knows it."""

    @property
    def version_id(self) -> int:
        """Its newest version."""


def current_checks(connection: Connection, statements: Iterable[HasVersion], *, now: datetime) -> dict[int, int]:
    """Return version id -> check id for those of ``statements`` that can be asked; rows are inserted where a pool is new.

    ``connection`` is inside a transaction that may write. A statement whose lines make no question has no entry.
    """
    sources = rows.check_sources(connection, {one.version_id for one in statements})
    found = {source.version_id: _fair_pool(source.right_answer, source.near_misses, source.title) for source in sources}
    pools = {version_id: one for version_id, one in found.items() if one is not None}
    return rows.keep_pools(connection, pools, now=now) if pools else {}


@lru_cache(maxsize=512)
def _fair_pool(right: str, near_misses: tuple[str, ...], title: str) -> CheckPool | None:
    """Return None for lines that were stored before such lines were refused, too."""
    return None if faults(right, near_misses, title=title) else pool(right, near_misses)
