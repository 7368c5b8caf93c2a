"""Who named which priority by heart: counts for the published steps, never by person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.measuring.own_words import Judgement
from cadence.store.database.core import asked_checks, exposures, own_words, statements
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import statement_versions as versions
from cadence.store.responding.own_words import UNAIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityInForce:
    """A priority in force with its newest version."""

    statement_id: int
    slug: str
    title: str
    audience: str
    version_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingCounts:
    """Of the newest replies of those who were told a priority: how many name it; ``new``: people with a reply later than a given one."""

    replied: int
    named: int
    new: int
    newest_reply: int


def nameable(connection: Connection) -> list[PriorityInForce]:
    """Return the priorities in force, by id."""
    newest = sa.select(versions.c.statement_id, sa.func.max(versions.c.id).label("id")).group_by(versions.c.statement_id).subquery()
    query = (
        sa.select(
            statements.c.id.label("statement_id"),
            statements.c.slug,
            versions.c.title,
            statements.c.audience,
            versions.c.id.label("version_id"),
        )
        .join(newest, newest.c.statement_id == statements.c.id)
        .join(versions, versions.c.id == newest.c.id)
        .where(statements.c.kind == "priority", statements.c.withdrawn_at.is_(None))
        .order_by(statements.c.id)
    )
    return [PriorityInForce(**row._mapping) for row in connection.execute(query)]


def named_of(connection: Connection, statement_id: int, *, since: datetime, after: int) -> NamingCounts:
    """Return what the replies since an instant say of a priority. ``after``: the newest reply of the step before.

    Counted as not asked: replies that wait to be judged, people to whom the priority was never delivered, and those who were
    led there by a message that tells it or asks about it.
    """
    helped = sa.or_(
        sa.exists().where(items.c.delivery_id == own_words.c.delivery_id, items.c.statement_id == statement_id),
        sa.exists().where(asked_checks.c.delivery_id == own_words.c.delivery_id, asked_checks.c.statement_id == statement_id),
    )
    told = sa.and_(exposures.c.person_id == own_words.c.person_id, exposures.c.statement_id == statement_id, exposures.c.times_sent > 0)
    query = (
        sa.select(own_words.c.id, own_words.c.person_id, own_words.c.named)
        .join(exposures, told)
        .where(own_words.c.kind == UNAIDED, own_words.c.said_at >= since, own_words.c.judgement != Judgement.UNSURE.value, ~helped)
        .order_by(own_words.c.id)
    )
    newest = {row.person_id: row for row in connection.execute(query)}
    return NamingCounts(
        replied=len(newest),
        named=sum(statement_id in row.named for row in newest.values()),
        new=sum(row.id > after for row in newest.values()),
        newest_reply=max((row.id for row in newest.values()), default=after),
    )
