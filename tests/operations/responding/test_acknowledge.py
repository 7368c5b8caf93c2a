"""Acknowledging: once per person and version, by the right person, for a statement in force."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.responding.acknowledge import Acknowledged, acknowledge, look
from cadence.operations.responding.preferences import pause, preferences, set_preferences
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement, a_version, an_address


def _press(database: Database, person: int, version: int, delivery: int, *, later: int = 0, method: str = "link") -> Acknowledged:
    now = NOW + timedelta(minutes=later)
    source = f"{method}:{later}"
    return acknowledge(database, person_id=person, version_id=version, delivery_id=delivery, method=method, now=now, source_id=source)


def _count(database: Database, model: type, **where: object) -> int:
    table = core.table_of(model)
    query = sa.select(sa.func.count()).select_from(table).where(*(table.c[k] == v for k, v in where.items()))
    with database.read() as connection:
        return int(connection.execute(query).scalar_one())


def test_first_press_is_recorded_with_its_evidence(database: Database) -> None:
    ann, statement = a_person(database, name="Ann"), a_statement(database, must_acknowledge=True)
    delivery = a_delivery(database, ann, [statement])

    recorded = _press(database, ann, statement.version_id, delivery)

    assert (recorded.first, recorded.acknowledged_at, recorded.person_name) == (True, NOW, "Ann")
    assert recorded.version_is_current
    assert _count(database, tables.AcknowledgementRow) == 1
    assert _count(database, tables.EvidenceRow, level=4) == 1


def test_repeats_return_the_first_time_and_write_nothing(database: Database) -> None:
    ann, statement = a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [statement])
    _press(database, ann, statement.version_id, delivery)

    again = _press(database, ann, statement.version_id, delivery, later=9, method="slack")

    assert (again.first, again.acknowledged_at) == (False, NOW)
    assert _count(database, tables.AcknowledgementRow) == 1
    assert _count(database, tables.EvidenceRow, level=4) == 1


def test_twenty_presses_at_once_count_once(database: Database) -> None:
    ann, statement = a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [statement])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: _press(database, ann, statement.version_id, delivery, later=n), range(20)))

    assert sum(a.first for a in answers) == 1
    assert len({a.acknowledged_at for a in answers}) == 1
    assert _count(database, tables.EvidenceRow, level=4) == 1


def test_delivery_of_someone_else_is_refused(database: Database) -> None:
    ann, bob, statement = a_person(database), a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [statement])

    with pytest.raises(NotFound):
        _press(database, bob, statement.version_id, delivery)
    assert _count(database, tables.AcknowledgementRow) == 0


def test_version_that_was_not_in_the_delivery_is_refused(database: Database) -> None:
    ann, statement, other = a_person(database), a_statement(database), a_statement(database)
    delivery = a_delivery(database, ann, [statement])

    with pytest.raises(NotFound):
        _press(database, ann, other.version_id, delivery)
    with pytest.raises(NotFound):
        _press(database, ann, statement.version_id, delivery + 999)


def test_withdrawn_statement_and_departed_person_record_nothing(database: Database) -> None:
    ann, gone = a_person(database), a_person(database, deactivated_at=NOW)
    withdrawn, statement = a_statement(database, withdrawn_at=NOW), a_statement(database)
    first, second = a_delivery(database, ann, [withdrawn]), a_delivery(database, gone, [statement])

    with pytest.raises(Conflict, match="withdrawn"):
        _press(database, ann, withdrawn.version_id, first)
    with pytest.raises(Conflict, match="no longer on the list"):
        _press(database, gone, statement.version_id, second)
    assert _count(database, tables.EvidenceRow, level=4) == 0


def test_newer_material_version_is_told_and_counts_for_itself(database: Database) -> None:
    ann, old = a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [old])
    new = a_version(database, old.id, number=2)

    assert not _press(database, ann, old.version_id, delivery).version_is_current
    assert _press(database, ann, new.version_id, a_delivery(database, ann, [new]), later=1).first


def test_newer_wording_leaves_the_version_current(database: Database) -> None:
    ann, old = a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [old])
    a_version(database, old.id, number=2, material=False)

    assert _press(database, ann, old.version_id, delivery).version_is_current


def test_looking_changes_nothing(database: Database) -> None:
    ann, statement = a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [statement], public_id="f" * 24)

    seen = look(database, person_id=ann, version_id=statement.version_id, public_id="f" * 24)

    assert (seen.delivery_id, seen.acknowledged_at) == (delivery, None)
    assert _count(database, tables.AcknowledgementRow) == 0


def test_preferences_are_stored_and_read_back(database: Database) -> None:
    ann = a_person(database, slack="U1")
    until = NOW + timedelta(days=7)

    stored = set_preferences(database, person_id=ann, preferred_channel="slack", paused_until=until, now=NOW)

    assert (stored.preferred_channel, stored.paused_until) == ("slack", until)
    assert preferences(database, person_id=ann) == stored


@pytest.mark.parametrize(
    ("channel", "days"),
    [("fax", None), ("slack", None), ("email", 0), ("email", -3), ("email", 400)],
    ids=["unknown", "no address", "now", "past", "far"],
)
def test_impossible_preferences_are_refused(database: Database, channel: str, days: int | None) -> None:
    ann = a_person(database)
    until = None if days is None else NOW + timedelta(days=days)

    with pytest.raises(Invalid):
        set_preferences(database, person_id=ann, preferred_channel=channel, paused_until=until, now=NOW)


def test_suspended_address_cannot_be_chosen(database: Database) -> None:
    ann = a_person(database)
    an_address(database, ann, "slack", "U9", suspended_at=NOW)

    with pytest.raises(Invalid, match="no working address"):
        set_preferences(database, person_id=ann, preferred_channel="slack", paused_until=None, now=NOW)


def test_short_pause_never_shortens_a_longer_one(database: Database) -> None:
    ann = a_person(database, paused_until=NOW + timedelta(days=60))

    assert pause(database, person_id=ann, until=NOW + timedelta(days=14)).paused_until == NOW + timedelta(days=60)
