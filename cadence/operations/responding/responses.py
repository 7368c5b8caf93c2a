"""What a person may say about one statement of one message, and what of it is on record: the page behind the link reads it here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadence.domain.sending.deliveries import CheckQuestion, MeasureReading
from cadence.domain.statements.checks import ask, check_key
from cadence.domain.statements.statement import StatementKind
from cadence.domain.statements.taps import TapKind
from cadence.operations.responding.acknowledge import is_current, permitted
from cadence.operations.responding.belief import BeliefLook, look_belief
from cadence.operations.responding.comes_back import comes_back
from cadence.operations.responding.own_words import are_priorities_wanted, are_words_wanted
from cadence.operations.responding.undo import Undoable, undoable
from cadence.store.database.engine import Database
from cadence.store.responding import acknowledgements, answers, learning, taps
from cadence.store.responding.acknowledgements import AskedDelivery
from cadence.store.sending.digests import measure_readings


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """One showing as its reader may respond to it. ``question``: None when the message asked nothing."""

    wanted: AskedDelivery
    question: CheckQuestion | None
    #: place of the chosen option (``FORGOT``: none) and when, None while unanswered
    chosen: int | None
    answered_at: datetime | None
    #: from when the statement is wanted again, told once its question is answered
    back: datetime | None
    #: no message brought its text yet: it is not paused and does not come back, it comes
    is_new: bool
    #: the taps that stand
    tapped: dict[TapKind, datetime]
    undoable: Undoable | None
    version_is_current: bool
    #: whether the person is asked to say it in one line
    words_wanted: bool
    #: what they believe of it, and whether they are asked
    belief: BeliefLook
    #: whether they are asked to name the priorities by heart
    priorities_wanted: bool
    #: of a scoreboard
    measures: tuple[MeasureReading, ...] = ()


def look_responses(database: Database, *, person_id: int, version_id: int, delivery_id: int, now: datetime) -> Responses:
    """Return what can be said and what was said; changes nothing. Raises NotFound or Conflict with a sentence for the person."""
    with database.read() as connection:
        wanted = permitted(acknowledgements.asked(connection, version_id=version_id, delivery_id=delivery_id), person_id)
        asked = answers.asked_check(connection, delivery_id=delivery_id, version_id=version_id)
        told = taps.taps_on(connection, person_id=person_id, delivery_id=delivery_id, version_id=version_id)
        measures = measure_readings(connection).get(wanted.statement_id, ()) if wanted.kind == StatementKind.SCOREBOARD else ()
        taken_back = undoable(connection, wanted, now=now)
        words_wanted = are_words_wanted(connection, delivery_id=delivery_id, version_id=version_id)
        belief = look_belief(connection, wanted, now=now)
        priorities_wanted = are_priorities_wanted(connection, person_id=person_id, now=now)
        back, is_new = None, not learning.was_delivered(connection, person_id=person_id, statement_id=wanted.statement_id)
        if asked is not None and asked.answered_at is not None:
            back = comes_back(
                connection,
                person_id=person_id,
                statement_id=wanted.statement_id,
                kind=wanted.kind,
                version_id=version_id,
                answered_at=asked.answered_at,
                now=now,
            )
    question = None
    if asked is not None:
        key = check_key(wanted.public_id, version_id)
        question = ask(asked.check_id, asked.right, asked.distractors, key=key, lines=asked.lines)
    return Responses(
        wanted=wanted,
        question=question,
        chosen=asked.chosen if asked else None,
        answered_at=asked.answered_at if asked else None,
        back=back,
        is_new=is_new,
        tapped={TapKind(one.kind): one.tapped_at for one in told if one.undone_at is None},
        undoable=taken_back,
        version_is_current=is_current(wanted),
        words_wanted=words_wanted,
        belief=belief,
        priorities_wanted=priorities_wanted,
        measures=measures,
    )
