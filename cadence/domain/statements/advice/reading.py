"""A text as the rules read it: what readers see of it, its sentences and words, each at its place in what the author typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cadence.domain.statements import line_manner as manner
from cadence.domain.statements.advice.kinds import OpenText, OtherStatement, TextField, TextSpan
from cadence.domain.statements.advice.layout import shown
from cadence.domain.statements.advice.lists import WordList
from cadence.domain.statements.text import SENTENCE_END

#: characters that are read: more than any text may have (``statement.MAX_TEXT``)
MOST_READ = 6_000
#: words from which a text that is in none of the languages known by their words is taken for one in another language
_TELLING = 12
_BLOCK = re.compile(r"[^\n]+")
#: a colon or semicolon ends a sentence here: what follows is remembered on its own
_PAUSE = re.compile(r"(?<=[;:])\s+")
_TOKEN = re.compile(r"\S+")


# not frozen and without slots, because what several rules ask for is made once
@dataclass(kw_only=True)
class ReadText:
    """An open text and all there is to judge it by. ``words``: the list of its language, None for a language there is none of."""

    typed: OpenText
    words: WordList | None
    statements: tuple[OtherStatement, ...]

    @cached_property
    def text(self) -> str:
        """The open wording without marks, of the same length as it was typed."""
        return shown(self.typed.text[:MOST_READ])

    @cached_property
    def all_text(self) -> str:
        """Title and every wording without marks: what may be said elsewhere in the statement counts too."""
        return "\n\n".join([self.typed.title, self.text, *(shown(other.text[:MOST_READ]) for other in self.typed.wordings)])

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """(start, end) of each sentence of the text, without the blanks around it."""
        return tuple(_sentences(self.text))

    @cached_property
    def word_places(self) -> tuple[tuple[int, int], ...]:
        """(start, end) of each word of the text with the marks at it, as people count words."""
        return tuple(found.span() for found in _TOKEN.finditer(self.text) if any(map(str.isalnum, found[0])))

    def count(self, start: int, end: int) -> int:
        """Return the words of a piece of the text."""
        return sum(start <= place < end for place, _ in self.word_places)

    def span(self, start: int, end: int) -> TextSpan:
        """Return a piece of the text as it was typed."""
        return TextSpan(start=start, end=end, words=self.typed.text[start:end])

    def found(self, pattern: re.Pattern[str]) -> tuple[TextSpan, ...]:
        """Return what a list of words finds in the text."""
        return tuple(self.span(*match.span()) for match in pattern.finditer(self.text))

    def whole(self, field: TextField, value: str, line: int = 0) -> TextSpan:
        """Return all of another field."""
        return TextSpan(start=0, end=len(value), words=value, field=field, line=line)


def read_text(typed: OpenText, lists: Mapping[str, WordList], statements: Sequence[OtherStatement]) -> ReadText:
    """Return what was typed, ready for the rules."""
    return ReadText(typed=typed, words=lists.get(_language(typed)), statements=tuple(statements))


def _language(typed: OpenText) -> str:
    """Return the language of a text: told by its words, or the one that was given where words cannot tell."""
    told = f"{typed.title} {typed.text[:MOST_READ]}"
    given = typed.language.partition("-")[0].lower()
    found = manner.language(told)
    if found or given not in ("", "en", "de"):
        return found or given
    return given if len(manner.words_of(told)) < _TELLING else ""


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for block in _BLOCK.finditer(text):
        ends = sorted({found.span() for pattern in (SENTENCE_END, _PAUSE) for found in pattern.finditer(block[0])})
        begin = 0
        for start, end in [*ends, (len(block[0]), len(block[0]))]:
            said = block[0][begin:start]
            if said.strip():
                left = len(said) - len(said.lstrip())
                yield block.start() + begin + left, block.start() + begin + len(said.rstrip())
            begin = end
