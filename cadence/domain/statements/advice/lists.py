"""The words of one language that the rules look for, ready to be matched; how a file of them is read: ``files.advice_toml``.

A phrase is matched whatever its capitals and line ends. In it ``*`` stands for the rest of a word and ``#`` for a whole number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WordList:
    """What one language says things with; what each list is for stands in messages/advice/en.toml."""

    #: a single one makes a text read like a plan
    plan: re.Pattern[str]
    #: two different ones do
    plan_hints: re.Pattern[str]
    praise: re.Pattern[str]
    jargon: re.Pattern[str]
    reasons: re.Pattern[str]
    #: what can be seen, held or met
    pictures: re.Pattern[str]
    #: words everybody knows: neither jargon nor an acronym to explain
    known: frozenset[str]


_NEVER = re.compile(r"(?!)")


def pattern_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of the phrases as whole words, the longest first; of none, one that finds nothing.

    >>> pattern_of(["phase #", "synerg*"]).findall("In Phase 3 our synergies grow")
    ['Phase 3', 'synergies']
    """
    parts = [_part(phrase) for phrase in sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))]
    return re.compile(rf"(?<![\w@/-])(?:{'|'.join(parts)})(?![\w@]|-\w)", re.IGNORECASE) if parts else _NEVER


def _part(phrase: str) -> str:
    words = [re.escape(word).replace(r"\*", r"\w*").replace(r"\#", r"\d+") for word in phrase.split()]
    return r"\s+".join(words).replace("'", "['’]")
