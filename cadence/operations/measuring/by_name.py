"""Who was sent, saw and acknowledged a statement, by name, as far as the privacy mode tells it; never what somebody answered.

In every mode: who acknowledged a statement that must be acknowledged. In mode ``named`` also what was delivered and seen, of any
statement. Figures of groups are ``report``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cadence.errors import Conflict, NotFound
from cadence.operations.measuring.members import members_of
from cadence.store.database.engine import Database
from cadence.store.measuring import named as rows
from cadence.store.planning.chunks import current_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One person. ``times_sent``, ``last_sent`` and ``seen_at`` are None unless the mode is ``named``."""

    name: str
    email: str
    team: str
    acknowledged_at: datetime | None
    times_sent: int | None = None
    last_sent: datetime | None = None
    #: when a response of whatever kind first showed that they saw it
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByName:
    """The audience of a statement by name. ``tells_more``: also who was sent it and saw it."""

    slug: str
    must_acknowledge: bool
    tells_more: bool
    people: tuple[PersonLine, ...]


def by_name(database: Database, slug: str, *, now: datetime, managed_by: str | None = None) -> ByName:
    """Return what may be told by name of a statement in force; ``managed_by``: only of the people of that manager (address).

    Raises NotFound naming the statement, Conflict with a sentence when the mode tells nothing of it by name.
    """
    more = database.privacy.tells_by_name
    with database.read() as connection:
        one = next((found for found in current_statements(connection) if found.slug == slug), None)
        if one is None:
            raise NotFound(f"there is no statement {slug!r} in force")
        if not (more or one.must_acknowledge):
            raise Conflict(
                f"{slug} does not have to be acknowledged, and privacy.mode is {database.privacy.value}: nothing about it is told by name"
            )
        members = members_of(connection, [one.audience], now)[one.audience]
        if managed_by is not None:
            mine = rows.managed_by(connection, managed_by)
            members = mine if members is None else sorted(set(members) & set(mine))
        found = rows.named(connection, statement_id=one.id, version_ids=one.same_meaning, members=members)
    return ByName(
        slug=slug,
        must_acknowledge=one.must_acknowledge,
        tells_more=more,
        people=tuple(_line(row, more=more) for row in found),
    )


def _line(row: rows.NamedRow, *, more: bool) -> PersonLine:
    if not more:
        return PersonLine(name=row.name, email=row.email, team=row.team, acknowledged_at=row.acknowledged_at)
    return PersonLine(
        name=row.name,
        email=row.email,
        team=row.team,
        acknowledged_at=row.acknowledged_at,
        times_sent=row.times_sent,
        last_sent=None if row.sent_day is None else datetime.fromtimestamp(row.sent_day * 86_400, UTC),
        seen_at=row.seen_at,
    )
