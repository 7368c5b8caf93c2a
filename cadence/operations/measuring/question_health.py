"""Judge each question from its answers, in frozen steps, and tell the leader what is wrong with it.

What one person chose must not show when two looks are compared. So a question is judged again only when five more people have answered
it and 14 days passed, as figures are; the judgement is stored as a step of ``releases`` and never made again, whoever leaves, is
erased or reaches the end of the retention. Between steps everybody sees the newest one. A changed question
begins from nothing: its answers are counted by the question, not by the statement. "Too often" is told within a judgement only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.measuring.question_health import Ailment, Judged, judge_question
from cadence.domain.measuring.releases import may_release
from cadence.operations.measuring.judge_words import tell_unsure
from cadence.operations.measuring.unaided import close_unaided
from cadence.store.database.engine import Database
from cadence.store.measuring import question_health as rows
from cadence.store.measuring.question_health import AskedNow
from cadence.store.measuring.releases import Step, add_steps, newest_steps
from cadence.store.running import daily
from cadence.store.running.notices import raise_notice, resolve_notice

#: ``releases.figure`` of these steps
FIGURE = "question_health"
_AUDIENCE = "audience"
_DAILY = "question health"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionHealth:
    """A question as its newest step tells it: no share, which would stand beside what people know. None before the first step."""

    statement_id: int
    slug: str
    title: str
    right_line: str
    judged_at: datetime | None = None
    answers: int | None = None
    ailments: tuple[Ailment, ...] = ()
    #: the wrong line that at least a fifth chose; empty when there is none
    misread_line: str = ""


def question_health(connection: Connection) -> list[QuestionHealth]:
    """Return the health of every question in force, those that something is wrong with first."""
    asked = rows.asked_now(connection)
    steps = _newest(connection, asked)
    found = [_told(one, steps.get(one.statement_id)) for one in asked]
    return sorted(found, key=lambda one: (not one.ailments, one.slug))


def judge_questions(database: Database, *, now: datetime) -> int:
    """Close the steps that are due and return how many; does nothing but one read when it was done today.

    Raises the notices of questions, and of replies that wait to be judged; closes the steps of what is named by heart.
    """
    with database.read() as connection:
        if not daily.is_daily_due(connection, _DAILY, now=now):
            return 0
    with database.transaction() as connection:
        if not daily.claim_daily(connection, _DAILY, now=now, first=now, again=now + _DAY):
            return 0
        tell_unsure(connection, now=now, smallest=database.smallest_group)
        close_unaided(connection, now=now, smallest=database.smallest_group)
        return close_steps(connection, now=now, smallest=database.smallest_group)


def close_steps(connection: Connection, *, now: datetime, smallest: int = SMALLEST_GROUP) -> int:
    """Judge the questions whose step is due, and return how many; the caller's transaction."""
    asked = rows.asked_now(connection)
    before = _newest(connection, asked)
    # a step about an earlier question of the statement holds back the next for as long, and none of its answers
    since = {one.check_id: step.newest_answer_id if (step := before.get(one.statement_id)) and _is_about(step, one) else 0 for one in asked}
    for one in asked:
        if (step := before.get(one.statement_id)) and not _is_about(step, one):
            for ailment in Ailment:  # what was told of the question that was asked before it
                resolve_notice(connection, _key(one, ailment), now=now)
    new = rows.answered_since(connection, since)
    steps = []
    for one in asked:
        last = before.get(one.statement_id)
        people, newest = new[one.check_id]
        if not may_release(people, None if last is None else now - last.released_at, smallest=smallest):
            continue
        judged = judge_question(rows.line_counts(connection, one, newest=newest), smallest=smallest)
        if judged is not None:
            steps.append(_step(one, judged, number=last.step + 1 if last else 1, newest=newest, now=now))
            _tell(connection, one, judged, now=now)
    add_steps(connection, steps)
    return len(steps)


def _newest(connection: Connection, asked: list[AskedNow]) -> dict[int, Step]:
    steps = newest_steps(connection, [one.statement_id for one in asked], figures=[FIGURE])
    return {step.statement_id: step for step in steps}


def _is_about(step: Step, asked: AskedNow) -> bool:
    return bool(json.loads(step.details)["check"] == asked.check_id)


def _step(asked: AskedNow, judged: Judged, *, number: int, newest: int, now: datetime) -> Step:
    details = {
        "check": asked.check_id,
        "ailments": [ailment.value for ailment in judged.ailments],
        "misread": judged.misread,
    }
    return Step(
        figure=FIGURE,
        statement_id=asked.statement_id,
        version_id=asked.version_id,
        group_kind=_AUDIENCE,
        group_name=asked.audience,
        step=number,
        released_at=now,
        people=0,
        told=0,
        answered=judged.answers,
        verdict=FIGURE,
        newest_answer_id=newest,
        details=json.dumps(details),
    )


def _told(asked: AskedNow, step: Step | None) -> QuestionHealth:
    health = QuestionHealth(statement_id=asked.statement_id, slug=asked.slug, title=asked.title, right_line=asked.right)
    if step is None or not _is_about(step, asked):
        return health
    kept = json.loads(step.details)
    misread = kept["misread"]
    return QuestionHealth(
        statement_id=asked.statement_id,
        slug=asked.slug,
        title=asked.title,
        right_line=asked.right,
        judged_at=step.released_at,
        answers=step.answered,
        ailments=tuple(map(Ailment, kept["ailments"])),
        misread_line="" if misread is None else asked.line(misread),
    )


def _tell(connection: Connection, asked: AskedNow, judged: Judged, *, now: datetime) -> None:
    """Raise a notice for each ailment and resolve those that are gone."""
    for ailment in Ailment:
        key = _key(asked, ailment)
        if ailment not in judged.ailments:
            resolve_notice(connection, key, now=now)
            continue
        detail: dict[str, object] = {"count": judged.answers}
        if ailment is Ailment.MISREAD and judged.misread is not None:
            detail["line"] = asked.line(judged.misread)
        raise_notice(
            connection, key=key, role="leader", code=f"question_{ailment}", now=now, statement_id=asked.statement_id, detail=detail
        )


def _key(asked: AskedNow, ailment: Ailment) -> str:
    return f"question:{asked.statement_id}:{ailment}"
