"""Which figures close a step now: enough different people since the last one, and enough days.

Owns when each kind of figure may be published for an audience; it counts people and reads no answer. Groups inside an audience close
together with it: ``group_steps``. The rule itself: ``domain.measuring.releases``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.measuring.figures import FigureKind
from cadence.domain.measuring.releases import FIRST_FIGURE, OPENING_LASTS, STEP, may_release
from cadence.store.measuring import asked as counts
from cadence.store.measuring import know_it as rows
from cadence.store.measuring.beliefs import newly_said
from cadence.store.measuring.releases import Step
from cadence.store.planning.chunks import CurrentStatement

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """A step that closes: of which figure and statement, after which one (of today's meaning), and its number."""

    kind: FigureKind
    statement: CurrentStatement
    last: Step | None
    number: int
    #: of the opening round: published once, with too few answers too
    opening: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    connection: Connection
    now: datetime
    smallest: int
    first_question: datetime | None
    #: statement -> when the first question of its opening round was asked
    opening: Mapping[int, datetime]

    @property
    def day(self) -> float:
        return self.now.timestamp() / 86_400.0

    def round_of(self, statement_id: int) -> datetime:
        """Return when the opening round began that the statement was first asked about in."""
        mine = self.opening[statement_id]
        return min(one for one in self.opening.values() if mine - one < OPENING_LASTS)


def due_steps(
    connection: Connection,
    statements: Sequence[CurrentStatement],
    newest: Mapping[tuple[FigureKind, int], Step],
    *,
    now: datetime,
    smallest: int,
) -> list[DueStep]:
    """Return the steps of audiences that close at ``now``. newest: the newest step of each figure and statement, whatever its meaning."""
    first = counts.first_question_day(connection)
    versions = [v for one in statements for v in one.same_meaning]
    ground = _Ground(
        connection=connection,
        now=now,
        smallest=smallest,
        first_question=None if first is None else _instant(first),
        opening={statement: _instant(day) for statement, day in counts.opening_days(connection, versions).items()},
    )
    found = []
    for one in statements:
        for kind, is_due in ((FigureKind.KNOW_IT, _know_it), (FigureKind.FROM_ELSEWHERE, _from_elsewhere), (FigureKind.BELIEF, _belief)):
            stored = newest.get((kind, one.id))
            last = stored if stored is not None and stored.version_id in one.same_meaning else None
            if is_due(ground, one, last):
                opening = kind is FigureKind.FROM_ELSEWHERE and last is None and one.id in ground.opening
                found.append(DueStep(kind=kind, statement=one, last=last, number=1 if stored is None else stored.step + 1, opening=opening))
    return found


def _know_it(ground: _Ground, one: CurrentStatement, last: Step | None) -> bool:
    if ground.first_question is None or ground.now - ground.first_question < FIRST_FIGURE:
        return False
    since = ground.now - (one.meaning_at if last is None else last.released_at)
    return since >= STEP and may_release(_new(ground, one, last, untold=False), since, smallest=ground.smallest)


def _from_elsewhere(ground: _Ground, one: CurrentStatement, last: Step | None) -> bool:
    if last is None and one.id in ground.opening:
        return ground.now - ground.round_of(one.id) >= OPENING_LASTS
    begun = one.meaning_at if ground.first_question is None else max(one.meaning_at, ground.first_question)
    since = ground.now - (begun if last is None else last.released_at)
    return since >= STEP and may_release(_new(ground, one, last, untold=True), since, smallest=ground.smallest)


def _belief(ground: _Ground, one: CurrentStatement, last: Step | None) -> bool:
    since = ground.now - (one.meaning_at if last is None else last.released_at)
    if since < STEP:
        return False
    after = None if last is None else last.released_at
    return may_release(newly_said(ground.connection, one.id, one.same_meaning, after=after), since, smallest=ground.smallest)


def _new(ground: _Ground, one: CurrentStatement, last: Step | None, *, untold: bool) -> int:
    after = 0 if last is None else last.newest_answer_id
    return rows.new_people(ground.connection, one.id, one.same_meaning, after_id=after, untold=untold, before_day=ground.day)


def _instant(day: float) -> datetime:
    return _EPOCH + timedelta(days=day)
