"""What the ledger knows of time: the last recorded tick, and what a clock that was ahead has left lying in the future.

The rules are ``domain.planning.clock_steps``'s; who applies them is ``operations.running.watch_clock``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.planning.occurrences import GRACE
from cadence.domain.planning.recipients import nudge_source
from cadence.store.database.core import channel_status, deliveries, marks, notices, occurrences
from cadence.store.database.sql import insert_for
from cadence.store.running.due import ANYTHING, values

_LAST_TICK = "tick:last"
#: key of the open notice that the clock is doubted
DOUBT = "clock-doubted"
#: a daily step or a pause further ahead than this was set by a clock that was ahead
_FAR = timedelta(days=2)

_KNOWN = sa.select(
    ANYTHING.scalar_subquery().label("due"),
    sa.select(marks.c.position).where(marks.c.name == _LAST_TICK).scalar_subquery().label("last_tick"),
    sa.exists(sa.select(notices.c.id).where(notices.c.key == DOUBT, notices.c.resolved_at.is_(None))).label("doubted"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMarks:
    """What a look finds. ``last_tick``: to the second, None before the first; ``doubted``: the notice of a doubt is open."""

    due: bool
    last_tick: datetime | None
    doubted: bool


def look(connection: Connection, *, now: datetime) -> ClockMarks:
    """Return whether anything is due, and what is known of the clock."""
    row = connection.execute(_KNOWN, values(now)).one()
    last_tick = None if row.last_tick is None else datetime.fromtimestamp(row.last_tick, UTC)
    return ClockMarks(due=bool(row.due), last_tick=last_tick, doubted=bool(row.doubted))


def database_time(connection: Connection) -> datetime:
    """Return what the clock of the machine that holds the database tells: on SQLite it is our own, so there nobody asks."""
    told: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return told.astimezone(UTC)


def record_tick(connection: Connection, *, now: datetime) -> None:
    """Write down that there was a tick."""
    position = int(now.timestamp())
    statement = insert_for(connection, marks).values(name=_LAST_TICK, position=position)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"position": position}))


def forget_doubt(connection: Connection) -> None:
    """The clock came right by itself: its notice goes, so that none is left that could be taken for a person's word."""
    connection.execute(sa.delete(notices).where(notices.c.key == DOUBT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """An occurrence that was taken back: the slot it belongs to, and when it is due."""

    cadence_id: int
    zone: str
    local_time: str
    local_date: date
    fire_at: datetime


def take_back_expired(connection: Connection, *, now: datetime) -> list[Freed]:
    """Take back the occurrences that were expired by a clock ahead of ``now`` and could still run; return the cadences' own turns.

    Expired "after now", nobody planned in them, and not more than six hours late. A cadence's own turn is removed: its slot
    brings it again. A nudge has no slot, so it waits again.
    """
    planned_in = sa.exists(sa.select(deliveries.c.id).where(deliveries.c.occurrence_id == occurrences.c.id))
    found = connection.execute(
        sa.select(occurrences).where(
            occurrences.c.state == "expired", occurrences.c.closed_at > now, occurrences.c.fire_at >= now - GRACE, ~planned_in
        )
    ).all()
    nudges = [row.id for row in found if nudge_source(row.key)]
    own = [row for row in found if not nudge_source(row.key)]
    for ids, statement in (
        (nudges, sa.update(occurrences).values(state="planning", closed_at=None)),
        ([row.id for row in own], sa.delete(occurrences)),
    ):
        if ids:
            connection.execute(statement.where(occurrences.c.id == sa.bindparam("b_id")), [{"b_id": one} for one in ids])
    return [Freed(cadence_id=r.cadence_id, zone=r.zone, local_time=r.local_time, local_date=r.local_date, fire_at=r.fire_at) for r in own]


def bring_near(connection: Connection, *, now: datetime) -> None:
    """Let daily steps and the ends of pauses that lie more than two days ahead be due at ``now``."""
    far = int((now + _FAR).timestamp())
    connection.execute(sa.update(marks).where(marks.c.name.like("daily:%"), marks.c.position > far).values(position=int(now.timestamp())))
    connection.execute(sa.update(channel_status).where(channel_status.c.paused_until > now + _FAR).values(paused_until=now))
