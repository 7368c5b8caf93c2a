"""What workers that are gone left in the ledger: claims, intents that were never started, and messages in doubt.

Whole sets at once, a part at a time, so that a transaction stays short however much was left. Every write is guarded by the
outcome it expects to be missing: what a worker recorded meanwhile stands. Who is gone: ``ledger.owner_is_gone``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import attempts, deliveries
from cadence.store.sending.states import LEASED, PLANNED, SENDING


class Open(NamedTuple):
    """An attempt without outcome whose worker is gone."""

    attempt_id: int
    delivery_id: int
    channel: str
    owner: str
    started: bool


def lease_owners(connection: Connection) -> list[str]:
    """Return who holds leases, over or not."""
    held = sa.select(deliveries.c.lease_owner).where(LEASED, deliveries.c.lease_owner.is_not(None))
    return list(connection.execute(held.distinct()).scalars())


_ANY_OVER = sa.select(sa.literal(1)).where(
    LEASED, SENDING, deliveries.c.lease_until < sa.bindparam("now", type_=deliveries.c.lease_until.type)
)


def any_over(connection: Connection, *, now: datetime) -> bool:
    """Return whether a message under way has outlived its lease."""
    return connection.execute(_ANY_OVER, {"now": now}).first() is not None


def open_attempts(connection: Connection, *, dead: Collection[str], now: datetime, after: int, limit: int) -> list[Open]:
    """Return up to ``limit`` attempts in ``sending`` whose lease is over or whose owner is ``dead``: by delivery id, from ``after``."""
    rows = connection.execute(
        sa.select(attempts.c.id, deliveries.c.id, deliveries.c.channel, deliveries.c.lease_owner, attempts.c.started_at.is_not(None))
        .join(attempts, sa.and_(attempts.c.delivery_id == deliveries.c.id, attempts.c.number == deliveries.c.attempt_count))
        .where(LEASED, SENDING, deliveries.c.id > after)
        .where(sa.or_(deliveries.c.lease_until < now, deliveries.c.lease_owner.in_(sorted(dead))))
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [Open._make(row) for row in rows]


def forget_attempts(connection: Connection, attempt_ids: Sequence[int], *, now: datetime) -> int:
    """Void intents that were never started, so never sent, and free their deliveries; return how many. A start that came first wins."""
    mine = attempts.c.id.in_(attempt_ids)
    freed = _end(connection, sa.and_(mine, attempts.c.started_at.is_(None)), outcome="void", now=now)
    # a resend of a delivery in doubt stays unknown: its earlier copy may have gone out
    earlier_unknown = sa.exists(sa.select(attempts.c.id)).where(attempts.c.delivery_id == deliveries.c.id, attempts.c.outcome == "unknown")
    settle = sa.case((earlier_unknown, sa.bindparam("settle", now, type_=deliveries.c.settle_at.type)), else_=sa.null())
    _move(connection, freed, state=sa.case((earlier_unknown, "unknown"), else_="planned"), settle_at=settle)
    return len(freed)


def doubt_attempts(connection: Connection, attempt_ids: Sequence[int], *, now: datetime, settle_at: datetime) -> int:
    """Mark attempts without outcome that may have gone out as unknown, to be looked at again at ``settle_at``; return how many."""
    doubted = _end(connection, attempts.c.id.in_(attempt_ids), outcome="unknown", now=now)
    _move(connection, doubted, state="unknown", settle_at=settle_at)
    return len(doubted)


def free_claims(connection: Connection, owners: Collection[str], *, limit: int) -> int:
    """Free up to ``limit`` claims without intent of dead ``owners``; return how many."""
    held = sa.select(deliveries.c.id).where(LEASED, PLANNED, deliveries.c.lease_owner.in_(sorted(owners))).limit(limit)
    freed = sa.update(deliveries).where(deliveries.c.id.in_(held), PLANNED, deliveries.c.lease_owner.in_(sorted(owners)))
    return connection.execute(freed.values(lease_owner=None, lease_until=None)).rowcount


def _end(connection: Connection, which: Any, *, outcome: str, now: datetime) -> list[int]:
    """End those attempts among ``which`` that have no outcome yet; return their deliveries."""
    ended = sa.update(attempts).where(which, attempts.c.outcome.is_(None)).values(outcome=outcome, finished_at=now)
    return list(connection.execute(ended.returning(attempts.c.delivery_id)).scalars())


def _move(connection: Connection, delivery_ids: Sequence[int], **values: Any) -> None:
    if delivery_ids:
        moved = sa.update(deliveries).where(deliveries.c.id.in_(delivery_ids), deliveries.c.state == "sending")
        connection.execute(moved.values(lease_owner=None, lease_until=None, **values))
