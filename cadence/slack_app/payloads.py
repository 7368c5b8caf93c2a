"""Read Slack's payloads (presses, modals, shortcuts, commands, events) whose origin is known to be Slack.

Everything is checked for form and nothing raises: what cannot be used becomes a ``IgnoredRequest``. Names and
display names in a payload are never used; ``response_url`` is never used (row 71).
Form of the payloads: docs.slack.dev, "Interaction payloads", "Events API", "Slash commands".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cadence.slack_app.incoming import (
    AddressCheck,
    HomeOpened,
    Ignored,
    IgnoredRequest,
    Incoming,
    SlackAction,
    SlackCommand,
    SlackShortcut,
    SlackSubmission,
)
from cadence.slack_app.plain_text import typed

#: Slack's limits: a button's value, a modal's private metadata, ids, and the text of a command
VALUE_LIMIT, METADATA_LIMIT, ID_LIMIT, COMMAND_LIMIT = 2_000, 3_000, 255, 8_000
CHALLENGE_LIMIT = 1_000
#: how far an instant in a payload may be from ours to be believed
_NEAR = timedelta(minutes=5)

_ID = re.compile(r"[A-Z][A-Z0-9]{1,30}")
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_EVENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HALVES = re.compile("[\ud800-\udfff]")
_PICKERS = {"timepicker": "selected_time", "datepicker": "selected_date"}
_MENUS = ("static_select", "radio_buttons", "overflow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Whose payloads are listened to; empty: anybody's that is signed for this app.

    An app that is installed for a whole organisation has no ``team_id``: each of its workspaces is ours.
    """

    team_id: str = ""
    enterprise_id: str = ""
    app_id: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any], *, app_id: str = "") -> Workspace:
        """Return the workspace or organisation that Slack's ``auth.test`` tells of."""
        team, enterprise = _text(told, "team_id"), _text(told, "enterprise_id")
        if team.startswith("E") or told.get("is_enterprise_install") is True:
            return cls(enterprise_id=enterprise or team, app_id=app_id)
        return cls(team_id=team, enterprise_id=enterprise, app_id=app_id)

    def is_other(self, payload: Mapping[str, Any]) -> bool:
        """Return whether a payload is of another workspace, organisation or app."""
        if self.app_id and _text(payload, "api_app_id") != self.app_id:
            return True
        team = team_of(payload)
        if self.team_id:
            return team != self.team_id
        return bool(self.enterprise_id) and _enterprise_of(payload) != self.enterprise_id


def team_of(payload: Mapping[str, Any]) -> str:
    """Return the workspace a payload names; empty where an app of an organisation is not told it."""
    return _text(payload, "team", "id") or _text(payload, "team_id")


def _enterprise_of(payload: Mapping[str, Any]) -> str:
    named = _text(payload, "enterprise", "id") or _text(payload, "enterprise_id") or _text(payload, "team", "enterprise_id")
    authorizations = payload.get("authorizations")
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else None
    return named or _text(first, "enterprise_id")


_OTHER = IgnoredRequest(status=403, reason="the payload is of another workspace or app")
_UNNAMED = IgnoredRequest(status=400, reason="person or workspace is not named as Slack names them")


def load_object(text: str) -> object:
    """Return the JSON value, None when it is none, is nested too deep or names a key twice."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None


def read_payload(body: Mapping[str, Any], workspace: Workspace, now: datetime) -> Incoming | AddressCheck | Ignored | IgnoredRequest:
    """Return what one object from Slack says: an interaction, the fields of a command, an event or Slack's check of the address."""
    kind = body.get("type")
    if kind == "url_verification":
        challenge = body.get("challenge")
        if isinstance(challenge, str) and 0 < len(challenge) <= CHALLENGE_LIMIT and challenge.isprintable():
            return AddressCheck()
        return IgnoredRequest(status=400, reason="the address check has no usable challenge")
    if kind == "event_callback":
        return _event(body, workspace, now)
    if kind is None and "command" in body:
        return _command(body, workspace, now)
    return _interaction(body, workspace, now)


def _interaction(payload: Mapping[str, Any], workspace: Workspace, now: datetime) -> Incoming | IgnoredRequest:
    kind = payload.get("type")
    if not isinstance(kind, str) or kind not in ("block_actions", "view_submission", "shortcut"):
        return IgnoredRequest(status=400, reason="the payload is of a type not used here")
    team, user = team_of(payload), _text(payload, "user", "id")
    if workspace.is_other(payload):
        return _OTHER
    if not _are_named(user, team):
        return _UNNAMED
    if kind == "block_actions":
        return _action(payload, team, user, now)
    if kind == "view_submission":
        return _submission(payload, team, user, now)
    callback, trigger = _text(payload, "callback_id"), _text(payload, "trigger_id")
    if not (_is_name(callback) and _is_name(trigger)):
        return IgnoredRequest(status=400, reason="the shortcut has no usable callback_id or trigger_id")
    return SlackShortcut(
        callback_id=callback, slack_user_id=user, team_id=team, trigger_id=trigger, event_id=f"shortcut:{trigger}", happened_at=now
    )


def _command(fields: Mapping[str, Any], workspace: Workspace, now: datetime) -> SlackCommand | IgnoredRequest:
    team, user, trigger = (_text(fields, name) for name in ("team_id", "user_id", "trigger_id"))
    command, text = _text(fields, "command"), typed(_text(fields, "text"))
    if workspace.is_other(fields):
        return _OTHER
    if not _are_named(user, team):
        return _UNNAMED
    if not (command.startswith("/") and _is_name(command) and _is_name(trigger) and len(text) <= COMMAND_LIMIT):
        return IgnoredRequest(status=400, reason="the command, its trigger or its text is not usable")
    return SlackCommand(
        command=command,
        text=text,
        slack_user_id=user,
        team_id=team,
        trigger_id=trigger,
        event_id=f"command:{trigger}",
        happened_at=now,
    )


def _event(payload: Mapping[str, Any], workspace: Workspace, now: datetime) -> HomeOpened | Ignored | IgnoredRequest:
    team, event_id = _text(payload, "team_id"), _text(payload, "event_id")
    if workspace.is_other(payload):
        return _OTHER
    if not _EVENT_ID.fullmatch(event_id) or not isinstance(payload.get("event"), dict):
        return IgnoredRequest(status=400, reason="the event has no usable id or content")
    if _text(payload, "event", "type") != "app_home_opened" or _text(payload, "event", "tab") != "home":
        return Ignored()
    user = _text(payload, "event", "user")
    if not _are_named(user, team):
        return _UNNAMED
    return HomeOpened(slack_user_id=user, team_id=team, event_id=f"event:{event_id}", happened_at=now)


def _action(payload: Mapping[str, Any], team: str, user: str, now: datetime) -> SlackAction | IgnoredRequest:
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and len(actions) == 1 else None
    if not isinstance(action, dict):
        return IgnoredRequest(status=400, reason="the payload has not exactly one action")
    value = _chosen(action)
    if value is None:
        return IgnoredRequest(status=400, reason="the action is neither a button press nor a choice")
    action_id, trigger, pressed = _text(action, "action_id"), _text(payload, "trigger_id"), _text(action, "action_ts")
    if not (_is_name(action_id) and len(value) <= VALUE_LIMIT and value.isprintable()):
        return IgnoredRequest(status=400, reason="the action's id or value is not usable")
    view_id = _text(payload, "view", "id") if _text(payload, "container", "type") == "view" else ""
    channel = ts = ""
    if view_id:
        if not _ID.fullmatch(view_id):
            return IgnoredRequest(status=400, reason="the view is not named as Slack names them")
    else:
        channel = _text(payload, "container", "channel_id") or _text(payload, "channel", "id")
        ts = _text(payload, "container", "message_ts") or _text(payload, "message", "ts")
        if not (_ID.fullmatch(channel) and _TS.fullmatch(ts)):
            return IgnoredRequest(status=400, reason="conversation or message is not named as Slack names them")
    place = view_id or f"{channel}:{ts}"
    return SlackAction(
        action_id=action_id,
        value=value,
        slack_user_id=user,
        team_id=team,
        channel_id=channel,
        message_ts=ts,
        event_id=f"{team}:{place}:{user}:{action_id}:{pressed if _TS.fullmatch(pressed) else trigger[:ID_LIMIT]}",
        happened_at=_instant(pressed, now),
        block_id=_text(action, "block_id")[:ID_LIMIT],
        trigger_id=trigger if _is_name(trigger) else "",
    )


def _submission(payload: Mapping[str, Any], team: str, user: str, now: datetime) -> SlackSubmission | IgnoredRequest:
    view_id, version = _text(payload, "view", "id"), _text(payload, "view", "hash")
    callback, metadata = _text(payload, "view", "callback_id"), _text(payload, "view", "private_metadata")
    state = payload.get("view")
    entered = state.get("state") if isinstance(state, dict) else None
    blocks = entered.get("values") if isinstance(entered, dict) else None
    if _text(payload, "view", "type") != "modal":
        return IgnoredRequest(status=400, reason="what was sent off is not a modal")
    if not (_ID.fullmatch(view_id) and _is_name(callback) and len(metadata) <= METADATA_LIMIT and len(version) <= ID_LIMIT):
        return IgnoredRequest(status=400, reason="the modal's id, callback_id or metadata is not usable")
    if not isinstance(blocks, dict) or len(blocks) > 100:
        return IgnoredRequest(status=400, reason="the modal has no values")
    values: dict[str, str] = {}
    for block_id, elements in blocks.items():
        element = next(iter(elements.values())) if isinstance(elements, dict) and len(elements) == 1 else None
        if not isinstance(element, dict) or len(block_id) > ID_LIMIT:
            return IgnoredRequest(status=400, reason="a field of the modal is not as Slack sends it")
        values[block_id] = _entered(element)
    return SlackSubmission(
        callback_id=callback,
        private_metadata=metadata,
        values=values,
        slack_user_id=user,
        team_id=team,
        view_id=view_id,
        # after an error the same view is sent off again, with other values: that is another event
        event_id=f"view:{view_id}:{version}:{callback}:{hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]}",
        happened_at=now,
    )


def _chosen(action: Mapping[str, Any]) -> str | None:
    """Return the value of a button, menu or picker; None for anything else."""
    kind = action.get("type")
    if kind == "button":
        return _text(action, "value")
    if isinstance(kind, str) and kind in _PICKERS:
        return _text(action, _PICKERS[kind])
    if isinstance(kind, str) and kind in _MENUS:
        return _text(action, "selected_option", "value") or None
    return None


def _entered(element: Mapping[str, Any]) -> str:
    """Return what a field of a modal holds; ticked boxes as their values with commas between."""
    ticked = element.get("selected_options")
    if isinstance(ticked, list):
        return ",".join(filter(None, (_text(one, "value") for one in ticked)))
    return (
        _text(element, "value")
        or _text(element, "selected_option", "value")
        or _text(element, "selected_date")
        or _text(element, "selected_time")
    )


def _are_named(user: str, team: str) -> bool:
    """Return whether both are ids as Slack makes them; an app of a whole organisation is not told the workspace."""
    return bool(_ID.fullmatch(user) and (_ID.fullmatch(team) or not team))


def _is_name(text: str) -> bool:
    return 0 < len(text) <= ID_LIMIT and text.isprintable()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _text(value: object, *path: str) -> str:
    """Return the text at ``path``; empty when there is none, or one with half a character, which no database takes."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and not _HALVES.search(value) else ""


def _instant(pressed: str, now: datetime) -> datetime:
    """Return when the button was pressed; ``now`` when that is unreadable or not of these five minutes."""
    if _TS.fullmatch(pressed):
        instant = datetime.fromtimestamp(float(pressed), tz=UTC) if float(pressed) < 2**33 else now
        if abs(instant - now) <= _NEAR:
            return instant
    return now
