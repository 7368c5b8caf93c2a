"""Rows of ``rule_versions``: the rules that were in force before somebody changed them in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import rule_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """An earlier cadence, or earlier limits (``slug`` ""). ``applied_at``: since when it was in force."""

    id: int
    slug: str
    definition: dict[str, Any]
    active: bool
    applied_at: datetime


def keep_version(
    connection: Connection, slug: str, *, definition: dict[str, Any], active: bool, applied_at: datetime, account_id: int | None
) -> None:
    """Keep what is about to be replaced; ``account_id``: who replaces it."""
    values = {"slug": slug, "definition": definition, "active": active, "applied_at": applied_at, "account_id": account_id}
    connection.execute(sa.insert(rule_versions).values(values))


def versions_of(connection: Connection, slug: str, *, most: int) -> list[RuleVersion]:
    """Return earlier versions of a rule, the newest first."""
    found = connection.execute(sa.select(rule_versions).where(rule_versions.c.slug == slug).order_by(rule_versions.c.id.desc()).limit(most))
    return [_version(row) for row in found]


def find_version(connection: Connection, version_id: int) -> RuleVersion | None:
    """Return one version; None when there is none of this id."""
    row = connection.execute(sa.select(rule_versions).where(rule_versions.c.id == version_id)).one_or_none()
    return _version(row) if row is not None else None


def _version(row: Any) -> RuleVersion:
    return RuleVersion(id=row.id, slug=row.slug, definition=row.definition, active=row.active, applied_at=row.applied_at)
