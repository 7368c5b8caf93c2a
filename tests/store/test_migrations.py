"""The schema is built by its migrations, from empty, on both databases, and agrees with the tables."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from cadence.errors import SchemaOutOfDate, StoreError
from cadence.store.database import core, migrations, tables
from cadence.store.database.engine import Database
from cadence.store.database.schema_version import newest_revision, require_current
from cadence.store.responding.answering import must_recount
from cadence.store.running import clock_watch
from tests.fixtures.builders import NOW

#: an instant as each database stores it, by whether it is SQLite
_AT = {True: 1_793_000_000_000_000, False: NOW}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables, of each kind."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


def test_the_migrations_build_every_table_from_empty(empty_url: str) -> None:
    migrations.upgrade(empty_url)
    database = Database(empty_url)
    try:
        with database.read() as connection:
            found = set(sa.inspect(connection).get_table_names())
        assert set(tables.metadata.tables) <= found
        require_current(database)
    finally:
        database.close()


def test_tables_and_migrations_agree(empty_url: str) -> None:
    migrations.upgrade(empty_url)
    migrations.check(empty_url)


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    migrations.upgrade(empty_url)
    migrations.upgrade(empty_url)
    migrations.check(empty_url)


def test_a_database_without_tables_is_refused_with_the_remedy(empty_url: str) -> None:
    database = Database(empty_url)
    try:
        with pytest.raises(SchemaOutOfDate, match="cadence init"):
            require_current(database)
        with pytest.raises(StoreError, match="cadence init"), database.read() as connection:
            clock_watch.look(connection, now=NOW)
    finally:
        database.close()


def test_a_schema_of_another_version_is_refused(database_url: str) -> None:
    database = Database(database_url)
    try:
        with database.transaction() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = 'from-the-future'"))
        with pytest.raises(SchemaOutOfDate, match="from-the-future"):
            require_current(database)
    finally:
        database.close()


def test_sqlite_checks_foreign_keys_and_writes_ahead(sqlite_url: str, disk_to_wait_for: None) -> None:
    database = Database(sqlite_url)
    try:
        with database.read() as connection:
            pragma = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys", "synchronous")
            }
        assert pragma == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}
    finally:
        database.close()


def test_questions_that_came_by_mail_are_marked_as_not_proven(empty_url: str) -> None:
    """From version 1: they were taken on the word of their From line. Questions of pages and Slack were not."""
    database = Database(empty_url)
    try:
        command.upgrade(migrations.configuration(database), "0001")
        with database.transaction() as connection:
            meta = sa.MetaData()
            meta.reflect(connection, only=("people", "questions"))
            texts = dict.fromkeys(
                ("email", "name", "zone", "country", "locale", "team", "location", "manager_email", "preferred_channel"), "x"
            )
            person = {"id": 1, "external": False, "attributes": {}, "created_at": _AT[database.is_sqlite], **texts}
            connection.execute(meta.tables["people"].insert().values(**person))
            for number, source in enumerate(("mail:abc", "page:1:1:abc", "slack:E1")):
                row = {"id": number, "source_id": source, "person_id": 1, "channel": "x", "text": f"Why {number}?"}
                connection.execute(meta.tables["questions"].insert().values(**row, asked_at=_AT[database.is_sqlite]))
        command.upgrade(migrations.configuration(database), "0002")
        questions = core.questions
        with database.read() as connection:
            found = connection.execute(sa.select(questions.c.text, questions.c.sender_proven).order_by(questions.c.id)).all()
        assert [tuple(row) for row in found] == [("Why 0?", False), ("Why 1?", True), ("Why 2?", True)]
    finally:
        database.close()


def test_people_of_before_keep_what_is_known_of_them(empty_url: str) -> None:
    database = Database(empty_url)
    try:
        command.upgrade(migrations.configuration(database), "0002")
        at = _AT[database.is_sqlite]
        known = {"name": "Ana", "zone": "Etc/UTC", "external": True, "attributes": "{}", "created_at": at, "deactivated_at": at}
        known |= dict.fromkeys(("country", "locale", "team", "location", "manager_email", "preferred_channel"), "")
        with database.transaction() as connection:
            meta = sa.MetaData()
            meta.reflect(connection, only=["people", "addresses"])
            connection.execute(meta.tables["people"].insert().values(id=1, email="ana@example.com", **known))
            address = {"person_id": 1, "channel": "email", "value": "ana@example.com", "suspended_reason": ""}
            connection.execute(meta.tables["addresses"].insert().values(id=1, **address))
        migrations.upgrade(empty_url)
        with database.read() as connection:
            person = connection.execute(sa.select(core.people)).one()
            assert connection.execute(sa.select(core.addresses.c.value)).scalar_one() == "ana@example.com"
            assert connection.execute(sa.select(core.former_addresses)).all() == []
        assert (person.name, person.external, person.deactivated_at is not None) == ("Ana", True, True)
        assert (person.employee_id, person.slack_guest, person.deactivated_by) == ("", False, "")
        migrations.check(empty_url)
    finally:
        database.close()


def test_checks_of_before_keep_their_six_lines(empty_url: str) -> None:
    """What is stored from now on shows four."""
    database = Database(empty_url)
    try:
        command.upgrade(migrations.configuration(database), "0005")
        at = _AT[database.is_sqlite]
        with database.transaction() as connection:
            meta = sa.MetaData()
            meta.reflect(connection, only=["statements", "statement_versions", "checks"])
            texts = {"slug": "s", "kind": "value", "audience": "everyone", "must_acknowledge": False, "position": 0, "created_at": at}
            connection.execute(meta.tables["statements"].insert().values(id=1, **texts))
            version = {"statement_id": 1, "number": 1, "title": "T", "body": "B", "material": True, "digest": "d", "published_at": at}
            connection.execute(meta.tables["statement_versions"].insert().values(id=1, near_misses="[]", **version))
            check = {"version_id": 1, "right": "R", "distractors": '["A", "B", "C", "D", "E", "F"]', "digest": "d", "created_at": at}
            connection.execute(meta.tables["checks"].insert().values(id=1, **check))
        migrations.upgrade(empty_url)
        with database.transaction() as connection:
            known = {"version_id": 1, "right": "R", "distractors": ["A", "B", "C"], "created_at": NOW}
            connection.execute(sa.insert(core.checks).values(id=2, digest="e", **known))
            kept = connection.execute(sa.select(core.checks.c.id, core.checks.c.lines)).all()
            assert {row.id: row.lines for row in kept} == {1: 6, 2: 4}
        migrations.check(empty_url)
    finally:
        database.close()


def test_estimates_of_before_are_kept_without_what_was_measured(empty_url: str) -> None:
    database = Database(empty_url)
    try:
        command.upgrade(migrations.configuration(database), "0006")
        at = _AT[database.is_sqlite]
        with database.transaction() as connection:
            meta = sa.MetaData()
            meta.reflect(connection, only=["statements", "statement_versions", "estimates"])
            texts = {"slug": "s", "kind": "value", "audience": "everyone", "must_acknowledge": False, "position": 0, "created_at": at}
            connection.execute(meta.tables["statements"].insert().values(id=1, **texts))
            version = {"statement_id": 1, "number": 1, "title": "T", "body": "B", "material": True, "digest": "d", "published_at": at}
            connection.execute(meta.tables["statement_versions"].insert().values(id=1, near_misses="[]", **version))
            made = {"statement_id": 1, "number": 1, "version_id": 1, "percent": 90, "made_at": at, "made_by": "Ada"}
            connection.execute(meta.tables["estimates"].insert().values(id=1, right=22, respondents=60, chance=0.25, **made))
        migrations.upgrade(empty_url)
        with database.read() as connection:
            (row,) = connection.execute(sa.select(core.estimates)).all()
        assert (row.number, row.percent, row.made_by) == (1, 90, "Ada")
        assert not {"right", "respondents", "chance"} & set(row._mapping)
        migrations.check(empty_url)
    finally:
        database.close()


@pytest.mark.parametrize("sent", [True, False])
def test_how_people_answered_before_is_to_be_counted_where_anything_was_sent(empty_url: str, sent: bool) -> None:
    database = Database(empty_url)
    try:
        command.upgrade(migrations.configuration(database), "0004")
        at = _AT[database.is_sqlite]
        with database.transaction() as connection:
            meta = sa.MetaData()
            meta.reflect(connection, only=["people", "cadences", "occurrences", "deliveries"])

            def put(table: str, /, **values: object) -> None:
                connection.execute(meta.tables[table].insert().values(**values))

            if sent:
                texts = ("name", "zone", "country", "locale", "team", "location", "manager_email", "preferred_channel")
                who = {"external": False, "attributes": "{}", **dict.fromkeys(texts, "x")}
                put("people", id=1, email="ana@example.com", created_at=at, **who)
                put("cadences", id=1, slug="c", definition="{}", active=True, applied_at=at)
                when = {"zone": "Etc/UTC", "local_time": "09:00", "local_date": NOW.date()}
                put("occurrences", id=1, key="k", cadence_id=1, fire_at=at, until=at, state="closed", planned_through=0, **when)
                state = {"channel": "email", "state": "sent", "reason": "", "local_week": 1, "item_count": 1, "attempt_count": 1}
                put("deliveries", id=5, occurrence_id=1, person_id=1, public_id="p", send_after=at, expires_at=at, **state)
        migrations.upgrade(empty_url)
        with database.read() as connection:
            assert must_recount(connection) is sent
    finally:
        database.close()


def test_questions_beneath_texts_go_on_as_questions_of_their_deliveries(empty_url: str) -> None:
    """From version 7: with what was predicted where they were answered."""
    database = Database(empty_url)
    try:
        command.upgrade(migrations.configuration(database), "0007")
        at = _AT[database.is_sqlite]
        names = ("people", "statements", "statement_versions", "wordings", "checks", "cadences", "occurrences", "deliveries")
        with database.transaction() as connection:
            meta = sa.MetaData()
            meta.reflect(connection, only=[*names, "delivery_items", "check_answers"])

            def put(table: str, /, **values: object) -> None:
                connection.execute(meta.tables[table].insert().values(**values))

            texts = ("name", "zone", "country", "locale", "team", "location", "manager_email", "preferred_channel")
            who = {"external": False, "attributes": "{}", **dict.fromkeys(texts, "x")}
            put("people", id=1, email="ana@example.com", created_at=at, **who)
            put("cadences", id=1, slug="c", definition="{}", active=True, applied_at=at)
            when = {"zone": "Etc/UTC", "local_time": "09:00", "local_date": NOW.date()}
            put("occurrences", id=1, key="k", cadence_id=1, fire_at=at, until=at, state="closed", planned_through=0, **when)
            sent = {"channel": "email", "state": "sent", "reason": "", "local_week": 1, "item_count": 2, "attempt_count": 1}
            put("deliveries", id=5, occurrence_id=1, person_id=1, public_id="p", send_after=at, expires_at=at, **sent)
            for n in (1, 2, 3):
                kind = {"kind": "value", "audience": "everyone", "must_acknowledge": False, "position": 0, "created_at": at}
                put("statements", id=n, slug=f"s-{n}", **kind)
                text = {"number": 1, "title": "T", "body": "B", "material": True, "digest": "d", "near_misses": "[]", "published_at": at}
                put("statement_versions", id=n, statement_id=n, **text)
                put("wordings", id=n, version_id=n, name="short", position=0, text="t")
                put("checks", id=n, version_id=n, right="R", distractors="[]", digest=str(n), created_at=at)
                item = {"reason": "first_time", "times_sent_before": n, "check_id": n if n < 3 else None}
                put("delivery_items", delivery_id=5, position=n, statement_id=n, version_id=n, wording_id=n, **item)
            said = {"check_id": 1, "person_id": 1, "statement_id": 1, "version_id": 1, "delivery_id": 5, "channel": "email", "options": 6}
            put("check_answers", id=1, predicted=0.75, right=True, answered_at=at, answered_day=1, **said)
        migrations.upgrade(empty_url)
        table = core.asked_checks
        with database.read() as connection:
            found = [tuple(row) for row in connection.execute(sa.select(table.c.version_id, table.c.reason, table.c.predicted))]
            asked_on = connection.execute(sa.select(table.c.asked_day, table.c.shown_before, table.c.person_id)).all()
            assert len(connection.execute(sa.select(core.delivery_items)).all()) == 3
        assert sorted(found) == [(1, "beneath_text", 0.75), (2, "beneath_text", 0.0)]
        day = 1_793_000_000 / 86_400 if database.is_sqlite else NOW.timestamp() / 86_400
        assert sorted((row.shown_before, row.person_id) for row in asked_on) == [(1, 1), (2, 1)]
        assert [row.asked_day for row in asked_on] == pytest.approx([day, day])
        migrations.check(empty_url)
        command.downgrade(migrations.configuration(database), "0007")
        with database.read() as connection:
            back = connection.execute(sa.text("SELECT version_id, check_id FROM delivery_items ORDER BY position")).all()
        assert [tuple(row) for row in back] == [(1, 1), (2, 2), (3, None)]
    finally:
        database.close()


def test_texts_under_answers_are_taken_out_of_what_was_delivered(empty_url: str) -> None:
    """From version 13: one pair was delivered and then answered about, one answered about only, one delivered only."""
    database = Database(empty_url)
    try:
        command.upgrade(migrations.configuration(database), "0013")
        at = _AT[database.is_sqlite]
        names = ("people", "statements", "statement_versions", "wordings", "cadences", "occurrences", "deliveries", "delivery_items")
        with database.transaction() as connection:
            meta = sa.MetaData()
            meta.reflect(connection, only=[*names, "evidence", "exposures"])

            def put(table: str, /, **values: object) -> None:
                connection.execute(meta.tables[table].insert().values(**values))

            texts = ("name", "zone", "country", "locale", "team", "location", "manager_email", "preferred_channel")
            who = {"external": False, "attributes": "{}", **dict.fromkeys(texts, "x")}
            put("people", id=1, email="ana@example.com", created_at=at, **who)
            put("cadences", id=1, slug="c", definition="{}", active=True, applied_at=at)
            when = {"zone": "Etc/UTC", "local_time": "09:00", "local_date": NOW.date()}
            put("occurrences", id=1, key="k", cadence_id=1, fire_at=at, until=at, state="closed", planned_through=0, **when)
            sent = {"channel": "email", "state": "sent", "reason": "", "local_week": 1, "item_count": 2, "attempt_count": 1}
            put("deliveries", id=5, occurrence_id=1, person_id=1, public_id="p", send_after=at, expires_at=at, **sent)
            fact = {"person_id": 1, "delivery_id": 5, "channel": "email", "occurred_at": at, "detail": "{}"}
            put("evidence", source_id="sent:5", level=1, **fact)
            for n in (1, 2, 3):
                kind = {"kind": "value", "audience": "everyone", "must_acknowledge": False, "position": 0, "created_at": at}
                put("statements", id=n, slug=f"s-{n}", **kind)
                text = {"number": 1, "title": "T", "body": "B", "material": True, "digest": "d", "near_misses": "[]", "published_at": at}
                put("statement_versions", id=n, statement_id=n, **text)
                put("wordings", id=n, version_id=n, name="short", position=0, text="t")
                if n != 2:
                    item = {"reason": "first_time", "times_sent_before": 0}
                    put("delivery_items", delivery_id=5, position=n, statement_id=n, version_id=n, wording_id=n, **item)
                put(
                    "exposures",
                    person_id=1,
                    statement_id=n,
                    version_id=n,
                    times_sent=2 if n == 1 else 1,
                    sent_day=20_000.0 if n < 3 else 1.5,
                )
            for n in (1, 2):
                put(
                    "deliveries",
                    id=5 + n,
                    occurrence_id=1,
                    person_id=1,
                    public_id=f"q{n}",
                    send_after=at,
                    expires_at=at,
                    **sent | {"channel": f"c{n}"},
                )
                put("evidence", source_id=f"check:{n}", level=5, **fact | {"delivery_id": 5 + n, "statement_id": n, "version_id": n})
        migrations.upgrade(empty_url)
        table = core.exposures
        with database.read() as connection:
            query = sa.select(table.c.times_sent, table.c.delivered_times, table.c.delivered_version_id, table.c.delivered_day)
            found = connection.execute(query.order_by(table.c.statement_id)).all()
        day = 1_793_000_000 / 86_400 if database.is_sqlite else NOW.timestamp() / 86_400
        assert [tuple(row[:3]) for row in found] == [(2, 1, 1), (1, 0, None), (1, 1, 3)]
        assert [row.delivered_day for row in found] == [pytest.approx(day), None, 1.5]
        migrations.check(empty_url)
        command.downgrade(migrations.configuration(database), "0013")
    finally:
        database.close()


def test_the_newest_revision_is_found_without_alembic(empty_sqlite_url: str) -> None:
    database = Database(empty_sqlite_url)
    assert newest_revision() == ScriptDirectory.from_config(migrations.configuration(database)).get_current_head()
    database.close()


def test_asking_for_the_schema_does_not_load_alembic() -> None:
    """Its import takes as long as a small command does."""
    code = "import sys, cadence.store.database.schema_version; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
