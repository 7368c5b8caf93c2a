"""What doubt about a press and a prior of the company's own are worth: belief nearer to what people truly know."""

from __future__ import annotations

from statistics import mean

from cadence.domain.simulation.population import Population
from tests.fixtures.doubted_company import ahead


def _mean_ahead(population: Population, *, doubts: bool = True, prior: bool = True) -> float:
    return mean(ahead(population, seed=seed, doubts=doubts, prior=prior) for seed in range(2))


def test_people_who_acknowledge_everything_are_believed_to_know_less() -> None:
    blind = Population(acknowledge_all=0.3)

    assert _mean_ahead(blind, doubts=True) < _mean_ahead(blind, doubts=False) - 0.08


def test_people_who_tap_anything_do_not_drag_down_what_is_believed_of_the_others() -> None:
    careless = Population(answer_anything=0.3)

    assert abs(_mean_ahead(careless, doubts=True)) < abs(_mean_ahead(careless, doubts=False)) - 0.015


def test_prior_of_attention_learned_from_the_company_helps_where_few_press() -> None:
    quiet = Population(answers=0.1, acknowledges=0.1)

    assert abs(_mean_ahead(quiet)) < abs(_mean_ahead(quiet, prior=False)) - 0.02


def test_honest_people_are_not_believed_less_for_it() -> None:
    assert abs(_mean_ahead(Population(), doubts=True)) < abs(_mean_ahead(Population(), doubts=False)) + 0.01
