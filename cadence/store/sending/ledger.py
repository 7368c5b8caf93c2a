"""The ledger of sending: leases, claims, intents and doubts.

Order of one delivery (docs/reliability.md): claim (lease) -> intent (durable) -> start (light) ->
the network -> outcome (light, together with the next start; ``journal``). Everything here is guarded by the
state it expects, so a second worker changes nothing. What a dead worker left: ``left_behind``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult

from cadence.domain.sending.deliveries import DeliveryState
from cadence.store.database.bulk import insert_rows
from cadence.store.database.core import attempts, deliveries
from cadence.store.database.sql import allocate_ids
from cadence.store.sending.states import PLANNED, in_state

LEASE = timedelta(minutes=20)


def boot_id() -> str:
    """Return the id the kernel gave this boot of the machine; a constant where there is none."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else "no-boot-id"


def place() -> str:
    """Return where a process number means something: this boot of this kernel, and its pid namespace (a container has its own)."""
    namespace = Path("/proc/self/ns/pid")
    return f"{boot_id()}/{os.stat(namespace).st_ino if namespace.exists() else 0}"


def process_started(pid: int) -> str | None:
    """Return the kernel's start tick of process ``pid`` (tells a reused pid apart), None when it does not run."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def lease_owner() -> str:
    """Return the name under which this process takes leases: boot, pid namespace, pid and start tick."""
    return f"{place()}/{os.getpid()}/{process_started(os.getpid()) or '0'}"


def owner_is_gone(owner: str, *, alone: bool) -> bool:
    """Return whether the process that took leases as ``owner`` is known to have died.

    It ran in this boot and pid namespace and does not run now; or (``alone``, SQLite) it ran in another.
    On PostgreSQL another boot or namespace may be another machine or container, alive: there only the
    end of a lease counts.
    """
    where, _, started = owner.rpartition("/")
    where, _, pid = where.rpartition("/")
    if where != place():
        return alone
    return not pid.isdigit() or process_started(int(pid)) != started


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery under our lease."""

    delivery_id: int
    occurrence_id: int
    person_id: int
    public_id: str
    attempt_count: int
    dated: datetime | None
    expires_at: datetime
    local_week: int


_CLAIM_COLUMNS = (
    deliveries.c.id,
    deliveries.c.occurrence_id,
    deliveries.c.person_id,
    deliveries.c.public_id,
    deliveries.c.attempt_count,
    deliveries.c.dated,
    deliveries.c.expires_at,
    deliveries.c.local_week,
    deliveries.c.send_after,
)


def claim(connection: Connection, *, channel: str, owner: str, now: datetime, limit: int) -> list[Claimed]:
    """Lease up to ``limit`` ready deliveries, oldest first. Two workers never get the same one."""
    waiting = deliveries.alias("waiting")
    ready = (
        sa.select(waiting.c.id)
        .where(in_state(DeliveryState.PLANNED, table=waiting), waiting.c.send_after <= now, waiting.c.channel == channel)
        .where(sa.or_(waiting.c.lease_until.is_(None), waiting.c.lease_until < now))
        .order_by(waiting.c.send_after, waiting.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # named, so that it is run once: PostgreSQL may run a bare subquery for each row, and find others each time
        .cte("ready")
    )
    rows = connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(sa.select(ready.c.id)))
        .values(lease_owner=owner, lease_until=now + LEASE)
        .returning(*_CLAIM_COLUMNS)
    )
    return _claimed(rows)


def _claimed(rows: CursorResult[Any]) -> list[Claimed]:
    # the longest waiting first: a message that halts its channel each time goes to the back of the queue. Those that wait equally
    # long in an order of chance, so that several refusals in a row tell of an hour, not of neighbours in a list of people
    ordered = sorted(cast(Any, rows.fetchall()), key=lambda r: (r[8], r[3]))
    return [
        Claimed(
            delivery_id=delivery_id,
            occurrence_id=occurrence_id,
            person_id=person_id,
            public_id=public_id,
            attempt_count=attempt_count,
            dated=dated,
            expires_at=expires_at,
            local_week=local_week,
        )
        for delivery_id, occurrence_id, person_id, public_id, attempt_count, dated, expires_at, local_week, _ in ordered
    ]


def delivery(connection: Connection, delivery_id: int) -> Claimed | None:
    """Return one delivery as ``claim`` would, without claiming it."""
    found = _claimed(connection.execute(sa.select(*_CLAIM_COLUMNS).where(deliveries.c.id == delivery_id)))
    return found[0] if found else None


def delivery_in(connection: Connection, occurrence_id: int, *, person_id: int) -> Claimed | None:
    """Return what an occurrence has for a person as ``claim`` would, without claiming it."""
    mine = (deliveries.c.occurrence_id == occurrence_id, deliveries.c.person_id == person_id)
    found = _claimed(connection.execute(sa.select(*_CLAIM_COLUMNS).where(*mine)))
    return found[0] if found else None


def release(connection: Connection, delivery_ids: Sequence[int], *, owner: str) -> None:
    """Give back leases on deliveries that were not started."""
    if delivery_ids:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id.in_(delivery_ids), deliveries.c.lease_owner == owner, deliveries.c.state == "planned")
            .values(lease_owner=None, lease_until=None)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A message is about to be sent: its attempt row, committed before the first byte leaves."""

    attempt_id: int
    delivery_id: int
    number: int


def record_intents(connection: Connection, claimed: Sequence[Claimed], *, owner: str, now: datetime, dated: datetime) -> list[Intent]:
    """Move claimed deliveries to ``sending`` and write their attempts. Those whose lease was lost meanwhile are left out.

    ``dated``: the Date the messages were composed with; it is fixed here for every later attempt. The lease starts again.
    """
    if not claimed:
        return []
    held = {
        row.id
        for row in connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id.in_([c.delivery_id for c in claimed]), deliveries.c.lease_owner == owner)
            .where(deliveries.c.state.in_(("planned", "unknown")))
            .values(
                state=DeliveryState.SENDING.value,
                attempt_count=deliveries.c.attempt_count + 1,
                dated=sa.func.coalesce(deliveries.c.dated, sa.bindparam("first_dated", dated, type_=deliveries.c.dated.type)),
                settle_at=None,
                lease_until=now + LEASE,
            )
            .returning(deliveries.c.id)
        ).fetchall()
    }
    kept = [c for c in claimed if c.delivery_id in held]
    ids = allocate_ids(connection, attempts, len(kept))
    intents = [Intent(attempt_id=i, delivery_id=c.delivery_id, number=c.attempt_count + 1) for i, c in zip(ids, kept, strict=True)]
    insert_rows(
        connection,
        attempts,
        ("id", "delivery_id", "number", "lease_owner", "intent_at", "provider_code", "provider_id", "reply"),
        [(i.attempt_id, i.delivery_id, i.number, owner, now, "", "", "") for i in intents],
    )
    return intents


_now = sa.bindparam("now", type_=deliveries.c.send_after.type)
_READY: Any = sa.select(sa.literal_column("1")).where(PLANNED, deliveries.c.send_after <= _now)
# in the order of an index: without one PostgreSQL reads the table until it meets the first, which may be the last
_ANY_READY = _READY.where(deliveries.c.channel == sa.bindparam("channel")).order_by(deliveries.c.send_after).limit(1)
_ANY_LATE = _READY.where(deliveries.c.expires_at <= _now).order_by(deliveries.c.expires_at).limit(1)


def any_ready(connection: Connection, *, channel: str, now: datetime) -> bool:
    """Return whether anything on ``channel`` may be ready to send."""
    return connection.execute(_ANY_READY, {"now": now, "channel": channel}).first() is not None


def any_late(connection: Connection, *, now: datetime) -> bool:
    """Return whether any planned delivery is past its end."""
    return connection.execute(_ANY_LATE, {"now": now}).first() is not None


def expire_late(connection: Connection, *, now: datetime) -> list[tuple[int, int]]:
    """Mark planned deliveries past their ``expires_at`` and not under a live lease; return (delivery, person) ids."""
    rows = connection.execute(
        sa.update(deliveries)
        .where(PLANNED, deliveries.c.send_after <= now, deliveries.c.expires_at <= now)
        .where(sa.or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < now))
        .values(state="expired", reason="too_late", finished_at=now, lease_owner=None, lease_until=None)
        .returning(deliveries.c.id, deliveries.c.person_id)
    )
    return [(r.id, r.person_id) for r in rows]


class Doubtful(NamedTuple):
    """An unknown delivery, its newest attempt, and how often it was in doubt."""

    id: int
    person_id: int
    public_id: str
    expires_at: datetime
    attempt_id: int
    provider_code: str
    intent_at: datetime
    doubts: int


def to_settle(connection: Connection, *, channel: str, now: datetime, limit: int = 200) -> list[Doubtful]:
    """Return unknown deliveries whose quiet time is over, the longest waiting first."""
    earlier = attempts.alias("earlier")
    doubts = sa.select(sa.func.count()).where(earlier.c.delivery_id == deliveries.c.id, earlier.c.outcome == "unknown").scalar_subquery()
    whole = (deliveries.c.id, deliveries.c.person_id, deliveries.c.public_id, deliveries.c.expires_at)
    query = (
        sa.select(*whole, attempts.c.id, attempts.c.provider_code, attempts.c.intent_at, doubts)
        .join(attempts, sa.and_(attempts.c.delivery_id == deliveries.c.id, attempts.c.number == deliveries.c.attempt_count))
        .where(deliveries.c.settle_at <= now, deliveries.c.state == "unknown", deliveries.c.channel == channel)
        .where(sa.or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < now))
        .order_by(deliveries.c.settle_at, deliveries.c.id)
        .limit(limit)
    )
    return [Doubtful._make(row) for row in connection.execute(query)]


def claim_unknown(connection: Connection, delivery_ids: Sequence[int], *, owner: str, now: datetime) -> list[Claimed]:
    """Lease unknown deliveries for their one resend."""
    rows = connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(delivery_ids), deliveries.c.state == "unknown", deliveries.c.settle_at <= now)
        .where(sa.or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < now))
        .values(lease_owner=owner, lease_until=now + LEASE)
        .returning(*_CLAIM_COLUMNS)
    )
    return _claimed(rows)


def leave_unknown(connection: Connection, delivery_ids: Sequence[int], *, reason: str, now: datetime) -> None:
    """Stop settling: a person must look at these."""
    if delivery_ids:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id.in_(delivery_ids), deliveries.c.state == "unknown")
            .values(settle_at=None, reason=reason, finished_at=now, lease_owner=None, lease_until=None)
        )


def look_again(connection: Connection, delivery_id: int, attempt_id: int, *, code: str, settle_at: datetime) -> None:
    """Keep a delivery unknown until ``settle_at``; ``code`` remembers on the attempt what the read-back said."""
    connection.execute(sa.update(attempts).where(attempts.c.id == attempt_id).values(provider_code=code))
    connection.execute(
        sa.update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == "unknown").values(settle_at=settle_at)
    )


def found_absent(connection: Connection, delivery_id: int, attempt_id: int, *, now: datetime) -> None:
    """The read-back proved that the message never arrived: the attempt is void, the delivery is planned again."""
    voided = connection.execute(
        sa.update(attempts).where(attempts.c.id == attempt_id, attempts.c.outcome != "void").values(outcome="void", finished_at=now)
    )
    if voided.rowcount != 1:
        return
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "unknown")
        .values(state="planned", settle_at=None, lease_owner=None, lease_until=None)
    )


def reopen(connection: Connection, delivery_id: int, attempt_id: int, *, now: datetime) -> None:
    """Make an unknown attempt open again, so that its proven outcome can be recorded; a crash here leaves it in doubt as before."""
    connection.execute(sa.update(attempts).where(attempts.c.id == attempt_id, attempts.c.outcome == "unknown").values(outcome=None))
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "unknown")
        .values(state="sending", settle_at=None, lease_owner=lease_owner(), lease_until=now)
    )
