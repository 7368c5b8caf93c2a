"""What was said before: another statement, or the beginning of another wording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import fuzz

from cadence.domain.statements import line_manner as manner
from cadence.domain.statements.advice.kinds import Advice, AdviceKind, OtherStatement, TextField, TextSpan
from cadence.domain.statements.advice.layout import shown
from cadence.domain.statements.advice.reading import MOST_READ, ReadText
from cadence.domain.statements.checks import as_read

#: rapidfuzz ratios, 0 to 100: of title and text together, of titles alone, and of the sentences that are shown as alike
_SAME_TEXT = 75
_SAME_TITLE = 90
_SAME_SENTENCE = 70
#: words of a title that can be compared, and words of an opening that are the same
_LEAST_TITLE = 3
_OPENING = 4
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def not_said_before(read: ReadText) -> Iterator[Advice]:
    """The statement that title and text together, or the title alone, are nearly the same as; the closest one."""
    typed = read.typed
    mine = _sorted_words(f"{typed.title} {read.text}")
    closest: tuple[float, OtherStatement] | None = None
    for other in read.statements:
        score = fuzz.ratio(mine, _words_of(other), score_cutoff=_SAME_TEXT)
        if len(manner.words_of(typed.title)) >= _LEAST_TITLE:
            score = max(score, fuzz.ratio(as_read(typed.title), as_read(other.title), score_cutoff=_SAME_TITLE))
        if score and (closest is None or score > closest[0]):
            closest = score, other
    if closest is not None:
        spans = _alike(read, closest[1])
        yield Advice(kind=AdviceKind.SAME_STATEMENT, spans=spans, values={"title": closest[1].title})


def own_opening(read: ReadText) -> Iterator[Advice]:
    """The first words, four or more, with which another wording begins too."""
    mine = list(_WORD.finditer(read.text, 0, 400))
    for other in read.typed.wordings:
        theirs = [word.casefold() for word in _WORD.findall(shown(other.text[:400]))]
        same = 0
        while same < min(len(mine), len(theirs)) and mine[same][0].casefold() == theirs[same]:
            same += 1
        if same >= _OPENING:
            span = read.span(mine[0].start(), mine[same - 1].end())
            yield Advice(kind=AdviceKind.SAME_OPENING, spans=(span,), values={"wording": other.name})
            return


@lru_cache(maxsize=1024)
def _words_of(other: OtherStatement) -> str:
    """Return the words of another statement, ready to be compared: it stays the same while somebody types."""
    return _sorted_words(f"{other.title} {shown(other.text[:MOST_READ])}")


def _sorted_words(text: str) -> str:
    """Return words in the order of the alphabet, so that the order in which they were said does not count."""
    return " ".join(sorted(as_read(text).split()))


def _alike(read: ReadText, other: OtherStatement) -> tuple[TextSpan, ...]:
    """Return the title where it is alike, and the sentences that the other one has too; the title when there are none."""
    title = read.whole(TextField.TITLE, read.typed.title)
    spans = [title] if fuzz.ratio(as_read(title.words), as_read(other.title)) >= _SAME_TITLE else []
    said = [as_read(one) for one in re.split(r"(?<=[.!?;:])\s+|\n+", shown(other.text[:MOST_READ])) if one.strip()]
    for start, end in read.sentences:
        mine = as_read(read.text[start:end])
        if any(fuzz.token_sort_ratio(mine, one) >= _SAME_SENTENCE for one in said):
            spans.append(read.span(start, end))
    return tuple(spans) or (title,)
