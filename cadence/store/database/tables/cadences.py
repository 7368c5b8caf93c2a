"""When: the rules an admin tunes, and the turns they come to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import BY_KEY, BigId, count, edited_in, flag, instant, json_object, key, reference, text_column


class CadenceRow(SQLModel, table=True):
    """The rule an admin tunes; ``definition`` is the checked form of ``domain/planning/cadences.py``."""

    __tablename__ = "cadences"
    id: int | None = key()
    slug: str = text_column(unique=True)
    definition: dict[str, Any] = json_object()
    active: bool = True
    applied_at: datetime = instant(nullable=False)
    edited_in: str = edited_in()


class LimitSetRow(SQLModel, table=True):
    """The company-wide limits in force (one row); ``definition`` is the checked form of ``domain/planning/cadences.py``."""

    __tablename__ = "limit_sets"
    id: int | None = key()
    definition: dict[str, Any] = json_object()
    applied_at: datetime = instant(nullable=False)
    edited_in: str = edited_in()


class SlotRow(SQLModel, table=True):
    """A (cadence, zone, local time) group and the instant it is next due."""

    __tablename__ = "slots"
    __table_args__ = (UniqueConstraint("cadence_id", "zone", "local_time"),)
    id: int | None = key()
    cadence_id: int = reference("cadences.id")
    zone: str = text_column()
    #: "HH:MM"
    local_time: str = text_column()
    #: local date of the due occurrence; NULL with ``next_fire_at`` when the cadence has ended
    next_local_date: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    next_fire_at: datetime | None = instant(index=True)


class OccurrenceRow(SQLModel, table=True):
    """One due slot. ``key`` (cadence, zone, local time, local date) is unique: it can never run twice."""

    __tablename__ = "occurrences"
    __table_args__ = (
        Index("ix_occurrences_unclosed", "state", sqlite_where=text("state <> 'closed'"), postgresql_where=text("state <> 'closed'")),
    )
    id: int | None = key()
    key: str = text_column(unique=True)
    cadence_id: int = reference("cadences.id")
    zone: str = text_column()
    local_time: str = text_column()
    local_date: date = Field(default=None, sa_column=Column(Date(), nullable=False))
    fire_at: datetime = instant(nullable=False)
    #: instant of the slot's following occurrence; deliveries expire by then
    until: datetime = instant(nullable=False)
    #: "planning" | "planned" | "closed" | "expired"
    state: str = text_column()
    #: planning has dealt with every person up to this id
    planned_through: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    closed_at: datetime | None = instant()
    #: its rows of ``occurrence_counts`` are right; a trigger takes this back when a delivery that had ended changes
    counted: bool = flag()


class OccurrenceCountRow(SQLModel, table=True):
    """How many deliveries of a closed occurrence ended in a state, to people in person. Right while the occurrence is ``counted``."""

    __tablename__ = "occurrence_counts"
    __table_args__ = (
        Index("ix_occurrence_counts_occurrence", "occurrence_id"),
        Index(
            "ix_occurrence_counts_trouble",
            "statement_id",
            sqlite_where=text("state IN ('failed', 'unknown')"),
            postgresql_where=text("state IN ('failed', 'unknown')"),
        ),
        BY_KEY,
    )
    #: 0: whole deliveries; else those with this statement in them
    statement_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    occurrence_id: int = reference("occurrences.id", primary_key=True)
    channel: str = Field(sa_column=Column(Text(), primary_key=True))
    state: str = Field(sa_column=Column(Text(), primary_key=True))
    n: int = count(small=False)
