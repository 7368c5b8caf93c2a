"""Rows of what people wrote in their own words, and what they are judged by. Words are emptied at the end of their retention."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.measuring.own_words import Judgement
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import deliveries, exposures, own_words, statements, wordings
from cadence.store.database.core import statement_versions as versions
from cadence.store.database.sql import insert_for

LINE, UNAIDED = "line", "unaided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply on record. ``judged_by``: empty for the matcher. ``slug`` and ``title`` are empty for unaided naming."""

    id: int
    kind: str
    slug: str
    title: str
    right_line: str
    words: str
    judgement: str
    confidence: float | None
    judged_by: str
    named: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedText:
    """What a reply about a version is compared with. ``texts``: the body and the wordings that only say it in other words, Markdown."""

    title: str
    right: str
    near_misses: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """A priority in force, as its newest version says it."""

    statement_id: int
    slug: str
    title: str
    right: str
    brief: str
    body: str


_REPLY = (
    sa.select(
        own_words.c.id,
        own_words.c.kind,
        sa.func.coalesce(statements.c.slug, "").label("slug"),
        sa.func.coalesce(versions.c.title, "").label("title"),
        sa.func.coalesce(versions.c.right_answer, "").label("right_line"),
        own_words.c.words,
        own_words.c.judgement,
        own_words.c.confidence,
        own_words.c.judged_by,
        own_words.c.named,
    )
    .select_from(own_words)
    .outerjoin(statements, statements.c.id == own_words.c.statement_id)
    .outerjoin(versions, versions.c.id == own_words.c.version_id)
)


def reply_with(connection: Connection, source_id: str) -> Reply | None:
    """Return the reply with this key."""
    return _one(connection, own_words.c.source_id == source_id)


def reply_of(connection: Connection, reply_id: int) -> Reply | None:
    """Return the reply with this id."""
    return _one(connection, own_words.c.id == reply_id)


def replies_waiting(connection: Connection, *, limit: int) -> list[Reply]:
    """Return the replies that wait for a person, by what they are about and then in no order that tells who wrote when."""
    waits = own_words.c.judgement == Judgement.UNSURE.value
    query = _REPLY.where(waits, own_words.c.words != "").order_by(statements.c.slug, own_words.c.words, own_words.c.id).limit(limit)
    return [_reply(row) for row in connection.execute(query)]


def count_waiting(connection: Connection) -> int:
    """Return how many replies wait for a person."""
    query = sa.select(sa.func.count()).select_from(own_words)
    return int(connection.execute(query.where(own_words.c.judgement == Judgement.UNSURE.value, own_words.c.words != "")).scalar_one())


def writers(connection: Connection) -> int:
    """Return how many different people ever replied in their own words."""
    return int(connection.execute(sa.select(sa.func.count(sa.distinct(own_words.c.person_id)))).scalar_one())


def add_reply(connection: Connection, values: dict[str, Any]) -> bool:
    """Insert a reply; return False, and write nothing, when its key is on record."""
    row = insert_for(connection, own_words).values(**values).on_conflict_do_nothing(index_elements=["source_id"])
    return connection.execute(row.returning(own_words.c.id)).first() is not None


def judge(connection: Connection, reply_id: int, *, judgement: Judgement, named: Collection[int], by: str, now: datetime) -> None:
    """Keep what a person judged."""
    values = {"judgement": judgement.value, "named": sorted(named), "confidence": 1.0, "judged_by": by, "judged_at": now}
    connection.execute(sa.update(own_words).where(own_words.c.id == reply_id).values(values))


def right_answer_on(connection: Connection, *, delivery_id: int, version_id: int) -> tuple[int, datetime] | None:
    """Return (id, instant) of the right answer to that question, None when it was not answered right."""
    mine = (answers.c.delivery_id == delivery_id, answers.c.version_id == version_id, answers.c.right)
    row = connection.execute(sa.select(answers.c.id, answers.c.answered_at).where(*mine)).first()
    return None if row is None else (row.id, row.answered_at)


def asked_text(connection: Connection, version_id: int) -> AskedText:
    """Return what a reply about a version is compared with."""
    columns = (versions.c.title, versions.c.right_answer, versions.c.near_misses, versions.c.body)
    row = connection.execute(sa.select(*columns).where(versions.c.id == version_id)).one()
    same = sa.select(wordings.c.text).where(wordings.c.version_id == version_id, ~wordings.c.substantive).order_by(wordings.c.position)
    said = (row.body, *connection.execute(same).scalars())
    return AskedText(title=row.title, right=row.right_answer, near_misses=tuple(row.near_misses), texts=tuple(dict.fromkeys(said)))


def priorities_in_force(connection: Connection) -> list[Priority]:
    """Return the priorities that are not withdrawn, by id."""
    newest = sa.select(versions.c.statement_id, sa.func.max(versions.c.number).label("number")).group_by(versions.c.statement_id).subquery()
    query = (
        sa.select(
            statements.c.id.label("statement_id"),
            statements.c.slug,
            versions.c.title,
            versions.c.right_answer.label("right"),
            versions.c.brief,
            versions.c.body,
        )
        .join(newest, newest.c.statement_id == statements.c.id)
        .join(versions, sa.and_(versions.c.statement_id == statements.c.id, versions.c.number == newest.c.number))
        .where(statements.c.kind == "priority", statements.c.withdrawn_at.is_(None))
        .order_by(statements.c.id)
    )
    return [Priority(**row._mapping) for row in connection.execute(query)]


def was_sent_a_priority(connection: Connection, person_id: int) -> bool:
    """Return whether a priority in force was ever delivered to a person."""
    sent = (
        sa.select(exposures.c.statement_id)
        .join(statements, statements.c.id == exposures.c.statement_id)
        .where(exposures.c.person_id == person_id, exposures.c.times_sent > 0)
        .where(statements.c.kind == "priority", statements.c.withdrawn_at.is_(None))
    )
    return connection.execute(sent.limit(1)).first() is not None


def public_id_of(connection: Connection, delivery_id: int) -> str:
    """Return the public id of a delivery."""
    return str(connection.execute(sa.select(deliveries.c.public_id).where(deliveries.c.id == delivery_id)).scalar_one())


def _one(connection: Connection, condition: sa.ColumnElement[bool]) -> Reply | None:
    row = connection.execute(_REPLY.where(condition)).first()
    return None if row is None else _reply(row)


def _reply(row: Any) -> Reply:
    return Reply(**{**row._mapping, "named": tuple(row.named)})
