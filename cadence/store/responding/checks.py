"""Rows of checks: what they may be made from, the pools that were offered, and what a delivery asked.

A pool is never changed once it is stored, so that an old message goes on asking what it asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.statements.checks import NOT_KEPT, CheckPool
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import checks
from cadence.store.database.core import statement_versions as versions
from cadence.store.database.engine import privacy_mode
from cadence.store.database.sql import insert_for
from cadence.store.responding import batches


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSource:
    """The lines a version of a statement may be asked about with, as in its file."""

    version_id: int
    title: str
    right_answer: str
    near_misses: tuple[str, ...]


def check_sources(connection: Connection, version_ids: Collection[int]) -> list[CheckSource]:
    """Return those of these versions that have a right line, by id."""
    query = (
        sa.select(versions.c.id.label("version_id"), versions.c.title, versions.c.right_answer, versions.c.near_misses)
        .where(versions.c.id.in_(version_ids), versions.c.right_answer != "")
        .order_by(versions.c.id)
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
            "lines": pool.lines,
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


def choices_made(connection: Connection, delivery_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return (delivery, version) -> the place that was chosen, of the checks that were answered; ``NOT_KEPT`` where it was only counted."""
    query = sa.select(answers.c.delivery_id, answers.c.version_id, answers.c.choice).where(answers.c.delivery_id.in_(delivery_ids))
    made = {(r.delivery_id, r.version_id): r.choice for r in connection.execute(query)}
    if privacy_mode(connection).keeps_answers:
        return made
    return dict.fromkeys(batches.answered_at(connection, delivery_ids), NOT_KEPT) | made
