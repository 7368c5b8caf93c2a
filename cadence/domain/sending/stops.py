"""All sending is stopped, until when and why. Pure.

What holds: digests, reminders, posts, resends of what is in doubt, mails and webhooks that Cadence sends by itself. What goes on: the
answer to somebody's own press (a page, a Slack view, the link they asked for to sign in or to their page) and an admin's own test:
who is shown what they asked for this moment is not disturbed by it, and an admin locked out could not start again.
The end of each message (``planning.recipients.expiry``) stands while sending is stopped: a day after it was due, before its cadence's
next message, within its week. So nobody finds a heap of old messages afterwards; what ended unsent counts as never sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadence.errors import Invalid

#: from more waiting messages on, whoever starts again is shown the list first
MOST_UNSEEN = 50
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingStop:
    """A stop that is in force. ``until`` None: until somebody starts again; ``by``: their name, empty: at the shell."""

    id: int
    started_at: datetime
    until: datetime | None
    reason: str
    by: str


def check_stop(reason: str, until: datetime | None, *, now: datetime) -> str:
    """Return the reason as it is kept. Raises Invalid for an end that is not ahead, and for a reason that cannot be shown in one line."""
    reason = " ".join(reason.split())
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason", reason[:40] + "…", f"has more than {LONGEST_REASON} characters", example="accident at the Cologne site")
    if not reason.isprintable():
        raise Invalid("reason", repr(reason)[:40], "has control characters", example="accident at the Cologne site")
    if until is not None and until <= now:
        raise Invalid("until", until.isoformat(), "is not ahead", example="2026-12-01T09:00+01:00")
    return reason
