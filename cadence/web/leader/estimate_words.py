"""The leader's guess beside what people know, in whole percent and in sentences. Every range is told with its ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.measuring.awareness import AwarenessVerdict, Interval
from cadence.operations.measuring.estimates import Estimate
from cadence.operations.measuring.gaps import Why
from cadence.operations.measuring.report import Report, StatementReport
from cadence.rendering.telling import tell_day

#: chances beyond these are told as "over 99 %" and "under 1 %"
_CERTAIN = 0.99
#: from these on it is likely, and almost certain
_LIKELY, _ALMOST = 0.8, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredShare:
    """A measured share in whole percent, with its range."""

    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A guess in percent and what is known. ``known`` is None, and ``hidden`` says why, where nothing may be told."""

    guess: int | None
    made_at: datetime
    made_by: str
    known: MeasuredShare | None = None
    respondents: int = 0
    #: probability that the guess is more than ten points too high
    exceeds: float | None = None
    hidden: str = ""

    @property
    def apart(self) -> str:
        """How far the share that is known lies from the guess: "49 points less"."""
        points = (self.guess or 0) - (self.known.value if self.known else 0)
        return f"{_points(abs(points))} {'less' if points > 0 else 'more'}" if points else "as many"

    @property
    def sentence(self) -> str:
        """Guess, share, range and distance in one line."""
        if self.known is None:
            return f"You guessed {self.guess} %. {self.hidden}."
        spread = f"({self.known.low} to {self.known.high} %, {self.respondents:,} answers)"
        word = "as" if self.known.value == self.guess else "than"
        return f"You guessed {self.guess} %. {self.known.value} % know it {spread}: {self.apart} {word} you thought."

    @property
    def sure(self) -> str:
        """How sure it is that the guess is more than ten points too high; empty where nothing is measured."""
        if self.exceeds is None:
            return ""
        word = "almost certain" if self.exceeds >= _ALMOST else "likely" if self.exceeds >= _LIKELY else ""
        word = word or ("open" if self.exceeds > 1 - _LIKELY else "unlikely" if self.exceeds > 1 - _ALMOST else "very unlikely")
        return f"{'Whether' if word == 'open' else 'That'} you guessed more than 10 points too high is {word} ({_chance(self.exceeds)})."


def is_wanted(line: StatementReport) -> bool:
    """Return whether a guess is asked for, and somebody is there to guess about."""
    return line.asked is not None and bool(line.people)


def beside(line: StatementReport, *, smallest: int) -> Beside | None:
    """Return the guess of this round beside what is known today; None while one is wanted and when it was declined."""
    gap = line.projection_gap
    if gap is None or is_wanted(line):
        return None
    told = line.understanding.understanding if line.understanding else None
    known = told.measured if told is not None else None
    few = "Not shown for so few people" if told is None or told.verdict is AwarenessVerdict.WITHHELD else _too_few(smallest)
    return Beside(
        guess=round(gap.estimate * 100),
        made_at=gap.made_at,
        made_by=gap.made_by,
        known=_share(known),
        respondents=gap.respondents or 0,
        exceeds=gap.exceeds_ten_points,
        hidden="" if known is not None else few,
    )


def earlier(estimates: Sequence[Estimate], *, smallest: int) -> list[Beside]:
    """Return the guesses before the newest, each beside what was known when it was made."""
    return [
        Beside(
            guess=one.percent,
            made_at=one.made_at,
            made_by=one.made_by,
            known=_share(one.known),
            respondents=one.respondents or 0,
            hidden="" if one.known else _too_few(smallest),
        )
        for one in estimates[1:]
    ]


def why_asked(line: StatementReport, *, zone: str, now: datetime) -> str:
    """Return why a guess is asked for once more; empty for the first."""
    if line.asked is None or line.asked.last_at is None:
        return ""
    if line.asked.last_at > now:
        return "The last guess bears a date that is still to come, from a clock that ran wrong."
    since = f"since the last guess on {tell_day(line.asked.last_at, zone)}"
    return f"It means something else {since}." if line.asked.why is Why.NEW_MEANING else f"A quarter has passed {since}."


def overall(report: Report) -> str:
    """Return the gap over all statements in one sentence; empty while there are too few."""
    found = report.projection_gap
    if found is None or found.gap is None:
        return ""
    points, over = round(found.gap.value * 100), f"over {found.statements} statements"
    low, high = round(found.gap.low * 100), round(found.gap.high * 100)
    if points < 0:
        return f"People know {_points(-points)} more than you guess, {over} ({_range(-high, -low)})"
    if points == 0:
        return f"You guess as much as people know, {over} ({_range(low, high)} points)"
    return f"You guess {_points(points)} more than people know, {over} ({_range(low, high)})"


def _share(interval: Interval | None) -> MeasuredShare | None:
    if interval is None:
        return None
    return MeasuredShare(value=round(interval.value * 100), low=round(interval.low * 100), high=round(interval.high * 100))


def _too_few(smallest: int) -> str:
    return f"Too few answers yet (fewer than {smallest})"


def _points(count: int) -> str:
    return f"{count} point" if count == 1 else f"{count} points"


def _range(low: int, high: int) -> str:
    return f"{low} to {high}".replace("-", "\N{MINUS SIGN}")


def _chance(share: float) -> str:
    if share > _CERTAIN:
        return "over 99 %"
    return "under 1 %" if share < 1 - _CERTAIN else f"{round(share * 100)} %"
