"""What planning needs to know that is the same for every chunk of one tick, and for every chunk of one occurrence.

``PlanningContext`` is read once per tick, ``OccurrenceContext`` joins it with one occurrence. Neither knows a person.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from cadence.domain.people import audiences
from cadence.domain.planning.cadences import Cadence, Mode
from cadence.domain.planning.calendars import zone
from cadence.domain.planning.caps import CapRule
from cadence.domain.planning.limits import Limits
from cadence.domain.planning.questions import AskReason
from cadence.domain.planning.recipients import nudge_source, to_days
from cadence.domain.planning.trace import UNTRACED, Rule, Untraced
from cadence.domain.sending.deliveries import Channel
from cadence.files.cadences_toml import from_json
from cadence.operations.planning.offer_checks import current_checks
from cadence.store.people.audiences import audiences_in_force
from cadence.store.planning import chunks as rows
from cadence.store.planning.occurrences import OpenOccurrence
from cadence.store.planning.questions import any_text, first_question
from cadence.store.sending.pauses import refused_channels

#: a material version allows the newcomers' statement cap for this long
AFTER_MATERIAL = timedelta(days=14)
#: who was there when the opening round began, and is reached for the first time so much later, begins with the texts
OPENING_LASTS = timedelta(days=14)
#: a nudge waits no longer after the newest showing
NUDGE_GAP_DAYS = 2.0


@dataclass(slots=True, kw_only=True)
class PlanningContext:
    """What is the same for every chunk of one tick."""

    statements: list[rows.CurrentStatement]
    rules: dict[str, audiences.Predicate]
    limits: Limits
    #: channels that are set up; a cadence's others are passed over
    channels: frozenset[Channel]
    #: those among them whose service refuses us at the moment: taken only for people whom no other reaches
    refused: frozenset[str] = frozenset()
    #: (id, kind, tags) of every statement, and cadence ids by slug: what cap rules count by
    words: list[tuple[int, str, tuple[str, ...]]]
    cadence_ids: dict[str, int]
    #: U_0, I_0, U_b, I_b at the start of the UTC day
    sums: tuple[float, float, float, float]
    #: when the opening round began, None when there is none (any more)
    opened_at: datetime | None = None
    _checks: dict[int, int] | None = field(default=None)

    def belongs(self, audience: str, person: Any, *, on: date) -> bool:
        """Whether a person (a whole row) is in an audience that day; nobody is in one that was removed."""
        rule = self.rules.get(audience)
        return rule is not None and rule(person, on)

    def is_after_material(self, now: datetime) -> bool:
        """Whether a text changed its meaning lately, so that more may be shown."""
        return any(now - one.published_at <= AFTER_MATERIAL for one in self.statements)

    def checks(self, connection: Connection, *, now: datetime) -> dict[int, int]:
        """Return version -> the check it can be asked with; made, where new, in the caller's transaction."""
        if self._checks is None:
            self._checks = current_checks(connection, self.statements, now=now)
        return self._checks

    def forget_checks(self) -> None:
        """Make the checks again: the transaction that made them was rolled back."""
        self._checks = None


def load_planning(connection: Connection, channels: Collection[Channel], *, now: datetime) -> PlanningContext:
    """Read statements in force, audience rules, limits, and what is learned of the company as a whole."""
    statements, limits = rows.current_statements(connection), rows.limits_in_force(connection)
    return PlanningContext(
        statements=statements,
        rules=audiences_in_force(connection),
        limits=limits,
        channels=frozenset(channels),
        refused=refused_channels(connection),
        words=rows.statement_words(connection),
        cadence_ids=rows.cadence_ids(connection),
        sums=rows.company_sums(connection, before_day=int(to_days(now))),
        opened_at=_opened(connection, statements, now=now) if limits.opening_round else None,
    )


def _opened(connection: Connection, statements: list[rows.CurrentStatement], *, now: datetime) -> datetime | None:
    """Return when the opening round began, ``now`` when nobody was told or asked anything yet, None when it is over or never was."""
    first = first_question(connection, [one.id for one in statements])
    if first is None:
        return None if any_text(connection) else now
    day, reason = first
    opened = datetime.fromtimestamp(day * 86_400.0, UTC)
    return opened if reason == AskReason.OPENING and now - opened <= OPENING_LASTS else None


@dataclass(kw_only=True)
class OccurrenceContext:
    """One occurrence of one cadence, as ``now`` finds it."""

    occurrence: OpenOccurrence
    planning: PlanningContext
    now: datetime
    #: of a nudge: person -> the statements they are reminded of, and by how many days their sending was later than the occurrence's
    nudged: dict[int, frozenset[int]] = field(default_factory=dict)
    delays: dict[int, int] = field(default_factory=dict)
    #: person -> local days on which something goes to them already
    busy: dict[int, frozenset[int]] = field(default_factory=dict)
    #: what becomes of each pair, for those who explain
    trace: Untraced = UNTRACED

    @cached_property
    def follows(self) -> str:
        """Key of the occurrence that a nudge follows up, empty for a cadence's own occurrence."""
        return nudge_source(self.occurrence.key)

    @cached_property
    def cadence(self) -> Cadence:
        """Its rule. Raises Invalid for a definition that cannot be read."""
        return from_json(self.occurrence.definition)

    @cached_property
    def here(self) -> ZoneInfo:
        """Its time zone."""
        return zone(self.occurrence.zone)

    @property
    def limits(self) -> Limits:
        """What holds over all cadences."""
        return self.planning.limits

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """The cadence's channels that are set up, in its order; those that refuse us come last."""
        known = (channel for channel in self.cadence.channels if channel in self.planning.channels)
        return tuple(sorted(known, key=lambda channel: channel in self.planning.refused))

    @cached_property
    def statements(self) -> list[rows.CurrentStatement]:
        """What the cadence may bring, in reading order."""
        return [one for one in self.planning.statements if self.leaves_out(one) is None]

    def leaves_out(self, statement: rows.CurrentStatement) -> Rule | None:
        """Return the rule by which the occurrence does not bring a statement to anybody, None when it may."""
        if self.follows:
            if not statement.must_acknowledge:
                return Rule.NOT_REMINDED
        elif (self.cadence.statements and statement.slug not in self.cadence.statements) or (
            self.cadence.kinds and statement.kind not in self.cadence.kinds
        ):
            return Rule.NOT_BROUGHT
        if statement.effective_on is not None and statement.effective_on > self.occurrence.local_date:
            return Rule.NOT_IN_EFFECT
        return None

    @property
    def is_adaptive(self) -> bool:
        """Whether the memory model chooses."""
        return self.cadence.mode is Mode.ADAPTIVE and not self.follows

    @cached_property
    def min_gap_days(self) -> float:
        """Fewest days between two showings of a pair; a longer gap does not put off a nudge."""
        if self.follows:
            return min(NUDGE_GAP_DAYS, self.cadence.min_gap_days)
        return max(self.cadence.min_gap_days, self.limits.min_gap_days)

    @cached_property
    def is_after_material(self) -> bool:
        """Whether a text changed its meaning lately, so that more may be shown."""
        return self.planning.is_after_material(self.now)

    @cached_property
    def cap_rules(self) -> tuple[CapRule, ...]:
        """The admin's rules that this cadence is under."""
        if self.cadence.must_deliver:
            return ()
        return tuple(rule for rule in self.limits.rules if not rule.cadences or self.cadence.slug in rule.cadences)

    def is_newcomer(self, started_on: date | None) -> bool:
        """Whether a person who started then is in their first days at this occurrence."""
        return self.limits.is_newcomer(started_on, on=self.occurrence.local_date)
