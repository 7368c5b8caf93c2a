"""All that figures are computed from at one instant: weighed answers, what they teach, and everyone.

Owns how stored answers meet the estimator: which statement is which column, which draws belong to which answers. It is read once for
all steps that close on a day. What closes: ``due_steps``; the estimator: ``domain.measuring.know_it``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.measuring.answering_habits import Ints
from cadence.domain.measuring.know_it import ANSWER_HALF_LIFE, Answers, Learnt, Weighed, learn, weigh
from cadence.domain.measuring.selective_answering import COUNTS_DAYS, DrawChunk
from cadence.domain.memory.forgetting import Floats, Mask
from cadence.operations.measuring.everyone import Everyone, add_up_everyone
from cadence.store.measuring import know_it as rows
from cadence.store.planning.chunks import CurrentStatement

#: days after which an answer weighs less than a sixtieth, and is not read any more
_READ_DAYS = 6 * ANSWER_HALF_LIFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Answers of all people with their weights; the first ``statements`` columns are the statements in force in today's meaning.

    Answers about other meanings, and about what was withdrawn, have columns behind them: they only teach.
    """

    statements: int
    columns: int
    weighed: Weighed
    #: ids of the answers, and those of the opening round
    id: Ints
    opening: Mask
    everyone: Everyone
    #: None while too few answered to learn from
    learnt: Learnt | None

    def about(self, column: int, *, untold: bool = False, among: Ints | None = None) -> Ints:
        """Return the places of the answers about a statement: those to drawn questions, or with ``untold`` those before the first text.

        among: the places to look at, all without it.
        """
        mine, places = self.weighed.answers, np.arange(len(self.id)) if among is None else among
        counts = (mine.shown_before[places] == 0) if untold else ~self.opening[places]
        found: Ints = places[(mine.statement[places] == column) & counts]
        return found


def gather(
    connection: Connection, statements: Sequence[CurrentStatement], members: Mapping[str, Sequence[int] | None], *, now: datetime
) -> Evidence:
    """Return the evidence as of ``now``; members: audience -> ids of its people, None is everyone."""
    day = now.timestamp() / 86_400.0
    found = rows.answered_questions(connection, since_day=day - _READ_DAYS, until_day=day)
    usable = np.isfinite(found.predicted)
    column, columns = _columns(found, statements)
    weighed = weigh(
        Answers(
            age=(day - found.asked_day)[usable],
            person=found.person[usable],
            statement=column[usable],
            predicted=found.predicted[usable],
            shown_before=found.shown_before[usable],
            outcome=found.outcome[usable],
            said=found.said[usable],
            asked=found.asked[usable],
            answered=found.answered[usable],
        )
    )
    ids = found.id[usable]
    everyone = add_up_everyone(connection, statements, members, noise=weighed.noise, now=now)
    meant = everyone.whole.people > 0
    learnt = learn(
        weighed,
        believed=float(everyone.whole.base[meant].mean()) if meant.any() else 0.5,
        draws=lambda weights: _draws(connection, ids, weights, day=day),
        statements=columns,
    )
    return Evidence(
        statements=len(statements),
        columns=columns,
        weighed=weighed,
        id=ids,
        opening=found.opening[usable] > 0,
        everyone=everyone,
        learnt=learnt,
    )


def _columns(found: rows.AnsweredQuestions, statements: Sequence[CurrentStatement]) -> tuple[Ints, int]:
    """Return the column of each answer and how many there are: today's meanings first, then one for the rest of each statement."""
    today = {version: place for place, one in enumerate(statements) for version in one.same_meaning}
    versions, at = np.unique(found.version, return_inverse=True)
    now_at = np.array([today.get(int(version), -1) for version in versions], dtype=np.int64)[at]
    behind = np.unique(found.statement, return_inverse=True)[1]
    column = np.where(now_at >= 0, now_at, len(statements) + behind)
    used, packed = np.unique(np.concatenate((np.arange(len(statements)), column)), return_inverse=True)
    return packed[len(statements) :].astype(np.int64), len(used)


def _draws(connection: Connection, ids: Ints, weights: Floats, *, day: float) -> Iterator[DrawChunk]:
    """Yield what could have been asked instead of each drawn question that was answered within the time that selection looks at.

    A question that was the only one that could be asked says nothing of it.
    """
    for answers, asked, drawn in rows.drawn_among(connection, since_day=day - COUNTS_DAYS, until_day=day):
        place = np.minimum(np.searchsorted(ids, answers), len(ids) - 1)
        is_asked = drawn.statement_id == asked[drawn.row]
        counts = np.bincount(drawn.row, minlength=len(answers))
        mine = (ids[place] == answers) & (counts > 1) & (np.bincount(drawn.row, is_asked, len(answers)) == 1)
        kept = mine[drawn.row]
        yield DrawChunk(
            weight=weights[place[mine]],
            start=(np.cumsum(counts[mine]) - counts[mine]).astype(np.int64),
            drawn=np.flatnonzero(is_asked[kept]),
            eligible=drawn.predicted[kept],
            silent_before=drawn.in_vain[kept].astype(np.float64),
        )
