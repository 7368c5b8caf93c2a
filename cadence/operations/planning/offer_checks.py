"""Which check each statement in force can be asked with: the pool is made from what stands in the library now, and stored.

Lines of statements that are meant for others, or not in effect yet, are never used: a check must not tell what a
message may not. How a pool is put together: ``domain.statements.checks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from sqlalchemy.engine import Connection

from cadence.domain.statements.checks import CheckPool, pool, statement_line
from cadence.rendering.markdown import to_text
from cadence.store.responding import checks as rows
from cadence.store.responding.checks import CheckSource

#: withdrawn statements whose lines are used, the newest ones
RETIRED = 4
_EVERYONE = "everyone"


class HasVersion(Protocol):
    """A statement as the planner knows it."""

    @property
    def version_id(self) -> int:
        """Its newest version."""


def current_checks(connection: Connection, statements: Iterable[HasVersion], *, now: datetime) -> dict[int, int]:
    """Return version id -> check id for those of ``statements`` that can be asked; rows are inserted where a pool is new.

    ``connection`` is inside a transaction that may write. A statement with too few lines beside it has no entry.
    """
    library = rows.check_sources(connection)
    wanted = {one.version_id for one in statements}
    pools = {
        source.version_id: found
        for source in library
        if source.version_id in wanted and (found := pool_for(source, library, now=now)) is not None
    }
    return rows.keep_pools(connection, pools, now=now) if pools else {}


def pool_for(source: CheckSource, library: Sequence[CheckSource], *, now: datetime) -> CheckPool | None:
    """Return the pool of one statement: near misses, then lines of withdrawn statements, of its kind, and of the rest."""
    others = [one for one in library if one.statement_id != source.statement_id and _may_be_read(one, source, now)]
    retired = sorted((one for one in others if one.withdrawn_at), key=lambda one: (one.withdrawn_at, one.statement_id), reverse=True)
    current = sorted((one for one in others if not one.withdrawn_at), key=lambda one: (one.kind != source.kind, one.statement_id))
    return pool(line_of(source), source.near_misses, map(line_of, [*retired[:RETIRED], *current]))


def line_of(source: CheckSource) -> str:
    """Return the line a statement is recognised by: the one in its file, else a sentence of its text."""
    return source.right_answer or _sentence(source.body, source.title)


@lru_cache(maxsize=512)
def _sentence(body: str, title: str) -> str:
    return statement_line(to_text(body), title=title)


def _may_be_read(one: CheckSource, asked: CheckSource, now: datetime) -> bool:
    """Whether everybody who is asked may read a line of ``one``."""
    begun = one.published_at <= now and (one.effective_on is None or one.effective_on <= now.date())
    return begun and one.audience in (_EVERYONE, asked.audience)
