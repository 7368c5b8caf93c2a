"""Published figures, frozen: all that pages, commands, messages and exports may say about what people know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import count, instant, key, number, reference, text_column, word


class ReleaseRow(SQLModel, table=True):
    """One step of one figure. Only ever added: whoever leaves, joins or moves later changes nothing here."""

    __tablename__ = "releases"
    __table_args__ = (
        UniqueConstraint("figure", "statement_id", "group_kind", "group_name", "step"),
        Index("ix_releases_day", "released_at"),
    )
    id: int | None = key()
    #: "know_it" | "from_elsewhere" | "belief" (``domain.measuring.figures.FigureKind``) | "question_health" | "unaided"
    figure: str = text_column()
    statement_id: int = reference("statements.id")
    #: newest material version then: another meaning begins new steps
    version_id: int = reference("statement_versions.id")
    #: "audience" | "team" | "location" | "country" | "function" | "level"
    group_kind: str = text_column()
    group_name: str = word()
    #: 1, 2, 3 and so on for each figure of a statement and group
    step: int = Field(sa_column=Column(Integer(), nullable=False))
    released_at: datetime = instant(nullable=False)
    #: in the group then; of them delivered the text; different people who answered about it since this meaning began
    people: int = count(small=False)
    told: int = count(small=False)
    answered: int = count(small=False)
    #: "figure" | "range" | why nothing may be said (``domain.measuring.figures.Verdict``)
    verdict: str = text_column()
    #: whole percent in steps of 5; NULL where nothing may be said (the value also where only the range may)
    value: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    low: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    high: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    #: newest answer that is in it: the next step counts people from here
    newest_answer_id: int = Field(default=0, sa_column=Column(Integer(), nullable=False, server_default=text("0")))
    #: P(those who know it answer more often), of the whole company then
    selection: float = number(0.0)
    #: where the figure's data came from, for the details: a JSON text of plain words and whole numbers
    details: str = Field(default="{}", sa_column=Column(Text(), nullable=False, server_default=text("'{}'")))
