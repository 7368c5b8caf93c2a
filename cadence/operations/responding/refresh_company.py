"""Learn from the whole company how people answer: who taps anything, and how attentive people are before one of them is known.

A daily chore of the tick, before silence is closed. Once a week the chance that somebody taps anything is found for everybody who
answers, from all answers; every 28 days the prior of attention, from messages that could be both answered and acknowledged.
What was learned before stays as it was: a new chance or prior holds for what is closed and answered from then on. Linear in
rows, in chunks, so that a press never waits long. Formulas: ``domain.measuring.answering_habits``, ``domain.memory.attention``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from cadence.domain.measuring.answering_habits import TapOutcome, noise
from cadence.domain.memory.answering import read_share
from cadence.domain.memory.attention import attention, learned
from cadence.domain.memory.past import counted
from cadence.domain.planning.recipients import to_days
from cadence.operations.responding.learn import relearn
from cadence.store.database.engine import Database
from cadence.store.responding import answering, learning, pasts
from cadence.store.responding import company_learning as rows
from cadence.store.running import fold

NOISE_EVERY = timedelta(days=7)
PRIOR_EVERY = timedelta(days=28)
#: while there is too little to learn the prior from
_LOOKS_AGAIN = timedelta(days=1)
#: days until all messages of a day are responded to or closed as silent, and a day more for a process that was down
_SETTLED_DAYS = 4.0
#: people counted in one transaction
_PEOPLE = 200


def refresh_company(database: Database, *, now: datetime) -> None:
    """Do what is due of it at ``now``. Idempotent; what a process that dies leaves undone is done by the next tick."""
    with database.read() as connection:
        uncounted, due = answering.must_recount(connection), rows.due_from(connection)
    if uncounted:
        _count_everybody(database, now)
    if _is_due(due.get(rows.NOISE, 0), NOISE_EVERY, now):
        _look_for_noise(database)
        _put_off(database, rows.NOISE, now + NOISE_EVERY)
    if _is_due(due.get(rows.PRIOR, 0), PRIOR_EVERY, now):
        learns = _learn_prior(database, to_days(now))
        _put_off(database, rows.PRIOR, now + (PRIOR_EVERY if learns else _LOOKS_AGAIN))


def _is_due(since: int, every: timedelta, now: datetime) -> bool:
    """Return whether ``since`` (seconds since 1970) has come, or lies so far ahead that a clock was wrong when it was set."""
    return not 0 < since - now.timestamp() <= every.total_seconds()


def _put_off(database: Database, name: str, until: datetime) -> None:
    with database.transaction() as connection:
        rows.put_off(connection, name, until=int(until.timestamp()))


def _count_everybody(database: Database, now: datetime) -> None:
    """Count again how everybody dealt with questions and acknowledgements, from all facts; whose acknowledgements count for more
    or less then is folded again."""
    with database.read() as connection:
        must = learning.asking_statements(connection)
    after = 0
    while True:
        with database.transaction() as connection:
            ids = fold.people_after(connection, after=after, limit=_PEOPLE)
            if not ids:
                answering.recount(connection, later=False)
                return
            learning.lock_people(connection, ids[0], ids[-1])
            shown = learning.shown_to(connection, low=ids[0], high=ids[-1])
            said = learning.said_by(connection, low=ids[0], high=ids[-1])
            past = pasts.pasts_of(connection, low=ids[0], high=ids[-1])
            kept, found = answering.counts_between(connection, low=ids[0], high=ids[-1]), []
            for person in sorted(shown.keys() | said.keys() | past.keys()):
                counts = counted(past.get(person), shown.get(person, ()), said.get(person, ()), must)
                before = kept.get(person)
                uncounted = before is None or not before.acknowledged
                if counts.acknowledged and (uncounted or read_share(before or counts) != read_share(counts)):
                    relearn(connection, person, (), now=now)
                else:
                    found.append((person, counts))
            answering.write_counts(connection, found)
        after = ids[-1]


def _look_for_noise(database: Database) -> None:
    with database.read() as connection:
        given, kept = rows.answers_given(connection), rows.noise_kept(connection)
    outcome = np.where(given.right, TapOutcome.RIGHT, np.where(given.forgot, TapOutcome.FORGOT, TapOutcome.WRONG)).astype(np.int64)
    found = noise(given.person, given.predicted, outcome)
    chances = dict(zip(found.people.tolist(), found.chance.tolist(), strict=True))
    # somebody whose answers are gone counts as unknown again
    changed = [(person, chances.get(person, 0.0)) for person in sorted(chances.keys() | kept.keys())]
    changed = [(person, chance) for person, chance in changed if chance != kept.get(person, 0.0)]
    for first in range(0, len(changed), rows.CHUNK):
        with database.transaction() as connection:
            rows.write_noise(connection, changed[first : first + rows.CHUNK])
    with database.transaction() as connection:
        rows.write_share(connection, found.share)


def _learn_prior(database: Database, day: float) -> bool:
    """Learn the prior of attention and judge everybody by it; return False while there is too little to learn it from."""
    with database.read() as connection:
        found = rows.responded(connection, before_day=day - _SETTLED_DAYS)
    prior = learned(
        messages=found.messages,
        answered=found.answered,
        acknowledged=found.acknowledged,
        both=found.both,
        response_rate=found.response_rate,
    )
    if prior is None:
        return False
    with database.transaction() as connection:
        rows.write_prior(connection, prior, both=found.both, day=day)
    after = (0, "")
    while True:
        with database.transaction() as connection:
            habits = rows.habits_after(connection, after=after, limit=rows.CHUNK)
            if not habits:
                return True
            responses, silences = (np.array([habit[k] for habit in habits]) for k in (2, 3))
            chances = attention(responses, silences, prior).seen_if_silent
            rows.rejudge(connection, [(chance, *habit) for chance, habit in zip(chances.tolist(), habits, strict=True)])
        after = (habits[-1][0], habits[-1][1])
