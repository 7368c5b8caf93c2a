"""Receive what Slack sends over Socket Mode, when an app token is set: no public address is needed.

Bolt's handler around slack-sdk's client keeps the socket and reconnects when Slack asks it to. An envelope is acknowledged when
its content is on record: one whose acknowledgement is lost comes again, and does nothing a second time.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time

from slack_bolt import BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from cadence.slack_app.bolt_app import SlackReceiver

log = logging.getLogger("cadence.slack")

#: envelopes dealt with at once; one that waits for the database must not hold up the others
_WORKERS = 10


class SocketModeListener:
    """The open socket of one app. ``ping_seconds``: how often a connection is looked at: a broken one is replaced that soon."""

    def __init__(self, client: WebClient, *, app_token: str, receiver: SlackReceiver, ping_seconds: float = 5) -> None:
        self._handler = _Envelopes(client, app_token=app_token, receiver=receiver, ping_seconds=ping_seconds)

    def start(self) -> None:
        """Connect and return; envelopes arrive on threads of the SDK. Raises slack-sdk's errors when Slack refuses the token."""
        self._handler.client.connect()

    def stop(self) -> None:
        """Close the socket; what is being dealt with is finished."""
        closing = threading.Thread(target=self._close, name="slack-socket-close", daemon=True)
        closing.start()
        # the SDK's own close waits three seconds for a read, and for ever when a connection begins to be read meanwhile
        while closing.is_alive():
            self._end_reading()
            closing.join(0.02)

    def _close(self) -> None:
        try:
            self._handler.client.close()
        except AttributeError:  # the SDK's reading thread closed the socket between the SDK's look at it and its close
            self._handler.client.close()

    def _end_reading(self) -> None:
        client = self._handler.client
        client.auto_reconnect_enabled = False
        client.current_session_state.terminated = True
        with contextlib.suppress(OSError, AttributeError):  # there is no open connection
            client.current_session.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # an AttributeError then


class _Envelopes(SocketModeHandler):
    """Bolt's handler, which acknowledges nothing but 200; what is refused would come again and again."""

    def __init__(self, client: WebClient, *, app_token: str, receiver: SlackReceiver, ping_seconds: float) -> None:
        quiet = logging.getLogger("cadence.slack.socket")
        quiet.setLevel(logging.CRITICAL)  # the SDK's own lines hold payloads
        super().__init__(
            receiver.app, app_token=app_token, web_client=client, logger=quiet, ping_interval=ping_seconds, concurrency=_WORKERS
        )
        # the SDK looks every 0.1 s whether there is a connection to read from
        self.client.current_session_runner.interval_seconds = min(0.1, ping_seconds)
        self._receiver = receiver

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt's own
        answered = self._receiver.answer(req.payload)
        if answered.response.status >= 500:  # no acknowledgement: Slack tells the person, or sends the event again
            return
        response = answered.response if answered.response.status == 200 else BoltResponse(status=200)
        try:
            send_response(client, req, response, time.monotonic())
        except Exception as error:  # the socket broke between record and acknowledgement; the repetition changes nothing
            log.warning("event=slack.not_acknowledged reason=%s", type(error).__name__)
        answered.afterwards()
