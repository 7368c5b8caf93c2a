"""The words of a person out of what Slack sends: its marks for people, channels and links become what was seen on the screen.

Slack escapes three characters in the text of a command, and writes mentions as ``<@U1|ana>``. A text field of a modal is sent as typed.
What may not stand in a text is taken out where the text is kept (``operations.responding.ask``).
Source: docs.slack.dev, "Formatting message text", "Retrieving messages".
"""

from __future__ import annotations

import re

_MARK = re.compile(r"<([@#!]?)([^<>|\n]*)(?:\|([^<>\n]*))?>")
_SCHEME = re.compile(r"^(?:https?://|tel:)")
_QUOTES = "\"'“”„‟«»‘’‚‹›"
_DAYS = re.compile(r"(\d{1,3})\s*(?:d|days?|tage?n?)?", re.IGNORECASE | re.ASCII)
_WEEKS = re.compile(r"(\d{1,2})\s*(?:w|weeks?|wochen?)", re.IGNORECASE | re.ASCII)


def typed(text: str) -> str:
    """Return the text of a command as the person saw it while typing."""
    seen = _MARK.sub(_seen, text)
    return seen.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def days_typed(text: str) -> str:
    """Return the number of days in ``14``, ``“14”``, ``14 days`` or ``2 weeks``; the text as it is when it holds none of these."""
    bare = " ".join(text.split()).strip(_QUOTES + " .")
    if days := _DAYS.fullmatch(bare):
        return days[1]
    if weeks := _WEEKS.fullmatch(bare):
        return str(7 * int(weeks[1]))
    return bare


def _seen(mark: re.Match[str]) -> str:
    sign, target, label = mark[1], mark[2], mark[3] or ""
    if sign == "!":  # <!here>, <!subteam^S1|@crew>, <!date^...|12 May>
        return label or f"@{target.partition('^')[0]}"
    if sign:
        return sign + (label or target)
    address = target.removeprefix("mailto:")
    # Slack makes a link of "example.com" and "+49 30 1" by itself; only the label was typed
    if label and label in (address, _SCHEME.sub("", address)):
        return label
    return f"{label} ({address})" if label else address
