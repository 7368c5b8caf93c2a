"""Close the steps of published figures, once a day: what enough people answered about for long enough is computed, rounded and frozen.

Owns the day's work from what is due to the stored steps; between steps what was published stands. When: ``due_steps``; from what:
``evidence``; groups: ``group_steps``; who tells it: ``known``. A process that dies on the way leaves the work to the next day; a step
that is stored twice is stored once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.measuring.believing import share_believing
from cadence.domain.measuring.elsewhere import known_before
from cadence.domain.measuring.figures import FigureKind, Group, Verdict
from cadence.domain.measuring.groups import is_large_enough
from cadence.domain.measuring.know_it import Learnt, share_knowing, verdict, verdict_of_width
from cadence.domain.planning.cadences import EVERYONE
from cadence.operations.measuring.closed_steps import GroupCounts, closed_step
from cadence.operations.measuring.due_steps import DueStep, due_steps
from cadence.operations.measuring.evidence import Evidence, gather
from cadence.operations.measuring.group_steps import GroupGround, group_steps
from cadence.operations.measuring.known import AUDIENCE
from cadence.operations.measuring.members import members_of
from cadence.store.database.engine import Database
from cadence.store.measuring import asked as counts
from cadence.store.measuring.beliefs import believers
from cadence.store.measuring.releases import Step, add_steps, newest_steps
from cadence.store.measuring.segments import combinations
from cadence.store.planning.chunks import current_statements
from cadence.store.running import daily

log = logging.getLogger("cadence.figures")

_STEP = "release"
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def release(database: Database, *, now: datetime) -> int:
    """Close every step that is due and return how many; does nothing but one read when it was done today."""
    with database.read() as connection:
        if not daily.is_daily_due(connection, _STEP, now=now):
            return 0
    with database.transaction(durable=False) as connection:
        if not daily.claim_daily(connection, _STEP, now=now, first=now, again=now + _DAY):
            return 0
    with database.read() as connection:
        steps = closing_steps(connection, now=now, smallest=database.smallest_group)
    if steps:
        with database.transaction() as connection:
            add_steps(connection, steps)
        log.info("event=figures.released steps=%d", len(steps))
    return len(steps)


def closing_steps(connection: Connection, *, now: datetime, smallest: int) -> list[Step]:
    """Return the steps of all figures that close at ``now``; reads counts alone while nothing does."""
    statements = current_statements(connection)
    members = members_of(connection, {one.audience for one in statements}, now)
    people = {name: combinations(connection, members=ids) for name, ids in members.items()}
    sizes = {name: sum(found.values()) for name, found in people.items()}
    told_about = [s for s in statements if is_large_enough(sizes[s.audience], sizes[EVERYONE] - sizes[s.audience], smallest)]
    stored = newest_steps(connection, [s.id for s in statements], figures=FigureKind)
    about = {s.id: Group(kind=AUDIENCE, name=s.audience) for s in statements}
    newest = [(s, Group(kind=s.group_kind, name=s.group_name)) for s in stored]
    whole = {(FigureKind(s.figure), s.statement_id): s for s, group in newest if group == about[s.statement_id]}
    due = due_steps(connection, told_about, whole, now=now, smallest=smallest)
    if not due:
        return []
    found = [_belief_step(connection, step, members[step.statement.audience], now=now) for step in due if step.kind is FigureKind.BELIEF]
    answered = [step for step in due if step.kind is not FigureKind.BELIEF]
    if not answered:
        return found
    evidence = gather(connection, statements, members, now=now)
    column = {one.id: place for place, one in enumerate(statements)}
    found += _before(evidence, [(column[s.statement.id], s) for s in answered if s.kind is FigureKind.FROM_ELSEWHERE], now, smallest)
    know_it = [(column[s.statement.id], s) for s in answered if s.kind is FigureKind.KNOW_IT]
    first = counts.first_question_day(connection)
    if evidence.learnt is None or first is None or not know_it:
        return found
    groups = GroupGround(
        audiences=people,
        newest={(s.statement_id, group): s for s, group in newest if s.figure == FigureKind.KNOW_IT},
        now=now,
        since_first_question=now - (_EPOCH + timedelta(days=first)),
        smallest=smallest,
    )
    found += _know_it(evidence, evidence.learnt, know_it, groups)
    return found + group_steps(connection, evidence, know_it, groups)


def _know_it(evidence: Evidence, learnt: Learnt, due: Sequence[tuple[int, DueStep]], ground: GroupGround) -> list[Step]:
    """Return the steps of whole audiences about what people know."""
    everyone = evidence.everyone.whole
    shares, found = share_knowing(learnt, everyone), []
    for column, step in due:
        mine = _counts(evidence, column, untold=False)
        said = verdict(
            days=ground.since_first_question / _DAY,
            people=mine.answered,
            selection=learnt.selection,
            width=float(shares.high[column] - shares.low[column]),
            smallest=ground.smallest,
        )
        details = {
            "predicted": float(everyone.base[column]),
            "never_answer": float(everyone.silent_share[column]),
            "tap_anything": float(everyone.noisy_share[column]),
            "lucky": learnt.mean_luck,
        }
        found.append(
            closed_step(
                step,
                Group(kind=AUDIENCE, name=step.statement.audience),
                mine,
                shares,
                column,
                last=step.last,
                verdict=said,
                number=step.number,
                now=ground.now,
                selection=learnt.selection,
                details=details,
            )
        )
    return found


def _before(evidence: Evidence, due: Sequence[tuple[int, DueStep]], now: datetime, smallest: int) -> list[Step]:
    """Return the steps about what was known before the first text; an opening round of too few answers says so."""
    if not due:
        return []
    shares, found = known_before(evidence.weighed, evidence.everyone.whole), []
    for column, step in due:
        mine = _counts(evidence, column, untold=True)
        said = verdict_of_width(float(shares.high[column] - shares.low[column]))
        if mine.answered < smallest or (step.opening and said is Verdict.TOO_UNCERTAIN):
            said = Verdict.TOO_FEW
        if mine.answered < smallest:
            # whoever answered counts for the next step
            mine = GroupCounts(people=mine.people, told=mine.told, answered=mine.answered)
        group = Group(kind=AUDIENCE, name=step.statement.audience)
        found.append(closed_step(step, group, mine, shares, column, last=step.last, verdict=said, number=step.number, now=now))
    return found


def _counts(evidence: Evidence, column: int, *, untold: bool) -> GroupCounts:
    about = evidence.about(column, untold=untold)
    return GroupCounts(
        people=int(evidence.everyone.whole.people[column]),
        told=int(evidence.everyone.whole.told[column]),
        answered=len(np.unique(evidence.weighed.answers.person[about])),
        newest_answer_id=int(evidence.id[about].max()) if len(about) else 0,
    )


def _belief_step(connection: Connection, step: DueStep, members: Sequence[int] | None, *, now: datetime) -> Step:
    yes, said = believers(connection, step.statement.id, step.statement.same_meaning, before=now)
    people = sum(combinations(connection, members=members).values())
    shares = share_believing(yes, said, people)
    told = counts.told(connection, {step.statement.id: step.statement.same_meaning}, members=members)
    mine = GroupCounts(people=people, told=told.get((step.statement.id, counts.WHOLE), 0), answered=said)
    group = Group(kind=AUDIENCE, name=step.statement.audience)
    width = verdict_of_width(float(shares.high[0] - shares.low[0]))
    return closed_step(step, group, mine, shares, 0, last=step.last, verdict=width, number=step.number, now=now)
