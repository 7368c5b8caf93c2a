"""Tell the admin once that a channel is paused, and take it back when it sends again.

A rest that a service asks for is not told: it ends by itself. The words of the notices:
``operations.running.notices``.
"""

from __future__ import annotations

from datetime import datetime

from cadence.channels.registry import FACTS
from cadence.errors import RateLimited
from cadence.operations.sending.outbox import Outbox, SendReport
from cadence.operations.sending.refusals import FAILING, RESTRICTED
from cadence.store.running import notices
from cadence.store.sending import refusals as rows


def tell_of_pause(outbox: Outbox, report: SendReport, *, now: datetime) -> None:
    """Raise or resolve the notice of one channel after a run of sending, and resolve those of people whose mail was taken since."""
    key = f"channel:{outbox.channel}"
    if report.pause_code and report.pause_code != RateLimited.code:
        detail = {"channel": str(outbox.channel), "word": report.pause_code, "reason": report.paused, "cause": report.pause_cause}
        with outbox.database.transaction() as connection:
            notices.raise_notice(
                connection, key=key, role="admin", code=FACTS[outbox.channel].notice_code(report.pause_code), now=now, detail=detail
            )
    elif report.sent:
        with outbox.database.read() as connection:
            found = notices.find_notice(connection, key)
            over = rows.told_but_taken(connection, (RESTRICTED, FAILING), channel=outbox.channel)
        if found is not None and found.resolved_at is None:
            over.append(key)
        if over:
            with outbox.database.transaction() as connection:
                for one in over:
                    notices.resolve_notice(connection, one, now=now)
