"""A storm is undone in one step: which addresses, what else was counted, the notices; and the doctor names it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from cadence.errors import Invalid
from cadence.operations.running.doctor import doctor
from cadence.operations.running.notices import list_notices
from cadence.operations.sending.address_health import tell_of_failures
from cadence.operations.sending.restore import restore_since
from cadence.store.database.core import addresses
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_person

HOUR = timedelta(hours=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Thirty people: twelve suspended within an hour, one long before, one only counted against."""
    database = Database(database_url)
    for i in range(30):
        a_person(database, email=f"p{i}@example.com")

    def change(first: int, last: int, **values: object) -> None:
        whom = [f"p{i}@example.com" for i in range(first, last)]
        with database.transaction() as connection:
            connection.execute(sa.update(addresses).where(addresses.c.value.in_(whom)).values(**values))

    change(0, 12, suspended_at=NOW, suspended_reason="550", failure_score=1.0, failed_at=NOW)
    change(12, 13, suspended_at=NOW - timedelta(days=40), suspended_reason="5.1.1", failure_score=1.0, failed_at=NOW - timedelta(days=40))
    change(13, 14, failure_score=1.0, failed_at=NOW + HOUR)
    change(14, 15, failure_score=1.0, failed_at=NOW - timedelta(days=3))
    tell_of_failures(database, now=NOW)
    yield database
    database.close()


def suspended(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).where(addresses.c.suspended_at.is_not(None))).scalar_one()


def open_notices(database: Database) -> int:
    with database.read() as connection:
        return len(list_notices(connection))


def test_all_since_an_instant_are_in_use_again_and_no_others(database: Database) -> None:
    done = restore_since(database, NOW, "email", now=NOW + 2 * HOUR)
    assert ([a.email for a in done.addresses], done.cleared) == ([f"p{i}@example.com" for i in range(12)], 1)
    assert (suspended(database), open_notices(database)) == (1, 1)
    with database.read() as connection:
        scores = connection.execute(sa.select(sa.func.sum(addresses.c.failure_score))).scalar_one()
    assert scores == 2.0, "what was counted before stays"


def test_a_dry_run_tells_the_same_and_changes_nothing(database: Database) -> None:
    before = (suspended(database), open_notices(database))
    told = restore_since(database, NOW, "email", now=NOW + 2 * HOUR, dry_run=True)
    assert (len(told.addresses), told.cleared, told.dry_run) == (12, 1, True)
    assert (suspended(database), open_notices(database)) == before
    assert len(restore_since(database, NOW, "email", now=NOW + 2 * HOUR).addresses) == 12


@pytest.mark.parametrize("channel", ["email", "slack"])
def test_once_more_finds_nothing(database: Database, channel: str) -> None:
    restore_since(database, NOW, "email", now=NOW + 2 * HOUR)
    assert restore_since(database, NOW, channel, now=NOW + 2 * HOUR).addresses == ()


def test_an_instant_that_is_to_come_is_refused_by_name(database: Database) -> None:
    with pytest.raises(Invalid, match=r"--all-since = .*lies in the future"):
        restore_since(database, NOW + 3 * HOUR, "email", now=NOW)


def test_the_doctor_names_a_storm_and_the_step_that_undoes_it(database: Database, tmp_path: Path) -> None:
    def suspensions() -> list[str]:
        checks = doctor(
            database,
            data_dir=tmp_path,
            key_file=None,
            base_url="https://c.example.com",
            transports=[],
            now=NOW + 2 * HOUR,
        )
        return [f"{c.sentence} {c.remedy}" for c in checks if c.name == "suspensions"]

    (told,) = suspensions()
    assert told.startswith("12 of 30 email addresses were suspended since 2026-11-23")
    assert f"cadence mail restore --all-since {NOW.isoformat()} --dry-run" in told
    restore_since(database, NOW, "email", now=NOW + 2 * HOUR)
    assert suspensions() == []
