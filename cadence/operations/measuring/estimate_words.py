"""The leader's estimate beside what people know, in whole percent and in sentences. Every range is told with its ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.measuring.awareness import AwarenessVerdict, Interval
from cadence.domain.planning.calendars import zone
from cadence.operations.measuring.estimates import Estimate
from cadence.operations.measuring.gaps import Why
from cadence.operations.measuring.report import Report, StatementReport
from cadence.rendering.words import Words

#: chances beyond these are told as "over 99%" and "under 1%"
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
    """An estimate in percent and what is known. ``known`` is None, and ``hidden`` says why, where nothing may be told."""

    words: Words
    guess: int | None
    made_at: datetime
    made_by: str
    known: MeasuredShare | None = None
    respondents: int = 0
    #: probability that the estimate is more than ten points too high
    exceeds: float | None = None
    hidden: str = ""

    @property
    def points(self) -> int:
        """How many points the estimate lies above the share that is known."""
        return (self.guess or 0) - (self.known.value if self.known else 0)

    @property
    def apart(self) -> str:
        """How far the share that is known lies from the estimate: "49 points less"."""
        return self._apart("points_fewer", "points_more")

    @property
    def range(self) -> str:
        """The range of what is known, and on how many answers it rests: "9% to 53%, 24 answers"."""
        if self.known is None:
            return ""
        low, high = _percent(self.words, self.known.low), _percent(self.words, self.known.high)
        return self.words.say("beside_range", low=low, high=high, answers=self.words.count("answers", self.respondents))

    @property
    def sentence(self) -> str:
        """Estimate, share, range and distance in one line."""
        words, estimate = self.words, _percent(self.words, self.guess or 0)
        if self.known is None:
            return words.say("beside_hidden", estimate=estimate, reason=self.hidden)
        known = _percent(words, self.known.value)
        return words.say("beside", estimate=estimate, known=known, range=self.range, apart=self._apart("apart_fewer", "apart_more"))

    @property
    def sure(self) -> str:
        """How sure it is that the estimate is more than ten points too high; empty where nothing is measured."""
        if self.exceeds is None:
            return ""
        how = "almost_certain" if self.exceeds >= _ALMOST else "likely" if self.exceeds >= _LIKELY else ""
        how = how or ("unclear" if self.exceeds > 1 - _LIKELY else "unlikely" if self.exceeds > 1 - _ALMOST else "very_unlikely")
        return self.words.say(f"sure_{how}", chance=_chance(self.words, self.exceeds))

    def _apart(self, fewer: str, more: str) -> str:
        if not self.points:
            return self.words.say("apart_same")
        return self.words.count(fewer if self.points > 0 else more, abs(self.points))


def is_wanted(line: StatementReport) -> bool:
    """Return whether an estimate is asked for, and somebody is there to estimate about."""
    return line.asked is not None and bool(line.people)


def beside(words: Words, line: StatementReport) -> Beside | None:
    """Return the estimate of this round beside what is known today; None while one is wanted and when it was declined."""
    gap = line.projection_gap
    if gap is None or is_wanted(line):
        return None
    told = line.understanding.understanding if line.understanding else None
    known = told.measured if told is not None else None
    few = "too_few" if told is None or told.verdict is AwarenessVerdict.WITHHELD else "too_few_answers"
    return Beside(
        words=words,
        guess=round(gap.estimate * 100),
        made_at=gap.made_at,
        made_by=gap.made_by,
        known=_share(known),
        respondents=gap.respondents or 0,
        exceeds=gap.exceeds_ten_points,
        hidden="" if known is not None else words.say(few),
    )


def earlier(words: Words, estimates: Sequence[Estimate]) -> list[Beside]:
    """Return the estimates before the newest, each beside what was known when it was made."""
    return [
        Beside(
            words=words,
            guess=one.percent,
            made_at=one.made_at,
            made_by=one.made_by,
            known=_share(one.known),
            respondents=one.respondents or 0,
            hidden="" if one.known else words.say("too_few_answers"),
        )
        for one in estimates[1:]
    ]


def why_asked(words: Words, line: StatementReport, *, zone_name: str, now: datetime) -> str:
    """Return why an estimate is asked for once more; empty for the first."""
    if line.asked is None or line.asked.last_at is None:
        return ""
    if line.asked.last_at > now:
        return words.say("asked_clock")
    key = "asked_meaning" if line.asked.why is Why.NEW_MEANING else "asked_round"
    return words.say(key, date=words.short_day(line.asked.last_at.astimezone(zone(zone_name)).date()))


def overall(words: Words, report: Report) -> str:
    """Return the gap over all statements in one sentence; empty while there are too few."""
    found = report.projection_gap
    if found is None or found.gap is None:
        return ""
    points, statements = round(found.gap.value * 100), words.number(found.statements)
    low, high = _signed(round(found.gap.low * 100)), _signed(round(found.gap.high * 100))
    if points < 0:
        low, high = _signed(-round(found.gap.high * 100)), _signed(-round(found.gap.low * 100))
        return words.count("overall_low", -points, statements=statements, low=low, high=high)
    if points == 0:
        return words.say("overall_same", statements=statements, low=low, high=high)
    return words.count("overall_high", points, statements=statements, low=low, high=high)


def _share(interval: Interval | None) -> MeasuredShare | None:
    if interval is None:
        return None
    return MeasuredShare(value=round(interval.value * 100), low=round(interval.low * 100), high=round(interval.high * 100))


def _percent(words: Words, value: int) -> str:
    return words.say("percent", n=str(value))


def _signed(points: int) -> str:
    return str(points).replace("-", "\N{MINUS SIGN}")


def _chance(words: Words, share: float) -> str:
    if share > _CERTAIN:
        return words.say("chance_most", n="99")
    return words.say("chance_least", n="1") if share < 1 - _CERTAIN else _percent(words, round(share * 100))
