"""What a dead worker left behind.

A claim without intent is free again. A start without outcome may have gone out: unknown. An intent without start was never sent, unless
the whole machine died: then light commits may be lost, and every intent of the batch is in doubt.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.retry import SETTLE_AFTER
from cadence.store.database.engine import Database
from cadence.store.sending import ledger

log = logging.getLogger("cadence.recover")


@dataclass(slots=True)
class RecoveryReport:
    """Deliveries freed (never started) and deliveries in doubt."""

    freed: int = 0
    doubted: int = 0


def recover(database: Database, *, now: datetime, owner: str) -> RecoveryReport:
    """Settle the leases of workers that are gone; safe to run at any time and by any number of workers."""
    report = RecoveryReport()
    with database.read() as connection:
        suspects = ledger.dead_leases(connection, now=now, alone=database.is_sqlite, owner=owner)
        claims = ledger.dead_claims(connection, now=now, alone=database.is_sqlite, owner=owner)
    if not suspects and not claims:
        return report
    with database.transaction() as connection:
        report.freed = ledger.free_claims(connection, claims)
        for attempt in ledger.dead_leases(connection, now=now, alone=database.is_sqlite, owner=owner):
            if not ledger.is_gone(attempt, alone=database.is_sqlite):
                continue
            if not attempt.started and attempt.owner.startswith(f"{ledger.boot_id()}/"):
                ledger.forget_attempt(connection, attempt, now=now)
                report.freed += 1
            else:
                ledger.doubt_attempt(connection, attempt, now=now, settle_at=now + SETTLE_AFTER[Channel(attempt.channel)])
                report.doubted += 1
    if report.freed or report.doubted:
        log.warning("event=recovered freed=%d doubted=%d", report.freed, report.doubted)
    return report
