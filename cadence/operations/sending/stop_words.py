"""That all sending is stopped, in a sentence: for the banner on every page and the page of the channels."""

from __future__ import annotations

from datetime import datetime

from cadence.domain.planning.calendars import zone
from cadence.domain.sending.stops import SendingStop
from cadence.rendering.words import Words


def tell_stop(words: Words, stop: SendingStop, *, zone_name: str) -> str:
    """Return until when, why, by whom and since when: "All sending is stopped until 1 Dec 2026, 09:00: “an accident”. Rachel, ..."."""
    end = "" if stop.until is None else tell_when(words, stop.until, zone_name)
    if stop.reason:
        said = words.say("stopped_until_why" if end else "stopped_open_why", until=end, reason=stop.reason)
    else:
        said = words.say("stopped_until" if end else "stopped_open", until=end)
    return f"{said} {stop.by or words.say('stopped_by_shell')}, {tell_when(words, stop.started_at, zone_name)}."


def tell_until(words: Words, until: datetime | None, *, zone_name: str) -> str:
    """Return the end of a stop: an instant, or that somebody starts it again."""
    return words.say("stopped_until_started") if until is None else tell_when(words, until, zone_name)


def tell_when(words: Words, instant: datetime, zone_name: str) -> str:
    """Return an instant without its zone, which stands once at the foot of a page: "1 Dec 2026, 09:00"."""
    local = instant.astimezone(zone(zone_name))
    return words.say("clock_when", date=words.short_day(local.date()), time=f"{local:%H:%M}")
