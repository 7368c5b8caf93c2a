"""What follows from an attempt that did not end in "sent".

Pure. Numbers (retry after 5, 10, 20, 40, 67 minutes, at most 8 attempts;
given up at the delivery's own expiry). What each refusal leads to: docs/reliability.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cadence.domain.sending.deliveries import Channel
from cadence.errors import ChannelRefused, OutcomeUnknown, RateLimited, TransportError

BACKOFF = tuple(timedelta(minutes=m) for m in (5, 10, 20, 40, 67))
MAX_ATTEMPTS = 8
#: a mail given up after fewer counted tries says nothing of the address: a receiver that knows us not yet puts off the first
STRIKE_AFTER = 3
#: quiet time before an unknown outcome is looked at again
SETTLE_AFTER = {Channel.EMAIL: timedelta(minutes=10), Channel.SLACK: timedelta(seconds=30)}
SECOND_LOOK = timedelta(seconds=60)
#: a refused channel is tried again after this long
CHANNEL_PAUSE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=15)
#: a rest that a service asks for and that is longer than this holds no thread: the channel goes on afterwards
LONGEST_HELD = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """The state a failed attempt leads to; fields as in ``store.sending.journal.Outcome``."""

    state: str
    outcome: str
    reason: str
    send_after: datetime | None = None
    settle_at: datetime | None = None
    #: counts as a soft failure of the address
    strike: bool = False


def consequence(
    error: TransportError, *, channel: Channel, attempt: int, earlier_doubts: int, now: datetime, expires_at: datetime
) -> Consequence:
    """Return what follows from ``error`` in the ``attempt``-th try that counts (from 1); outcome "deferred": it does not count.

    earlier_doubts: attempts of this delivery whose outcome stayed unknown. A delivery in doubt is
    never planned afresh: a copy may be with the person already.
    """
    if isinstance(error, OutcomeUnknown):
        if earlier_doubts and channel is Channel.EMAIL:  # the one repeat is spent, and nobody can be asked
            return Consequence(state="unknown", outcome="unknown", reason="in_doubt_twice")
        return Consequence(state="unknown", outcome="unknown", reason="outcome_unknown", settle_at=now + SETTLE_AFTER[channel])
    if error.permanent:
        reason = error.code
        if earlier_doubts:
            return Consequence(state="unknown", outcome="failed", reason=reason)
        return Consequence(state="failed", outcome="failed", reason=reason, strike=error.about_address)
    if isinstance(error, RateLimited | ChannelRefused):
        wait = min(error.retry_after or (CHANNEL_PAUSE if isinstance(error, ChannelRefused) else timedelta(seconds=30)), LONGEST_WAIT)
        counted = False
    else:
        wait = error.retry_after or BACKOFF[min(attempt, len(BACKOFF)) - 1]
        counted = True
    again_at = now + wait
    outcome = "retry" if counted else "deferred"
    if earlier_doubts:
        return Consequence(state="unknown", outcome=outcome, reason=error.code, settle_at=again_at)
    if (counted and attempt >= MAX_ATTEMPTS) or again_at >= expires_at:
        return Consequence(state="failed", outcome="failed", reason="gave_up", strike=error.about_address and attempt >= STRIKE_AFTER)
    return Consequence(state="planned", outcome=outcome, reason=error.code, send_after=again_at)


class Breaker:
    """Opens when a channel keeps failing: 20 failures in a row, or more than a fifth of at least 50.

    Counts within one run of sending; the pause itself is stored, so that every worker sees it.
    """

    def __init__(self) -> None:
        self.sent = self.failed = self.failed_in_row = 0

    def record(self, *, ok: bool) -> bool:
        """Count one attempt; return whether the channel should pause."""
        if ok:
            self.sent += 1
            self.failed_in_row = 0
            return False
        self.failed += 1
        self.failed_in_row += 1
        total = self.sent + self.failed
        return self.failed_in_row >= 20 or (total >= 50 and self.failed > total / 5)
