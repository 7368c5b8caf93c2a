"""How stored facts are told to people: a sentence for every reason code, and instants in a person's own zone.

One place, so that pages, commands and the API say the same. A test holds that no code is without a sentence.
"""

from __future__ import annotations

from datetime import datetime

from cadence.domain.planning.calendars import zone

#: why a delivery was skipped, cancelled, expired, failed, put off or left in doubt
DELIVERY_REASONS = {
    "paused": "messages to this person are paused",
    "channel_not_set_up": "none of the cadence's channels is set up here",
    "no_address": "there is no address for this person on any of the cadence's channels",
    "address_suspended": "the address was refused before and is suspended until an admin looks at it",
    "outside_hours": "no working hour was left before the cadence's next turn",
    "digest_cap": "the person had reached the most digests allowed in a week",
    "statement_cap": "the person had reached the most statements allowed in a week",
    "cap_rule": "a cap rule of the admin leaves no room for it",
    "not_reached": "eight showings in a row stayed without any response, so this person counts as not reached",
    "nothing_due": "every statement for this person is thought to be known or was shown too recently, or none was meant for them",
    "person_left": "the person was no longer active when the message was about to go out",
    "cadence_stopped": "the cadence was switched off before the message went out",
    "too_late": "the message could not go out in time, and late messages are dropped instead of piling up",
    "statement_withdrawn": "all its statements were withdrawn before it went out",
    "outcome_unknown": "the connection broke after the message had left, so nobody can tell yet whether it arrived",
    "in_doubt_twice": "two tries ended without an answer; it is not sent again unless a person decides so",
    "cannot_read_back": "Slack could not be asked whether the message arrived; a person has to look",
    "not_resent": "it may have arrived, and the person can no longer be written to, so it is not sent again",
    "render_error": "the message could not be composed",
    "gave_up": "the service could not take the message after repeated tries",
    "address_rejected": "the service said that this address does not exist or takes no messages",
    "message_rejected": "the service refused this message for good",
    "channel_refused": "the service refused us as a sender; the channel waits for an admin",
    "rate_limited": "the service asked us to wait",
    "temporarily_unavailable": "the service was not reachable for a moment",
    "transport_error": "the service could not take the message",
}

#: why a statement was chosen for a digest
ITEM_REASONS = {
    "first_time": "it had never been sent to this person",
    "new_version": "its meaning had changed",
    "longest_unseen": "it was the one not seen for longest",
    "nudge": "it still had to be acknowledged",
    "below_target": "it was the one most likely to be forgotten",
    "overdue": "it had not been shown for the longest gap allowed",
    "floor": "the fewest showings of the quarter could not be reached without it",
    "slice_fixed": "for this person it comes on a fixed cadence, as part of a comparison",
    "must_deliver": "its cadence delivers whatever the caps say",
}

#: what a delivery's state means
STATES = {
    "planned": "is planned",
    "sending": "is being sent",
    "sent": "was delivered",
    "failed": "could not be delivered",
    "unknown": "may have been delivered",
    "skipped": "was skipped",
    "expired": "was dropped",
    "cancelled": "was cancelled",
}

CHANNELS = {"email": "email", "slack": "Slack", "": "no channel"}


def tell_reason(code: str) -> str:
    """Return the sentence part for a delivery's reason code; the code itself when it is one from a newer program."""
    return DELIVERY_REASONS.get(code, code.replace("_", " "))


def tell_instant(instant: datetime, zone_name: str) -> str:
    """Return an instant in local time with its zone: "Mon 23 Nov 2026, 10:00 (Europe/Berlin)"."""
    return f"{instant.astimezone(zone(zone_name)):%a %d %b %Y, %H:%M} ({zone_name})"


def tell_day(instant: datetime, zone_name: str) -> str:
    """Return the local date: "23 Nov 2026"."""
    return f"{instant.astimezone(zone(zone_name)):%d %b %Y}"


def times(count: int) -> str:
    """Return "never", "once" or "n times"."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
