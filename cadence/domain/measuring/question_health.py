"""Whether a question is worth asking: too easy, too hard, disliked, or taken for something else by many.

Judged from 20 answers on. No share is told, which would stand beside what people know and mean something else. Pure; when it is judged
and what may be shown of it: ``operations.measuring.question_health``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.statements.checks import FORGOT, LINES, RIGHT_LINE

#: answers before a question is judged
LEAST_ANSWERS = 20
#: right this often, it tells nobody apart
_EASY = 0.95
#: above luck less than this, nobody knows it or nobody understands it
_HARD = 0.10
#: share of "I don't remember", and of people who said "too often", that make a question disliked
_FORGOTTEN, _TOO_OFTEN = 0.40, 0.20
#: a wrong line is told when at least so many answers, and this share, chose it
LEAST_MISREAD, _MISREAD = 10, 0.20


class Ailment(StrEnum):
    """What is wrong with a question."""

    TOO_EASY = "too_easy"
    TOO_HARD = "too_hard"
    DISLIKED = "disliked"
    #: one wrong line is chosen by many
    MISREAD = "misread"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCounts:
    """What was chosen. ``answers``: line -> how many answers; ``people``: line -> how many different people; -1 "I don't remember"."""

    answers: Mapping[int, int]
    people: Mapping[int, int]
    #: different people who answered, and of those who were sent it who said "too often"
    answered_by: int
    too_often: int = 0

    @property
    def total(self) -> int:
        """All answers."""
        return sum(self.answers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What may be published. ``misread``: the wrong line that many chose, None when there is none."""

    answers: int
    ailments: tuple[Ailment, ...]
    misread: int | None


def judge_question(counts: LineCounts, *, smallest: int = SMALLEST_GROUP) -> Judged | None:
    """Return what is wrong with a question, None while too few answers or people speak of it. ``smallest``: fewest people told about."""
    total = counts.total
    if total < LEAST_ANSWERS or counts.answered_by < max(smallest, SMALLEST_GROUP):
        return None
    right, forgotten = counts.answers.get(RIGHT_LINE, 0), counts.answers.get(FORGOT, 0)
    above_luck = (right - (total - right - forgotten) / (LINES - 1)) / total
    wrong = [line for line in counts.answers if line not in (RIGHT_LINE, FORGOT)]
    most = max(wrong, key=lambda line: (counts.answers[line], -line), default=None)
    if most is not None and not (
        counts.answers[most] >= max(LEAST_MISREAD, _MISREAD * total) and counts.people.get(most, 0) >= max(smallest, SMALLEST_GROUP)
    ):
        most = None
    disliked = forgotten >= _FORGOTTEN * total or (
        counts.too_often >= max(smallest, SMALLEST_GROUP) and counts.too_often >= _TOO_OFTEN * counts.answered_by
    )
    holds = {
        Ailment.TOO_EASY: right >= _EASY * total,
        Ailment.TOO_HARD: above_luck < _HARD,
        Ailment.DISLIKED: disliked,
        Ailment.MISREAD: most is not None,
    }
    return Judged(
        answers=total,
        ailments=tuple(ailment for ailment, held in holds.items() if held),
        misread=most,
    )
