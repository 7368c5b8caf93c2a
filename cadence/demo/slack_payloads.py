"""The payloads that Slack sends for what people do, in the forms of docs.slack.dev: presses, choices, modals, commands, events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TEAM_ID, APP_ID = "T0CADENCE", "A0CADENCE"

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presser:
    """Who does it, when (seconds since 1970), and the trigger that may open a modal."""

    user_id: str
    name: str
    at: float
    trigger_id: str
    #: where answers that Cadence never sends would go
    response_url: str = ""

    @property
    def user(self) -> Payload:
        """The person as payloads name them."""
        return {"id": self.user_id, "username": self.name, "name": self.name, "team_id": TEAM_ID}


def chosen(element: Mapping[str, Any], value: str) -> Payload:
    """Return what a payload says of an element in which ``value`` was chosen or entered."""
    kind = str(element.get("type", "button"))
    if kind == "button":
        return {"type": kind, "value": value}
    if kind == "timepicker":
        return {"type": kind, "selected_time": value or None}
    if kind == "datepicker":
        return {"type": kind, "selected_date": value or None}
    if kind == "checkboxes":
        return {"type": kind, "selected_options": [o for o in element.get("options", []) if o.get("value") in value.split(",")]}
    if kind == "plain_text_input":
        return {"type": kind, "value": value or None}
    option = next((o for o in element.get("options", []) if o.get("value") == value), {"value": value})
    return {"type": kind, "selected_option": option if value else None}


def in_message(actor: Presser, message: Mapping[str, Any], element: Mapping[str, Any], action_id: str, value: str) -> Payload:
    """Return the payload of a press in a message."""
    channel, ts = message["channel"], message["ts"]
    return _pressed(actor, element, action_id, value) | {
        "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
        "channel": {"id": channel, "name": "directmessage"},
        "message": {key: part for key, part in message.items() if key != "channel"},
    }


def on_home(actor: Presser, view: Mapping[str, Any], element: Mapping[str, Any], action_id: str, value: str) -> Payload:
    """Return the payload of a press or a choice on the Home tab."""
    return _pressed(actor, element, action_id, value) | {"container": {"type": "view", "view_id": view["id"]}, "view": dict(view)}


def submitted(actor: Presser, view: Mapping[str, Any], values: Mapping[str, str]) -> Payload:
    """Return the payload of a modal that was sent off; ``values``: block id -> what stands in its field."""
    inputs = [block for block in view["blocks"] if block.get("type") == "input"]
    state = {b["block_id"]: {b["element"]["action_id"]: chosen(b["element"], values.get(b["block_id"], ""))} for b in inputs}
    return _base(actor, "view_submission") | {"view": dict(view) | {"state": {"values": state}}}


def shortcut(actor: Presser, callback_id: str) -> Payload:
    """Return the payload of a global shortcut."""
    return _base(actor, "shortcut") | {"callback_id": callback_id, "action_ts": f"{actor.at:.6f}"}


def command(actor: Presser, name: str, text: str) -> dict[str, str]:
    """Return the form of a slash command."""
    return {
        "team_id": TEAM_ID,
        "team_domain": "demo",
        "channel_id": "C0GENERAL",
        "channel_name": "general",
        "user_id": actor.user_id,
        "user_name": actor.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": actor.response_url,
        "trigger_id": actor.trigger_id,
    }


def home_opened(actor: Presser, event_id: str) -> Payload:
    """Return the event of a person who looks at the Home tab."""
    return {
        "token": "unused",
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(actor.at),
        "event": {
            "type": "app_home_opened",
            "user": actor.user_id,
            "channel": "D" + actor.user_id.removeprefix("U"),
            "tab": "home",
            "event_ts": f"{actor.at:.6f}",
        },
    }


def _base(actor: Presser, kind: str) -> Payload:
    return {
        "type": kind,
        "user": actor.user,
        "api_app_id": APP_ID,
        "team": {"id": TEAM_ID, "domain": "demo"},
        "trigger_id": actor.trigger_id,
    }


def _pressed(actor: Presser, element: Mapping[str, Any], action_id: str, value: str) -> Payload:
    action = {"action_id": action_id, "block_id": element.get("block_id", "b0"), "action_ts": f"{actor.at:.6f}"}
    return _base(actor, "block_actions") | {"response_url": actor.response_url, "actions": [action | chosen(element, value)]}
