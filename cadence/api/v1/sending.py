"""Stop all sending and start it again, as ``cadence stop`` and ``cadence start`` do."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field, StrictBool

from cadence.api.context import ApiContext, Caller
from cadence.api.guarded import changes, needs
from cadence.api.values import Answer, Body, Instant
from cadence.domain.sending.stops import LONGEST_REASON
from cadence.identity.permissions import Permission
from cadence.operations.sending.stopping import list_waiting, start_sending, stop_sending


class SendingState(Answer):
    """Whether sending is stopped, until when (null: until somebody starts it) and why, and how many messages wait for its end."""

    stopped: bool
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    waiting: int = 0


class SentStop(Body):
    """A stop of all sending."""

    reason: str = Field(default="", max_length=LONGEST_REASON)
    until: Instant | None = Field(default=None, description="When sending starts by itself; null: when somebody starts it")


class SentStart(Body):
    """The end of a stop."""

    has_seen_list: StrictBool = Field(default=False, description="Needed where more than 50 messages wait")


class Started(Answer):
    """How many messages were ready to go."""

    waiting: int


def add_routes(api: APIRouter, context: ApiContext) -> None:
    """Add the routes under /sending."""

    def state() -> SendingState:
        found = list_waiting(context.database, now=context.clock.now(), limit=1)
        if found is None:
            return SendingState(stopped=False)
        stop = found.stop
        return SendingState(stopped=True, since=stop.started_at, until=stop.until, reason=stop.reason, waiting=found.count)

    @api.get("/sending", summary="Whether sending is stopped", **needs(Permission.SEE_CHANNELS))
    def get_sending() -> SendingState:
        """Return the stop that is in force."""
        return state()

    @api.post("/sending/stop", summary="Stop all sending", **changes(Permission.STOP_SENDING))
    def post_stop(caller: Caller, sent: SentStop) -> SendingState:
        """Stop all sending, or give the stop in force another reason and end. Nothing is lost."""
        stop_sending(context.database, reason=sent.reason, until=sent.until, actor=caller.actor, now=context.clock.now())
        return state()

    @api.post("/sending/start", summary="Start sending again", **changes(Permission.STOP_SENDING))
    def post_start(caller: Caller, sent: SentStart) -> Started:
        """Start again; 409 `list_not_seen` when more than 50 messages wait and the body does not say that they were seen."""
        done = start_sending(context.database, actor=caller.actor, now=context.clock.now(), has_seen_list=sent.has_seen_list)
        return Started(waiting=done)
