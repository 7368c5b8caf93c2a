"""A text as the rules read it: what readers see of it, its sentences and words, each at its place in what the author typed."""

from __future__ import annotations

import re
from bisect import bisect_left
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
#: the share of its words that shows a language, and words from which a text in none of the known ones is in another
_TELLING_SHARE = 0.15
_TELLING_WORDS = 12
_BLOCK = re.compile(r"[^\n]+")
#: a colon or semicolon ends a sentence here: what follows is remembered on its own
_PAUSE = re.compile(r"(?<=[;:])\s+")
_ORDINAL = re.compile(r"\d\.$")
_LETTERS = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"\S+")


# not frozen and without slots, because what several rules ask for is made once
@dataclass(kw_only=True)
class ReadText:
    """An open text and all there is to judge it by. ``words``: the list of its ``language``, None for one there is none of."""

    typed: OpenText
    language: str
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
        return tuple(_sentences(self.text, self.words.months if self.words else frozenset()))

    @cached_property
    def word_places(self) -> tuple[tuple[int, int], ...]:
        """(start, end) of each word of the text with the marks at it, as people count words."""
        return tuple(found.span() for found in _TOKEN.finditer(self.text) if any(map(str.isalnum, found[0])))

    def count(self, start: int, end: int) -> int:
        """Return the words of a piece of the text."""
        return bisect_left(self.word_places, (end,)) - bisect_left(self.word_places, (start,))

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
    language = _language(typed, lists)
    return ReadText(typed=typed, language=language, words=lists.get(language), statements=tuple(statements))


def _language(typed: OpenText, lists: Mapping[str, WordList]) -> str:
    """Return the language of a text: the one most of its short words are of, or the given one where a text is too short to tell."""
    told = manner.words_of(f"{typed.title} {typed.text[:MOST_READ]}")
    shares = sorted(((sum(word in words.telling for word in told) / (len(told) or 1), name) for name, words in lists.items()), reverse=True)
    if shares and shares[0][0] >= _TELLING_SHARE:
        return shares[0][1]
    return typed.language.partition("-")[0].lower() if len(told) < _TELLING_WORDS else ""


def _sentences(text: str, months: frozenset[str]) -> Iterator[tuple[int, int]]:
    for block in _BLOCK.finditer(text):
        ends = sorted({found.span() for pattern in (SENTENCE_END, _PAUSE) for found in pattern.finditer(block[0])})
        ends = [(start, end) for start, end in ends if not _is_in_date(block[0], start, end, months)]
        begin = 0
        for start, end in [*ends, (len(block[0]), len(block[0]))]:
            said = block[0][begin:start]
            if said.strip():
                left = len(said) - len(said.lstrip())
                yield block.start() + begin + left, block.start() + begin + len(said.rstrip())
            begin = end


def _is_in_date(block: str, start: int, end: int, months: frozenset[str]) -> bool:
    """Whether a full stop is that of "15. März"."""
    after = _LETTERS.match(block, end)
    return bool(after and after[0].casefold() in months and _ORDINAL.search(block[max(0, start - 3) : start]))
