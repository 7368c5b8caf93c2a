"""What evidence added up to before it left at the end of its retention (``domain.memory.past``); read beside the evidence that stays."""

from __future__ import annotations

from sqlalchemy import Column, Float, Text
from sqlmodel import Field, SQLModel

from cadence.domain.memory.model import FIRST_DIFFICULTY, FIRST_STABILITY
from cadence.store.database.tables.columns import BY_KEY, count, number, reference


class PastRow(SQLModel, table=True):
    """One person of whom facts have left."""

    __tablename__ = "pasts"
    person_id: int = reference("people.id", primary_key=True)
    #: days since 1970: every fact before has left
    until_day: float = number(0.0)
    #: as in ``answering``, of the facts that have left
    asked: int = count(small=False)
    answered: int = count(small=False)
    acknowledgeable: int = count(small=False)
    acknowledged: int = count(small=False)
    #: U and I of the answers that have left, as in ``recall_offsets``
    score: float = number(0.0)
    information: float = number(0.0)


class PastHabitRow(SQLModel, table=True):
    """How a person responded on a channel, as in ``attention``."""

    __tablename__ = "past_habits"
    person_id: int = reference("people.id", primary_key=True)
    channel: str = Field(sa_column=Column(Text(), primary_key=True))
    responses: float = number(0.0)
    silences: float = number(0.0)
    as_of_day: float = number(0.0)
    silent_in_row: int = count()
    responded_day: float | None = number()


class PastPairRow(SQLModel, table=True):
    """What was folded of one pair, as in ``exposures``."""

    __tablename__ = "past_pairs"
    __table_args__ = (BY_KEY,)
    person_id: int = reference("people.id", primary_key=True)
    statement_id: int = reference("statements.id", primary_key=True)
    #: a version that said what the statement meant then; NULL: none did any more
    meaning_id: int | None = reference("statement_versions.id", nullable=True)
    encoded: float = number(0.0)
    stability: float = number(FIRST_STABILITY)
    difficulty: float = number(FIRST_DIFFICULTY)
    seen_day: float | None = number()
    right_day: float | None = number()
    folded_day: float | None = number()
    seen_sum: float = number(0.0)
    seen_variance: float = number(0.0)
    unanswered: int = count()
    times_sent: int = count(small=False)
    sent_day: float | None = Field(default=None, sa_column=Column(Float(), nullable=True))
    version_id: int | None = reference("statement_versions.id", nullable=True)
    sent_quarter: int = count()
    sent_in_quarter: int = count()
    delivered_times: int = count(small=False)
    delivered_day: float | None = number()
    delivered_version_id: int | None = reference("statement_versions.id", nullable=True)
