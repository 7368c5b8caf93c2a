"""Let go of what has been kept to the end of its time, once a day, in chunks that hold up nobody.

How long things stay is a setting (``[retention]``); what each chunk does: ``store.people.retention``, ``store.people.answers_kept`` and
``fold_evidence``. A process that dies on the way leaves the rest to the next day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import floor

from sqlalchemy.engine import Connection

from cadence.domain.people.retention import FILES_KEPT, UNDO_FOR, Retention
from cadence.domain.planning.recipients import to_days
from cadence.operations.running.fold_evidence import fold_evidence
from cadence.store.database.engine import Database
from cadence.store.people import answers_kept as answers
from cadence.store.people import import_runs
from cadence.store.people import retention as rows
from cadence.store.running import daily

CHUNK = 2_000
_STEP = "retention"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """What left: answers and what goes with them, facts that were folded, tries and own words that were emptied, notices."""

    answers: int = 0
    facts: int = 0
    replies: int = 0
    own_words: int = 0
    notices: int = 0


def retain(database: Database, retention: Retention, *, now: datetime, stop: Callable[[], bool] = lambda: False) -> Retained:
    """Let go of what is older than ``retention`` and return it counted; does nothing but one read when it was done today."""
    with database.read() as connection:
        if not daily.is_daily_due(connection, _STEP, now=now):
            return Retained()
    day = floor(to_days(now - retention.answers))
    with database.transaction(durable=False) as connection:
        if not daily.claim_daily(connection, _STEP, now=now, first=now, again=now + _DAY):
            return Retained()
        answers.answers_leave_before(connection, day)
        import_runs.forget_runs(connection, files_before=now - FILES_KEPT, undo_before=now - UNDO_FOR)

    def all_of(chunk: Callable[[Connection], int]) -> int:
        total = 0
        while not stop():
            with database.transaction(durable=False) as connection:
                found = chunk(connection)
            total += found
            if found < CHUNK:
                break
        return total

    words = partial(answers.let_words_go, before=now - retention.answers, limit=CHUNK)
    return Retained(
        answers=all_of(partial(answers.let_answers_go, day=day, limit=CHUNK))
        + all_of(words)
        + all_of(partial(answers.let_batches_go, day=day, limit=CHUNK)),
        facts=fold_evidence(database, before=now - retention.evidence, stop=stop),
        replies=all_of(partial(rows.empty_replies, before=now - retention.replies, limit=CHUNK)),
        own_words=all_of(partial(rows.empty_own_words, before=now - retention.own_words, limit=CHUNK)),
        notices=all_of(partial(rows.remove_notices, before=now - retention.notices, limit=CHUNK)),
    )
