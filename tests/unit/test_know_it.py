"""The figure "know it": expected values, what it must not depend on, and what it does with nearly nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from cadence.domain.measuring.answering_habits import Ints, TapOutcome
from cadence.domain.measuring.figures import Verdict
from cadence.domain.measuring.know_it import Answers, Learnt, Shares, learn, share_knowing, verdict, weigh
from cadence.domain.measuring.luck import COULD_NOT, NOT_SAID
from cadence.domain.measuring.people_sums import PeopleSums
from cadence.domain.measuring.selective_answering import LOG_LAMBDA, DrawChunk, probability_of_selection, selection
from cadence.domain.memory.forgetting import Floats

PEOPLE, ASKED = 40, 120
PREDICTED = np.array([0.9, 0.7, 0.5])


@dataclass(frozen=True, kw_only=True)
class Company:
    """Answers and everyone of a company; ``told`` is whether the texts had been delivered before."""

    answers: Answers
    everyone: PeopleSums

    def draws(self, weights: Floats) -> Iterable[DrawChunk]:
        """Every question might have been about any of the three, in two chunks."""
        for rows in np.array_split(np.arange(len(weights)), 2):
            start = 3 * np.arange(len(rows))
            yield DrawChunk(
                weight=weights[rows],
                start=start,
                drawn=start + self.answers.statement[rows],
                eligible=np.tile(PREDICTED, len(rows)),
                silent_before=np.zeros(3 * len(rows)),
            )

    def learnt(self) -> Learnt:
        found = learn(weigh(self.answers), believed=float(self.everyone.base.mean()), draws=self.draws, statements=3)
        assert found is not None
        return found

    def shares(self) -> Shares:
        return share_knowing(self.learnt(), self.everyone)


def a_company() -> Company:
    """Forty people and three statements; 120 questions in ninety days, of which 39 were answered, 31 right."""
    chance = np.random.default_rng(1)
    person, statement = chance.integers(0, PEOPLE, ASKED), chance.integers(0, 3, ASKED)
    answers, right, forgot = chance.random(ASKED) < 0.35, chance.random(ASKED), chance.random(ASKED) < 0.5
    outcome = np.where(
        right < np.array([0.8, 0.7, 0.6])[statement], TapOutcome.RIGHT, np.where(forgot, TapOutcome.FORGOT, TapOutcome.WRONG)
    )
    day = chance.uniform(0, 90, ASKED)
    asked, answered = np.bincount(person, minlength=PEOPLE), np.bincount(person[answers], minlength=PEOPLE)
    every = Answers(
        age=91.0 - day,
        person=person,
        statement=statement,
        predicted=PREDICTED[statement],
        shown_before=np.ones(ASKED, dtype=np.int64),
        outcome=outcome,
        said=np.full(ASKED, NOT_SAID),
        asked=asked[person],
        answered=answered[person],
    )
    return Company(answers=every.take(answers), everyone=_sums_of(every.take(answers), asked=asked, answered=answered))


def _sums_of(answers: Answers, *, asked: Ints, answered: Ints, people: slice = slice(None)) -> PeopleSums:
    ids = np.arange(PEOPLE)[people]
    return PeopleSums.each(
        member=np.ones((len(ids), 3), dtype=np.bool_),
        believed=np.tile(PREDICTED, (len(ids), 1)),
        shown=np.ones((len(ids), 3)),
        noise=weigh(answers).noise.of(ids),
        asked=asked[ids],
        answered=answered[ids],
    ).total()


def test_a_whole_company_gives_the_expected_figures() -> None:
    company = a_company()
    learnt, shares = company.learnt(), company.shares()
    np.testing.assert_allclose(shares.value, [0.975, 0.800, 0.588], atol=5e-4)
    np.testing.assert_allclose(shares.low, [0.779, 0.589, 0.402], atol=5e-4)
    np.testing.assert_allclose(shares.high, [1.0, 0.921, 0.737], atol=5e-4)
    mine = company.answers
    answered = [len(np.unique(mine.person[mine.statement == k])) for k in range(3)]
    assert answered == [9, 11, 14]
    assert abs(learnt.selection - 0.0139) < 1e-4
    assert abs(learnt.mean_luck - 0.2007) < 1e-3  # the points of little weight are left out of it
    told = [
        verdict(days=91.0, people=n, selection=learnt.selection, width=float(high - low))
        for n, low, high in zip(answered, shares.low, shares.high, strict=True)
    ]
    assert told == [Verdict.FIGURE, Verdict.RANGE, Verdict.RANGE]


def test_the_order_of_the_answers_changes_nothing() -> None:
    company = a_company()
    order = np.random.default_rng(7).permutation(len(company.answers))
    mixed = replace(company, answers=company.answers.take(order))
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(getattr(mixed.shares(), name), getattr(company.shares(), name), atol=1e-9)


def test_everyone_read_in_parts_adds_up_to_everyone_read_at_once() -> None:
    company = a_company()
    counts = np.bincount(company.answers.person, minlength=PEOPLE)
    parts = [_sums_of(company.answers, asked=counts + 2, answered=counts, people=slice(at, at + 7)) for at in range(0, PEOPLE, 7)]
    whole = _sums_of(company.answers, asked=counts + 2, answered=counts)
    together = sum(parts, start=PeopleSums.empty(3))
    for name in ("base", "met_share", "silent_share", "noisy_share"):
        np.testing.assert_allclose(getattr(together, name), getattr(whole, name), atol=1e-12)


def test_people_outside_the_audience_are_not_counted() -> None:
    member = np.array([[True, True], [True, False]])
    found = PeopleSums.each(
        member=member,
        believed=np.array([[0.8, 0.4], [0.6, np.nan]]),
        shown=np.array([[1, 0], [0, 3]]),
        noise=np.zeros(2),
        asked=np.array([4, 0]),
        answered=np.array([0, 0]),
    ).total()
    assert found.people.tolist() == [2, 1]
    assert found.told.tolist() == [1, 0]
    np.testing.assert_allclose(found.base, [0.7, 0.4])
    np.testing.assert_allclose(found.met_share, [0.5, 0.0])
    np.testing.assert_allclose(found.silent_share, [0.25, 0.5])


def test_people_who_tap_anything_neither_move_the_figure_nor_stay_in_the_mean() -> None:
    """Twenty honest people who know it, and ten who tap wrong lines all the time."""
    honest, noisy = np.arange(20), np.repeat(np.arange(20, 30), 10)
    person = np.append(honest, noisy)
    right = np.append(np.ones(20), np.tile([0, 0, 0, 1, 0, 0, 0, 0, 0, 0], 10))
    n = len(person)
    found = weigh(
        Answers(
            age=np.full(n, 10.0),
            person=person,
            statement=np.zeros(n, dtype=np.int64),
            predicted=np.full(n, 0.8),
            shown_before=np.ones(n, dtype=np.int64),
            outcome=np.where(right > 0, TapOutcome.RIGHT, TapOutcome.WRONG),
            said=np.full(n, NOT_SAID),
            asked=np.full(n, 10),
            answered=np.full(n, 3),
        )
    )
    assert (found.noise.of(np.arange(20, 30)) > 0.9).all()
    assert found.weight[20:].sum() < 0.01 * found.weight[:20].sum()


def test_answers_before_the_first_text_weigh_nothing() -> None:
    company = a_company()
    untold = replace(company.answers, shown_before=np.zeros(len(company.answers), dtype=np.int64))
    assert weigh(untold).weight.tolist() == [0.0] * len(untold)
    assert learn(weigh(untold), believed=0.7, draws=company.draws, statements=3) is None


def test_an_answer_weighs_half_after_45_days_and_people_count_alike() -> None:
    company = a_company()
    two = company.answers.take(np.arange(len(company.answers)) < 2)
    two = replace(two, age=np.array([1.0, 46.0]), asked=np.array([20, 20]), answered=np.array([5, 5]), predicted=np.array([0.7, 0.7]))
    old = weigh(replace(two, outcome=np.array([1, 1]), person=np.array([1, 1])))
    assert abs(old.weight[1] / old.weight[0] - 0.5) < 1e-9
    often = weigh(replace(two, age=np.ones(2), outcome=np.array([1, 1]), person=np.array([1, 2]), answered=np.array([5, 17])))
    assert abs(often.weight[0] / often.weight[1] - 3.0) < 1e-9


@pytest.mark.parametrize("people", [0, 1, 4])
def test_fewer_than_five_answers_make_no_figure(people: int) -> None:
    company = a_company()
    few = company.answers.take(np.arange(len(company.answers)) < people)
    assert learn(weigh(few), believed=0.7, draws=company.draws, statements=3) is None


def test_an_answer_without_a_prediction_is_left_out() -> None:
    company = a_company()
    spoiled = replace(company.answers, predicted=np.where(np.arange(len(company.answers)) == 3, np.nan, company.answers.predicted))
    found = weigh(spoiled)
    assert len(found.answers) == len(company.answers) - 1
    assert np.isfinite(found.weight).all()


def test_nobody_in_the_audience_is_no_share() -> None:
    shares = share_knowing(a_company().learnt(), PeopleSums.empty(3))
    assert np.isnan(shares.value).all()
    assert np.isnan(shares.low).all()


def test_everybody_tapping_anything_leaves_the_prediction_with_a_wide_range() -> None:
    company = a_company()
    wrong = replace(company, answers=replace(company.answers, outcome=np.zeros(len(company.answers), dtype=np.int64)))
    shares = wrong.shares()
    assert np.isfinite(shares.value).all()
    assert (shares.low <= shares.value).all()
    assert (shares.value <= shares.high).all()


def test_only_what_was_drawn_by_those_who_know_it_shows_selection() -> None:
    """Thirty questions whose three statements are predicted at 90, 50 and 20 percent."""
    start = 3 * np.arange(30)

    def probability(statement: list[int], silent: float = 0.0) -> float:
        draws = DrawChunk(
            weight=np.ones(30),
            start=start,
            drawn=start + np.array(statement),
            eligible=np.tile([0.9, 0.5, 0.2], 30),
            silent_before=np.full(90, silent),
        )
        return probability_of_selection(selection(np.zeros(len(LOG_LAMBDA)), 0.6, [draws]))

    assert abs(probability([0] * 22 + [1] * 6 + [2] * 2) - 0.9891) < 1e-4
    assert abs(probability([0, 1, 2] * 10) - 0.0316) < 1e-4
    assert probability([0, 1, 2] * 10, silent=9.0) == probability([0, 1, 2] * 10, silent=4.0)


def test_the_first_reason_against_a_figure_is_the_one_told() -> None:
    cases = [(40, 9, 0.0, 0.2), (60, 4, 0.0, 0.2), (60, 9, 0.13, 0.2), (60, 9, 0.05, 0.55), (60, 9, 0.05, 0.4), (60, 9, 0.05, 0.3)]
    told = [verdict(days=days, people=people, selection=chance, width=width) for days, people, chance, width in cases]
    expected = [Verdict.TOO_EARLY, Verdict.TOO_FEW, Verdict.SELECTION, Verdict.TOO_UNCERTAIN, Verdict.RANGE, Verdict.FIGURE]
    assert told == expected
    assert verdict(days=60.0, people=7, selection=0.0, width=0.2, smallest=8) is Verdict.TOO_FEW
    assert verdict(days=60.0, people=9, selection=0.0, width=float("nan")) is Verdict.TOO_UNCERTAIN


def test_sums_of_groups_are_those_of_their_people() -> None:
    each = PeopleSums.each(
        member=np.array([[True, True], [True, False], [True, True]]),
        believed=np.array([[0.8, 0.4], [0.6, np.nan], [0.1, 0.2]]),
        shown=np.array([[1, 0], [0, 3], [2, 2]]),
        noise=np.array([0.0, 0.0, 0.5]),
        asked=np.array([4, 0, 4]),
        answered=np.array([0, 0, 1]),
    )
    groups = each.by_group(np.array([1, 0, 1]), 3)
    assert groups.people.tolist() == [[1, 0], [2, 2], [0, 0]]
    np.testing.assert_allclose(groups.take(1).core, [1.5, 1.5])
    np.testing.assert_allclose(groups.take(1).believed, [0.85, 0.5])
    np.testing.assert_allclose(groups.people.sum(axis=0), each.total().people)
    assert groups.take(2).base.tolist() == [0.0, 0.0]


def test_own_words_about_a_text_never_delivered_do_not_tell_how_lucky_right_taps_are() -> None:
    company = a_company()
    right = company.answers.outcome == TapOutcome.RIGHT
    failed = replace(company, answers=replace(company.answers, said=np.where(right, COULD_NOT, NOT_SAID)))
    assert failed.learnt().mean_luck > 0.4
    untold = replace(company.answers, shown_before=np.zeros(len(right), dtype=np.int64)).take(right)
    before = replace(untold, said=np.full(len(untold), COULD_NOT))
    both = Answers(**{name: np.concatenate((getattr(company.answers, name), getattr(before, name))) for name in Answers.__slots__})
    assert abs(replace(company, answers=both).learnt().mean_luck - company.learnt().mean_luck) < 0.01
