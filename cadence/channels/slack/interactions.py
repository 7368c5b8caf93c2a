"""Read button presses from Slack, whoever claims to send them.

Over HTTP everything is hostile until the signature over the raw bytes is good; over Socket Mode the payload
is Slack's own. Both become one ``SlackAction`` here. ``response_url`` is never used. Signature scheme: Slack's
"Verifying requests from Slack"; slack-sdk's verifier raises on odd headers (measured), so they are checked first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

BODY_LIMIT = 1_000_000
CHALLENGE_LIMIT = 1_000
#: Slack's limit for a button's value
VALUE_LIMIT = 2_000
SIGNATURE_WINDOW = timedelta(minutes=5)

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_ID = re.compile(r"[A-Z][A-Z0-9]{1,30}")
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAction:
    """One press of one button, its fields well-formed; whether this person may do this is still to be asked."""

    action_id: str
    value: str
    slack_user_id: str
    team_id: str
    channel_id: str
    message_ts: str
    #: the same for every delivery of the same press
    event_id: str
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAnswer:
    """What the message shall show from now on: what was recorded."""

    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Slack asks whether the address is ours: answer 200 with this text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Nothing is done. ``status`` is the HTTP status to answer with, ``reason`` one line for the log."""

    status: int
    reason: str


#: Records the action and returns what the message shall show, None to leave it. Called at most once for each press that arrives.
OnAction = Callable[[SlackAction], SlackAnswer | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackRequests:
    """Reads the requests of one app. ``team_id`` and ``app_id``, when given, are the only ones listened to."""

    signing_secret: str = field(repr=False)
    team_id: str = ""
    app_id: str = ""

    def verify_and_parse(self, headers: Mapping[str, str], body: bytes, now: datetime) -> SlackAction | Challenge | Refusal:
        """Return what an HTTP request to the interactivity address asks for; never raises.

        ``body``: the raw bytes. ``now``: aware; a signature is good for five minutes before and after it.
        """
        if len(body) > BODY_LIMIT:
            return Refusal(status=413, reason="the body is longer than 1 MB")
        if not self._is_signed(headers, body, now):
            return Refusal(status=401, reason="the signature is missing, wrong or old")
        kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "").split(";")[0].strip().lower()
        text = body.decode("utf-8")
        if kind == "application/json":
            return self._challenge(_object(text))
        try:
            fields = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=20, errors="strict")
        except ValueError:
            return Refusal(status=400, reason="the body is not a form")
        payloads = [value for name, value in fields if name == "payload"]
        if len(payloads) != 1:
            return Refusal(status=400, reason="the form has not exactly one payload")
        return self.parse(_object(payloads[0]), now)

    def parse(self, payload: object, now: datetime) -> SlackAction | Refusal:
        """Return the action in an interaction payload that is known to come from Slack; never raises."""
        if not isinstance(payload, dict):
            return Refusal(status=400, reason="the payload is not one JSON object with unique keys")
        if payload.get("type") != "block_actions":
            return Refusal(status=400, reason="the payload is of a type not used here")
        team, app = _text(payload, "team", "id"), _text(payload, "api_app_id")
        if (self.team_id and team != self.team_id) or (self.app_id and app != self.app_id):
            return Refusal(status=403, reason="the payload is of another workspace or app")
        actions = payload.get("actions")
        action = actions[0] if isinstance(actions, list) and len(actions) == 1 else None
        if not isinstance(action, dict) or action.get("type") != "button":
            return Refusal(status=400, reason="the payload has not exactly one button press")
        action_id, value = _text(action, "action_id"), _text(action, "value")
        user = _text(payload, "user", "id")
        channel = _text(payload, "container", "channel_id") or _text(payload, "channel", "id")
        message_ts = _text(payload, "container", "message_ts") or _text(payload, "message", "ts")
        pressed = _text(action, "action_ts")
        if not (action_id and len(action_id) <= 255 and len(value) <= VALUE_LIMIT and action_id.isprintable() and value.isprintable()):
            return Refusal(status=400, reason="the button's id or value is not usable")
        if not (_ID.fullmatch(user) and _ID.fullmatch(channel) and (_ID.fullmatch(team) or not team) and _TS.fullmatch(message_ts)):
            return Refusal(status=400, reason="person, conversation or message is not named as Slack names them")
        return SlackAction(
            action_id=action_id,
            value=value,
            slack_user_id=user,
            team_id=team,
            channel_id=channel,
            message_ts=message_ts,
            event_id=f"{team}:{channel}:{message_ts}:{user}:{action_id}:{pressed if _TS.fullmatch(pressed) else ''}",
            happened_at=_instant(pressed, now),
        )

    def _is_signed(self, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        lowered = {name.lower(): value for name, value in headers.items()}
        timestamp, signature = lowered.get("x-slack-request-timestamp", ""), lowered.get("x-slack-signature", "")
        if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
            return False
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return SignatureVerifier(self.signing_secret, clock=_At(now)).is_valid(body, timestamp, signature)

    def _challenge(self, payload: object) -> Challenge | Refusal:
        if isinstance(payload, dict) and payload.get("type") == "url_verification":
            challenge = payload.get("challenge")
            if isinstance(challenge, str) and 0 < len(challenge) <= CHALLENGE_LIMIT and challenge.isprintable():
                return Challenge(text=challenge)
        return Refusal(status=400, reason="the JSON is no address check, and events are not used here")


class _At(SignatureClock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> float:
        return self._now.timestamp()


def _object(text: str) -> object:
    """Return the JSON value, None when it is none, is nested too deep or names a key twice."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _text(value: object, *path: str) -> str:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _instant(pressed: str, now: datetime) -> datetime:
    """Return when the button was pressed; ``now`` when that is unreadable or not of these five minutes."""
    if _TS.fullmatch(pressed):
        instant = datetime.fromtimestamp(float(pressed), tz=UTC) if float(pressed) < 2**33 else now
        if abs(instant - now) <= SIGNATURE_WINDOW:
            return instant
    return now
