"""Rows of checks: what they may be made from, the pools that were offered, and what a delivery asked.

A pool is never changed once it is stored, so that an old message goes on asking what it asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.statements.checks import CheckPool
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import checks, statements
from cadence.store.database.core import statement_versions as versions
from cadence.store.database.sql import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSource:
    """The newest version of a statement, as far as checks are made of it. ``near_misses`` as in its file."""

    statement_id: int
    kind: str
    audience: str
    withdrawn_at: datetime | None
    version_id: int
    title: str
    body: str
    right_answer: str
    near_misses: tuple[str, ...]
    effective_on: date | None
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheck:
    """A pool that was offered."""

    id: int
    version_id: int
    right: str
    distractors: tuple[str, ...]


def check_sources(connection: Connection) -> list[CheckSource]:
    """Return all statements, withdrawn ones too, by id."""
    newest = sa.select(versions.c.statement_id, sa.func.max(versions.c.number).label("number")).group_by(versions.c.statement_id).subquery()
    query = (
        sa.select(
            statements.c.id.label("statement_id"),
            statements.c.kind,
            statements.c.audience,
            statements.c.withdrawn_at,
            versions.c.id.label("version_id"),
            versions.c.title,
            versions.c.body,
            versions.c.right_answer,
            versions.c.near_misses,
            versions.c.effective_on,
            versions.c.published_at,
        )
        .join(newest, newest.c.statement_id == statements.c.id)
        .join(versions, sa.and_(versions.c.statement_id == statements.c.id, versions.c.number == newest.c.number))
        .order_by(statements.c.id)
    )
    return [CheckSource(**{**row._mapping, "near_misses": tuple(row.near_misses)}) for row in connection.execute(query)]


def keep_pools(connection: Connection, pools: Mapping[int, CheckPool], *, now: datetime) -> dict[int, int]:
    """Return version id -> id of the check with that pool; those that are not stored yet are inserted."""
    found = _ids_of(connection, pools)
    missing = [
        {
            "version_id": version_id,
            "right": pool.right,
            "distractors": list(pool.distractors),
            "digest": pool.digest,
            "created_at": now,
        }
        for version_id, pool in pools.items()
        if version_id not in found
    ]
    if missing:
        connection.execute(insert_for(connection, checks).on_conflict_do_nothing(index_elements=["version_id", "digest"]), missing)
        found = _ids_of(connection, pools)
    return found


def _ids_of(connection: Connection, pools: Mapping[int, CheckPool]) -> dict[int, int]:
    query = sa.select(checks.c.version_id, checks.c.digest, checks.c.id).where(checks.c.version_id.in_(pools.keys()))
    return {r.version_id: r.id for r in connection.execute(query) if pools[r.version_id].digest == r.digest}


def stored_checks(connection: Connection, check_ids: Collection[int]) -> dict[int, StoredCheck]:
    """Return the checks with these ids."""
    if not check_ids:
        return {}
    query = sa.select(checks.c.id, checks.c.version_id, checks.c.right, checks.c.distractors).where(checks.c.id.in_(check_ids))
    return {
        r.id: StoredCheck(id=r.id, version_id=r.version_id, right=r.right, distractors=tuple(r.distractors))
        for r in connection.execute(query)
    }


def choices_made(connection: Connection, delivery_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return (delivery, version) -> the place that was chosen, of the checks that were answered."""
    query = sa.select(answers.c.delivery_id, answers.c.version_id, answers.c.choice).where(answers.c.delivery_id.in_(delivery_ids))
    return {(r.delivery_id, r.version_id): r.choice for r in connection.execute(query)}
