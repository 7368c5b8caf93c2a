"""All tables, and nothing but tables.

A ``table=True`` class validates nothing: values reach it through the domain. Bulk paths use
SQLAlchemy Core on the ``Table`` objects of ``core``. Constraint names follow one
convention so that Alembic finds them again. Change a column: add a migration beside it.
"""

from __future__ import annotations

from cadence.store.database.tables.cadences import Cadence, LimitSet, Occurrence, Slot
from cadence.store.database.tables.columns import NAMING, metadata
from cadence.store.database.tables.estimates import Estimate
from cadence.store.database.tables.learning import Attention, CheckAnswer, CheckDay, Exposure, RecallOffset
from cadence.store.database.tables.ledger import Acknowledgement, Attempt, Delivery, DeliveryItem, Evidence
from cadence.store.database.tables.people import Address, Audience, Person
from cadence.store.database.tables.returns import ChannelStatus, IncomingMail, Mark, Notice, Question, SlackEvent, Tap
from cadence.store.database.tables.statements import Check, Measure, MeasureValue, Statement, StatementSupport, StatementVersion, Wording

__all__ = [
    "NAMING",
    "Acknowledgement",
    "Address",
    "Attempt",
    "Attention",
    "Audience",
    "Cadence",
    "ChannelStatus",
    "Check",
    "CheckAnswer",
    "CheckDay",
    "Delivery",
    "DeliveryItem",
    "Estimate",
    "Evidence",
    "Exposure",
    "IncomingMail",
    "LimitSet",
    "Mark",
    "Measure",
    "MeasureValue",
    "Notice",
    "Occurrence",
    "Person",
    "Question",
    "RecallOffset",
    "SlackEvent",
    "Slot",
    "Statement",
    "StatementSupport",
    "StatementVersion",
    "Tap",
    "Wording",
    "metadata",
]
