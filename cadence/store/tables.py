"""All tables, and nothing but tables.

A ``table=True`` class validates nothing: values reach it through the domain. Bulk paths use
SQLAlchemy Core on ``Table`` objects (``Person.__table__``). Constraint names follow one
convention so that Alembic finds them again. Change a column: add a migration beside it.

Clock columns of ``exposures`` are floats, days since 1970-01-01T00:00Z, because the memory
model computes in days over arrays; every other instant is an ``Instant``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from cadence.domain.memory import FIRST_DIFFICULTY, FIRST_STABILITY
from cadence.store.types import Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata: MetaData = SQLModel.metadata
metadata.naming_convention = NAMING

#: SQLite counts rowids only on INTEGER keys; PostgreSQL wants 64 bits
_BigId = BigInteger().with_variant(Integer(), "sqlite")


#: SQLite keeps the rows in the order of their key: planning reads and writes whole stretches of people
_BY_KEY = {"sqlite_with_rowid": False}


def _key() -> Any:
    return Field(default=None, sa_column=Column(_BigId, primary_key=True, autoincrement=True))


def _ref(target: str, *, nullable: bool = False, index: bool = False, primary_key: bool = False) -> Any:
    column = Column(_BigId, ForeignKey(target), nullable=nullable, index=index, primary_key=primary_key)
    return Field(default=None, sa_column=column)


def _instant(*, nullable: bool = True, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Instant(), nullable=nullable, index=index))


def _text(*, nullable: bool = False, unique: bool = False) -> Any:
    return Field(default=None if nullable else "", sa_column=Column(Text(), nullable=nullable, unique=unique))


def _json() -> Any:
    return Field(default_factory=dict, sa_column=Column(JSON(), nullable=False))


def _words() -> Any:
    return Field(default_factory=list, sa_column=Column(JSON(), nullable=False, server_default=text("'[]'")))


def _number(default: float | None = None) -> Any:
    server = None if default is None else text(repr(default))
    return Field(default=default, sa_column=Column(Float(), nullable=default is None, server_default=server))


def _count(*, small: bool = True) -> Any:
    return Field(default=0, sa_column=Column(SmallInteger() if small else Integer(), nullable=False, server_default=text("0")))


def _flag(default: bool = False) -> Any:
    return Field(default=default, sa_column=Column(Boolean(), nullable=False, server_default=text("true" if default else "false")))


def _word() -> Any:
    return Field(default="", sa_column=Column(Text(), nullable=False, server_default=text("''")))


class Audience(SQLModel, table=True):
    """A named rule over person attributes (``domain/audiences.py`` owns its form)."""

    __tablename__ = "audiences"
    id: int | None = _key()
    slug: str = _text(unique=True)
    rule: dict[str, Any] = _json()


class Statement(SQLModel, table=True):
    """One thing the leader wants everyone to know; its text lives in versions."""

    __tablename__ = "statements"
    id: int | None = _key()
    slug: str = _text(unique=True)
    kind: str = _text()
    #: slug of the audience it is meant for
    audience: str = _text()
    must_acknowledge: bool = False
    #: free words from the file, for cap rules
    tags: list[str] = _words()
    #: reading order among its kind, from the file name order at first import
    position: int = 0
    created_at: datetime = _instant(nullable=False)
    withdrawn_at: datetime | None = _instant()


class StatementVersion(SQLModel, table=True):
    """An immutable text of a statement. ``material``: people must meet and acknowledge it anew."""

    __tablename__ = "statement_versions"
    __table_args__ = (UniqueConstraint("statement_id", "number"),)
    id: int | None = _key()
    statement_id: int = _ref("statements.id")
    number: int = 1
    title: str = _text()
    body: str = _text()
    material: bool = True
    effective_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    #: hash of title, body and wordings: equal text makes no version
    digest: str = _text()
    #: plausible but wrong readings, for checks
    near_misses: list[str] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    #: the line a check recognises it by; empty: a sentence of the body
    right_answer: str = _word()
    published_at: datetime = _instant(nullable=False)


class Wording(SQLModel, table=True):
    """One way of saying a version."""

    __tablename__ = "wordings"
    __table_args__ = (UniqueConstraint("version_id", "name"),)
    id: int | None = _key()
    version_id: int = _ref("statement_versions.id")
    name: str = _text()
    position: int = 0
    text: str = _text()
    #: gives another reason or example, not only other words; led with from the fourth showing
    substantive: bool = _flag(True)


class StatementSupport(SQLModel, table=True):
    """``statement_id`` serves ``supports_id`` (priority -> strategy -> vision)."""

    __tablename__ = "statement_supports"
    statement_id: int = _ref("statements.id", primary_key=True)
    supports_id: int = _ref("statements.id", primary_key=True)


class Measure(SQLModel, table=True):
    """One measure of a scoreboard."""

    __tablename__ = "measures"
    __table_args__ = (UniqueConstraint("statement_id", "name"),)
    id: int | None = _key()
    statement_id: int = _ref("statements.id")
    name: str = _text()
    unit: str = _text()
    baseline: float = 0.0
    target: float = 0.0
    position: int = 0


class MeasureValue(SQLModel, table=True):
    """A dated value of a measure."""

    __tablename__ = "measure_values"
    __table_args__ = (UniqueConstraint("measure_id", "value_on"),)
    id: int | None = _key()
    measure_id: int = _ref("measures.id")
    value_on: date = Field(default=None, sa_column=Column(Date(), nullable=False))
    value: float = 0.0


class Person(SQLModel, table=True):
    """Someone who can be reached. ``email`` is the key people are matched by: lower case, IDNA domain."""

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_zone_id", "zone", "id"),)
    id: int | None = _key()
    email: str = _text(unique=True)
    name: str = _text()
    zone: str = _text()
    country: str = _text()
    locale: str = _text()
    team: str = _text()
    location: str = _text()
    manager_email: str = _text()
    started_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    external: bool = False
    attributes: dict[str, Any] = _json()
    #: the person's own wish; empty: the cadence's order decides
    preferred_channel: str = _text()
    #: the person's own wishes of day (0 Monday; NULL any) and local time ("HH:MM"; empty: the cadence's) and language
    preferred_day: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    preferred_time: str = _word()
    preferred_locale: str = _word()
    #: "too often": gaps are longer until then
    fewer_until: datetime | None = _instant()
    paused_until: datetime | None = _instant()
    #: when ``zone`` changed last
    moved_at: datetime | None = _instant()
    #: a shared address (a Slack channel) that cadences post to; never counted as a person
    shared: bool = _flag()
    created_at: datetime = _instant(nullable=False)
    deactivated_at: datetime | None = _instant()
    erased_at: datetime | None = _instant()


class Address(SQLModel, table=True):
    """Where a person is reached on one channel, and the health of it."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("person_id", "channel"), Index("ix_addresses_channel_value", "channel", "value"))
    id: int | None = _key()
    person_id: int = _ref("people.id")
    channel: str = _text()
    value: str = _text()
    suspended_at: datetime | None = _instant()
    suspended_reason: str = _text()
    #: soft failures, fading with time from ``failed_at``
    failure_score: float = _number(0.0)
    failed_at: datetime | None = _instant()


class Cadence(SQLModel, table=True):
    """The rule an admin tunes; ``definition`` is the checked form of ``domain/cadences.py``."""

    __tablename__ = "cadences"
    id: int | None = _key()
    slug: str = _text(unique=True)
    definition: dict[str, Any] = _json()
    active: bool = True
    applied_at: datetime = _instant(nullable=False)


class Slot(SQLModel, table=True):
    """A (cadence, zone, local time) group and the instant it is next due."""

    __tablename__ = "slots"
    __table_args__ = (UniqueConstraint("cadence_id", "zone", "local_time"),)
    id: int | None = _key()
    cadence_id: int = _ref("cadences.id")
    zone: str = _text()
    #: "HH:MM"
    local_time: str = _text()
    #: local date of the due occurrence; NULL with ``next_fire_at`` when the cadence has ended
    next_local_date: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    next_fire_at: datetime | None = _instant(index=True)


class Occurrence(SQLModel, table=True):
    """One due slot. ``key`` (cadence, zone, local time, local date) is unique: it can never run twice."""

    __tablename__ = "occurrences"
    __table_args__ = (
        Index("ix_occurrences_unclosed", "state", sqlite_where=text("state <> 'closed'"), postgresql_where=text("state <> 'closed'")),
    )
    id: int | None = _key()
    key: str = _text(unique=True)
    cadence_id: int = _ref("cadences.id")
    zone: str = _text()
    local_time: str = _text()
    local_date: date = Field(default=None, sa_column=Column(Date(), nullable=False))
    fire_at: datetime = _instant(nullable=False)
    #: instant of the slot's following occurrence; deliveries expire by then
    until: datetime = _instant(nullable=False)
    #: "planning" | "planned" | "closed" | "expired"
    state: str = _text()
    #: planning has dealt with every person up to this id
    planned_through: int = Field(default=0, sa_column=Column(_BigId, nullable=False))
    closed_at: datetime | None = _instant()


class Delivery(SQLModel, table=True):
    """One message to one person on one channel for one occurrence; skips are rows too."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "person_id", "channel"),
        Index("ix_deliveries_person_day", "person_id", "local_day"),
        Index("ix_deliveries_ready", "send_after", sqlite_where=text("state = 'planned'"), postgresql_where=text("state = 'planned'")),
        Index("ix_deliveries_sending", "lease_until", sqlite_where=text("state = 'sending'"), postgresql_where=text("state = 'sending'")),
        Index(
            "ix_deliveries_settle", "settle_at", sqlite_where=text("settle_at IS NOT NULL"), postgresql_where=text("settle_at IS NOT NULL")
        ),
    )
    id: int | None = _key()
    occurrence_id: int = _ref("occurrences.id")
    person_id: int = _ref("people.id")
    #: "email" | "slack"; the first choice of the person when skipped
    channel: str = _text()
    #: opaque, unguessable; the only id that leaves the house
    public_id: str = _text(unique=True)
    state: str = _text()
    #: why it was skipped, failed, cancelled or expired (a stable code), empty otherwise
    reason: str = _text()
    #: Monday of the person's local week it counts towards, as YYYYMMDD
    local_week: int = 0
    #: the person's local date it counts towards, days since 1970
    local_day: int = _count(small=False)
    #: goes out over the caps, by an explicit rule
    must_deliver: bool = _flag()
    #: counts towards the caps
    counted: bool = _flag(True)
    item_count: int = Field(default=0, sa_column=Column(SmallInteger(), nullable=False))
    send_after: datetime = _instant(nullable=False)
    expires_at: datetime = _instant(nullable=False)
    attempt_count: int = Field(default=0, sa_column=Column(SmallInteger(), nullable=False))
    lease_owner: str | None = _text(nullable=True)
    lease_until: datetime | None = _instant()
    #: Date header, fixed at the first intent and never changed
    dated: datetime | None = _instant()
    #: an unknown outcome is looked at again at this instant
    settle_at: datetime | None = _instant()
    finished_at: datetime | None = _instant()


class DeliveryItem(SQLModel, table=True):
    """One statement in a delivery."""

    __tablename__ = "delivery_items"
    __table_args__ = (Index("ix_delivery_items_statement", "statement_id", "delivery_id"), _BY_KEY)
    delivery_id: int = _ref("deliveries.id", primary_key=True)
    position: int = Field(default=0, sa_column=Column(SmallInteger(), primary_key=True, autoincrement=False))
    statement_id: int = _ref("statements.id")
    version_id: int = _ref("statement_versions.id")
    wording_id: int = _ref("wordings.id")
    #: why this statement was chosen (a stable code)
    reason: str = _text()
    #: sends of this statement to this person before this one
    times_sent_before: int = Field(default=0, sa_column=Column(Integer(), nullable=False))
    #: the recall question that rides on it, NULL none
    check_id: int | None = _ref("checks.id", nullable=True)


class Attempt(SQLModel, table=True):
    """One try to send: intent before the effect, outcome after; never overwritten once finished."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)
    id: int | None = _key()
    delivery_id: int = _ref("deliveries.id")
    number: int = 1
    lease_owner: str = _text()
    intent_at: datetime = _instant(nullable=False)
    started_at: datetime | None = _instant()
    finished_at: datetime | None = _instant()
    #: "sent" | "failed" | "retry" | "deferred" (not counted) | "unknown" | "void" (intent that was never started); NULL while open
    outcome: str | None = _text(nullable=True)
    provider_code: str = _text()
    provider_id: str = _text()
    reply: str = _text()


class Evidence(SQLModel, table=True):
    """One append-only fact. ``statement_id`` NULL: holds for every item of the delivery."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index(
            "ix_evidence_person_statement",
            "person_id",
            "statement_id",
            sqlite_where=text("statement_id IS NOT NULL"),
            postgresql_where=text("statement_id IS NOT NULL"),
        ),
    )
    id: int | None = _key()
    #: idempotency key: "sent:<delivery>", "ack:<version>:<person>", "slack:<event id>" ...
    source_id: str = _text(unique=True)
    level: int = Field(default=0, sa_column=Column(SmallInteger(), nullable=False))
    person_id: int = _ref("people.id")
    delivery_id: int | None = _ref("deliveries.id", nullable=True)
    statement_id: int | None = _ref("statements.id", nullable=True)
    version_id: int | None = _ref("statement_versions.id", nullable=True)
    channel: str = _text()
    occurred_at: datetime = _instant(nullable=False)
    #: probability that the showing was seen, judged when the fact was written; NULL: not judged (a send still open)
    seen: float | None = _number()
    #: of a check or restatement: 1 right, 0 wrong, or a grade between
    outcome: float | None = _number()
    #: choices of a check
    options: int | None = Field(default=None, sa_column=Column(SmallInteger(), nullable=True))
    #: ``source_id`` of the fact that this one takes back (undo)
    retracts: str | None = _text(nullable=True)
    detail: dict[str, Any] = _json()


class Exposure(SQLModel, table=True):
    """The folded state of one (person, statement) pair; a cache of the evidence plus what is planned.

    ``encoded`` to ``seen_day`` are the memory state A, S, D, u of ``domain/memory.py``.
    """

    __tablename__ = "exposures"
    __table_args__ = (Index("ix_exposures_statement", "statement_id"), _BY_KEY)
    person_id: int = _ref("people.id", primary_key=True)
    statement_id: int = _ref("statements.id", primary_key=True)
    #: newest version sent to this person
    version_id: int | None = _ref("statement_versions.id", nullable=True)
    times_sent: int = 0
    last_wording_id: int | None = Field(default=None, sa_column=Column(_BigId, nullable=True))
    #: days since 1970: newest send; NULL never
    sent_day: float | None = Field(default=None, sa_column=Column(Float(), nullable=True))
    #: newest plan, sent or still under way; the minimum gap counts from here
    planned_day: float | None = Field(default=None, sa_column=Column(Float(), nullable=True))
    encoded: float = _number(0.0)
    stability: float = _number(FIRST_STABILITY)
    difficulty: float = _number(FIRST_DIFFICULTY)
    #: u, the day from which forgetting is reckoned; NULL: nothing was seen
    seen_day: float | None = _number()
    #: day of the newest showing whose evidence is in the state; later ones are still open
    folded_day: float | None = _number()
    #: sum of the probabilities of having been seen, and of p (1 - p), over all showings folded
    seen_sum: float = _number(0.0)
    seen_variance: float = _number(0.0)
    #: silent showings since the person last responded to anything
    unanswered: int = _count()
    #: day of the newest right answer of this version's meaning
    right_day: float | None = _number()
    #: "I know this" or the wear-out guard: not shown before this day
    held_until_day: float | None = _number()
    #: "too often": the gaps are longer until this day
    fewer_until_day: float | None = _number()


class Acknowledgement(SQLModel, table=True):
    """A person said "I have read this" of one version; the first time counts."""

    __tablename__ = "acknowledgements"
    __table_args__ = (UniqueConstraint("person_id", "version_id"), Index("ix_acknowledgements_version", "version_id"))
    id: int | None = _key()
    person_id: int = _ref("people.id")
    statement_id: int = _ref("statements.id")
    version_id: int = _ref("statement_versions.id")
    delivery_id: int | None = _ref("deliveries.id", nullable=True)
    method: str = _text()
    acknowledged_at: datetime = _instant(nullable=False)


class Attention(SQLModel, table=True):
    """How a person responds on a channel: counts that fade with a half-life of 90 days (``domain/attention.py``)."""

    __tablename__ = "attention"
    person_id: int = _ref("people.id", primary_key=True)
    channel: str = Field(sa_column=Column(Text(), primary_key=True))
    responses: float = _number(0.0)
    silences: float = _number(0.0)
    #: day that the two counts are faded to
    as_of_day: float = _number(0.0)
    #: P(seen | no response) at these counts
    seen_if_silent: float = _number(0.0)
    silent_in_row: int = _count()
    #: day of the newest response
    responded_day: float | None = _number()


class RecallOffset(SQLModel, table=True):
    """U and I of a person: how they answer compared with what was predicted (``domain/memory.py``)."""

    __tablename__ = "recall_offsets"
    person_id: int = _ref("people.id", primary_key=True)
    score: float = _number(0.0)
    information: float = _number(0.0)


class Check(SQLModel, table=True):
    """A one-tap recall question about a version: the right answer and every distractor it may be shown with."""

    __tablename__ = "checks"
    __table_args__ = (UniqueConstraint("version_id", "digest"),)
    id: int | None = _key()
    version_id: int = _ref("statement_versions.id")
    right: str = _text()
    distractors: list[str] = _words()
    #: hash of right and distractors: an equal pool is the same check
    digest: str = _text()
    created_at: datetime = _instant(nullable=False)


class CheckAnswer(SQLModel, table=True):
    """What one person chose in one check, and what the model had predicted. Shown to that person alone; others see groups."""

    __tablename__ = "check_answers"
    __table_args__ = (
        UniqueConstraint("delivery_id", "version_id"),
        Index("ix_check_answers_statement", "statement_id", "person_id"),
        Index("ix_check_answers_day", "answered_day"),
        Index("ix_check_answers_person", "person_id"),
    )
    id: int | None = _key()
    check_id: int = _ref("checks.id")
    person_id: int = _ref("people.id")
    statement_id: int = _ref("statements.id")
    version_id: int = _ref("statement_versions.id")
    delivery_id: int = _ref("deliveries.id")
    channel: str = _text()
    #: place of the chosen option as it was shown, and how many there were
    choice: int = _count()
    options: int = _count()
    right: bool = _flag()
    #: m and m-hat just before the answer, and what it adds to U, I, U_b, I_b
    plain: float = _number(0.0)
    predicted: float = _number(0.0)
    gain_score: float = _number(0.0)
    gain_information: float = _number(0.0)
    gain_slope_score: float = _number(0.0)
    gain_slope_information: float = _number(0.0)
    answered_at: datetime = _instant(nullable=False)
    #: UTC day number since 1970
    answered_day: int = _count(small=False)


class CheckDay(SQLModel, table=True):
    """Sums over the answers of one finished UTC day; the organisation's offset and slope are sums of these."""

    __tablename__ = "check_days"
    day: int = Field(sa_column=Column(Integer(), primary_key=True, autoincrement=False))
    answers: int = _count(small=False)
    score: float = _number(0.0)
    information: float = _number(0.0)
    slope_score: float = _number(0.0)
    slope_information: float = _number(0.0)


class Tap(SQLModel, table=True):
    """One of the small words a person says about a statement: it is known, unclear, or comes too often."""

    __tablename__ = "taps"
    __table_args__ = (Index("ix_taps_person_statement", "person_id", "statement_id"), Index("ix_taps_statement", "statement_id", "kind"))
    id: int | None = _key()
    #: idempotency key, also of the evidence it left
    source_id: str = _text(unique=True)
    person_id: int = _ref("people.id")
    statement_id: int = _ref("statements.id")
    version_id: int = _ref("statement_versions.id")
    delivery_id: int = _ref("deliveries.id")
    #: "known" | "unclear" | "too_often"
    kind: str = _text()
    channel: str = _text()
    tapped_at: datetime = _instant(nullable=False)
    undone_at: datetime | None = _instant()


class Question(SQLModel, table=True):
    """What a person asked the leader, by reply or from Slack."""

    __tablename__ = "questions"
    id: int | None = _key()
    source_id: str = _text(unique=True)
    person_id: int = _ref("people.id", index=True)
    statement_id: int | None = _ref("statements.id", nullable=True)
    delivery_id: int | None = _ref("deliveries.id", nullable=True)
    channel: str = _text()
    text: str = _text()
    asked_at: datetime = _instant(nullable=False)
    closed_at: datetime | None = _instant()


class Notice(SQLModel, table=True):
    """Something an admin or a leader should look at; raised once per key, and resolved."""

    __tablename__ = "notices"
    id: int | None = _key()
    key: str = _text(unique=True)
    #: "admin" | "leader"
    role: str = _text()
    #: a stable code, such as "address_suspended" or "rewrite_asked"
    code: str = _text()
    person_id: int | None = _ref("people.id", nullable=True)
    statement_id: int | None = _ref("statements.id", nullable=True)
    detail: dict[str, Any] = _json()
    raised_at: datetime = _instant(nullable=False)
    resolved_at: datetime | None = _instant()


class IncomingMail(SQLModel, table=True):
    """A mail that came back and was dealt with: bounce, complaint, absence note or reply. Its text is not kept here."""

    __tablename__ = "incoming_mails"
    id: int | None = _key()
    #: hash that makes a second reading of the same mail do nothing
    source_id: str = _text(unique=True)
    kind: str = _text()
    person_id: int | None = _ref("people.id", nullable=True)
    delivery_id: int | None = _ref("deliveries.id", nullable=True)
    received_at: datetime = _instant(nullable=False)
    detail: dict[str, Any] = _json()


class SlackEvent(SQLModel, table=True):
    """An event of Slack that was dealt with; Slack repeats what it thinks was lost."""

    __tablename__ = "slack_events"
    id: str = Field(sa_column=Column(Text(), primary_key=True))
    received_at: datetime = _instant(nullable=False, index=True)
    #: what Slack was answered, for the repetition
    reply: dict[str, Any] = _json()


class ChannelStatus(SQLModel, table=True):
    """Whether a channel takes messages; a pause is shown to the admin with its reason."""

    __tablename__ = "channel_status"
    channel: str = Field(sa_column=Column(Text(), primary_key=True))
    paused_until: datetime | None = _instant()
    reason: str = _text()
    failures_in_row: int = 0


class LimitSet(SQLModel, table=True):
    """The company-wide limits in force (one row); ``definition`` is the checked form of ``domain/cadences.py``."""

    __tablename__ = "limit_sets"
    id: int | None = _key()
    definition: dict[str, Any] = _json()
    applied_at: datetime = _instant(nullable=False)


class Mark(SQLModel, table=True):
    """How far a step has come that goes through a table by ascending id, or when (seconds since 1970) a daily one is due again."""

    __tablename__ = "marks"
    name: str = Field(sa_column=Column(Text(), primary_key=True))
    position: int = Field(default=0, sa_column=Column(_BigId, nullable=False))
