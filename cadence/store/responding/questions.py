"""Rows of questions that people asked the leader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import deliveries, people, questions, statements
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import statement_versions as versions
from cadence.store.database.sql import insert_for
from cadence.store.sending.kept_text import keep_text


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question as a leader reads it. ``title`` and ``slug``: the statement it is about, empty for none."""

    id: int
    person_name: str
    email: str
    channel: str
    slug: str
    title: str
    text: str
    asked_at: datetime
    closed_at: datetime | None
    #: False: nothing but the From line of a mail says that this person wrote it
    sender_proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFrom:
    """The person who asks. ``statement_id``: what the delivery said in the version that is named, None when none is."""

    person_id: int
    deactivated_at: datetime | None
    statement_id: int | None


def asked_from(connection: Connection, *, person_id: int, delivery_id: int | None, version_id: int | None) -> AskedFrom | None:
    """Return who asks, None when there is no such person, the delivery is not theirs, or it does not hold the version."""
    person = connection.execute(sa.select(people.c.deactivated_at).where(people.c.id == person_id)).first()
    if person is None:
        return None
    if delivery_id is None:
        return AskedFrom(person_id=person_id, deactivated_at=person.deactivated_at, statement_id=None)
    owner = connection.execute(sa.select(deliveries.c.person_id).where(deliveries.c.id == delivery_id)).scalar()
    if owner != person_id:
        return None
    statement_id: int | None = None
    if version_id is not None:
        query = sa.select(items.c.statement_id).where(items.c.delivery_id == delivery_id, items.c.version_id == version_id)
        statement_id = connection.execute(query).scalar()
        if statement_id is None:
            return None
    return AskedFrom(person_id=person_id, deactivated_at=person.deactivated_at, statement_id=statement_id)


def add_question(
    connection: Connection,
    asked: AskedFrom,
    *,
    delivery_id: int | None,
    channel: str,
    source_id: str,
    text: str,
    now: datetime,
    sender_proven: bool = True,
) -> bool:
    """Insert a question without links of ours; return False, and write nothing, when its key is on record."""
    added = connection.execute(
        insert_for(connection, questions)
        .values(
            source_id=source_id,
            person_id=asked.person_id,
            statement_id=asked.statement_id,
            delivery_id=delivery_id,
            channel=channel,
            text=keep_text(connection, text, now=now),
            asked_at=now,
            sender_proven=sender_proven,
        )
        .on_conflict_do_nothing(index_elements=["source_id"])
        .returning(questions.c.id)
    )
    return added.first() is not None


def asked_since(connection: Connection, person_id: int, since: datetime) -> int:
    """Return how many questions a person asked after ``since``."""
    query = sa.select(sa.func.count()).select_from(questions).where(questions.c.person_id == person_id, questions.c.asked_at > since)
    return int(connection.execute(query).scalar_one())


def question_id(connection: Connection, source_id: str) -> tuple[int, datetime] | None:
    """Return (id, instant) of the question with this key."""
    row = connection.execute(sa.select(questions.c.id, questions.c.asked_at).where(questions.c.source_id == source_id)).first()
    return None if row is None else (row.id, row.asked_at)


def questions_list(connection: Connection, *, closed: bool, limit: int) -> list[AskedQuestion]:
    """Return the questions that are open (or ``closed``): the newest of each person first, then each one's next."""
    is_state = questions.c.closed_at.is_not(None) if closed else questions.c.closed_at.is_(None)
    # an erased person's words are gone; nothing is left to answer
    shown = sa.and_(is_state, questions.c.text != "")
    order = (questions.c.asked_at.desc(), questions.c.id.desc())
    place = sa.func.row_number().over(partition_by=questions.c.person_id, order_by=order)
    first = sa.select(questions.c.id, place.label("place")).where(shown).order_by(place, *order).limit(limit).subquery()
    newest = sa.select(versions.c.statement_id, sa.func.max(versions.c.number).label("number")).group_by(versions.c.statement_id).subquery()
    query = (
        sa.select(
            questions.c.id,
            people.c.name.label("person_name"),
            people.c.email,
            questions.c.channel,
            sa.func.coalesce(statements.c.slug, "").label("slug"),
            sa.func.coalesce(versions.c.title, "").label("title"),
            questions.c.text,
            questions.c.asked_at,
            questions.c.closed_at,
            questions.c.sender_proven,
        )
        .join(people, people.c.id == questions.c.person_id)
        .outerjoin(statements, statements.c.id == questions.c.statement_id)
        .outerjoin(newest, newest.c.statement_id == statements.c.id)
        .outerjoin(versions, sa.and_(versions.c.statement_id == statements.c.id, versions.c.number == newest.c.number))
        .join(first, first.c.id == questions.c.id)
        .order_by(*order)
    )
    return [AskedQuestion(**row._mapping) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionText:
    """A question without who asked it."""

    id: int
    text: str
    asked_at: datetime
    closed_at: datetime | None


def questions_about(connection: Connection, statement_id: int, *, limit: int) -> list[QuestionText]:
    """Return what was asked about a statement: open ones first, then the newest."""
    query = (
        sa.select(questions.c.id, questions.c.text, questions.c.asked_at, questions.c.closed_at)
        .where(questions.c.statement_id == statement_id, questions.c.text != "")
        .order_by(questions.c.closed_at.is_not(None), questions.c.asked_at.desc(), questions.c.id.desc())
        .limit(limit)
    )
    return [QuestionText(**row._mapping) for row in connection.execute(query)]


def open_questions(connection: Connection) -> int:
    """Return how many questions wait for an answer."""
    query = sa.select(sa.func.count()).select_from(questions).where(questions.c.closed_at.is_(None), questions.c.text != "")
    return int(connection.execute(query).scalar_one())


def close(connection: Connection, question: int, *, now: datetime) -> datetime | None:
    """Close a question; return when it was closed, the first time counts, None when there is no such question."""
    connection.execute(sa.update(questions).where(questions.c.id == question, questions.c.closed_at.is_(None)).values(closed_at=now))
    found: datetime | None = connection.execute(sa.select(questions.c.closed_at).where(questions.c.id == question)).scalar()
    return found
