"""Put one cadence or the limits in the place of what is in force, by a file or by a form: the version before is kept, the change audited.

In the caller's transaction. Which rules change is decided by ``apply_cadences`` and ``change_rules``; slots of new zones
and times are ``apply_cadences.derive_slots``' work, which has to follow.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor, Change, differing
from cadence.domain.planning.cadences import Cadence
from cadence.domain.planning.calendars import zone
from cadence.domain.planning.limits import Limits
from cadence.domain.planning.occurrences import next_occurrence
from cadence.files.cadences_toml import from_json, to_json
from cadence.files.limits_toml import limits_to_json
from cadence.store.audit.entries import append
from cadence.store.authoring import cadences as rows
from cadence.store.authoring.rule_versions import keep_version


def add_cadence(connection: Connection, cadence: Cadence, *, now: datetime, actor: Actor) -> None:
    """Keep a cadence that is new."""
    definition = to_json(cadence)
    rows.add_cadence(connection, slug=cadence.slug, definition=definition, active=cadence.active, now=now)
    change = Change(action="cadence.added", object_kind="cadence", object_key=cadence.slug, after=definition)
    append(connection, actor, change, at=now)


def replace_cadence(
    connection: Connection, before: rows.StoredCadence, cadence: Cadence, *, now: datetime, actor: Actor, edited_in: str = "file"
) -> None:
    """Put ``cadence`` in the place of ``before`` and move its slots. ``edited_in``: "file" or "browser"."""
    definition, account = to_json(cadence), actor.account_id
    keep_version(
        connection, before.slug, definition=before.definition, active=before.active, applied_at=before.applied_at, account_id=account
    )
    rows.change_cadence(connection, before.id, definition=definition, active=cadence.active, now=now, edited_in=edited_in)
    if _when(from_json(before.definition)) != _when(cadence):
        _reschedule(connection, before.id, cadence, now=now)
    old, new = differing(before.definition, definition)
    append(
        connection, actor, Change(action="cadence.changed", object_kind="cadence", object_key=cadence.slug, before=old, after=new), at=now
    )


def replace_limits(connection: Connection, limits: Limits, *, now: datetime, actor: Actor, edited_in: str = "file") -> bool:
    """Put ``limits`` into force; return whether they differ from those before. ``edited_in``: "file" or "browser"."""
    stored, after = rows.stored_limits(connection), limits_to_json(limits)
    before = stored.definition if stored is not None else limits_to_json(Limits())
    has_changed = rows.save_limits(connection, after, now=now, edited_in=edited_in)
    if before != after:
        if stored is not None or edited_in == "browser":
            since = stored.applied_at if stored is not None else now
            keep_version(connection, "", definition=before, active=True, applied_at=since, account_id=actor.account_id)
        old, new = differing(before, after)
        append(connection, actor, Change(action="limits.changed", object_kind="limits", object_key="", before=old, after=new), at=now)
    return has_changed


def _when(cadence: Cadence) -> tuple[Any, ...]:
    return replace(cadence.schedule, window_minutes=0), cadence.starts_on, cadence.ends_on


def _reschedule(connection: Connection, cadence_id: int, cadence: Cadence, *, now: datetime) -> None:
    """Move the slots of a changed schedule; one that is overdue this minute stays due when the new schedule has that instant too."""
    for slot in rows.slots_of(connection, cadence_id):
        after = now if slot.fire_at is None else min(now, slot.fire_at - timedelta(microseconds=1))
        due = next_occurrence(cadence.schedule, zone(slot.zone), after, starts_on=cadence.starts_on, ends_on=cadence.ends_on)
        rows.point_slot(connection, slot, local_date=due.local_date if due else None, fire_at=due.fire_at if due else None)
