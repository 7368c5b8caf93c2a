"""Send composed messages to people's direct messages and to channels, and find them again.

Every message carries metadata with its opaque delivery id, so a doubtful one is looked up in the
history. How calls are made, paced and retried: ``calls``; what an answer means: ``errors``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from slack_sdk import WebClient

from cadence.channels.base import Capabilities, Finding
from cadence.channels.slack.calls import SlackAccess, SlackCalls
from cadence.channels.slack.disturbance import DoNotDisturb
from cadence.channels.slack.errors import LONGEST_RETRY_AFTER, doubtful
from cadence.channels.slack.inspection import inspect_app
from cadence.channels.slack.scopes import missing_scopes, scopes_of
from cadence.domain.sending.deliveries import Channel, Message, Receipt, SlackMessage
from cadence.errors import AddressRejected, ChannelRefused, MessageRejected, OutcomeUnknown

__all__ = ["SlackAccess", "SlackConnection", "SlackTransport"]

_PAGE = 200
_MOST_PAGES = 20
#: members of a channel are read to the end, 20,000 people and more
_MOST_MEMBER_PAGES = 500
#: calls under way at once; the pace limits the posts among them
_CONNECTIONS = 3
#: conversations.open is a method of tier 3: 50 a minute and more (docs.slack.dev/apis/web-api/rate-limits)
_OPENED_PER_SECOND = 50 / 60
#: kinds of conversations that are written to by their own id; a person's conversation is opened first
_CONVERSATIONS = ("C", "G", "D")


class SlackTransport:
    """The Slack channel: direct messages from our app, and posts to channels it was invited to."""

    channel = Channel.SLACK
    opened_per_second = _OPENED_PER_SECOND

    def __init__(
        self, settings: SlackAccess, *, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self.capabilities = Capabilities(reads_back=True, messages_per_second=settings.per_second, max_connections=_CONNECTIONS)
        self.calls = SlackCalls(settings, monotonic=monotonic, sleep=sleep)
        self._quiet = DoNotDisturb(self.calls)

    @property
    def client(self) -> WebClient:
        """slack-sdk's client, for calls that no message depends on (views)."""
        return self.calls.client

    def connect(self) -> SlackConnection:
        """Return a connection; Slack has no conversation to open, so it is this transport under another name."""
        return SlackConnection(self)

    def post(self, message: SlackMessage) -> Receipt:
        """Post one message and return its ``channel:ts``. Raises TransportError."""
        arguments: dict[str, Any] = {
            "channel": "",
            "text": message.text,
            "blocks": message.blocks,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if message.metadata:
            arguments["metadata"] = message.metadata
        data = self._post(message.user_id, arguments)
        channel, ts = data.get("channel"), data.get("ts")
        if not (isinstance(channel, str) and isinstance(ts, str) and channel and ts):
            raise doubtful("an answer without channel and ts", posting=True)
        return Receipt(reply="ok", provider_id=f"{channel}:{ts}")

    def find_sent(self, public_id: str, *, address: str, since: datetime) -> Receipt | None:
        """Return the receipt of the message carrying ``public_id`` in this conversation since then, None when it is not there.

        ``address``: a person's user id, or the id of a channel. Raises TransportError when the history cannot be read to its end.
        """
        self.calls.pace.wait()
        arguments: dict[str, Any] = {
            "channel": self._open(address),
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": _PAGE,
        }
        for _ in range(_MOST_PAGES):
            data = self.calls.call(self.client.conversations_history, arguments)
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

    def is_open(self, address: str) -> bool:
        """Return whether a message to ``address`` goes out without its conversation being opened first."""
        return address.startswith(_CONVERSATIONS)

    def quiet_until(self, user_ids: Sequence[str], *, now: datetime) -> dict[str, datetime]:
        """Return user id -> end of their do-not-disturb, for those in it at ``now``; empty where it cannot be asked. Never raises."""
        return self._quiet.until([u for u in user_ids if not u.startswith(_CONVERSATIONS)], now=now)

    def members(self, channel_id: str) -> list[str]:
        """Return the user ids of a channel's members, as Slack orders them. Raises TransportError."""
        arguments = {"channel": channel_id, "limit": _PAGE}
        method, patience = self.client.conversations_members, LONGEST_RETRY_AFTER
        pages = self.calls.pages(method, arguments, key="members", patience=patience, most=_MOST_MEMBER_PAGES)
        return [user_id for page in pages for user_id in page if isinstance(user_id, str)]

    def check(self) -> str:
        """Return one line on the app: workspace, bot user and scopes; posts nothing. Raises TransportError."""
        response = self.calls.request(self.client.auth_test, {})
        scopes = scopes_of(response.headers)
        missing = missing_scopes(scopes)
        if missing:
            needed = ", ".join(missing)
            raise ChannelRefused(f"The Slack app lacks the scopes {needed}: add them and install it again.", provider_code="missing_scope")
        data = response.data if isinstance(response.data, dict) else {}
        told = f", scopes {','.join(sorted(scopes))}" if scopes else ""
        return f"workspace {data.get('team')}, bot user {data.get('user')}{told}"

    def probe(self) -> None:
        """Raise TransportError when the token is refused, or may not write; posts nothing."""
        scopes = scopes_of(self.calls.request(self.client.auth_test, {}).headers)
        lacking = missing_scopes(scopes, ("chat:write", "im:write"))
        if lacking:
            raise ChannelRefused(f"The Slack app lacks the scopes {', '.join(lacking)}.", provider_code="missing_scope")

    def inspect(self, *, now: datetime, conversation: str) -> list[Finding]:
        """Return what an admin should know of the app, one finding each; ``conversation``: one that was written to, empty: none was.

        Posts nothing and raises nothing that Slack answers.
        """
        return inspect_app(self.calls, now=now, conversation=conversation)

    def _post(self, user_id: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.calls.rest_of(self.client.chat_postMessage)
        arguments["channel"] = self._open(user_id)
        try:
            return self.calls.call(self.client.chat_postMessage, arguments, posting=True)
        except AddressRejected as error:
            if user_id.startswith(_CONVERSATIONS):  # a channel that invites the app again needs nothing else
                raise MessageRejected(str(error), provider_code=error.provider_code) from error
            raise

    def _open(self, user_id: str) -> str:
        """Return the conversation with a person; asked each time, for Slack also takes what a deactivated person never reads."""
        if user_id.startswith(_CONVERSATIONS):
            return user_id
        data = self.calls.call(self.client.conversations_open, {"users": user_id})
        channel = data.get("channel")
        opened = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(opened, str) or not opened:
            raise doubtful("an opened conversation without id", posting=False)
        return opened


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


def _carries(message: dict[str, Any], public_id: str) -> bool:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return isinstance(payload, dict) and public_id in payload.values()
