"""The ledger of sending: deliveries, their statements, every try, and every fact that came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import BY_KEY, count, flag, instant, json_object, key, number, reference, text_column


def _some(name: str, *columns: str, where: str) -> Index:
    """Return an index of the rows that fit ``where`` alone."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class DeliveryRow(SQLModel, table=True):
    """One message to one person on one channel for one occurrence; skips are rows too."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "person_id", "channel"),
        Index("ix_deliveries_person_day", "person_id", "local_day"),
        # small: what is done with leaves them. Queries write these conditions as ``store.sending.states`` does
        _some("ix_deliveries_ready", "channel", "send_after", "id", where="state = 'planned'"),
        _some("ix_deliveries_late", "expires_at", where="state = 'planned'"),
        _some("ix_deliveries_leased", "lease_until", where="lease_until IS NOT NULL"),
        _some("ix_deliveries_open", "occurrence_id", where="state IN ('planned', 'sending', 'unknown')"),
        _some("ix_deliveries_settle", "settle_at", where="settle_at IS NOT NULL"),
    )
    id: int | None = key()
    occurrence_id: int = reference("occurrences.id")
    person_id: int = reference("people.id")
    #: "email" | "slack"; the first choice of the person when skipped
    channel: str = text_column()
    #: opaque, unguessable; the only id that leaves the house
    public_id: str = text_column(unique=True)
    state: str = text_column()
    #: why it was skipped, failed, cancelled or expired (a stable code), empty otherwise
    reason: str = text_column()
    #: Monday of the person's local week it counts towards, as YYYYMMDD
    local_week: int = 0
    #: the person's local date it counts towards, days since 1970
    local_day: int = count(small=False)
    #: the calendar quarter of that date, as ``caps.quarter_number``
    local_quarter: int = count()
    #: goes out over the caps, by an explicit rule
    must_deliver: bool = flag()
    #: counts towards the caps
    counted: bool = flag(True)
    item_count: int = Field(default=0, sa_column=Column(SmallInteger(), nullable=False))
    send_after: datetime = instant(nullable=False)
    expires_at: datetime = instant(nullable=False)
    attempt_count: int = Field(default=0, sa_column=Column(SmallInteger(), nullable=False))
    lease_owner: str | None = text_column(nullable=True)
    lease_until: datetime | None = instant()
    #: Date header, fixed at the first intent and never changed
    dated: datetime | None = instant()
    #: an unknown outcome is looked at again at this instant
    settle_at: datetime | None = instant()
    finished_at: datetime | None = instant()


class DeliveryItemRow(SQLModel, table=True):
    """One statement in a delivery."""

    __tablename__ = "delivery_items"
    __table_args__ = (Index("ix_delivery_items_statement", "statement_id", "delivery_id"), BY_KEY)
    delivery_id: int = reference("deliveries.id", primary_key=True)
    position: int = Field(default=0, sa_column=Column(SmallInteger(), primary_key=True, autoincrement=False))
    statement_id: int = reference("statements.id")
    version_id: int = reference("statement_versions.id")
    wording_id: int = reference("wordings.id")
    #: why this statement was chosen (a stable code)
    reason: str = text_column()
    #: sends of this statement to this person before this one
    times_sent_before: int = Field(default=0, sa_column=Column(Integer(), nullable=False))
    #: which showing of the delivery's quarter it is: 1 and those that were delivered before
    showing: int = Field(default=1, sa_column=Column(SmallInteger(), nullable=False, server_default=text("1")))


class AttemptRow(SQLModel, table=True):
    """One try to send: intent before the effect, outcome after; never overwritten once finished."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)
    id: int | None = key()
    delivery_id: int = reference("deliveries.id")
    number: int = 1
    lease_owner: str = text_column()
    intent_at: datetime = instant(nullable=False)
    started_at: datetime | None = instant()
    finished_at: datetime | None = instant()
    #: "sent" | "failed" | "retry" | "deferred" (not counted) | "unknown" | "void" (intent that was never started); NULL while open
    outcome: str | None = text_column(nullable=True)
    provider_code: str = text_column()
    provider_id: str = text_column()
    reply: str = text_column()


class EvidenceRow(SQLModel, table=True):
    """One append-only fact. ``statement_id`` NULL: holds for every item of the delivery."""

    __tablename__ = "evidence"
    __table_args__ = (_some("ix_evidence_person_statement", "person_id", "statement_id", where="statement_id IS NOT NULL"),)
    id: int | None = key()
    #: idempotency key: "sent:<delivery>", "ack:<version>:<person>", "slack:<event id>" ...
    source_id: str = text_column(unique=True)
    level: int = Field(default=0, sa_column=Column(SmallInteger(), nullable=False))
    person_id: int = reference("people.id")
    delivery_id: int | None = reference("deliveries.id", nullable=True)
    statement_id: int | None = reference("statements.id", nullable=True)
    version_id: int | None = reference("statement_versions.id", nullable=True)
    channel: str = text_column()
    occurred_at: datetime = instant(nullable=False)
    #: probability that the showing was seen, judged when the fact was written; NULL: not judged (a send still open)
    seen: float | None = number()
    #: of a check or restatement: 1 right, 0 wrong, or a grade between
    outcome: float | None = number()
    #: choices of a check
    options: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    #: ``source_id`` of the fact that this one takes back (undo)
    retracts: str | None = text_column(nullable=True)
    detail: dict[str, Any] = json_object()


class AcknowledgementRow(SQLModel, table=True):
    """A person said "I have read this" of one version; the first time counts."""

    __tablename__ = "acknowledgements"
    __table_args__ = (UniqueConstraint("person_id", "version_id"), Index("ix_acknowledgements_version", "version_id"))
    id: int | None = key()
    person_id: int = reference("people.id")
    statement_id: int = reference("statements.id")
    version_id: int = reference("statement_versions.id")
    delivery_id: int | None = reference("deliveries.id", nullable=True)
    method: str = text_column()
    acknowledged_at: datetime = instant(nullable=False)
