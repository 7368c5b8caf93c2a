"""The one reader of wall-clock time.

Everything else is given ``now``. A test hands in a ``FixedClock``.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
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


class Machine(Clock, Steady, Protocol):
    """A machine's own clock."""


class SharedClock:
    """The clock that several machines share: what a common authority tells, carried on by the machine's steady count.

    However wrong a machine's own clock is, processes that share an authority agree on what came before what. ``compare`` asks
    it again; until it has answered once, the machine's own clock is all there is.
    """

    def __init__(self, ask: Callable[[], datetime], machine: Machine) -> None:
        """ask: returns the authority's time, aware; raises what it likes when the authority cannot be reached."""
        self._ask = ask
        self._machine = machine
        self._lock = threading.Lock()
        #: what the authority told, and the steady count then
        self._told: tuple[datetime, float] | None = None
        self._tried = False

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        if self._told is None and not self._tried:
            with contextlib.suppress(Exception):  # whoever needs the authority for more than its time says what is wrong
                self.compare()
        if self._told is None:
            return self._machine.now()
        told, then = self._told
        return told + timedelta(seconds=self._machine.steady() - then)

    def steady(self) -> float:
        """Return seconds since some fixed moment, as the machine counts them."""
        return self._machine.steady()

    def compare(self) -> timedelta:
        """Ask the authority for its time; return by how much the machine's own clock is ahead of it, below 0 behind it."""
        with self._lock:
            self._tried = True
            before = self._machine.steady()
            told = self._ask()
            after = self._machine.steady()
            middle, within = (before + after) / 2, timedelta(seconds=(after - before) / 2)
            # an answer that agrees with the last as well as its way allows changes nothing: the time goes on without small steps
            if self._told is None or abs(told - self._told[0] - timedelta(seconds=middle - self._told[1])) > within:
                self._told = told, middle
            return self._machine.now() - self.now()


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
