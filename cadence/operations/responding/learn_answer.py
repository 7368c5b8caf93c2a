"""What the memory model makes of an answer: the prediction before it, and what is learned from it.

The prediction is made from all evidence but that of the answer's own message, and what the answer adds to the offsets is told with
it (prequential scoring); ``learn_answer`` follows in the same transaction, once the answer is on record. Who may answer what:
``answer_check``. The sums and formulas: ``domain.memory.model``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import floor

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.answering import TAPS_ANYTHING, read_share
from cadence.domain.memory.evidence import history, of_meaning
from cadence.domain.memory.model import (
    answer_terms,
    offset_gains,
    offset_guess_rate,
    org_offset,
    org_slope,
    person_offset,
    predicted_recall,
)
from cadence.domain.memory.past import counted
from cadence.domain.memory.single import folded
from cadence.domain.planning.recipients import to_days
from cadence.domain.statements.taps import HELD
from cadence.operations.responding.learn import relearn
from cadence.store.responding import answering, learning, pasts, taps
from cadence.store.responding import answers as rows

#: why a question is asked that was drawn at random (``asked_checks``)
DRAWN = "drawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is answered, and by whom."""

    person_id: int
    statement_id: int
    version_id: int
    delivery_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """m and m-hat just before the answer, and what it adds to U, I, U_b, I_b; ``ignored``: the person taps anything."""

    plain: float
    predicted: float
    gains: tuple[float, float, float, float]
    ignored: bool


def score_answer(connection: Connection, about: About, *, right: bool, options: int, now: datetime) -> Score:
    """Return what was predicted of an answer with ``options`` lines to choose from, and what it adds to the offsets.

    It adds nothing when the text was never seen, and nothing when the person taps anything.
    """
    day, person_id = to_days(now), about.person_id
    shown = learning.shown_to(connection, low=person_id, high=person_id).get(person_id, [])
    said = learning.said_by(connection, low=person_id, high=person_id).get(person_id, [])
    shown = [one for one in shown if one.delivery_id != about.delivery_id]
    said = [one for one in said if one.delivery_id != about.delivery_id]
    past = pasts.past_of(connection, person_id)
    before = history(shown, said, read=read_share(counted(past, shown, said, learning.asking_statements(connection))))
    meaning = learning.meanings(connection).get(about.statement_id, frozenset())
    if about.version_id not in meaning:  # an old message; what it says is judged by what was shown of it alone
        meaning = frozenset({about.version_id})
    start = past.start(about.statement_id, meaning) if past is not None else None
    plain = folded(of_meaning(before.facts.get(about.statement_id, []), meaning), start).recall(day)
    org = rows.org_sums(connection, day=floor(day))
    score, information = rows.person_sums(connection, person_id)
    kept = answering.kept(connection, person_id)
    ignored = kept is not None and kept.noise > TAPS_ANYTHING
    return scored(plain, (score, information), org_offset(org), org_slope(org), right=right, options=options, ignored=ignored)


def scored(plain: float, sums: tuple[float, float], mean: float, slope: float, *, right: bool, options: int, ignored: bool) -> Score:
    """Return the score of an answer from m, the person's U and I, and the organisation's offset and slope at the start of the day."""
    theta = person_offset(np.array([sums[0]]), np.array([sums[1]]), mean)
    predicted = predicted_recall(np.array([plain]), theta, slope)
    if ignored:
        return Score(plain=plain, predicted=float(predicted[0]), gains=(0.0, 0.0, 0.0, 0.0), ignored=True)
    terms = answer_terms(predicted, np.array([float(right)]), np.atleast_1d(offset_guess_rate(options)))
    gains = offset_gains(np.array([plain]), theta, slope, *terms)[:, 0]
    return Score(
        plain=plain,
        predicted=float(predicted[0]),
        gains=(float(gains[0]), float(gains[1]), float(gains[2]), float(gains[3])),
        ignored=False,
    )


def learn_answer(connection: Connection, about: About, *, right: bool, ignored: bool, now: datetime) -> None:
    """Learn from an answer that has just been recorded.

    The page of the answer shows the text, which counts as a showing. A right answer to a question drawn after "I know this"
    bears it out: the statement is held back for 30 days.
    """
    asked = rows.asked_with(connection, delivery_id=about.delivery_id, version_id=about.version_id)
    if asked is not None and not asked.beneath_text:
        showing = (about.person_id, about.statement_id, about.version_id, to_days(now), asked.quarter)
        answering.count_answer_showings(connection, [showing])
        if asked.reason == DRAWN and right and not ignored:
            _bear_out(connection, about, asked_at=asked.asked_at, now=now)
    relearn(connection, about.person_id, [about.statement_id], now=now)


def _bear_out(connection: Connection, about: About, *, asked_at: datetime, now: datetime) -> None:
    pair = {"person_id": about.person_id, "statement_id": about.statement_id}
    claim = taps.open_claim(connection, **pair, asked_at=asked_at, but=about.delivery_id)
    if claim is not None and claim.version_id in learning.meanings(connection).get(about.statement_id, ()):
        taps.hold(connection, **pair, column="held_until_day", until_day=to_days(now + HELD))
