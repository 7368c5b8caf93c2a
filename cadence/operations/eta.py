"""How long sending will take: messages that wait, divided by the pace of their channel. Said before it starts and while it runs.

Honest, not exact: it takes the service to be quick and never to ask for a rest, and it knows nothing of messages
that are planned for later. A channel without a pace has no estimate.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.channels.base import Transport
from cadence.operations.telling import CHANNELS
from cadence.store import ledger

#: shorter waits are not worth a line
WORTH_TELLING = 60
Rates = Mapping[str, float | None]


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

    @property
    def sentence(self) -> str:
        """Return it as a person reads it: "Slack: about 3 h 20 min at 1 message a second (12,000 messages)"."""
        name = CHANNELS.get(self.channel, self.channel)
        name = name[:1].upper() + name[1:]
        many = f"{self.messages:,} message{'s' if self.messages != 1 else ''}"
        if self.eta_seconds is None or self.per_second is None:
            return f"{name}: {many}, as fast as it goes"
        return f"{name}: about {told_duration(self.eta_seconds)} at {_told_pace(self.per_second)} ({many})"


def rates_of(transports: Iterable[Transport]) -> dict[str, float | None]:
    """Return channel -> messages a second, None without a limit."""
    return {str(t.channel): t.capabilities.messages_per_second for t in transports}


def estimate(counts: Mapping[str, int], rates: Rates) -> list[Eta]:
    """Return the estimate of each channel with messages in ``counts``, by name."""
    found = []
    for channel, messages in sorted(counts.items()):
        if messages <= 0 or channel not in rates:
            continue
        rate = rates[channel]
        seconds = None if rate is None else math.ceil(messages / rate)
        assumption = "no pace is set"
        if rate is not None:
            assumption = f"{_told_pace(rate)}, no rests asked for, within the hours people may be written to"
        found.append(Eta(channel=channel, messages=messages, per_second=rate, eta_seconds=seconds, assumption=assumption))
    return found


def still_to_send(connection: Connection, rates: Rates, *, now: datetime, besides: Mapping[str, int] | None = None) -> list[Eta]:
    """Return the estimate of what is ready or under way at ``now``; ``besides``: channel -> messages that would be planned (a dry run)."""
    counts = Counter(ledger.waiting_counts(connection, now=now))
    counts.update(besides or {})
    return estimate(counts, rates)


def told_duration(seconds: int) -> str:
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
    told = f"{days} day{'s' if days != 1 else ''}"
    return f"{told} {hours} h" if hours else told


def _told_pace(per_second: float) -> str:
    number, unit = (per_second, "second") if per_second >= 1 else (per_second * 60, "minute")
    shown = f"{round(number, 1):g}"
    return f"{shown} message{'s' if shown != '1' else ''} a {unit}"
