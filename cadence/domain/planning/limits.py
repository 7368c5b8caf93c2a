"""The limits that hold for each person over all cadences, and their defaults.

Cap rules: ``caps``; what one cadence may change for itself: ``cadences``. Which keys of ``cadences.toml`` say so, and
how they are stored: ``files.limits_toml``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from cadence.domain.planning.calendars import MONDAY_TO_FRIDAY, OFFICE_HOURS, TimeWindow, Weekday, WorkingHours
from cadence.domain.planning.caps import CapRule, Counted
from cadence.domain.statements.statement import KINDS

#: share of people who could recall a statement below which the model shows it again
TARGET_AWARENESS = dict.fromkeys(KINDS, 0.9)
#: the same from a text's second quarter on
LATER_TARGET_AWARENESS = {**TARGET_AWARENESS, "value": 0.85}
#: fewest showings in a person's calendar quarter
FLOOR = {**dict.fromkeys(KINDS, 2.0), "priority": 3.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A random part of the pairs of one statement that is shown on a fixed cadence, to compare with."""

    statement: str
    #: part of the people, in (0, 1]
    share: float
    every_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds for each person over all cadences. Weeks are local, Monday to Sunday; quarters are calendar quarters."""

    digests_per_week: int = 2
    statements_per_week: int = 6
    newcomer_statements_per_week: int = 8
    newcomer_days: int = 30
    working_days: tuple[Weekday, ...] = MONDAY_TO_FRIDAY
    working_window: TimeWindow = OFFICE_HOURS
    quiet_hours: TimeWindow | None = None
    #: defaults of every cadence that does not say
    min_gap_days: float = 2.0
    max_gap_days: float = 60.0
    target_awareness: dict[str, float] = field(default_factory=lambda: dict(TARGET_AWARENESS))
    later_target_awareness: dict[str, float] = field(default_factory=lambda: dict(LATER_TARGET_AWARENESS))
    floor: dict[str, float] = field(default_factory=lambda: dict(FLOOR))
    #: before the first texts everybody is asked up to three questions, so that it is known what they knew before
    opening_round: bool = False
    rules: tuple[CapRule, ...] = ()
    slices: tuple[Slice, ...] = ()

    @property
    def working_hours(self) -> WorkingHours:
        """The part of the limits that calendars ask for."""
        return WorkingHours(days=self.working_days, window=self.working_window, quiet_hours=self.quiet_hours)

    def is_newcomer(self, started_on: date | None, *, on: date) -> bool:
        """Whether a person who started then is in their first days."""
        return started_on is not None and (on - started_on).days < self.newcomer_days

    def weekly(self, *, more: bool) -> tuple[CapRule, CapRule]:
        """Return the weekly caps of digests and of statements; ``more``: for newcomers, and for all after a change of meaning."""
        statements = self.newcomer_statements_per_week if more else self.statements_per_week
        return CapRule(at_most=self.digests_per_week), CapRule(at_most=statements, count=Counted.STATEMENTS)
