"""The lines of the question as advice; the rules are those of ``check_faults``, which refuses or tells the same when it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cadence.domain.statements import line_manner as manner
from cadence.domain.statements.advice.kinds import Advice, AdviceKind, TextField, TextSpan
from cadence.domain.statements.advice.reading import ReadText
from cadence.domain.statements.check_faults import NEAR, RIGHT, LineFault, PoorLine, doubts, faults, says

_KINDS = {
    (RIGHT, LineFault.COPIED): AdviceKind.LINE_COPIED,
    (RIGHT, LineFault.TOLD): AdviceKind.LINE_GUESSED,
    (NEAR, LineFault.SAID): AdviceKind.NEAR_MISS_TRUE,
    (NEAR, LineFault.ALIKE): AdviceKind.NEAR_MISSES_ALIKE,
}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def a_fair_question(read: ReadText) -> Iterator[Advice]:
    """One piece of advice for each way in which the lines are poor; lines that are missing are for the editor to say."""
    typed = read.typed
    found: dict[AdviceKind, list[TextSpan]] = {}
    poor = faults(typed.right_answer, typed.near_misses, title=typed.title)
    poor += doubts(typed.right_answer, typed.near_misses, texts=read.all_text.split("\n\n")[1:])
    for one in poor:
        kind = _KINDS.get((one.field, one.sign))
        if kind is not None and one.value:
            spans = found.setdefault(kind, [])
            spans += [span for span in _spans(read, one, kind) if span not in spans]
    for kind, spans in found.items():
        yield Advice(kind=kind, spans=tuple(spans))


def _spans(read: ReadText, poor: PoorLine, kind: AdviceKind) -> Iterator[TextSpan]:
    line = str(poor.value)
    if poor.field == RIGHT:
        yield read.whole(TextField.RIGHT_ANSWER, line)
    elif line in read.typed.near_misses:
        yield read.whole(TextField.NEAR_MISSES, line, read.typed.near_misses.index(line))
    if kind is AdviceKind.LINE_COPIED:
        passage = _passage(read.text, line)
        if passage:
            yield read.span(*passage)
    elif kind is AdviceKind.NEAR_MISS_TRUE:
        yield from (read.span(start, end) for start, end in read.sentences if says(read.text[start:end], line))


def _passage(text: str, line: str) -> tuple[int, int] | None:
    """Return where the longest run of the line's words stands in the text, when it is long enough to be a copy."""
    said = list(_WORD.finditer(text))
    words = manner.words_of(line)
    longest, last = 0, 0
    #: how many words up to each one of the line stand before the place in the text
    runs = [0] * len(words)
    for place, word in enumerate(said):
        read = manner.words_of(word[0])[0]
        runs = [(runs[at - 1] if at else 0) + 1 if words[at] == read else 0 for at in range(len(words))]
        if max(runs, default=0) > longest:
            longest, last = max(runs), place
    first = last - longest + 1
    if not longest or not manner.is_copy(line, text[said[first].start() : said[last].end()]):
        return None
    return said[first].start(), said[last].end()
