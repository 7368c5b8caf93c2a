"""Entries of the audit log in words: who, did what to what, and from what to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cadence.domain.audit import Plain, Via
from cadence.domain.planning.calendars import zone
from cadence.rendering.words import Words
from cadence.store.audit.reading import NamedEntry

#: what the filter of the page offers, and the kinds of objects behind each choice
GROUPS: Mapping[str, tuple[str, ...]] = {
    "words": ("statement", "draft", "scoreboard", "reply", "question"),
    "rules": ("cadence", "limits", "calendar", "company", "audience"),
    "people": ("person", "people"),
    "access": ("account", "session", "token", "group"),
    "sending": ("sending", "channel", "delivery", "webhook"),
}
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEntry:
    """One line of the page. ``differences``: field, before, after."""

    id: int
    at: datetime
    #: "HH:MM" where the page tells the time
    clock: str
    who: str
    what: str
    differences: tuple[tuple[str, str, str], ...]


def tell_entry(words: Words, named: NamedEntry, *, zone_name: str = "UTC") -> ToldEntry:
    """Return one entry as people read it, its time in the IANA zone ``zone_name``."""
    entry, change = named.entry, named.entry.change
    who = named.actor_name or words.name("audit_via", entry.actor.via.value)
    about = named.object_name or words.say("audit_erased")
    if change.object_kind == "person" and entry.actor.account_id is None and entry.actor.via is Via.PAGE:
        who = words.say("audit_person")
    known = words.names["audit_actions"]
    what = words.name("audit_actions", change.action).replace("{object}", f"“{about}”") if change.action in known else change.action
    fields = sorted({*change.before, *change.after})
    return ToldEntry(
        id=entry.id,
        at=entry.at,
        clock=f"{entry.at.astimezone(zone(zone_name)):%H:%M}",
        who=who,
        what=what,
        differences=tuple((field, _shown(change.before.get(field)), _shown(change.after.get(field))) for field in fields),
    )


def by_day(told: Sequence[ToldEntry], zone_name: str) -> list[tuple[date, list[ToldEntry]]]:
    """Return the entries by their local day, in the order given."""
    days: dict[date, list[ToldEntry]] = {}
    for one in told:
        days.setdefault(one.at.astimezone(zone(zone_name)).date(), []).append(one)
    return list(days.items())


def _shown(value: Plain) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, list):
        return _cut(", ".join(map(_shown, value)))
    if isinstance(value, dict):
        return _cut(", ".join(f"{name} {_shown(one)}" for name, one in value.items()))
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
