"""Take suspended addresses back into use: one, after a human check, or all that a storm took, in one step.

What was counted against an address goes with its suspension, and so do the notices about it. When an address counts as dead:
``operations.sending.address_health``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadence.domain.audit import AT_THE_SHELL, Actor, Change, Plain
from cadence.domain.people.addresses import parse_email
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.sending.address_health import STORM_KEY
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.running import notices
from cadence.store.sending import addresses as rows
from cadence.store.sending.addresses import KnownAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restoring of many did, or would do. ``addresses``: as they were; ``cleared``: not suspended, but counted against since."""

    since: datetime
    dry_run: bool
    addresses: tuple[KnownAddress, ...]
    cleared: int


def restore_address(database: Database, email: str, channel: str, *, now: datetime) -> KnownAddress:
    """Take a person's address back into use after a human check; return it as it was. Raises NotFound or Conflict."""
    with database.transaction() as connection:
        address = rows.address_of_person(connection, parse_email(email), channel)
        if address is None:
            raise NotFound(f"{email} has no {channel} address")
        if address.suspended_at is None:
            raise Conflict(f"the {channel} address of {email} is in use already")
        rows.restore(connection, address.id)
        notices.resolve_notice(connection, f"address:{address.id}", now=now)
        return address


def restore_since(
    database: Database, since: datetime, channel: str, *, now: datetime, dry_run: bool = False, actor: Actor = AT_THE_SHELL
) -> Restored:
    """Take all addresses back into use that were suspended at ``since`` or later, and forget what was counted against others since.

    dry_run: only say which. Raises Invalid when ``since`` lies in the future.
    """
    if since > now:
        raise Invalid("--all-since", since.isoformat(), "lies in the future", example="2026-11-23T09:00+01:00")
    with database.transaction() as connection:
        taken = rows.suspended_from(connection, channel, since)
        counted = rows.counted_from(connection, channel, since)
        if not dry_run:
            for address_id in (*(address.id for address in taken), *counted):
                rows.restore(connection, address_id)
                for matter in ("address", "failing"):
                    notices.resolve_notice(connection, f"{matter}:{address_id}", now=now)
            notices.resolve_notice(connection, STORM_KEY, now=now)
            restored: dict[str, Plain] = {"addresses": len(taken)}
            change = Change(action="channel.addresses_restored", object_kind="channel", object_key=channel, after=restored)
            append(connection, actor, change, at=now)
    return Restored(since=since, dry_run=dry_run, addresses=tuple(taken), cleared=len(counted))
