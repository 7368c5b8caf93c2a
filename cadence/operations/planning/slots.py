"""From due slots to occurrences: the newest runs, older ones are expired, the slot moves on. Touches no person."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.planning.calendars import zone
from cadence.domain.planning.occurrences import Due, next_occurrence, occurrence_key, occurrences_between, split_missed
from cadence.errors import Invalid
from cadence.files.cadences_toml import from_json
from cadence.store.planning import occurrences as rows
from cadence.store.planning.occurrences import DueSlot

log = logging.getLogger("cadence.plan")


def materialise(connection: Connection, due: list[DueSlot], *, now: datetime) -> tuple[int, int]:
    """Insert the occurrences of due slots; return (how many run, how many are expired).

    The newest runs if at most six hours late, older ones are expired; slots move on.
    """
    run = expired = 0
    for slot in due:
        try:
            cadence, here = from_json(slot.definition), zone(slot.zone)
        except Invalid as error:  # stays due and in sight; the others go on
            log.error("event=slot.unreadable cadence=%s zone=%s reason=%s", slot.cadence_slug, slot.zone, error)
            continue
        span = {"starts_on": cadence.starts_on, "ends_on": cadence.ends_on}
        first = Due(local_date=slot.local_date, local_time=time.fromisoformat(slot.local_time), fire_at=slot.fire_at)
        dues = [first, *occurrences_between(cadence.schedule, here, slot.fire_at, now, **span)]
        following = next_occurrence(cadence.schedule, here, dues[-1].fire_at, **span)
        ends = [d.fire_at for d in dues[1:]] + [following.fire_at if following else dues[-1].fire_at + timedelta(days=7)]
        runs, _ = split_missed(dues, now)
        for one, until in zip(dues, ends, strict=True):
            rows.add_occurrence(
                connection,
                key=occurrence_key(slot.cadence_slug, slot.zone, slot.local_time, one.local_date),
                slot=slot,
                local_date=one.local_date,
                fire_at=one.fire_at,
                until=until,
                expired=one is not runs,
                now=now,
            )
        run += runs is not None
        expired += len(dues) - (runs is not None)
        rows.move_slot(
            connection, slot, local_date=following.local_date if following else None, fire_at=following.fire_at if following else None
        )
    return run, expired
