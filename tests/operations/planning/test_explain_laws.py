"""What explain tells of the coming turns is what planning then does: generated companies, with their history, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadence.domain.planning.calendars import TimeWindow
from cadence.domain.planning.caps import CapRule, Counted, Per
from cadence.domain.planning.limits import Limits, Slice
from cadence.domain.sending.deliveries import Channel
from cadence.files.limits_toml import limits_to_json
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.planning.explain import Explanation, explain, explain_person
from cadence.operations.planning.plan import plan_due
from cadence.store.database import core
from cadence.store.planning import foresight
from cadence.store.simulation.company import next_instant
from tests.fixtures.amount import examples
from tests.fixtures.builders import a_cadence, a_person, a_statement, a_version, an_address, an_audience
from tests.fixtures.one_transaction import OneTransaction

#: a Monday late in a quarter, so that floors press and holidays come
BEGIN = datetime(2026, 12, 7, 6, tzinfo=UTC)
BOTH = (Channel.SLACK, Channel.EMAIL)
ZONES = ("Europe/Berlin", "America/Santiago")
#: instants of the history, and of the future that is compared
PLAYED, COMPARED = 4, 4

#: the database is as it was before each example, by ``OneTransaction``
CHECKS = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)

#: foresight draws questions with it, so that it draws those that are planned here
SECRET = b"foresight"

Drawn = dict[str, Any]

cadences: st.SearchStrategy[Drawn] = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["fixed", "adaptive", "adaptive"]),
        "days": st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri"]), min_size=1, max_size=4, unique=True),
        "local_time": st.sampled_from(["06:00", "09:30", "16:45"]),
        "max_statements": st.integers(1, 8),
        "min_gap_days": st.integers(0, 6),
        "channels": st.sampled_from([["slack", "email"], ["email"]]),
    },
    optional={
        "window_minutes": st.just(45),
        "every_weeks": st.just(2),
        "audience": st.just("field"),
        "kinds": st.sampled_from([["priority"], ["value", "purpose"]]),
        "floor": st.integers(0, 9),
        "max_gap_days": st.integers(6, 20),
        "must_deliver": st.just(True),
        "checks": st.sampled_from([True, True, False]),
        "starts_on": st.just("2026-12-10"),
    },
)
people: st.SearchStrategy[Drawn] = st.fixed_dictionaries(
    {
        "zone": st.sampled_from(ZONES),
        "team": st.sampled_from(["Field", "Office"]),
        "started_on": st.sampled_from([None, date(2020, 1, 1), date(2026, 12, 1)]),
        "reached": st.sampled_from(["email", "slack", "both", "both", "suspended", "nowhere"]),
    },
    optional={
        "country": st.just("DE"),
        "preferred_channel": st.sampled_from(["email", "slack"]),
        "preferred_day": st.integers(0, 4),
        "preferred_time": st.sampled_from(["08:15", "14:00"]),
        "paused_until": st.integers(0, 9),
        "fewer_until": st.integers(0, 30),
    },
)
statements: st.SearchStrategy[Drawn] = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["purpose", "value", "priority", "priority"]),
        "tags": st.sampled_from([[], ["safety"]]),
        "asked": st.sampled_from([True, True, False]),
    },
    optional={
        "must_acknowledge": st.just(True),
        "audience": st.just("field"),
        "effective_in": st.integers(1, 12),
        "ago": st.integers(1, 20),
        "changed": st.booleans(),
    },
)
cap_rules = st.builds(
    CapRule,
    at_most=st.integers(0, 3),
    count=st.sampled_from(Counted),
    per=st.sampled_from(Per),
    channels=st.sampled_from([(), (), (Channel.SLACK,)]),
    kinds=st.sampled_from([(), ("priority",)]),
    tags=st.sampled_from([(), ("safety",)]),
    cadences=st.sampled_from([(), ("c-0",)]),
)
limits = st.builds(
    Limits,
    digests_per_week=st.integers(1, 5),
    statements_per_week=st.integers(1, 9),
    newcomer_statements_per_week=st.integers(5, 12),
    quiet_hours=st.sampled_from([None, TimeWindow(start=9 * 60, end=10 * 60)]),
    min_gap_days=st.sampled_from([0.0, 2.0]),
    opening_round=st.booleans(),
    rules=st.lists(cap_rules, max_size=2).map(tuple),
    slices=st.sampled_from([(), (Slice(statement="s-0", share=0.5, every_days=4.0),)]),
)
companies: st.SearchStrategy[Drawn] = st.fixed_dictionaries(
    {
        "cadences": st.lists(cadences, min_size=1, max_size=3),
        "people": st.lists(people, min_size=1, max_size=2),
        "statements": st.lists(statements, min_size=3, max_size=6),
        "limits": limits,
        "seed": st.integers(0, 2**32 - 1),
    }
)


@pytest.fixture
def database(database_url: str) -> Iterator[OneTransaction]:
    opened = OneTransaction(database_url)
    yield opened
    opened.close()


@settings(max_examples=examples(50), suppress_health_check=CHECKS)
@given(company=companies)
def test_what_is_told_of_the_coming_turns_is_what_planning_then_does(database: OneTransaction, company: Drawn) -> None:
    """The person is told whole decisions, others a part of the same."""
    with database.fresh():
        rng = np.random.default_rng(company["seed"])
        ids, emails, now = _a_company(database, company, rng)
        own = {one: explain_person(database, one, now=now, channels=BOTH) for one in ids}
        others = {one: explain(database, emails[one], now=now, channels=BOTH) for one in ids[:1]}
        for at in _instants(database, ids, after=now, count=COMPARED):
            plan_due(database, now=at, secret=SECRET, channels=BOTH)
            for one in ids:
                _compare(database, own[one], others.get(one), one, at)


@settings(max_examples=examples(8), suppress_health_check=CHECKS)
@given(company=companies)
def test_others_are_told_nothing_that_follows_from_answers_and_taps(database: OneTransaction, company: Drawn) -> None:
    with database.fresh():
        rng = np.random.default_rng(company["seed"])
        _, emails, now = _a_company(database, company, rng)
        before = [explain(database, email, now=now, channels=BOTH) for email in emails.values()]
        _respond(database, rng, now)
        after = [explain(database, email, now=now, channels=BOTH) for email in emails.values()]
        assert [line for one in after for line in _lines(one)] == [line for one in before for line in _lines(one)]


def _a_company(database: OneTransaction, company: Drawn, rng: np.random.Generator) -> tuple[list[int], dict[int, str], datetime]:
    """Make a company, let it live for some turns, and return (people, their addresses, the instant that is now)."""
    an_audience(database, "field", {"team": ["Field"]})
    for n, one in enumerate(company["statements"]):
        drawn = dict(one)
        ago, changed, effective = drawn.pop("ago", 60), drawn.pop("changed", False), drawn.pop("effective_in", None)
        made = a_statement(database, slug=f"s-{n}", published_at=BEGIN - timedelta(days=ago), wordings=("A", "B"), position=n, **drawn)
        if effective is not None:
            _set(database, core.statement_versions, made.version_id, effective_on=(BEGIN + timedelta(days=effective)).date())
        if changed:
            a_version(database, made.id, number=2, published_at=BEGIN - timedelta(days=1), wordings=("C",), material=bool(n % 2))
    ids, emails = [], {}
    for n, one in enumerate(company["people"]):
        drawn = {"country": "", **one}
        reached = drawn.pop("reached")
        for end in ("paused_until", "fewer_until"):
            if end in drawn:
                drawn[end] = BEGIN + timedelta(days=drawn[end])
        email = f"p{n}@example.com"
        person = a_person(database, email=email, with_address=False, **drawn)
        if reached in ("email", "both"):
            an_address(database, person, "email", email)
        if reached in ("slack", "both"):
            an_address(database, person, "slack", f"U{n}")
        if reached == "suspended":
            an_address(database, person, "email", email, suspended_at=BEGIN)
        ids.append(person)
        emails[person] = email
    with database.transaction() as connection:
        connection.execute(sa.insert(core.limit_sets).values(definition=limits_to_json(company["limits"]), applied_at=BEGIN))
    for n, one in enumerate(company["cadences"]):
        a_cadence(database, slug=f"c-{n}", name=f"C{n}", **one)
    with database.transaction() as connection:
        derive_slots(connection, now=BEGIN)
    now = BEGIN + timedelta(minutes=int(rng.integers(0, 9_000)))
    for number, at in enumerate(_instants(database, ids, after=BEGIN, count=PLAYED), start=1):
        if at > now:
            break
        plan_due(database, now=at, secret=SECRET, channels=BOTH)
        if number == PLAYED:
            now = at
    _deliver(database, ids, before=now)
    _respond(database, rng, now)
    return ids, emails, now


def _instants(database: OneTransaction, ids: list[int], *, after: datetime, count: int) -> Iterator[datetime]:
    """Yield the next instants at which something is due, what was planned before each delivered."""
    at = after
    for _ in range(count):
        with database.read() as connection:
            following = next_instant(connection, after=at)
        if following is None:
            return
        at = following
        _deliver(database, ids, before=at)
        yield at


def _deliver(database: OneTransaction, ids: list[int], *, before: datetime) -> None:
    with database.transaction() as connection:
        for one in ids:
            foresight.deliver(connection, one, before=before, now=BEGIN)


def _respond(database: OneTransaction, rng: np.random.Generator, now: datetime) -> None:
    """People tap, answer, know, forget and stay silent at random: whatever the tables keep of it."""
    day, table = now.timestamp() / 86_400, core.exposures
    with database.transaction() as connection:
        for pair in connection.execute(sa.select(table)).all():
            values: Drawn = {
                "unanswered": int(rng.choice([0, 0, 1, 4, 5, 8])),
                "encoded": float(rng.choice([0.0, 0.4, 0.95, 1.0])),
                "stability": float(rng.choice([1.0, 5.0, 300.0])),
                "seen_day": day - float(rng.integers(0, 40)),
                "folded_day": pair.planned_day if rng.random() < 0.5 else None,
                "right_day": day - 3 if rng.random() < 0.3 else None,
                "held_until_day": day + float(rng.integers(-3, 6)) if rng.random() < 0.3 else None,
                "fewer_until_day": day + 9 if rng.random() < 0.2 else None,
                "asked_day": day - float(rng.integers(0, 6)) if rng.random() < 0.3 else None,
            }
            mine = (table.c.person_id == pair.person_id, table.c.statement_id == pair.statement_id)
            connection.execute(sa.update(table).where(*mine).values(**values))
        for person in connection.execute(sa.select(core.people.c.id)).scalars().all():
            connection.execute(sa.delete(core.attention).where(core.attention.c.person_id == person))
            kept = {"responses": 1.0, "silences": 2.0, "as_of_day": day, "silent_in_row": 0, "seen_if_silent": float(rng.random())}
            connection.execute(sa.insert(core.attention).values(person_id=person, channel="email", **kept))
        connection.execute(sa.update(core.answering).values(asked_day=day - float(rng.integers(0, 30))))


def _set(database: OneTransaction, table: sa.Table, row_id: int, **values: Any) -> None:
    with database.transaction() as connection:
        connection.execute(sa.update(table).where(table.c.id == row_id).values(**values))


def _compare(database: OneTransaction, own: Explanation, others: Explanation | None, person: int, at: datetime) -> None:
    """Hold what was told of the turns at ``at`` against what was planned for the person then."""
    planned = _planned(database, person, at)
    told = {(one.cadence, "reminder" in one.sentence, 0): one for one in own.next if one.at == at}
    for key, one in told.items():
        assert key in planned, f"told, but not planned: {one}"
        row, items, asks = planned[key]
        assert one.because == (row.reason if row.state == "skipped" else ""), (one, row)
        assert one.statements == tuple(items), (one, items)
        assert (one.questions, one.asks) == (len(asks), asks[0] if asks else ""), (one, asks)
        if items or asks:
            assert (one.channel, one.send_after) == (row.channel, row.send_after)
    for line in own.statements:
        for turn in line.coming:
            if turn.at != at:
                continue
            mine = [key for key in planned if key[0] == turn.cadence]
            assert mine, turn
            reasons = {planned[key][1].get(line.slug, "") for key in mine}
            assert (turn.because if turn.outcome == "comes" else "") in reasons, (line.slug, turn, planned)
    for line in others.statements if others else ():
        for turn in line.coming:
            if turn.at == at and turn.outcome in ("held", "skipped"):
                keys = [key for key in planned if key[0] == turn.cadence and not key[1]]
                assert all(line.slug not in planned[key][1] for key in keys), (line.slug, turn, planned)
    for one in others.next if others else ():
        if one.at == at and one.outcome == "skipped":
            assert any(row.state == "skipped" and row.reason == one.because for row, _, _ in planned.values()), (one, planned)


def _planned(database: OneTransaction, person: int, at: datetime) -> dict[tuple[str, bool, int], tuple[Any, dict[str, str], list[str]]]:
    """Return (cadence, is it a reminder, which of several at once) -> (the delivery, statement -> reason, why each question)."""
    d, o, i = core.deliveries.c, core.occurrences.c, core.delivery_items.c
    found: dict[tuple[str, bool, int], tuple[Any, dict[str, str], list[str]]] = {}
    query = (
        sa.select(core.deliveries, o.key, core.cadences.c.definition)
        .join(core.occurrences, o.id == d.occurrence_id)
        .join(core.cadences, core.cadences.c.id == o.cadence_id)
        .where(d.person_id == person, o.fire_at == at)
        .order_by(d.id)
    )
    with database.read() as connection:
        for row in connection.execute(query).all():
            parts = (
                sa.select(core.statements.c.slug, i.reason)
                .join(core.statements, core.statements.c.id == i.statement_id)
                .where(i.delivery_id == row.id)
                .order_by(i.position)
            )
            items = {part.slug: part.reason for part in connection.execute(parts)}
            asked = sa.select(core.asked_checks.c.reason).where(core.asked_checks.c.delivery_id == row.id)
            name, is_nudge = row.definition["name"], row.key.startswith("nudge:")
            number = sum(1 for key in found if key[:2] == (name, is_nudge))
            found[name, is_nudge, number] = (row, items, list(connection.execute(asked).scalars()))
    return found


def _lines(explanation: Explanation) -> list[str]:
    """Return an explanation as lines, so that a difference is short."""
    return json.dumps(explanation.to_json(), indent=1).splitlines()
