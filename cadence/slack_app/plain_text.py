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
#: what may stand before the number ("for 14 days"), and the words for day and week in the languages of the people files
_FOR = r"(?:for|f[üu]r|pour|durante|por|per|voor|i|på|na|на|gedurende|pendant)"
_DAY_WORDS = (
    r"d|days?|tage?n?|j|jours?|d[ií]as?|giorn[oi]|dag(?:en|ar|e|a)?|dni|dzień|dnů|den|päivää?|päiväksi|gün|день|дня|дней|日間?|天|일"
)
_WEEK_WORDS = (
    r"w|weeks?|wochen?|semaines?|semanas?|settiman[ae]|we(?:ek|ken)|veck(?:a|or)|uger?|uker?|tygod(?:nie|ni|zień)|týdn[yů]|týden"
    r"|viikko(?:a|ksi)?|hafta|недел[яиюь]|週間?|周|星期|주"
)
_DAYS = re.compile(rf"(?:{_FOR}\s+)?(\d{{1,3}})\s*(?:{_DAY_WORDS})?", re.IGNORECASE)
_WEEKS = re.compile(rf"(?:{_FOR}\s+)?(\d{{1,2}})\s*(?:{_WEEK_WORDS})", re.IGNORECASE)


def typed(text: str) -> str:
    """Return the text of a command as the person saw it while typing."""
    seen = _MARK.sub(_seen, text)
    return seen.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def days_typed(text: str) -> str:
    """Return the number of days in ``14``, ``for 14 days``, ``14 jours`` or ``2週間``; the text as it is when it holds none of these."""
    bare = " ".join(text.split()).strip(_QUOTES + " .")
    if days := _DAYS.fullmatch(bare):
        return str(int(days[1]))
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
