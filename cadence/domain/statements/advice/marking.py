"""A text in pieces, so that a page or a command can show which words each advice is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cadence.domain.statements.advice.kinds import Advice, TextField


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPiece:
    """A piece of a text; ``number``: the advice it belongs to, counted from 1, or 0."""

    text: str
    number: int = 0


def marked(text: str, advice: Sequence[Advice], field: TextField = TextField.TEXT, *, line: int = 0) -> Iterator[MarkedPiece]:
    """Yield ``text`` in pieces that join to it. Inside a longer piece a shorter one has its own number; of two alike the first has it."""
    spans = [
        (span.end - span.start, number, span.start)
        for number, one in enumerate(advice, 1)
        for span in one.spans
        if span.field is field and span.line == line
    ]
    numbers = [0] * len(text)
    for length, number, start in sorted(spans, reverse=True):
        numbers[start : start + length] = [number] * length
    at = 0
    while at < len(text):
        end = next((place for place in range(at + 1, len(text)) if numbers[place] != numbers[at]), len(text))
        yield MarkedPiece(text=text[at:end], number=numbers[at])
        at = end
