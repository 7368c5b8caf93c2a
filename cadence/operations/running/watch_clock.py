"""Look at the clock before each piece of work: tell when it was set, and hold everything while it cannot be right.

Comes back from a false future too: what only expired there is made due again in its own time.

The rules are ``domain.planning.clock_steps``'s. One watch belongs to one process: it remembers what the clock told last, beside
a count of seconds that no setting touches. What is known to all processes is the last recorded tick.
"""

from __future__ import annotations

import logging
import socket
import threading
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.clock import Clock, SharedClock, Steady
from cadence.domain.planning.calendars import zone
from cadence.domain.planning.clock_steps import LEAP, MACHINES_APART, STEP, ClockVerdict, judge
from cadence.domain.planning.occurrences import next_occurrence
from cadence.errors import ClockDoubted, Invalid
from cadence.files.cadences_toml import from_json
from cadence.rendering.telling import tell_instant
from cadence.store.authoring import cadences as cadence_rows
from cadence.store.database.engine import Database
from cadence.store.running import clock_watch as rows
from cadence.store.running import notices
from cadence.store.running.clock_watch import ClockMarks
from cadence.store.sending.ledger import LEASE

log = logging.getLogger("cadence.clock")

#: key and code of the notice that the clock was set
STEPPED = "clock-stepped"
#: the last tick is written down when it is this old: an idle installation writes twelve times an hour
RECORD_EVERY = STEP
#: key of the notice that a machine's own clock differs from the one that all share, before the machine's name
DIFFERS = "clock-differs"


class ClockWatch:
    """The watch of one process; safe to share between its threads."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        #: what the clock told when it was last believed, and the count of seconds then
        self._believed: tuple[datetime, float] | None = None
        self._doubted_since: float | None = None
        self._leases_trusted_from = 0.0
        self._machine = socket.gethostname()
        #: whether this machine's clock differed from the shared one when last compared; None before the first time
        self._differs: bool | None = None

    def look(self) -> bool:
        """Return whether anything is due. Raises ClockDoubted when nothing may be done; an admin is told of each step."""
        with self._lock:
            self._compare()
            now, count = self._clock.now(), self._count()
            with self._database.read() as connection:
                seen = rows.look(connection, now=now)
            expected = self._expected(count)
            doubted_for = timedelta(seconds=0.0 if self._doubted_since is None or count is None else count - self._doubted_since)
            verdict = judge(now, last_tick=seen.last_tick, expected=expected, doubted_for=doubted_for)
            if verdict is ClockVerdict.DOUBTED and not self._said_to_be_right(seen):
                self._doubt(seen, now, count)
            due = seen.due
            stepped_from = None if verdict is ClockVerdict.BELIEVED else expected or seen.last_tick
            fresh = seen.last_tick is not None and abs(now - seen.last_tick) < RECORD_EVERY
            if stepped_from is not None or seen.doubted or not fresh:
                due = self._write(seen, now, stepped_from) or due
            if expected is not None and abs(now - expected) > STEP and count is not None:
                self._leases_trusted_from = count + LEASE.total_seconds()
            self._believed = None if count is None else (now, count)
            self._doubted_since = None
            return due

    def leaps(self) -> bool:
        """Return whether the clock has leapt since the last look; asked before each message, touches no database."""
        expected = self._expected(self._count())
        return expected is not None and abs(self._clock.now() - expected) > LEAP

    def trusts_leases(self) -> bool:
        """Return whether the end of a lease means something: not in the 20 minutes after a step, when each seems over, or endless."""
        count = self._count()
        return count is None or count >= self._leases_trusted_from

    def _compare(self) -> None:
        """Follow the clock of the database, where machines share one; an admin is told while this machine's own differs."""
        if not isinstance(self._clock, SharedClock):
            return
        ahead = self._clock.compare()
        differs = abs(ahead) > MACHINES_APART
        if differs == self._differs:
            return
        self._differs = differs
        key, now = f"{DIFFERS}:{self._machine}", self._clock.now()
        with self._database.transaction(durable=False) as connection:
            if not differs:
                notices.resolve_notice(connection, key, now=now)
                return
            seconds = round(ahead.total_seconds())
            detail = {"machine": self._machine, "seconds": seconds, "now": now.isoformat(), "own": (now + ahead).isoformat()}
            notices.raise_notice(connection, key=key, role="admin", code="clock_differs", now=now, detail=detail)
        log.warning("event=clock.differs machine=%s seconds=%d", self._machine, seconds)

    def _count(self) -> float | None:
        return self._clock.steady() if isinstance(self._clock, Steady) else None

    def _expected(self, count: float | None) -> datetime | None:
        if self._believed is None or count is None:
            return None
        told, then = self._believed
        return told + timedelta(seconds=count - then)

    def _said_to_be_right(self, seen: ClockMarks) -> bool:
        """Whether a person has resolved the notice of this very doubt."""
        if seen.doubted or seen.last_tick is None:
            return False
        with self._database.read() as connection:
            notice = notices.find_notice(connection, rows.DOUBT)
        return notice is not None and notice.detail.get("last_tick") == seen.last_tick.isoformat()

    def _doubt(self, seen: ClockMarks, now: datetime, count: float | None) -> None:
        if self._doubted_since is None:
            self._doubted_since = count
        if not seen.doubted:
            log.error("event=clock.doubted now=%s last_tick=%s", now.isoformat(), seen.last_tick)
            detail = {"now": now.isoformat(), "last_tick": seen.last_tick.isoformat() if seen.last_tick else ""}
            with self._database.transaction() as connection:
                notices.raise_notice(connection, key=rows.DOUBT, role="admin", code="clock_doubted", now=now, detail=detail)
        last = tell_instant(seen.last_tick, "UTC") if seen.last_tick else "never"
        raise ClockDoubted(
            f"The clock tells {tell_instant(now, 'UTC')}, the last tick was {last}; nothing is planned or sent. "
            f"Correct the clock; or, if it is right: cadence notices resolve {rows.DOUBT}"
        )

    def _write(self, seen: ClockMarks, now: datetime, stepped_from: datetime | None) -> bool:
        """Record the tick and what it found; return whether something was mended, so that more may be due."""
        back = seen.last_tick is not None and now < seen.last_tick - STEP
        with self._database.transaction(durable=False) as connection:
            rows.record_tick(connection, now=now)
            if seen.doubted:
                rows.forget_doubt(connection)
            if stepped_from is not None:
                # the newest step is told, also while the notice of an earlier one is open
                notices.resolve_notice(connection, STEPPED, now=now)
                detail = {"from": stepped_from.isoformat(), "to": now.isoformat()}
                notices.raise_notice(connection, key=STEPPED, role="admin", code="clock_stepped", now=now, detail=detail)
                log.warning("event=clock.stepped from=%s to=%s", stepped_from.isoformat(), now.isoformat())
            if back:
                come_back(connection, now=now)
        return back


def come_back(connection: Connection, *, now: datetime) -> int:
    """Make the present due again after a clock that was ahead has moved everything into its future; return how many slots moved.

    What ran there keeps its key and never runs again; what only expired there runs at its own time, once.
    """
    freed: dict[tuple[int, str, str], tuple[datetime, rows.Freed]] = {}
    for one in rows.take_back_expired(connection, now=now):
        key = (one.cadence_id, one.zone, one.local_time)
        if key not in freed or one.fire_at < freed[key][0]:
            freed[key] = one.fire_at, one
    moved = 0
    for stored in cadence_rows.stored_cadences(connection):
        cadence = from_json(stored.definition)
        for slot in cadence_rows.slots_of(connection, stored.id):
            try:
                due = next_occurrence(cadence.schedule, zone(slot.zone), now, starts_on=cadence.starts_on, ends_on=cadence.ends_on)
            except Invalid:  # a zone that is known no more stays in sight where planning meets it
                continue
            earliest = [(due.fire_at, due.local_date)] if due is not None else []
            if (stored.id, slot.zone, slot.local_time) in freed:
                one = freed[(stored.id, slot.zone, slot.local_time)][1]
                earliest.append((one.fire_at, one.local_date))
            if not earliest:
                continue
            fire_at, local_date = min(earliest)
            if slot.fire_at is None or fire_at < slot.fire_at:
                cadence_rows.point_slot(connection, slot, local_date=local_date, fire_at=fire_at)
                moved += 1
    rows.bring_near(connection, now=now)
    if moved:
        log.warning("event=clock.came_back slots=%d", moved)
    return moved
