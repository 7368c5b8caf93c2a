"""Jargon, and letters that nothing explains."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cadence.domain.statements.advice.kinds import Advice, AdviceKind, TextSpan
from cadence.domain.statements.advice.reading import ReadText

_LETTERS = re.compile(r"(?<![\w/.@#-])([A-ZÄÖÜ]{2,6}|[A-ZÄÖÜ]{1,3}[&+][A-ZÄÖÜ]{1,3})(?:s|['’]s)?(?![\w/@]|-\w|\.\w)")
_ROMAN = re.compile(r"[IVXLC]+")
_WORD = re.compile(r"[^\W\d_]+")
#: a unit or half of the day behind its number
_NUMBER_BEFORE = re.compile(r"\d[\d.,:\u00a0 ]{0,6}$")
#: share of words in capitals from which capitals are the manner of a text
_SHOUTED = 0.3


def no_jargon(read: ReadText) -> Iterator[Advice]:
    """Words of offices, but for those the company says everybody knows."""
    if read.words is None:
        return
    known = read.words.known
    spans = tuple(span for span in read.found(read.words.jargon) if span.words.casefold() not in known)
    if spans:
        yield Advice(kind=AdviceKind.JARGON, spans=spans)


def no_bare_letters(read: ReadText) -> Iterator[Advice]:
    """Two to six capitals that are not explained in the text and that not everybody knows; each once."""
    if read.words is None:
        return
    all_words = _WORD.findall(read.text)
    if sum(len(word) > 1 and word.isupper() for word in all_words) > _SHOUTED * len(all_words):
        return
    initials = "".join(word[0] for word in all_words).casefold()
    found: dict[str, TextSpan] = {}
    for match in _LETTERS.finditer(read.text):
        letters = match[1]
        if letters in found or letters.casefold() in read.words.known or _ROMAN.fullmatch(letters):
            continue
        if not _NUMBER_BEFORE.search(read.text[: match.start()][-8:]) and not _is_explained(letters, read.text, initials):
            found[letters] = read.span(match.start(1), match.end(1))
    if found:
        yield Advice(kind=AdviceKind.ACRONYM, spans=tuple(found.values()), values={"letters": ", ".join(found)})


def _is_explained(letters: str, text: str, initials: str) -> bool:
    """Whether it stands in brackets behind its meaning, is followed by it, or its words stand in the text in their order."""
    written = re.escape(letters)
    before = rf"\w\s*\(\s*{written}s?\s*\)"
    after = rf"(?<!\w){written}s?\s*(?:\(\s*\w|[:=]\s|[–—-]\s|,?\s+(?:means|short for|heißt|steht für)\s)"
    return bool(re.search(f"{before}|{after}", text)) or (len(letters) > 2 and letters.casefold() in initials)
