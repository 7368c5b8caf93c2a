"""A stand-in for Slack on the loopback: the Web API calls that Cadence makes, and pages on which people read and press.

Answers as Slack does, refusals included. What people do is sent as Slack sends it: over Socket Mode when Cadence holds a
connection, else really signed to ``request_url``. ``fail_next`` lets tests break an answer.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from slack_sdk.signature import SignatureVerifier

from cadence.clock import Clock, SystemClock
from cadence.demo import slack_payloads as payloads
from cadence.demo.page_server import PageReply, PageRequest, PageServer, View
from cadence.demo.slack_limits import RefusedCall
from cadence.demo.slack_pages import SlackPages
from cadence.demo.slack_payloads import APP_ID, TEAM_ID, Presser
from cadence.demo.slack_sockets import MOST, SocketHub
from cadence.demo.slack_workspace import SlackWorkspace, StandInUser, decoded, elements_of
from cadence.demo.web_socket import accept_key

__all__ = ["APP_ID", "SCOPES", "TEAM_ID", "BrokenAnswer", "SlackStandIn", "StandInUser"]

SCOPES = "chat:write,commands,im:history,im:write,users:read,users:read.email"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenAnswer:
    """A broken answer. ``carried_out``: the call takes effect all the same. ``drop``: hang up instead of answering."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    carried_out: bool = False
    drop: bool = False


class SlackStandIn:
    """One workspace with one app. ``api_url`` ends with /api/, as slack-sdk wants it."""

    def __init__(
        self,
        users: Sequence[StandInUser],
        *,
        bot_token: str,
        signing_secret: str,
        app_token: str = "",
        request_url: str = "",
        path: str = ":memory:",
        port: int = 0,
        clock: Clock | None = None,
        patience: float = 3,
    ) -> None:
        """``patience``: seconds until Slack gives up on an answer."""
        self.bot_token = bot_token
        self.app_token = app_token
        #: where what people do is sent; may be set later
        self.request_url = request_url
        self._signer = SignatureVerifier(signing_secret)
        self._clock = clock or SystemClock()
        self._patience = patience
        self._faults: dict[str, deque[BrokenAnswer]] = defaultdict(deque)
        self._events = 0
        #: (method, arguments) of every call, oldest first, for tests
        self.calls: deque[tuple[str, dict[str, Any]]] = deque(maxlen=10_000)
        self.workspace = SlackWorkspace(users, path=path, clock=self._clock, url=lambda: self.url)
        self.sockets = SocketHub(app_id=APP_ID)
        calls: dict[str, View] = {r"(?:GET|POST) /api/(?P<method>[A-Za-z.]{1,60})": self._api, r"GET /socket": self._socket}
        shown = SlackPages(self)
        self.pages = shown.pages
        self._server = PageServer(shown.routes() | calls, port=port, clock=self._clock)
        self.url = self._server.url
        self.api_url = f"{self.url}/api/"

    def start(self) -> None:
        """Answer calls and show pages."""
        self._server.start()

    def stop(self) -> None:
        """Stop; messages in a file stay there."""
        self.sockets.drop()
        self._server.stop()
        self.workspace.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def users(self) -> dict[str, StandInUser]:
        """The people of the workspace by id."""
        return self.workspace.users

    def fail_next(self, method: str, fault: BrokenAnswer, *, times: int = 1) -> None:
        """Answer the next calls of ``method`` with ``fault``."""
        self._faults[method].extend([fault] * times)

    def messages(self, user_id: str | None = None) -> list[dict[str, Any]]:
        """Return the messages of one person's DM, or of all, oldest first, as conversations.history shows them, with ``channel``."""
        return self.workspace.messages(user_id)

    # what people do; each returns status and text of Cadence's answer (0: none came)

    def press(self, user_id: str, ts: str, *, action_id: str, value: str, by: str | None = None) -> tuple[int, str]:
        """Press a button of a message as its reader does; ``by``: another user id, for tests."""
        message = next((m for m in self.messages(user_id) if m["ts"] == ts), None)
        if message is None:
            return 0, "there is no such message any more"
        element = _element(message["blocks"], action_id, value)
        return self.deliver("interactive", payloads.in_message(self.actor(by or user_id), message, element, action_id, value))

    def open_home(self, user_id: str) -> tuple[int, str]:
        """Look at the Home tab."""
        self._events += 1
        event = payloads.home_opened(self.actor(user_id), f"Ev{self._events:08}{int(self._clock.now().timestamp())}")
        return self.deliver("events_api", event)

    def choose(self, user_id: str, *, action_id: str, value: str) -> tuple[int, str]:
        """Press or choose something on the Home tab."""
        view = self.workspace.homes.get(user_id)
        if view is None:
            return 0, "the Home tab was not opened yet"
        element = _element(view["blocks"], action_id, value)
        return self.deliver("interactive", payloads.on_home(self.actor(user_id), view, element, action_id, value))

    def submit(self, view_id: str, values: Mapping[str, str], *, by: str | None = None) -> tuple[int, str]:
        """Send off a modal; its errors, its next view or its end are then in ``workspace.modals``."""
        modal = self.workspace.modals.get(view_id)
        if modal is None:
            return 0, "this modal is closed"
        status, text = self.deliver("interactive", payloads.submitted(self.actor(by or modal.user_id), modal.view, values))
        if status == 200:
            self.workspace.answer_modal(view_id, decoded(text) if text else None, entered=dict(values))
        return status, text

    def command(self, user_id: str, text: str, *, name: str = "/cadence") -> tuple[int, str]:
        """Type a slash command."""
        return self.deliver("slash_commands", payloads.command(self.actor(user_id), name, text))

    def shortcut(self, user_id: str, callback_id: str) -> tuple[int, str]:
        """Choose a global shortcut."""
        return self.deliver("interactive", payloads.shortcut(self.actor(user_id), callback_id))

    def actor(self, user_id: str) -> Presser:
        """Return a person who is about to do something."""
        user = self.users.get(user_id)
        return Presser(
            user_id=user_id,
            name=user.email.partition("@")[0] if user else "stranger",
            at=self._clock.now().timestamp(),
            trigger_id=self.workspace.trigger(user_id),
            response_url=f"{self.url}/response/unused",
        )

    def deliver(self, kind: str, payload: dict[str, Any]) -> tuple[int, str]:
        """Send a payload as Slack does; ``kind``: interactive, slash_commands or events_api."""
        if self.sockets.is_open or (self.app_token and not self.request_url):
            acknowledged, answer = self.sockets.deliver(kind, payload, seconds=self._patience)
            return (200, json.dumps(answer) if answer else "") if acknowledged else (0, "no acknowledgement in time")
        if not self.request_url:
            return 0, "no address for button presses is set"
        if kind == "events_api":
            return self._post(json.dumps(payload).encode(), "application/json")
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        return self._post(urlencode(form).encode(), "application/x-www-form-urlencoded")

    def _post(self, body: bytes, kind: str) -> tuple[int, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        signature = self._signer.generate_signature(timestamp=timestamp, body=body) or ""
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        try:
            with urlopen(Request(self.request_url, data=body, headers=headers), timeout=self._patience) as answer:
                return int(answer.status), answer.read(500_000).decode("utf-8", "replace")
        except HTTPError as error:
            return error.code, error.read(10_000).decode("utf-8", "replace")
        except (URLError, OSError, ValueError) as error:
            return 0, str(error)

    # the Web API

    def _api(self, request: PageRequest, method: str) -> PageReply:
        arguments = _arguments(request)
        self.calls.append((method, arguments))
        fault = self._faults[method].popleft() if self._faults[method] else None
        answer: dict[str, Any] = {}
        if fault is None or fault.carried_out:
            answer = self._answer(method, arguments, request.headers.get("authorization", ""))
        if fault is not None:
            return PageReply(body=fault.body, status=fault.status, kind="application/json", headers=fault.headers, drop=fault.drop)
        return PageReply(body=json.dumps(answer).encode(), kind="application/json; charset=utf-8", headers={"X-OAuth-Scopes": SCOPES})

    def _answer(self, method: str, arguments: dict[str, Any], authorization: str) -> dict[str, Any]:
        if method != "apps.connections.open" and method not in self.workspace.methods:
            return {"ok": False, "error": "unknown_method"}
        if not authorization:
            return {"ok": False, "error": "not_authed"}
        if authorization != f"Bearer {self.app_token if method == 'apps.connections.open' else self.bot_token}":
            return {"ok": False, "error": "invalid_auth"}
        if method == "apps.connections.open":
            return {"ok": True, "url": f"{self.url.replace('http://', 'ws://')}/socket?ticket=unused"}
        try:
            return {"ok": True} | self.workspace.methods[method](arguments)
        except RefusedCall as refused:
            return {"ok": False, "error": str(refused)}

    def _socket(self, request: PageRequest) -> PageReply:
        key = request.headers.get("sec-websocket-key", "")
        if request.headers.get("upgrade", "").lower() != "websocket" or not key:
            return PageReply(status=426, body=b"a WebSocket only")
        if self.sockets.open_count >= MOST:
            return PageReply(status=429, body=b"ten connections are open")
        return PageReply(headers={"Sec-WebSocket-Accept": accept_key(key)}, upgrade=self.sockets.serve)


def _element(blocks: Sequence[dict[str, Any]], action_id: str, value: str) -> dict[str, Any]:
    """Return what was pressed or chosen; something is made up for what is not there, as a forger would."""
    same = [one for one in elements_of(blocks) if one.get("action_id") == action_id]
    return next((one for one in same if one.get("value") == value), same[0] if same else {"type": "button"})


def _arguments(request: PageRequest) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        found = decoded(request.body.decode("utf-8", "replace"))
        return found if isinstance(found, dict) else {}
    return dict(request.query) | request.form
