"""Which questions an occurrence asks: it gathers what could be asked of each person, and lets chance choose.

The draw is over all statements in force that have a question and are meant for the person, whichever of them the cadence brings.
A nudge, a post to a channel and a person whom a cap stops ask nothing. The rule: ``domain.planning.questions``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.planning import questions
from cadence.domain.planning.questions import AskReason
from cadence.domain.planning.recipients import to_days
from cadence.domain.planning.selection import NEVER, since_shown
from cadence.operations.measuring.remembered import fresh_pairs, remember
from cadence.operations.planning.batch import CandidateBatch, meant_for
from cadence.operations.planning.context import OccurrenceContext
from cadence.store.planning import questions as rows
from cadence.store.planning.chunks import CurrentStatement
from cadence.store.planning.exposure_grids import ExposureGrid, exposures_of
from cadence.store.planning.questions import DrawnQuestion
from cadence.store.responding import draws


@dataclass(frozen=True, slots=True, kw_only=True)
class _Askable:
    """Some people of a chunk and all statements that have a question, people x statements."""

    #: places of the people in the chunk
    people: Sequence[int]
    statements: Sequence[CurrentStatement]
    #: place of each statement among those of the occurrence, -1 when it does not bring it
    columns: Sequence[int]
    checks: Sequence[int]
    grid: ExposureGrid
    fresh: Mask
    #: meant for the person, and neither shown nor asked lately
    could: Mask


def may_ask(context: OccurrenceContext) -> bool:
    """Return whether an occurrence asks anything at all."""
    return context.cadence.checks and not context.follows and not context.cadence.post_to


def opening(connection: Connection, batch: CandidateBatch) -> Mask:
    """Return for whom it is time for the opening round: questions alone, before their first text."""
    context, nobody = batch.context, np.zeros(len(batch.people), dtype=np.bool_)
    opened = context.planning.opened_at
    if opened is None or context.cadence.must_deliver or not may_ask(context):
        return nobody
    ids = batch.ids
    there, asked = rows.there_since(connection, ids, opened), rows.asked_days(connection, ids)
    untold = ~(batch.grid.planned_day > NEVER).any(axis=1)
    people = [i for i in np.flatnonzero(untold).tolist() if ids[i] in there and ids[i] not in asked]
    found = _askable(connection, batch, people)
    if found is not None:
        nobody[people] = found.could.any(axis=1)
    return nobody


def ask(connection: Connection, batch: CandidateBatch, shown: Mask, first: Mask, *, secret: bytes) -> list[DrawnQuestion]:
    """Return the questions of a chunk, at most one a person but in the opening round.

    shown: the texts of each digest. first: those for whom the round is open (``opening``).
    """
    context = batch.context
    if not may_ask(context):
        return []
    asking = _who(connection, batch, shown)
    found = []
    for reason, who, most in ((AskReason.DRAWN, asking & ~first, 1), (AskReason.OPENING, asking & first, questions.OPENING_QUESTIONS)):
        askable = _askable(connection, batch, np.flatnonzero(who).tolist())
        if askable is not None:
            found += _drawn(connection, batch, askable, shown, reason=reason, most=most, secret=secret)
    return found


def _who(connection: Connection, batch: CandidateBatch, shown: Mask) -> Mask:
    """Return who is asked: with a text, or after so long a time without a question."""
    going = np.array([one.skip is None for one in batch.people])
    with_text = np.asarray(shown.any(axis=1))
    alone = np.flatnonzero(going & ~with_text).tolist()
    since = np.zeros(len(going))
    if alone and not batch.context.cadence.must_deliver:  # which goes over the caps: nothing does that only to ask
        ids = batch.ids
        asked = rows.asked_days(connection, [ids[i] for i in alone])
        today, offset = batch.local
        last = np.array([asked.get(ids[i], NEVER) for i in alone])
        since[alone] = since_shown(last[:, None], local_today=today[alone], offset_days=offset[alone])[:, 0]
    return np.asarray(going & questions.asks(with_text, since))


def _askable(connection: Connection, batch: CandidateBatch, people: Sequence[int]) -> _Askable | None:
    """Return what these people may be asked about whatever their digest holds, None when nothing is."""
    context = batch.context
    if not people:
        return None
    checks = context.planning.checks(connection, now=context.now)
    on = context.occurrence.local_date
    statements = [s for s in context.planning.statements if s.version_id in checks and (s.effective_on is None or s.effective_on <= on)]
    if not statements:
        return None
    place = {s.id: k for k, s in enumerate(context.statements)}
    columns = [place.get(s.id, -1) for s in statements]
    if -1 in columns or batch.grid.encoded is None:
        ids = batch.ids
        grid = exposures_of(connection, [ids[i] for i in people], [s.id for s in statements], remembered=True)
    else:
        grid = batch.grid.part(people, columns)
    fresh = fresh_pairs(grid, statements)
    return _Askable(
        people=people,
        statements=statements,
        columns=columns,
        checks=[checks[s.version_id] for s in statements],
        grid=grid,
        fresh=fresh,
        could=meant_for(connection, [batch.people[i] for i in people], statements, context)
        & (_since_met(batch, people, grid, fresh, statements) >= questions.REST_DAYS),
    )


def _since_met(
    batch: CandidateBatch, people: Sequence[int], grid: ExposureGrid, fresh: Mask, statements: Sequence[CurrentStatement]
) -> Floats:
    """Return local days since each pair was shown or asked since its meaning stands."""
    today, offset = batch.local
    begun = np.array([to_days(s.meaning_at) for s in statements])
    asked = np.where(grid.asked_day >= begun, grid.asked_day, NEVER)
    met = np.maximum(np.where(fresh, NEVER, grid.planned_day), asked)
    return since_shown(met, local_today=today[people], offset_days=offset[people])


def _drawn(
    connection: Connection, batch: CandidateBatch, askable: _Askable, shown: Mask, *, reason: AskReason, most: int, secret: bytes
) -> list[DrawnQuestion]:
    people, columns, grid = askable.people, np.asarray(askable.columns), askable.grid
    ids, day = [batch.people[i].person.id for i in people], batch.day[people]
    told = np.where(columns >= 0, shown[people][:, columns], False)
    could = questions.eligible(askable.could, told, np.full(told.shape, np.inf))
    drawn = questions.draw(could, questions.chances(secret, batch.context.occurrence.key, ids, questions=most))
    row, column = np.nonzero(drawn)
    if not len(row):
        return []
    predicted = _predicted(connection, batch, askable)
    in_vain = np.where(askable.fresh, 0.0, grid.asked_in_vain)
    before = np.where(askable.fresh | (grid.version == 0), 0.0, grid.times_sent)
    ids_of = [s.id for s in askable.statements]
    packed = draws.pack(could, ids_of, predicted, in_vain)
    place = row, column
    parts = zip(
        row.tolist(),
        column.tolist(),
        predicted[place].tolist(),
        before[place].astype(np.int64).tolist(),
        in_vain[place].astype(np.int64).tolist(),
        grid.known[place].tolist(),
        strict=True,
    )
    days, versions, why = day.tolist(), [s.version_id for s in askable.statements], reason.value
    return [
        DrawnQuestion(ids[i], versions[k], ids_of[k], askable.checks[k], why, days[i], m, times, silent, packed[i], known)
        for i, k, m, times, silent, known in parts
    ]


def _predicted(connection: Connection, batch: CandidateBatch, askable: _Askable) -> Floats:
    """Return m-hat of every pair at the instant of sending."""
    people, columns = askable.people, askable.columns
    if batch.predicted is not None and -1 not in columns:
        return np.asarray(batch.predicted[np.ix_(people, columns)])
    found = remember(
        connection,
        askable.grid,
        ids=[batch.people[i].person.id for i in people],
        channels=[batch.people[i].channel for i in people],
        day=batch.day[people],
        fresh=askable.fresh,
        sums=batch.context.planning.sums,
    )
    return found.predicted(batch.day[people])
