"""Who gets a digest of one occurrence, when and on which channel, or why not; the reasons of both.

Pure. The rules hold in the order they are told in docs/cadences.md. What goes into the digest is ``selection``'s decision,
how much is allowed is ``caps``'s; reading and writing rows is ``operations.planning.plan``'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cadence.domain.planning.calendars import resolve
from cadence.domain.sending.deliveries import Channel

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
    #: eight showings of each of its statements in a row stayed without any response, and their next try is not due
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


#: (channel, is it suspended) for each address of a person
Health = tuple[tuple[str, bool], ...]


class Route(NamedTuple):
    """How a person is reached: ``skip`` says why not; ``other``: another healthy channel of the cadence, empty without."""

    channel: str
    skip: Skip | None
    other: str = ""


@lru_cache(maxsize=1024)
def route(preferred: str, health: Health, channels: tuple[Channel, ...]) -> Route:
    """Return the person's own choice when it works, else the first of ``channels`` (set up, in order) with a healthy address."""
    if not channels:
        return Route("", Skip.CHANNEL_NOT_SET_UP)
    suspended = dict(health)
    healthy = [channel.value for channel in channels if suspended.get(channel) is False]
    if not healthy:
        known = [channel.value for channel in channels if channel in suspended]
        return Route(known[0] if known else channels[0].value, Skip.ADDRESS_SUSPENDED if known else Skip.NO_ADDRESS)
    first = preferred if preferred in healthy else healthy[0]
    return Route(first, None, next((channel for channel in healthy if channel != first), ""))


def wished(
    local_date: date, local_time: time, *, preferred_day: int | None, preferred_time: str, here: ZoneInfo, not_before: datetime
) -> datetime | None:
    """Return the instant a person prefers within the local week of an occurrence; None when it has no such instant any more.

    preferred_day: 0 Monday, None any; preferred_time "HH:MM", empty any.
    """
    day = local_date
    if preferred_day is not None:
        day = local_date + timedelta(days=preferred_day - local_date.weekday())
    at = resolve(datetime.combine(day, time.fromisoformat(preferred_time) if preferred_time else local_time), here)
    return at if at >= not_before else None


def in_slice(statement: str, person_id: int, share: float) -> bool:
    """Return whether a pair belongs to the randomised slice of a statement: by a hash, so it stays there."""
    digest = hashlib.blake2b(f"slice|{statement}|{person_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def spread(key: str, person_id: int, window: timedelta) -> timedelta:
    """Return this person's place in the sending window, whole seconds in [0, window): from a hash, so plans repeat exactly."""
    seconds = int(window.total_seconds())
    if seconds <= 0:
        return timedelta(0)
    digest = hashlib.blake2b(f"{key}|{person_id}".encode(), digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(digest, "big") % seconds)


def public_ids(secret: bytes, key: str) -> Callable[[int, str], str]:
    """Return the function (person, channel) -> opaque id of their delivery in the occurrence ``key``.

    24 hex digits that nobody without ``secret`` can guess and that a second planning repeats.
    """
    begun = hashlib.blake2b(f"{key}|".encode(), key=secret[:64], digest_size=12)

    def public_id(person_id: int, channel: str) -> str:
        whole = begun.copy()
        whole.update(f"{person_id}|{channel}".encode())
        return whole.hexdigest()

    return public_id


def nudge_key(days: int, key: str) -> str:
    """Return the key of the nudge that follows up the occurrence ``key`` after so many days."""
    return f"nudge:{days}|{key}"


def nudge_source(key: str) -> str:
    """Return the key of the occurrence that a nudge follows up, empty for a cadence's own turn: no slug holds a colon.

    >>> nudge_source(nudge_key(3, "weekly|Asia/Tokyo|09:00|2026-11-23"))
    'weekly|Asia/Tokyo|09:00|2026-11-23'
    """
    return key.partition("|")[2] if key.startswith("nudge:") else ""


def expiry(send_after: datetime, until: datetime, week_ends: datetime) -> datetime:
    """Return when a delivery is too late: before the slot's next occurrence, within a day, and within the week whose cap it used."""
    return min(send_after + SEND_WITHIN, max(until, send_after + timedelta(minutes=1)), week_ends)


def to_days(instant: datetime) -> float:
    """Return days since 1970-01-01T00:00Z as the float the memory model counts in."""
    return instant.astimezone(UTC).timestamp() / 86_400.0
