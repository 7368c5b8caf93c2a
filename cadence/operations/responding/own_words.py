"""Take what a person says in their own words: one line after a right tap, and once a quarter the priorities by heart.

One right answer in eight is followed by the question, told from the message alone, so a repeated page asks the same. The reply is
judged by a matcher (``domain.measuring.own_words``); what it is unsure of waits for a person (``operations.measuring.judge_words``)
and counts as not asked until then. The first reply counts. It moves nothing that is predicted of this person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.measuring.own_words import MOST_WORDS, Nameable, Naming, WordsGrade, grade, is_offered, match_priorities
from cadence.domain.planning.caps import day_number, quarter_number
from cadence.domain.statements.checks import check_key
from cadence.domain.statements.text import is_blank
from cadence.errors import Conflict, Invalid
from cadence.files.markdown import shown
from cadence.operations.responding.acknowledge import permitted
from cadence.operations.responding.ask import readable
from cadence.store.database.engine import Database, privacy_mode
from cadence.store.people import personal
from cadence.store.responding import acknowledgements, learning
from cadence.store.responding import own_words as rows

_NOT_ASKED = "This message does not ask you to say it in your own words."
_LEFT = "The person this message was sent to is no longer on the list, so nothing is recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsTaken:
    """A reply that is on record. ``first`` is False for a repetition: ``words`` are then those of the first, as long as they are kept."""

    first: bool
    words: str


def are_words_wanted(connection: Connection, *, delivery_id: int, version_id: int) -> bool:
    """Return whether the person of a delivery is to be asked to say it in one line: answered right, drawn, and not said yet."""
    if rows.right_answer_on(connection, delivery_id=delivery_id, version_id=version_id) is None:
        return False
    drawn = is_offered(check_key(rows.public_id_of(connection, delivery_id), version_id))
    return drawn and rows.reply_with(connection, _line_key(delivery_id, version_id)) is None


def say_in_own_words(
    database: Database, *, person_id: int, version_id: int, delivery_id: int, words: str, now: datetime, most: int = MOST_WORDS
) -> WordsTaken:
    """Record one line about a statement; a repetition returns the first. ``most``: characters that fit.

    Raises Invalid for an empty or too long line, NotFound when the delivery is not this person's, Conflict when it does not ask for
    words, when the person has left or when the statement was withdrawn.
    """
    said = _checked(words, most)
    with database.transaction() as connection:
        learning.lock_person(connection, person_id)
        wanted = permitted(acknowledgements.asked(connection, version_id=version_id, delivery_id=delivery_id), person_id)
        key = _line_key(wanted.delivery_id, version_id)
        before = rows.reply_with(connection, key)
        if before is not None:
            return WordsTaken(first=False, words=before.words)
        answer = rows.right_answer_on(connection, delivery_id=wanted.delivery_id, version_id=version_id)
        if answer is None or not is_offered(check_key(wanted.public_id, version_id)):
            raise Conflict(_NOT_ASKED)
        text = rows.asked_text(connection, version_id)
        graded = grade(said, title=text.title, right=text.right, near_misses=text.near_misses, texts=[shown(one) for one in text.texts])
        about = {
            "person_id": person_id,
            "delivery_id": wanted.delivery_id,
            "answer_id": answer[0],
            "statement_id": wanted.statement_id,
            "version_id": version_id,
            "offered_at": answer[1],
        }
        rows.add_reply(connection, _row(key, rows.LINE, said, graded, now) | about)
    return WordsTaken(first=True, words=said)


def are_priorities_wanted(connection: Connection, *, person_id: int, now: datetime) -> bool:
    """Return whether a person is to be asked to name the priorities: once in a calendar quarter, and after one was delivered to them.

    Nobody is where the privacy mode keeps no answers.
    """
    if not privacy_mode(connection).keeps_answers:
        return False
    return rows.reply_with(connection, _unaided_key(person_id, now)) is None and rows.was_sent_a_priority(connection, person_id)


def name_priorities(
    database: Database, *, person_id: int, words: str, now: datetime, delivery_id: int | None = None, most: int = MOST_WORDS
) -> WordsTaken:
    """Record which priorities a person names unaided; a repetition in the same quarter returns the first.

    ``delivery_id``: the message that led there. Raises Invalid for empty or too long words, Conflict when the person has left.
    """
    said = _checked(words, most)
    key = _unaided_key(person_id, now)
    with database.transaction() as connection:
        learning.lock_person(connection, person_id)
        if personal.has_left(connection, person_id):
            raise Conflict(_LEFT, why="left")
        if not privacy_mode(connection).keeps_answers:
            raise Conflict(_NOT_ASKED)
        before = rows.reply_with(connection, key)
        if before is not None:
            return WordsTaken(first=False, words=before.words)
        known = [
            Nameable(statement_id=one.statement_id, title=one.title, lines=(one.right, one.brief, shown(one.body).partition(". ")[0]))
            for one in rows.priorities_in_force(connection)
        ]
        naming = match_priorities(said, known)
        about = {"person_id": person_id, "delivery_id": delivery_id, "named": list(naming.named), "offered_at": now}
        rows.add_reply(connection, _row(key, rows.UNAIDED, said, naming, now) | about)
    return WordsTaken(first=True, words=said)


def _checked(words: str, most: int) -> str:
    said = readable(words) if len(words) <= 4 * most else words
    if is_blank(said):
        raise Invalid("words", "", "is empty")
    if len(said) > most:
        raise Invalid("words", said[:20] + "…", f"has {len(said):,} characters; at most {most:,} fit")
    return said


def _row(key: str, kind: str, said: str, judged: WordsGrade | Naming, now: datetime) -> dict[str, Any]:
    return {
        "source_id": key,
        "kind": kind,
        "words": said,
        "judgement": judged.judgement.value,
        "confidence": judged.confidence,
        "said_at": now,
        "judged_at": now,
    }


def _line_key(delivery_id: int, version_id: int) -> str:
    return f"line:{delivery_id}:{version_id}"


def _unaided_key(person_id: int, now: datetime) -> str:
    return f"unaided:{person_id}:{_quarter(now.date())}"


def _quarter(day: date) -> int:
    return quarter_number(day_number(day))
