"""What the leader guessed before seeing what is known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Integer, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import account, instant, key, reference, word


class EstimateRow(SQLModel, table=True):
    """A guess that was locked, or declined. Only ever added; what was known then is in ``releases``."""

    __tablename__ = "estimates"
    #: the second of two guesses at the same instant finds its number taken
    __table_args__ = (UniqueConstraint("statement_id", "number"),)
    id: int | None = key()
    statement_id: int = reference("statements.id")
    #: 1, 2, 3 and so on for each statement
    number: int = Field(sa_column=Column(Integer(), nullable=False))
    #: the version in force, which names the meaning
    version_id: int = reference("statement_versions.id")
    #: of 100 people of the audience, how many know it; NULL: to be shown without a guess
    percent: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    made_at: datetime = instant(nullable=False)
    #: name or address, empty when nobody said
    made_by: str = word()
    account_id: int | None = account()
    #: corrected by a later guess of the same account, within ten minutes and before it saw the result
    superseded_at: datetime | None = instant()
