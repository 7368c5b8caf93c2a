"""What is told of a draft before it is published is what the planner then does; nothing of it is kept."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cadence.domain.sending.deliveries import Channel
from cadence.files.cadences_toml import parse_cadences
from cadence.files.draft_content import DraftContent, content_of
from cadence.operations.authoring.apply_cadences import apply_cadences
from cadence.operations.authoring.consequences import audience_sizes, what_happens
from cadence.operations.authoring.import_statements import import_statements
from cadence.operations.planning.plan import preview_due
from cadence.store.authoring.statements import stored_statements
from cadence.store.database.core import audit_entries, deliveries
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_person

RULES = b"""
[audiences]
field = { team = ["Field"] }
[cadences.weekly]
audience = "everyone"
days = ["tuesday", "thursday"]
local_time = "09:30"
max_statements = 1
"""
SECRET = b"a secret for tests"


def test_the_coming_turns_are_those_that_planning_decides(database: Database) -> None:
    for number in range(4):
        a_person(database, team="Field" if number else "Desk")
    old = b'+++\nkind = "priority"\ntitle = "Repair first"\n+++\nWe mend, because it teaches.'
    with database.transaction() as connection:
        apply_cadences(connection, parse_cadences(RULES, where="rules"), now=NOW)
        import_statements(connection, [("repair.md", old)], now=NOW)
        assert audience_sizes(connection, ["everyone", "field", "gone"], now=NOW) == {"everyone": 4, "field": 3}
        before = connection.execute(sa.select(sa.func.count()).select_from(audit_entries)).scalar_one()
    content: DraftContent = content_of({"title": "Two ways home", "kind": "purpose", "body": "Every gauge gets two, because masts fall."})
    told = what_happens(database, content, channels=[Channel.EMAIL], secret=SECRET, now=NOW)
    with database.read() as connection:
        assert [one.slug for one in stored_statements(connection)] == ["repair"]
        assert connection.execute(sa.select(sa.func.count()).select_from(deliveries)).scalar_one() == 0
        assert connection.execute(sa.select(sa.func.count()).select_from(audit_entries)).scalar_one() == before
    assert told.turns[0].people == 4
    assert told.turns[0].at > NOW
    assert told.waits == (("Repair first", 4),)
    with database.transaction() as connection:
        new = b'+++\nslug = "two-ways-home"\nkind = "purpose"\ntitle = "Two ways home"\n+++\nEvery gauge gets two, because masts fall.'
        import_statements(connection, [("two.md", new)], now=NOW)
    really = preview_due(database, now=told.turns[0].at + timedelta(seconds=1), secret=SECRET, channels=[Channel.EMAIL])
    assert sum("two-ways-home" in dict(one.items) for one in really.digests) == 4
