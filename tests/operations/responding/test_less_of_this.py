"""What the unsubscribe button leads to: less, and never silently nothing for what must be acknowledged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from cadence.domain.sending.deliveries import Channel
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.planning.plan import plan_due
from cadence.operations.responding.preferences import FEWER_FOR, SHORT_PAUSE, pause, waiting
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import a_cadence, a_delivery, a_person, a_statement, an_occurrence

#: Tuesday 09:30 in Berlin
DUE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def planned(database: Database, at: datetime) -> list[tuple[str, str, int]]:
    """Plan and return (state, reason, items) of what is new."""
    deliveries, items = core.deliveries, core.delivery_items
    with database.read() as connection:
        last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(deliveries.c.id), 0))).scalar_one()
    plan_due(database, now=at, secret=b"secret", channels=(Channel.EMAIL,))
    with database.read() as connection:
        counted = sa.select(sa.func.count()).where(items.c.delivery_id == deliveries.c.id).scalar_subquery()
        found = connection.execute(sa.select(deliveries.c.state, deliveries.c.reason, counted).where(deliveries.c.id > last))
        return [tuple(row) for row in found]


def test_what_must_be_acknowledged_waits_in_sight_and_comes_after_the_pause(database: Database) -> None:
    person = a_person(database)
    must = a_statement(database, title="Stop when in doubt", must_acknowledge=True)
    earlier = an_occurrence(database, a_cadence(database, active=False), at=DUE - timedelta(days=30))
    a_delivery(database, person, [must], at=DUE - timedelta(days=30), occurrence_id=earlier)
    a_cadence(database, slug="weekly")
    with database.transaction() as connection:
        derive_slots(connection, now=DUE - timedelta(hours=1))
    stored = pause(database, person_id=person, until=DUE - timedelta(hours=1) + SHORT_PAUSE, fewer_until=DUE + FEWER_FOR)

    assert planned(database, DUE) == [("skipped", "paused", 0)]
    assert [one.title for one in waiting(database, person_id=person)] == ["Stop when in doubt"]
    assert stored.paused_until is not None
    after = [one for days in (14, 16) for one in planned(database, DUE + timedelta(days=days)) if one[0] == "planned"]
    assert after
    assert after[0][2] >= 1
    with database.read() as connection:
        items = core.delivery_items
        assert connection.execute(sa.select(sa.func.count()).where(items.c.version_id == must.version_id)).scalar_one() >= 2
