"""What is known about each statement: the one place that gives a published figure to pages, Slack, mails, commands and exports.

Owns which stored step holds today, when it has expired, which groups are hidden, and what is said before the first step. It reads
counts and stored steps, never an answer. Steps are closed in ``operations.measuring.release``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.measuring.figures import Figure, FigureKind, Group, Verdict
from cadence.domain.measuring.groups import SMALLEST_GROUP, is_large_enough
from cadence.domain.measuring.releases import before_the_first_step, counted_until, has_expired, in_whole_groups
from cadence.domain.measuring.separation import shown_groups, size_of
from cadence.domain.planning.cadences import EVERYONE
from cadence.operations.measuring.members import members_of
from cadence.store.measuring import asked as counts
from cadence.store.measuring import releases as rows
from cadence.store.measuring.releases import Step
from cadence.store.measuring.segments import combinations
from cadence.store.planning.chunks import CurrentStatement, current_statements

#: the kind of the whole audience
AUDIENCE = "audience"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All figures as of ``now``. Groups inside an audience are read when they are asked for, while the connection is open."""

    now: datetime
    smallest: int
    statements: dict[int, CurrentStatement]
    _connection: Connection
    _since_first_question: timedelta | None
    #: audience -> ids of its members, None is everyone; and how many people have which names
    _members: dict[str, Sequence[int] | None]
    _people: dict[str, dict[tuple[str, ...], int]]
    _shown: dict[str, set[Group]] = field(default_factory=dict)
    _steps: dict[tuple[int, str], list[Step]] = field(default_factory=dict)
    _told: dict[tuple[str, str], dict[tuple[int, str], int]] = field(default_factory=dict)
    _answered: dict[tuple[FigureKind, str, str], dict[tuple[int, str], int]] = field(default_factory=dict)
    _asked: dict[FigureKind, set[int]] = field(default_factory=dict)

    def of(self, statement_id: int, group: Group | None = None, kind: FigureKind = FigureKind.KNOW_IT) -> Figure:
        """Return the figure of a statement in force, of its whole audience or of a ``group`` inside it.

        Raises KeyError for a statement that is not in force or was not asked for.
        """
        statement, inside = self.statements[statement_id], self._inside(statement_id, group)
        if self.is_hidden(statement_id, inside):
            return Figure(kind=kind, verdict=Verdict.HIDDEN, people=None, told=None, answered=None)
        current = [step for step in self._steps_of(statement_id, inside, kind) if step.version_id in statement.same_meaning]
        if not current:
            return self._before(statement, inside, kind)
        newest = self._figure(current[-1])
        if kind is not FigureKind.FROM_ELSEWHERE and has_expired(self.now - current[-1].released_at):
            return Figure(
                kind=kind,
                verdict=Verdict.EXPIRED,
                people=newest.people,
                told=newest.told,
                answered=newest.answered,
                released_at=newest.released_at,
            )
        return newest

    def history(self, statement_id: int, group: Group | None = None, kind: FigureKind = FigureKind.KNOW_IT) -> list[Figure]:
        """Return every step that was published, oldest first, of earlier meanings too; none of a hidden group."""
        inside = self._inside(statement_id, group)
        if self.is_hidden(statement_id, inside):
            return []
        return [self._figure(step) for step in self._steps_of(statement_id, inside, kind)]

    def groups(self, statement_id: int, kind: str) -> list[Group]:
        """Return the groups of this kind ("team" and so on) in the statement's audience that may be told about, by name."""
        return sorted((g for g in self._shown_in(self.statements[statement_id].audience) if g.kind == kind), key=lambda one: one.name)

    def is_hidden(self, statement_id: int, group: Group | None = None) -> bool:
        """Return whether the group, or what remains of the whole beside it, is too small to be told about."""
        audience, inside = self.statements[statement_id].audience, self._inside(statement_id, group)
        return self._audience_is_hidden(audience) or (inside is not None and inside not in self._shown_in(audience))

    def newest_step(self, statement_id: int, group: Group | None = None, kind: FigureKind = FigureKind.KNOW_IT) -> Step | None:
        """Return the stored step behind ``of``, for its details; None before the first and for a hidden group."""
        inside, same = self._inside(statement_id, group), self.statements[statement_id].same_meaning
        if self.is_hidden(statement_id, inside):
            return None
        return next((step for step in reversed(self._steps_of(statement_id, inside, kind)) if step.version_id in same), None)

    def _inside(self, statement_id: int, group: Group | None) -> Group | None:
        """Return the group inside the audience; None for the whole of it, under whatever name."""
        if group is None or group.kind == AUDIENCE:
            return None
        people = self._people[self.statements[statement_id].audience]
        return None if size_of(people, group) == sum(people.values()) else group

    def _audience_is_hidden(self, audience: str) -> bool:
        people = sum(self._people[audience].values())
        return not is_large_enough(people, sum(self._people[EVERYONE].values()) - people, self.smallest)

    def _shown_in(self, audience: str) -> set[Group]:
        if audience not in self._shown:
            self._shown[audience] = shown_groups(self._people[audience], smallest=self.smallest)
        return self._shown[audience]

    def _steps_of(self, statement_id: int, group: Group | None, kind: FigureKind) -> list[Step]:
        about = AUDIENCE if group is None else group.kind
        if (statement_id, about) not in self._steps:
            self._steps[statement_id, about] = rows.steps_of_groups(self._connection, statement_id, about)
        name = self.statements[statement_id].audience if group is None else group.name
        return [step for step in self._steps[statement_id, about] if step.figure == kind and step.group_name == name]

    def _figure(self, step: Step) -> Figure:
        return Figure(
            kind=FigureKind(step.figure),
            verdict=Verdict(step.verdict),
            people=step.people,
            told=step.told,
            answered=step.answered if step.answered >= self.smallest else None,
            value=step.value,
            low=step.low,
            high=step.high,
            released_at=step.released_at,
        )

    def _before(self, statement: CurrentStatement, group: Group | None, kind: FigureKind) -> Figure:
        about, name = (AUDIENCE, counts.WHOLE) if group is None else (group.kind, group.name)
        audience, of_kind = statement.audience, None if group is None else group.kind
        # all statements of the audience at once: a page asks for each
        versions = {one.id: one.same_meaning for one in self.statements.values() if one.audience == audience}
        if kind not in self._asked:
            every = {v for one in self.statements.values() for v in one.same_meaning}
            self._asked[kind] = counts.asked_about(self._connection, kind, every, before=self._counted_until)
        if (audience, about) not in self._told:
            self._told[audience, about] = counts.told(self._connection, versions, members=self._members[audience], kind=of_kind)
        if (kind, audience, about) not in self._answered:
            self._answered[kind, audience, about] = counts.answered(
                self._connection, kind, versions, kind=of_kind, before=self._counted_until
            )
        answered = in_whole_groups(self._answered[kind, audience, about].get((statement.id, name), 0), self.smallest)
        verdict = before_the_first_step(
            asked=statement.id in self._asked[kind],
            since_first_question=(self._since_first_question or timedelta()) if kind is FigureKind.KNOW_IT else None,
            answered=answered,
            smallest=self.smallest,
        )
        return Figure(
            kind=kind,
            verdict=verdict,
            people=self._size(statement.audience, group),
            told=self._told[audience, about].get((statement.id, name), 0),
            answered=answered or None,
        )

    @property
    def _counted_until(self) -> datetime:
        return counted_until(self.now)

    def _size(self, audience: str, group: Group | None) -> int:
        people = self._people[audience]
        return sum(people.values()) if group is None else size_of(people, group)


def figures(
    connection: Connection, *, now: datetime, statement_ids: Collection[int] | None = None, smallest: int = SMALLEST_GROUP
) -> Known:
    """Return the figures of the statements in force, or of those of ``statement_ids`` that are, as of ``now``.

    smallest: fewest people in a group that is told about (``privacy.k``), five at least.
    """
    chosen = [s for s in current_statements(connection) if statement_ids is None or s.id in statement_ids]
    members = members_of(connection, {s.audience for s in chosen}, now)
    first = counts.first_question_day(connection)
    known = Known(
        now=now,
        smallest=max(smallest, SMALLEST_GROUP),
        statements={s.id: s for s in chosen},
        _connection=connection,
        _since_first_question=None if first is None else now - (_EPOCH + timedelta(days=first)),
        _members=dict(members),
        _people={name: combinations(connection, members=ids) for name, ids in members.items()},
    )
    known._steps.update({(s.id, AUDIENCE): [] for s in chosen})
    for step in rows.steps_of_audiences(connection, [s.id for s in chosen]):
        known._steps[step.statement_id, AUDIENCE].append(step)
    return known
