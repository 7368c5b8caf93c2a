"""The audiences in force: stored rules, compiled once where they are read.

What a rule means: ``domain.people.audiences``. Its form: ``files.audience_rules``.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.people.audiences import Predicate, compile_rule, everyone
from cadence.domain.planning.cadences import EVERYONE
from cadence.files.audience_rules import parse_rule
from cadence.store.database.core import audiences


def audience_rules(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return the stored audience rules by slug."""
    return {r.slug: r.rule for r in connection.execute(sa.select(audiences.c.slug, audiences.c.rule))}


def audiences_in_force(connection: Connection) -> dict[str, Predicate]:
    """Return for each audience what answers whether a person belongs to it, the one that all belong to among them."""
    rules = {slug: compile_rule(parse_rule(rule, f"audiences.{slug}")) for slug, rule in audience_rules(connection).items()}
    return {**rules, EVERYONE: everyone}
