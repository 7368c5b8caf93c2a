"""Send composed messages to people's direct messages with slack-sdk, and find them again.

The SDK's own retries are off: a lost answer would post twice (measured, reliability.md section 1). Every
message carries metadata with its opaque delivery id, so a doubtful one is looked up in the history.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from cadence.channels.base import Capabilities
from cadence.channels.pacing import Pace
from cadence.channels.slack.errors import broken, doubtful, refused
from cadence.channels.slack.interactions import SlackAction, SlackAnswer
from cadence.domain.deliveries import Channel, Message, Receipt, SlackMessage
from cadence.errors import ChannelRefused, OutcomeUnknown, RateLimited, TransportError

log = logging.getLogger("cadence.slack")

NEEDED_SCOPES = ("chat:write", "im:history", "im:write")
#: a longer rest is not slept through: the message goes back and is planned for later
_SHORT_REST = 5.0
_PAGE = 200
_MOST_PAGES = 20
#: calls under way at once; the pace limits their starts
_CONNECTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """The app's token, where the Web API is, and the pace in messages a second (None: no limit, for tests)."""

    bot_token: str = field(repr=False)
    api_url: str = "https://slack.com/api/"
    per_second: float | None = 1.0
    timeout: int = 30


class SlackTransport:
    """The Slack channel: direct messages from our app."""

    channel = Channel.SLACK

    def __init__(
        self, settings: SlackSettings, *, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.capabilities = Capabilities(reads_back=True, messages_per_second=settings.per_second, max_connections=_CONNECTIONS)
        self._client = web_client(settings)
        self._pace = Pace(settings.per_second, monotonic=monotonic, sleep=sleep)
        self._monotonic = monotonic
        self._resting_until = 0.0
        self._conversations: dict[str, str] = {}

    def connect(self) -> SlackConnection:
        """Return a connection; Slack has no conversation to open, so it is this transport under another name."""
        return SlackConnection(self)

    def post(self, message: SlackMessage) -> Receipt:
        """Post one message and return its ``channel:ts``. Raises TransportError."""
        self._await_turn()
        conversation = self._open(message.user_id)
        arguments: dict[str, Any] = {
            "channel": conversation,
            "text": message.text,
            "blocks": message.blocks,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if message.metadata:
            arguments["metadata"] = message.metadata
        data = self._call(self._client.chat_postMessage, arguments, posting=True)
        channel, ts = data.get("channel"), data.get("ts")
        if not (isinstance(channel, str) and isinstance(ts, str) and channel and ts):
            raise doubtful("an answer without channel and ts", posting=True)
        return Receipt(reply="ok", provider_id=f"{channel}:{ts}")

    def find_sent(self, public_id: str, *, address: str, since: datetime) -> Receipt | None:
        """Return the receipt of the message carrying ``public_id`` in this person's DM since then, None when it is not there.

        Raises TransportError when the history cannot be read to its end.
        """
        arguments: dict[str, Any] = {
            "channel": self._open(address),
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": _PAGE,
        }
        for _ in range(_MOST_PAGES):
            data = self._call(self._client.conversations_history, arguments, posting=False)
            messages = data.get("messages")
            if not isinstance(messages, list):
                raise doubtful("a history without messages", posting=False)
            for message in messages:
                if isinstance(message, dict) and _carries(message, public_id) and isinstance(message.get("ts"), str):
                    return Receipt(reply="found", provider_id=f"{arguments['channel']}:{message['ts']}")
            following = data.get("response_metadata")
            cursor = following.get("next_cursor") if isinstance(following, dict) else None
            if not cursor:
                return None
            arguments["cursor"] = cursor
        raise OutcomeUnknown("The conversation is too long to be searched.", provider_code="history_too_long")

    def update_message(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> None:
        """Replace the content of a message that was sent; its metadata stays. Raises TransportError."""
        self._call(self._client.chat_update, {"channel": channel, "ts": ts, "text": text, "blocks": blocks}, posting=False)

    def check(self) -> str:
        """Return one line on the app: workspace, bot user and scopes; posts nothing. Raises TransportError."""
        response = self._request(self._client.auth_test, {}, posting=False)
        scopes = next((str(v) for k, v in response.headers.items() if k.lower() == "x-oauth-scopes"), "")
        missing = [scope for scope in NEEDED_SCOPES if scope not in scopes.replace(" ", "").split(",")]
        if scopes and missing:
            needed = ", ".join(missing)
            raise ChannelRefused(f"The Slack app lacks the scopes {needed}: add them and install it again.", provider_code="missing_scope")
        data = response.data if isinstance(response.data, dict) else {}
        return f"workspace {data.get('team')}, bot user {data.get('user')}" + (f", scopes {scopes}" if scopes else "")

    def _open(self, user_id: str) -> str:
        known = self._conversations.get(user_id)
        if known:
            return known
        data = self._call(self._client.conversations_open, {"users": user_id}, posting=False)
        channel = data.get("channel")
        opened = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(opened, str) or not opened:
            raise doubtful("an opened conversation without id", posting=False)
        self._conversations[user_id] = opened
        return opened

    def _await_turn(self) -> None:
        left = self._resting_until - self._monotonic()
        if left > _SHORT_REST:
            raise RateLimited("Slack asked for a rest that is not over.", provider_code="ratelimited", retry_after=timedelta(seconds=left))
        self._pace.wait()

    def _call(self, method: Callable[..., SlackResponse], arguments: dict[str, Any], *, posting: bool) -> dict[str, Any]:
        data = self._request(method, arguments, posting=posting).data
        if not isinstance(data, dict):
            raise doubtful("an answer that is not Slack's", posting=posting)
        return data

    def _request(self, method: Callable[..., SlackResponse], arguments: dict[str, Any], *, posting: bool) -> SlackResponse:
        try:
            return method(**arguments)
        except SlackApiError as error:
            found = refused(error, posting=posting)
            if isinstance(found, RateLimited) and found.retry_after is not None:
                self._resting_until = self._monotonic() + found.retry_after.total_seconds()
                self._pace.hold(min(found.retry_after.total_seconds(), _SHORT_REST))
            raise found from error
        except Exception as error:  # the SDK lets whatever urllib, http.client and json raise pass through
            raise broken(error, posting=posting) from error


class SlackConnection:
    """One thread's way into the Slack transport."""

    def __init__(self, transport: SlackTransport) -> None:
        self._transport = transport

    def send(self, message: Message) -> Receipt:
        """Post one message; ``Receipt.provider_id`` is "channel:ts". Raises TransportError."""
        if not isinstance(message, SlackMessage):
            raise TypeError("the Slack channel takes a SlackMessage")
        return self._transport.post(message)

    def close(self) -> None:
        """Nothing to end."""


def show_answer(transport: SlackTransport, action: SlackAction, answer: SlackAnswer | None) -> None:
    """Show in the pressed message what was recorded. A message that cannot be changed stays as it is; never raises TransportError."""
    if answer is None:
        return
    try:
        transport.update_message(action.channel_id, action.message_ts, answer.text, answer.blocks)
    except TransportError as error:
        log.warning("event=slack.not_updated code=%s", error.provider_code)


def web_client(settings: SlackSettings) -> WebClient:
    """Return slack-sdk's client without retries; it does not log answers, which may hold more than we know."""
    quiet = logging.getLogger("cadence.slack.sdk")
    quiet.setLevel(logging.CRITICAL)
    base = settings.api_url if settings.api_url.endswith("/") else settings.api_url + "/"
    return WebClient(token=settings.bot_token, base_url=base, timeout=settings.timeout, retry_handlers=[], logger=quiet)


def _carries(message: dict[str, Any], public_id: str) -> bool:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return isinstance(payload, dict) and public_id in payload.values()
