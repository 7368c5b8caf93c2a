"""Praise and abstract words where a fact, a story or a reason would stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cadence.domain.statements import line_manner as manner
from cadence.domain.statements.advice.kinds import Advice, AdviceKind
from cadence.domain.statements.advice.lists import WordList
from cadence.domain.statements.advice.reading import ReadText

#: words below which a text has no room for a picture, and different abstract ones that hide one
_LEAST_WORDS = 12
_ABSTRACT = 3
#: a name of two words inside a sentence, in English and German
_FULL_NAME = re.compile(r"(?<=[\w,] )[A-ZÀ-Þ][a-zß-ÿ]+ [A-ZÀ-Þ][a-zß-ÿ]+(?!\w)")
_GERMAN_NAME = re.compile(r"(?<!\w)(?:Frau|Herr|Herrn|Dr\.)\s+[A-ZÀ-Þ][a-zß-ÿ]+")
#: a place or a person in English, where only names have capitals; behind "at" stands the company
_NAME = re.compile(r"(?<=[a-z,] )(?<!\bat )(?<!\bAt )[A-ZÀ-Þ][a-zß-ÿ]+(?!\w)")
_QUOTED = re.compile(r"[“„»«\"][^“”„»«\"\n]{3,200}[”“»«\"]")


def no_hollow_cheer(read: ReadText) -> Iterator[Advice]:
    """Words that are empty anywhere, and praise in a text without a number, a person, a picture or a reason."""
    if read.words is None:
        return
    spans = read.found(read.words.empty)
    if not has_picture(read, read.words) and not read.words.reasons.search(read.text):
        spans += tuple(span for span in read.found(read.words.praise) if not any(one.start <= span.start < one.end for one in spans))
    if spans:
        yield Advice(kind=AdviceKind.HOLLOW, spans=tuple(sorted(spans, key=lambda span: span.start)))


def a_picture(read: ReadText) -> Iterator[Advice]:
    """A text of abstract words in which nothing can be seen: no thing, person, place, number or example."""
    if read.words is None or len(read.word_places) < _LEAST_WORDS or has_picture(read, read.words):
        return
    abstract = read.found(read.words.abstract)
    if len({span.words.casefold() for span in abstract}) >= _ABSTRACT:
        yield Advice(kind=AdviceKind.NOTHING_TO_PICTURE, spans=abstract)


def has_picture(read: ReadText, words: WordList) -> bool:
    """Whether a text has a number, a name, a quotation or something that can be seen, held or met."""
    text = read.text
    if manner.has_number(text) or _QUOTED.search(text) or words.pictures.search(text):
        return True
    if _FULL_NAME.search(text) or _GERMAN_NAME.search(text):
        return True
    return read.language == "en" and bool(_NAME.search(text))
