"""Answers that are counted and not kept: all there is of them in privacy mode ``aggregate``."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import count, flag, key, number, reference, text_column


class AnswerBatchRow(SQLModel, table=True):
    """Sums over answers about one version by five different people or more, once it is closed; no row and no column is about one of them.

    Days, chances and counts are sums over the answers, so that what goes on is their mean.
    """

    __tablename__ = "answer_batches"
    __table_args__ = (Index("ix_answer_batches_version", "version_id", "closed"),)
    id: int | None = key()
    statement_id: int = reference("statements.id")
    version_id: int = reference("statement_versions.id")
    #: why the questions were asked (``asked_checks.reason``)
    reason: str = text_column()
    #: whether the text had been delivered before
    told: bool = flag()
    closed: bool = flag()
    #: id of the first fact of an answer in it: tells whether a person is in it already
    first_fact: int = count(small=False)
    #: different people; answers
    people: int = count(small=False)
    answers: int = count(small=False)
    #: line chosen ("0" the right one, "-1" I don't remember) -> how often
    lines: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON(), nullable=False, server_default="{}"))
    #: days since 1970 of asking, and the newest of them, whole
    asked_day: float = number(0.0)
    newest_day: int = count(small=False)
    predicted: float = number(0.0)
    #: messages with a question that these people got, and answered, before
    asked: float = number(0.0)
    answered: float = number(0.0)
