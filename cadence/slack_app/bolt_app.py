"""The Bolt app: hands what Slack sent to its listener, which answers once the action is recorded.

Over HTTP the ``gate`` stands before it; over Socket Mode a payload is Slack's own. What Bolt does that is not wanted here
(acknowledge before the listener ran, ask auth.test, log payloads, fail on odd shapes) is turned off or kept from it:
docs/decisions/0007. Only what ``payloads`` found well-formed reaches a listener.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware import Middleware

from cadence.errors import CadenceError
from cadence.slack_app.incoming import Ignored, IgnoredRequest, Incoming, OnIncoming, SlackAnswer
from cadence.slack_app.payloads import Workspace, read_payload

log = logging.getLogger("cadence.slack")

#: Bolt sets the level of the logger of this name, so it must not be one of ours
_NAME = "slack_bolt.cadence"
#: every action, modal, shortcut and command has the one listener: which it is, ``slack_app.inbox`` looks at
_ANY = re.compile("")
_FORESEEN = {200, 400, 403, 503}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoltReply:
    """Slack's answer, and what is to be called once it has left."""

    response: BoltResponse
    afterwards: Callable[[], None] = lambda: None


class SlackReceiver:
    """Answers what arrives for one app, however it arrives; only ``workspace()`` is listened to.

    ``show`` is called after Slack has its answer.
    """

    def __init__(
        self,
        *,
        workspace: Callable[[], Workspace],
        on_incoming: OnIncoming,
        show: Callable[[Incoming, SlackAnswer], None],
        now: Callable[[], datetime],
    ) -> None:
        self._show = show
        self.app = _build(_Reading(workspace, now), on_incoming)

    def answer(self, body: dict[str, Any]) -> BoltReply:
        """Return the answer to one object that Slack sent: 200 done, 400 malformed, 403 other workspace, 503 not recorded.

        Raises nothing; what fails unforeseen is logged and 500.
        """
        try:
            # Bolt's word for a body that is already read; by itself it would read repeated keys and lose commands
            request = BoltRequest(mode="socket_mode", body=body)
        except Exception:  # Bolt reaches into the body without looking: TypeError, AttributeError, RecursionError ...
            return BoltReply(response=refused(IgnoredRequest(status=400, reason="the payload is not of a shape that Slack sends")))
        response = self.app.dispatch(request)
        if response.status not in _FORESEEN:  # what Bolt says of it is not logged, because it holds the payload
            log.error("event=slack.failed status=%d", response.status)
        incoming, answer = request.context.get("incoming"), request.context.get("answer")
        if incoming is None or answer is None:
            return BoltReply(response=response)
        return BoltReply(response=response, afterwards=lambda: self._show(incoming, answer))


def refused(refusal: IgnoredRequest) -> BoltResponse:
    """Return the answer to what is refused, and log it. No text: whoever forges requests learns nothing."""
    log.warning("event=slack.refused status=%d reason=%s", refusal.status, refusal.reason)
    return BoltResponse(status=refusal.status)


class _Reading(Middleware):
    """Puts what a payload says into the context; what is refused or of no use here goes no further.

    A middleware class and not a function: for a function Bolt takes the payload apart before, and fails on odd ones.
    """

    def __init__(self, workspace: Callable[[], Workspace], now: Callable[[], datetime]) -> None:
        self._workspace, self._now = workspace, now

    def process(self, *, req: BoltRequest, resp: BoltResponse, next: Callable[[], BoltResponse]) -> BoltResponse | None:
        found = read_payload(req.body, self._workspace(), self._now())
        if isinstance(found, IgnoredRequest):
            return refused(found)
        if isinstance(found, Ignored):
            return BoltResponse(status=200)
        req.context["incoming"] = found
        return next()


def _build(reading: Middleware, on_incoming: OnIncoming) -> App:
    quiet = logging.getLogger("cadence.slack.bolt")
    quiet.setLevel(logging.CRITICAL)  # Bolt's own lines hold payloads
    app = App(
        name=_NAME,
        logger=quiet,
        process_before_response=True,  # an answer says "recorded"
        request_verification_enabled=False,  # the gate's, over the raw bytes
        token_verification_enabled=False,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None),  # by default it asks Slack
        before_authorize=reading,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )

    def record(context: BoltContext, ack: Ack) -> BoltResponse:
        try:
            answer = on_incoming(context["incoming"])
        except CadenceError as error:
            log.error("event=slack.not_recorded code=%s", error.code)
            return BoltResponse(status=503)
        except Exception:  # Bolt would answer alike and hide where it came from
            log.exception("event=slack.failed")
            return BoltResponse(status=500)
        context["answer"] = answer
        return ack() if answer.reply is None else ack(answer.reply)

    for listens in (app.action(_ANY), app.view(_ANY), app.shortcut(_ANY), app.command(_ANY), app.event("app_home_opened")):
        listens(record)
    return app
