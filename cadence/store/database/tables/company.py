"""What an admin decides in the browser: settings of the company, earlier rules, moved days, stops, imports that can be undone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import instant, json_object, key, reference, text_column, word


class CompanySettingRow(SQLModel, table=True):
    """One setting that was changed in the browser; it wins over the file, and the page says so."""

    __tablename__ = "company_settings"
    name: str = Field(sa_column=Column(Text(), primary_key=True))
    #: {"value": ...}
    content: dict[str, Any] = json_object()
    changed_at: datetime = instant(nullable=False)
    account_id: int | None = reference("accounts.id", nullable=True)


class RuleVersionRow(SQLModel, table=True):
    """A cadence or the limits as they were in force once. ``slug``: the cadence, or "" for the limits; ``account_id``: who replaced it."""

    __tablename__ = "rule_versions"
    __table_args__ = (Index("ix_rule_versions_slug", "slug", "applied_at"),)
    id: int | None = key()
    slug: str = text_column()
    definition: dict[str, Any] = json_object()
    active: bool = True
    applied_at: datetime = instant(nullable=False)
    account_id: int | None = reference("accounts.id", nullable=True)


class SlotExceptionRow(SQLModel, table=True):
    """A day of a cadence that was moved, or left out (``moved_to`` NULL), by hand."""

    __tablename__ = "slot_exceptions"
    __table_args__ = (UniqueConstraint("cadence_id", "local_date"),)
    id: int | None = key()
    cadence_id: int = reference("cadences.id")
    local_date: date = Field(default=None, sa_column=Column(Date(), nullable=False))
    moved_to: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    created_at: datetime = instant(nullable=False)
    account_id: int | None = reference("accounts.id", nullable=True)


class StopRow(SQLModel, table=True):
    """All sending was stopped. In force while ``ended_at`` is NULL and ``until`` is NULL or ahead."""

    __tablename__ = "stops"
    id: int | None = key()
    started_at: datetime = instant(nullable=False)
    until: datetime | None = instant()
    reason: str = word()
    stopped_by: int | None = reference("accounts.id", nullable=True)
    ended_at: datetime | None = instant()
    ended_by: int | None = reference("accounts.id", nullable=True)


class ImportRunRow(SQLModel, table=True):
    """A people file that was taken in the browser, with what undoes it. ``state``: "checked", "done", "undone", "dropped"."""

    __tablename__ = "import_runs"
    id: int | None = key()
    public_id: str = text_column(unique=True)
    state: str = text_column()
    file_name: str = word()
    #: the file itself, until it is taken or dropped
    content: bytes = Field(default=b"", sa_column=Column(LargeBinary(), nullable=False))
    #: before and after by person; emptied after 30 days
    undo: dict[str, Any] = json_object()
    account_id: int | None = reference("accounts.id", nullable=True)
    created_at: datetime = instant(nullable=False)
    done_at: datetime | None = instant()
    undone_at: datetime | None = instant()


class PutOffRow(SQLModel, table=True):
    """An advice ("Not now") that an account does not want to see until then. ``subject``: what it is about, as a stable code."""

    __tablename__ = "put_off"
    __table_args__ = (UniqueConstraint("account_id", "subject"),)
    id: int | None = key()
    account_id: int = reference("accounts.id")
    subject: str = text_column()
    until: datetime = instant(nullable=False)
