"""Questions beside the texts: who is asked, what could have been drawn, what is kept of it, and what a message that failed did not ask."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from cadence.domain.planning.limits import Limits
from cadence.domain.sending.deliveries import Channel, Digest
from cadence.files.limits_toml import limits_to_json
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.planning.plan import PlanReport, plan_due, preview_due
from cadence.operations.sending.prepare import load_sent, look_and_load
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from cadence.store.responding.draws import unpack
from cadence.store.responding.learning import start_anew
from cadence.store.sending import digests, ledger
from tests.fixtures.builders import StatementRows, a_cadence, a_person, a_statement, a_version, an_audience

#: Tuesday 09:30 in Berlin
DUE = datetime(2026, 10, 6, 7, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def day(at: datetime) -> float:
    return at.timestamp() / 86_400


def plan(database: Database, *, at: datetime = DUE) -> PlanReport:
    with database.transaction() as connection:
        derive_slots(connection, now=at - timedelta(hours=1))
    return plan_due(database, now=at, secret=b"secret", channels=(Channel.SLACK, Channel.EMAIL))


def rows(database: Database, model: Any) -> list[Any]:
    table = core.table_of(model)
    with database.read() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key.columns)))


def asked(database: Database) -> list[Any]:
    return rows(database, tables.AskedCheckRow)


def could(row: Any) -> list[int]:
    """Return the statements that could have been drawn."""
    found: list[int] = unpack([row.eligible]).statement_id.tolist()
    return found


def cadence(database: Database, **definition: Any) -> int:
    return a_cadence(database, days=["tue"], **{"channels": ["email"], "max_statements": 1, **definition})


def remember(database: Database, person: int, statement: StatementRows, **state: Any) -> None:
    """The pair was shown ten days before ``DUE`` and is well known, unless ``state`` says otherwise."""
    shown = day(DUE) - 10
    values = {"times_sent": 3, "last_wording_id": statement.wording_ids[0], "sent_day": shown, "planned_day": shown, "folded_day": shown}
    values |= {"version_id": statement.version_id, "seen_day": shown, "encoded": 1.0, "stability": 500.0}
    with database.transaction() as connection:
        connection.execute(sa.insert(core.exposures).values(person_id=person, statement_id=statement.id, **(values | state)))


def was_asked(database: Database, person: int, *, ago: float) -> None:
    with database.transaction() as connection:
        connection.execute(sa.insert(core.answering).values(person_id=person, asked_day=day(DUE) - ago))


@pytest.mark.parametrize("mode", ["fixed", "adaptive"])
def test_a_question_is_about_another_statement_and_its_draw_is_kept(database: Database, mode: str) -> None:
    told, met, silent = (a_statement(database, slug=f"s-{n}", asked=True) for n in range(3))
    person = a_person(database)
    remember(database, person, met, stability=9.0, asked_in_vain=2)
    remember(database, person, silent, asked_day=day(DUE) - 3)
    cadence(database, mode=mode, statements=["s-0"])
    report = plan(database)
    [item], [row] = rows(database, tables.DeliveryItemRow), asked(database)
    assert (item.statement_id, report.items, report.questions) == (told.id, 1, 1)
    assert could(row) == [met.id, silent.id]
    assert (row.reason, row.person_id, row.asked_day) == ("drawn", person, day(DUE))
    draw = unpack([row.eligible])
    chosen = draw.statement_id == row.statement_id
    assert draw.predicted[chosen] == pytest.approx([row.predicted], abs=1e-6)
    assert draw.predicted[0] < 0.9 < draw.predicted[1]
    assert draw.in_vain.tolist() == [2, 0]
    assert (row.shown_before, row.silent_before) == (3, 2 if row.statement_id == met.id else 0)
    pair = next(e for e in rows(database, tables.ExposureRow) if e.statement_id == row.statement_id)
    assert pair.asked_day == row.asked_day
    assert [one.asked_day for one in rows(database, tables.AnsweringRow)] == [row.asked_day]


def test_what_was_never_shown_may_be_asked_and_is_remembered_as_asked_only(database: Database) -> None:
    told, other = a_statement(database, slug="s-0"), a_statement(database, slug="s-1", asked=True)
    person = a_person(database)
    cadence(database, statements=["s-0"])
    plan(database)
    [row] = asked(database)
    assert (row.statement_id, row.predicted, row.shown_before, could(row)) == (other.id, 0.0, 0, [other.id])
    known = {e.statement_id: (e.asked_day, e.planned_day, e.times_sent) for e in rows(database, tables.ExposureRow)}
    assert known == {told.id: (None, day(DUE), 0), other.id: (day(DUE), None, 0)}
    assert person == row.person_id


def test_only_what_is_meant_in_effect_rested_and_has_lines_is_drawn(database: Database) -> None:
    an_audience(database, "harbour", {"team": ["Harbour"]})
    a_statement(database, slug="told")
    person = a_person(database)
    free = a_statement(database, slug="free", asked=True)
    a_statement(database, slug="no-lines")
    a_statement(database, slug="others", audience="harbour", asked=True)
    later = a_statement(database, slug="later", asked=True)
    shown = a_statement(database, slug="shown", asked=True)
    lately = a_statement(database, slug="lately", asked=True)
    gone = a_statement(database, slug="gone", asked=True, withdrawn_at=DUE - DAY)
    remember(database, person, shown, planned_day=day(DUE) - 2)
    remember(database, person, lately, asked_day=day(DUE) - 2)
    with database.transaction() as connection:
        table = core.statement_versions
        connection.execute(sa.update(table).where(table.c.id == later.version_id).values(effective_on=date(2026, 10, 7)))
    cadence(database, statements=["told"])
    plan(database)
    [row] = asked(database)
    assert could(row) == [free.id]
    assert gone.id != row.statement_id


def test_who_had_no_question_for_three_weeks_is_asked_without_a_text(database: Database) -> None:
    statement = a_statement(database, asked=True)
    waiting, due = a_person(database), a_person(database)
    for person, ago in ((waiting, 20), (due, 21)):
        remember(database, person, statement)
        was_asked(database, person, ago=ago)
    cadence(database, mode="adaptive")
    plan(database)
    told = {d.person_id: (d.state, d.reason, d.item_count) for d in rows(database, tables.DeliveryRow)}
    assert told == {waiting: ("skipped", "nothing_due", 0), due: ("planned", "", 0)}
    assert [row.person_id for row in asked(database)] == [due]


def test_a_question_alone_counts_as_a_digest_of_the_week_and_waits_for_its_cap(database: Database) -> None:
    statement, person = a_statement(database, asked=True), a_person(database)
    remember(database, person, statement)
    cadence(database, mode="adaptive", local_time="09:30")
    cadence(database, mode="adaptive", local_time="09:40")
    with database.transaction() as connection:
        stored = limits_to_json(Limits(digests_per_week=1))
        connection.execute(sa.insert(core.limit_sets).values(definition=stored, applied_at=DUE))
    plan(database, at=DUE + timedelta(minutes=10))
    assert sorted((d.state, d.reason) for d in rows(database, tables.DeliveryRow)) == [("planned", ""), ("skipped", "digest_cap")]


def test_a_cadence_without_questions_asks_nothing(database: Database) -> None:
    statement, person = a_statement(database, asked=True), a_person(database)
    remember(database, person, statement)
    a_statement(database, asked=True)
    cadence(database, mode="adaptive", checks=False)
    cadence(database, mode="fixed", checks=False)
    plan(database)
    assert asked(database) == []


def test_a_reworded_text_is_asked_as_before_and_a_new_meaning_from_the_beginning(database: Database) -> None:
    person = a_person(database)
    a_statement(database, slug="told")
    reworded, changed = (a_statement(database, slug=s, asked=True, published_at=DUE - 30 * DAY) for s in ("reworded", "changed"))
    for one in (reworded, changed):
        remember(database, person, one, planned_day=day(DUE) - 2, asked_day=day(DUE) - 2, asked_in_vain=4)
    a_version(database, reworded.id, number=2, material=False, asked=True, published_at=DUE - DAY)
    newest = a_version(database, changed.id, number=2, asked=True, published_at=DUE - DAY)
    cadence(database, statements=["told"])
    plan(database)
    [row] = asked(database)
    assert could(row) == [changed.id]
    assert (row.version_id, row.predicted, row.shown_before, row.silent_before) == (newest.version_id, 0.0, 0, 0)


def test_questions_about_another_meaning_do_not_count_as_in_vain(database: Database) -> None:
    statement, person = a_statement(database, asked=True), a_person(database)
    remember(database, person, statement, asked_day=day(DUE) - 9, asked_in_vain=4)
    with database.transaction() as connection:
        start_anew(connection, statement.id)
    [pair] = rows(database, tables.ExposureRow)
    assert (pair.asked_day, pair.asked_in_vain, pair.times_sent) == (None, 0, 3)


def test_planning_is_foretold_and_repeated_alike(database: Database) -> None:
    for n in range(6):
        a_statement(database, slug=f"s-{n}", asked=True)
    for _ in range(20):
        a_person(database)
    cadence(database)
    with database.transaction() as connection:
        derive_slots(connection, now=DUE - timedelta(hours=1))
    foretold = preview_due(database, now=DUE, secret=b"secret", channels=(Channel.EMAIL,))
    assert [(d.questions, d.asks) for d in foretold.digests] == [(1, "drawn")] * 20
    assert asked(database) == []
    plan(database)
    first = [(row.person_id, row.statement_id) for row in asked(database)]
    assert len({statement for _, statement in first}) > 2
    assert foretold.questions == len(first) == 20


# --- the opening round -------------------------------------------------------------------------------------------


def open_round(database: Database) -> None:
    with database.transaction() as connection:
        stored = limits_to_json(Limits(opening_round=True))
        connection.execute(sa.insert(core.limit_sets).values(definition=stored, applied_at=DUE))


def sent(database: Database) -> None:
    """Everything that is planned has gone out."""
    table = core.deliveries
    with database.transaction() as connection:
        connection.execute(sa.update(table).where(table.c.state == "planned").values(state="sent", finished_at=table.c.send_after))


def heard(database: Database, person: int) -> list[tuple[str, int, int]]:
    """Return (state, texts, questions of the opening round) of each delivery to a person."""
    opening = [row.delivery_id for row in asked(database) if row.reason == "opening"]
    mine = [d for d in rows(database, tables.DeliveryRow) if d.person_id == person]
    return [(d.state, d.item_count, opening.count(d.id)) for d in mine]


@pytest.mark.parametrize("mode", ["fixed", "adaptive"])
def test_before_the_first_texts_come_up_to_three_questions_alone(database: Database, mode: str) -> None:
    statements = [a_statement(database, slug=f"s-{n}", asked=True) for n in range(5)]
    people = [a_person(database) for _ in range(3)]
    open_round(database)
    cadence(database, mode=mode, max_statements=2)
    report = plan(database)
    assert (report.planned, report.items, report.questions) == (3, 0, 9)
    for row in asked(database):
        assert (row.reason, could(row), row.shown_before) == ("opening", [s.id for s in statements], 0)
    sent(database)
    plan(database, at=DUE + 7 * DAY)
    assert [heard(database, person) for person in people] == [[("sent", 0, 3), ("planned", 2, 0)]] * 3
    assert {row.reason for row in asked(database)} == {"opening", "drawn"}


def test_the_opening_round_draws_every_statement_alike(database: Database) -> None:
    statements = [a_statement(database, slug=f"s-{n}", asked=True) for n in range(4)]
    for _ in range(150):
        a_person(database)
    open_round(database)
    cadence(database)
    plan(database)
    counts = [sum(row.statement_id == s.id for row in asked(database)) for s in statements]
    assert sum(counts) == 450
    assert min(counts) > 90


def test_who_joins_later_begins_with_the_texts(database: Database) -> None:
    for n in range(4):
        a_statement(database, slug=f"s-{n}", asked=True)
    there = a_person(database)
    open_round(database)
    cadence(database)
    plan(database)
    sent(database)
    newcomer = a_person(database, created_at=DUE + DAY)
    plan(database, at=DUE + 7 * DAY)
    assert heard(database, newcomer) == [("planned", 1, 0)]
    assert heard(database, there)[-1] == ("planned", 1, 0)


def test_a_message_of_the_round_that_failed_comes_again_within_two_weeks(database: Database) -> None:
    for n in range(4):
        a_statement(database, slug=f"s-{n}", asked=True)
    late, much_later, there = (a_person(database, zone=zone) for zone in ("Europe/Berlin", "Europe/Paris", "Europe/Rome"))
    open_round(database)
    cadence(database)
    plan(database)
    with database.transaction() as connection:
        table = core.deliveries
        for person in (late, much_later):
            delivery = connection.execute(sa.select(table.c.id).where(table.c.person_id == person)).scalar_one()
            digests.end_unsent(connection, delivery, state="expired", reason="too_late", now=DUE)
        connection.execute(sa.update(core.people).where(core.people.c.id == much_later).values(paused_until=DUE + 10 * DAY))
    sent(database)
    plan(database, at=DUE + 7 * DAY)
    sent(database)
    plan(database, at=DUE + 21 * DAY + timedelta(hours=1))  # summer time ended
    assert [one[1:] for one in heard(database, late)] == [(0, 3), (0, 3), (1, 0)]
    assert [one[1:] for one in heard(database, much_later)] == [(0, 3), (0, 0), (1, 0)]
    assert [one[1:] for one in heard(database, there)] == [(0, 3), (1, 0), (1, 0)]


def test_a_company_that_has_begun_or_has_no_questions_has_no_round(database: Database) -> None:
    person, statement = a_person(database), a_statement(database)
    open_round(database)
    cadence(database)
    plan(database)
    sent(database)
    assert heard(database, person) == [("sent", 1, 0)]
    newest = a_version(database, statement.id, number=2, asked=True, published_at=DUE + DAY)
    other = a_person(database)
    plan(database, at=DUE + 7 * DAY)
    assert heard(database, other) == [("planned", 1, 0)]
    assert newest.id == statement.id


# --- what becomes of it ------------------------------------------------------------------------------------------


def looked_at(database: Database) -> list[Digest]:
    with database.transaction() as connection:
        claimed = ledger.claim(connection, channel="email", owner="test", now=DUE, limit=5)
        return [one.digest for one in look_and_load(connection, claimed, limits=Limits(), now=DUE)]


def planned(database: Database, *, told: bool) -> tuple[StatementRows, int]:
    """Plan one message that asks about a statement, with a text of another one when ``told``; return (asked, person)."""
    person = a_person(database)
    if told:
        a_statement(database, slug="told", body="One thing. And another one.")
    statement = a_statement(database, slug="asked", asked=True)
    remember(database, person, statement)
    cadence(database, mode="adaptive", statements=["told"] if told else ["asked"])
    plan(database)
    return statement, person


@pytest.mark.parametrize("told", [True, False])
def test_a_message_holds_its_question_and_its_copy_the_same(database: Database, told: bool) -> None:
    statement, _ = planned(database, told=told)
    [digest] = looked_at(database)
    [question] = digest.questions
    assert (question.statement_id, question.slug, question.version_id) == (statement.id, "asked", statement.version_id)
    assert (len(question.check.options), question.check.chosen) == (4, None)
    assert [(item.slug, item.brief, item.check) for item in digest.items] == ([("told", "One thing.", None)] if told else [])
    with database.read() as connection:
        again = load_sent(connection, digest.delivery_id, now=DUE)
    assert again is not None
    assert again.questions == digest.questions


def test_a_withdrawn_statement_is_not_asked_about_and_a_question_alone_ends(database: Database) -> None:
    statement, person = planned(database, told=False)
    with database.transaction() as connection:
        connection.execute(sa.update(core.statements).where(core.statements.c.id == statement.id).values(withdrawn_at=DUE))
    assert looked_at(database) == []
    [delivery] = rows(database, tables.DeliveryRow)
    assert (delivery.state, delivery.reason) == ("cancelled", "statement_withdrawn")
    assert asked(database) == []
    assert [row.asked_day for row in rows(database, tables.AnsweringRow)] == [None]
    assert [row.asked_day for row in rows(database, tables.ExposureRow) if row.person_id == person] == [None]


@pytest.mark.parametrize(("material", "questions"), [(True, 0), (False, 1)])
def test_a_question_is_dropped_when_the_meaning_changed_and_the_text_goes_out(database: Database, material: bool, questions: int) -> None:
    statement, _ = planned(database, told=True)
    a_version(database, statement.id, number=2, material=material, asked=True, published_at=DUE)
    [digest] = looked_at(database)
    assert (len(digest.items), len(digest.questions), len(asked(database))) == (1, questions, questions)


def test_a_message_that_was_not_sent_has_asked_nothing(database: Database) -> None:
    statement, person = planned(database, told=True)
    with database.transaction() as connection:
        [delivery] = connection.execute(sa.select(core.deliveries.c.id)).scalars()
        digests.end_unsent(connection, delivery, state="expired", reason="too_late", now=DUE + DAY)
    assert [row.asked_day for row in rows(database, tables.AnsweringRow)] == [None]
    assert {row.statement_id: row.asked_day for row in rows(database, tables.ExposureRow)}[statement.id] is None
    assert person == rows(database, tables.AnsweringRow)[0].person_id


def test_the_draw_does_not_look_at_what_is_believed_or_due(database: Database) -> None:
    """Many people of whom one statement is known and the other forgotten: both are drawn alike."""
    a_statement(database, slug="told")
    known, forgotten = a_statement(database, slug="known", asked=True), a_statement(database, slug="forgotten", asked=True)
    for _ in range(200):
        person = a_person(database)
        remember(database, person, known)
        remember(database, person, forgotten, stability=0.1)
    cadence(database, mode="adaptive", statements=["told"])
    plan(database)
    drawn = np.array([row.statement_id == known.id for row in asked(database)])
    assert len(drawn) == 200
    assert 75 <= drawn.sum() <= 125
