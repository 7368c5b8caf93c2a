"""The HTTP address that Slack sends presses, modals, commands and events to, as a Starlette endpoint.

Through the gate, and then to Bolt: answers 200 when what was asked is on record; messages, modals and the Home tab change
after the answer has left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from slack_bolt.adapter.starlette.handler import to_starlette_response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cadence.slack_app.bolt_app import BoltReply, SlackReceiver, refused
from cadence.slack_app.gate import BODY_LIMIT, Gate
from cadence.slack_app.incoming import IgnoredRequest


def slack_endpoint(*, gate: Gate, receiver: SlackReceiver, now: Callable[[], datetime]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint for POST at the address the app's manifest names for everything.

    Statuses: 200 done, 400 malformed, 401 not signed, 403 other workspace, 413 too long, 503 not recorded (Slack then tells the person,
    or sends the event again).
    """

    async def receive(request: Request) -> Response:
        try:
            raw = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        admitted = gate.admit(request.headers, raw, now())
        if isinstance(admitted, IgnoredRequest):
            return to_starlette_response(refused(admitted))
        answered = await run_in_threadpool(receiver.answer, admitted)
        response = to_starlette_response(answered.response)
        response.background = BackgroundTask(_afterwards, answered)
        return response

    return receive


async def _afterwards(answered: BoltReply) -> None:
    answered.afterwards()


async def _body(request: Request) -> bytes:
    """Return the body, cut one byte above the limit."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return body[: BODY_LIMIT + 1]
    return body
