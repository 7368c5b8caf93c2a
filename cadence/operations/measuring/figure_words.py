"""A figure in words and as JSON: the one sentence that pages, Slack, mails, commands and the API tell it by.

Takes what ``operations.measuring.known`` gives and adds nothing to it. A share is never told without its range and how many answered.
"""

from __future__ import annotations

from typing import Any

from cadence.domain.measuring.figures import Figure, Verdict
from cadence.domain.planning.calendars import zone
from cadence.rendering.words import Words, english

#: reasons that stand with how many answered
_REASONS = {Verdict.SELECTION: "figure_selection", Verdict.TOO_UNCERTAIN: "figure_uncertain"}


def tell_figure(words: Words, figure: Figure, *, zone_name: str = "UTC") -> str:
    """Return a figure in one line without a full stop: "about 72 in 100 (60 to 80, 31 answered)", or why there is none.

    zone_name: where the date of an old step is read.
    """
    if figure.is_said:
        key = f"figure_{figure.kind.value}_{figure.verdict.value}"
        numbers = {"low": str(figure.low), "high": str(figure.high), "answered": _number(words, figure.answered)}
        return words.say(key, **numbers, value=str(figure.value)) if figure.verdict is Verdict.FIGURE else words.say(key, **numbers)
    return _reason(words, figure, zone_name)


def _reason(words: Words, figure: Figure, zone_name: str) -> str:
    if figure.verdict is Verdict.EXPIRED and figure.released_at is not None:
        return words.say("figure_expired", date=words.short_day(figure.released_at.astimezone(zone(zone_name)).date()))
    if figure.verdict is Verdict.HIDDEN:
        return words.say("figure_hidden")
    if figure.verdict in _REASONS and figure.answered is not None:
        return words.say(_REASONS[figure.verdict], answered=words.number(figure.answered))
    if figure.told is None:
        return words.say("figure_early")
    if not figure.told and figure.answered is None:
        return words.say("figure_not_said")
    told = words.number(figure.told)
    if figure.verdict is Verdict.NOBODY_ASKED:
        return words.say("figure_unasked", told=told)
    if figure.answered is None:
        return words.say("figure_few", told=told)
    key = "figure_so_far" if figure.released_at is None else "figure_told"
    return words.say(key, told=told, answered=words.number(figure.answered))


def _number(words: Words, n: int | None) -> str:
    return words.say("figure_fewer") if n is None else words.number(n)


def as_sentence(text: str) -> str:
    """Return a text with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def plain_figure(figure: Figure | None) -> dict[str, Any] | None:
    """Return JSON values: whole percent, the instant of the newest step, and the sentence in English."""
    if figure is None:
        return None
    return {
        "verdict": figure.verdict.value,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "people": figure.people,
        "told": figure.told,
        "answered": figure.answered,
        "released_at": None if figure.released_at is None else figure.released_at.isoformat(),
        "sentence": tell_figure(english("leader"), figure),
    }
