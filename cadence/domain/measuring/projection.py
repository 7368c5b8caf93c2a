"""The leader's estimate beside what people know: how far apart they are, and how sure that is.

Owns what counts as an estimate, when the next one is asked for, the projection gap of one statement and of all.
Pure. Positive gaps mean that the leader assumed too much; nothing but published figures comes in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cadence.domain.measuring.figures import Figure, Verdict
from cadence.domain.measuring.log_odds import log_odds, normal_below
from cadence.errors import Invalid

#: an estimate older than this is asked for again: a quarter is a good length
ROUND = timedelta(days=90)
#: fewer gaps than these make no overall gap
FEWEST_GAPS = 3
#: the gap that matters, as a share
_TEN_POINTS = 0.10
#: what P(gap > 10 points) must reach before it is called almost sure
ALMOST_SURE = 0.975
#: ends of a 90 % range are so many deviations apart
_DEVIATIONS = 2 * 1.645
_PERCENT = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureGap:
    """The leader's estimate minus a published figure, in whole points; positive means the leader assumed too much."""

    #: None where only a range is said
    points: int | None
    low: int
    high: int
    #: P(gap > 10 points), from the published numbers alone
    exceeds_ten_points: float

    @property
    def is_almost_surely_large(self) -> bool:
        """Whether it may be said that the gap is almost surely more than 10 points."""
        return self.exceeds_ten_points >= ALMOST_SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyGap:
    """The mean gap over the statements that have a figure, in points, and over how many."""

    points: float
    low: float
    high: float
    statements: int


def gap_to_figure(estimate: int, figure: Figure) -> FigureGap | None:
    """Return the gap between an ``estimate`` in percent and what is published, None where neither value nor range is said.

    The published range is taken as normal in log-odds around the value, or around its own middle where no value is said.
    """
    if figure.low is None or figure.high is None or not figure.is_said:
        return None
    low, high = float(log_odds(figure.low / 100)), float(log_odds(figure.high / 100))
    middle = (low + high) / 2 if figure.value is None else float(log_odds(figure.value / 100))
    deviation = max((high - low) / _DEVIATIONS, 0.05)
    limit = estimate / 100 - _TEN_POINTS
    # below 1 % a share has no log-odds of its own
    chance = float(normal_below((float(log_odds(limit)) - middle) / deviation)) if limit > 0.01 else 0.0
    return FigureGap(
        points=None if figure.value is None else estimate - figure.value,
        low=estimate - figure.high,
        high=estimate - figure.low,
        exceeds_ten_points=chance,
    )


def company_gap(pairs: Sequence[tuple[int, Figure]]) -> CompanyGap | None:
    """Return the mean gap over ``pairs`` of estimate and figure, of which only figures with a value count; None for fewer than three.

    Its ends are the means of the ends: the same people answer about every statement, so the gaps go together.
    """
    found = [gap_to_figure(estimate, figure) for estimate, figure in pairs if figure.verdict is Verdict.FIGURE]
    gaps = [(gap.points, gap.low, gap.high) for gap in found if gap is not None and gap.points is not None]
    if len(gaps) < FEWEST_GAPS:
        return None
    points, low, high = (sum(each) / len(gaps) for each in zip(*gaps, strict=True))
    return CompanyGap(points=points, low=low, high=high, statements=len(gaps))


def parse_percent(value: int | str) -> int:
    """Return an estimate as a whole number of percent, 0 to 100; a text may end in a percent sign.

    Raises Invalid for anything else.
    """
    text = str(value).strip() if not isinstance(value, bool) else ascii(value)
    if text and _PERCENT.fullmatch(text.removesuffix("%").rstrip()):
        percent = int(text.removesuffix("%"))
        if percent <= 100:
            return percent
    raise Invalid("estimate", value, "is not a whole number from 0 to 100" if text else "is empty", example="60")


def asked_again_from(made_at: datetime) -> datetime:
    """Return the instant from which the next estimate is asked for, unless the meaning changes before."""
    return made_at + ROUND
