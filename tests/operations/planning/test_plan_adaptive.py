"""Adaptive planning: what the model wants, to whom, over which channel, within floors, caps, rests and wishes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.planning.caps import CapRule, Counted, Per
from cadence.domain.planning.limits import Limits, Slice
from cadence.domain.planning.recipients import in_slice
from cadence.domain.sending.deliveries import Channel, EvidenceLevel
from cadence.files.limits_toml import limits_to_json
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.planning.plan import PlanReport, plan_due
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.builders import StatementRows, a_cadence, a_delivery, a_person, a_statement, a_version, an_address, an_occurrence

#: Tuesday 09:30 in Berlin, early in a quarter
DUE = datetime(2026, 10, 6, 7, 30, tzinfo=UTC)
BOTH = (Channel.SLACK, Channel.EMAIL)


def day(at: datetime) -> float:
    return at.timestamp() / 86_400


def a_memory(database: Database, person: int, statement: StatementRows, *, ago: float = 10, **state: Any) -> None:
    """The pair was shown ``ago`` days before ``DUE``, and is well known unless ``state`` says otherwise."""
    shown = day(DUE) - ago
    values = {
        "person_id": person,
        "statement_id": statement.id,
        "version_id": statement.version_id,
        "times_sent": 3,
        "last_wording_id": statement.wording_ids[0],
        "sent_day": shown,
        "planned_day": shown,
        "folded_day": shown,
        "seen_day": shown,
        "encoded": 1.0,
        "stability": 500.0,
        **state,
    }
    with database.transaction() as connection:
        connection.execute(sa.insert(core.exposures).values(**values))


def limit(database: Database, **limits: Any) -> None:
    with database.transaction() as connection:
        stored = limits_to_json(Limits(**limits))
        connection.execute(sa.insert(core.limit_sets).values(definition=stored, applied_at=DUE))


def plan(database: Database, *, at: datetime = DUE, before: timedelta = timedelta(hours=1)) -> PlanReport:
    with database.transaction() as connection:
        derive_slots(connection, now=at - before)
    return plan_due(database, now=at, secret=b"secret", channels=BOTH)


def rows(database: Database, model: Any) -> list[Any]:
    table = core.table_of(model)
    with database.read() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key.columns)))


def said(database: Database) -> list[tuple[int, str]]:
    return [(i.statement_id, i.reason) for i in rows(database, tables.DeliveryItemRow)]


def adaptive(database: Database, **definition: Any) -> int:
    return a_cadence(database, mode="adaptive", days=["tue"], **{"channels": ["email"], **definition})


NO_FLOOR = dict.fromkeys(Limits().floor, 0.0)


def test_below_target_goes_lowest_first_and_what_is_known_stays_silent(database: Database) -> None:
    known, low, lower, new = (a_statement(database, slug=s) for s in ("known", "low", "lower", "new"))
    person = a_person(database)
    a_memory(database, person, known)
    a_memory(database, person, low, stability=9.0)
    a_memory(database, person, lower, stability=3.0)
    adaptive(database, max_statements=2)
    plan(database)
    assert said(database) == [(lower.id, "below_target"), (new.id, "first_time")]


def test_nobody_gets_a_digest_of_what_they_know(database: Database) -> None:
    person = a_person(database)
    a_memory(database, person, a_statement(database))
    adaptive(database)
    plan(database)
    [delivery] = rows(database, tables.DeliveryRow)
    assert (delivery.state, delivery.reason) == ("skipped", "nothing_due")


def test_the_longest_gap_brings_back_what_is_known(database: Database) -> None:
    person, statement = a_person(database), a_statement(database)
    a_memory(database, person, statement, ago=61)
    adaptive(database, floor=0)
    plan(database)
    assert said(database) == [(statement.id, "overdue")]


def test_targets_are_by_kind_and_a_cadence_may_have_its_own(database: Database) -> None:
    old = DUE - timedelta(days=200)
    value = a_statement(database, kind="value", published_at=old)
    priority = a_statement(database, kind="priority", published_at=old)
    person = a_person(database)
    for statement in (value, priority):
        a_memory(database, person, statement, ago=10, stability=8.0)  # recall about 0.88
    limit(database, floor=NO_FLOOR)
    adaptive(database)
    plan(database)
    assert said(database) == [(priority.id, "below_target")]
    adaptive(database, target_awareness=0.95, local_time="09:40", max_statements=1)
    plan(database, at=DUE + timedelta(minutes=10), before=timedelta(minutes=5))
    assert said(database)[1:] == [(value.id, "below_target")]


def test_an_open_showing_counts_as_seen_with_the_chance_of_a_silent_one(database: Database) -> None:
    """Its 72 hours are not over: the pair is predicted as if it had been closed already."""
    person, other = a_person(database), a_person(database)
    statement = a_statement(database)
    for who in (person, other):
        a_memory(database, who, statement, ago=2, stability=200.0, encoded=0.89, folded_day=day(DUE) - 40)
    with database.transaction() as connection:
        table = core.attention
        for who, seen in ((person, 0.9), (other, 0.01)):
            connection.execute(sa.insert(table).values(person_id=who, channel="email", seen_if_silent=seen))
    adaptive(database, floor=0)
    plan(database)
    assert [d.state for d in rows(database, tables.DeliveryRow)] == ["skipped", "planned"]


def test_what_a_person_answers_shifts_what_is_predicted(database: Database) -> None:
    sharp, slow, statement = a_person(database), a_person(database), a_statement(database)
    with database.transaction() as connection:
        for person, score in ((sharp, 6.0), (slow, -6.0)):
            table = core.recall_offsets
            connection.execute(sa.insert(table).values(person_id=person, score=score, information=4.0))
    for person in (sharp, slow):
        a_memory(database, person, statement, ago=10, stability=10.0)
    adaptive(database, floor=0)
    plan(database)
    assert [d.state for d in rows(database, tables.DeliveryRow)] == ["skipped", "planned"]


# --- floors ----------------------------------------------------------------------------------------------------


def test_at_the_end_of_a_quarter_the_floor_is_wanted_now_or_never(database: Database) -> None:
    """22 December is the second Tuesday from the end; a priority wants three showings and has one."""
    at = datetime(2026, 12, 22, 8, 30, tzinfo=UTC)
    person, priority = a_person(database, country=""), a_statement(database, kind="priority")
    a_memory(database, person, priority, ago=-30)
    earlier = datetime(2026, 11, 5, 9, tzinfo=UTC)
    before = an_occurrence(database, a_cadence(database, active=False), at=earlier)
    a_delivery(database, person, [priority], at=earlier, occurrence_id=before, local_day=int(day(earlier)))
    with database.transaction() as connection:
        connection.execute(sa.update(core.exposures).values(planned_day=day(at) - 40))
    adaptive(database)
    assert plan(database, at=at - timedelta(days=14)).planned == 0, "four Tuesdays are left for two showings"
    report = plan(database, at=at)
    assert said(database)[-1] == (priority.id, "floor")
    assert report.short_of_floor == {}


def test_a_mail_that_came_back_keeps_no_floor(database: Database) -> None:
    """22 December, two Tuesdays left: with two showings that arrived one more is no hurry, with one of them it is."""
    at, earlier = datetime(2026, 12, 22, 8, 30, tzinfo=UTC), [datetime(2026, 11, n, 9, tzinfo=UTC) for n in (5, 12)]
    people = [a_person(database, country="", email=f"{name}@example.com") for name in ("ana", "ben")]
    priority = a_statement(database, kind="priority")
    cadence = a_cadence(database, active=False)
    occurrences = [an_occurrence(database, cadence, at=shown) for shown in earlier]
    for person in people:
        a_memory(database, person, priority, ago=-30, planned_day=day(at) - 40)
        mails = [
            a_delivery(database, person, [priority], at=shown, occurrence_id=one, local_day=int(day(shown)))
            for shown, one in zip(earlier, occurrences, strict=True)
        ]
    came_back(database, person, mails[1])
    adaptive(database)
    plan(database, at=at)
    assert [d.person_id for d in rows(database, tables.DeliveryRow) if d.state == "planned"] == people[1:]
    assert said(database)[-1] == (priority.id, "floor")


def came_back(database: Database, person: int, delivery: int) -> None:
    values = {"source_id": f"bounce:{delivery}", "level": int(EvidenceLevel.FAILED), "person_id": person, "delivery_id": delivery}
    with database.transaction() as connection:
        connection.execute(sa.insert(core.evidence).values(**values, channel="email", occurred_at=DUE, detail={}))


def test_where_floor_and_cap_collide_the_cap_wins_and_the_shortfall_is_told(database: Database) -> None:
    at = datetime(2026, 12, 29, 8, 30, tzinfo=UTC)
    person = a_person(database, country="")
    first, second = (a_statement(database, kind="priority", slug=slug) for slug in ("first", "second"))
    for statement in (first, second):
        a_memory(database, person, statement, ago=-80, planned_day=day(at) - 20, sent_day=day(at) - 20)
    limit(database, statements_per_week=1)
    adaptive(database)
    report = plan(database, at=at)
    assert said(database) == [(first.id, "floor")]
    assert report.short_of_floor == {"first": 1, "second": 1}


# --- caps of the admin -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (CapRule(at_most=1, count=Counted.DIGESTS, per=Per.DAY), "cap_rule"),
        (CapRule(at_most=2, count=Counted.DIGESTS, per=Per.DAY), ""),
        (CapRule(at_most=1, count=Counted.DIGESTS, per=Per.MONTH, channels=(Channel.SLACK,)), ""),
        (CapRule(at_most=1, count=Counted.STATEMENTS, per=Per.MONTH, kinds=("value",)), "cap_rule"),
        (CapRule(at_most=1, count=Counted.DIGESTS, per=Per.WEEK, tags=("safety",)), "cap_rule"),
        (CapRule(at_most=1, count=Counted.DIGESTS, per=Per.WEEK, tags=("other",)), ""),
        (CapRule(at_most=1, count=Counted.DIGESTS, per=Per.WEEK, cadences=("second",)), ""),
        (CapRule(at_most=1, count=Counted.DIGESTS, per=Per.WEEK, cadences=("first", "second")), "cap_rule"),
    ],
    ids=str,
)
def test_a_cap_rule_counts_what_it_says(database: Database, rule: CapRule, expected: str) -> None:
    limit(database, rules=(rule,))
    a_person(database)
    for slug in ("a", "b"):
        a_statement(database, slug=slug, tags=["safety"])
    adaptive(database, slug="first", max_statements=1)
    adaptive(database, slug="second", max_statements=1, local_time="09:40")
    plan(database, at=DUE + timedelta(minutes=10))
    assert [d.reason for d in rows(database, tables.DeliveryRow)] == ["", expected]


def test_a_group_that_is_full_is_passed_over(database: Database) -> None:
    limit(database, rules=(CapRule(at_most=1, count=Counted.STATEMENTS, per=Per.WEEK, kinds=("value",)),))
    a_person(database)
    values = [a_statement(database, kind="value") for _ in range(3)]
    priority = a_statement(database, kind="priority")
    adaptive(database)
    plan(database)
    assert [one for one, _ in said(database)] == [values[0].id, priority.id]


def test_must_deliver_goes_over_the_caps_and_does_not_count(database: Database) -> None:
    limit(database, digests_per_week=1, rules=(CapRule(at_most=0, kinds=("value",)),))
    person, statement = a_person(database), a_statement(database, kind="value")
    other = a_statement(database, kind="priority")
    a_memory(database, person, statement)
    a_memory(database, person, other, encoded=0.0)
    a_cadence(database, channels=["email"], days=["tue"], kinds=["value"], must_deliver=True)
    adaptive(database, kinds=["priority"], local_time="09:40")
    a_cadence(database, channels=["email"], days=["tue"], kinds=["value"], must_deliver=True, local_time="09:50", min_gap_days=0)
    plan(database, at=DUE + timedelta(minutes=10))
    deliveries = rows(database, tables.DeliveryRow)
    assert [(d.state, d.must_deliver, d.counted) for d in deliveries] == [("planned", True, False), ("planned", False, True)]
    assert said(database) == [(statement.id, "must_deliver"), (other.id, "below_target")]


# --- channels, silence, taps, wishes -----------------------------------------------------------------------------


def test_after_four_silent_showings_the_other_channel_and_after_eight_once_in_four_weeks(database: Database) -> None:
    statement = a_statement(database)
    people = [a_person(database, slack=f"U{n}", with_address=n != 2) for n in range(5)]
    for person, silent, ago in zip(people, (3, 4, 4, 8, 8), (10, 10, 10, 27, 28), strict=True):
        a_memory(database, person, statement, stability=1.0, unanswered=silent, ago=ago)
    adaptive(database, channels=["slack", "email"], floor=0)
    plan(database)
    told = [(d.channel, d.reason) for d in rows(database, tables.DeliveryRow)]
    assert told == [("slack", ""), ("email", ""), ("slack", ""), ("slack", "not_reached"), ("email", "")]


def test_a_floor_is_kept_for_who_is_not_reached_too(database: Database) -> None:
    """At the last slot of a quarter in which nothing was shown."""
    last = datetime(2026, 12, 29, 8, 30, tzinfo=UTC)
    statement, person = a_statement(database), a_person(database)
    a_memory(database, person, statement, stability=1.0, unanswered=9, ago=day(DUE) - day(last) + 20)
    with database.transaction() as connection:
        connection.execute(sa.update(core.exposures).values(planned_day=day(last) - 20, sent_day=day(last) - 20))
    adaptive(database, floor=1)
    report = plan(database, at=last)
    assert said(database) == [(statement.id, "floor")]
    assert report.short_of_floor == {}


def test_a_new_meaning_is_told_also_to_who_was_not_reached(database: Database) -> None:
    statement, person = a_statement(database), a_person(database)
    a_memory(database, person, statement, unanswered=9, held_until_day=day(DUE) + 20)
    a_version(database, statement.id, number=2)
    adaptive(database)
    plan(database)
    assert said(database) == [(statement.id, "new_version")]


@pytest.mark.parametrize("mode", ["fixed", "adaptive"])
def test_i_know_this_and_too_often_are_honoured(database: Database, mode: str) -> None:
    known, often, other = (a_statement(database, slug=slug) for slug in ("known", "often", "other"))
    person = a_person(database)
    a_memory(database, person, known, stability=1.0, held_until_day=day(DUE) + 1)
    a_memory(database, person, often, stability=1.0, ago=2, fewer_until_day=day(DUE) + 50)
    a_memory(database, person, other, stability=1.0, ago=2)
    a_cadence(database, mode=mode, days=["tue"], channels=["email"])
    plan(database)
    assert [one for one, _ in said(database)] == [other.id]


def test_a_person_who_wants_fewer_waits_half_as_long_again(database: Database) -> None:
    statement = a_statement(database)
    for fewer in (DUE + timedelta(days=30), DUE - timedelta(days=1)):
        a_memory(database, a_person(database, fewer_until=fewer), statement, stability=1.0, ago=2)
    adaptive(database)
    plan(database)
    assert [d.reason for d in rows(database, tables.DeliveryRow)] == ["nothing_due", ""]


def test_a_digest_comes_on_the_day_and_at_the_time_a_person_wishes(database: Database) -> None:
    a_statement(database)
    a_person(database, preferred_day=3, preferred_time="14:00")
    a_person(database, preferred_time="14:00")
    a_person(database, preferred_day=0)  # Monday is over
    a_person(database, preferred_time="22:00")  # waits for the next working hour
    adaptive(database)
    plan(database)
    local = [(d.send_after + timedelta(hours=2)).strftime("%a %H:%M") for d in rows(database, tables.DeliveryRow)]
    assert local == ["Thu 14:00", "Tue 14:00", "Tue 09:30", "Wed 09:00"]


def test_ten_sightings_in_90_days_rest_for_two_weeks_and_ask_for_a_rewrite_once(database: Database) -> None:
    worn, fine = a_statement(database, slug="worn"), a_statement(database, slug="fine")
    person = a_person(database)
    with database.transaction() as connection:
        evidence = core.evidence
        for n in range(10):
            at = DUE - timedelta(days=80 - 7 * n)
            delivery = _sent(database, connection, person, worn, at)
            values = {"person_id": person, "delivery_id": delivery, "channel": "email", "detail": {}, "occurred_at": at}
            connection.execute(
                sa.insert(evidence).values(source_id=f"ack:{n}", level=4, statement_id=worn.id, version_id=worn.version_id, **values)
            )
    a_memory(database, person, worn, stability=1.0, times_sent=10)
    a_memory(database, person, fine, stability=1.0, times_sent=10)
    adaptive(database)
    plan(database)
    assert [one for one, _ in said(database)][10:] == [fine.id]
    [notice] = rows(database, tables.NoticeRow)
    assert (notice.code, notice.role, notice.statement_id) == ("rewrite_asked", "leader", worn.id)
    held = {e.statement_id: e.held_until_day for e in rows(database, tables.ExposureRow)}
    assert held == {worn.id: pytest.approx(day(DUE) + 14), fine.id: None}


def _sent(database: Database, connection: Any, person: int, statement: StatementRows, at: datetime) -> int:
    deliveries, items = core.deliveries, core.delivery_items
    occurrence = connection.execute(sa.select(sa.func.min(core.occurrences.c.id))).scalar()
    if occurrence is None:
        cadences, occurrences = core.cadences, core.occurrences
        cadence = connection.execute(
            sa.insert(cadences).values(slug="old", definition={}, active=False, applied_at=at).returning(cadences.c.id)
        ).scalar()
        occurrence = connection.execute(
            sa.insert(occurrences)
            .values(
                key="old",
                cadence_id=cadence,
                zone="Europe/Berlin",
                local_time="09:00",
                local_date=at.date(),
                fire_at=at,
                until=at,
                state="closed",
                planned_through=0,
            )
            .returning(occurrences.c.id)
        ).scalar()
    values = {"state": "sent", "reason": "", "item_count": 1, "attempt_count": 1, "channel": f"email-{at:%j}", "public_id": f"{at:%Y%j}"}
    delivery: int = connection.execute(
        sa.insert(deliveries)
        .values(occurrence_id=occurrence, person_id=person, send_after=at, expires_at=at, finished_at=at, local_week=0, **values)
        .returning(deliveries.c.id)
    ).scalar_one()
    connection.execute(
        sa.insert(items).values(
            delivery_id=delivery,
            position=0,
            statement_id=statement.id,
            version_id=statement.version_id,
            wording_id=statement.wording_ids[0],
            reason="below_target",
            times_sent_before=0,
        )
    )
    return delivery


# --- newcomers, time away, slices, questions ---------------------------------------------------------------------


def test_a_newcomer_meets_the_core_set_in_reading_order(database: Database) -> None:
    kinds = ("scoreboard", "priority", "strategy", "value", "vision", "purpose")
    made = {kind: a_statement(database, kind=kind) for kind in kinds}
    person = a_person(database, started_on=date(2026, 10, 1))
    a_memory(database, person, made["priority"], encoded=0.0)
    adaptive(database)
    plan(database)
    assert [one for one, _ in said(database)] == [made[k].id for k in ("purpose", "vision", "value")]


def test_coming_back_brings_one_digest_and_no_backlog(database: Database) -> None:
    for n in range(9):
        a_statement(database, slug=f"s-{n}")
    a_person(database, paused_until=DUE + timedelta(days=20))
    adaptive(database)
    for week in range(4):
        plan(database, at=DUE + timedelta(weeks=week, hours=week > 2), before=timedelta(days=6))
    assert [(d.state, d.item_count) for d in rows(database, tables.DeliveryRow)] == [("skipped", 0)] * 3 + [("planned", 3)]


def test_a_slice_is_held_on_its_fixed_cadence(database: Database) -> None:
    statement = a_statement(database, slug="our-purpose")
    limit(database, slices=(Slice(statement="our-purpose", share=0.5, every_days=12),), floor=NO_FLOOR)
    people = [a_person(database) for _ in range(12)]
    for n, person in enumerate(people):
        a_memory(database, person, statement, ago=13 if n % 2 else 11, stability=1.0 if n % 3 else 900.0)
    adaptive(database)
    plan(database)
    told = {
        d.person_id: i.reason
        for d in rows(database, tables.DeliveryRow)
        for i in rows(database, tables.DeliveryItemRow)
        if i.delivery_id == d.id
    }
    for n, person in enumerate(people):
        fixed = in_slice("our-purpose", person, 0.5)
        expected = ("slice_fixed" if n % 2 else None) if fixed else ("below_target" if n % 3 else None)
        assert told.get(person) == expected
    assert 0 < sum(in_slice("our-purpose", person, 0.5) for person in people) < 12


# --- nudges ------------------------------------------------------------------------------------------------------


def sent(database: Database) -> None:
    table = core.deliveries
    with database.transaction() as connection:
        connection.execute(sa.update(table).where(table.c.state == "planned").values(state="sent", finished_at=table.c.send_after))
        connection.execute(sa.update(core.exposures).values(times_sent=1))


def test_what_must_be_acknowledged_is_nudged_on_day_three_and_five_and_then_left(database: Database) -> None:
    must, other = a_statement(database, slug="must", must_acknowledge=True), a_statement(database, slug="other")
    silent, prompt = a_person(database), a_person(database)
    limit(database, digests_per_week=4)
    a_cadence(database, days=["tue"], nth_weekdays=[1], channels=["email"], window_minutes=30)
    plan(database)
    sent(database)
    with database.transaction() as connection:
        connection.execute(
            sa.insert(core.acknowledgements).values(
                person_id=prompt, statement_id=must.id, version_id=must.version_id, method="link", acknowledged_at=DUE
            )
        )
    for days in range(1, 25):
        plan_due(database, now=DUE + timedelta(days=days, hours=1), secret=b"secret", channels=BOTH)
        sent(database)
    nudges = [d for d in rows(database, tables.DeliveryRow) if d.send_after > DUE + timedelta(days=1)]
    assert [(d.person_id, (d.send_after + timedelta(hours=2)).strftime("%a %d")) for d in nudges] == [
        (silent, "Fri 09"),
        (silent, "Mon 12"),
    ]
    assert [i[1] for i in said(database)].count("nudge") == 2
    assert {i.statement_id for i in rows(database, tables.DeliveryItemRow) if i.reason == "nudge"} == {must.id}
    assert other.id not in {i.statement_id for i in rows(database, tables.DeliveryItemRow) if i.reason == "nudge"}


def test_a_nudge_keeps_to_the_caps_and_waits_for_no_withdrawn_text(database: Database) -> None:
    a_statement(database, must_acknowledge=True)
    a_person(database)
    limit(database, digests_per_week=1)
    a_cadence(database, days=["tue"], channels=["email"])
    plan(database)
    sent(database)
    plan_due(database, now=DUE + timedelta(days=3), secret=b"secret", channels=BOTH)
    assert [(d.state, d.reason) for d in rows(database, tables.DeliveryRow)] == [("sent", ""), ("skipped", "digest_cap")]
    table = core.statements
    with database.transaction() as connection:
        connection.execute(sa.update(table).values(withdrawn_at=DUE))
    plan_due(database, now=DUE + timedelta(days=6), secret=b"secret", channels=BOTH)
    assert len(rows(database, tables.DeliveryRow)) == 2


def test_a_shared_address_gets_posts_and_nothing_else(database: Database) -> None:
    a_statement(database)
    a_person(database)
    place = a_person(database, with_address=False, shared=True)
    an_address(database, place, "slack", "C024BE7LR")
    adaptive(database)
    a_cadence(database, days=["tue"], channels=["slack"], post_to="C024BE7LR", local_time="09:40")
    plan(database, at=DUE + timedelta(minutes=10))
    deliveries = rows(database, tables.DeliveryRow)
    assert [(d.person_id == place, d.channel, d.state) for d in deliveries] == [(False, "email", "planned"), (True, "slack", "planned")]
