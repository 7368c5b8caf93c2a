"""A cadence: for whom, what, when and on which channels.

Which keys of ``cadences.toml`` say so, and how a cadence is stored: ``files.cadences_toml``. Rules of audiences are
handed on as they stand: ``audiences`` says what they mean. When a schedule is due: ``occurrences``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from cadence.domain.planning.calendars import Weekday
from cadence.domain.planning.limits import Limits
from cadence.domain.sending.deliveries import Channel

EVERYONE = "everyone"


class Mode(StrEnum):
    """``fixed``: every slot sends. ``adaptive``: the memory model picks whom and what."""

    FIXED = "fixed"
    ADAPTIVE = "adaptive"


class ShortMonth(StrEnum):
    """What day 29, 30 or 31 means in a month without it: its last day, or no occurrence."""

    LAST_DAY = "last_day"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """On which local dates, and at what local time, a cadence is due.

    Either ``monthdays``, or ``days`` (with ``every_weeks`` or ``nth_weekdays``). Weeks begin on
    Monday and are counted from the week of the cadence's ``starts_on`` (else of 1 January 2024).
    """

    local_time: time
    days: tuple[Weekday, ...] = ()
    #: people are spread over this many minutes from ``local_time``, by a hash
    window_minutes: int = 0
    every_weeks: int = 1
    #: 1 first ... 5 fifth, -1 last of the month; empty: every week
    nth_weekdays: tuple[int, ...] = ()
    #: days of the month, 1 to 31; empty: by ``days``
    monthdays: tuple[int, ...] = ()
    short_months: ShortMonth = ShortMonth.LAST_DAY

    @property
    def usual_gap_days(self) -> float:
        """Days between two occurrences on average."""
        if self.monthdays:
            return 30.4 / len(self.monthdays)
        if self.nth_weekdays:
            return 30.4 / (len(self.nth_weekdays) * max(len(self.days), 1))
        return 7.0 * self.every_weeks / max(len(self.days), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """One rule an admin tunes. Empty ``statements`` and ``kinds`` mean all; only one of the two is given."""

    slug: str
    name: str
    schedule: Schedule
    #: "everyone" or the slug of an audience
    audience: str = EVERYONE
    statements: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    mode: Mode = Mode.FIXED
    max_statements: int = 3
    #: in order of preference
    channels: tuple[Channel, ...] = (Channel.SLACK, Channel.EMAIL)
    #: the same statement reaches the same person at most once in this many days
    min_gap_days: float = 2.0
    #: adaptive: shown again after this many days even when it is predicted to be known
    max_gap_days: float = 60.0
    #: adaptive: instead of the limits' targets and floors of the kinds
    target_awareness: float | None = None
    floor: int | None = None
    #: its digests ask a question about another statement
    checks: bool = True
    #: goes out over the caps; by default without counting towards them
    must_deliver: bool = False
    counts_towards_caps: bool = True
    #: a Slack channel it is posted to once, instead of an audience
    post_to: str = ""
    #: wait out the public holidays of the person's country
    holidays: bool = True
    active: bool = True
    #: first and last local date, both inclusive
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceFile:
    """A checked ``cadences.toml``. ``audiences``: slug -> rule as written."""

    limits: Limits = field(default_factory=Limits)
    audiences: dict[str, dict[str, Any]] = field(default_factory=dict)
    cadences: tuple[Cadence, ...] = ()
