"""One workspace of the Slack stand-in: its people, messages, Home tabs and modals, and the Web API calls upon them.

Messages live in SQLite, so that they outlive a restart; views live in memory. Refuses what Slack refuses
(``slack_limits``). ``version`` counts every change, so that a page can wait for the next.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cadence.clock import Clock
from cadence.demo.slack_limits import MESSAGE_BLOCKS, TEXT, RefusedCall, check_blocks, check_view
from cadence.demo.slack_payloads import APP_ID, TEAM_ID

BOT_USER_ID, BOT_ID = "U0CADENCE", "B0CADENCE"
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


@dataclass(slots=True)
class Modal:
    """A modal that stands open. ``errors``: block id -> what is wrong with its field; ``entered``: what stands in the fields."""

    user_id: str
    view: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    entered: dict[str, str] = field(default_factory=dict)


class SlackWorkspace:
    """What the workspace holds. ``methods``: the calls it answers."""

    def __init__(self, users: Sequence[StandInUser], *, path: str, clock: Clock, url: Callable[[], str]) -> None:
        self.users = {user.id: user for user in users}
        self.homes: dict[str, dict[str, Any]] = {}
        self.modals: dict[str, Modal] = {}
        self.version = 0
        self._clock = clock
        self._url = url
        self._changed = threading.Condition()
        self._last_ts = 0
        self._views = 0
        #: trigger -> who may open one modal with it
        self._triggers: dict[str, str] = {}
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self.methods: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "auth.test": self._auth_test,
            "bots.info": self._bots_info,
            "conversations.open": self._conversations_open,
            "conversations.history": self._conversations_history,
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "users.list": self._users_list,
            "users.info": self._users_info,
            "users.lookupByEmail": self._users_lookup,
            "views.open": self._views_open,
            "views.update": self._views_update,
            "views.publish": self._views_publish,
        }

    def close(self) -> None:
        """Close the file of messages."""
        self._database.close()

    def messages(self, user_id: str | None = None) -> list[dict[str, Any]]:
        """Return the messages of one person's DM, or of all, oldest first, as conversations.history shows them, with ``channel``."""
        condition, values = ("WHERE channel = ?", [channel_of(user_id)]) if user_id else ("", [])
        return [_message(row) | {"channel": row[0]} for row in self._rows(f"SELECT * FROM messages {condition} ORDER BY ts", values)]

    def counts(self) -> dict[str, tuple[int, str]]:
        """Return conversation -> (messages, newest ts)."""
        return {row[0]: (row[1], row[2]) for row in self._rows("SELECT channel, count(*), max(ts) FROM messages GROUP BY channel")}

    def trigger(self, user_id: str) -> str:
        """Return a trigger with which one modal can be opened for that person."""
        with self._changed:
            self._views += 1
            trigger = f"{self._views}.{TEAM_ID}.{user_id}"
            self._triggers[trigger] = user_id
        return trigger

    def modals_of(self, user_id: str) -> list[Modal]:
        """Return the modals that stand open for a person, the newest first."""
        with self._changed:
            return [modal for modal in reversed(list(self.modals.values())) if modal.user_id == user_id]

    def answer_modal(self, view_id: str, answer: Any, *, entered: dict[str, str]) -> None:
        """Do with a modal what the answer to its sending off says: errors, another view, or close it."""
        action = answer.get("response_action") if isinstance(answer, dict) else None
        with self._changed:
            modal = self.modals[view_id]
            if action == "errors":
                modal.errors, modal.entered = dict(answer["errors"]), entered
            elif action == "update":
                view = check_view(answer["view"], "modal")
                modal.view, modal.errors, modal.entered = self._numbered(view, view_id), {}, {}
            else:
                del self.modals[view_id]
            self._bump()

    def wait_for_change(self, since: int, *, seconds: float) -> int:
        """Wait until something has changed since version ``since``; return the version then."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != since, timeout=seconds)
            return self.version

    def _bump(self) -> None:
        self.version += 1
        self._changed.notify_all()

    def _bots_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"bot": {"id": BOT_ID, "app_id": APP_ID, "name": "cadence", "deleted": False}}

    def _auth_test(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"{self._url()}/", "team": "Demo", "user": "cadence", "team_id": TEAM_ID, "user_id": BOT_USER_ID, "bot_id": BOT_ID}

    def _conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = self._user(str(arguments.get("users", "")))
        if user.deactivated:
            raise RefusedCall("user_disabled")
        return {"channel": {"id": channel_of(user.id)}}

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
        metadata = decoded(arguments.get("metadata")) or {}
        with self._changed:
            self._last_ts = max(int(self._clock.now().timestamp() * 1_000_000), self._last_ts + 1)
            ts = f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"
            values = [channel, ts, text, json.dumps(blocks), json.dumps(metadata)]
            row = self._database.execute(
                "INSERT INTO messages (channel, ts, text, blocks, metadata) VALUES (?, ?, ?, ?, ?) RETURNING *", values
            ).fetchall()[0]
            self._bump()
        return {"channel": channel, "ts": ts, "message": _message(row)}

    def _update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel, (text, blocks) = self._known_channel(arguments), _content(arguments)
        ts = str(arguments.get("ts", ""))
        with self._changed:
            changed = self._database.execute(
                "UPDATE messages SET text = ?, blocks = ?, edited = edited + 1 WHERE channel = ? AND ts = ?",
                [text, json.dumps(blocks), channel, ts],
            ).rowcount
            self._bump()
        if not changed:
            raise RefusedCall("message_not_found")
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
            raise RefusedCall("users_not_found")
        return {"user": _member(found)}

    def _views_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        view = check_view(decoded(arguments.get("view")), "modal")
        with self._changed:
            user_id = self._triggers.pop(str(arguments.get("trigger_id", "")), None)
            if user_id is None:
                raise RefusedCall("invalid_trigger_id")
            self._views += 1
            opened = self._numbered(view, f"V{self._views:08}")
            self.modals[opened["id"]] = Modal(user_id, opened)
            self._bump()
        return {"view": opened}

    def _views_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        view = check_view(decoded(arguments.get("view")), "modal")
        view_id, mark = str(arguments.get("view_id", "")), arguments.get("hash")
        with self._changed:
            modal = self.modals.get(view_id)
            if modal is None:
                raise RefusedCall("not_found")
            if mark and mark != modal.view["hash"]:
                raise RefusedCall("hash_conflict")
            modal.view = self._numbered(view, view_id)
            self._bump()
        return {"view": modal.view}

    def _views_publish(self, arguments: dict[str, Any]) -> dict[str, Any]:
        view = check_view(decoded(arguments.get("view")), "home")
        user = self._user(str(arguments.get("user_id", "")))
        with self._changed:
            shown = self.homes[user.id] = self._numbered(view, "VHOME" + user.id)
            self._bump()
        return {"view": shown}

    def _numbered(self, view: dict[str, Any], view_id: str) -> dict[str, Any]:
        self._views += 1
        return view | {"id": view_id, "hash": f"{self._views}.hash", "team_id": TEAM_ID, "app_id": APP_ID}

    def _user(self, user_id: str) -> StandInUser:
        if user_id not in self.users:
            raise RefusedCall("user_not_found")
        return self.users[user_id]

    def _known_channel(self, arguments: dict[str, Any]) -> str:
        channel = str(arguments.get("channel", ""))
        if channel in self.users:  # chat.postMessage takes a user id too
            return channel_of(channel)
        whose = channel.removeprefix("D")
        if whose == channel or not (f"U{whose}" in self.users or whose in self.users):
            raise RefusedCall("channel_not_found")
        return channel

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with self._changed:
            return self._database.execute(query, values).fetchall()


def channel_of(user_id: str) -> str:
    """Return the id of a person's conversation with the app."""
    return "D" + user_id.removeprefix("U")


def instant_of(ts: str) -> datetime:
    """Return the instant of a message."""
    return datetime.fromtimestamp(float(ts), tz=UTC)


def elements_of(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return everything in ``blocks`` that can be pressed, chosen or filled in, each with its ``block_id``."""
    found = []
    for block in blocks:
        single = [block[name] for name in ("accessory", "element") if name in block]
        found += [e | {"block_id": block.get("block_id", "")} for e in [*block.get("elements", []), *single] if "action_id" in e]
    return found


def decoded(value: Any) -> Any:
    """Return the value of an argument that may be JSON text; None when it is broken."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


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


def _content(arguments: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Return text and blocks, refused as Slack refuses them."""
    text, blocks = str(arguments.get("text") or ""), decoded(arguments.get("blocks")) or []
    if not text and not blocks:
        raise RefusedCall("no_text")
    if len(text) > TEXT:
        raise RefusedCall("msg_too_long")
    return text, check_blocks(blocks, most=MESSAGE_BLOCKS)
