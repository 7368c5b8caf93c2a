"""A plan where a direction belongs, and a claim without its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cadence.domain.statements.advice.kinds import Advice, AdviceKind
from cadence.domain.statements.advice.reading import ReadText
from cadence.domain.statements.advice.substance import has_picture
from cadence.domain.statements.statement import StatementKind

_DIRECTIONS = frozenset({StatementKind.PURPOSE, StatementKind.VALUE, StatementKind.VISION})
#: a purpose is a reason itself, and a scoreboard shows figures
_WITH_REASON = frozenset({StatementKind.VALUE, StatementKind.VISION, StatementKind.STRATEGY, StatementKind.PRIORITY})
#: different hints that make a plan
_HINTS = 2
#: words below which a text is a motto: its reason stands elsewhere or nowhere
_LEAST_WORDS = 20
_TASK = re.compile(r"^[ \t]{0,20}(?:[-*+]|\d{1,9}[.)])[ \t]+(\[[ xX]\][ \t]+\S.*)$", re.MULTILINE)


def no_plan(read: ReadText) -> Iterator[Advice]:
    """A purpose, value or vision with one certain sign of a plan, a box to tick, or two different hints of one."""
    if read.words is None or read.typed.kind not in _DIRECTIONS:
        return
    certain = [*read.found(read.words.plan), *(read.span(*found.span(1)) for found in _TASK.finditer(read.typed.text))]
    hints = read.found(read.words.plan_hints)
    if certain or len({" ".join(span.words.casefold().split()) for span in hints}) >= _HINTS:
        spans = list(certain)
        for hint in hints:
            if not any(hint.start < span.end and span.start < hint.end for span in spans):
                spans.append(hint)
        yield Advice(kind=AdviceKind.PLAN, spans=tuple(sorted(spans, key=lambda span: span.start)))


def a_reason(read: ReadText) -> Iterator[Advice]:
    """A statement in which no wording says why: its first sentence waits for a reason. A vision that can be seen is one itself."""
    if read.words is None or read.typed.kind not in _WITH_REASON or len(read.word_places) < _LEAST_WORDS:
        return
    if read.typed.kind is StatementKind.VISION and has_picture(read, read.words):
        return
    if not read.words.reasons.search(read.all_text):
        yield Advice(kind=AdviceKind.NO_REASON, spans=(read.span(*read.sentences[0]),))
