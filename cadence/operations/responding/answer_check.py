"""Record what a person chose in a check, once per delivery and statement, and learn from it.

The prediction is made before the answer is learned from, and kept beside it (prequential scoring). The first answer
counts; repeats return it. Called only by a POST or a Slack action, never by a GET. What was chosen is for this person alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from math import floor

from sqlalchemy.engine import Connection

from cadence.domain.planning.recipients import to_days
from cadence.domain.sending.deliveries import CheckQuestion
from cadence.domain.statements.checks import FORGOT, ask, check_key, is_choice, line_of
from cadence.errors import Invalid, NotFound
from cadence.operations.responding.acknowledge import permitted
from cadence.operations.responding.learn_answer import About, learn_answer, score_answer
from cadence.store.database.engine import Database, privacy_mode
from cadence.store.responding import acknowledgements, learning
from cadence.store.responding import answers as rows
from cadence.store.responding.acknowledgements import AskedDelivery


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswered:
    """An answer that is on record. ``first`` is False for a repetition: the rest is then that of the first answer."""

    first: bool
    right: bool
    #: place of the right option, and of the chosen one (``FORGOT``: none; ``NOT_KEPT``: a repetition, and nobody knows)
    right_choice: int
    choice: int
    #: in the order this delivery shows them
    options: tuple[str, ...]
    answered_at: datetime
    slug: str
    title: str
    person_name: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLook:
    """What a delivery asks this person; ``question.chosen`` is None while unanswered."""

    question: CheckQuestion
    #: near misses of the pool in the order of the file
    distractors: tuple[str, ...]
    answered_at: datetime | None
    wanted: AskedDelivery


def look_check(
    database: Database, *, person_id: int, version_id: int, delivery_id: int | None = None, public_id: str | None = None
) -> CheckLook:
    """Return the check of one item of a delivery; changes nothing. Raises NotFound or Conflict with a sentence for the person."""
    with database.read() as connection:
        return _look(connection, person_id, version_id, delivery_id, public_id)


def answer_check(
    database: Database,
    *,
    person_id: int,
    version_id: int,
    delivery_id: int,
    choice: int,
    channel: str,
    now: datetime,
    source_id: str = "",
) -> CheckAnswered:
    """Record ``choice`` (place of an option, from 0, or ``FORGOT``) and return what it was worth; a repetition returns the first answer.

    ``source_id``: idempotency key of the fact; by default "check:<delivery>:<version>". Raises NotFound when the delivery
    is not this person's or asks nothing about that version, Invalid for a choice that was not offered, Conflict when the
    person has left or the statement was withdrawn.
    """
    with database.transaction() as connection:
        look = _look(connection, person_id, version_id, delivery_id, None)
        question, wanted = look.question, look.wanted
        if not is_choice(question, choice):
            raise Invalid("choice", choice, f"must be from 0 to {len(question.options) - 1}, or {FORGOT}", example="0")
        first = look.answered_at is None
        if first:
            learning.lock_person(connection, person_id)
            new = _scored(connection, look, choice, channel=channel, now=now, source_id=source_id)
            if not privacy_mode(connection).keeps_answers:  # counted, and to the memory that the text was seen
                new = replace(new, ignored=True)
            first = rows.add_answer(connection, new)
            if first:
                learn_answer(connection, _about(wanted), right=new.right, ignored=new.ignored, now=now)
            else:  # another transaction was quicker
                look = _look(connection, person_id, version_id, delivery_id, None)
    chosen = choice if first or look.question.chosen is None else look.question.chosen
    return CheckAnswered(
        first=first,
        right=chosen == question.right,
        right_choice=question.right,
        choice=chosen,
        options=question.options,
        answered_at=now if first else look.answered_at or now,
        slug=wanted.slug,
        title=wanted.title,
        person_name=wanted.person_name,
        zone=wanted.zone,
    )


def _look(connection: Connection, person_id: int, version_id: int, delivery_id: int | None, public_id: str | None) -> CheckLook:
    asked = acknowledgements.asked(connection, version_id=version_id, delivery_id=delivery_id, public_id=public_id)
    wanted = permitted(asked, person_id)
    check = rows.asked_check(connection, delivery_id=wanted.delivery_id, version_id=version_id)
    if check is None:
        raise NotFound("This message asks nothing about that statement.")
    question = ask(check.check_id, check.right, check.distractors, key=check_key(wanted.public_id, version_id), lines=check.lines)
    if check.chosen is not None:
        question = CheckQuestion(check_id=question.check_id, options=question.options, right=question.right, chosen=check.chosen)
    return CheckLook(question=question, distractors=check.distractors, answered_at=check.answered_at, wanted=wanted)


def _scored(connection: Connection, look: CheckLook, choice: int, *, channel: str, now: datetime, source_id: str) -> rows.NewAnswer:
    wanted, question = look.wanted, look.question
    right = choice == question.right
    found = score_answer(connection, _about(wanted), right=right, options=len(question.options), now=now)
    return rows.NewAnswer(
        check_id=question.check_id,
        person_id=wanted.person_id,
        statement_id=wanted.statement_id,
        version_id=wanted.version_id,
        delivery_id=wanted.delivery_id,
        channel=channel,
        choice=choice,
        line=line_of(question, look.distractors, choice),
        options=len(question.options),
        right=right,
        plain=found.plain,
        predicted=found.predicted,
        gains=found.gains,
        answered_at=now,
        answered_day=floor(to_days(now)),
        source_id=source_id or f"check:{wanted.delivery_id}:{wanted.version_id}",
        ignored=found.ignored,
    )


def _about(wanted: AskedDelivery) -> About:
    return About(person_id=wanted.person_id, statement_id=wanted.statement_id, version_id=wanted.version_id, delivery_id=wanted.delivery_id)
