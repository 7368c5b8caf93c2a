"""Answers to checks: what was chosen, what had been predicted, and the sums that correct later predictions.

``check_answers`` is append-only, like evidence: a prediction cannot be made again afterwards. ``recall_offsets`` (U, I of a
person) and ``check_days`` (sums of a finished UTC day) are caches of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from cadence.domain.memory.forgetting import Floats
from cadence.domain.memory.model import ORG_HALF_LIFE_DAYS, org_weight
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.statements.checks import NOT_KEPT
from cadence.store.database.bulk import fetch_rows
from cadence.store.database.core import asked_checks as asked
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import check_days as days
from cadence.store.database.core import checks, deliveries, evidence, pasts
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import recall_offsets as offsets
from cadence.store.database.engine import privacy_mode
from cadence.store.responding import batches

_GAINS = ("gain_score", "gain_information", "gain_slope_score", "gain_slope_information")
#: days after which a day's sums weigh less than a thousandth
_FORGOTTEN = 10 * int(ORG_HALF_LIFE_DAYS)
_SUMS = ("score", "information", "slope_score", "slope_information")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCheck:
    """A question of a delivery, and what was answered."""

    check_id: int
    right: str
    distractors: tuple[str, ...]
    #: lines its message shows
    lines: int
    chosen: int | None
    answered_at: datetime | None


_CHECK = (
    sa.select(
        checks.c.id.label("check_id"),
        checks.c.right,
        checks.c.distractors,
        checks.c.lines,
        answers.c.choice.label("chosen"),
        answers.c.answered_at,
    )
    .select_from(asked)
    .join(checks, checks.c.id == asked.c.check_id)
    .outerjoin(answers, sa.and_(answers.c.delivery_id == asked.c.delivery_id, answers.c.version_id == asked.c.version_id))
    .where(asked.c.delivery_id == sa.bindparam("delivery_id"), asked.c.version_id == sa.bindparam("version_id"))
)


def asked_check(connection: Connection, *, delivery_id: int, version_id: int) -> AskedCheck | None:
    """Return what the delivery asks about that version, None when it asks nothing."""
    row = connection.execute(_CHECK, {"delivery_id": delivery_id, "version_id": version_id}).first()
    if row is None:
        return None
    found = AskedCheck(**{**row._mapping, "distractors": tuple(row.distractors)})
    if found.answered_at is None and not privacy_mode(connection).keeps_answers:
        counted = batches.answered_at(connection, [delivery_id]).get((delivery_id, version_id))
        return found if counted is None else replace(found, chosen=NOT_KEPT, answered_at=counted)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """One answer to be kept. ``gains``: what it adds to U, I, U_b, I_b."""

    check_id: int
    person_id: int
    statement_id: int
    version_id: int
    delivery_id: int
    channel: str
    choice: int
    #: the line behind it: 0 the right one, 1 and on a near miss in the order of the file, -1 "I don't remember"
    line: int
    options: int
    right: bool
    plain: float
    predicted: float
    gains: tuple[float, float, float, float]
    answered_at: datetime
    answered_day: int
    source_id: str
    #: comes from somebody who taps anything: the memory takes from it that the text was seen, not whether it was known
    ignored: bool = False


def add_answer(connection: Connection, new: NewAnswer) -> bool:
    """Insert the answer, its evidence and its part in the person's sums; return False, and write nothing, when there is one already.

    Where the privacy mode keeps no answers it is counted instead: its evidence says that the text was seen, and nothing else.
    """
    if not privacy_mode(connection).keeps_answers:
        about = {name: getattr(new, name) for name in ("person_id", "delivery_id", "statement_id", "version_id", "channel")}
        return batches.count_only(connection, about, line=new.line, answered_at=new.answered_at)
    row = {name: getattr(new, name) for name in _ANSWERED} | dict(zip(_GAINS, new.gains, strict=True))
    add, fact, sums = _inserts(connection.dialect.name)
    if connection.execute(add, row).first() is None:
        return False
    # the choice itself is kept in one place only
    about = {name: row[name] for name in ("person_id", "delivery_id", "statement_id", "version_id", "channel", "options")}
    level, outcome = int(EvidenceLevel.CHECK_ANSWERED), None if new.ignored else float(new.right)
    told = {"source_id": new.source_id, "level": level, "occurred_at": new.answered_at, "seen": 1.0, "outcome": outcome, "detail": {}}
    connection.execute(fact, about | told)
    connection.execute(sums, {"person_id": new.person_id, "score": new.gains[0], "information": new.gains[1]})
    return True


_ANSWERED = (
    "check_id",
    "person_id",
    "statement_id",
    "version_id",
    "delivery_id",
    "channel",
    "choice",
    "line",
    "options",
    "right",
    "plain",
    "predicted",
    "answered_at",
    "answered_day",
)
_TOLD = ("source_id", "level", "person_id", "delivery_id", "statement_id", "version_id", "channel", "occurred_at", "seen", "outcome")


@lru_cache(maxsize=2)
def _inserts(dialect: str) -> tuple[Any, Any, Any]:
    """Return the statements that add an answer, its evidence and its gains; built once, for they cost more to build than to run."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    add = insert(answers).values({name: sa.bindparam(name) for name in (*_ANSWERED, *_GAINS)})
    fact = insert(evidence).values({name: sa.bindparam(name) for name in (*_TOLD, "options", "detail")})
    sums = insert(offsets).values({name: sa.bindparam(name) for name in ("person_id", "score", "information")})
    together = {name: offsets.c[name] + sums.excluded[name] for name in ("score", "information")}
    return (
        add.on_conflict_do_nothing(index_elements=["delivery_id", "version_id"]).returning(answers.c.id),
        fact.on_conflict_do_nothing(index_elements=["source_id"]),
        sums.on_conflict_do_update(index_elements=["person_id"], set_=together),
    )


_PERSON = sa.select(offsets.c.score, offsets.c.information).where(offsets.c.person_id == sa.bindparam("person"))
_low, _high = sa.bindparam("low", type_=sa.Integer()), sa.bindparam("high", type_=sa.Integer())
_DAYS = sa.select(days.c.day, *(days.c[name] for name in _SUMS)).where(days.c.day >= _low, days.c.day < _high).order_by(days.c.day)
_BY_DAY = (
    sa.select(answers.c.answered_day, sa.func.count(), *(sa.func.sum(answers.c[name]) for name in _GAINS))
    .where(answers.c.answered_day > _low, answers.c.answered_day < _high)
    .group_by(answers.c.answered_day)
    .order_by(answers.c.answered_day)
)


class Asked(NamedTuple):
    """The question behind an answer. ``quarter``: that its message counts towards."""

    reason: str
    asked_at: datetime
    quarter: int
    #: the message brings the text of the statement too, as old ones do
    beneath_text: bool


def asked_with(connection: Connection, *, delivery_id: int, version_id: int) -> Asked | None:
    """Return how a delivery came to ask about ``version_id``, None for a message of the time before draws were kept."""
    brought = sa.exists().where(items.c.delivery_id == asked.c.delivery_id, items.c.statement_id == asked.c.statement_id)
    query = (
        sa.select(asked.c.reason, deliveries.c.send_after, deliveries.c.local_quarter, brought)
        .join(deliveries, deliveries.c.id == asked.c.delivery_id)
        .where(asked.c.delivery_id == delivery_id, asked.c.version_id == version_id)
    )
    row = connection.execute(query).first()
    return None if row is None else Asked(*row)


def person_sums(connection: Connection, person_id: int) -> tuple[float, float]:
    """Return U and I of a person, zero while nothing was asked."""
    rows = fetch_rows(connection, _PERSON, {"person": person_id})
    return (rows[0][0], rows[0][1]) if rows else (0.0, 0.0)


def org_sums(connection: Connection, *, day: int) -> Floats:
    """Return U_0, I_0, U_b, I_b: the sums over the answers of the UTC days before ``day``, older days weighing less."""
    kept = fetch_rows(connection, _DAYS, {"low": day - _FORGOTTEN, "high": day})
    total = np.zeros(4)
    for when, *sums in kept:
        total += org_weight(day - when) * np.array(sums)
    newest = kept[-1][0] if kept else _unrolled(connection, day)[0]
    for row in _by_day(connection, newest, day):
        total += org_weight(day - row["day"]) * np.array([row[name] for name in _SUMS])
    return total


def roll_days(connection: Connection, *, day: int) -> int:
    """Keep the sums of the days before ``day`` that have answers and no row yet; return how many days."""
    found = _by_day(connection, *_unrolled(connection, day))
    if found:
        connection.execute(sa.insert(days), found)
    return len(found)


def any_unrolled(connection: Connection, *, day: int) -> bool:
    """Return whether a day before ``day`` has answers that are not summed yet."""
    low, high = _unrolled(connection, day)
    query = sa.select(sa.exists().where(answers.c.answered_day > low, answers.c.answered_day < high))
    return bool(connection.execute(query).scalar())


def folded_days(connection: Connection, *, day: int) -> dict[int, dict[str, Any]]:
    """Return the rows that ``check_days`` should have for the days before ``day``, from the answers."""
    return {row["day"]: row for row in _by_day(connection, -1, day)}


def folded_offsets(connection: Connection, *, low: int, high: int) -> dict[int, tuple[float, float]]:
    """Return person -> (U, I) summed over the answers of people ``low`` to ``high``, those that have left among them."""
    query = (
        sa.select(answers.c.person_id, sa.func.sum(answers.c.gain_score), sa.func.sum(answers.c.gain_information))
        .where(answers.c.person_id.between(low, high))
        .group_by(answers.c.person_id)
    )
    found = {person: (float(score), float(information)) for person, score, information in connection.execute(query)}
    left = sa.select(pasts.c.person_id, pasts.c.score, pasts.c.information).where(pasts.c.person_id.between(low, high))
    for person, score, information in connection.execute(left):
        before = found.get(person, (0.0, 0.0))
        found[person] = (before[0] + score, before[1] + information)
    return found


def _unrolled(connection: Connection, day: int) -> tuple[int, int]:
    """Return (newest summed day, ``day``): what lies between is not summed yet."""
    newest = connection.execute(sa.select(sa.func.max(days.c.day)).where(days.c.day < day)).scalar()
    return (-1 if newest is None else int(newest), day)


def _by_day(connection: Connection, low: int, high: int) -> list[dict[str, Any]]:
    return [
        {"day": row[0], "answers": row[1], **dict(zip(_SUMS, (float(x) for x in row[2:]), strict=True))}
        for row in fetch_rows(connection, _BY_DAY, {"low": low, "high": high})
    ]
