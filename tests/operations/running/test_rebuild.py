"""The caches equal the fold of the evidence; where they do not, the rebuild says so and mends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.running import rebuild as module
from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core
from cadence.store.database.core import acknowledgements, exposures
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement, a_version


@pytest.fixture
def company(database: Database) -> list[int]:
    """Seven people who were sent and acknowledged this and that."""
    people = [a_person(database) for _ in range(7)]
    first, second = a_statement(database), a_statement(database)
    newer = a_version(database, first.id, number=2)
    for n, person in enumerate(people):
        one = a_delivery(database, person, [first, second], at=NOW - timedelta(days=9))
        a_delivery(database, person, [second], state="failed", reason="gave_up")
        if n % 2:
            a_delivery(database, person, [newer], at=NOW - timedelta(hours=n))
            acknowledge(database, person_id=person, version_id=first.version_id, delivery_id=one, method="link", now=NOW)
    return people


def _change(database: Database, statement: sa.Executable) -> None:
    with database.transaction() as connection:
        connection.execute(statement)


def test_untouched_ledger_has_no_difference(database: Database, company: list[int]) -> None:
    found = rebuild(database)

    assert (found.differences, found.first) == (0, [])
    assert (found.people, found.pairs) == (7, 14)
    assert found.facts == 7 * 2 + 3 * 2


def test_empty_house_has_no_difference(database: Database) -> None:
    assert rebuild(database).people == 0


def test_each_kind_of_damage_is_named_and_mended(database: Database, company: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 3)
    ann, bela = company[0], company[1]
    _change(database, sa.update(exposures).where(exposures.c.person_id == ann).values(times_sent=9, version_id=None, sent_day=None))
    _change(database, sa.delete(exposures).where(exposures.c.person_id == bela))
    _change(database, sa.delete(acknowledgements).where(acknowledgements.c.person_id == bela))
    _change(
        database,
        sa.update(acknowledgements).where(acknowledgements.c.person_id == company[3]).values(acknowledged_at=NOW + timedelta(days=1)),
    )

    found = rebuild(database)
    assert {d.field.split()[0] for d in found.first} >= {"times_sent", "version_id", "sent_day", "acknowledged", "encoded", "seen_sum"}
    assert {d.person_id for d in found.first} == {ann, bela, company[3]}
    assert rebuild(database).differences == found.differences

    assert rebuild(database, repair=True).differences == found.differences
    assert rebuild(database).differences == 0


def test_acknowledgement_without_evidence_is_dropped_by_the_repair(database: Database, company: list[int]) -> None:
    evidence = core.evidence
    _change(database, sa.delete(evidence).where(evidence.c.level == 4, evidence.c.person_id == company[1]))

    assert any(d.field.startswith("acknowledged") for d in rebuild(database, repair=True).first)
    assert rebuild(database).differences == 0


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (exposures, {"encoded": 0.123}),
        (exposures, {"unanswered": 7}),
        (exposures, {"right_day": 3.0}),
        (core.attention, {"responses": 40.0}),
        (core.attention, {"silent_in_row": 3}),
    ],
)
def test_damaged_memory_is_named_and_mended(database: Database, company: list[int], table: sa.Table, values: dict[str, float]) -> None:
    _change(database, sa.update(table).where(table.c.person_id == company[1]).values(**values))

    found = rebuild(database, repair=True)
    assert found.differences >= 1
    assert all(next(iter(values)) in d.field and d.person_id == company[1] for d in found.first)
    assert rebuild(database).differences == 0


def test_planned_digest_is_no_difference_and_survives_the_repair(database: Database, company: list[int]) -> None:
    later = NOW.timestamp() / 86_400 + 2
    _change(database, sa.update(exposures).values(planned_day=later))
    _change(database, sa.update(exposures).where(exposures.c.person_id == company[0]).values(times_sent=9))

    rebuild(database, repair=True)

    with database.read() as connection:
        assert set(connection.execute(sa.select(exposures.c.planned_day)).scalars()) == {later}
