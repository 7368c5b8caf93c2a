"""What may arrive from Slack, its fields well-formed, and what Slack is told in return.

Pure values. Whether this person may do this is still to be asked: ``slack_app.inbox``.
``event_id`` is the same for every delivery of the same thing. How payloads are read: ``payloads``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

View = dict[str, Any]


def fact_key(event_id: str) -> str:
    """Return the key of what an event leaves on record. Event ids name people, and facts outlive the erasure of a person."""
    return "slack:" + hashlib.sha256(event_id.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAction:
    """One press of one button or one choice in a menu, in a message or on the Home tab."""

    action_id: str
    #: of a button its value, of a menu the value chosen, of a picker the date or time; empty: cleared
    value: str
    slack_user_id: str
    team_id: str
    #: both empty on the Home tab
    channel_id: str
    message_ts: str
    event_id: str
    happened_at: datetime
    block_id: str = ""
    #: opens one modal within three seconds
    trigger_id: str = ""

    @property
    def in_message(self) -> bool:
        """Whether a message was acted on (and not the Home tab)."""
        return bool(self.message_ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSubmission:
    """A modal that was sent off. ``values``: block id -> what was entered or chosen, "" for nothing."""

    callback_id: str
    private_metadata: str
    values: Mapping[str, str]
    slack_user_id: str
    team_id: str
    view_id: str
    event_id: str
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackCommand:
    """A slash command with its text."""

    command: str
    text: str
    slack_user_id: str
    team_id: str
    trigger_id: str
    event_id: str
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackShortcut:
    """A global shortcut that was chosen."""

    callback_id: str
    slack_user_id: str
    team_id: str
    trigger_id: str
    event_id: str
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    """A person looks at the app's Home tab."""

    slack_user_id: str
    team_id: str
    event_id: str
    happened_at: datetime


Incoming = SlackAction | SlackSubmission | SlackCommand | SlackShortcut | HomeOpened


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCheck:
    """Slack asks whether somebody is at the address; Bolt answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Well-formed, and nothing of ours: answered with 200, so that Slack does not repeat it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredRequest:
    """Nothing is done. ``status`` is the HTTP status to answer with, ``reason`` one line for the log."""

    status: int
    reason: str


class MessageContent(NamedTuple):
    """A message's text and its blocks."""

    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange:
    """What a message of ours shows from now on; made once Slack has its answer, because that answer may not wait."""

    channel_id: str
    message_ts: str
    #: None: it stays as it is
    content: Callable[[], MessageContent | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTab:
    """What a person's Home tab shows from now on; made once Slack has its answer, because that answer may not wait."""

    view: Callable[[], View]
    #: called when it is shown
    shown: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAnswer:
    """What Slack and the person are told. An empty answer: done, and nothing to see."""

    #: JSON of the answer itself: the text of a command, the errors or the next step of a modal
    reply: dict[str, Any] | None = None
    message: MessageChange | None = None
    home: HomeTab | None = None
    #: a modal to open for the person
    modal: View | None = None


#: Does what was asked and says what is shown; called at most once for each thing that arrives.
OnIncoming = Callable[[Incoming], SlackAnswer]
