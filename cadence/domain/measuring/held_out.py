"""How good the figures are, judged on answers they were not made from: half of the people foretold from the other half.

Owns the split and the two judgements, error and coverage. Frozen and told in ``operations.measuring.calibration``. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadence.domain.measuring.answering_habits import Ints, TapOutcome
from cadence.domain.measuring.know_it import Answers, Learnt, Weighed, learn, weigh
from cadence.domain.measuring.scores import log_loss
from cadence.domain.memory.forgetting import Floats

#: people who answered about a statement, in one half, before its range is tried on them
_LEAST_PEOPLE = 5
#: half of a 90 % range in deviations, and what remains of the model's error however many answer
_HALF, _MODEL_SPREAD = 1.645, 0.05
#: chance of luck that is taken where nothing was learnt: one line of four
_GUESS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Mean log loss (nats an answer; less is better), and how often a range held what the other half answered."""

    answers: int
    people: int
    #: by the figures, by the memory model alone, and by the share right in the other half
    figures: float
    model: float
    constant: float
    #: ranges of 90 % that were tried, and that held
    tried: int
    held: int

    @property
    def beats_constant(self) -> bool:
        """Whether the figures foretell answers better than one constant does."""
        return self.figures < self.constant


def judge(weighed: Weighed, *, statements: int) -> HeldOut | None:
    """Return how well each half of the people is foretold from the other; None with too few answers to learn from in either half.

    Only answers about texts that had been delivered, of people who do not tap anything. ``statements``: columns of the answers.
    """
    usable = (weighed.answers.shown_before > 0) & (weighed.noisy < 0.5)
    answers = weighed.answers.take(usable)
    half = _halves(answers)
    losses: list[tuple[Floats, Floats, Floats, Floats]] = []
    tried = held = 0
    for part in (0, 1):
        known, unknown = answers.take(half == part), answers.take(half != part)
        taught = weigh(known)
        learnt = learn(taught, believed=0.5, draws=lambda _: (), statements=statements)
        if learnt is None or not len(unknown):
            return None
        right = (unknown.outcome == TapOutcome.RIGHT).astype(np.float64)
        chance = _foretold(learnt, unknown)
        alone = np.clip(unknown.predicted, 0.0, 1.0)
        alone = np.clip(alone + (1.0 - alone) * _GUESS, 0.01, 0.99)
        losses.append((right, chance, alone, np.full(len(right), np.clip(taught.right.mean(), 0.01, 0.99))))
        more, inside = _covered(learnt, unknown, right, chance)
        tried, held = tried + more, held + inside
    right, figures, model, constant = (np.concatenate(columns) for columns in zip(*losses, strict=True))
    return HeldOut(
        answers=len(answers),
        people=len(np.unique(answers.person)),
        figures=log_loss(figures, right),
        model=log_loss(model, right),
        constant=log_loss(constant, right),
        tried=tried,
        held=held,
    )


def _halves(answers: Answers) -> Ints:
    """Return 0 or 1 for each answer: every second person, in the order of their ids."""
    return np.unique(answers.person, return_inverse=True)[1].astype(np.int64) % 2


def _foretold(learnt: Learnt, answers: Answers) -> Floats:
    """Return the chance that each answer is right, of those who answer."""
    predicted = np.clip(answers.predicted, 0.0, 1.0)
    knowing = np.clip(predicted + learnt.difference.by_statement[:, answers.statement], 0.0, 1.0)
    unlike = np.exp(learnt.log_lambda)[:, None]
    among = knowing / np.maximum(knowing + unlike * (1.0 - knowing), 1e-9)
    luck = learnt.luck[:, None]
    return np.clip(learnt.part @ (among + (1.0 - among) * luck), 0.01, 0.99)


def _covered(learnt: Learnt, answers: Answers, right: Floats, chance: Floats) -> tuple[int, int]:
    """Return how many ranges were tried on the answers about one statement, and how many held them."""
    spread = learnt.part @ learnt.difference.variance
    tried = held = 0
    for statement in np.unique(answers.statement):
        mine = answers.statement == statement
        n = int(mine.sum())
        if len(np.unique(answers.person[mine])) < _LEAST_PEOPLE:
            continue
        foretold = chance[mine]
        known = ((1.0 - learnt.mean_luck) ** 2) * (spread[statement] + _MODEL_SPREAD**2)
        deviation = float(np.sqrt(known + (foretold * (1.0 - foretold)).sum() / n**2))
        tried += 1
        # an observed share moves in steps of 1 / n
        held += abs(float(right[mine].mean() - foretold.mean())) <= _HALF * deviation + 0.5 / n
    return tried, held
