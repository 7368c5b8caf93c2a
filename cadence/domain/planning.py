"""Who gets a digest of one occurrence, when, on which channel, with how many statements, or why not.

Pure: one ``Recipient`` in, one ``Verdict`` out, in the order the rules are told in docs/cadences.md.
What goes into the digest is ``selection``'s decision; reading and writing rows is ``operations.plan``'s.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cadence.domain.deliveries import Channel

#: a digest that could not go out this long after its time is not sent any more
SEND_WITHIN = timedelta(hours=24)


class Skip(StrEnum):
    """Why a person gets nothing from an occurrence; ``explain`` has a sentence for each."""

    PAUSED = "paused"
    CHANNEL_NOT_SET_UP = "channel_not_set_up"
    NO_ADDRESS = "no_address"
    ADDRESS_SUSPENDED = "address_suspended"
    OUTSIDE_HOURS = "outside_hours"
    DIGEST_CAP = "digest_cap"
    STATEMENT_CAP = "statement_cap"
    #: one of the admin's own cap rules
    CAP_RULE = "cap_rule"
    #: eight showings of each of its statements in a row stayed without any response
    NOT_REACHED = "not_reached"
    NOTHING_DUE = "nothing_due"


class Reason(StrEnum):
    """Why a statement is in a digest; ``explain`` has a sentence for each."""

    FIRST_TIME = "first_time"
    NEW_VERSION = "new_version"
    BELOW_TARGET = "below_target"
    #: not shown for the longest gap
    OVERDUE = "overdue"
    #: the quarter's fewest showings could not be reached any more without this one
    FLOOR = "floor"
    NUDGE = "nudge"
    LONGEST_UNSEEN = "longest_unseen"
    #: a pair of a randomised slice, shown on a fixed cadence
    SLICE_FIXED = "slice_fixed"
    MUST_DELIVER = "must_deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What the rules need to know about one person of an occurrence."""

    person_id: int
    preferred_channel: str
    paused_until: datetime | None
    #: channel -> suspended?
    addresses: dict[str, bool]
    #: first instant at or after the person's time in this occurrence at which messages are allowed; None: none before the next occurrence
    permitted_at: datetime | None
    #: digests and statements that already count for the week of ``permitted_at``
    week_digests: int
    week_statements: int
    statement_cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``skip`` is None when the person gets a digest of up to ``quota`` statements."""

    channel: str
    skip: Skip | None
    quota: int = 0


def judge(person: Recipient, *, channels: tuple[Channel, ...], digest_cap: int, max_statements: int) -> Verdict:
    """Return the verdict of the rules that hold before any statement is chosen; ``channels``: set up, in the cadence's order."""
    if not channels:
        return Verdict(channel="", skip=Skip.CHANNEL_NOT_SET_UP)
    channel = choose_channel(person, channels)
    if channel is None:
        usable = [c for c in channels if c in person.addresses]
        skip = Skip.ADDRESS_SUSPENDED if usable else Skip.NO_ADDRESS
        return Verdict(channel=usable[0] if usable else channels[0], skip=skip)
    if person.permitted_at is None:
        return Verdict(channel=channel, skip=Skip.OUTSIDE_HOURS)
    if person.paused_until is not None and person.paused_until > person.permitted_at:
        return Verdict(channel=channel, skip=Skip.PAUSED)
    if person.week_digests >= digest_cap:
        return Verdict(channel=channel, skip=Skip.DIGEST_CAP)
    quota = min(max_statements, person.statement_cap - person.week_statements)
    if quota <= 0:
        return Verdict(channel=channel, skip=Skip.STATEMENT_CAP)
    return Verdict(channel=channel, skip=None, quota=quota)


def choose_channel(person: Recipient, channels: tuple[Channel, ...]) -> Channel | None:
    """Return the person's own choice when it works, else the first of ``channels`` with a healthy address."""
    healthy = [c for c in channels if person.addresses.get(c) is False]
    for channel in healthy:
        if channel == person.preferred_channel:
            return channel
    return healthy[0] if healthy else None


def spread(key: str, person_id: int, window: timedelta) -> timedelta:
    """Return this person's place in the sending window, whole seconds in [0, window): from a hash, so plans repeat exactly."""
    seconds = int(window.total_seconds())
    if seconds <= 0:
        return timedelta(0)
    digest = hashlib.blake2b(f"{key}|{person_id}".encode(), digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(digest, "big") % seconds)


def public_id(secret: bytes, key: str, person_id: int, channel: str) -> str:
    """Return the opaque id of a delivery: 24 hex digits that nobody without ``secret`` can guess and that a second planning repeats."""
    return hashlib.blake2b(f"{key}|{person_id}|{channel}".encode(), key=secret[:64], digest_size=12).hexdigest()


def expiry(send_after: datetime, until: datetime, week_ends: datetime) -> datetime:
    """Return when a delivery is too late: before the slot's next occurrence, within a day, and within the week whose cap it used."""
    return min(send_after + SEND_WITHIN, max(until, send_after + timedelta(minutes=1)), week_ends)


def to_days(instant: datetime) -> float:
    """Return days since 1970-01-01T00:00Z as the float the memory model counts in."""
    return instant.astimezone(UTC).timestamp() / 86_400.0
