"""The words a delivery is made of: channels, states, evidence levels, and a message on its way.

Owns the closed sets that tables, channels and faces share. Pure values; who decides what
lives in ``planning`` and ``selection``, who sends in ``operations.sending.send``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any


class Channel(StrEnum):
    """The medium a message travels on."""

    EMAIL = "email"
    SLACK = "slack"


class DeliveryState(StrEnum):
    """``planned -> sending -> sent | failed | unknown``; ``planned -> skipped | expired | cancelled``."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class EvidenceLevel(IntEnum):
    """How strongly one fact speaks for having seen and understood."""

    FAILED = 0
    HANDED_OVER = 1
    VIEWED = 3
    ACKNOWLEDGED = 4
    CHECK_ANSWERED = 5
    RESTATED = 6
    #: takes back the fact that its ``retracts`` names (undo); says nothing itself
    RETRACTED = 8


class AcknowledgeMethod(StrEnum):
    """The way an acknowledgement was made."""

    LINK = "link"
    SLACK = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureReading:
    """A scoreboard measure as a reader sees it. ``value_on`` is the date of the newest value."""

    name: str
    unit: str
    baseline: float
    target: float
    value: float | None
    value_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckQuestion:
    """A recall question as one delivery shows it. ``options`` stand in the order of this delivery, without the answer."""

    check_id: int
    options: tuple[str, ...]
    #: place of the right option
    right: int
    #: what this person chose, None while unanswered, -1 "I don't remember" (``domain.statements.checks.FORGOT``)
    chosen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestQuestion:
    """A question that a delivery asks, about a statement whose text it does not hold."""

    statement_id: int
    slug: str
    kind: str
    title: str
    version_id: int
    check: CheckQuestion
    #: text of the version, Markdown: shown once the question is answered
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """One statement of a digest: immutable text (shared by many people) plus this person's part of it."""

    position: int
    statement_id: int
    slug: str
    kind: str
    title: str
    version_id: int
    #: canonical text of the version, Markdown
    body: str
    wording_id: int
    wording_name: str
    #: the wording to lead with, Markdown; equal to ``body`` when the statement has no other wording
    wording: str
    must_acknowledge: bool
    #: titles of the statements this one serves
    supports: tuple[str, ...] = ()
    measures: tuple[MeasureReading, ...] = ()
    #: the version in a sentence, for digests that lead with another statement; plain text, never empty when composed
    brief: str = ""
    #: how often this person was sent this statement before (any version, wording, channel)
    times_sent_before: int = 0
    #: which showing of the calendar quarter this one is, 1 the first
    showing: int = 1
    #: why it is in this digest: "first_time" | "new_version" | "longest_unseen" | "nudge" | "below_target"
    reason: str = "longest_unseen"
    #: date on which the version took effect, when the reader is told of it: with reason "new_version", and for a quarter after a change
    changed_on: date | None = None
    #: one line for readers: what changed; told with ``changed_on``
    changed: str = ""
    #: the leader whose statement it is: how their messages are signed and where answers go; empty: the company's
    signed_by: str = ""
    reply_to: str = ""
    #: ISO date of this person's acknowledgement of this version, None when not (yet) given
    acknowledged_on: date | None = None
    #: the question beneath it, in messages of before
    check: CheckQuestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one delivery says to one person: the input of the composers."""

    delivery_id: int
    public_id: str
    person_id: int
    person_name: str
    locale: str
    zone: str
    #: email address or Slack user id
    address: str
    #: instant of the first intent; Message-ID and Date never change between attempts
    dated: datetime
    items: tuple[DigestItem, ...]
    #: at most one, but in the opening round; a digest may hold questions alone
    questions: tuple[DigestQuestion, ...] = ()
    cadence_name: str = ""
    #: (statements whose newest answer of this person was right, statements they answered): for their own eyes
    knew: tuple[int, int] | None = None
    #: ISO local date of the occurrence
    local_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailEnvelope:
    """A composed mail: RFC 5321 envelope and the complete RFC 5322 bytes (CRLF line ends, no dot stuffing)."""

    mail_from: str
    rcpt_to: str
    content: bytes
    message_id: str
    #: needs SMTPUTF8 (RFC 6531) because an address has a non-ASCII local part
    smtputf8: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessage:
    """A composed Slack message to one user's DM; ``metadata`` carries the opaque delivery id only."""

    user_id: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] = field(default_factory=dict)
    public_id: str = ""


Message = EmailEnvelope | SlackMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The service's word that it took a message: reply text, and its own id for it (Slack: ``channel:ts``)."""

    reply: str
    provider_id: str = ""
