"""What the memory model keeps; all of it can be folded again from the evidence and the answers.

Clock columns here are floats, days since 1970-01-01T00:00Z, because the model computes in days over arrays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Float, Index, Integer, SmallInteger, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from cadence.domain.memory.model import FIRST_DIFFICULTY, FIRST_STABILITY
from cadence.store.database.tables.columns import BY_KEY, BigId, count, flag, instant, key, number, reference, text_column


class ExposureRow(SQLModel, table=True):
    """The folded state of one (person, statement) pair; a cache of the evidence plus what is planned.

    ``encoded`` to ``seen_day`` are the memory state A, S, D, u of ``domain/memory/model.py``.
    """

    __tablename__ = "exposures"
    __table_args__ = (Index("ix_exposures_statement", "statement_id"), BY_KEY)
    person_id: int = reference("people.id", primary_key=True)
    statement_id: int = reference("statements.id", primary_key=True)
    #: newest version sent to this person
    version_id: int | None = reference("statement_versions.id", nullable=True)
    times_sent: int = 0
    #: newest quarter in which it was delivered (``caps.quarter_number``, 0 never), and how many of that quarter did
    sent_quarter: int = count()
    sent_in_quarter: int = count()
    #: of these, what deliveries brought, apart from the text under an answer: all that others are told
    delivered_times: int = count(small=False)
    delivered_day: float | None = number()
    delivered_version_id: int | None = reference("statement_versions.id", nullable=True)
    last_wording_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    #: days since 1970: newest send; NULL never
    sent_day: float | None = Field(default=None, sa_column=Column(Float(), nullable=True))
    #: newest plan, sent or still under way; the minimum gap counts from here
    planned_day: float | None = Field(default=None, sa_column=Column(Float(), nullable=True))
    encoded: float = number(0.0)
    stability: float = number(FIRST_STABILITY)
    difficulty: float = number(FIRST_DIFFICULTY)
    #: u, the day from which forgetting is reckoned; NULL: nothing was seen
    seen_day: float | None = number()
    #: day of the newest showing whose evidence is in the state; later ones are still open
    folded_day: float | None = number()
    #: sum of the probabilities of having been seen, and of p (1 - p), over all showings folded
    seen_sum: float = number(0.0)
    seen_variance: float = number(0.0)
    #: silent showings since the person last responded to anything
    unanswered: int = count()
    #: newest day a question about it was planned; and questions since the pair's last answer, all in vain
    asked_day: float | None = number()
    asked_in_vain: int = count()
    #: day of the newest right answer of this version's meaning
    right_day: float | None = number()
    #: "I know this" or the wear-out guard: not shown before this day
    held_until_day: float | None = number()
    #: "too often": the gaps are longer until this day
    fewer_until_day: float | None = number()


class AttentionRow(SQLModel, table=True):
    """How a person responds on a channel: counts that fade with a half-life of 90 days (``domain/memory/attention.py``)."""

    __tablename__ = "attention"
    person_id: int = reference("people.id", primary_key=True)
    channel: str = Field(sa_column=Column(Text(), primary_key=True))
    responses: float = number(0.0)
    silences: float = number(0.0)
    #: day that the two counts are faded to
    as_of_day: float = number(0.0)
    #: P(seen | no response) at these counts
    seen_if_silent: float = number(0.0)
    silent_in_row: int = count()
    #: day of the newest response
    responded_day: float | None = number()


class RecallOffsetRow(SQLModel, table=True):
    """U and I of a person: how they answer compared with what was predicted (``domain/memory/model.py``)."""

    __tablename__ = "recall_offsets"
    person_id: int = reference("people.id", primary_key=True)
    score: float = number(0.0)
    information: float = number(0.0)


class CheckAnswerRow(SQLModel, table=True):
    """What one person chose in one check, and what the model had predicted. Shown to that person alone; others see groups."""

    __tablename__ = "check_answers"
    __table_args__ = (
        UniqueConstraint("delivery_id", "version_id"),
        Index("ix_check_answers_statement", "statement_id", "person_id"),
        Index("ix_check_answers_day", "answered_day"),
        Index("ix_check_answers_person", "person_id"),
    )
    id: int | None = key()
    check_id: int = reference("checks.id")
    person_id: int = reference("people.id")
    statement_id: int = reference("statements.id")
    version_id: int = reference("statement_versions.id")
    delivery_id: int = reference("deliveries.id")
    channel: str = text_column()
    #: place of the chosen option as it was shown, and how many there were
    choice: int = count()
    options: int = count()
    #: the line chosen: 0 the right one, 1 and on the near misses in their order, -1 "I don't remember"; NULL: not kept then
    line: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    right: bool = flag()
    #: m and m-hat just before the answer, and what it adds to U, I, U_b, I_b
    plain: float = number(0.0)
    predicted: float = number(0.0)
    gain_score: float = number(0.0)
    gain_information: float = number(0.0)
    gain_slope_score: float = number(0.0)
    gain_slope_information: float = number(0.0)
    answered_at: datetime = instant(nullable=False)
    #: UTC day number since 1970
    answered_day: int = count(small=False)


class CheckDayRow(SQLModel, table=True):
    """Sums over the answers of one finished UTC day; the organisation's offset and slope are sums of these."""

    __tablename__ = "check_days"
    day: int = Field(sa_column=Column(Integer(), primary_key=True, autoincrement=False))
    answers: int = count(small=False)
    score: float = number(0.0)
    information: float = number(0.0)
    slope_score: float = number(0.0)
    slope_information: float = number(0.0)
