"""What is being written: drafts of statements, and what approvers said of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from cadence.store.database.tables.columns import instant, json_object, key, reference, text_column, word


class DraftRow(SQLModel, table=True):
    """One text on its way.

    State: "draft", "waiting" (for approval), "sent_back", "held" (published, nothing sent yet), "published" or "discarded".
    """

    __tablename__ = "drafts"
    __table_args__ = (Index("ix_drafts_state", "state"),)
    id: int | None = key()
    #: unguessable; stands in addresses
    public_id: str = text_column(unique=True)
    #: the statement that it changes; NULL: a new one
    statement_id: int | None = reference("statements.id", nullable=True)
    #: the version it was begun from: another one in force meanwhile is told before it is published
    version_id: int | None = reference("statement_versions.id", nullable=True)
    state: str = text_column()
    #: everything that the four pages ask, in the declared form of a statement file
    content: dict[str, Any] = json_object()
    #: for approvers: why
    note: str = word()
    author_id: int | None = reference("accounts.id", nullable=True)
    #: counts the saves: a save that was begun from an older one is refused
    revision: int = 1
    created_at: datetime = instant(nullable=False)
    changed_at: datetime = instant(nullable=False)
    #: the end of the ten minutes
    held_until: datetime | None = instant()
    published_at: datetime | None = instant()


class ApprovalRow(SQLModel, table=True):
    """What one approver said of one text; ``digest`` names the text, so that a later edit asks again."""

    __tablename__ = "approvals"
    id: int | None = key()
    draft_id: int = reference("drafts.id", index=True)
    account_id: int = reference("accounts.id")
    #: "approved" | "sent_back"
    decision: str = text_column()
    note: str = word()
    digest: str = text_column()
    at: datetime = instant(nullable=False)
