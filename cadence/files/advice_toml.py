"""The word lists of advice to authors: one TOML file a language, messages/advice/<language>.toml, to which a company adds its own.

Owns the keys and what a phrase may look like. Takes bytes, opens nothing. What the lists are used for: docs/statements.md, Advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from cadence.domain.statements.advice.lists import WordList, pattern_of
from cadence.files.declared import DeclaredTable, Fault, OneLine, Words, entry
from cadence.files.reading import read_file

#: characters of a phrase, and its signs that stand for any letters
_MOST = 60
_MOST_STARS = 3
#: lists of words that are compared, not looked for
_NO_PATTERNS = ("telling", "months", "known")


def _phrase(text: str) -> str:
    if len(text) > _MOST:
        raise Fault(f"has {len(text)} characters; a phrase has at most {_MOST}")
    if not any(character.isalpha() for character in text):
        raise Fault("holds no letter, so it would match anything")
    if text.count("*") > _MOST_STARS:
        raise Fault(f"holds more than {_MOST_STARS} stars")
    return text


Phrase = Annotated[OneLine, AfterValidator(_phrase)]


class AdviceToml(DeclaredTable):
    """The words of one language, or those that a company adds to it."""

    telling: Words[Phrase] = entry((), "short words by which a text is known to be in this language", example=["the"], absent="none")
    months: Words[Phrase] = entry((), "names of months, for the sign @", example=["March"], absent="none")
    plan: Words[Phrase] = entry((), "one of these makes a purpose, value or vision read like a plan", example=["phase #"], absent="none")
    plan_hints: Words[Phrase] = entry((), "two different ones do", example=["by the end of @"], absent="none")
    empty: Words[Phrase] = entry((), "praise that says nothing anywhere", example=["world-class"], absent="none")
    praise: Words[Phrase] = entry(
        (), "praise that says nothing without a number, a person, a picture and a reason", example=["amazing"], absent="none"
    )
    jargon: Words[Phrase] = entry((), "words of offices", example=["synerg*"], absent="none")
    reasons: Words[Phrase] = entry((), "what a reason, a consequence or a trade-off is told with", example=["because"], absent="none")
    pictures: Words[Phrase] = entry((), "what can be seen, held or met", example=["bridge"], absent="none")
    abstract: Words[Phrase] = entry((), "three different ones in a text without a picture hide one", example=["*tion"], absent="none")
    known: Words[Phrase] = entry((), "words and letters that nobody needs explained", example=["gps"], absent="none")


def read_word_list(files: Sequence[tuple[str, bytes]]) -> WordList:
    """Return the words of one language from its files, (name, content), which add up. Raises InvalidFile with every fault of one."""
    tables = [read_file(AdviceToml, raw, where=name) for name, raw in files]

    def all_of(key: str) -> list[str]:
        return [phrase for table in tables for phrase in getattr(table, key)]

    def compared(key: str) -> frozenset[str]:
        return frozenset(word.casefold() for word in all_of(key))

    months = all_of("months")
    patterns = {key: pattern_of(all_of(key), months=months) for key in AdviceToml.model_fields if key not in _NO_PATTERNS}
    return WordList(telling=compared("telling"), months=compared("months"), known=compared("known"), **patterns)
