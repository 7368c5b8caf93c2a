"""The twelve weeks before the demo opens, and the opening round before them: played on simulated people, through the real planner.

Nothing is sent in them: messages are marked as sent in bulk (``operations.simulation``), so that the pages have figures when the visitor
comes. What people know in the end goes on in them: their presses in the last week follow it (``habits``). They forget by a law
that is not the model's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.sending.deliveries import Channel
from cadence.domain.simulation.population import Law, Population
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.simulation.company import company_in
from cadence.operations.simulation.days import play
from cadence.store.database.engine import Database

#: the opening round, and twelve weeks
DAYS = 7 + 12 * 7
_SEED = 20261130
#: a company that answers well; some never press, some press without reading, some tap anything, and some knew much before
_PEOPLE = Population(
    law=Law.ACTR,
    answers=0.45,
    acknowledges=0.5,
    elsewhere=(0.05, 0.6),
    turnover=0.0,
    silent=0.12,
    acknowledge_all=0.04,
    answer_anything=0.03,
    peek=0.04,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntSoFar:
    """What people know when the demo opens: the truth that no page is told."""

    #: (email, statement) -> the chance to say it
    chances: Mapping[tuple[str, str], float]
    #: statement -> share of the people it is meant for who could say it
    share: Mapping[str, float]


def live_through(
    database: Database, *, start: datetime, channels: Collection[Channel], secret: bytes, progress: Callable[[int], object]
) -> LearntSoFar:
    """Play ``DAYS`` days from ``start``, midnight UTC; ``progress`` is told of each. Statements, people and rules are there already."""
    with database.transaction() as connection:
        derive_slots(connection, now=start)
    company = company_in(database, start=start)
    played = play(company, _PEOPLE, start=start, days=DAYS, seed=_SEED, channels=channels, secret=secret, progress=progress)
    last = played.readings[-1]
    return LearntSoFar(
        chances={
            (row["email"], statement.slug): float(last.true[seat, column])
            for seat, row in enumerate(company.rows)
            for column, statement in enumerate(company.statements)
        },
        share={
            statement.slug: float(last.true[last.meant[:, column], column].mean()) for column, statement in enumerate(company.statements)
        },
    )
