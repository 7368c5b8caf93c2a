"""The one reader of wall-clock time.

Everything else is given ``now``. A test hands in a ``FixedClock``.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

from cadence.errors import Invalid


class Clock(Protocol):
    """Tells the current instant."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


@runtime_checkable
class Steady(Protocol):
    """Counts the seconds that pass, whatever the clock is set to."""

    def steady(self) -> float:
        """Return seconds since some fixed moment."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Return seconds since the machine started; those it slept count too where the kernel tells them."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class FixedClock:
    """A clock that moves only when told to."""

    def __init__(self, instant: datetime) -> None:
        self._now = require_aware(instant)

    def now(self) -> datetime:
        """Return the instant it was last set to."""
        return self._now

    def set(self, instant: datetime) -> None:
        """Move to ``instant`` (aware; may lie in the past, as a machine's clock may)."""
        self._now = require_aware(instant)

    def advance(self, by: timedelta) -> None:
        """Move forward by ``by``."""
        self._now += by


#: the variable that tests set to give every command of a run one instant; nothing else may
TEST_INSTANT = "CADENCE_TEST_INSTANT"


def command_clock(at: str | None) -> Clock:
    """Return the clock of one command: fixed at ``at`` when given, else the machine's.

    Raises Invalid when ``at`` is no instant between the years 2000 and 2099.
    """
    field, instant = ("--at", at) if at is not None else (TEST_INSTANT, os.environ.get(TEST_INSTANT))
    if instant is None:
        return SystemClock()
    clock = FixedClock(parse_instant(instant, field=field))
    # occurrences are counted up to this instant one by one: far beyond this century that would take minutes
    if not 2000 <= clock.now().year <= 2099:
        raise Invalid(field, instant, "is not between the years 2000 and 2099", example="2026-11-23T09:00+01:00")
    return clock


def require_aware(instant: datetime, *, field: str = "instant") -> datetime:
    """Return ``instant`` in UTC. Raises Invalid when it carries no offset."""
    if instant.utcoffset() is None:
        raise Invalid(field, instant.isoformat(), "needs an offset", example="2026-11-23T09:00+01:00")
    return instant.astimezone(UTC)


def parse_instant(text: str, *, field: str = "instant") -> datetime:
    """Return the aware UTC instant that an ISO 8601 ``text`` with an offset names. Raises Invalid."""
    try:
        instant = datetime.fromisoformat(text)
        return require_aware(instant, field=field)
    except (ValueError, OverflowError):
        raise Invalid(field, text, "is not an ISO 8601 instant with an offset", example="2026-11-23T09:00+01:00") from None
