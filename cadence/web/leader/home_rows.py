"""The rows of Home: for each statement what was guessed, what people know, and how far apart; widest gap first. Numbers come released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadence.domain.measuring.figures import Figure
from cadence.operations.measuring.estimate_words import is_wanted, tell_estimate
from cadence.operations.measuring.figure_words import tell_figure
from cadence.operations.measuring.gaps import Gap
from cadence.operations.measuring.report import Report
from cadence.operations.measuring.reported import Share, StatementReport
from cadence.rendering.words import Words

#: from more statements than the first on, only the second number of the widest gaps stands open
_MANY, _WIDEST = 25, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statement on the page. ``label`` is the whole answer in words; numbers are None where they may not be said."""

    slug: str
    title: str
    wanted: bool
    label: str
    told: str
    small: str
    #: there is a gap, and it says something
    is_gap: bool
    estimate: int | None
    value: int | None
    low: int | None
    high: int | None
    #: the figure of today in words
    known: str
    reached: str
    acknowledged: str
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows in their order: widest gap first, then what has no gap; ``early``: what nothing may be said of."""

    shown: tuple[Row, ...]
    more: tuple[Row, ...]
    early: tuple[Row, ...]

    @property
    def every(self) -> tuple[Row, ...]:
        """Return all of them."""
        return self.shown + self.more + self.early


def rows_of(words: Words, report: Report, *, zone_name: str) -> Rows:
    """Return the rows of the page. What may not be said yet is folded away once anything may be said at all."""
    rows = [(line, _row(words, line, zone_name)) for line in report.statements]
    rows.sort(key=lambda pair: _place(pair[0]))
    told = [row for line, row in rows if row.wanted or _is_told(line)]
    if not any(_is_told(line) for line in report.statements):
        told = [row for _, row in rows]
    early = [row for _, row in rows if row not in told]
    most = _WIDEST if len(told) > _MANY else len(told)
    return Rows(shown=tuple(told[:most]), more=tuple(told[most:]), early=tuple(early))


def _is_told(line: StatementReport) -> bool:
    if is_wanted(line):
        return False
    gap = line.projection_gap
    return (gap is not None and gap.low is not None) or (line.know_it is not None and line.know_it.is_said)


def _place(line: StatementReport) -> tuple[int, int]:
    gap = line.projection_gap
    if is_wanted(line):
        return 2, 0
    if gap is not None and gap.points is not None:
        return 0, -gap.points
    return (1 if _is_told(line) else 3), 0


def _row(words: Words, line: StatementReport, zone_name: str) -> Row:
    gap, wanted = line.projection_gap, is_wanted(line)
    figure = gap.figure if gap is not None else line.know_it
    said = figure if figure is not None and figure.is_said and not wanted else None
    known = "" if line.know_it is None else tell_figure(words, line.know_it, zone_name=zone_name)
    told, small = (known, "") if said is None else _short(words, gap, said)
    return Row(
        slug=line.slug,
        title=line.title,
        wanted=wanted,
        label=tell_estimate(words, gap, zone_name=zone_name) if gap is not None else known,
        told=told,
        small=small,
        is_gap=gap is not None and gap.points is not None and not gap.as_thought and said is not None,
        estimate=None if gap is None else gap.estimate,
        value=None if said is None else said.value,
        low=None if said is None else said.low,
        high=None if said is None else said.high,
        known=known,
        reached=_people(words, line.reached),
        acknowledged=_people(words, line.acknowledged) if line.must_acknowledge else "",
        last=line.last_handed_over,
    )


def _short(words: Words, gap: Gap | None, figure: Figure) -> tuple[str, str]:
    """Return the gap, or else the figure, in as few words as a row has room for, and how many answered."""
    small = words.say("row_start" if gap is not None and gap.is_at_start else "row_answered", answered=words.number(figure.answered or 0))
    if gap is not None and gap.points is not None:
        if gap.as_thought:
            return words.say("row_same"), small
        return words.count("row_fewer" if gap.points > 0 else "row_more", abs(gap.points)), small
    if figure.value is None:
        return words.say("row_range", low=str(figure.low), high=str(figure.high)), small
    return words.say("of_100", n=str(figure.value)), small


def _people(words: Words, share: Share | None) -> str:
    return "" if share is None else words.say("count_of", n=words.number(share.n), of=words.number(share.of))
