"""Put a ``cadences.toml`` into force: audiences, cadences, limits, and the slots that follow from them.

One transaction of the caller's. Applying the same file again changes nothing. A cadence that the
file does not name goes on as it is, unless asked to ``prune``. Slots depend on people too: call
``derive_slots`` after an import of people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.audit import AT_THE_SHELL, Actor, differing
from cadence.domain.planning.cadences import Cadence, CadenceFile
from cadence.domain.planning.calendars import zone
from cadence.domain.planning.limits import Limits
from cadence.domain.planning.occurrences import next_occurrence
from cadence.errors import Invalid
from cadence.files.cadences_toml import from_json, to_json
from cadence.files.limits_toml import limits_to_json
from cadence.operations.authoring.post_to_channel import ensure_places
from cadence.operations.authoring.put_in_force import add_cadence, replace_cadence, replace_limits
from cadence.store.authoring import cadences as rows


@dataclass(slots=True, kw_only=True)
class SlotReport:
    """What ``derive_slots`` changed. ``unknown_zones`` are zones of people that the time zone database lacks."""

    added: int = 0
    removed: int = 0
    unknown_zones: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule that was changed in the browser and that the file would overwrite, field by field. ``slug`` "": the limits."""

    slug: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class ApplyReport:
    """What applying a file changed: slugs by what became of them, and things to look at."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    #: active, but not in the file: left as they are
    absent: list[str] = field(default_factory=list)
    #: not in the file and switched off because of ``prune``
    pruned: list[str] = field(default_factory=list)
    audiences_saved: list[str] = field(default_factory=list)
    audiences_removed: list[str] = field(default_factory=list)
    limits_changed: bool = False
    slots: SlotReport = field(default_factory=SlotReport)
    warnings: list[str] = field(default_factory=list)
    #: rules of the browser that the file would overwrite; then nothing at all was applied
    kept: list[KeptRule] = field(default_factory=list)


def apply_cadences(
    connection: Connection,
    file: CadenceFile,
    *,
    now: datetime,
    prune: bool = False,
    overwrite: bool = False,
    actor: Actor = AT_THE_SHELL,
) -> ApplyReport:
    """Bring the database in line with ``file``; return what changed.

    ``prune`` switches off the active cadences that the file does not name and removes audiences
    nobody uses. A file that would change a rule of the browser changes nothing, unless ``overwrite``.
    """
    kept = [] if overwrite else _would_overwrite(connection, file, prune=prune)
    if kept:
        return ApplyReport(kept=kept)
    report = ApplyReport(warnings=_warnings(connection, file))
    known_rules = rows.stored_audiences(connection)
    for slug, rule in file.audiences.items():
        if known_rules.get(slug) != rule:
            rows.save_audience(connection, slug, rule)
            report.audiences_saved.append(slug)
    report.limits_changed = replace_limits(connection, file.limits, now=now, actor=actor)
    stored = {one.slug: one for one in rows.stored_cadences(connection)}
    for cadence in file.cadences:
        _apply_one(connection, cadence, stored.get(cadence.slug), report, now=now, actor=actor)
    named = {cadence.slug for cadence in file.cadences}
    left = [one for one in stored.values() if one.active and one.slug not in named]
    for one in left:
        if prune:
            replace_cadence(connection, one, replace(from_json(one.definition), active=False), now=now, actor=actor)
    (report.pruned if prune else report.absent).extend(one.slug for one in left)
    if prune:
        report.audiences_removed = _remove_unused_audiences(connection)
    report.slots = derive_slots(connection, now=now)
    return report


def derive_slots(connection: Connection, *, now: datetime) -> SlotReport:
    """Make the slots be one for each active cadence and zone of active people; return what changed.

    A cadence that posts to a Slack channel has one, in the zone of the channel's place.
    A cadence that posts to a channel has one, in the zone of that channel's shared address, which is made where new.
    Existing slots keep their next instant, also one that is overdue; new ones start after ``now``.
    """
    report = SlotReport()
    zones = []
    for name in rows.zones_of_active_people(connection):
        try:
            zones.append((name, zone(name)))
        except Invalid:
            report.unknown_zones.append(name)
    existing = rows.slot_keys(connection)
    wanted: set[tuple[int, str, str]] = set()
    new: list[rows.StoredSlot] = []
    active = [(stored, from_json(stored.definition)) for stored in rows.stored_cadences(connection) if stored.active]
    places = ensure_places(connection, [cadence for _, cadence in active], now=now)
    for stored, cadence in active:
        local_time = cadence.schedule.local_time.strftime("%H:%M")
        here = [(name, zone(name)) for channel_id, name in places.items() if channel_id == cadence.post_to] if cadence.post_to else zones
        for name, info in here:
            key = (stored.id, name, local_time)
            wanted.add(key)
            if key in existing:
                continue
            due = next_occurrence(cadence.schedule, info, now, starts_on=cadence.starts_on, ends_on=cadence.ends_on)
            new.append(
                rows.StoredSlot(
                    cadence_id=stored.id,
                    zone=name,
                    local_time=local_time,
                    local_date=due.local_date if due else None,
                    fire_at=due.fire_at if due else None,
                )
            )
    rows.add_slots(connection, new)
    gone = [slot_id for key, slot_id in existing.items() if key not in wanted]
    rows.remove_slots(connection, gone)
    report.added, report.removed = len(new), len(gone)
    return report


def _apply_one(
    connection: Connection, cadence: Cadence, before: rows.StoredCadence | None, report: ApplyReport, *, now: datetime, actor: Actor
) -> None:
    definition = to_json(cadence)
    if before is None:
        add_cadence(connection, cadence, now=now, actor=actor)
        report.added.append(cadence.slug)
    elif before.definition == definition and before.active == cadence.active:
        if before.edited_in != "file":
            rows.follow_file(connection, before.id)
        report.unchanged.append(cadence.slug)
    else:
        replace_cadence(connection, before, cadence, now=now, actor=actor)
        report.changed.append(cadence.slug)


def _would_overwrite(connection: Connection, file: CadenceFile, *, prune: bool) -> list[KeptRule]:
    found = []
    limits = rows.stored_limits(connection)
    if limits is not None and limits.edited_in == "browser" and limits.definition != limits_to_json(file.limits):
        before, after = differing(limits.definition, limits_to_json(file.limits))
        found.append(KeptRule(slug="", before=before, after=after))
    wanted = {cadence.slug: to_json(cadence) for cadence in file.cadences}
    for one in rows.stored_cadences(connection):
        new = wanted.get(one.slug)
        if new is None and prune and one.active:
            new = {**one.definition, "active": False}
        if one.edited_in == "browser" and new is not None and new != one.definition:
            before, after = differing(one.definition, new)
            found.append(KeptRule(slug=one.slug, before=before, after=after))
    return found


def _remove_unused_audiences(connection: Connection) -> list[str]:
    used = {from_json(one.definition).audience for one in rows.stored_cadences(connection) if one.active}
    unused = sorted(rows.stored_audiences(connection).keys() - used - rows.audiences_of_statements(connection))
    rows.remove_audiences(connection, unused)
    return unused


def _warnings(connection: Connection, file: CadenceFile) -> list[str]:
    known = rows.statement_slugs(connection)
    found = []
    for cadence in file.cadences:
        found += [f"{cadence.slug}: there is no statement {slug} yet" for slug in cadence.statements if slug not in known]
        found += _hours_warnings(cadence, file.limits)
    found += [f"slices.{one.statement}: there is no statement of this name yet" for one in file.limits.slices if one.statement not in known]
    tags = rows.tags_in_use(connection)
    for index, rule in enumerate(file.limits.rules, start=1):
        found += [f"limits.rules[{index}]: no statement has the tag {tag} yet" for tag in rule.tags if tag not in tags]
    return found


def _hours_warnings(cadence: Cadence, limits: Limits) -> list[str]:
    schedule = cadence.schedule
    minute = schedule.local_time.hour * 60 + schedule.local_time.minute
    parts = limits.working_window.minutes_outside(limits.quiet_hours)
    found = []
    if not any(start <= minute < end for start, end in parts):
        wall = schedule.local_time.strftime("%H:%M")
        found.append(
            f"{cadence.slug}: {wall} lies outside the hours in which messages may go out, so its digests wait for the next such hour"
        )
    idle = [day.value for day in schedule.days if day not in limits.working_days]
    if idle:
        found.append(f"{cadence.slug}: {', '.join(idle)} is no working day, so its digests wait for the next one")
    return found
