"""What mail and Slack cannot show."""

from __future__ import annotations

from collections.abc import Iterator

from cadence.domain.statements.advice.kinds import Advice, AdviceKind
from cadence.domain.statements.advice.layout import not_shown
from cadence.domain.statements.advice.reading import MOST_READ, ReadText


def without_pictures(read: ReadText) -> Iterator[Advice]:
    """Images and tables arrive as their words alone."""
    spans = tuple(read.span(*place) for place in not_shown(read.typed.text[:MOST_READ]))
    if spans:
        yield Advice(kind=AdviceKind.NOT_SHOWN, spans=spans)
