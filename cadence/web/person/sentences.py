"""Sentences of pages that tell an instant: in the reader's words and zone, with the machine's form beside it."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup, escape

from cadence.domain.planning.calendars import zone
from cadence.rendering.words import Words

#: stands in for the instant while the rest is escaped; no stored text holds it
_MARK = "\x00"


def local_time(words: Words, instant: datetime, zone_name: str) -> str:
    """Return an instant as the reader's clock shows it: "23 Nov 2026 11:45 (America/Santiago)"."""
    told = words.instant(instant.astimezone(zone(zone_name))).rpartition(" ")[0]
    return f"{told} ({zone_name})"


def with_time(words: Words, key: str, instant: datetime, zone_name: str, **values: str) -> Markup:
    """Return the escaped text ``key`` whose ``{time}`` is a ``time`` element."""
    sentence = escape(words.say(key, time=_MARK, **values))
    return sentence.replace(
        _MARK, Markup('<time datetime="{}">{}</time>').format(instant.isoformat(), local_time(words, instant, zone_name))
    )
