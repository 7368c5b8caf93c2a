"""The HTTP address that Slack sends button presses to, as a Starlette endpoint for the web server to mount.

Answers 200 when the press is on record; the message is changed after the answer has left. Refusals
carry a status and no text: whoever forges requests learns nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from cadence.channels.slack.interactions import BODY_LIMIT, Challenge, OnAction, Refusal, SlackRequests
from cadence.channels.slack.webapi import SlackTransport, show_answer
from cadence.errors import CadenceError

log = logging.getLogger("cadence.slack")


def slack_endpoint(
    *, requests: SlackRequests, transport: SlackTransport, on_action: OnAction, now: Callable[[], datetime]
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint for POST at the app's interactivity address.

    Statuses: 200 done, 400 malformed, 401 not signed, 403 other workspace, 413 too long, 503 not recorded (Slack then tells the person).
    """

    async def receive(request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        found = requests.verify_and_parse(request.headers, body, now())
        if isinstance(found, Challenge):
            return PlainTextResponse(found.text)
        if isinstance(found, Refusal):
            log.warning("event=slack.refused status=%d reason=%s", found.status, found.reason)
            return Response(status_code=found.status)
        try:
            answer = await run_in_threadpool(on_action, found)
        except CadenceError as error:
            log.error("event=slack.not_recorded code=%s", error.code)
            return Response(status_code=503)
        return Response(status_code=200, background=BackgroundTask(show_answer, transport, found, answer))

    return receive


async def _body(request: Request) -> bytes:
    """Return the body, cut one byte above the limit."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return body[: BODY_LIMIT + 1]
    return body
