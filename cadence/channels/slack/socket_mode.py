"""Receive button presses over Socket Mode, when an app token is set: no public address is needed.

Bolt keeps the socket (it reconnects when Slack asks it to); what a press means is read by
``interactions``, the same code as for HTTP. Slack is answered when the press is on record.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

from cadence.channels.slack.interactions import OnAction, Refusal, SlackRequests
from cadence.channels.slack.webapi import SlackSettings, SlackTransport, show_answer, web_client

log = logging.getLogger("cadence.slack")


class SocketModeListener:
    """The open socket of one app."""

    def __init__(
        self, settings: SlackSettings, *, app_token: str, requests: SlackRequests, on_action: OnAction, now: Callable[[], datetime]
    ) -> None:
        self.app = build_bolt_app(settings, requests=requests, on_action=on_action, now=now)
        self._handler = SocketModeHandler(self.app, app_token, web_client=web_client(settings), trace_enabled=False)

    def start(self) -> None:
        """Connect and return; presses arrive on threads of the SDK. Raises slack-sdk's errors when Slack refuses the token."""
        self._handler.connect()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Close the socket."""
        self._handler.close()  # type: ignore[no-untyped-call]


def build_bolt_app(settings: SlackSettings, *, requests: SlackRequests, on_action: OnAction, now: Callable[[], datetime]) -> App:
    """Return a Bolt app whose every button leads to ``on_action``; the message then shows what was recorded."""
    transport = SlackTransport(settings)
    app = App(
        client=web_client(settings),
        signing_secret=requests.signing_secret or "socket mode carries no signatures",
        token_verification_enabled=False,
        logger=logging.getLogger("cadence.slack.bolt"),
    )

    @app.action(re.compile(""))
    def pressed(ack: Callable[[], Any], body: dict[str, Any]) -> None:
        action = requests.parse(body, now())
        if isinstance(action, Refusal):
            log.warning("event=slack.refused reason=%s", action.reason)
            ack()
            return
        answer = on_action(action)  # when this fails there is no ack, and Slack tells the person
        ack()
        show_answer(transport, action, answer)

    return app
