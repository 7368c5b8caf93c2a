"""A stand-in for Slack on the loopback: the Web API calls that Cadence makes, and a page with everybody's messages.

Answers as Slack does, refusals included. Its buttons send really signed interaction payloads to
``request_url``. ``fail_next`` lets tests break an answer. Messages live in SQLite, so that they outlive a restart.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from slack_sdk.signature import SignatureVerifier

from cadence.clock import Clock, SystemClock
from cadence.demo.mrkdwn import object_html, to_html
from cadence.demo.page_server import PageReply, PageRequest, Pages, PageServer, plain_reply

TEAM_ID, APP_ID, BOT_USER_ID, BOT_ID = "T0CADENCE", "A0CADENCE", "U0CADENCE", "B0CADENCE"
SCOPES = "chat:write,im:history,im:write,users:read,users:read.email"
_TEXT_LIMIT, _BLOCK_LIMIT, _SECTION_LIMIT = 40_000, 50, 3_000
#: how long the page waits for the message to change after a press
_UPDATE_WAIT = 2.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    channel TEXT NOT NULL, ts TEXT NOT NULL, text TEXT NOT NULL, blocks TEXT NOT NULL, metadata TEXT NOT NULL,
    edited INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (channel, ts)
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInUser:
    """One person of the workspace."""

    id: str
    name: str
    email: str
    zone: str = "UTC"
    deactivated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A broken answer. ``carried_out``: the call takes effect all the same. ``drop``: hang up instead of answering."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    carried_out: bool = False
    drop: bool = False


class _Refused(Exception):
    """The call is answered with ok: false."""


class SlackStandIn:
    """One workspace with one app. ``api_url`` ends with /api/, as slack-sdk wants it."""

    def __init__(
        self,
        users: Sequence[StandInUser],
        *,
        bot_token: str,
        signing_secret: str,
        request_url: str = "",
        path: str = ":memory:",
        port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self.users = {user.id: user for user in users}
        self.bot_token = bot_token
        #: where button presses go; may be set later
        self.request_url = request_url
        self._signer = SignatureVerifier(signing_secret)
        self._clock = clock or SystemClock()
        self._changed = threading.Condition()
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._last_ts = 0
        #: (method, arguments) of every call, oldest first, for tests
        self.calls: deque[tuple[str, dict[str, Any]]] = deque(maxlen=10_000)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._pages = Pages()
        self._methods: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "auth.test": self._auth_test,
            "conversations.open": self._conversations_open,
            "conversations.history": self._conversations_history,
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "users.list": self._users_list,
            "users.info": self._users_info,
            "users.lookupByEmail": self._users_lookup,
        }
        self._server = PageServer(
            {
                r"GET /": self._people_page,
                r"GET /demo\.css": self._pages.style,
                r"GET /dm/(?P<user_id>[A-Z0-9]{1,30})": self._messages_page,
                r"POST /dm/(?P<user_id>[A-Z0-9]{1,30})/press": self._press_page,
                r"(?:GET|POST) /api/(?P<method>[A-Za-z.]{1,60})": self._api,
            },
            port=port,
        )
        self.url = self._server.url
        self.api_url = f"{self.url}/api/"

    def start(self) -> None:
        """Answer calls and show pages."""
        self._server.start()

    def stop(self) -> None:
        """Stop; messages in a file stay there."""
        self._server.stop()
        self._database.close()

    def __enter__(self) -> SlackStandIn:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fail_next(self, method: str, fault: Fault, *, times: int = 1) -> None:
        """Answer the next calls of ``method`` with ``fault``."""
        self._faults[method].extend([fault] * times)

    def messages(self, user_id: str | None = None) -> list[dict[str, Any]]:
        """Return the messages of one person's DM, or of all, oldest first, as conversations.history shows them, with ``channel``."""
        condition, values = ("WHERE channel = ?", [_channel(user_id)]) if user_id else ("", [])
        return [_message(row) | {"channel": row[0]} for row in self._rows(f"SELECT * FROM messages {condition} ORDER BY ts", values)]

    def press(self, user_id: str, ts: str, *, action_id: str, value: str, by: str | None = None) -> tuple[int, str]:
        """Press a button of a message as its reader does; return status and text of the answer of ``request_url`` (0: none came).

        ``by``: another user id, for tests.
        """
        message = next((m for m in self.messages(user_id) if m["ts"] == ts), None)
        if message is None or not self.request_url:
            return 0, "there is no such message any more" if message is None else "no address for button presses is set"
        payload = self._payload(user_id, message, action_id, value, by or user_id)
        body = urlencode({"payload": json.dumps(payload)}).encode()
        timestamp = str(int(self._clock.now().timestamp()))
        request = Request(
            self.request_url,
            data=body,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Slack-Request-Timestamp": timestamp,
                "X-Slack-Signature": self._signer.generate_signature(timestamp=timestamp, body=body) or "",
            },
        )
        try:
            with urlopen(request, timeout=3) as answer:
                return int(answer.status), answer.read(10_000).decode("utf-8", "replace")
        except HTTPError as error:
            return error.code, error.read(10_000).decode("utf-8", "replace")
        except (URLError, OSError, ValueError) as error:
            return 0, str(error)

    # the Web API

    def _api(self, request: PageRequest, method: str) -> PageReply:
        arguments = _arguments(request)
        self.calls.append((method, arguments))
        fault = self._faults[method].popleft() if self._faults[method] else None
        if fault is not None and not fault.carried_out:
            return PageReply(body=fault.body, status=fault.status, kind="application/json", headers=fault.headers, drop=fault.drop)
        answer = self._answer(method, arguments, request.headers.get("authorization", ""))
        if fault is not None:
            return PageReply(body=fault.body, status=fault.status, kind="application/json", headers=fault.headers, drop=fault.drop)
        return PageReply(body=json.dumps(answer).encode(), kind="application/json; charset=utf-8", headers={"X-OAuth-Scopes": SCOPES})

    def _answer(self, method: str, arguments: dict[str, Any], authorization: str) -> dict[str, Any]:
        if method not in self._methods:
            return {"ok": False, "error": "unknown_method"}
        if not authorization:
            return {"ok": False, "error": "not_authed"}
        if authorization != f"Bearer {self.bot_token}":
            return {"ok": False, "error": "invalid_auth"}
        try:
            return {"ok": True} | self._methods[method](arguments)
        except _Refused as refused:
            return {"ok": False, "error": str(refused)}

    def _auth_test(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"{self.url}/", "team": "Demo", "user": "cadence", "team_id": TEAM_ID, "user_id": BOT_USER_ID, "bot_id": BOT_ID}

    def _conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = self._user(str(arguments.get("users", "")))
        if user.deactivated:
            raise _Refused("user_disabled")
        return {"channel": {"id": _channel(user.id)}}

    def _conversations_history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._known_channel(arguments)
        limit = min(max(int(arguments.get("limit") or 100), 1), 999)
        before = str(arguments.get("cursor") or "~")
        rows = self._rows(
            "SELECT * FROM messages WHERE channel = ? AND ts >= ? AND ts < ? ORDER BY ts DESC LIMIT ?",
            [channel, str(arguments.get("oldest") or "0"), before, limit + 1],
        )
        messages = [_message(row) for row in rows[:limit]]
        if str(arguments.get("include_all_metadata", "")).lower() not in ("1", "true"):
            for message in messages:
                message.pop("metadata", None)
        more = len(rows) > limit
        return {"messages": messages, "has_more": more, "response_metadata": {"next_cursor": messages[-1]["ts"] if more else ""}}

    def _post_message(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel, (text, blocks) = self._known_channel(arguments), _content(arguments)
        metadata = _decoded(arguments.get("metadata")) or {}
        with self._changed:
            self._last_ts = max(int(self._clock.now().timestamp() * 1_000_000), self._last_ts + 1)
            ts = f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"
            values = [channel, ts, text, json.dumps(blocks), json.dumps(metadata)]
            row = self._database.execute(
                "INSERT INTO messages (channel, ts, text, blocks, metadata) VALUES (?, ?, ?, ?, ?) RETURNING *", values
            ).fetchall()[0]
        return {"channel": channel, "ts": ts, "message": _message(row)}

    def _update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel, (text, blocks) = self._known_channel(arguments), _content(arguments)
        ts = str(arguments.get("ts", ""))
        with self._changed:
            changed = self._database.execute(
                "UPDATE messages SET text = ?, blocks = ?, edited = edited + 1 WHERE channel = ? AND ts = ?",
                [text, json.dumps(blocks), channel, ts],
            ).rowcount
            self._changed.notify_all()
        if not changed:
            raise _Refused("message_not_found")
        return {"channel": channel, "ts": ts, "text": text}

    def _users_list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        ordered = sorted(self.users)
        limit, start = min(max(int(arguments.get("limit") or 200), 1), 1000), int(arguments.get("cursor") or 0)
        page = [_member(self.users[user_id]) for user_id in ordered[start : start + limit]]
        following = str(start + limit) if start + limit < len(ordered) else ""
        return {"members": page, "response_metadata": {"next_cursor": following}}

    def _users_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"user": _member(self._user(str(arguments.get("user", ""))))}

    def _users_lookup(self, arguments: dict[str, Any]) -> dict[str, Any]:
        email = str(arguments.get("email", "")).lower()
        found = next((user for user in self.users.values() if user.email.lower() == email and not user.deactivated), None)
        if found is None:
            raise _Refused("users_not_found")
        return {"user": _member(found)}

    def _user(self, user_id: str) -> StandInUser:
        if user_id not in self.users:
            raise _Refused("user_not_found")
        return self.users[user_id]

    def _known_channel(self, arguments: dict[str, Any]) -> str:
        channel = str(arguments.get("channel", ""))
        if channel in self.users:  # chat.postMessage takes a user id too
            return _channel(channel)
        if not channel.startswith("D") or channel.removeprefix("D") not in {user.removeprefix("U") for user in self.users}:
            raise _Refused("channel_not_found")
        return channel

    # the pages

    def _people_page(self, request: PageRequest) -> PageReply:
        search = request.query.get("q", "").strip()
        counts = {row[0]: row[1:] for row in self._rows("SELECT channel, count(*), max(ts) FROM messages GROUP BY channel")}
        wanted = search.casefold()
        people = [
            (user, *counts.get(_channel(user.id), (0, "")))
            for user in self.users.values()
            if wanted in f"{user.name} {user.email}".casefold()
        ]
        people.sort(key=lambda one: (-float(one[2] or 0), one[0].name))
        shown = [(user, count, _when(ts) if ts else None) for user, count, ts in people]
        return self._pages.show("slack_people.html", people=shown, search=search, total=sum(c[0] for c in counts.values()))

    def _messages_page(self, request: PageRequest, user_id: str) -> PageReply:
        if user_id not in self.users:
            return plain_reply(404, "There is no such person.")
        messages = [m | {"at": _when(m["ts"])} for m in reversed(self.messages(user_id))]
        notice = request.query.get("notice", "")
        return self._pages.show(
            "slack_messages.html", user=self.users[user_id], messages=messages, notice=notice, object_html=object_html, to_html=to_html
        )

    def _press_page(self, request: PageRequest, user_id: str) -> PageReply:
        form = request.form
        ts = form.get("ts", "")
        edits = self._edits(user_id, ts)
        status, text = self.press(user_id, ts, action_id=form.get("action_id", ""), value=form.get("value", ""))
        notice = ""
        if status == 200:
            with self._changed:
                self._changed.wait_for(lambda: self._edits_now(user_id, ts) != edits, timeout=_UPDATE_WAIT)
        else:
            notice = f"Cadence answered {status}." if status else f"Cadence could not be reached: {text}"
        query = f"?{urlencode({'notice': notice})}" if notice else ""
        return PageReply(status=303, headers={"Location": f"/dm/{user_id}{query}#m{ts}"})

    def _payload(self, user_id: str, message: dict[str, Any], action_id: str, value: str, by: str) -> dict[str, Any]:
        button = next((b for b in _buttons(message) if b.get("action_id") == action_id and b.get("value") == value), {})
        channel, ts = message["channel"], message["ts"]
        pressed_by = self.users.get(by)
        name = pressed_by.email.partition("@")[0] if pressed_by else "stranger"
        return {
            "type": "block_actions",
            "user": {"id": by, "username": name, "name": name, "team_id": TEAM_ID},
            "api_app_id": APP_ID,
            "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
            "trigger_id": f"{ts.replace('.', '')}.{user_id}",
            "team": {"id": TEAM_ID, "domain": "demo"},
            "channel": {"id": channel, "name": "directmessage"},
            "message": {key: part for key, part in message.items() if key != "channel"},
            "response_url": f"{self.url}/response/unused",
            "actions": [
                {
                    "type": "button",
                    "action_id": action_id,
                    "block_id": button.get("block_id", "b0"),
                    "text": button.get("text", {}),
                    "value": value,
                    "action_ts": f"{self._clock.now().timestamp():.6f}",
                }
            ],
        }

    def _edits(self, user_id: str, ts: str) -> int:
        with self._changed:
            return self._edits_now(user_id, ts)

    def _edits_now(self, user_id: str, ts: str) -> int:
        row = self._database.execute("SELECT edited FROM messages WHERE channel = ? AND ts = ?", [_channel(user_id), ts]).fetchone()
        return int(row[0]) if row else -1

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with self._changed:
            return self._database.execute(query, values).fetchall()


def _channel(user_id: str) -> str:
    return "D" + user_id.removeprefix("U")


def _when(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), tz=UTC)


def _message(row: Any) -> dict[str, Any]:
    _, ts, text, blocks, metadata, edited = row
    message = {"type": "message", "user": BOT_USER_ID, "bot_id": BOT_ID, "app_id": APP_ID, "team": TEAM_ID, "ts": ts, "text": text}
    message |= {"blocks": json.loads(blocks), "metadata": json.loads(metadata)}
    return message | ({"edited": {"user": BOT_USER_ID, "ts": ts}} if edited else {})


def _member(user: StandInUser) -> dict[str, Any]:
    return {
        "id": user.id,
        "team_id": TEAM_ID,
        "name": user.email.partition("@")[0],
        "real_name": user.name,
        "deleted": user.deactivated,
        "tz": user.zone,
        "is_bot": False,
        "profile": {"email": user.email, "real_name": user.name},
    }


def _arguments(request: PageRequest) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        found = _decoded(request.body.decode("utf-8", "replace"))
        return found if isinstance(found, dict) else {}
    return dict(request.query) | request.form


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _content(arguments: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Return text and blocks, refused as Slack refuses them."""
    text, blocks = str(arguments.get("text") or ""), _decoded(arguments.get("blocks")) or []
    if not text and not blocks:
        raise _Refused("no_text")
    if len(text) > _TEXT_LIMIT:
        raise _Refused("msg_too_long")
    if not isinstance(blocks, list) or len(blocks) > _BLOCK_LIMIT or not all(isinstance(b, dict) and b.get("type") for b in blocks):
        raise _Refused("invalid_blocks")
    for block in blocks:
        if block["type"] == "section" and len(str((block.get("text") or {}).get("text", ""))) > _SECTION_LIMIT:
            raise _Refused("invalid_blocks")
    return text, blocks


def _buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for block in message["blocks"]:
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        found += [e | {"block_id": block.get("block_id", "")} for e in elements if isinstance(e, dict) and e.get("type") == "button"]
    return found
