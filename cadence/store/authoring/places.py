"""Shared addresses: the Slack channels that cadences post to, each kept as one row of ``people`` that is nobody.

So the ledger of sending (claims, intents, settling, what a killed process leaves) holds for posts as it is. Who
is in a channel, and what a post says about them, is weighed in ``operations.authoring.post_to_channel``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import Channel, EvidenceLevel
from cadence.store.database.bulk import insert_rows
from cadence.store.database.core import addresses, attention, deliveries, evidence, people
from cadence.store.database.core import delivery_items as items

_LEVEL = int(EvidenceLevel.HANDED_OVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post that was delivered and has not been weighed yet."""

    delivery_id: int
    #: the row of ``people`` that stands for the channel
    place_id: int
    channel_id: str
    posted_at: datetime
    #: (statement, version) of its items
    items: tuple[tuple[int, int], ...]


def zones_of_places(connection: Connection) -> dict[str, str]:
    """Return channel id -> zone of every shared address."""
    query = sa.select(addresses.c.value, people.c.zone).join(people, people.c.id == addresses.c.person_id).where(people.c.shared)
    return {row.value: row.zone for row in connection.execute(query.order_by(people.c.id))}


def most_inhabited_zone(connection: Connection) -> str | None:
    """Return the zone in which most active people live, the first by name of several; None while there is nobody."""
    count = sa.func.count()
    query = (
        sa.select(people.c.zone)
        .where(people.c.deactivated_at.is_(None), ~people.c.shared, people.c.zone != "")
        .group_by(people.c.zone)
        .order_by(count.desc(), people.c.zone)
        .limit(1)
    )
    found: str | None = connection.execute(query).scalar()
    return found


def add_place(connection: Connection, channel_id: str, *, zone: str, now: datetime) -> None:
    """Insert the shared address of a Slack channel. Its name and key are such that no person can have them."""
    key = f"#{channel_id.lower()}"
    words = dict.fromkeys(("country", "locale", "team", "location", "manager_email", "preferred_channel"), "")
    values = {"email": key, "name": f"#{channel_id}", "zone": zone, "shared": True, "attributes": {}, "created_at": now, "external": False}
    person_id = connection.execute(sa.insert(people).values(**words, **values).returning(people.c.id)).scalar_one()
    connection.execute(sa.insert(addresses).values(person_id=person_id, channel=Channel.SLACK.value, value=channel_id, suspended_reason=""))


def unweighed_posts(connection: Connection, *, since: datetime, until: datetime) -> list[Post]:
    """Return the posts delivered between two instants that were not weighed yet, oldest first."""
    weighed = sa.exists().where(evidence.c.source_id == sa.literal("post:") + sa.cast(deliveries.c.id, sa.Text))
    query = (
        sa.select(deliveries.c.id, deliveries.c.person_id, addresses.c.value, deliveries.c.finished_at)
        .join(people, people.c.id == deliveries.c.person_id)
        .join(addresses, sa.and_(addresses.c.person_id == people.c.id, addresses.c.channel == deliveries.c.channel))
        .where(people.c.shared, deliveries.c.state == "sent", deliveries.c.finished_at.between(since, until), ~weighed)
        .order_by(deliveries.c.id)
    )
    found = []
    for delivery_id, place_id, channel_id, posted_at in connection.execute(query).fetchall():
        held = sa.select(items.c.statement_id, items.c.version_id).where(items.c.delivery_id == delivery_id).order_by(items.c.position)
        said = tuple((row.statement_id, row.version_id) for row in connection.execute(held))
        found.append(Post(delivery_id=delivery_id, place_id=place_id, channel_id=channel_id, posted_at=posted_at, items=said))
    return found


def attention_of_members(connection: Connection, user_ids: Collection[str]) -> list[tuple[int, float | None]]:
    """Return (person, P(seen | no response) on Slack, None before anything is known) of the active people with these Slack ids, by id."""
    query = (
        sa.select(people.c.id, addresses.c.value, attention.c.seen_if_silent)
        .join(addresses, sa.and_(addresses.c.person_id == people.c.id, addresses.c.channel == Channel.SLACK.value))
        .outerjoin(attention, sa.and_(attention.c.person_id == people.c.id, attention.c.channel == Channel.SLACK.value))
        .where(people.c.deactivated_at.is_(None), ~people.c.shared)
        .order_by(people.c.id)
    )
    wanted = set(user_ids)
    return [(person_id, seen) for person_id, user_id, seen in connection.execute(query) if user_id in wanted]


def add_glimpses(connection: Connection, post: Post, seen: Sequence[tuple[int, float]]) -> list[int]:
    """Append the weak evidence of one post, (person, probability of having seen it); return whom it is new of."""
    keys = [f"post:{post.delivery_id}:{person_id}:{statement_id}" for person_id, _ in seen for statement_id, _ in post.items]
    there = set(connection.execute(sa.select(evidence.c.source_id).where(evidence.c.source_id.in_(keys))).scalars())
    columns = ("source_id", "level", "person_id", "delivery_id", "statement_id", "version_id", "channel", "occurred_at", "seen", "detail")
    rows, new = [], []
    for person_id, probability in seen:
        for statement_id, version_id in post.items:
            key = f"post:{post.delivery_id}:{person_id}:{statement_id}"
            if key not in there:
                about = (person_id, post.delivery_id, statement_id, version_id)
                rows.append((key, _LEVEL, *about, Channel.SLACK.value, post.posted_at, probability, "{}"))
                new.append(person_id)
    insert_rows(connection, evidence, columns, rows)
    return list(dict.fromkeys(new))


def mark_weighed(connection: Connection, post: Post, *, members: int) -> None:
    """Remember that a post was weighed."""
    connection.execute(
        sa.insert(evidence).values(
            source_id=f"post:{post.delivery_id}",
            level=_LEVEL,
            person_id=post.place_id,
            delivery_id=post.delivery_id,
            channel=Channel.SLACK.value,
            occurred_at=post.posted_at,
            seen=0.0,
            detail={"members": members},
        )
    )
