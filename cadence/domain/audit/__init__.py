"""One change as the audit log tells it: by whom, on which way, of what, from what to what.

Pure. Kept and chained by ``store.audit``; shown and verified by ``operations.audit``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class Via(StrEnum):
    """On which way a change came."""

    PAGE = "page"
    API = "api"
    COMMAND = "command"
    SCIM = "scim"
    SLACK = "slack"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something. ``account_id`` None: somebody at the shell, or the service itself."""

    via: Via
    account_id: int | None = None


#: who changes things at the shell, and what the service does by itself
AT_THE_SHELL = Actor(via=Via.COMMAND)
THE_SERVICE = Actor(via=Via.SERVICE)

#: what ``before`` and ``after`` may hold
Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was done. ``action``: "<object kind>.<verb in the past>"; ``before``, ``after``: only the fields that differ.

    Of people name the fields and no values: nobody can erase a person from this log.
    """

    action: str
    object_kind: str
    object_key: str
    before: Mapping[str, Plain] = field(default_factory=dict)
    after: Mapping[str, Plain] = field(default_factory=dict)


def entry_hash(previous_hash: str, at: datetime, actor: Actor, change: Change) -> str:
    """Return the SHA-256 (hex) that chains an entry to the one before it (``previous_hash``, "" for the first)."""
    said = {
        "previous": previous_hash,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "account": actor.account_id,
        "via": actor.via.value,
        "action": change.action,
        "kind": change.object_kind,
        "key": change.object_key,
        "before": dict(change.before),
        "after": dict(change.after),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


def differing(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> tuple[dict[str, Plain], dict[str, Plain]]:
    """Return both sides with only the fields that differ; a field that one side lacks is None there."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
