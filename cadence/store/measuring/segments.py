"""How many people of an audience are in which team, location, country, function and level.

Owns where each of these is kept: the first three are columns, the others attributes from the people file. Counts only; which groups may
be told about: ``domain.measuring.separation``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.measuring.separation import SEGMENTS
from cadence.store.database.core import people
from cadence.store.measuring.reports import among


def segment(kind: str) -> Any:
    """Return the expression that holds a person's group of this kind, "" where it is not known."""
    if kind in people.c:
        return people.c[kind]
    return sa.func.coalesce(people.c.attributes[kind].as_string(), "")


def combinations(connection: Connection, *, members: Sequence[int] | None) -> dict[tuple[str, ...], int]:
    """Return how many active people of the audience have each combination of names, in the order of ``SEGMENTS``."""
    each = sa.select(*(segment(kind).label(kind) for kind in SEGMENTS)).where(*among(connection, members, None)).subquery()
    query = sa.select(*each.c, sa.func.count()).group_by(*each.c)
    return {tuple(row[:-1]): row[-1] for row in connection.execute(query)}
