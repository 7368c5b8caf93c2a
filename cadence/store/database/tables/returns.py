"""What comes back from people and services, and what is to be looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, SmallInteger, Text
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import BigId, flag, instant, json_object, key, reference, text_column


class TapRow(SQLModel, table=True):
    """One of the small words a person says about a statement: it is known, unclear, or comes too often."""

    __tablename__ = "taps"
    __table_args__ = (Index("ix_taps_person_statement", "person_id", "statement_id"), Index("ix_taps_statement", "statement_id", "kind"))
    id: int | None = key()
    #: idempotency key, also of the evidence it left
    source_id: str = text_column(unique=True)
    person_id: int = reference("people.id")
    statement_id: int = reference("statements.id")
    version_id: int = reference("statement_versions.id")
    delivery_id: int = reference("deliveries.id")
    #: "known" | "unclear" | "too_often"
    kind: str = text_column()
    channel: str = text_column()
    tapped_at: datetime = instant(nullable=False)
    undone_at: datetime | None = instant()


class QuestionRow(SQLModel, table=True):
    """What a person asked the leader, by reply or from Slack."""

    __tablename__ = "questions"
    id: int | None = key()
    source_id: str = text_column(unique=True)
    person_id: int = reference("people.id", index=True)
    statement_id: int | None = reference("statements.id", nullable=True)
    delivery_id: int | None = reference("deliveries.id", nullable=True)
    channel: str = text_column()
    text: str = text_column()
    asked_at: datetime = instant(nullable=False)
    closed_at: datetime | None = instant()
    #: that the person asked it is shown by more than the From line of a mail
    sender_proven: bool = flag(True)


class RevokedLinkRow(SQLModel, table=True):
    """A link that opens nothing before its time, because it was seen where others read. The token itself is not kept."""

    __tablename__ = "revoked_links"
    #: SHA-256 of the token
    digest: str = Field(sa_column=Column(Text(), primary_key=True))
    revoked_at: datetime = instant(nullable=False, index=True)


class NoticeRow(SQLModel, table=True):
    """Something an admin or a leader should look at; raised once per key, and resolved."""

    __tablename__ = "notices"
    id: int | None = key()
    key: str = text_column(unique=True)
    #: "admin" | "leader"
    role: str = text_column()
    #: a stable code, such as "address_suspended" or "rewrite_asked"
    code: str = text_column()
    person_id: int | None = reference("people.id", nullable=True)
    statement_id: int | None = reference("statements.id", nullable=True)
    detail: dict[str, Any] = json_object()
    raised_at: datetime = instant(nullable=False)
    resolved_at: datetime | None = instant()


class IncomingMailRow(SQLModel, table=True):
    """A mail that came back and was dealt with: bounce, complaint, absence note or reply. Its text is not kept here."""

    __tablename__ = "incoming_mails"
    id: int | None = key()
    #: hash that makes a second reading of the same mail do nothing
    source_id: str = text_column(unique=True)
    kind: str = text_column()
    person_id: int | None = reference("people.id", nullable=True)
    delivery_id: int | None = reference("deliveries.id", nullable=True)
    received_at: datetime = instant(nullable=False)
    detail: dict[str, Any] = json_object()


class SlackEventRow(SQLModel, table=True):
    """An event of Slack that was dealt with; Slack repeats what it thinks was lost."""

    __tablename__ = "slack_events"
    id: str = Field(sa_column=Column(Text(), primary_key=True))
    received_at: datetime = instant(nullable=False, index=True)
    #: what Slack was answered, for the repetition
    reply: dict[str, Any] = json_object()


class ChannelStatusRow(SQLModel, table=True):
    """Whether a channel takes messages; a pause is shown to the admin with its reason."""

    __tablename__ = "channel_status"
    channel: str = Field(sa_column=Column(Text(), primary_key=True))
    paused_until: datetime | None = instant()
    reason: str = text_column()
    failures_in_row: int = 0


class MarkRow(SQLModel, table=True):
    """How far a step has come that goes through a table by ascending id, or when (seconds since 1970) a daily one is due again."""

    __tablename__ = "marks"
    name: str = Field(sa_column=Column(Text(), primary_key=True))
    position: int = Field(default=0, sa_column=Column(BigId, nullable=False))


class OAuthTokenRow(SQLModel, table=True):
    """The right that a mail provider gave us, sealed with the installation's key: whoever has the database alone cannot use it."""

    __tablename__ = "oauth_tokens"
    provider: str = Field(sa_column=Column(Text(), primary_key=True))
    sealed: str = text_column()
    saved_at: datetime = instant(nullable=False)


class DeploymentRow(SQLModel, table=True):
    """The one name of this installation, to which its links are bound; ``id`` is 1."""

    __tablename__ = "deployments"
    id: int = Field(sa_column=Column(SmallInteger(), primary_key=True, autoincrement=False))
    name: str = text_column()
