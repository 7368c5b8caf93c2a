"""What is too long to be recalled."""

from __future__ import annotations

from collections.abc import Iterator

from cadence.domain.statements.advice.kinds import Advice, AdviceKind
from cadence.domain.statements.advice.reading import ReadText

#: words a sentence and a wording may have
SENTENCE_WORDS = 25
TEXT_WORDS = 90


def short_sentences(read: ReadText) -> Iterator[Advice]:
    """Every sentence of more than 25 words; a colon or semicolon ends one, and so does an item of a list."""
    long = []
    for start, end in read.sentences:
        count = read.count(start, end)
        if count > SENTENCE_WORDS:
            long.append((count, read.span(start, end)))
    if long:
        words = str(max(count for count, _ in long))
        yield Advice(
            kind=AdviceKind.LONG_SENTENCE, spans=tuple(span for _, span in long), values={"words": words, "most": str(SENTENCE_WORDS)}
        )


def short_text(read: ReadText) -> Iterator[Advice]:
    """What stands behind the ninetieth word."""
    words = read.word_places
    if len(words) > TEXT_WORDS:
        beyond = read.span(words[TEXT_WORDS][0], words[-1][1])
        yield Advice(kind=AdviceKind.LONG_TEXT, spans=(beyond,), values={"words": str(len(words)), "most": str(TEXT_WORDS)})
