"""The sentences about one statement for one person: why it came, what became of it, how a measure stands.

Owns which sentence is said; the words themselves are in the word files. Shared by email and Slack.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cadence.domain.sending.deliveries import DigestItem, MeasureReading
from cadence.domain.statements.statement import PLAIN
from cadence.rendering.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMeasure:
    """A scoreboard measure in the reader's language. ``percent``: the way from baseline to target, 0 to 100; None without a value."""

    name: str
    baseline: str
    value: str
    target: str
    #: the newest value with its unit and date
    note: str
    #: all of it as one line of text
    line: str
    percent: int | None


def why_line(words: Words, item: DigestItem, *, year: int) -> str:
    """Return why this statement is in this digest, and which showing of the quarter it is, in one or two sentences.

    year: that of the reader's date; a change in another year is told with it.
    """
    is_reworded = item.wording_name != PLAIN
    return _why(words, item.reason, item.times_sent_before <= 0, item.showing, is_reworded, item.changed_on, year)


@lru_cache(maxsize=4096)
def _why(words: Words, reason: str, is_first: bool, showing: int, is_reworded: bool, changed_on: date | None, year: int) -> str:
    on = "" if changed_on is None else words.date_seen_from(changed_on, year=year)
    nth = words.nth("showing", showing)
    if reason == "nudge":
        return words.say("nudge", showing=nth)
    if reason == "new_version" and on:
        return words.say("new_version", showing=nth, date=on)
    if is_first:
        return words.say("first_time")
    if on:
        return words.say("changed", showing=nth, date=on)
    return words.say("again_reworded" if is_reworded else "again", showing=nth)


def because_line(words: Words, cadence_name: str, company: str) -> str:
    """Return why this person gets digests at all."""
    if not cadence_name:
        return words.say("because_nameless", company=company)
    return words.say("because", cadence=cadence_name, company=company)


def show_measure(words: Words, measure: MeasureReading) -> ShownMeasure:
    """Return a measure as it is shown; the bar is clamped to its ends."""
    baseline, target = words.number(measure.baseline), words.number(measure.target)
    value = None if measure.value is None else words.number(measure.value)
    if value is None or measure.value_on is None:
        note = words.say("no_value") if value is None else f"{value} {measure.unit}".strip()
    elif measure.unit:
        note = words.say("measured_on", value=value, unit=measure.unit, date=words.long_date(measure.value_on))
    else:
        note = words.say("measured_without_unit", value=value, date=words.long_date(measure.value_on))
    return ShownMeasure(
        name=measure.name,
        baseline=baseline,
        value=value or "–",
        target=target,
        note=note,
        line=words.say("measure_line", name=measure.name, measured=note, baseline=baseline, target=target),
        percent=_percent(measure),
    )


def _percent(measure: MeasureReading) -> int | None:
    if measure.value is None or measure.target == measure.baseline:
        return None
    share = (measure.value - measure.baseline) / (measure.target - measure.baseline)
    return round(100 * min(1.0, max(0.0, share)))
