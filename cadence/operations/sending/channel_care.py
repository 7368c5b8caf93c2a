"""What an admin does with one channel: see how it does, send themselves a test, pause it and resume it.

A pause by hand is the same row as one that the sender pool makes; only it has no end that comes by itself.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from enum import StrEnum

from sqlalchemy.engine import Connection

from cadence.channels.registry import MAIL
from cadence.domain.audit import Actor, Change
from cadence.domain.planning.calendars import resolve, zone
from cadence.domain.sending.deliveries import Channel, Receipt
from cadence.domain.sending.stops import SendingStop
from cadence.errors import CadenceError, NotFound, TransportError
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.sending import addresses
from cadence.store.sending import pauses as rows
from cadence.store.sending.channel_days import ChannelDay, channel_day
from cadence.store.sending.digests import set_pause
from cadence.store.sending.stops import stop_in_force

#: the end of a pause by hand that is ended by hand
BY_HAND = datetime(9000, 1, 1, tzinfo=UTC)


class ChannelVerdict(StrEnum):
    """How a channel does, the worst first."""

    REFUSED = "refused"
    PAUSED = "paused"
    SLOW = "slow"
    WORKS = "works"
    IDLE = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """One channel today, and what to say of it."""

    verdict: ChannelVerdict
    day: ChannelDay

    @property
    def by_hand(self) -> bool:
        """Return whether somebody paused it until they resume it."""
        return self.day.paused_until == BY_HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOrder:
    """Who asks for a test message, and where it goes. ``mark``: unguessable, names the message."""

    __test__ = False  # not a test of pytest's

    address: str
    name: str
    locale: str
    asked_at: datetime
    mark: str


#: sends a test at once; raises TransportError or RenderError
SendTest = Callable[[TestOrder], Receipt]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """What became of a test. ``reply``: what the service said; ``cause``: a word for which there is a remedy."""

    __test__ = False

    channel: Channel
    address: str
    taken: bool
    seconds: float
    reply: str
    cause: str = ""


def day_begins(now: datetime, zone_name: str) -> datetime:
    """Return the midnight before ``now`` in a zone."""
    local = now.astimezone(zone(zone_name))
    return resolve(local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None), zone(zone_name))


def channel_states(
    database: Database, channels: Sequence[Channel], *, now: datetime, zone_name: str
) -> tuple[SendingStop | None, list[ChannelState]]:
    """Return the stop in force and how each channel does."""
    since = day_begins(now, zone_name)
    with database.read() as connection:
        refused = rows.refused_channels(connection)
        days = [channel_day(connection, channel, since=since, now=now) for channel in channels]
        return stop_in_force(connection, now=now), [ChannelState(day=day, verdict=_verdict(day, refused)) for day in days]


def _verdict(day: ChannelDay, refused: frozenset[str]) -> ChannelVerdict:
    if day.paused_until is not None and day.paused_until != BY_HAND and day.channel in refused:
        return ChannelVerdict.REFUSED
    if day.paused_until is not None:
        return ChannelVerdict.PAUSED
    if day.retrying:
        return ChannelVerdict.SLOW
    return ChannelVerdict.WORKS if day.sent or day.last_sent is not None else ChannelVerdict.IDLE


def pause_channel(database: Database, channel: str, *, channels: Sequence[Channel], actor: Actor, now: datetime) -> None:
    """Pause a channel until somebody resumes it; nothing happens when somebody paused it before. Raises NotFound."""
    _set_pause(database, channel, BY_HAND, channels=channels, actor=actor, now=now)


def resume_channel(database: Database, channel: str, *, channels: Sequence[Channel], actor: Actor, now: datetime) -> None:
    """End the pause of a channel, whoever made it; a service that still refuses us pauses it again. Raises NotFound."""
    _set_pause(database, channel, None, channels=channels, actor=actor, now=now)


def _set_pause(
    database: Database, channel: str, until: datetime | None, *, channels: Sequence[Channel], actor: Actor, now: datetime
) -> None:
    if channel not in channels:
        raise NotFound("there is no such channel here")
    with database.transaction() as connection:
        before = rows.paused_until(connection, channel, now=now)
        if before == until:
            return
        set_pause(connection, channel, until=until, reason="paused by an admin" if until else "")
        action = "channel.paused" if until else "channel.resumed"
        append(connection, actor, Change(action=action, object_kind="channel", object_key=channel), at=now)


def test_address(connection: Connection, channel: Channel, email: str) -> str:
    """Return where a test for somebody goes, empty when they have no address on that channel."""
    if channel is MAIL:
        return email
    found = addresses.address_of_person(connection, email, channel)
    return "" if found is None else found.value


test_address.__test__ = False  # type: ignore[attr-defined]


def send_test(
    ways: Mapping[Channel, SendTest],
    channel: Channel,
    *,
    address: str,
    name: str,
    locale: str,
    now: datetime,
    monotonic: Callable[[], float] = time.monotonic,
) -> TestResult:
    """Send one test message and return what the service said. Goes out while all sending is stopped too: an admin asked for it."""
    began = monotonic()
    order = TestOrder(address=address, name=name, locale=locale, asked_at=now.replace(microsecond=0), mark=secrets.token_hex(12))
    try:
        receipt = ways[channel](order)
    except CadenceError as error:
        cause = error.cause if isinstance(error, TransportError) else ""
        return TestResult(
            channel=channel, address=address, taken=False, seconds=monotonic() - began, reply=str(error)[:300], cause=str(cause)
        )
    return TestResult(channel=channel, address=address, taken=True, seconds=monotonic() - began, reply=receipt.reply[:300])


def tomorrow_at_nine(now: datetime, zone_name: str) -> datetime:
    """Return 09:00 of the next day in a zone."""
    day = (now.astimezone(zone(zone_name)) + timedelta(days=1)).date()
    return resolve(datetime.combine(day, clock_time(9)), zone(zone_name))
