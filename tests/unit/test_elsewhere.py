"""What was known before the first text: the value, and a range that holds the truth in companies that forget nothing of this model.

The companies are drawn as in docs/science.md: 20 to 80 % know a statement from elsewhere, a third answer an opening round of three.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass

import numpy as np
import pytest

from cadence.domain.measuring.answering_habits import Ints, TapOutcome
from cadence.domain.measuring.elsewhere import from_elsewhere, known_before
from cadence.domain.measuring.know_it import Answers, Shares, weigh
from cadence.domain.measuring.luck import NOT_SAID
from cadence.domain.measuring.people_sums import PeopleSums
from cadence.domain.measuring.releases import as_released
from cadence.domain.memory.forgetting import Floats

log = logging.getLogger(__name__)
#: companies of each kind; CADENCE_TEST_COMPANIES=200 and --log-cli-level=INFO give the table of docs/science.md
COMPANIES = int(os.environ.get("CADENCE_TEST_COMPANIES", "12"))


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How people of a kind of company answer: knowers and others against the usual rate, and the taps of those who do not know."""

    knower: float = 1.0
    other: float = 1.0
    lucky: float = 0.15
    wrong: float = 0.35
    #: share of people who tap anything
    noisy: float = 0.0
    #: the share of ranges that must hold the truth
    holds: float = 0.80


KINDS = {
    "prior": Opening(holds=0.88),
    "testwise": Opening(lucky=0.45, wrong=0.30),
    "guess": Opening(lucky=0.25, wrong=0.75),
    "random10": Opening(noisy=0.10),
    "a little selective": Opening(knower=1.15, other=0.75),
    # no answer of a first week can show this; the page says so
    "selective": Opening(knower=1.6, other=0.25, holds=0.45),
}


def _a_company(chance: np.random.Generator, kind: Opening) -> tuple[Floats, Shares, Ints]:
    """Return the true shares, what is said of them, and how many answered about each statement."""
    people, statements = int(chance.integers(40, 201)), int(chance.integers(6, 13))
    strength = chance.uniform(0.2, 0.8, statements)
    ability = chance.normal(0.0, 0.5, people)
    knows = chance.random((people, statements)) < 1 / (1 + np.exp(-np.log(strength / (1 - strength)) - 0.8 * ability[:, None]))
    statement = np.argsort(chance.random((people, statements)), axis=1)[:, :3].ravel()
    person = np.repeat(np.arange(people), 3)
    rate = chance.beta(1.4, 2.6, people)[person]
    knowing = knows[person, statement]
    answers = chance.random(len(person)) < np.clip(rate * np.where(knowing, kind.knower, kind.other), 0, 1)
    tap = chance.random(len(person))
    other = np.where(tap < kind.lucky, TapOutcome.RIGHT, np.where(tap < kind.lucky + kind.wrong, TapOutcome.WRONG, TapOutcome.FORGOT))
    outcome = np.where(knowing, np.where(tap < 0.95, TapOutcome.RIGHT, TapOutcome.FORGOT), other)
    anything = np.where(tap < 0.2, TapOutcome.RIGHT, np.where(tap < 0.8, TapOutcome.WRONG, TapOutcome.FORGOT))
    outcome = np.where((chance.random(people) < kind.noisy)[person], anything, outcome)
    asked, answered = np.ones(people), np.bincount(person[answers], minlength=people).clip(max=1)
    given = Answers(
        age=np.full(int(answers.sum()), 5.0),
        person=person[answers],
        statement=statement[answers],
        predicted=np.zeros(int(answers.sum())),
        shown_before=np.zeros(int(answers.sum()), dtype=np.int64),
        outcome=outcome[answers],
        said=np.full(int(answers.sum()), NOT_SAID),
        asked=asked[person[answers]].astype(np.int64),
        answered=answered[person[answers]],
    )
    everyone = PeopleSums.each(
        member=np.ones((people, statements), dtype=np.bool_),
        believed=np.zeros((people, statements)),
        shown=np.zeros((people, statements)),
        noise=np.zeros(people),
        asked=asked,
        answered=answered,
    ).total()
    told = known_before(weigh(given), everyone)
    return knows.mean(axis=0), told, np.bincount(given.statement, minlength=statements)


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_range_holds_the_truth_in_most_companies(kind: str) -> None:
    chance, holds, errors, all_of = np.random.default_rng(2026), [], [], 0
    for _ in range(COMPANIES):
        truth, told, answered = _a_company(chance, KINDS[kind])
        all_of += len(truth)
        for true, value, low, high, n in zip(truth, told.value, told.low, told.high, answered, strict=True):
            if n >= 5 and high - low <= 0.5:
                _, least, most = as_released(float(value), float(low), float(high))
                holds.append(least <= 100 * true <= most)
                errors.append(float(value) - true)
    rms = float(np.sqrt(np.mean(np.square(errors))))
    log.info("%s: said of %.2f, holds %.3f, RMS %.3f", kind, len(holds) / all_of, np.mean(holds), rms)
    assert np.mean(holds) >= KINDS[kind].holds
    assert len(holds) > 0.25 * all_of


def test_the_value_is_that_of_the_counts_and_lies_within_its_range() -> None:
    chance = np.random.default_rng(7)
    for kind in KINDS.values():
        _, told, _ = _a_company(chance, kind)
        assert (told.low <= told.value).all()
        assert (told.value <= told.high).all()
    np.testing.assert_allclose(from_elsewhere(np.array([6, 1]), np.array([1, 3]), np.array([8, 6])), [0.5903, 0.1417], atol=1e-4)


def _all_of(outcome: TapOutcome, people: int) -> Shares:
    """Return what is said of one statement that all of ``people`` answered alike."""
    ones, zeros = np.ones(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    answers = Answers(
        age=np.full(people, 5.0),
        person=np.arange(people),
        statement=zeros,
        predicted=np.zeros(people),
        shown_before=zeros,
        outcome=ones * outcome,
        said=ones * NOT_SAID,
        asked=ones,
        answered=ones,
    )
    return known_before(weigh(answers), PeopleSums.empty(1))


@pytest.mark.parametrize("people", [5, 40, 300])
def test_all_answers_alike_leave_a_range_around_the_value(people: int) -> None:
    for outcome in TapOutcome:
        told = _all_of(outcome, people)
        assert told.low[0] <= told.value[0] <= told.high[0]
    everybody, nobody = _all_of(TapOutcome.RIGHT, people), _all_of(TapOutcome.FORGOT, people)
    assert everybody.value[0] > 0.8
    assert nobody.value[0] < 0.1


def test_without_an_answer_anything_may_have_been_known() -> None:
    none = np.zeros(0, dtype=np.int64)
    nobody = Answers(
        age=np.zeros(0),
        person=none,
        statement=none,
        predicted=np.zeros(0),
        shown_before=none,
        outcome=none,
        said=none,
        asked=none,
        answered=none,
    )
    told = known_before(weigh(nobody), PeopleSums.empty(2))
    assert (told.high - told.low > 0.5).all()
