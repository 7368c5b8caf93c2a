"""Figures of teams: the ranges of ten teams of twenty hold the truth, whether teams differ or not.

The company is drawn as in docs/science.md; CADENCE_TEST_COMPANIES=20 and --log-cli-level=INFO give its table.
"""

from __future__ import annotations

import logging
import os

import numpy as np
import pytest

from cadence.domain.measuring.answering_habits import TapOutcome
from cadence.domain.measuring.know_it import Answers, learn, share_knowing, weigh
from cadence.domain.measuring.luck import NOT_SAID
from cadence.domain.measuring.people_sums import PeopleSums
from cadence.domain.measuring.releases import as_released
from cadence.domain.measuring.selective_answering import DrawChunk
from cadence.domain.memory.forgetting import Floats

log = logging.getLogger(__name__)
COMPANIES = int(os.environ.get("CADENCE_TEST_COMPANIES", "1"))
PEOPLE, TEAMS, STATEMENTS, WEEKS = 200, 10, 8, 26
TEAM = np.arange(PEOPLE) % TEAMS


def _answers(chance: np.random.Generator, predicted: Floats, knows: Floats) -> Answers:
    """Return half a year of answers: a question a week for everybody, of which 35 % are answered."""
    person, week = np.tile(np.arange(PEOPLE), WEEKS), np.repeat(np.arange(WEEKS), PEOPLE)
    statement, answers = chance.integers(0, STATEMENTS, len(person)), chance.random(len(person)) < 0.35
    person, statement, week = person[answers], statement[answers], week[answers]
    right = (chance.random(len(person)) < knows[person, statement]) | (chance.random(len(person)) < 0.15)
    other = np.where(chance.random(len(person)) < 0.4, TapOutcome.WRONG, TapOutcome.FORGOT)
    return Answers(
        age=(7.0 * (WEEKS - week)).astype(np.float64),
        person=person,
        statement=statement,
        predicted=predicted[person, statement],
        shown_before=np.ones(len(person), dtype=np.int64),
        outcome=np.where(right, TapOutcome.RIGHT, other),
        said=np.full(len(person), NOT_SAID),
        asked=np.full(len(person), WEEKS),
        answered=np.bincount(person, minlength=PEOPLE)[person],
    )


@pytest.mark.parametrize("spread", [0.0, 0.05, 0.10, 0.15])
def test_ranges_of_teams_hold_what_their_people_know(spread: float) -> None:
    holds, errors, widths = [], [], []
    for seed in range(COMPANIES):
        chance = np.random.default_rng(2026 + seed)
        predicted = np.clip(chance.normal(0.7, 0.12, (PEOPLE, STATEMENTS)), 0.05, 0.98)
        of_team, of_person = chance.normal(0, spread, TEAMS)[TEAM], chance.normal(0, 0.08, PEOPLE)
        shift = chance.normal(-0.08, 0.05) + chance.normal(0, 0.05, STATEMENTS)
        knows = np.clip(predicted + shift + (of_team + of_person)[:, None], 0.02, 0.99)
        weighed = weigh(_answers(chance, predicted, knows))
        mine = weighed.answers
        everyone = PeopleSums.each(
            member=np.ones((PEOPLE, STATEMENTS), dtype=np.bool_),
            believed=predicted,
            shown=np.ones((PEOPLE, STATEMENTS)),
            noise=weighed.noise.of(np.arange(PEOPLE)),
            asked=np.full(PEOPLE, WEEKS),
            answered=np.bincount(mine.person, minlength=PEOPLE),
        )
        start = STATEMENTS * np.arange(len(mine))
        drawn = DrawChunk(
            weight=1.0 - weighed.noisy,
            start=start,
            drawn=start + mine.statement,
            eligible=predicted[mine.person].ravel(),
            silent_before=np.zeros(STATEMENTS * len(mine)),
        )

        def draws(_: Floats, drawn: DrawChunk = drawn) -> list[DrawChunk]:
            return [drawn]

        learnt = learn(weighed, believed=float(predicted.mean()), draws=draws, statements=STATEMENTS)
        assert learnt is not None
        groups = everyone.by_group(TEAM, TEAMS)
        for team in range(TEAMS):
            sums = weighed.sums(STATEMENTS, np.flatnonzero(TEAM[mine.person] == team))
            told, truth = share_knowing(learnt, groups.take(team), group=sums), knows[team == TEAM].mean(axis=0)
            for true, value, low, high in zip(truth, told.value, told.low, told.high, strict=True):
                _, least, most = as_released(float(value), float(low), float(high))
                holds.append(least <= 100 * true <= most)
                errors.append(float(value) - true)
                widths.append(float(high - low))
    rms = float(np.sqrt(np.mean(np.square(errors))))
    log.info("teams differ by %.2f: holds %.3f, RMS %.3f, width %.2f", spread, np.mean(holds), rms, np.mean(widths))
    assert np.mean(holds) >= 0.88
    assert rms < 0.12
