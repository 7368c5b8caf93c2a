"""What is kept of closed occurrences is what a count of every delivery says, at every moment."""

from __future__ import annotations

import itertools
from collections import Counter

import sqlalchemy as sa

from cadence.operations.running.tick import count_closed
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.measuring.reports import delivery_counts, trouble
from tests.fixtures.builders import StatementRows, a_cadence, a_delivery, a_person, a_statement, an_occurrence

STATES = ("sent", "failed", "unknown", "expired", "cancelled", "skipped")


def counted_by_hand(database: Database, statement: StatementRows | None) -> dict[tuple[str, str], int]:
    deliveries, items, people = core.deliveries, core.delivery_items, core.people
    query = sa.select(deliveries.c.channel, deliveries.c.state).join(people, people.c.id == deliveries.c.person_id).where(~people.c.shared)
    if statement is not None:
        query = query.join(items, items.c.delivery_id == deliveries.c.id).where(items.c.statement_id == statement.id)
    with database.read() as connection:
        return dict(Counter((row.channel, row.state) for row in connection.execute(query)))


def agree(database: Database, statements: list[StatementRows]) -> None:
    for one in (None, *statements):
        with database.read() as connection:
            told = delivery_counts(connection, statement_id=None if one is None else one.id)
            in_trouble = trouble(connection, team=None)
        by_hand = counted_by_hand(database, one)
        assert {(channel, state): n for channel, states in told.items() for state, n in states.items()} == by_hand
        if one is not None:
            wrong = {state: sum(n for (_, is_in), n in by_hand.items() if is_in == state) for state in ("failed", "unknown")}
            assert in_trouble.get(one.id, {}) == {state: n for state, n in wrong.items() if n}


def test_counts_that_are_kept_are_those_of_a_count_of_everything(database: Database) -> None:
    statements, cadence = [a_statement(database) for _ in range(3)], a_cadence(database)
    pairs = list(itertools.product(STATES, ("email", "slack")))
    people = [a_person(database, shared=number == 0) for number in range(len(pairs))]
    occurrences = [an_occurrence(database, cadence, state=state) for state in ("closed", "closed", "planned")]
    made = [
        a_delivery(database, person, statements[: 1 + person % 3], state=state, channel=channel, occurrence_id=occurrence)
        for occurrence in occurrences
        for person, (state, channel) in zip(people, pairs, strict=True)
    ]
    agree(database, statements)
    count_closed(database)
    with database.read() as connection:
        counted = set(connection.execute(sa.select(core.occurrences.c.id).where(core.occurrences.c.counted)).scalars())
    assert counted == set(occurrences[:2])
    agree(database, statements)
    deliveries = core.deliveries
    for one, state in zip(made, itertools.cycle(("failed", "sent", "unknown")), strict=False):  # bounces, looks, late words
        with database.transaction() as connection:
            connection.execute(sa.update(deliveries).where(deliveries.c.id == one).values(state=state))
    agree(database, statements)
    count_closed(database)
    agree(database, statements)
