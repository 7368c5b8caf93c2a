"""The words of one language that the rules look for, ready to be matched; how a file of them is read: ``files.advice_toml``.

A phrase is matched as whole words, whatever its capitals and line ends. In it ``*`` stands for any letters, ``#`` for a whole
number and ``@`` for the name of a month.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WordList:
    """What one language says things with; what each list is for stands in messages/advice/en.toml."""

    #: in small letters, by which a text is known to be in this language
    telling: frozenset[str]
    plan: re.Pattern[str]
    plan_hints: re.Pattern[str]
    empty: re.Pattern[str]
    praise: re.Pattern[str]
    jargon: re.Pattern[str]
    reasons: re.Pattern[str]
    pictures: re.Pattern[str]
    abstract: re.Pattern[str]
    #: names of months, in small letters
    months: frozenset[str]
    #: in small letters; neither jargon nor an acronym to explain
    known: frozenset[str]


_NEVER = re.compile(r"(?!)")
_SIGNS = {r"\*": r"\w*", r"\#": r"\d+", "'": "['’]"}


def pattern_of(phrases: Iterable[str], *, months: Sequence[str] = ()) -> re.Pattern[str]:
    """Return a pattern that finds any of the phrases as whole words, the longest first; of none, one that finds nothing.

    >>> pattern_of(["phase #", "synerg*", "by @"], months=["May"]).findall("By May, in Phase 3, our synergies grow")
    ['By May', 'Phase 3', 'synergies']
    """
    month = f"(?:{'|'.join(map(re.escape, months))})" if months else "(?!)"
    parts = [_part(phrase, month) for phrase in sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))]
    return re.compile(rf"(?<![\w@/])(?<!\w-)(?:{'|'.join(parts)})(?![\w@])(?!-\w)", re.IGNORECASE) if parts else _NEVER


def _part(phrase: str, month: str) -> str:
    written = r"\s+".join(re.escape(word) for word in phrase.split())
    for sign, meaning in _SIGNS.items():
        written = written.replace(sign, meaning)
    return written.replace("@", month)
