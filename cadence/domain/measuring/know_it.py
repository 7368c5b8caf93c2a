"""The one figure of a statement: the share of everyone it is meant for who could say it today, with its range.

Owns how predictions of everyone and the answers to questions drawn at random become a share: who counts how much, what nobody
measured and how far it widens the range, and what may be said of it. Its parts: ``answering_habits``, ``luck``, ``difference``,
``selective_answering``, ``people_sums``; when a figure is published: ``releases``. Pure, linear in the answers. Shares in [0, 1],
days as floats. How it was tried, and where it does not hold: docs/science.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from cadence.domain.measuring.answering_habits import Ints, Noise, TapOutcome, noise
from cadence.domain.measuring.difference import AnswerSums, Differences, add_up, difference
from cadence.domain.measuring.figures import Verdict
from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.measuring.log_odds import log_odds, normal_below
from cadence.domain.measuring.luck import LUCK, luck
from cadence.domain.measuring.people_sums import PeopleSums
from cadence.domain.measuring.releases import FIRST_FIGURE
from cadence.domain.measuring.selective_answering import LOG_LAMBDA, DrawChunk, probability_of_selection, selection
from cadence.domain.memory.forgetting import Floats, Mask

#: days after which an answer weighs half
ANSWER_HALF_LIFE = 45.0
#: above this probability perhaps those who know it answer more often
SELECTION_LIMIT = 0.12
#: wider than this nothing is said; wider than the second only the range
WIDEST, WIDEST_FIGURE = 0.50, 0.30
#: chance that the truth lies below the range, and above it
TAIL = 0.05
#: deviations that remain: of the model however many answer; of what silent and noisy people know, relative to the others
_MODEL_SPREAD, _SILENT_SPREAD, _NOISY_SPREAD = 0.05, 0.20, 0.10
#: somebody who answers a quarter of the questions counts once
_USUAL_RATE = 0.25
#: points of the posterior with less weight than these are left out
_LEAST_SELECTION, _LEAST_LUCK = 0.003, 0.01
_GRID: Floats = np.linspace(0.0, 1.0, 201)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answered questions that were drawn at random, one element each, of people who left too."""

    #: days since the question was asked
    age: Floats
    #: an id that is never used again for somebody else; a place among the statements
    person: Ints
    statement: Ints
    #: m-hat just before asking, and how often the text had been delivered before
    predicted: Floats
    shown_before: Ints
    #: ``TapOutcome``; own words after a right tap (``luck.COULD``, ``COULD_NOT``, ``NOT_SAID``)
    outcome: Ints
    said: Ints
    #: questions that the person was asked in all, and answered
    asked: Ints
    answered: Ints

    def __len__(self) -> int:
        return len(self.person)

    def take(self, chosen: Mask | Ints) -> Answers:
        """Return the chosen ones."""
        return Answers(**{name: getattr(self, name)[chosen] for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Answers with their weights, and who taps anything."""

    answers: Answers
    weight: Floats
    #: the part of the weight that makes people count alike, however often they answer
    alike: Floats
    noise: Noise
    #: chance of each answer to come from somebody who taps anything
    noisy: Floats

    @property
    def right(self) -> Floats:
        """1 for the right line, 0 for any other tap."""
        found: Floats = (self.answers.outcome == TapOutcome.RIGHT).astype(np.float64)
        return found

    @property
    def predicted(self) -> Floats:
        """m-hat before each answer, within [0, 1]."""
        return np.clip(self.answers.predicted, 0.0, 1.0)

    def sums(self, statements: int, chosen: Ints | None = None) -> AnswerSums:
        """Return what the answers, or those at the ``chosen`` places, add up to."""
        use = np.arange(len(self.answers)) if chosen is None else chosen
        mine = self.answers
        return add_up(self.weight[use], mine.person[use], mine.statement[use], self.predicted[use], self.right[use], statements=statements)


def weigh(answers: Answers) -> Weighed:
    """Return the answers with the weight of each: recent ones more, everybody alike however often they answer, tapping anything nothing.

    Answers about a text that had not been delivered weigh nothing here: they tell what was known before. An answer without a
    prediction is left out.
    """
    known = answers.take(np.isfinite(answers.predicted) & (answers.age > 0.0))
    found = noise(known.person, known.predicted, known.outcome)
    noisy = found.of(known.person)
    alike = _USUAL_RATE / np.clip((known.answered + 1.0) / (known.asked + 4.0), 0.1, 1.0)
    weight = 0.5 ** (known.age / ANSWER_HALF_LIFE) * (known.shown_before > 0) * (1.0 - noisy) * alike
    return Weighed(answers=known, weight=weight, alike=alike, noise=found, noisy=noisy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What all answers of the company say: the posterior over luck and selection, and the difference for each of its points."""

    #: a weight for each point; the weights add up to 1
    part: Floats
    luck: Floats
    log_lambda: Floats
    difference: Differences
    #: P(those who know it answer at least 1.8 times as often)
    selection: float

    @property
    def mean_luck(self) -> float:
        """The mean of f, P(right line tapped | could not say it)."""
        return float(self.part @ self.luck)


def learn(weighed: Weighed, *, believed: float, draws: Callable[[Floats], Iterable[DrawChunk]], statements: int) -> Learnt | None:
    """Return what the company's answers say; None with fewer than five answers about texts that had been delivered.

    believed: mean m-hat of everyone over all statements. draws: gives what could have been asked instead of each question, for
    the weights that it is handed (one for each answer, 1 - P(taps anything)); it is called once.
    """
    if int((weighed.answers.shown_before > 0).sum()) < SMALLEST_GROUP:
        return None
    sums = weighed.sums(statements)
    # a right tap about a text never delivered is luck or known from elsewhere, of which nothing is predicted
    telling = (weighed.noisy < 0.5) & (weighed.answers.shown_before > 0)
    of_luck = luck(weighed.weight, weighed.predicted, weighed.right, weighed.answers.said, telling)
    at_mean = difference(sums, float(of_luck @ LUCK), LOG_LAMBDA)
    of_selection = selection(at_mean.pooled, believed, draws(1.0 - weighed.noisy))
    points = [(a, b) for a in np.flatnonzero(of_selection > _LEAST_SELECTION) for b in np.flatnonzero(of_luck > _LEAST_LUCK)]
    part = np.array([of_selection[a] * of_luck[b] for a, b in points])
    f, log_lambda = np.array([LUCK[b] for _, b in points]), np.array([LOG_LAMBDA[a] for a, _ in points])
    return Learnt(
        part=part / part.sum(),
        luck=f,
        log_lambda=log_lambda,
        difference=difference(sums, f, log_lambda),
        selection=probability_of_selection(of_selection),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """One share for each statement: the median and the ends of its 90 % range. nan where there is nobody."""

    value: Floats
    low: Floats
    high: Floats


def share_knowing(learnt: Learnt, everyone: PeopleSums, *, group: AnswerSums | None = None) -> Shares:
    """Return the share that could say each statement: what is predicted of everyone plus what it is wrong by.

    group: the answers of a part of the company, when they are one; its difference is drawn to the company's. The noisy are taken
    to know as much as the others, the silent what is predicted of them; both widen the range. Statements that ``everyone`` has no
    column for come last and only teach.
    """
    found, here = learnt.difference, everyone.people.shape[-1]
    if group is not None:
        found = difference(group, learnt.luck, learnt.log_lambda, pool=found)
    knowing = np.clip(everyone.base + found.by_statement[:, :here] * everyone.met_share, 0.0, 1.0)
    unmeasured = (everyone.silent_share * _SILENT_SPREAD) ** 2 + (everyone.noisy_share * _NOISY_SPREAD) ** 2
    shares = mix(learnt.part, knowing, found.variance[:, :here] + _MODEL_SPREAD**2 + knowing**2 * unmeasured)
    nobody = everyone.people <= 0
    return Shares(**{name: np.where(nobody, np.nan, getattr(shares, name)) for name in shares.__slots__})


def mix(part: Floats, share: Floats, variance: Floats) -> Shares:
    """Return median and range of a mixture: points x statements, each normal in log-odds.

    The deviation there is that of the share over p (1 - p) (delta method), with p held in [.08, .92].
    """
    held = np.clip(share, 0.02, 0.98)
    slope = np.clip(held, 0.08, 0.92)
    deviation = np.sqrt(variance) / (slope * (1.0 - slope))
    grid, below = log_odds(_GRID), np.zeros((share.shape[-1], len(_GRID)))
    for weight, middle, wide in zip(part, log_odds(held), deviation, strict=True):
        below += weight * normal_below((grid - middle[:, None]) / wide[:, None])
    low, value, high = (np.array([np.interp(at, one, _GRID) for one in below]) for at in (TAIL, 0.5, 1.0 - TAIL))
    return Shares(value=value, low=low, high=high)


def verdict(*, days: float, people: int, selection: float, width: float, smallest: int = SMALLEST_GROUP) -> Verdict:
    """Return what may be said, or the first reason why nothing may.

    days: since the company's first question. people: different ones who answered about it. selection: P_sel. width: of the range.
    """
    if days < FIRST_FIGURE.days:
        return Verdict.TOO_EARLY
    if people < max(smallest, SMALLEST_GROUP):
        return Verdict.TOO_FEW
    if selection > SELECTION_LIMIT:
        return Verdict.SELECTION
    return verdict_of_width(width)


def verdict_of_width(width: float) -> Verdict:
    """Return whether a range of this width is said, and with a value in it; nan is too uncertain."""
    if not width <= WIDEST:
        return Verdict.TOO_UNCERTAIN
    return Verdict.FIGURE if width <= WIDEST_FIGURE else Verdict.RANGE
