"""What could be true of everyone who was told, whatever those who did not answer know. Pure, from a released figure."""

from __future__ import annotations

from math import ceil, floor

from cadence.domain.measuring.figures import Figure, Verdict


def could_be(figure: Figure) -> tuple[int, int] | None:
    """Return the share of 100, lowest and highest, if none or all of those who were told and did not answer knew it.

    None where no value may be said, or how many were told or answered. Never narrower than the released range.

    >>> from cadence.domain.measuring.figures import FigureKind
    >>> could_be(Figure(kind=FigureKind.KNOW_IT, verdict=Verdict.FIGURE, people=240, told=240, answered=93, value=30, low=15, high=40))
    (11, 73)
    """
    if figure.verdict is not Verdict.FIGURE or figure.value is None or figure.low is None or figure.high is None:
        return None
    if not figure.told or figure.answered is None or figure.answered > figure.told:
        return None
    known = figure.value * figure.answered
    lowest, highest = floor(known / figure.told), ceil((known + 100 * (figure.told - figure.answered)) / figure.told)
    return min(lowest, figure.low), max(highest, figure.high)
