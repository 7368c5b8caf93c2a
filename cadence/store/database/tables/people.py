"""To whom: people, their addresses, and the audiences they make up."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import edited_in, flag, instant, json_object, key, number, reference, text_column, word


class AudienceRow(SQLModel, table=True):
    """A named rule over person attributes (``domain/people/audiences.py`` owns its form)."""

    __tablename__ = "audiences"
    id: int | None = key()
    slug: str = text_column(unique=True)
    rule: dict[str, Any] = json_object()
    edited_in: str = edited_in()


class PersonRow(SQLModel, table=True):
    """Someone who can be reached. ``email`` is the key people are matched by: lower case, IDNA domain."""

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_zone_id", "zone", "id"), Index("ix_people_manager_email", "manager_email"))
    id: int | None = key()
    email: str = text_column(unique=True)
    name: str = text_column()
    zone: str = text_column()
    country: str = text_column()
    locale: str = text_column()
    team: str = text_column()
    location: str = text_column()
    manager_email: str = text_column()
    started_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    external: bool = False
    attributes: dict[str, Any] = json_object()
    #: the person's own wish; empty: the cadence's order decides
    preferred_channel: str = text_column()
    #: the person's own choice of day (0 Monday; NULL any) and local time ("HH:MM"; empty: the cadence's) and language
    preferred_day: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    preferred_time: str = word()
    preferred_locale: str = word()
    #: "too often": gaps are longer until then
    fewer_until: datetime | None = instant()
    paused_until: datetime | None = instant()
    #: when ``zone`` changed last
    moved_at: datetime | None = instant()
    #: a shared address (a Slack channel) that cadences post to; never counted as a person
    shared: bool = flag()
    created_at: datetime = instant(nullable=False)
    deactivated_at: datetime | None = instant()
    #: who said that they are gone: "file", "slack", "missing", "admin", "directory", "removed", "reassigned", "merged"; empty: not known
    deactivated_by: str = word()
    #: the employer's number for them; empty: not known
    employee_id: str = word()
    #: ``external`` because Slack has them as a guest
    slack_guest: bool = flag()
    erased_at: datetime | None = instant()


class FormerAddressRow(SQLModel, table=True):
    """An email address that a person had before: a directory that still names it means the same person."""

    __tablename__ = "former_addresses"
    id: int | None = key()
    person_id: int = reference("people.id", index=True)
    value: str = text_column(unique=True)
    until: datetime = instant(nullable=False)


class AddressRow(SQLModel, table=True):
    """Where a person is reached on one channel, and the health of it."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("person_id", "channel"), Index("ix_addresses_channel_value", "channel", "value"))
    id: int | None = key()
    person_id: int = reference("people.id")
    channel: str = text_column()
    value: str = text_column()
    suspended_at: datetime | None = instant()
    suspended_reason: str = text_column()
    #: soft failures, fading with time from ``failed_at``
    failure_score: float = number(0.0)
    failed_at: datetime | None = instant()
