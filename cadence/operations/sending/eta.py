"""How long sending will take: messages that wait, divided by the pace of their channel. Said before it starts and while it runs.

Honest, not exact: it takes the service to be quick and to ask for no other rest than for conversations that have to be opened
first, and it knows nothing of messages that are planned for later. A channel without a pace has no estimate.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.channels.base import OpensConversations, Transport
from cadence.rendering.words import Words, english, fill
from cadence.store.sending import waiting

#: shorter waits are not worth a line
WORTH_TELLING = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPace:
    """How fast a channel takes messages. ``per_second``: None for no limit."""

    per_second: float | None
    #: what opens a conversation before its first message, where the channel needs that
    opener: OpensConversations | None = None


#: channel -> its pace
Paces = Mapping[str, ChannelPace]


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """Conversations that a channel has to open first, and how many it may a second."""

    conversations: int
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Eta:
    """How long one channel is busy. ``eta_seconds``: None without a pace."""

    channel: str
    messages: int
    #: messages a second that the channel may take, None: no limit
    per_second: float | None
    eta_seconds: int | None
    #: what the estimate takes for granted
    assumption: str
    #: conversations that are opened first, at the service's own pace
    openings: int = 0

    @property
    def sentence(self) -> str:
        """Return it in English: "Slack: about 3 h 20 min at 1 message a second (12,000 messages)"."""
        return tell_eta(english("leader"), self)


def tell_eta(words: Words, eta: Eta) -> str:
    """Return how long a channel is busy, as a person reads it."""
    name, messages = words.name("channels", eta.channel), words.count("messages", eta.messages)
    if eta.eta_seconds is None or eta.per_second is None:
        return words.say("eta_unlimited", channel=name, messages=messages)
    key = "eta_openings" if eta.eta_seconds > math.ceil(eta.messages / eta.per_second) else "eta"
    duration, pace = tell_duration(words, eta.eta_seconds), _tell_pace(words, eta.per_second)
    return words.say(key, channel=name, duration=duration, pace=pace, messages=messages, openings=words.number(eta.openings))


def paces_of(transports: Iterable[Transport]) -> dict[str, ChannelPace]:
    """Return channel -> its pace."""
    return {
        str(one.channel): ChannelPace(
            per_second=one.capabilities.messages_per_second, opener=one if isinstance(one, OpensConversations) else None
        )
        for one in transports
    }


def estimate(counts: Mapping[str, int], rates: Mapping[str, float | None], openings: Mapping[str, Openings] | None = None) -> list[Eta]:
    """Return the estimate of each channel with messages in ``counts``, by name.

    rates: channel -> messages a second, None for no limit.
    openings: conversations to open first. They are opened beside the posts, so the slower of the two sets the time.
    """
    found = []
    for channel, messages in sorted(counts.items()):
        if messages <= 0 or channel not in rates:
            continue
        rate = rates[channel]
        if rate is None:
            found.append(Eta(channel=channel, messages=messages, per_second=None, eta_seconds=None, assumption="no pace is set"))
            continue
        first = (openings or {}).get(channel) or Openings(conversations=0, per_second=rate)
        pace = _tell_pace(english("leader"), rate)
        if first.conversations:
            pace += f", {first.conversations:,} conversations opened first at {round(first.per_second * 60):g} a minute"
        found.append(
            Eta(
                channel=channel,
                messages=messages,
                per_second=rate,
                eta_seconds=math.ceil(max(messages / rate, first.conversations / first.per_second)),
                openings=first.conversations,
                assumption=f"{pace}, no other rests asked for, within the hours people may be written to",
            )
        )
    return found


def still_to_send(connection: Connection, paces: Paces, *, now: datetime, besides: Mapping[str, int] | None = None) -> list[Eta]:
    """Return the estimate of what is ready or under way at ``now``; ``besides``: channel -> messages that would be planned (a dry run)."""
    counts = Counter(waiting.waiting_counts(connection, now=now))
    openings = {}
    for channel, pace in paces.items():
        if (opener := pace.opener) is None:
            continue
        people = waiting.waiting_addresses(connection, channel, now=now) if counts[channel] else []
        unopened = len({one for one in people if not opener.is_open(one)})
        # of messages that would be planned nobody knows whether the process that sends them has the conversation open
        openings[channel] = Openings(conversations=unopened + (besides or {}).get(channel, 0), per_second=opener.opened_per_second)
    counts.update(besides or {})
    return estimate(counts, {channel: pace.per_second for channel, pace in paces.items()}, openings)


def tell_duration(words: Words, seconds: int) -> str:
    """Return a duration as a person says it, to two parts: "40 s", "12 min", "3 h 20 min", "2 days 4 h"."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    told = words.count("whole_days", days)
    return f"{told} {hours} h" if hours else told


def _tell_pace(words: Words, per_second: float) -> str:
    key, number = ("a_second", per_second) if per_second >= 1 else ("a_minute", per_second * 60)
    shown = round(number, 1)
    return words.count(key, 1) if shown == 1 else fill(words.plurals[key]["other"], {"n": words.number(shown)})
