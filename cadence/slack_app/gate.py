"""Let in what Slack has signed, before anything reads it: the gate in front of Bolt, for HTTP.

Everything is hostile until the signature over the raw bytes is good. Bolt reads a body before it looks at the signature, and
slack-sdk's verifier raises on odd headers (both measured, docs/decisions/0007), so both come after the checks here.
Signature scheme: Slack's "Verifying requests from Slack". Next: ``bolt_app``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from cadence.slack_app.incoming import IgnoredRequest
from cadence.slack_app.payloads import load_object

BODY_LIMIT = 1_000_000

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Admits the requests of one app."""

    signing_secret: str = field(repr=False)

    def admit(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> dict[str, Any] | IgnoredRequest:
        """Return the one object a signed request to /slack/events holds; its form is still to be checked. Never raises.

        ``raw``: the bytes of the body. ``now``: aware; a signature is good for five minutes before and after it.
        """
        if len(raw) > BODY_LIMIT:
            return IgnoredRequest(status=413, reason="the body is longer than 1 MB")
        if not self._is_signed(headers, raw, now):
            return IgnoredRequest(status=401, reason="the signature is missing, wrong or old")
        kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "").split(";")[0].strip().lower()
        text = raw.decode("utf-8")
        return _object(text) if kind == "application/json" else _form(text)

    def _is_signed(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> bool:
        lowered = {name.lower(): value for name, value in headers.items()}
        timestamp, signature = lowered.get("x-slack-request-timestamp", ""), lowered.get("x-slack-signature", "")
        if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
            return False
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return SignatureVerifier(self.signing_secret, clock=_At(now)).is_valid(raw, timestamp, signature)


def _object(text: str) -> dict[str, Any] | IgnoredRequest:
    found = load_object(text)
    return found if isinstance(found, dict) else IgnoredRequest(status=400, reason="the payload is not one JSON object with unique keys")


def _form(text: str) -> dict[str, Any] | IgnoredRequest:
    """Return the payload in a form, or the fields of a command. Bolt would lose a command whose text has the word "payload" in it."""
    try:
        fields = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=30, errors="strict")
    except ValueError:
        return IgnoredRequest(status=400, reason="the body is not a form")
    named = dict(fields)
    if len(named) != len(fields):
        return IgnoredRequest(status=400, reason="the form names a field twice")
    return _object(named["payload"]) if "payload" in named else named


class _At(SignatureClock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> float:
        return self._now.timestamp()
