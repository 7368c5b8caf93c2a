"""Which statements in force one person may read: what is meant for them, and what is for everyone's eyes if they are no outsider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Connection

from cadence.domain.people.person import Person
from cadence.domain.planning.calendars import zone
from cadence.domain.statements.statement import VisibleTo
from cadence.store.people.audiences import audiences_in_force
from cadence.store.people.directory import person_from_row
from cadence.store.planning import explanations
from cadence.store.planning.chunks import CurrentStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReader:
    """One person on their own date, and the audiences they are in."""

    person: Person
    today: date
    inside: frozenset[str]

    def is_meant(self, one: CurrentStatement) -> bool:
        """Whether a statement is in force and its audience holds the person."""
        return one.audience in self.inside and self._is_in_force(one)

    def may_see(self, one: CurrentStatement) -> bool:
        """Whether a statement is in force and is meant for the person, or for everyone's eyes and the person is no outsider."""
        is_open = one.visible_to == VisibleTo.EVERYONE and not self.person.external
        return self._is_in_force(one) and (is_open or one.audience in self.inside)

    def _is_in_force(self, one: CurrentStatement) -> bool:
        return one.effective_on is None or one.effective_on <= self.today


def statement_reader(connection: Connection, person_id: int, *, now: datetime) -> StatementReader:
    """Return the person with that id as a reader."""
    row = person_from_row(explanations.person_by_id(connection, person_id))
    today = now.astimezone(zone(row.zone)).date()
    inside = {name for name, belongs in audiences_in_force(connection).items() if belongs(row, today)}
    return StatementReader(person=row, today=today, inside=frozenset(inside))
