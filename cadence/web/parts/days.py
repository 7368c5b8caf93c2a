"""When something was, as people say it: "today", "4 days ago", from a fortnight on its date."""

from __future__ import annotations

from datetime import datetime

from cadence.domain.planning.calendars import zone
from cadence.rendering.words import Words

#: days for which "n days ago" is said
_NEAR = 13


def tell_day(words: Words, instant: datetime, *, now: datetime, zone_name: str) -> str:
    """Return when ``instant`` was, seen from ``now`` in a zone. A day to come is its date."""
    day, today = instant.astimezone(zone(zone_name)).date(), now.astimezone(zone(zone_name)).date()
    days = (today - day).days
    if days == 0:
        return words.say("day_today")
    if days == 1:
        return words.say("day_yesterday")
    if 0 < days <= _NEAR:
        return words.count("days_ago", days)
    return words.date_seen_from(day, year=today.year)
