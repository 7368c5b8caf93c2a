"""The tables as SQLAlchemy Core knows them, for bulk paths and queries that build no objects.

One typed place: SQLModel does not tell a type checker of ``__table__``.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from cadence.store.database.tables import (
    Acknowledgement,
    Address,
    Attempt,
    Attention,
    Audience,
    Cadence,
    ChannelStatus,
    Check,
    CheckAnswer,
    CheckDay,
    Delivery,
    DeliveryItem,
    Estimate,
    Evidence,
    Exposure,
    IncomingMail,
    LimitSet,
    Mark,
    Measure,
    MeasureValue,
    Notice,
    Occurrence,
    Person,
    Question,
    RecallOffset,
    SlackEvent,
    Slot,
    Statement,
    StatementSupport,
    StatementVersion,
    Tap,
    Wording,
)


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table of ``model``, a ``table=True`` class."""
    return cast(Table, vars(model)["__table__"])


acknowledgements = table_of(Acknowledgement)
addresses = table_of(Address)
attempts = table_of(Attempt)
attention = table_of(Attention)
audiences = table_of(Audience)
cadences = table_of(Cadence)
channel_status = table_of(ChannelStatus)
check_answers = table_of(CheckAnswer)
check_days = table_of(CheckDay)
checks = table_of(Check)
deliveries = table_of(Delivery)
delivery_items = table_of(DeliveryItem)
estimates = table_of(Estimate)
evidence = table_of(Evidence)
exposures = table_of(Exposure)
incoming_mails = table_of(IncomingMail)
limit_sets = table_of(LimitSet)
marks = table_of(Mark)
measure_values = table_of(MeasureValue)
measures = table_of(Measure)
notices = table_of(Notice)
occurrences = table_of(Occurrence)
people = table_of(Person)
questions = table_of(Question)
recall_offsets = table_of(RecallOffset)
slack_events = table_of(SlackEvent)
slots = table_of(Slot)
statement_supports = table_of(StatementSupport)
statement_versions = table_of(StatementVersion)
statements = table_of(Statement)
taps = table_of(Tap)
wordings = table_of(Wording)
