"""What simulated people press, handed to the operations that real presses go to.

A wrong answer takes the first line that is not the right one: which of them it is, nobody simulates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from cadence.domain.sending.deliveries import AcknowledgeMethod
from cadence.domain.simulation.behaviour import FORGOT, RIGHT, UNANSWERED
from cadence.domain.statements import checks
from cadence.domain.statements.taps import TapKind
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.answer_check import answer_check, look_check
from cadence.operations.responding.own_words import are_words_wanted, say_in_own_words
from cadence.operations.responding.tap import tap
from cadence.store.database.engine import Database
from cadence.store.simulation.company import SentQuestion, Showing


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One press of one person: an answer, an acknowledgement, or "I know this"."""

    at: datetime
    person_id: int
    delivery_id: int
    version_id: int
    channel: str
    #: of an answer (``behaviour``); ``UNANSWERED``: a press on a text
    outcome: int = UNANSWERED
    #: of an answer: could say it in their own words, and would when asked to
    could_say: bool = False
    would_say: bool = False
    #: of a press on a text: the button, else "I know this"
    acknowledges: bool = False

    @classmethod
    def answering(cls, question: SentQuestion, *, at: datetime, outcome: int, could_say: bool, would_say: bool) -> Self:
        """Return the answer to ``question``."""
        return replace(cls._about(question, at=at), outcome=outcome, could_say=could_say, would_say=would_say)

    @classmethod
    def on(cls, showing: Showing, *, at: datetime, acknowledges: bool) -> Self:
        """Return a press on a text."""
        return replace(cls._about(showing, at=at), acknowledges=acknowledges)

    @classmethod
    def _about(cls, one: SentQuestion | Showing, *, at: datetime) -> Self:
        return cls(at=at, person_id=one.person_id, delivery_id=one.delivery_id, version_id=one.version_id, channel=one.channel)


def press(database: Database, one: Press) -> None:
    """Record the press as the product records it."""
    person_id, version_id, delivery_id = one.person_id, one.version_id, one.delivery_id
    if one.outcome != UNANSWERED:
        question = look_check(database, person_id=person_id, version_id=version_id, delivery_id=delivery_id).question
        wrong = 1 if question.right == 0 else 0
        answer_check(
            database,
            person_id=person_id,
            version_id=version_id,
            delivery_id=delivery_id,
            choice={RIGHT: question.right, FORGOT: checks.FORGOT}.get(one.outcome, wrong),
            channel=one.channel,
            now=one.at,
        )
        if one.outcome == RIGHT and one.would_say:
            _say(database, one, question.options[question.right if one.could_say else wrong])
    elif one.acknowledges:
        method = AcknowledgeMethod.LINK.value
        acknowledge(database, person_id=person_id, version_id=version_id, delivery_id=delivery_id, method=method, now=one.at)
    else:
        tap(
            database,
            person_id=person_id,
            version_id=version_id,
            delivery_id=delivery_id,
            kind=TapKind.KNOWN,
            channel=one.channel,
            now=one.at,
        )


def _say(database: Database, one: Press, words: str) -> None:
    """Say it in one line where the message asks for that: the right line stands for whoever could, a near miss for whoever could not."""
    with database.read() as connection:
        wanted = are_words_wanted(connection, delivery_id=one.delivery_id, version_id=one.version_id)
    if wanted:
        say_in_own_words(database, person_id=one.person_id, version_id=one.version_id, delivery_id=one.delivery_id, words=words, now=one.at)
