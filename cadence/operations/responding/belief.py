"""Take whether a person believes that a statement is right for the company: yes, no or not sure, the newest word counts.

Asked after an answer or an acknowledgement, at most once a quarter (``domain.statements.belief``). It is kept apart from knowing:
nothing here leaves evidence, so nothing that is predicted or measured of what people know moves by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.planning.calendars import zone
from cadence.domain.statements.belief import Belief, is_belief_asked
from cadence.domain.statements.taps import UNDO_WINDOW
from cadence.errors import Conflict, Invalid
from cadence.operations.responding.acknowledge import permitted
from cadence.store.database.engine import Database, privacy_mode
from cadence.store.responding import acknowledgements, learning
from cadence.store.responding import beliefs as rows
from cadence.store.responding.acknowledgements import AskedDelivery

#: longer than any quarter
_A_QUARTER = timedelta(days=93)
_TOO_LATE = "It was recorded more than five minutes ago, so it can no longer be undone."
_NOT_ASKED = "What you believe is not asked here, because it would be kept with your name."
_NOTHING = "There is nothing to undo."


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefLook:
    """What a person said of a statement, and whether the page asks them. ``until``: when it can be taken back, None when it cannot."""

    wanted: bool
    belief: Belief | None
    until: datetime | None


def look_belief(connection: Connection, asked: AskedDelivery, *, now: datetime) -> BeliefLook:
    """Return whether the person of a delivery is asked at ``now``, and what they said; changes nothing.

    Nobody is asked where the privacy mode keeps no answers.
    """
    said = rows.belief_of(connection, person_id=asked.person_id, statement_id=asked.statement_id)
    before = rows.responses_before(
        connection, person_id=asked.person_id, statement_id=asked.statement_id, delivery_id=asked.delivery_id, since=now - _A_QUARTER
    )
    here = zone(asked.zone)
    wanted = is_belief_asked(
        now.astimezone(here).date(),
        said_on=said.said_at.astimezone(here).date() if said else None,
        responded_on=(at.astimezone(here).date() for at in before),
    )
    until = said.said_at + UNDO_WINDOW if said and now < said.said_at + UNDO_WINDOW else None
    wanted = wanted and privacy_mode(connection).keeps_answers
    return BeliefLook(wanted=wanted, belief=said.belief if said else None, until=until)


def say_belief(database: Database, *, person_id: int, version_id: int, delivery_id: int, belief: int, now: datetime) -> Belief:
    """Record what a person believes and return it; saying it again changes it.

    Raises Invalid for another number than a Belief, NotFound when the delivery is not this person's, Conflict when the person has
    left, the statement was withdrawn, or the privacy mode keeps no answers.
    """
    try:
        said = Belief(belief)
    except ValueError:
        raise Invalid("belief", belief, "is none of 0 (no), 1 (yes) and 2 (not sure)", example="1") from None
    with database.transaction() as connection:
        learning.lock_person(connection, person_id)
        asked = permitted(acknowledgements.asked(connection, version_id=version_id, delivery_id=delivery_id), person_id)
        if not privacy_mode(connection).keeps_answers:
            raise Conflict(_NOT_ASKED)
        rows.keep_belief(connection, asked, said, now=now)
    return said


def take_back_belief(database: Database, *, person_id: int, version_id: int, delivery_id: int, now: datetime) -> Belief:
    """Forget what a person said of a statement within five minutes and return it.

    Raises Conflict when there is nothing to undo or it is too late, and as ``say_belief``.
    """
    with database.transaction() as connection:
        learning.lock_person(connection, person_id)
        asked = permitted(acknowledgements.asked(connection, version_id=version_id, delivery_id=delivery_id), person_id)
        said = rows.belief_of(connection, person_id=person_id, statement_id=asked.statement_id)
        if said is None:
            raise Conflict(_NOTHING, why="nothing")
        if now >= said.said_at + UNDO_WINDOW:
            raise Conflict(_TOO_LATE, why="late")
        rows.remove_belief(connection, person_id=person_id, statement_id=asked.statement_id)
    return said.belief
