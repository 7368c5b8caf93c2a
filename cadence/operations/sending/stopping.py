"""Stop all sending, and start it again; what waits meanwhile, and cancelling it.

The same for the page, the API and the commands. What holds and what goes on while stopped: ``domain.sending.stops``; the last look
before each message: ``store.sending.journal``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor, Change, Plain, differing
from cadence.domain.sending.stops import MOST_UNSEEN, SendingStop, check_stop
from cadence.errors import Conflict, NotFound
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.sending import stops as rows
from cadence.store.sending.stops import WaitingMessage

#: messages that are listed
MOST_LISTED = 200


class ListNotSeen(Conflict):
    """So many messages wait that whoever starts again sees them first."""

    code = "list_not_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMessages:
    """What waits for the end of a stop.

    ``count``: ready by the stop's end, or by now when it has none; ``ending``: those of them whose own end comes before;
    ``ended``: came to their end unsent since the stop began.
    """

    stop: SendingStop
    count: int
    ending: int
    ended: int
    messages: tuple[WaitingMessage, ...]

    @property
    def going(self) -> int:
        """Return how many are still in time when sending starts by itself, or now when it does not."""
        return self.count - self.ending


def stop_sending(database: Database, *, reason: str, until: datetime | None, actor: Actor, now: datetime) -> SendingStop:
    """Stop all sending, or give the stop in force another end and reason; return it. Raises Invalid."""
    reason = check_stop(reason, until, now=now)
    with database.transaction() as connection:
        found = rows.stop_in_force(connection, now=now)
        after = _plain(until, reason)
        if found is None:
            rows.begin_stop(connection, until=until, reason=reason, account_id=actor.account_id, now=now)
            append(connection, actor, _of("sending.stopped", {}, after), at=now)
        elif (found.until, found.reason) != (until, reason):
            rows.change_stop(connection, found.id, until=until, reason=reason)
            append(connection, actor, _of("sending.stop_changed", *differing(_plain(found.until, found.reason), after)), at=now)
        stop = rows.stop_in_force(connection, now=now)
        assert stop is not None
        return stop


def start_sending(database: Database, *, actor: Actor, now: datetime, has_seen_list: bool = False) -> int:
    """Start again; return how many messages are ready to go, 0 when sending was not stopped.

    Raises ListNotSeen when more than 50 wait and ``has_seen_list`` is not said.
    """
    with database.transaction() as connection:
        found = rows.stop_in_force(connection, now=now)
        if found is None:
            return 0
        count, late = rows.count_waiting(connection, before=now, ends_by=now)
        if count - late > MOST_UNSEEN and not has_seen_list:
            raise ListNotSeen(f"{count - late} messages wait and would go out; look at the list first", waiting=count - late)
        rows.end_stops(connection, account_id=actor.account_id, now=now)
        append(connection, actor, _of("sending.started", _plain(found.until, found.reason), {"waiting": count - late}), at=now)
        return count - late


def find_stop(database: Database, *, now: datetime) -> SendingStop | None:
    """Return the stop that is in force."""
    with database.read() as connection:
        return rows.stop_in_force(connection, now=now)


def list_waiting(database: Database, *, now: datetime, limit: int = MOST_LISTED) -> WaitingMessages | None:
    """Return what waits, None when sending is not stopped."""
    with database.read() as connection:
        stop = rows.stop_in_force(connection, now=now)
        if stop is None:
            return None
        before = stop.until or now
        count, ending = rows.count_waiting(connection, before=before, ends_by=before)
        return WaitingMessages(
            stop=stop,
            count=count,
            ending=ending,
            ended=rows.count_ended_since(connection, stop.started_at),
            messages=tuple(rows.waiting_messages(connection, before=before, limit=limit)),
        )


def cancel_waiting(database: Database, *, actor: Actor, now: datetime, delivery_id: int | None = None) -> int:
    """Cancel all that waits, or one message of it; return how many. Their statements count as not sent and come again in their turn.

    Raises Conflict when sending is not stopped, NotFound when the message does not wait.
    """
    with database.transaction() as connection:
        stop = rows.stop_in_force(connection, now=now)
        if stop is None:
            raise Conflict("sending is not stopped, so nothing waits")
        done = rows.cancel_waiting(connection, before=stop.until or now, now=now, delivery_id=delivery_id)
        if delivery_id is not None and not done:
            raise NotFound("this message does not wait")
        if done:
            _tell_cancelled(connection, actor, done, delivery_id, now)
        return done


def _tell_cancelled(connection: Connection, actor: Actor, done: int, delivery_id: int | None, now: datetime) -> None:
    if delivery_id is None:
        append(connection, actor, _of("sending.cancelled", {}, {"messages": done}), at=now)
    else:
        change = Change(action="delivery.cancelled", object_kind="delivery", object_key=str(delivery_id), before={"state": "planned"})
        append(connection, actor, change, at=now)


def _of(action: str, before: dict[str, Plain], after: dict[str, Plain]) -> Change:
    return Change(action=action, object_kind="sending", object_key="all", before=before, after=after)


def _plain(until: datetime | None, reason: str) -> dict[str, Plain]:
    return {"until": None if until is None else until.isoformat(timespec="minutes"), "reason": reason}
