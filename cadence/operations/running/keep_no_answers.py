"""What is kept of people in the privacy mode that holds, and the one change that takes something out: to a mode that keeps no answers.

Nothing is taken out by a setting alone: ``stop_keeping_answers`` is asked for, says before what will go, and what is not taken out is
told by ``cadence doctor``. Releases stay as they were published.
"""

from __future__ import annotations

from collections.abc import Callable

from cadence.errors import Conflict
from cadence.operations.running.rebuild import rebuild
from cadence.store.database.engine import Database
from cadence.store.people.answers_kept import AnswersKept, answers_kept, fold_answers, take_out_answers


def what_is_kept(database: Database) -> AnswersKept:
    """Return how many rows say what somebody answered."""
    with database.read() as connection:
        return answers_kept(connection)


def stop_keeping_answers(database: Database, *, progress: Callable[[int], None] = lambda n: None) -> AnswersKept:
    """Count every answer that is kept with its person, take it out, and fold memory again without it; return what was taken out.

    Counting and taking out are one transaction; a process that dies in the folding is finished by asking again. Raises Conflict
    in a mode that keeps answers.
    """
    if database.privacy.keeps_answers:
        raise Conflict(f"privacy.mode is {database.privacy.value}, which keeps answers; set it to aggregate first")
    with database.transaction() as connection:
        found = answers_kept(connection)
        fold_answers(connection)
        take_out_answers(connection)
    rebuild(database, repair=True, progress=progress)
    database.compact()
    return found
