"""What is said: statements, their versions and wordings, scoreboards, and the checks about them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Column, Date, SmallInteger, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import account, edited_in, flag, instant, key, reference, text_column, word, word_list


class StatementRow(SQLModel, table=True):
    """One thing the leader wants everyone to know; its text lives in versions."""

    __tablename__ = "statements"
    id: int | None = key()
    slug: str = text_column(unique=True)
    kind: str = text_column()
    #: slug of the audience it is meant for
    audience: str = text_column()
    #: "everyone" | "audience" (``domain.statements.statement.VisibleTo``)
    visible_to: str = Field(default="everyone", sa_column=Column(Text(), nullable=False, server_default=text("'everyone'")))
    must_acknowledge: bool = False
    #: the day by which everyone should have acknowledged it
    acknowledge_by: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    #: the leader whose statement it is; NULL: the company's
    signed_by: int | None = account()
    edited_in: str = edited_in()
    #: free words from the file, for cap rules
    tags: list[str] = word_list()
    #: reading order among its kind, from the file name order at first import
    position: int = 0
    created_at: datetime = instant(nullable=False)
    withdrawn_at: datetime | None = instant()


class StatementVersionRow(SQLModel, table=True):
    """An immutable text of a statement. ``material``: people are sent it and asked to acknowledge it again."""

    __tablename__ = "statement_versions"
    __table_args__ = (UniqueConstraint("statement_id", "number"),)
    id: int | None = key()
    statement_id: int = reference("statements.id")
    number: int = 1
    title: str = text_column()
    body: str = text_column()
    material: bool = True
    effective_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    #: it in a sentence of up to 20 words, for digests that lead with another statement; empty: its first sentence
    brief: str = word()
    #: hash of title, body and wordings: equal text makes no version
    digest: str = text_column()
    #: plausible but wrong readings, for checks
    near_misses: list[str] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    #: the line a check recognises it by; empty: a sentence of the body
    right_answer: str = word()
    published_at: datetime = instant(nullable=False)
    #: one line for readers: what changed and why
    changed: str = word()
    author_id: int | None = account()


class WordingRow(SQLModel, table=True):
    """One way of saying a version."""

    __tablename__ = "wordings"
    __table_args__ = (UniqueConstraint("version_id", "name"),)
    id: int | None = key()
    version_id: int = reference("statement_versions.id")
    name: str = text_column()
    position: int = 0
    text: str = text_column()
    #: gives another reason or example, not only other words; led with from the fourth showing
    substantive: bool = flag(True)


class StatementSupportRow(SQLModel, table=True):
    """``statement_id`` serves ``supports_id`` (priority -> strategy -> vision)."""

    __tablename__ = "statement_supports"
    statement_id: int = reference("statements.id", primary_key=True)
    supports_id: int = reference("statements.id", primary_key=True)


class MeasureRow(SQLModel, table=True):
    """One measure of a scoreboard."""

    __tablename__ = "measures"
    __table_args__ = (UniqueConstraint("statement_id", "name"),)
    id: int | None = key()
    statement_id: int = reference("statements.id")
    name: str = text_column()
    unit: str = text_column()
    baseline: float = 0.0
    target: float = 0.0
    position: int = 0
    #: the day the target is due
    target_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    owner_id: int | None = account()


class MeasureValueRow(SQLModel, table=True):
    """A dated value of a measure."""

    __tablename__ = "measure_values"
    __table_args__ = (UniqueConstraint("measure_id", "value_on"),)
    id: int | None = key()
    measure_id: int = reference("measures.id")
    value_on: date = Field(default=None, sa_column=Column(Date(), nullable=False))
    value: float = 0.0
    entered_by: int | None = account()
    entered_at: datetime | None = instant()


class CheckRow(SQLModel, table=True):
    """A one-tap recall question about a version: the right line and the near misses it may be shown with."""

    __tablename__ = "checks"
    __table_args__ = (UniqueConstraint("version_id", "digest"),)
    id: int | None = key()
    version_id: int = reference("statement_versions.id")
    right: str = text_column()
    distractors: list[str] = word_list()
    #: hash of right and distractors: an equal pool is the same check
    digest: str = text_column()
    #: lines a message shows of it, the right one among them; 6 where the pool holds lines of other statements
    lines: int = Field(default=4, sa_column=Column(SmallInteger(), nullable=False, server_default=text("4")))
    created_at: datetime = instant(nullable=False)
