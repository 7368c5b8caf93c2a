"""What is told to other programs: where, and every try (form: standard-webhooks)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import count, instant, json_object, key, reference, text_column, word, word_list


class WebhookRow(SQLModel, table=True):
    """One address that events go to. ``secret`` is sealed."""

    __tablename__ = "webhooks"
    id: int | None = key()
    url: str = text_column()
    secret: str = text_column()
    #: kinds of events; empty: all
    kinds: list[str] = word_list()
    account_id: int | None = reference("accounts.id", nullable=True)
    created_at: datetime = instant(nullable=False)
    ended_at: datetime | None = instant()


class WebhookEventRow(SQLModel, table=True):
    """One event for one address. State: "waiting", "sent", "failed"."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index("ix_webhook_events_due", "due_at", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
    )
    id: int | None = key()
    webhook_id: int = reference("webhooks.id")
    #: the same in every try
    public_id: str = text_column(unique=True)
    kind: str = text_column()
    payload: dict[str, Any] = json_object()
    state: str = text_column()
    attempts: int = count()
    due_at: datetime = instant(nullable=False)
    reply: str = word()
    reply_status: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    created_at: datetime = instant(nullable=False)
    finished_at: datetime | None = instant()
