"""Questions from people to the leader: asked from a page, from Slack or by replying to a mail; listed, and closed when done.

Answering is left to people: the leader sees who asked and replies as they would to any colleague.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cadence.domain.audit import AT_THE_SHELL, Actor, Change
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.statements.text import bad_character, is_blank, normalise
from cadence.errors import Conflict, Invalid, NotFound, TooOften
from cadence.operations.responding.learn import relearn
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.responding import acknowledgements, learning, taps
from cadence.store.responding import questions as rows
from cadence.store.responding.questions import AskedQuestion

#: what Slack's text field takes
MAX_QUESTION = 3_000
#: questions on one list
MOST_LISTED = 200
#: of one person in 24 hours, on all ways together
MOST_A_DAY = 10
_DAY = timedelta(hours=24)
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question on record. ``first`` is False for a repetition of the same event."""

    first: bool
    id: int
    asked_at: datetime


def ask_question(
    database: Database,
    *,
    person_id: int,
    delivery_id: int | None,
    version_id: int | None,
    text: str,
    channel: str,
    source_id: str,
    now: datetime,
    most: int = MAX_QUESTION,
    sender_proven: bool = True,
) -> Question:
    """Record a question to the leader and return it; the same ``source_id`` returns the first. ``most``: characters that fit.

    ``version_id``: the statement of that delivery it is about; asking about it shows that it was looked at, and leaves that as
    evidence. Characters that hide or reorder text are taken out. Raises Invalid for an empty or too long text, NotFound when the
    delivery is not this person's, Conflict when the person has left, TooOften when
    they asked too many in a day. ``sender_proven``: False when only a From line says who asks.
    """
    # looked at before it is cleaned, which takes time for each odd character
    said = readable(text) if len(text) <= 4 * most else text
    if is_blank(said):
        raise Invalid("question", "", "is empty")
    if len(said) > most:
        raise Invalid("question", said[:20] + "…", f"has {len(said):,} characters; at most {most:,} fit")
    with database.transaction() as connection:
        learning.lock_person(connection, person_id)
        asked = rows.asked_from(connection, person_id=person_id, delivery_id=delivery_id, version_id=version_id)
        if asked is None:
            raise NotFound("This link belongs to a message that no longer exists.")
        if asked.deactivated_at is not None:
            raise Conflict("The person this message was sent to is no longer on the list, so nothing is recorded.")
        known = rows.question_id(connection, source_id)
        if known is None and rows.asked_since(connection, person_id, now - _DAY) >= MOST_A_DAY:
            raise TooOften(f"You have asked {MOST_A_DAY} questions in a day; the next one can wait until tomorrow. Nothing was recorded.")
        first = rows.add_question(
            connection,
            asked,
            delivery_id=delivery_id,
            channel=channel,
            source_id=source_id,
            text=said,
            now=now,
            sender_proven=sender_proven,
        )
        if first and version_id is not None:
            showing = acknowledgements.asked(connection, version_id=version_id, delivery_id=delivery_id)
            if showing is not None:
                key = f"question:{source_id}"
                taps.add_fact(connection, showing, level=EvidenceLevel.VIEWED, channel=channel, source_id=key, now=now, seen=0.9)
                relearn(connection, person_id, [showing.statement_id], now=now)
        found = rows.question_id(connection, source_id)
    assert found is not None
    return Question(first=first, id=found[0], asked_at=found[1])


def readable(text: str) -> str:
    """Return ``text`` in Unicode form NFC without characters that hide, reorder or break it, and without more than one empty line."""
    said = normalise(text.replace("\r\n", "\n").replace("\r", "\n")).replace("\u2028", "\n").replace("\u2029", "\n")
    while (found := bad_character(said)) is not None:
        said = said.replace(said[found[0]], "") if not said[found[0]].isspace() else said.replace(said[found[0]], " ")
    return _EMPTY_LINES.sub("\n\n", said).strip()


def list_questions(database: Database, *, closed: bool = False) -> list[AskedQuestion]:
    """Return the open questions, or the closed ones, newest first, at most 200; nobody's questions push those of others off the list."""
    with database.read() as connection:
        return rows.questions_list(connection, closed=closed, limit=MOST_LISTED)


def open_questions(database: Database) -> int:
    """Return how many questions wait for an answer."""
    with database.read() as connection:
        return rows.open_questions(connection)


def close_question(database: Database, question: int, *, now: datetime, actor: Actor = AT_THE_SHELL) -> datetime:
    """Close a question and return when it was closed; a repetition returns the first time. Raises NotFound."""
    with database.transaction() as connection:
        closed = rows.close(connection, question, now=now)
        if closed == now:  # and no repetition
            change = Change(action="question.closed", object_kind="question", object_key=str(question))
            append(connection, actor, change, at=now)
    if closed is None:
        raise NotFound(f"there is no question {question}")
    return closed
