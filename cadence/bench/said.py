"""What was said of what people know, week by week, held against what they truly know.

Owns the observations of one company (``StatementWeek``), what they add up to (``summarise``) and the line of the table. Truth is the mean
over everyone a statement is meant for of the chance to say it unaided that day. How a company is played: ``companies``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.measuring.figures import Figure, Verdict
from cadence.domain.measuring.know_it import share_knowing, verdict
from cadence.domain.measuring.projection import gap_to_figure
from cadence.operations.measuring.evidence import gather
from cadence.operations.measuring.members import members_of
from cadence.store.measuring.asked import first_question_day
from cadence.store.planning.chunks import current_statements

#: figures are looked at from week 8 on; the second error is from this day on
FIRST_DAY, LATE_DAY = 56, 91
#: estimates that a leader might have made, in percent
GUESSES = (50, 60, 70, 80, 90)
#: the chance from which "almost surely more than 10 points" is said
SURE = 0.975
_TEN_POINTS = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementWeek:
    """One statement in one week; shares in [0, 1], ``value`` None where only a range is said."""

    day: int
    truth: float
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    #: of (estimate, chance that it is more than 10 points too high) those that were almost sure, and how many of them were wrong
    sure: int = 0
    wrong: int = 0

    @property
    def is_said(self) -> bool:
        """Whether a figure or a range was said."""
        return self.low is not None and self.high is not None and self.verdict in (Verdict.FIGURE, Verdict.RANGE)

    @property
    def covers(self) -> bool:
        """Whether the range holds the truth."""
        return self.low is not None and self.high is not None and self.low <= self.truth <= self.high


def of_figure(figure: Figure, *, day: int, truth: float) -> StatementWeek:
    """Return what a published figure says, with the gaps it would call almost sure."""
    sure = wrong = 0
    for guess in GUESSES:
        gap = gap_to_figure(guess, figure)
        if gap is not None and gap.exceeds_ten_points >= SURE:
            sure += 1
            wrong += guess / 100 - truth <= _TEN_POINTS
    value, low, high = (None if one is None else one / 100 for one in (figure.value, figure.low, figure.high))
    return StatementWeek(day=day, truth=truth, verdict=figure.verdict, value=value, low=low, high=high, sure=sure, wrong=wrong)


def as_of(connection: Connection, truth: Mapping[int, float], *, day: int, now: datetime) -> list[StatementWeek]:
    """Return what the estimator itself says of each statement of ``truth`` at ``now``, before it is rounded and published."""
    statements = current_statements(connection)
    evidence = gather(connection, statements, members_of(connection, {one.audience for one in statements}, now), now=now)
    first = first_question_day(connection)
    if evidence.learnt is None or first is None:
        nothing = {"verdict": Verdict.TOO_FEW, "value": None, "low": None, "high": None}
        return [StatementWeek(day=day, truth=share, **nothing) for share in truth.values()]  # type: ignore[arg-type]
    shares = share_knowing(evidence.learnt, evidence.everyone.whole)
    found = []
    for column, statement in enumerate(statements):
        value, low, high = (float(part[column]) for part in (shares.value, shares.low, shares.high))
        people = len(np.unique(evidence.weighed.answers.person[evidence.about(column)]))
        days = now.timestamp() / 86_400.0 - first
        told = verdict(days=days, people=people, selection=evidence.learnt.selection, width=high - low)
        is_figure, is_said = told is Verdict.FIGURE, told in (Verdict.FIGURE, Verdict.RANGE)
        found.append(
            StatementWeek(
                day=day,
                truth=truth[statement.id],
                verdict=told,
                value=value if is_figure else None,
                low=low if is_said else None,
                high=high if is_said else None,
            )
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One company: what the estimator says each week, and what is published."""

    today: list[StatementWeek] = field(default_factory=list)
    released: list[StatementWeek] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One line of the table; nan where there is nothing to count. Shares are of statement-weeks from week 8 on."""

    said: float
    figure: float
    #: of what is said
    covers: float
    #: said and not covering, of all
    wrong: float
    #: of figures, from week 8 and from day 91
    rms: float
    late_rms: float
    bias: float
    width: float
    released_said: float
    released_covers: float
    released_rms: float
    #: gaps that were almost sure, and the share of them that were wrong
    gaps: int
    gaps_wrong: float
    #: why nothing was said: the most frequent reason and its share
    reason: str
    reason_share: float
    weeks: int


def summarise(companies: Sequence[Observed]) -> Summary:
    """Return what was said of all companies together."""
    today, released = (_late([one for company in companies for one in getattr(company, name)]) for name in ("today", "released"))
    said = [one for one in today if one.is_said]
    figures = [one for one in said if one.verdict is Verdict.FIGURE]
    published = [one for one in released if one.is_said]
    silent = [one.verdict.value for one in today if not one.is_said]
    reason = max(sorted(set(silent)), key=silent.count, default="")
    sure = sum(one.sure for one in released)
    return Summary(
        said=_share(len(said), len(today)),
        figure=_share(len(figures), len(today)),
        covers=_share(sum(one.covers for one in said), len(said)),
        wrong=_share(sum(not one.covers for one in said), len(today)),
        rms=_rms(figures),
        late_rms=_rms([one for one in figures if one.day >= LATE_DAY]),
        bias=float(np.mean(errors)) if (errors := _errors(figures)) else float("nan"),
        width=float(np.mean([(one.high or 0.0) - (one.low or 0.0) for one in said])) if said else float("nan"),
        released_said=_share(len(published), len(released)),
        released_covers=_share(sum(one.covers for one in published), len(published)),
        released_rms=_rms(published),
        gaps=sure,
        gaps_wrong=_share(sum(one.wrong for one in released), sure),
        reason=reason,
        reason_share=_share(silent.count(reason), len(today)),
        weeks=len(today),
    )


HEAD = (
    *("population", "said", "figure", "covers", "wrong", "RMS", "bias", "width"),
    *("released said", "covers", "RMS", "gap n: wrong", "mostly silent because"),
)


def line(name: str, one: Summary) -> tuple[str, ...]:
    """Return the cells of a population."""
    return (
        name,
        *(_told(one.said, ".2f"), _told(one.figure, ".2f"), _told(one.covers, ".3f"), _told(one.wrong, ".3f")),
        f"{_told(one.rms, '.3f')} / {_told(one.late_rms, '.3f')}",
        *(_told(one.bias * 100, "+.0f"), _told(one.width, ".2f")),
        *(_told(one.released_said, ".2f"), _told(one.released_covers, ".3f"), _told(one.released_rms, ".3f")),
        f"{one.gaps}: {_told(one.gaps_wrong, '.3f')}",
        f"{one.reason} {one.reason_share:.2f}" if one.reason else "",
    )


def _told(value: float, form: str) -> str:
    return "-" if np.isnan(value) else format(value, form)


def _late(some: Iterable[StatementWeek]) -> list[StatementWeek]:
    return [one for one in some if one.day >= FIRST_DAY]


def _errors(some: Sequence[StatementWeek]) -> list[float]:
    return [one.value - one.truth for one in some if one.value is not None]


def _rms(some: Sequence[StatementWeek]) -> float:
    errors = _errors(some)
    return float(np.sqrt(np.mean(np.square(errors)))) if errors else float("nan")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
