"""The simulated people: how they forget, what they press, and what plain rules do to them."""

from __future__ import annotations

import numpy as np
import pytest

from cadence.domain.measuring.scores import log_loss
from cadence.domain.memory.forgetting import Floats
from cadence.domain.simulation.behaviour import FORGOT, RIGHT, UNANSWERED, WRONG, Luck, QuestionsMet, meet_questions, meet_texts
from cadence.domain.simulation.fixed import Asking, FixedOutcome, FixedRule, play_fixed
from cadence.domain.simulation.laws import Minds
from cadence.domain.simulation.population import Absences, Habits, Kind, Law, Population, hire

laws = pytest.mark.parametrize("law", list(Law))


def some_minds(population: Population, people: int = 4000) -> tuple[Minds, Habits]:
    random = np.random.default_rng(1)
    habits = hire(population, people, random)
    return Minds(population, habits, 1, random), habits


def read_all(minds: Minds, day: float, people: int = 4000) -> None:
    minds.read(day, np.arange(people), recalled=minds.recall(day) > 0.5, taken_in=np.ones(people, dtype=np.bool_))


@pytest.mark.parametrize(
    ("population", "once", "four_times"),
    [
        (Population(law=Law.ACTR, ability_spread=0.0, statement_spread=0.0), (0.74, 0.46, 0.26, 0.15), (0.94, 0.89, 0.80)),
        (Population(law=Law.POWER, statement_spread=0.0), (0.77, 0.51, 0.35, 0.27), (0.70, 0.58, 0.49)),
    ],
    ids=list(Law),
)
def test_recall_falls_as_published_and_repetition_slows_it(
    population: Population, once: tuple[float, ...], four_times: tuple[float, ...]
) -> None:
    minds, _ = some_minds(population)
    read_all(minds, 0.0)
    assert [minds.recall(day).mean() for day in (1.0, 7.0, 30.0, 90.0)] == pytest.approx(once, abs=0.03)
    for day in (7.0, 14.0, 21.0):
        read_all(minds, day)
    assert [minds.recall(21.0 + day).mean() for day in (7.0, 30.0, 90.0)] == pytest.approx(four_times, abs=0.04)


@laws
def test_an_answer_that_was_known_strengthens_at_least_as_much_as_reading(law: Law) -> None:
    minds, _ = some_minds(Population(law=law, ability_spread=0.0, statement_spread=0.0))
    read_all(minds, 0.0)
    everyone, yes = np.arange(4000), np.ones(2000, dtype=np.bool_)
    minds.read(8.0, everyone[:2000], recalled=yes, taken_in=yes)
    minds.answer(8.0, everyone[2000:], knew=yes, taken_in=yes)
    later = minds.recall(40.0)
    assert later[2000:].mean() > later[:2000].mean() - 0.01


@laws
def test_what_is_not_taken_in_or_was_forgotten_is_not_known(law: Law) -> None:
    minds, _ = some_minds(Population(law=law))
    rows, no = np.arange(4000), np.zeros(4000, dtype=np.bool_)
    minds.read(0.0, rows, recalled=no, taken_in=rows < 1000)
    assert minds.recall(1.0)[1000:].max() < 0.01
    minds.forget(rows[:10])
    assert minds.recall(1.0)[:10].max() < 0.01
    assert minds.recall(1.0)[10:1000].mean() > 0.5


@laws
def test_recognising_is_easier_than_recalling_where_the_population_says_so(law: Law) -> None:
    for easier, wanted in ((0.0, False), (0.35, True)):
        minds, _ = some_minds(Population(law=law, recognition=easier))
        read_all(minds, 0.0)
        gap = minds.recognise(20.0).mean() - minds.recall(20.0).mean()
        assert bool(gap > 0.1) is wanted


def test_what_is_known_from_elsewhere_needs_no_text_and_a_new_meaning_ends_it() -> None:
    minds, _ = some_minds(Population(elsewhere=(0.4, 0.4)))
    assert minds.recall(0.0).mean() == pytest.approx(0.4 * 0.95, abs=0.03)
    minds.forget(np.arange(4000))
    assert minds.recall(0.0).max() < 0.01


def asked(population: Population, recall: float, people: int = 20_000, *, shown: bool = True) -> tuple[QuestionsMet, Habits]:
    random = np.random.default_rng(2)
    habits = hire(population, people, random)
    luck = Luck.draw(random, people=people, statements=1, messages=1)
    seats, columns, chance = np.arange(people), np.zeros(people, dtype=np.intp), np.full(people, recall)
    met = meet_questions(
        *(population, habits, luck, seats, columns),
        opened=luck.opens[:, 0] < 2.0,
        recall=chance,
        recognise=chance,
        shown_before=np.full(people, shown),
    )
    return met, habits


def shares(met: QuestionsMet) -> dict[int, float]:
    said = met.outcome[met.outcome != UNANSWERED]
    return {one: float((said == one).mean()) for one in (WRONG, RIGHT, FORGOT)}


def test_honest_people_are_right_when_they_know_it_and_now_and_then_by_luck() -> None:
    met, _ = asked(Population(), 0.6)
    assert (met.outcome != UNANSWERED).mean() == pytest.approx(0.35, abs=0.02)
    assert shares(met)[RIGHT] == pytest.approx(0.6 + 0.4 * 0.55 * 0.25, abs=0.02)
    assert shares(met)[FORGOT] == pytest.approx(0.4 * 0.45, abs=0.02)


def test_those_who_tap_anything_are_right_once_in_five_whatever_they_know() -> None:
    for recall in (0.0, 1.0):
        met, _ = asked(Population(answer_anything=1.0), recall)
        assert shares(met) == pytest.approx({WRONG: 0.6, RIGHT: 0.2, FORGOT: 0.2}, abs=0.02)
        assert not met.knew.any()
        assert not met.would_say.any()


def test_selective_people_answer_what_they_know() -> None:
    met, _ = asked(Population(selective=1.0), 0.5)
    assert met.knew.sum() / (met.outcome != UNANSWERED).sum() > 0.8


def test_peeking_finds_an_old_text_only() -> None:
    peeking, usual = (shares(asked(p, 0.0)[0])[RIGHT] for p in (Population(peek=1.0), Population()))
    assert peeking > usual + 0.15
    assert shares(asked(Population(peek=1.0), 0.0, shown=False)[0])[RIGHT] == pytest.approx(usual, abs=0.02)


@pytest.mark.parametrize(
    ("population", "acknowledged", "known"),
    [(Population(acknowledge_all=1.0), 0.95, 0.0), (Population(know_all=1.0), 0.0, 0.95), (Population(silent=1.0), 0.0, 0.0)],
    ids=["acknowledge all", "know all", "silent"],
)
def test_blind_hands_press_and_take_nothing_in(population: Population, acknowledged: float, known: float) -> None:
    people, random = 4000, np.random.default_rng(3)
    habits = hire(population, people, random)
    luck = Luck.draw(random, people=people, statements=1, messages=1)
    yes, first = np.ones(people, dtype=np.bool_), np.zeros(people, dtype=np.intp)
    met = meet_texts(habits, luck, np.arange(people), first, opened=yes, position=first, size=first + 1, asks=yes)
    assert met.acknowledged.mean() == pytest.approx(acknowledged, abs=0.02)
    assert met.known.mean() == pytest.approx(known, abs=0.02)
    assert met.taken_in.any() == bool(population.silent)


def test_kinds_of_people_have_their_shares_and_the_away_are_away_half_of_the_time() -> None:
    population = Population(barely_read=0.2, silent=0.1, away=0.5)
    habits = hire(population, 20_000, np.random.default_rng(4))
    found = [float((habits.kind == kind).mean()) for kind in (Kind.BARELY_READS, Kind.SILENT, Kind.AWAY, Kind.ORDINARY)]
    assert found == pytest.approx([0.2, 0.1, 0.5, 0.2], abs=0.01)
    absences = Absences(habits, np.random.default_rng(5))
    days: Floats = np.stack([absences.next_day() for _ in range(100)])
    assert days[:, habits.kind == Kind.AWAY].mean() == pytest.approx(0.5, abs=0.03)
    assert not days[:, habits.kind != Kind.AWAY].any()
    runs = np.abs(np.diff(days[:, habits.kind == Kind.AWAY].astype(int), axis=0)).mean()
    assert runs == pytest.approx(1 / 28, abs=0.01)


def a_run(rule: FixedRule, *, law: Law = Law.ACTR, seed: int = 0, people: int = 150, days: int = 182) -> FixedOutcome:
    return play_fixed(rule, Population(law=law), seed=seed, people=people, statements=8, days=days)


def test_equal_seeds_repeat_exactly_and_others_differ() -> None:
    rule = FixedRule(name="x", every_days=10, asking=Asking.APART)
    first, again, other = (a_run(rule, seed=seed, people=40, days=60) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.true, again.true)
    assert first.words_per_week == again.words_per_week
    assert not np.array_equal(first.true, other.true)


@laws
def test_more_of_a_fixed_cadence_teaches_more_and_questions_add_to_it(law: Law) -> None:
    rare, often = (a_run(FixedRule(name="x", every_days=n), law=law) for n in (28, 10))
    asking = a_run(FixedRule(name="x", every_days=10, asking=Asking.APART), law=law)
    assert rare.true[-1].mean() < often.true[-1].mean() < asking.true[-1].mean()
    assert rare.words_per_week < often.words_per_week < asking.words_per_week
    assert often.answers == 0 < asking.answers


def test_a_fixed_cadence_shows_each_statement_every_so_many_days() -> None:
    fortnightly = a_run(FixedRule(name="x", every_days=14), people=20, days=364)
    assert fortnightly.showings.mean() == pytest.approx(4.0, abs=0.1)
    newsletter = a_run(FixedRule(name="x", every_days=7, newsletter=True), people=20, days=364)
    assert newsletter.digests_per_week == pytest.approx(1.0, abs=0.05)
    assert newsletter.showings.mean() == pytest.approx(8.0, abs=0.2)


def test_stopping_after_an_acknowledgement_lets_people_forget() -> None:
    stopping, going_on = (a_run(FixedRule(name="x", every_days=10, until_acknowledged=until)) for until in (True, False))
    assert stopping.true[-1].mean() < going_on.true[-1].mean() - 0.2


def test_a_new_meaning_is_known_by_nobody_on_its_day() -> None:
    rule, population = FixedRule(name="x", every_days=7), Population(new_meaning_on=70, turnover=0.0)
    found = play_fixed(rule, population, seed=0, people=60, statements=1, days=70)
    changed = play_fixed(rule, population, seed=0, people=60, statements=1, days=77)
    assert found.true[-1].mean() > 0.6
    assert changed.true[10].mean() < 0.01


def test_scores_of_predictions() -> None:
    chance, outcome = np.array([0.8] * 10), np.array([1.0] * 8 + [0.0] * 2)
    assert log_loss(chance, outcome) == pytest.approx(-(0.8 * np.log(0.8) + 0.2 * np.log(0.2)))
