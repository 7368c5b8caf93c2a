"""Who changed what: one row for each change, chained by hashes. Triggers of the database refuse to change or delete a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from cadence.store.database.tables.columns import instant, json_object, key, reference, text_column


class AuditEntryRow(SQLModel, table=True):
    """One change (``domain.audit``). Of people only which fields changed is kept, never their values: nobody can erase them here."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_object", "object_kind", "object_key"),)
    id: int | None = key()
    at: datetime = instant(nullable=False)
    #: NULL: nobody who signs in did it (a file, the shell, the first link)
    account_id: int | None = reference("accounts.id", nullable=True, index=True)
    #: "page" | "api" | "command" | "scim" | "slack" | "service"
    via: str = text_column()
    #: "statement.published", "cadence.changed" ...
    action: str = text_column()
    object_kind: str = text_column()
    object_key: str = text_column()
    before: dict[str, Any] = json_object()
    after: dict[str, Any] = json_object()
    #: ``hash`` of the row before; empty in the first
    previous_hash: str = text_column()
    hash: str = text_column(unique=True)
