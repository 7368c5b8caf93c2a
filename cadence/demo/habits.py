"""What each person of the sample company does with a message: answers, acknowledges, taps, asks, or nothing. Pure.

Everything follows from a seed, the person's address and the statement, so that the same company answers alike each time
what they know is what the weeks before have left in them (``history``). None of it is taken from the memory model: the model has to
find it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from cadence.domain.sending.deliveries import Channel
from cadence.domain.statements.checks import FORGOT

SEED = 20261123

#: share of people who press anything at all
_TAKING_PART = {Channel.EMAIL: 0.55, Channel.SLACK: 0.72}
#: chances for one statement of one message
_ANSWERS, _ACKNOWLEDGES, _KNOWS_IT, _UNCLEAR, _TOO_OFTEN, _ASKS = 0.6, 0.68, 0.06, 0.05, 0.03, 0.015
#: of those who do not know it, how many say so
_ADMITS = 0.45

QUESTIONS = (
    "Does this hold for contractors as well?",
    "Who decides when two of these pull in different directions?",
    "What changes for those of us who work nights?",
    "Is there an example from our region?",
    "Can we say this to customers too, in these words?",
    "Where do I look up how far along we are?",
    "What do we stop doing, so that there is time for this?",
    "Since when does this hold, and until when?",
)


class Reaction(StrEnum):
    """One thing a person may do with a statement."""

    ANSWER = "answer"
    ACKNOWLEDGE = "acknowledge"
    KNOWN = "known"
    UNCLEAR = "unclear"
    TOO_OFTEN = "too_often"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is done; ``choice``: place of the chosen line, or ``FORGOT``, for an answer; ``text``: the question that is asked."""

    wish: Reaction
    choice: int = 0
    text: str = ""


def takes_part(email: str, channel: Channel, *, seed: int = SEED) -> bool:
    """Return whether this person ever presses anything."""
    return Random(f"{seed} part {email}").random() < _TAKING_PART[channel]


def deeds(email: str, slug: str, *, knows: float, right: int | None, options: int, must_acknowledge: bool, seed: int = SEED) -> list[Deed]:
    """Return what this person does with a statement, in order.

    ``knows``: the chance to know it. ``right``: place of the right line among ``options`` (at least 2), None when no question is open.
    Who does not know says so or picks any line, the right one among them. At most one tap, since "I know this" and "Unclear" do
    not go together.
    """
    chance = Random(f"{seed} deeds {email} {slug}")
    found = []
    answers, known, place, admits = (chance.random() for _ in range(4))
    if answers < _ANSWERS and right is not None:
        guess = FORGOT if admits < _ADMITS else int(place * options)
        found.append(Deed(wish=Reaction.ANSWER, choice=right if known < knows else guess))
    if chance.random() < _ACKNOWLEDGES and must_acknowledge:
        found.append(Deed(wish=Reaction.ACKNOWLEDGE))
    drawn = chance.random()
    if drawn < _KNOWS_IT:
        found += [Deed(wish=Reaction.KNOWN)] if known < knows else []
    elif drawn < _KNOWS_IT + _UNCLEAR:
        found.append(Deed(wish=Reaction.UNCLEAR))
    elif drawn < _KNOWS_IT + _UNCLEAR + _TOO_OFTEN:
        found.append(Deed(wish=Reaction.TOO_OFTEN))
    if chance.random() < _ASKS:
        found.append(Deed(wish=Reaction.ASK, text=chance.choice(QUESTIONS)))
    return found
