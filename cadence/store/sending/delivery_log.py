"""The log of deliveries for people to search: what only a person can settle, a page by descending number, and the word somebody says.

Without a person or a day it looks at the last week, by the occurrences of that time, so that no page reads a year of messages.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.settled_by_hand import ASKED_AGAIN, SettledWord
from cadence.store.database.core import attempts, deliveries, occurrences, people
from cadence.store.sending.stops import titles_of

#: a message goes out within a day of its slot, or not at all
_BACK = timedelta(hours=25)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDelivery:
    """One delivery. ``said``: what the service said at its newest try; ``at``: when it ended, or will be sent."""

    id: int
    person_id: int
    name: str
    email: str
    channel: str
    state: str
    reason: str
    at: datetime
    tries: int
    settle_at: datetime | None
    said: str
    titles: tuple[str, ...]

    @property
    def word(self) -> SettledWord | None:
        """Return what somebody said of it that has not taken effect."""
        return SettledWord(self.reason) if self.state == "unknown" and self.settle_at and self.reason in list(SettledWord) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """What is looked for; empty: everything. ``since`` and ``before``: of the slot's instant; None: no bound."""

    who: str = ""
    channel: str = ""
    state: str = ""
    since: datetime | None = None
    before: datetime | None = None


_ROW = (
    sa.select(
        deliveries.c.id,
        deliveries.c.person_id,
        people.c.name,
        people.c.email,
        deliveries.c.channel,
        deliveries.c.state,
        deliveries.c.reason,
        sa.func.coalesce(deliveries.c.finished_at, deliveries.c.send_after).label("at"),
        deliveries.c.attempt_count.label("tries"),
        deliveries.c.settle_at,
    )
    .join(people, people.c.id == deliveries.c.person_id)
    .order_by(deliveries.c.id.desc())
)


def log_page(connection: Connection, query: LogQuery, *, below: int | None, limit: int) -> list[LoggedDelivery]:
    """Return at most ``limit`` deliveries with a number below ``below`` (None: the newest)."""
    found = _ROW.limit(limit)
    if below is not None:
        found = found.where(deliveries.c.id < below)
    if query.who:
        like = f"%{_escaped(query.who.lower())}%"
        named = sa.or_(sa.func.lower(people.c.name).like(like, escape="\\"), people.c.email.like(like, escape="\\"))
        found = found.where(deliveries.c.person_id.in_(sa.select(people.c.id).where(named)))
    if query.channel:
        found = found.where(deliveries.c.channel == query.channel)
    if query.state:
        found = found.where(deliveries.c.state == query.state)
    bounds = []
    if query.since is not None:
        bounds.append(occurrences.c.fire_at >= query.since)
    if query.before is not None:
        bounds.append(occurrences.c.fire_at < query.before)
    if bounds:
        found = found.where(deliveries.c.occurrence_id.in_(sa.select(occurrences.c.id).where(*bounds)))
    return _told(connection, list(connection.execute(found)))


def unsettled(connection: Connection, *, limit: int) -> list[LoggedDelivery]:
    """Return what only a person can settle, the oldest first, and what somebody settled whose word has not taken effect."""
    mine = sa.or_(deliveries.c.settle_at.is_(None), deliveries.c.reason.in_(list(SettledWord)))
    query = _ROW.where(deliveries.c.state == "unknown", mine).order_by(None).order_by(deliveries.c.id).limit(limit)
    return _told(connection, list(connection.execute(query)))


def say_word(connection: Connection, delivery_id: int, word: SettledWord, *, settle_at: datetime, copy_until: datetime) -> bool:
    """Keep what somebody says of a delivery in doubt; return False when nobody is asked about it."""
    longer = sa.case((deliveries.c.expires_at < copy_until, sa.bindparam("later", copy_until, type_=deliveries.c.expires_at.type)))
    values: dict[str, Any] = {"reason": word.value, "settle_at": settle_at}
    if word is SettledWord.AGAIN:
        values["expires_at"] = sa.func.coalesce(longer, deliveries.c.expires_at)
    asked = (deliveries.c.id == delivery_id, deliveries.c.state == "unknown", deliveries.c.settle_at.is_(None))
    return connection.execute(sa.update(deliveries).where(*asked).values(values)).rowcount == 1


def take_word_back(connection: Connection, delivery_id: int, *, now: datetime) -> bool:
    """Forget what somebody said; return False when it has taken effect, or nothing was said."""
    said = (deliveries.c.id == delivery_id, deliveries.c.state == "unknown", deliveries.c.reason.in_(list(SettledWord)))
    still = (deliveries.c.settle_at > now, deliveries.c.lease_owner.is_(None))
    return connection.execute(sa.update(deliveries).where(*said, *still).values(reason=ASKED_AGAIN, settle_at=None)).rowcount == 1


def try_now(connection: Connection, delivery_id: int, *, now: datetime) -> bool:
    """Let a delivery that waits for its next try go out at once; return False when it does not wait for one."""
    waits = (deliveries.c.id == delivery_id, deliveries.c.state == "planned", deliveries.c.send_after > now, deliveries.c.expires_at > now)
    tried = (deliveries.c.attempt_count > 0, deliveries.c.lease_owner.is_(None))
    return connection.execute(sa.update(deliveries).where(*waits, *tried).values(send_after=now)).rowcount == 1


def words_said(connection: Connection, delivery_ids: Collection[int]) -> dict[int, SettledWord]:
    """Return what somebody said of those among ``delivery_ids`` that are in doubt."""
    query = sa.select(deliveries.c.id, deliveries.c.reason).where(
        deliveries.c.id.in_(delivery_ids), deliveries.c.reason.in_(list(SettledWord))
    )
    return {delivery_id: SettledWord(reason) for delivery_id, reason in connection.execute(query)}


def _told(connection: Connection, rows: list[Any]) -> list[LoggedDelivery]:
    ids = [row.id for row in rows]
    titles = titles_of(connection, ids)
    replies = (
        sa.select(attempts.c.delivery_id, attempts.c.reply)
        .join(deliveries, sa.and_(deliveries.c.id == attempts.c.delivery_id, deliveries.c.attempt_count == attempts.c.number))
        .where(attempts.c.delivery_id.in_(ids))
    )
    said = {row.delivery_id: row.reply for row in connection.execute(replies)}
    return [
        LoggedDelivery(
            **row._mapping,
            said=said.get(row.id, ""),
            titles=tuple(titles.get(row.id, ())),
        )
        for row in rows
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
