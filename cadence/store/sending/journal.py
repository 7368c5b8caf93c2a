"""Starts and outcomes of messages: the small commits of the sending path.

One ``commit`` carries the outcomes of the previous message of each connection and the starts of the next. On SQLite
it survives the death of the process, not of the machine (docs/decisions/0001-intent-before-the-first-byte.md); on PostgreSQL, whose
server may die while its workers live, it waits for the disk. Threads that
arrive while another commits share the next commit: most of its price is pages written, and
neighbours share pages. Raw driver statements: SQLAlchemy's own cost would double the price of a message.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.sending.quoted_links import without_links
from cadence.store.database.core import answering, asked_checks, attempts, deliveries, evidence, exposures, stops
from cadence.store.database.core import delivery_items as items
from cadence.store.database.engine import Database, Prepared, plain_error, plain_errors
from cadence.store.sending.digests import pair_last_asked, person_last_asked, wording_last_met
from cadence.store.sending.stops import in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt.

    ``state``: delivery state it leads to ("sent", "failed", "unknown", "planned" for a retry).
    ``outcome``: word kept on the attempt ("sent", "failed", "unknown", "retry", "deferred" (not counted), "void").
    """

    attempt_id: int
    delivery_id: int
    person_id: int
    channel: str
    state: str
    outcome: str
    at: datetime
    reason: str = ""
    provider_code: str = ""
    provider_id: str = ""
    reply: str = ""
    #: state "planned": not before this instant
    send_after: datetime | None = None
    #: state "unknown": look again at this instant; None: a person must look
    settle_at: datetime | None = None


@dataclass(slots=True)
class _Entry:
    finished: Sequence[Outcome]
    starting: Sequence[int]
    at: datetime
    done: bool = False
    started: list[bool] = field(default_factory=list)
    error: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statements:
    """The driver's statements of one database, compiled once."""

    start: Prepared
    finish: Prepared
    close: Prepared
    doubt: Prepared
    again: Prepared
    fact: Prepared
    count: Prepared
    asked: Prepared
    uncount: Prepared
    unasked: Prepared
    unasked_person: Prepared


def showing_counted(*pair: Any, day: Any) -> sa.Update:
    """Return the statement that counts one showing of the pairs that fit ``pair`` (items joined to exposures), delivered on ``day``."""
    counted = (exposures.c.sent_quarter == deliveries.c.local_quarter, exposures.c.sent_in_quarter + 1)
    begun = (exposures.c.sent_quarter < deliveries.c.local_quarter, 1)
    return (
        sa.update(exposures)
        .where(*pair, deliveries.c.id == items.c.delivery_id)
        .values(
            times_sent=exposures.c.times_sent + 1,
            sent_in_quarter=sa.case(counted, begun, else_=exposures.c.sent_in_quarter),
            sent_quarter=sa.case((begun[0], deliveries.c.local_quarter), else_=exposures.c.sent_quarter),
            sent_day=day,
            planned_day=day,
            version_id=items.c.version_id,
            delivered_times=exposures.c.delivered_times + 1,
            delivered_day=day,
            delivered_version_id=items.c.version_id,
        )
    )


def question_counted(delivery_id: Any) -> sa.Update:
    """Return the statement that counts what a delivery asked as asked in vain, until it is answered."""
    return (
        sa.update(exposures)
        .where(asked_checks.c.delivery_id == delivery_id, exposures.c.person_id == asked_checks.c.person_id)
        .where(exposures.c.statement_id == asked_checks.c.statement_id)
        .values(asked_in_vain=exposures.c.asked_in_vain + 1)
    )


@lru_cache(maxsize=8)
def _statements(database: Database) -> _Statements:
    p = sa.bindparam
    mine = deliveries.c.id == p("b_id")
    start = Prepared(
        database,
        sa.update(attempts)
        .where(attempts.c.id == p("b_id"), attempts.c.outcome.is_(None))
        # the last look of all: nothing starts after the commit of a stop
        .where(~sa.exists().where(in_force(p("at", type_=stops.c.until.type))))
        .values(started_at=p("at", type_=attempts.c.started_at.type)),
    )
    finish = Prepared(
        database,
        sa.update(attempts)
        .where(attempts.c.id == p("b_id"), attempts.c.outcome.is_(None))
        .values(
            finished_at=p("at", type_=attempts.c.finished_at.type),
            outcome=p("outcome"),
            provider_code=p("provider_code"),
            provider_id=p("provider_id"),
            reply=p("reply"),
        ),
    )
    final = {"lease_owner": sa.null(), "lease_until": sa.null(), "finished_at": p("at", type_=deliveries.c.finished_at.type)}
    close = Prepared(
        database,
        sa.update(deliveries).where(mine, deliveries.c.state == "sending").values(state=p("state"), reason=p("reason"), **final),
    )
    doubt = Prepared(
        database,
        sa.update(deliveries)
        .where(mine, deliveries.c.state == "sending")
        .values(state="unknown", reason=p("reason"), settle_at=p("settle_at", type_=deliveries.c.settle_at.type), **final),
    )
    again = Prepared(
        database,
        sa.update(deliveries)
        .where(mine, deliveries.c.state == "sending")
        .values(
            state="planned",
            reason=p("reason"),
            send_after=p("send_after", type_=deliveries.c.send_after.type),
            lease_owner=sa.null(),
            lease_until=sa.null(),
        ),
    )
    fact = Prepared(
        database,
        sa.insert(evidence).values(
            source_id=p("source_id"),
            level=p("level"),
            person_id=p("person_id"),
            delivery_id=p("delivery_id"),
            channel=p("channel"),
            occurred_at=p("at", type_=evidence.c.occurred_at.type),
            detail=sa.text("'{}'"),
        ),
        columns=["source_id", "level", "person_id", "delivery_id", "channel", "occurred_at", "detail"],
    )
    pair = (
        items.c.delivery_id == p("b_delivery"),
        exposures.c.person_id == p("b_person"),
        exposures.c.statement_id == items.c.statement_id,
    )
    count = Prepared(database, showing_counted(*pair, day=p("day")))
    uncount = Prepared(
        database, sa.update(exposures).where(*pair).values(planned_day=exposures.c.sent_day, last_wording_id=wording_last_met())
    )
    asks = asked_checks.c.delivery_id == p("b_delivery")
    unasked = sa.update(exposures).where(asks, exposures.c.person_id == asked_checks.c.person_id)
    unasked = unasked.where(exposures.c.statement_id == asked_checks.c.statement_id).values(asked_day=pair_last_asked())
    unasked_person = sa.update(answering).where(asks, answering.c.person_id == asked_checks.c.person_id)
    return _Statements(
        start=start,
        finish=finish,
        close=close,
        doubt=doubt,
        again=again,
        fact=fact,
        count=count,
        asked=Prepared(database, question_counted(p("b_delivery"))),
        uncount=uncount,
        unasked=Prepared(database, unasked),
        unasked_person=Prepared(database, unasked_person.values(asked_day=person_last_asked())),
    )


class Journal:
    """The pen that all sending threads of one run share."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: list[_Entry] = []
        self._gate = threading.Lock()
        self._turn = threading.Lock()
        self._write_lock: Any = database.write_lock if database.is_sqlite else nullcontext()
        self._open()
        self._say = _statements(database)

    def _open(self) -> None:
        with plain_errors():
            self._raw = self._database.engine.raw_connection()
        self._cursor = self._raw.cursor()
        self._is_lost = False

    def commit(self, finished: Sequence[Outcome], starting: Sequence[int], *, at: datetime) -> list[bool]:
        """Record outcomes and starts (attempt ids) in a commit, shared with threads that wait too; either may be empty.

        Returns for each start whether it holds; it does not when recovery has taken the attempt back meanwhile, or all sending is stopped.
        """
        if not finished and not starting:
            return []
        entry = _Entry(finished, starting, at)
        with self._gate:
            self._pending.append(entry)
        with self._turn:
            if not entry.done:
                with self._gate:
                    together, self._pending = self._pending, []
                self._commit(together)
        if entry.error is not None:
            raise entry.error
        return entry.started

    def _commit(self, entries: list[_Entry]) -> None:
        error: Exception | None = None
        with self._write_lock:
            try:
                if self._is_lost:  # the server may be there again, and what became of the last messages is still to be told
                    self._open()
                try:
                    self._write(entries, together=True)
                except _NotAll:
                    self._roll_back()
                    self._write(entries, together=False)
            except Exception as problem:
                self._roll_back()
                error = plain_error(problem)
        for entry in entries:
            entry.error, entry.done = error, True

    def _write(self, entries: list[_Entry], *, together: bool) -> None:
        cursor = self._cursor
        if self._database.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        outcomes = [outcome for entry in entries for outcome in entry.finished]
        if outcomes:
            self._record(cursor, outcomes, together=together)
        for entry in entries:
            entry.started = self._start(cursor, entry)
        if self._database.is_sqlite:
            cursor.execute("COMMIT")
        else:
            self._raw.commit()

    def _start(self, cursor: Any, entry: _Entry) -> list[bool]:
        at = self._database.instant(entry.at)
        rows = [{"b_id": attempt, "at": at} for attempt in entry.starting]
        if self._say.start.run_all(cursor, rows):
            return [True] * len(rows)
        held = []
        for row in rows:  # one of them may not start: which
            self._say.start.run(cursor, row)
            held.append(cursor.rowcount == 1)
        return held

    def _record(self, cursor: Any, outcomes: Sequence[Outcome], *, together: bool) -> None:
        """Write ``outcomes``; ``together``: those that were sent statement by statement for all. Raises _NotAll when one does not hold."""
        say, sent = self._say, [o for o in outcomes if o.state == "sent"] if together else []
        if sent:
            instants = [self._database.instant(o.at) for o in sent]
            both = list(zip(sent, instants, strict=True))
            if not say.finish.run_all(cursor, [_finish(o, at) for o, at in both]) or not say.close.run_all(
                cursor, [_close(o, at) for o, at in both]
            ):
                raise _NotAll
            say.fact.run_all(cursor, [_fact(o, at) for o, at in both])
            say.count.run_all(cursor, [_count(o) for o in sent])
            say.asked.run_all(cursor, [{"b_delivery": o.delivery_id} for o in sent])
        for o in outcomes:
            if together and o.state == "sent":
                continue
            at = self._database.instant(o.at)
            say.finish.run(cursor, _finish(o, at))
            # otherwise recovery took the attempt while we were sending: its word stands
            if cursor.rowcount == 1:
                self._follow(cursor, o, at)

    def _follow(self, cursor: Any, o: Outcome, at: Any) -> None:
        """Write what the outcome of an attempt means for its delivery, its evidence and its statements."""
        if o.state == "planned":
            self._say.again.run(
                cursor, {"b_id": o.delivery_id, "reason": o.reason, "send_after": self._database.instant(o.send_after or o.at)}
            )
            return
        if o.state == "unknown":
            self._say.doubt.run(
                cursor, {"b_id": o.delivery_id, "reason": o.reason, "settle_at": self._database.instant(o.settle_at), "at": at}
            )
            return
        self._say.close.run(cursor, _close(o, at))
        if cursor.rowcount != 1:
            return
        self._say.fact.run(cursor, _fact(o, at))
        if o.state == "sent":
            self._say.count.run(cursor, _count(o))
            self._say.asked.run(cursor, {"b_delivery": o.delivery_id})
            return
        self._say.uncount.run(cursor, {"b_delivery": o.delivery_id, "b_person": o.person_id})
        self._say.unasked.run(cursor, {"b_delivery": o.delivery_id})
        self._say.unasked_person.run(cursor, {"b_delivery": o.delivery_id})

    def _roll_back(self) -> None:
        try:
            if self._database.is_sqlite:
                self._cursor.execute("ROLLBACK")
            else:
                self._raw.rollback()
        except Exception:  # the connection itself is gone; nothing of the transaction can have stayed
            self._raw.invalidate()
            self._is_lost = True

    def close(self) -> None:
        """Give the connection back."""
        self._raw.close()


class _NotAll(Exception):
    """Recovery took back an attempt of the group; written one by one, the others hold."""


def _finish(o: Outcome, at: Any) -> dict[str, Any]:
    return {
        "b_id": o.attempt_id,
        "at": at,
        "outcome": o.outcome,
        "provider_code": o.provider_code,
        "provider_id": o.provider_id,
        # a spam filter's refusal quotes the links that it dislikes
        "reply": o.reply if o.state == "sent" else without_links(o.reply).text,
    }


def _close(o: Outcome, at: Any) -> dict[str, Any]:
    return {"b_id": o.delivery_id, "state": o.state, "reason": o.reason, "at": at}


def _fact(o: Outcome, at: Any) -> dict[str, Any]:
    return {
        "source_id": f"{o.state}:{o.delivery_id}",
        "level": int(EvidenceLevel.HANDED_OVER if o.state == "sent" else EvidenceLevel.FAILED),
        "person_id": o.person_id,
        "delivery_id": o.delivery_id,
        "channel": o.channel,
        "at": at,
    }


def _count(o: Outcome) -> dict[str, Any]:
    return {"b_delivery": o.delivery_id, "b_person": o.person_id, "day": o.at.timestamp() / 86_400.0}
