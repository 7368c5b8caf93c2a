"""What a dead worker left behind.

A claim without intent is free again. A start without outcome may have gone out: unknown. An intent without start was never sent; unless, on
SQLite, the whole machine died: then light commits may be lost, and every intent of the batch is in doubt.

One process recovers at a time, ``PART`` deliveries to a transaction: what is done stays done when that process dies too.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.retry import SETTLE_AFTER
from cadence.store.database.engine import Database
from cadence.store.sending import ledger
from cadence.store.sending import left_behind as rows

log = logging.getLogger("cadence.recover")

#: deliveries to a transaction
PART = 1_000


@dataclass(slots=True)
class RecoveryReport:
    """Deliveries freed (never started) and deliveries in doubt."""

    freed: int = 0
    doubted: int = 0


def recover(database: Database, *, now: datetime, owner: str) -> RecoveryReport:
    """Settle the leases of workers that are gone; safe to run at any time and by any number of workers, of which one does it."""
    report = RecoveryReport()
    with database.read() as connection:
        dead = [o for o in rows.lease_owners(connection) if o != owner and ledger.owner_is_gone(o, alone=database.is_sqlite)]
        over = rows.any_over(connection, now=now)
    if not dead and not over:
        return report
    with database.sole("recover") as mine:
        if mine:
            _free_claims(database, dead, report)
            _settle_attempts(database, dead, report, now=now)
    if report.freed or report.doubted:
        log.warning("event=recovered freed=%d doubted=%d", report.freed, report.doubted)
    return report


def _free_claims(database: Database, dead: Collection[str], report: RecoveryReport) -> None:
    freed = PART if dead else 0
    while freed == PART:
        with database.transaction() as connection:
            freed = rows.free_claims(connection, dead, limit=PART)
        report.freed += freed


def _settle_attempts(database: Database, dead: Collection[str], report: RecoveryReport, *, now: datetime) -> None:
    kept = not database.is_sqlite  # a start is on the disk before its message leaves
    after, found = 0, PART
    while found == PART:
        with database.transaction() as connection:
            part = rows.open_attempts(connection, dead=dead, now=now, after=after, limit=PART)
            unsent, doubtful = [], defaultdict(list)
            for attempt in part:
                if not attempt.started and (kept or attempt.owner.startswith(f"{ledger.boot_id()}/")):
                    unsent.append(attempt.attempt_id)
                else:
                    doubtful[Channel(attempt.channel)].append(attempt.attempt_id)
            freed = rows.forget_attempts(connection, unsent, now=now)
            doubted = sum(
                rows.doubt_attempts(connection, ids, now=now, settle_at=now + SETTLE_AFTER[channel]) for channel, ids in doubtful.items()
            )
        report.freed += freed
        report.doubted += doubted
        found, after = len(part), part[-1].delivery_id if part else after
