"""Whether the audit log is whole: every entry holds the fingerprint of the one before and its own.

Who owns the database can cut off the newest entries and no chain shows it; so a fingerprint that was written down elsewhere can be
looked for (``seen``), and an exported log is verified by itself, without any database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cadence.domain.audit import Actor, Change, Via, entry_hash
from cadence.errors import Invalid
from cadence.store.audit.reading import AuditEntry, entries_in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found. ``broken_at``: number of the first entry that does not fit; None: all fit."""

    entries: int
    #: fingerprint of the newest entry; empty: there is none
    fingerprint: str
    broken_at: int | None
    #: whether the fingerprint that was looked for is there; None: none was
    has_seen: bool | None


def verify(entries: Iterable[AuditEntry], *, seen: str = "", previous: str = "") -> Verified:
    """Return whether ``entries``, in order, form one chain that goes on from ``previous``. ``seen``: a fingerprint to look for."""
    count, has_seen = 0, False
    for entry in entries:
        count += 1
        if entry.previous_hash != previous or entry.hash != entry_hash(previous, entry.at, entry.actor, entry.change):
            return Verified(entries=count, fingerprint=previous, broken_at=entry.id, has_seen=(has_seen if seen else None))
        previous = entry.hash
        has_seen = has_seen or previous == seen
    return Verified(entries=count, fingerprint=previous, broken_at=None, has_seen=(has_seen if seen else None))


def verify_log(connection: Connection, *, seen: str = "") -> Verified:
    """Return whether the whole log of the database is one chain."""
    return verify(entries_in_order(connection), seen=seen)


def plain_entry(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as one line of the export holds it."""
    return {
        "id": entry.id,
        "at": entry.at.isoformat(timespec="microseconds"),
        "account": entry.actor.account_id,
        "via": entry.actor.via.value,
        "action": entry.change.action,
        "kind": entry.change.object_kind,
        "key": entry.change.object_key,
        "before": dict(entry.change.before),
        "after": dict(entry.change.after),
        "previous": entry.previous_hash,
        "hash": entry.hash,
    }


def exported_entry(line: str, number: int) -> AuditEntry:
    """Return the entry that line ``number`` of an export holds. Raises Invalid."""
    try:
        said = json.loads(line)
        return AuditEntry(
            id=int(said["id"]),
            at=datetime.fromisoformat(said["at"]),
            actor=Actor(via=Via(said["via"]), account_id=said["account"]),
            change=Change(
                action=said["action"], object_kind=said["kind"], object_key=said["key"], before=said["before"], after=said["after"]
            ),
            previous_hash=said["previous"],
            hash=said["hash"],
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid(
            f"line {number}", line[:60], "is no entry of an exported audit log", example="cadence audit export audit.jsonl"
        ) from None
