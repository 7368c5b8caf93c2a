"""Answers counted in batches: what is kept of them in privacy mode ``aggregate``, and nothing that is about one person.

An answer adds to the sums of the open batch of its version; at five different people the batch is closed, and only closed ones are
read. Who has answered is in the evidence (the text was seen then); what they answered is in these sums alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.memory.answering import Counts
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.core import answer_batches as batches
from cadence.store.database.core import asked_checks as asked
from cadence.store.database.core import evidence
from cadence.store.database.sql import insert_for, listed
from cadence.store.responding import answering

_SUMS = ("asked_day", "predicted", "asked", "answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedQuestion:
    """The question that is answered, as ``asked_checks`` has it."""

    statement_id: int
    version_id: int
    reason: str
    shown_before: int
    asked_day: float
    predicted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAnswer:
    """One answer on its way into a batch. ``fact_id``: of its evidence; ``asked`` and ``answered``: of the person, before it."""

    question: CountedQuestion
    person_id: int
    fact_id: int
    line: int
    asked: int
    answered: int


def answer_key(delivery_id: int, version_id: int) -> str:
    """Return the key of the fact that a question was answered."""
    return f"check:{delivery_id}:{version_id}"


def answer_key_of(table: sa.Table) -> Any:
    """Return ``answer_key`` of the rows of a table, which name a delivery and a version."""
    delivery, version = (sa.cast(table.c[name], sa.Text()) for name in ("delivery_id", "version_id"))
    return sa.literal("check:").concat(delivery).concat(":").concat(version)


def count_only(connection: Connection, about: Mapping[str, Any], *, line: int, answered_at: datetime) -> bool:
    """Add an answer to the batch of its version; all that is written about the person is that they responded, and so saw the text.

    about: person, delivery, statement, version and channel. Returns False, and writes nothing, when the question was answered before.
    """
    fact = insert_for(connection, evidence).values(
        # the question's own key, so that a second answer to it finds the first
        source_id=answer_key(about["delivery_id"], about["version_id"]),
        level=int(EvidenceLevel.CHECK_ANSWERED),
        occurred_at=answered_at,
        seen=1.0,
        detail={},
        **about,
    )
    fact_id = connection.execute(fact.on_conflict_do_nothing(index_elements=["source_id"]).returning(evidence.c.id)).scalar()
    if fact_id is None:
        return False
    question = asked_question(connection, delivery_id=about["delivery_id"], version_id=about["version_id"])
    if question is not None:
        kept = answering.kept(connection, about["person_id"])
        counts = Counts() if kept is None else kept.counts
        counted = {"person_id": about["person_id"], "asked": counts.asked, "answered": counts.answered}
        count_answer(connection, CountedAnswer(question=question, line=line, fact_id=fact_id, **counted))
    return True


def answered_at(connection: Connection, delivery_ids: Collection[int]) -> dict[tuple[int, int], datetime]:
    """Return (delivery, version) -> when it was answered, of the questions of these deliveries that were answered and counted only."""
    query = (
        sa.select(asked.c.delivery_id, asked.c.version_id, evidence.c.occurred_at)
        .join(evidence, evidence.c.source_id == answer_key_of(asked))
        .where(asked.c.delivery_id.in_(listed(connection, delivery_ids)), evidence.c.outcome.is_(None))
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def asked_question(connection: Connection, *, delivery_id: int, version_id: int) -> CountedQuestion | None:
    """Return how a delivery asked about a version, None when its questions have no draw."""
    columns = [asked.c[name] for name in CountedQuestion.__slots__]
    row = connection.execute(sa.select(*columns).where(asked.c.delivery_id == delivery_id, asked.c.version_id == version_id)).first()
    return None if row is None else CountedQuestion(**row._mapping)


def count_answer(connection: Connection, one: CountedAnswer) -> None:
    """Add an answer to the open batch of its version; close the batch once five different people are in it."""
    question = one.question
    told = question.shown_before > 0
    about = {"statement_id": question.statement_id, "version_id": question.version_id, "reason": question.reason, "told": told}
    found = sa.select(batches).where(batches.c.version_id == question.version_id, batches.c.reason == question.reason)
    found = found.where(batches.c.told == told, ~batches.c.closed)
    row = connection.execute(found.with_for_update()).mappings().first()
    before: dict[str, Any] = {"people": 0, "answers": 0, "lines": {}, "newest_day": 0, **dict.fromkeys(_SUMS, 0.0)}
    if row is not None:
        before = dict(row)
    adds = _adds(question, one.asked, one.answered)
    is_new = row is None or not _is_in(connection, one, since=before["first_fact"])
    people, line = before["people"] + is_new, str(one.line)
    after = {name: before[name] + adds[name] for name in _SUMS} | {
        "people": people,
        "answers": before["answers"] + 1,
        "lines": before["lines"] | {line: before["lines"].get(line, 0) + 1},
        "newest_day": max(before["newest_day"], int(question.asked_day)),
        "closed": people >= SMALLEST_GROUP,
    }
    if row is None:
        connection.execute(sa.insert(batches).values(**about, **after, first_fact=one.fact_id))
    else:
        connection.execute(sa.update(batches).where(batches.c.id == before["id"]).values(**after))


def _adds(question: CountedQuestion, asked_before: int, answered_before: int) -> dict[str, float]:
    return {
        "asked_day": question.asked_day,
        "predicted": question.predicted,
        "asked": float(asked_before),
        "answered": float(answered_before),
    }


def _is_in(connection: Connection, one: CountedAnswer, *, since: int) -> bool:
    """Return whether the person has another answer about the version that is at least as new as the batch."""
    fact = evidence.c
    query = sa.select(fact.id).where(fact.person_id == one.person_id, fact.statement_id == one.question.statement_id)
    query = query.where(fact.version_id == one.question.version_id, fact.level == int(EvidenceLevel.CHECK_ANSWERED))
    return connection.execute(query.where(fact.id >= since, fact.id != one.fact_id).limit(1)).first() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A closed batch: how many people and answers, which lines, and the means of the rest."""

    id: int
    statement_id: int
    version_id: int
    reason: str
    told: bool
    people: int
    answers: int
    lines: dict[int, int]
    newest_day: int
    asked_day: float
    predicted: float
    asked: float
    answered: float


def closed_batches(connection: Connection, *, since_day: int = 0, version_ids: Iterable[int] | None = None) -> list[Batch]:
    """Return the closed batches with a question from ``since_day`` on, oldest first."""
    query = sa.select(batches).where(batches.c.closed, batches.c.newest_day >= since_day).order_by(batches.c.id)
    if version_ids is not None:
        query = query.where(batches.c.version_id.in_(list(version_ids)))
    return [_batch(dict(row)) for row in connection.execute(query).mappings()]


def _batch(row: dict[str, Any]) -> Batch:
    n = row["answers"]
    return Batch(
        **{name: row[name] for name in ("id", "statement_id", "version_id", "reason", "told", "people", "answers", "newest_day")},
        **{name: row[name] / n for name in _SUMS},
        lines={int(line): times for line, times in row["lines"].items()},
    )


def add_kept(connection: Connection, answers: Iterable[dict[str, Any]]) -> None:
    """Fold answers that were kept into closed batches; the last few of a version that are by fewer than five people join the batch before.

    answers: oldest first, each with ``person_id``, ``line``, ``right`` and the names of ``CountedQuestion``. Where there are fewer than
    five people in all, the batch stays open.
    """
    groups: dict[tuple[int, str, bool], list[dict[str, Any]]] = defaultdict(list)
    for one in answers:
        groups[one["version_id"], one["reason"], one["shown_before"] > 0].append(one)
    for (version_id, reason, told), some in groups.items():
        parts: list[list[dict[str, Any]]] = [[]]
        for one in some:
            if len({each["person_id"] for each in parts[-1]}) >= SMALLEST_GROUP:
                parts.append([])
            parts[-1].append(one)
        if len(parts) > 1 and len({each["person_id"] for each in parts[-1]}) < SMALLEST_GROUP:
            few = parts.pop()
            parts[-1] += few
        for part in parts:
            row = {"statement_id": part[0]["statement_id"], "version_id": version_id, "reason": reason, "told": told}
            connection.execute(sa.insert(batches).values(**row, **_sums_of(part)))


def _sums_of(part: list[dict[str, Any]]) -> dict[str, Any]:
    lines: Counter[str] = Counter()
    total = dict.fromkeys(_SUMS, 0.0)
    for one in part:
        lines[str(_line(one))] += 1
        for name, value in _adds(
            CountedQuestion(**{name: one[name] for name in CountedQuestion.__slots__}), one["asked"], one["answered"]
        ).items():
            total[name] += value
    people = len({one["person_id"] for one in part})
    return {
        **total,
        "people": people,
        "answers": len(part),
        "lines": dict(lines),
        "newest_day": max(int(one["asked_day"]) for one in part),
        "closed": people >= SMALLEST_GROUP,
    }


def _line(one: dict[str, Any]) -> int:
    """Return the line that was chosen; of the time before it was kept, the right one or some wrong one."""
    if one["right"]:
        return 0
    return 1 if one["line"] is None else int(one["line"])
