"""The leader's estimate beside what people know, in sentences: of one statement, of all, and of earlier rounds.

People, not percent: every share stands with its range and how many answered (``figure_words``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.measuring.figures import Figure
from cadence.domain.planning.calendars import zone
from cadence.operations.measuring.estimates import Estimate
from cadence.operations.measuring.figure_words import as_sentence, tell_figure
from cadence.operations.measuring.gaps import Gap, OverallGap, Why
from cadence.operations.measuring.report import Report
from cadence.operations.measuring.reported import StatementReport
from cadence.rendering.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """An earlier estimate, None where it was declined, and what was known on that day."""

    made_at: datetime
    made_by: str
    percent: int | None
    known: str


def is_wanted(line: StatementReport) -> bool:
    """Return whether an estimate is asked for, and somebody is there to estimate about."""
    return line.asked is not None and bool(line.people)


def tell_gap(words: Words, gap: Gap) -> str:
    """Return the distance alone, without a full stop: "63 points fewer than you thought", "about as you thought"; empty without one."""
    if gap.points is None:
        return "" if gap.low is None or gap.high is None else _span(words, gap.low, gap.high)
    if gap.as_thought:
        return words.say("gap_same")
    return words.count("gap_fewer" if gap.points > 0 else "gap_more", abs(gap.points))


def tell_estimate(words: Words, gap: Gap, *, zone_name: str = "UTC") -> str:
    """Return estimate, figure and distance in whole sentences."""
    said = words.say("gap_estimate", estimate=str(gap.estimate))
    told = tell_figure(words, gap.figure, zone_name=zone_name)
    distance = tell_gap(words, gap)
    if not distance:
        return f"{said} {as_sentence(told)}"
    known = f"{told[:1].upper()}{told[1:]}" if gap.is_at_start else words.say("gap_known", known=told)
    lines = [said, words.say("gap_distance", known=known, distance=distance)]
    if gap.almost_surely:
        lines.append(words.say("gap_surely"))
    return " ".join(lines)


def rounds_before(words: Words, estimates: Sequence[Estimate], *, zone_name: str) -> list[Round]:
    """Return the estimates before the newest, each with what was known when it was made."""
    return [
        Round(made_at=one.made_at, made_by=one.made_by, percent=one.percent, known=_then(words, one.known, zone_name))
        for one in estimates[1:]
    ]


def _then(words: Words, figure: Figure | None, zone_name: str) -> str:
    return words.say("figure_early") if figure is None else tell_figure(words, figure, zone_name=zone_name)


def why_asked(words: Words, line: StatementReport, *, zone_name: str, now: datetime) -> str:
    """Return why an estimate is asked for once more; empty for the first."""
    if line.asked is None or line.asked.last_at is None:
        return ""
    if line.asked.last_at > now:
        return words.say("asked_clock")
    key = "asked_meaning" if line.asked.why is Why.NEW_MEANING else "asked_round"
    return words.say(key, date=words.short_day(line.asked.last_at.astimezone(zone(zone_name)).date()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What stands above everything, and the line under it; ``note`` may be empty."""

    answer: str
    note: str


def headline(words: Words, report: Report, *, zone_name: str = "UTC") -> Headline:
    """Return the answer to "do people know what I have said?" in a sentence, or when it can be told."""
    found = report.projection_gap
    if found is not None and found.value is not None:
        return Headline(answer=_answer(words, found), note=_over(words, found))
    mine = [line.projection_gap.estimate for line in report.statements if line.projection_gap is not None]
    if not mine and not any(is_wanted(line) for line in report.statements):
        return Headline(answer=words.say("headline_plain"), note="")
    if not mine:
        return Headline(answer=words.say("headline_estimate"), note=words.say("headline_estimate_note"))
    if found is not None:
        return Headline(answer=words.count("headline_some", found.statements), note="")
    thought = str(round(sum(mine) / len(mine)))
    if report.first_figure_from is None or report.first_figure_from <= report.at:
        return Headline(answer=words.say("headline_thought", estimate=thought), note=words.say("headline_early"))
    date = words.short_day(report.first_figure_from.astimezone(zone(zone_name)).date())
    return Headline(answer=words.say("headline_thought", estimate=thought), note=words.say("headline_from", date=date))


def tell_overall(words: Words, found: OverallGap) -> str:
    """Return the gap over all statements in one line for Slack and commands, and over how many it is."""
    return words.count("headline_some", found.statements) if found.value is None else f"{_answer(words, found)} {_over(words, found)}"


def _answer(words: Words, found: OverallGap) -> str:
    key = "headline_start" if found.at_start else "headline_gap"
    return words.say(key, estimate=str(found.estimate), known=str(found.value))


def _over(words: Words, found: OverallGap) -> str:
    values = {"of": words.number(found.of), "low": str(found.low), "high": str(found.high)}
    return words.count("headline_over_start" if found.at_start else "headline_over", found.statements, **values)


def _span(words: Words, low: int, high: int) -> str:
    if low >= 0:
        return words.say("gap_fewer_span", low=str(low), high=str(high))
    if high <= 0:
        return words.say("gap_more_span", low=str(-high), high=str(-low))
    return words.say("gap_same_span", more=str(-low), fewer=str(high))
