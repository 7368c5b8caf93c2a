"""A synthetic company of any size, written straight into the tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from cadence.domain.planning.cadences import Cadence, Schedule
from cadence.domain.planning.calendars import Weekday
from cadence.domain.planning.limits import Limits
from cadence.domain.planning.recipients import to_days
from cadence.domain.sending.deliveries import Channel
from cadence.files.cadences_toml import to_json
from cadence.files.limits_toml import limits_to_json
from cadence.store.database import tables
from cadence.store.database.engine import Database

#: the benchmark's Monday, 09:00 in Berlin
DUE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HERE, ELSEWHERE = "Europe/Berlin", "America/New_York"
_NEAR_MISSES = ("wait until the office opens.", "go to the town alone.", "are counted once a month.")
_PARAGRAPH = (
    "When a river rises in the night, somebody downstream is asleep. **We** look at every alarm within ten minutes, "
    "because a warning that waits for the morning is a report. This costs us sleep and it is worth it: last March the "
    "town below Abernethy had six hours instead of two, and nobody was surprised. "
)


def build(database: Database, *, due_people: int, other_people: int, statements: int, due_statements: int, items: int) -> None:
    """Fill an empty database: ``due_people`` in a zone that is due, evenly among the rest elsewhere, every pair with an exposure.

    ``due_statements`` of each person's pairs are outside the minimum gap; a digest holds ``items``.
    """
    long_ago, lately = to_days(DUE - timedelta(days=30)), to_days(DUE - timedelta(hours=20))
    # people of one zone are hired one by one like the others: their rows do not lie side by side
    every = (due_people + other_people) // due_people
    table = {name: tables.metadata.tables[name] for name in tables.metadata.tables}
    with database.transaction() as connection:
        for k in range(1, statements + 1):
            connection.execute(
                table["statements"].insert(),
                {
                    "id": k,
                    "slug": f"statement-{k}",
                    "kind": "priority",
                    "audience": "everyone",
                    "must_acknowledge": k % 3 == 0,
                    "position": k,
                    "created_at": DUE,
                },
            )
            connection.execute(
                table["statement_versions"].insert(),
                {
                    "id": k,
                    "statement_id": k,
                    "number": 1,
                    "title": f"Answer every alarm of the night, part {k}",
                    "body": _PARAGRAPH,
                    "material": True,
                    "digest": str(k),
                    "right_answer": f"Alarms of part {k} are answered before dawn.",
                    "near_misses": [f"Alarms of part {k} {rest}" for rest in _NEAR_MISSES],
                    "published_at": DUE - timedelta(days=90),
                },
            )
            for n in range(3):
                connection.execute(
                    table["wordings"].insert(),
                    {"id": 3 * k + n, "version_id": k, "name": f"wording {n}", "position": n, "text": _PARAGRAPH * 2},
                )
        schedule = Schedule(local_time=time(9), days=(Weekday.MONDAY,))
        cadence = Cadence(slug="weekly", name="Weekly", schedule=schedule, max_statements=items, channels=(Channel.EMAIL,))
        connection.execute(
            table["cadences"].insert(), {"id": 1, "slug": "weekly", "definition": to_json(cadence), "active": True, "applied_at": DUE}
        )
        connection.execute(
            table["limit_sets"].insert(),
            {"id": 1, "definition": limits_to_json(Limits(statements_per_week=30, newcomer_statements_per_week=30)), "applied_at": DUE},
        )
        connection.execute(
            table["slots"].insert(),
            {"id": 1, "cadence_id": 1, "zone": HERE, "local_time": "09:00", "next_local_date": date(2026, 11, 23), "next_fire_at": DUE},
        )
        for first in range(1, due_people + other_people + 1, 5_000):
            numbers = range(first, min(first + 5_000, due_people + other_people + 1))
            connection.execute(
                table["people"].insert(),
                [
                    {
                        "id": n,
                        "email": f"p{n}@company.example",
                        "name": f"Person {n}",
                        "zone": HERE if n % every == 0 and n <= every * due_people else ELSEWHERE,
                        "country": "",
                        "locale": "en",
                        "team": f"team {n % 50}",
                        "location": "",
                        "manager_email": "",
                        "external": False,
                        "attributes": {},
                        "preferred_channel": "",
                        "created_at": DUE,
                    }
                    for n in numbers
                ],
            )
            connection.execute(
                table["addresses"].insert(),
                [{"person_id": n, "channel": "email", "value": f"p{n}@company.example", "suspended_reason": ""} for n in numbers],
            )
        connection.exec_driver_sql(
            "INSERT INTO exposures (person_id, statement_id, version_id, times_sent, sent_day, "
            "delivered_version_id, delivered_times, delivered_day, planned_day) "
            f"SELECT p.id, s.id, s.id, 3, {long_ago}, s.id, 3, {long_ago}, "
            f"CASE WHEN s.id <= {due_statements} AND p.zone = '{HERE}' THEN {long_ago} ELSE {lately} END "
            "FROM people p CROSS JOIN statements s"
        )
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
