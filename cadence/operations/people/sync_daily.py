"""Take people over from Slack once a day, at a local time, in whichever process comes first.

What went wrong is a notice to the admin, and is tried again after an hour; the difference is logged as
counts. A process that dies in between leaves the next try to the same hour.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from cadence.channels.slack.directory import Directory
from cadence.clock import Clock
from cadence.domain.audit import THE_SERVICE
from cadence.domain.planning.calendars import resolve, zone
from cadence.errors import CadenceError, StoreError
from cadence.operations.people.import_people import note_import
from cadence.operations.people.report import PeopleReport
from cadence.operations.people.sync_people import sync_people
from cadence.store.database.engine import Database
from cadence.store.running import daily, notices

log = logging.getLogger("cadence.people")

STEP = "people_sync"
#: code and key of the notice that a daily run failed
FAILED = "people_sync_failed"
AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySync:
    """The daily step: call ``run`` as often as convenient."""

    database: Database
    clock: Clock
    #: reads the workspace; may take minutes
    read: Callable[[], Directory]
    at: time
    #: where ``at`` is told, and the zone of people who have none
    zone: str
    guests: bool = True

    def run(self) -> PeopleReport | None:
        """Sync when it is due; return what changed, None when it was not due or failed."""
        now = self.clock.now()
        with self.database.read() as connection:
            if not daily.is_daily_due(connection, STEP, now=now):
                return None
        with self.database.transaction() as connection:
            first = next_instant(self.at, self.zone, after=now)
            if not daily.claim_daily(connection, STEP, now=now, first=first, again=now + AGAIN):
                return None
        try:
            directory = self.read()
            now = self.clock.now()
            with self.database.transaction() as connection:
                report = sync_people(connection, directory, now=now, default_zone=self.zone, guests=self.guests)
                note_import(connection, report, source="Slack", actor=THE_SERVICE, now=now)
                notices.resolve_notice(connection, FAILED, now=now)
                daily.done_daily(connection, STEP, following=next_instant(self.at, self.zone, after=now))
        except StoreError:
            raise
        except CadenceError as error:
            with self.database.transaction() as connection:
                notices.raise_notice(connection, key=FAILED, role="admin", code=FAILED, now=now, detail={"reason": str(error)[:500]})
            log.error("event=people.sync_failed code=%s", error.code)
            return None
        log.info(
            "event=people.synced created=%d updated=%d moved=%d reassigned=%d reactivated=%d deactivated=%d refused=%d",
            len(report.created),
            len(report.updated),
            len(report.moved),
            len(report.reassigned),
            len(report.reactivated),
            len(report.deactivated),
            len(report.refused),
        )
        return report


def next_instant(at: time, zone_name: str, *, after: datetime) -> datetime:
    """Return the first instant after ``after`` at which it is ``at`` in a zone (in a gap of the clock: the first one after it)."""
    here = zone(zone_name)
    day = after.astimezone(here).date()
    today = resolve(datetime.combine(day, at), here)
    return today if today > after else resolve(datetime.combine(day + timedelta(days=1), at), here)
