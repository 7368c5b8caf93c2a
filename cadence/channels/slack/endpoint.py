"""The HTTP address that Slack sends presses, modals, commands and events to, as a Starlette endpoint.

Answers 200 when what was asked is on record; messages, modals and the Home tab change after the answer has
left. Refusals carry a status and no text: whoever forges requests learns nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from cadence.channels.slack.incoming import Challenge, Ignored, OnIncoming, Refusal
from cadence.channels.slack.interactions import BODY_LIMIT, SlackRequests
from cadence.channels.slack.screen import SlackScreen
from cadence.errors import CadenceError

log = logging.getLogger("cadence.slack")


def slack_endpoint(
    *, requests: Callable[[], SlackRequests], screen: SlackScreen, on_incoming: OnIncoming, now: Callable[[], datetime]
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint for POST at the address the app's manifest names for everything.

    Statuses: 200 done, 400 malformed, 401 not signed, 403 other workspace, 413 too long, 503 not recorded (Slack then tells the person,
    or sends the event again).
    """

    async def receive(request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        found = requests().verify_and_parse(request.headers, body, now())
        if isinstance(found, Challenge):
            return PlainTextResponse(found.text)
        if isinstance(found, Ignored):
            return Response(status_code=200)
        if isinstance(found, Refusal):
            log.warning("event=slack.refused status=%d reason=%s", found.status, found.reason)
            return Response(status_code=found.status)
        try:
            answer = await run_in_threadpool(on_incoming, found)
        except CadenceError as error:
            log.error("event=slack.not_recorded code=%s", error.code)
            return Response(status_code=503)
        after = BackgroundTask(screen.show, found, answer)
        return Response(status_code=200, background=after) if answer.reply is None else JSONResponse(answer.reply, background=after)

    return receive


async def _body(request: Request) -> bytes:
    """Return the body, cut one byte above the limit."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return body[: BODY_LIMIT + 1]
    return body
