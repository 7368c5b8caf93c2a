"""What makes a question poor: lines by which people could tell the right one without knowing the statement.

``faults`` are refused: the figure would measure skill in taking tests. ``doubts`` are told and let through: whether two lines mean
the same is for a person to say. Of more than three near misses each message shows three, so lines are judged in every such set,
and a difference counts when more than a quarter of the sets show it. How the manner of a line is read: ``line_manner``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from itertools import combinations

from rapidfuzz import fuzz

from cadence.domain.statements import line_manner as manner
from cadence.domain.statements.checks import LEAST_NEAR_MISSES, as_read

RIGHT, NEAR = "right_answer", "near_misses"
#: characters that fit a button and a line of a phone; more are let through and told
FITTING_LINE = 75
#: a right line is told by its length when it is longer than the longest other by this factor and this many characters, or so much shorter
LENGTH_FACTOR = 1.3
LENGTH_CHARACTERS = 10
#: share of the sets of three near misses in which the right line may stand out
_SETS = 0.25
#: rapidfuzz ratios, 0 to 100, from which two lines say nearly the same, and a sentence of the text says what a near miss says
_SAME = 84
_SAID = 88
_SENTENCE = re.compile(r"(?<=[.!?…。！？])\s+|\n+")


class LineFault(Enum):
    """What is wrong with a line, for those who say it in words of their own."""

    #: there are too few lines
    FEW = auto()
    #: two lines read alike, or say nearly the same
    ALIKE = auto()
    #: the right line stands out
    TOLD = auto()
    #: the right line stands in the text
    COPIED = auto()
    LONG = auto()
    #: a near miss is what the text says
    SAID = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class PoorLine:
    """One thing that is wrong with the lines of a question. ``field``: the key of the file; ``value``: the line, None without one."""

    sign: LineFault
    field: str
    value: str | None
    reason: str


#: (what the right line is the only one with, without, how it is read); equal values of all three others make it stand out
_ODD: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("is the only line with a number", "is the only line without a number", manner.has_number),
    (
        "is the only line with a negation or a word such as always, only or all",
        "is the only line without a negation or a word such as always, only or all",
        manner.is_strong,
    ),
    ("is the only line with a quotation", "is the only line without a quotation", manner.is_quoting),
    ("is the only line with a reservation such as usually", "is the only line without a reservation such as usually", manner.is_hedged),
    (
        "is the only line with a colon, semicolon, dash or bracket",
        "is the only line without a colon, semicolon, dash or bracket",
        manner.has_marks,
    ),
)
_OTHER: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("does not end with the mark that the other lines end with", manner.ending),
    ("is capitalised unlike the other lines", manner.capitals),
    ("begins unlike the other lines, which all begin alike", manner.opening),
)
_FOREIGN: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("is written in another script than the other lines", manner.script),
    ("is in another language than the other lines", manner.language),
)
#: what the button beside the lines says, and other ways of saying it, as they are read
_FORGOT = frozenset(
    as_read(said)
    for said in (
        "I don’t remember", "I do not remember", "I can’t remember", "I cannot remember", "I forgot", "I don’t know", "I do not know",
        "Weiß ich nicht mehr", "Ich weiß es nicht mehr", "Ich weiß nicht mehr", "Ich erinnere mich nicht", "Weiß ich nicht",
        "Ich weiß es nicht", "Ich weiß nicht", "Ich kann mich nicht erinnern",
    )
)  # fmt: skip
_ADVICE = "people could choose it without knowing the statement"


def faults(right: str, near_misses: Sequence[str], *, title: str) -> list[PoorLine]:
    """Return all that is refused, empty when the lines make a fair question and when there are none at all."""
    if not right and not near_misses:
        return []
    if not right:
        return [PoorLine(sign=LineFault.FEW, field=RIGHT, value=None, reason="is missing, though near_misses are given")]
    if not near_misses:
        reason = f"are missing, though right_answer is given; write at least {LEAST_NEAR_MISSES}"
        return [PoorLine(sign=LineFault.FEW, field=NEAR, value=None, reason=reason)]
    found = []
    if len(near_misses) < LEAST_NEAR_MISSES:
        reason = f"are fewer than {LEAST_NEAR_MISSES}; a question shows the right line and {LEAST_NEAR_MISSES} near misses"
        found.append(PoorLine(sign=LineFault.FEW, field=NEAR, value=f"{len(near_misses)} lines", reason=reason))
    found += _alike(right, near_misses)
    found += _forgotten(right, near_misses)
    found += _of_another_script(right, near_misses)
    sets = list(combinations(near_misses, LEAST_NEAR_MISSES)) or [tuple(near_misses)]
    for reason in _told_by(right, sets, title):
        found.append(PoorLine(sign=LineFault.TOLD, field=RIGHT, value=right, reason=f"{reason}; {_ADVICE}"))
    return found


def doubts(right: str, near_misses: Sequence[str], *, texts: Sequence[str]) -> list[PoorLine]:
    """Return what is worth a second look. ``texts``: the body and the wordings as a reader sees them."""
    found = []
    if any(manner.is_copy(right, text) for text in texts):
        reason = "stands word for word in the text; people could find it by comparing, so say it in other words"
        found.append(PoorLine(sign=LineFault.COPIED, field=RIGHT, value=right, reason=reason))
    for field, line in [(RIGHT, right), *((NEAR, line) for line in near_misses)]:
        if len(line) > FITTING_LINE:
            reason = f"has {len(line)} characters; {FITTING_LINE} fit a button in Slack and a line on a phone"
            found.append(PoorLine(sign=LineFault.LONG, field=field, value=line, reason=reason))
    for one, other in combinations(near_misses, 2):
        if as_read(one) != as_read(other) and _similar(one, other) >= _SAME:
            found.append(PoorLine(sign=LineFault.ALIKE, field=NEAR, value=other, reason=f'means nearly the same as "{one}"'))
    sentences = [sentence for text in texts for sentence in _SENTENCE.split(text) if sentence.strip()]
    for line in near_misses:
        said = next((sentence for sentence in sentences if says(sentence, line)), None)
        if said is not None:
            reason = f'may be true: the text says "{" ".join(said.split())}"'
            found.append(PoorLine(sign=LineFault.SAID, field=NEAR, value=line, reason=reason))
    return found


def _alike(right: str, near_misses: Sequence[str]) -> Iterable[PoorLine]:
    read = {as_read(right): right}
    for line in near_misses:
        before = read.setdefault(as_read(line), line)
        if before is not line or line is right:
            yield PoorLine(sign=LineFault.ALIKE, field=NEAR, value=line, reason=f'reads like "{before}"; each line must say something else')


def _forgotten(right: str, near_misses: Sequence[str]) -> Iterable[PoorLine]:
    for field, line in [(RIGHT, right), *((NEAR, line) for line in near_misses)]:
        if as_read(line) in _FORGOT:
            reason = "reads like the button for those who do not remember, which stands beside the lines; write a line about the statement"
            yield PoorLine(sign=LineFault.TOLD if field == RIGHT else LineFault.ALIKE, field=field, value=line, reason=reason)


def _of_another_script(right: str, near_misses: Sequence[str]) -> Iterable[PoorLine]:
    """Yield the near misses that nobody would choose, or everybody would notice; a right line unlike them all is told elsewhere."""
    mine = manner.script(right)
    others = [line for line in near_misses if mine and manner.script(line) not in ("", mine)]
    for line in others if len(others) < len(near_misses) else ():
        reason = "is not in the script of the right line; people could rule it out without knowing the statement"
        yield PoorLine(sign=LineFault.TOLD, field=NEAR, value=line, reason=reason)


def _told_by(right: str, sets: Sequence[Sequence[str]], title: str) -> Iterable[str]:
    """Return a reason for each way in which the right line stands out in more than a quarter of the sets."""

    def in_many(stands_out: Callable[[Sequence[str]], bool]) -> bool:
        return sum(map(stands_out, sets)) > _SETS * len(sets)

    if in_many(lambda others: _longer(len(right), max(map(len, others)))):
        yield f"has {len(right)} characters and is clearly the longest line"
    if in_many(lambda others: _longer(min(map(len, others)), len(right))):
        yield f"has {len(right)} characters and is clearly the shortest line"
    for alone, lacking, has in _ODD:
        if in_many(partial(_odd, has, right)):
            yield alone if has(right) else lacking
    for reason, read in _OTHER:
        if in_many(partial(_odd, read, right)):
            yield reason
    for reason, read in _FOREIGN:
        if in_many(partial(_foreign, read, right)):
            yield reason
    mine = manner.title_words(right, title)
    if mine and in_many(lambda others: not any(manner.title_words(line, title) for line in others)):
        yield "is the only line with a word of the title"


def _longer(one: int, other: int) -> bool:
    return one >= LENGTH_FACTOR * other and one - other >= LENGTH_CHARACTERS


def _odd(read: Callable[[str], object], right: str, others: Sequence[str]) -> bool:
    found = {read(line) for line in others}
    return len(found) == 1 and read(right) not in found


def _foreign(read: Callable[[str], str], right: str, others: Sequence[str]) -> bool:
    """As ``_odd``; a language or script that cannot be told says nothing."""
    return bool(read(right)) and all(map(read, others)) and _odd(read, right, others)


def _similar(one: str, other: str) -> float:
    if manner.is_strong(one) != manner.is_strong(other):
        return 0.0
    return fuzz.token_sort_ratio(as_read(one), as_read(other))


def says(sentence: str, line: str) -> bool:
    """Whether a sentence of the text says what a near miss says."""
    if manner.is_copy(line, sentence):
        return True
    return manner.is_strong(sentence) == manner.is_strong(line) and fuzz.token_sort_ratio(as_read(sentence), as_read(line)) >= _SAID
