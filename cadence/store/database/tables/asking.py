"""What people are asked and what they say in their own words: the questions of the product, never those that people ask.

One row of ``asked_checks`` is one question in one message. The draw that chose it is kept with it, because the published figure
rests on the draw having been random (``domain.measuring.know_it``). Answers by one tap: ``check_answers``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Column, Index, LargeBinary, SmallInteger, Text
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import BY_KEY, count, instant, key, number, reference, text_column, word


class AskedCheckRow(SQLModel, table=True):
    """A question that a delivery asks, with the draw behind it; it was asked once the delivery is ``sent``."""

    __tablename__ = "asked_checks"
    __table_args__ = (
        Index("ix_asked_checks_person", "person_id"),
        Index("ix_asked_checks_statement", "statement_id", "asked_day"),
        BY_KEY,
    )
    delivery_id: int = reference("deliveries.id", primary_key=True)
    version_id: int = reference("statement_versions.id", primary_key=True)
    person_id: int = reference("people.id")
    statement_id: int = reference("statements.id")
    check_id: int = reference("checks.id")
    #: "drawn" (at random, the figure rests on these) | "opening" (before the first texts) | "beneath_text" (under its
    #: own text, as older messages ask: counts in no figure)
    reason: str = text_column()
    #: days since 1970, instant the message was planned for
    asked_day: float = number(0.0)
    #: m-hat at that instant
    predicted: float = number(0.0)
    #: texts of the statement's present meaning delivered to the person before
    shown_before: int = count()
    #: questions about the pair since its last answer, all in vain
    silent_before: int = count()
    #: every statement that could have been drawn, this one among them: packed records (``store.responding.draws``); NULL: no draw
    eligible: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))


class AnsweringRow(SQLModel, table=True):
    """How a person deals with questions and acknowledgements: counts for weighing, shown to nobody."""

    __tablename__ = "answering"
    person_id: int = reference("people.id", primary_key=True)
    #: delivered digests with a question, and those of them that were answered
    asked: int = count(small=False)
    answered: int = count(small=False)
    #: texts delivered with an acknowledgement asked (or "I know this" tapped), and those acknowledged
    acknowledgeable: int = count(small=False)
    acknowledged: int = count(small=False)
    #: day of the newest question planned; NULL never
    asked_day: float | None = number()
    #: P(taps anything), as of the newest refresh
    noise: float = number(0.0)


class CompanyLearningRow(SQLModel, table=True):
    """What the whole company's answers say about how people respond; one row, refreshed every 28 days."""

    __tablename__ = "company_learning"
    id: int | None = key()
    refreshed_day: float = number(0.0)
    #: share of people who tap anything
    noise_share: float = number(0.05)
    #: prior of attention a and of responding q (``domain.memory.attention``), and digests with both, which weigh them
    attention: float = number(0.5)
    responding: float = number(0.5)
    both: float = number(0.0)


class OwnWordsRow(SQLModel, table=True):
    """What a person wrote when asked to say it themselves: one statement after a right tap, or "name our priorities" unaided."""

    __tablename__ = "own_words"
    __table_args__ = (
        Index("ix_own_words_person", "person_id"),
        Index("ix_own_words_waiting", "judgement", "said_at"),
    )
    id: int | None = key()
    #: idempotency key of the reply
    source_id: str = text_column(unique=True)
    person_id: int = reference("people.id")
    delivery_id: int | None = reference("deliveries.id", nullable=True)
    #: the tap it followed; NULL for unaided naming
    answer_id: int | None = reference("check_answers.id", nullable=True)
    #: NULL for unaided naming
    statement_id: int | None = reference("statements.id", nullable=True)
    version_id: int | None = reference("statement_versions.id", nullable=True)
    #: "line" | "unaided"
    kind: str = text_column()
    #: what was written; emptied at the end of its retention
    words: str = Field(default="", sa_column=Column(Text(), nullable=False))
    #: "could" | "could_not" | "unsure" (waits for a person)
    judgement: str = word()
    #: of the matcher, 0 to 1
    confidence: float | None = number()
    #: empty: the matcher
    judged_by: str = word()
    #: statements that unaided words name
    named: list[int] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False, server_default="[]"))
    offered_at: datetime = instant(nullable=False)
    said_at: datetime | None = instant()
    judged_at: datetime | None = instant()


class BeliefRow(SQLModel, table=True):
    """Whether a person believes that a statement is right for the company; asked apart from knowing it, newest word counts."""

    __tablename__ = "beliefs"
    __table_args__ = (BY_KEY,)
    statement_id: int = reference("statements.id", primary_key=True)
    person_id: int = reference("people.id", primary_key=True)
    version_id: int = reference("statement_versions.id")
    delivery_id: int | None = reference("deliveries.id", nullable=True)
    #: 1 yes, 0 no, 2 not sure
    belief: int = Field(default=2, sa_column=Column(SmallInteger(), nullable=False))
    said_at: datetime = instant(nullable=False)
