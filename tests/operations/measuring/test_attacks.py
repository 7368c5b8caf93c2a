"""What an attacker can make of everything that is published, in companies that live half a year: next to nothing of one answer.

The attacker sees every release and all pages, commands and exports, knows who answered between two releases, and fits a logistic rule
that tells right from wrong on other companies first. Measured on 8 companies of each law: area under the curve .49 to .54 with the rule
that holds small moves back, .58 to .61 without it; ``make nightly`` runs 60.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from cadence.domain.memory.forgetting import Floats
from cadence.domain.simulation.population import Law
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.amount import NIGHTLY
from tests.fixtures.lived_company import LivedCompany

#: companies of each law, published from memory; and how large they are
COMPANIES = 60 if NIGHTLY else 8
WEEKS, PEOPLE, STATEMENTS = 26, 60, 6
MOST_TOLD = 0.55


def lived(seed: int, law: Law, database: Database | None = None, *, people: int = PEOPLE, statements: int = STATEMENTS) -> LivedCompany:
    """Return a company that has lived its weeks."""
    company = LivedCompany(seed=seed, law=law, database=database, people=people, statements=statements)
    company.live(WEEKS)
    return company


def published(company: LivedCompany) -> dict[int, list[Any]]:
    """Return the steps of what people know of each statement, oldest first."""
    if company.database is None:
        return {company.rows[k].id: list(steps) for k, steps in company.steps.items()}
    table, found = core.releases, defaultdict(list)
    with company.database.read() as connection:
        query = sa.select(table).where(table.c.figure == "know_it", table.c.group_kind == "audience").order_by(table.c.id)
        for row in connection.execute(query):
            found[row.statement_id].append(row)
    return found


def seen_by_an_attacker(company: LivedCompany) -> tuple[Floats, Floats]:
    """Return for every answer between two releases how these moved, and the next two, and whether it was right."""
    moves, right = [], []
    for k, one in enumerate(company.rows):
        steps = published(company)[one.id]
        numbers = [_numbers(step) for step in steps]
        days = [(step.released_at - company.at(0)) / timedelta(days=1) for step in steps]
        for _, about, is_right, day in company.answers:
            at = int(np.searchsorted(days, day))
            if about == k and 0 < at < len(steps):
                after = numbers[at + 1] if at + 1 < len(steps) else numbers[at]
                moves.append(np.concatenate((numbers[at] - numbers[at - 1], after - numbers[at])))
                right.append(is_right)
    return np.array(moves).reshape(-1, 6), np.array(right, dtype=np.float64)


def _numbers(step: Any) -> Floats:
    if step.low is None:
        return np.array([50.0, 0.0, 100.0])
    return np.array([(step.low + step.high) / 2 if step.value is None else step.value, step.low, step.high], dtype=np.float64)


def fitted(moves: Floats, right: Floats) -> Floats:
    """Return the weights of a logistic rule, by Newton's steps with a little shrinkage."""
    columns = np.column_stack((np.ones(len(moves)), moves / 10.0))
    weights = np.zeros(columns.shape[1])
    for _ in range(25):
        chance = 1.0 / (1.0 + np.exp(-columns @ weights))
        curvature = columns.T @ (columns * (chance * (1.0 - chance))[:, None]) + 0.1 * np.eye(len(weights))
        weights += np.linalg.solve(curvature, columns.T @ (right - chance) - 0.1 * weights)
    return weights


def area(score: Floats, right: Floats) -> float:
    """Return the area under the curve: the chance that a right answer scores above a wrong one, ties by half."""
    order, inverse, times = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(times) - (times - 1) / 2)[inverse]
    ones = right.sum()
    return float((rank[right > 0].sum() - ones * (ones + 1) / 2) / (ones * (len(order) and len(right) - ones)))


def told(companies: Sequence[LivedCompany]) -> tuple[float, int]:
    """Return the area of a rule that was fitted on the other companies each time, and of how many answers."""
    seen = [seen_by_an_attacker(company) for company in companies]
    scores, rights = [], []
    for k, (moves, right) in enumerate(seen):
        others = [one for n, one in enumerate(seen) if n != k]
        weights = fitted(np.concatenate([m for m, _ in others]), np.concatenate([r for _, r in others]))
        scores.append(np.column_stack((np.ones(len(moves)), moves / 10.0)) @ weights)
        rights.append(right)
    return area(np.concatenate(scores), np.concatenate(rights)), sum(map(len, rights))


@pytest.mark.parametrize("law", [Law.ACTR, Law.POWER])
def test_right_or_wrong_of_one_answer_cannot_be_told_from_all_releases(law: Law) -> None:
    """Best of the fitted rule, the change of the value, and the sum of all changes."""
    companies = [lived(seed, law) for seed in range(COMPANIES)]
    fitted_rule, answers = told(companies)
    moves, right = (np.concatenate(parts) for parts in zip(*map(seen_by_an_attacker, companies), strict=True))
    assert answers > 150 * COMPANIES
    assert max(fitted_rule, area(moves[:, 0], right), area(moves[:, :3].sum(axis=1), right)) <= MOST_TOLD


def test_the_author_of_an_answer_is_one_of_five_at_least() -> None:
    """Whoever knows of everybody whether they answered between two releases still has five to choose from, of each statement."""
    for seed in range(COMPANIES // 4):
        company = lived(seed, Law.POWER)
        for k, one in enumerate(company.rows):
            days = [(step.released_at - company.at(0)) / timedelta(days=1) for step in published(company)[one.id]]
            for begin, end in zip([-1.0, *days], days, strict=False):
                assert len({person for person, about, _, day in company.answers if about == k and begin < day <= end}) >= 5


def test_the_database_publishes_what_memory_does(sqlite_url: str) -> None:
    """So what is measured above holds for the daily step."""
    database = Database(sqlite_url, disposable=True)
    stored, pure = lived(3, Law.POWER, database, people=40, statements=4), lived(3, Law.POWER, people=40, statements=4)
    assert stored.answers == pure.answers
    same = [_of_steps(stored), _of_steps(pure)]
    database.close()
    assert same[0] == same[1]
    assert sum(map(len, same[0].values())) > 8


def _of_steps(company: LivedCompany) -> dict[int, list[tuple[Any, ...]]]:
    found = published(company)
    return {
        k: [(s.step, s.released_at, s.verdict, s.value, s.low, s.high, s.answered) for s in found.get(one.id, [])]
        for k, one in enumerate(company.rows)
    }
