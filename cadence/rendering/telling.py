"""How commands tell stored facts, in English: the reason behind a code, channels, and instants in a zone.

The words are those of pages and the API: ``words``, ``explanations``.
"""

from __future__ import annotations

from datetime import datetime

from cadence.domain.planning.calendars import zone
from cadence.rendering.words import english

CHANNELS = {"email": "email", "slack": "Slack", "": "no channel"}


def tell_reason(code: str) -> str:
    """Return the sentence part for a delivery's reason code; the code itself when it is one from a newer program."""
    return english("explain").name("reasons", code)


def tell_instant(instant: datetime, zone_name: str) -> str:
    """Return an instant in local time with its zone: "Mon 23 Nov 2026, 10:00 (Europe/Berlin)"."""
    return f"{instant.astimezone(zone(zone_name)):%a %d %b %Y, %H:%M} ({zone_name})"
