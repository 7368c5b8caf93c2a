"""Read requests from Slack, whoever claims to send them.

Over HTTP everything is hostile until the signature over the raw bytes is good; over Socket Mode a payload
is Slack's own. Both become the same values (``incoming``). Signature scheme: Slack's "Verifying requests
from Slack"; slack-sdk's verifier raises on odd headers (measured), so they are checked first.
Why Bolt's HTTP adapter is not used: docs/decisions/0007.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from cadence.channels.slack.incoming import (
    Challenge,
    HomeOpened,
    Ignored,
    Incoming,
    OnIncoming,
    Refusal,
    SlackAction,
    SlackAnswer,
    SlackCommand,
    SlackShortcut,
    SlackSubmission,
)
from cadence.channels.slack.payloads import Workspace, load_object, read_command, read_event, read_interaction

__all__ = [
    "Challenge",
    "HomeOpened",
    "Ignored",
    "Incoming",
    "OnIncoming",
    "Refusal",
    "SlackAction",
    "SlackAnswer",
    "SlackCommand",
    "SlackRequests",
    "SlackShortcut",
    "SlackSubmission",
    "Workspace",
]

BODY_LIMIT = 1_000_000
CHALLENGE_LIMIT = 1_000
SIGNATURE_WINDOW = timedelta(minutes=5)

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackRequests:
    """Reads the requests of one app; only those of ``workspace`` are listened to."""

    signing_secret: str = field(repr=False)
    workspace: Workspace = field(default_factory=Workspace)

    def verify_and_parse(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Incoming | Challenge | Ignored | Refusal:
        """Return what an HTTP request to /slack/events asks for; never raises.

        ``body``: the raw bytes. ``now``: aware; a signature is good for five minutes before and after it.
        """
        if len(body) > BODY_LIMIT:
            return Refusal(status=413, reason="the body is longer than 1 MB")
        if not self._is_signed(headers, body, now):
            return Refusal(status=401, reason="the signature is missing, wrong or old")
        kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "").split(";")[0].strip().lower()
        text = body.decode("utf-8")
        if kind == "application/json":
            return self._json(load_object(text), now)
        try:
            fields = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=30, errors="strict")
        except ValueError:
            return Refusal(status=400, reason="the body is not a form")
        named = dict(fields)
        if len(named) != len(fields):
            return Refusal(status=400, reason="the form names a field twice")
        if "payload" in named:
            return read_interaction(load_object(named["payload"]), self.workspace, now)
        if "command" in named:
            return read_command(named, self.workspace, now)
        return Refusal(status=400, reason="the form has neither a payload nor a command")

    def parse(self, kind: str, payload: object, now: datetime) -> Incoming | Ignored | Refusal:
        """Return what an envelope of Socket Mode holds; ``kind``: interactive, slash_commands or events_api. Never raises."""
        if kind == "interactive":
            return read_interaction(payload, self.workspace, now)
        if kind == "slash_commands":
            if not isinstance(payload, dict):
                return Refusal(status=400, reason="the command is not one JSON object")
            return read_command({str(k): v for k, v in payload.items() if isinstance(v, str)}, self.workspace, now)
        if kind == "events_api":
            return read_event(payload, self.workspace, now)
        return Refusal(status=400, reason="an envelope of a type not used here")

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

    def _json(self, payload: object, now: datetime) -> HomeOpened | Challenge | Ignored | Refusal:
        if isinstance(payload, dict) and payload.get("type") == "url_verification":
            challenge = payload.get("challenge")
            if isinstance(challenge, str) and 0 < len(challenge) <= CHALLENGE_LIMIT and challenge.isprintable():
                return Challenge(text=challenge)
            return Refusal(status=400, reason="the address check has no usable challenge")
        return read_event(payload, self.workspace, now)


class _At(SignatureClock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> float:
        return self._now.timestamp()
