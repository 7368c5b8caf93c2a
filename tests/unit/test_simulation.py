"""The simulated company, and what the model does for it. Small companies: the full table is ``cadence bench awareness``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cadence.domain.measuring.awareness import AwarenessVerdict, report_awareness
from cadence.domain.planning.selection import SelectionLimits
from cadence.domain.simulation.population import Law, Population, hire, minds
from cadence.domain.simulation.year import Adaptive, Belief, Policy, Result, log_loss, rmse_in_bins, run

DIGESTS = Policy(name="digests", checks=True, adaptive=Adaptive(slots=frozenset({1, 3})))
ANY_WORKDAY = Policy(name="any", checks=True, adaptive=Adaptive(limits=SelectionLimits(most_per_digest=8), weekly_cap=5))
laws = pytest.mark.parametrize("law", list(Law))


def a_run(policy: Policy, *, law: Law = Law.DSR, seed: int = 0, people: int = 150, days: int = 365, **changed: Any) -> Result:
    return run(policy, replace(Population(law=law), **changed), seed=seed, people=people, days=days)


def test_equal_seeds_repeat_exactly_and_others_differ() -> None:
    first, again, other = (a_run(DIGESTS, seed=seed, people=40, days=60) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.true_recall, again.true_recall)
    np.testing.assert_array_equal(first.predicted_right, again.predicted_right)
    assert not np.array_equal(first.true_recall, other.true_recall)


@laws
def test_a_fresh_memory_falls_to_nine_tenths_in_the_stated_days_and_on(law: Law) -> None:
    population = Population(law=law, person_spread=0.0, statement_spread=0.0, decay_spread=0.0)
    random = np.random.default_rng(1)
    people = hire(population, 50, random)
    heads = minds(population, people, 2, random)
    assert heads.recall(0.0) == pytest.approx(np.zeros(100), abs=1e-9)
    rows = np.arange(100)
    heads.read(0.0, rows, recalled=np.zeros(100, dtype=bool), taken_in=np.ones(100, dtype=bool))
    curve = np.array([heads.recall(day).mean() for day in (1.0, 3.0, 10.0, 30.0, 90.0)])
    assert curve[1] == pytest.approx(0.9, abs=0.005)
    assert (np.diff(curve) < 0).all()
    assert 0.35 < curve[-1] < curve[3] < 0.7
    heads.forget(rows[:10])
    assert heads.recall(1.0)[:10] == pytest.approx(np.zeros(10), abs=1e-9)


@laws
def test_a_recalled_check_strengthens_more_than_reading(law: Law) -> None:
    population = Population(law=law, person_spread=0.0, statement_spread=0.0, decay_spread=0.0)
    random = np.random.default_rng(1)
    heads = minds(population, hire(population, 100, random), 1, random)
    everyone, yes = np.arange(100), np.ones(100, dtype=bool)
    heads.read(0.0, everyone, recalled=~yes, taken_in=yes)
    heads.read(8.0, everyone[:50], recalled=yes[:50], taken_in=yes[:50])
    heads.answer(8.0, everyone[50:], knew=yes[:50], taken_in=yes[:50])
    later = heads.recall(40.0)
    assert later[50:].mean() > later[:50].mean()


@laws
def test_adaptive_digests_hold_more_than_a_plain_cadence_with_over_twice_the_messages(law: Law) -> None:
    ours, plain = a_run(DIGESTS, law=law), a_run(Policy(name="plain", every_days=13), law=law)
    assert ours.held > plain.held
    assert ours.messages_per_quarter < 0.5 * plain.messages_per_quarter
    assert ours.held == pytest.approx(0.90, abs=0.025)
    # one company of 150: chance alone moves this by a point or two; the promise of 3 points is that of four of 600
    assert abs(ours.believed - ours.held) < 0.05
    assert ours.worst_tenth > plain.worst_tenth


def test_believing_deliveries_hides_that_half_of_it_is_lost() -> None:
    naive = Policy(name="naive", adaptive=Adaptive(belief=Belief.DELIVERED_IS_KNOWN))
    result = a_run(naive)
    assert result.believed - result.held > 0.25


@laws
def test_a_company_that_never_answers_is_never_believed_to_know(law: Law) -> None:
    """Issue: cannot be known, at least 20 points below the same company answering, target never reached by deliveries alone."""
    answering, silent = a_run(ANY_WORKDAY, law=law), a_run(ANY_WORKDAY, law=law, answers=0.0, acknowledges=0.0)
    assert answering.believed - silent.believed >= 0.20
    assert silent.believed_recall.max() < 0.9
    assert len(silent.was_right) == 0
    report = report_awareness(np.full(150, silent.believed), right=0, respondents=0, guess=1 / 6)
    assert report.verdict is AwarenessVerdict.CANNOT_BE_KNOWN


def test_messages_become_fewer_as_people_learn() -> None:
    result = a_run(DIGESTS)
    assert result.messages_per_quarter < 0.6 * result.messages_per_quarter_first_half


def test_nobody_gets_more_than_the_weekly_cap() -> None:
    assert ANY_WORKDAY.adaptive is not None
    result = a_run(replace(ANY_WORKDAY, adaptive=replace(ANY_WORKDAY.adaptive, weekly_cap=5, newcomer_weekly_cap=7)), days=200)
    assert result.weekly_messages[3] <= 7
    settled = a_run(DIGESTS, days=200, turnover=0.0)
    assert settled.weekly_messages[3] <= 6
    assert settled.interruptions_per_week <= 2.0


def test_fixed_cadence_shows_each_statement_every_so_many_days() -> None:
    result = a_run(Policy(name="weekly", every_days=7), people=20, days=364)
    assert result.messages_per_quarter == pytest.approx(13.0)
    assert result.weekly_messages == (8.0, 8.0, 8.0, 8.0)


def test_predictions_are_scored_before_they_are_learned_and_beat_a_constant() -> None:
    result = a_run(Policy(name="checked", every_days=14, checks=True), people=200)
    assert len(result.predicted_right) == len(result.was_right) > 1000
    assert result.log_loss < 0.8 * result.constant_log_loss
    assert result.calibration_error < 0.04


def test_scores_of_predictions() -> None:
    chance, outcome = np.array([0.8] * 10), np.array([1.0] * 8 + [0.0] * 2)
    assert rmse_in_bins(chance, outcome, bins=1) == pytest.approx(0.0)
    assert rmse_in_bins(chance, np.ones(10), bins=2) == pytest.approx(0.2)
    assert log_loss(chance, outcome) == pytest.approx(-(0.8 * np.log(0.8) + 0.2 * np.log(0.2)))
