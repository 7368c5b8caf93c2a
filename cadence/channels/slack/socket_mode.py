"""Receive what Slack sends over Socket Mode, when an app token is set: no public address is needed.

slack-sdk keeps the socket and reconnects when Slack asks it to; what an envelope means is read by the same
code as for HTTP. An envelope is acknowledged when its content is on record: one whose acknowledgement is
lost comes again, and does nothing a second time. Why not Bolt: docs/decisions/0007.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from cadence.channels.slack.incoming import Ignored, OnIncoming, Refusal
from cadence.channels.slack.interactions import SlackRequests
from cadence.channels.slack.screen import SlackScreen
from cadence.errors import CadenceError

log = logging.getLogger("cadence.slack")

#: envelopes dealt with at once; one that waits for the database must not hold up the others
_WORKERS = 10


class SocketModeListener:
    """The open socket of one app. ``ping_seconds``: how often a silent connection is looked at."""

    def __init__(
        self,
        client: WebClient,
        *,
        app_token: str,
        requests: Callable[[], SlackRequests],
        screen: SlackScreen,
        on_incoming: OnIncoming,
        now: Callable[[], datetime],
        ping_seconds: float = 5,
    ) -> None:
        self._requests = requests
        self._screen = screen
        self._on_incoming = on_incoming
        self._now = now
        quiet = logging.getLogger("cadence.slack.socket")
        quiet.setLevel(logging.CRITICAL)  # the SDK's own lines hold payloads
        self._client = SocketModeClient(
            app_token=app_token, web_client=client, logger=quiet, trace_enabled=False, ping_interval=ping_seconds, concurrency=_WORKERS
        )
        self._client.socket_mode_request_listeners.append(self._receive)

    def start(self) -> None:
        """Connect and return; envelopes arrive on threads of the SDK. Raises slack-sdk's errors when Slack refuses the token."""
        self._client.connect()

    def stop(self) -> None:
        """Close the socket; what is being dealt with is finished."""
        self._client.close()

    def _receive(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        found = self._requests().parse(request.type, request.payload, self._now())
        answered = SocketModeResponse(envelope_id=request.envelope_id)
        if isinstance(found, Refusal | Ignored):
            if isinstance(found, Refusal):
                log.warning("event=slack.refused reason=%s", found.reason)
            client.send_socket_mode_response(answered)
            return
        try:
            answer = self._on_incoming(found)
        except CadenceError as error:  # no acknowledgement: Slack tells the person, or sends the event again
            log.error("event=slack.not_recorded code=%s", error.code)
            return
        answered.payload = answer.reply
        try:
            client.send_socket_mode_response(answered)
        except Exception as error:  # the socket broke between record and acknowledgement; the repetition changes nothing
            log.warning("event=slack.not_acknowledged reason=%s", type(error).__name__)
        self._screen.show(found, answer)
