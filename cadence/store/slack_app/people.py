"""Who a Slack user is, and what that person has said of the statements of one delivery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import Channel, EvidenceLevel
from cadence.store.database.core import acknowledgements, addresses, deliveries, evidence, people, questions, taps
from cadence.store.database.core import delivery_items as items
from cadence.store.database.sql import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPerson:
    """An active person and the Slack user id they were found by."""

    id: int
    name: str
    email: str
    zone: str
    #: the language they chose, else that of the directory
    locale: str
    slack_user_id: str


def slack_person(connection: Connection, slack_user_id: str) -> SlackPerson | None:
    """Return the active person with that Slack user id, None for strangers, people who left and shared addresses."""
    row = connection.execute(
        sa.select(people.c.id, people.c.name, people.c.email, people.c.zone, people.c.locale, people.c.preferred_locale)
        .join(addresses, addresses.c.person_id == people.c.id)
        .where(
            addresses.c.channel == Channel.SLACK.value,
            addresses.c.value == slack_user_id,
            people.c.deactivated_at.is_(None),
            ~people.c.shared,
        )
        .order_by(people.c.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    locale = row.preferred_locale or row.locale
    return SlackPerson(id=row.id, name=row.name, email=row.email, zone=row.zone, locale=locale, slack_user_id=slack_user_id)


def is_theirs(connection: Connection, delivery_id: int, *, person_id: int, slack_user_id: str) -> bool:
    """Return whether a delivery is a Slack message to that person, who is active and reached under that id."""
    return (
        connection.execute(
            sa.select(deliveries.c.id)
            .join(people, people.c.id == deliveries.c.person_id)
            .join(addresses, sa.and_(addresses.c.person_id == people.c.id, addresses.c.channel == deliveries.c.channel))
            .where(
                deliveries.c.id == delivery_id,
                deliveries.c.person_id == person_id,
                deliveries.c.channel == Channel.SLACK.value,
                addresses.c.value == slack_user_id,
                addresses.c.suspended_at.is_(None),
                people.c.deactivated_at.is_(None),
            )
        ).first()
        is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Something said of one version. ``kind``: "acknowledge", "ask" or the kind of a tap. ``here``: by this very delivery."""

    kind: str
    at: datetime
    here: bool = True


def words_about(connection: Connection, *, person_id: int, delivery_id: int) -> dict[int, list[Word]]:
    """Return version id -> what the person has said of it that stands, oldest first, for the versions of a delivery."""
    found: dict[int, list[Word]] = defaultdict(list)
    query = sa.select(items.c.statement_id, items.c.version_id).where(items.c.delivery_id == delivery_id)
    held: dict[int, int] = {row.statement_id: row.version_id for row in connection.execute(query)}
    said = sa.select(acknowledgements).where(
        acknowledgements.c.person_id == person_id, acknowledgements.c.version_id.in_(list(held.values()))
    )
    for row in connection.execute(said):
        found[row.version_id].append(Word(kind="acknowledge", at=row.acknowledged_at, here=row.delivery_id == delivery_id))
    tapped = sa.select(taps.c.version_id, taps.c.kind, taps.c.tapped_at).where(
        taps.c.person_id == person_id, taps.c.delivery_id == delivery_id, taps.c.undone_at.is_(None)
    )
    for row in connection.execute(tapped):
        found[row.version_id].append(Word(kind=row.kind, at=row.tapped_at))
    asked = (
        sa.select(questions.c.statement_id, sa.func.max(questions.c.asked_at).label("asked_at"))
        .where(questions.c.person_id == person_id, questions.c.delivery_id == delivery_id, questions.c.statement_id.is_not(None))
        .group_by(questions.c.statement_id)
    )
    for row in connection.execute(asked):
        if row.statement_id in held:
            found[held[row.statement_id]].append(Word(kind="ask", at=row.asked_at))
    return {version_id: sorted(words, key=lambda word: word.at) for version_id, words in found.items()}


def noted(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return those of ``keys`` that facts are on record under."""
    return set(connection.execute(sa.select(evidence.c.source_id).where(evidence.c.source_id.in_(list(keys)))).scalars())


def note_viewed(
    connection: Connection,
    key: str,
    *,
    person_id: int,
    statement_id: int,
    version_id: int,
    seen: float,
    detail: dict[str, Any],
    now: datetime,
) -> None:
    """Append the fact that a statement was looked at outside a message; its key is on record at most once."""
    row = insert_for(connection, evidence).values(
        source_id=key,
        level=int(EvidenceLevel.VIEWED),
        person_id=person_id,
        statement_id=statement_id,
        version_id=version_id,
        channel=Channel.SLACK.value,
        occurred_at=now,
        seen=seen,
        detail=detail,
    )
    connection.execute(row.on_conflict_do_nothing(index_elements=["source_id"]))
