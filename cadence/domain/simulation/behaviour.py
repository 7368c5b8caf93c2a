"""What simulated people do with a message: read, answer, press, each by their own luck of the day.

Arrays over showings (a text in somebody's message) and over questions; ``Luck`` holds one draw for every person and statement,
so that different rules with one seed meet the same luck. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.simulation.population import Habits, Kind, Population, Random, Rows

#: what came of a question
UNANSWERED, WRONG, RIGHT, FORGOT = -1, 0, 1, 2
#: a selective person answers so many times as often what is known, and what is not
_KNOWN_MORE, _UNKNOWN_LESS = 1.6, 0.25
#: four lines and "I don't remember", tapped without reading
_LINES = 4
#: a message of many statements is read on with this chance after each
READS_ON = 0.9
#: a digest of so many statements is read whole
_SHORT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Luck:
    """Draws from [0, 1), people x statements; ``opens``: people x messages of one day."""

    opens: Floats
    sticks: Floats
    presses: Floats
    willing: Floats
    recalls: Floats
    looks_up: Floats
    admits: Floats
    guesses: Floats

    @classmethod
    def draw(cls, random: Random, *, people: int, statements: int, messages: int) -> Luck:
        """Return the luck of one day."""
        rest = [one.name for one in fields(cls) if one.name != "opens"]
        opens = random.random((people, messages))
        return cls(opens=opens, **dict(zip(rest, random.random((len(rest), people, statements)), strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsMet:
    """What came of texts, one element per showing."""

    read: Mask
    #: taken in, of those that were read
    taken_in: Mask
    acknowledged: Mask
    #: pressed "I know this"
    known: Mask


def meet_texts(
    habits: Habits,
    luck: Luck,
    seats: Rows,
    columns: Rows,
    *,
    opened: Mask,
    position: NDArray[np.int64],
    size: NDArray[np.int64],
    asks: Mask,
) -> TextsMet:
    """Return what people do with the texts of their messages.

    opened: whether the message was seen. position, size: place of the text in its message, and how many it holds.
    asks: an acknowledgement is asked for. Whoever presses without reading takes nothing in.
    """
    kind = habits.kind[seats]
    blind = (kind == Kind.ACKNOWLEDGES_ALL) | (kind == Kind.KNOWS_ALL)
    reach = np.where(size > _SHORT, READS_ON**position, 1.0)
    read = opened & ~blind & (luck.presses[seats, columns] < reach)
    # the upper end of the same luck, so that reading far and pressing do not depend on each other
    pressed = (1.0 - luck.presses[seats, columns]) < habits.acknowledges[seats]
    return TextsMet(
        read=read,
        taken_in=read & (luck.sticks[seats, columns] < habits.encoding[seats]),
        acknowledged=asks & pressed & (read | (opened & (kind == Kind.ACKNOWLEDGES_ALL))),
        known=opened & pressed & (kind == Kind.KNOWS_ALL),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsMet:
    """What came of questions, one element each."""

    #: ``UNANSWERED``, ``WRONG``, ``RIGHT`` or ``FORGOT``
    outcome: NDArray[np.int64]
    #: had it in mind
    knew: Mask
    #: could say it unaided, and would when asked to; whoever taps anything writes nothing
    could_say: Mask
    would_say: Mask


def meet_questions(
    population: Population,
    habits: Habits,
    luck: Luck,
    seats: Rows,
    columns: Rows,
    *,
    opened: Mask,
    recall: Floats,
    recognise: Floats,
    shown_before: Mask,
) -> QuestionsMet:
    """Return what people answer. recall, recognise: their true chances; shown_before: a text that can be looked up."""
    kind, place = habits.kind[seats], (seats, columns)
    could_say, knew = luck.recalls[place] < recall, luck.recalls[place] < recognise
    blind = kind == Kind.ANSWERS_ANYTHING
    leaning = np.where(kind == Kind.SELECTIVE, np.where(knew, _KNOWN_MORE, _UNKNOWN_LESS), 1.0)
    answered = opened & (luck.willing[place] < habits.answers[seats] * leaning)
    found = ~knew & shown_before & (luck.looks_up[place] < habits.finds[seats])
    admitted = luck.admits[place] < np.where(blind, 1.0 / (_LINES + 1), population.admits)
    lucky = luck.guesses[place] < np.where(blind, 1.0 / _LINES, population.guesses_right)
    tapped = np.where(admitted, FORGOT, np.where(lucky, RIGHT, WRONG))
    outcome = np.where((knew | found) & ~blind, RIGHT, tapped)
    return QuestionsMet(
        outcome=np.where(answered, outcome, UNANSWERED),
        knew=answered & (knew | found) & ~blind,
        could_say=answered & could_say & ~blind,
        would_say=answered & ~blind & (luck.presses[place] < population.says),
    )
