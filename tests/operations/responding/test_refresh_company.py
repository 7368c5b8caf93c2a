"""What is learned from everybody's answers: who taps anything, how attentive people are; when, and once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from cadence.domain.memory.answering import Counts
from cadence.domain.memory.attention import Prior, attention, learned, seen_at_first
from cadence.domain.memory.model import ENCODED_WHEN_SEEN
from cadence.domain.planning.recipients import to_days
from cadence.operations.measuring.remembered import remember
from cadence.operations.responding import refresh_company as module
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.refresh_company import refresh_company
from cadence.operations.running.close_silent import close_silent
from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.planning.exposure_grids import exposures_of
from cadence.store.responding import answering
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_question, a_statement
from tests.operations.responding.test_learn_answer import answered as answer

DAY = timedelta(days=1)
RIGHT, WRONG, FORGOT = 0, 1, -1


def tapped(database: Database, person: int, one: StatementRows, choices: list[int], *, reason: str = "drawn", begin: datetime) -> None:
    """Let a person answer questions, one a day, each predicted at 0.8; only what the refresh reads is written."""
    for n, choice in enumerate(choices):
        at = begin + n * DAY
        delivery = a_delivery(database, person, [], at=at)
        check = a_question(database, delivery, one, reason=reason, predicted=0.8)
        values = {
            "check_id": check,
            "person_id": person,
            "statement_id": one.id,
            "version_id": one.version_id,
            "delivery_id": delivery,
            "channel": "email",
            "choice": choice,
            "line": choice,
            "options": 4,
            "right": choice == RIGHT,
            "answered_at": at,
            "answered_day": 20_000,
        }
        with database.transaction() as connection:
            connection.execute(sa.insert(core.check_answers).values(**values))


def noise(database: Database) -> dict[int, float]:
    with database.read() as connection:
        return {row.person_id: row.noise for row in connection.execute(sa.select(core.answering))}


def company(database: Database) -> Any:
    with database.read() as connection:
        return connection.execute(sa.select(core.company_learning)).one_or_none()


def test_chance_tapping_is_found_once_a_week(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob, one = a_person(database), a_person(database), a_statement(database)
    tapped(database, ann, one, [RIGHT] * 4 + [FORGOT], begin=NOW - 30 * DAY)
    tapped(database, bob, one, [WRONG] * 4 + [FORGOT, RIGHT], begin=NOW - 30 * DAY)

    refresh_company(database, now=NOW)

    assert noise(database) == pytest.approx({ann: 0.0011, bob: 0.8237}, abs=1e-4)
    assert 0.05 < company(database).noise_share < 0.2
    tapped(database, bob, one, [RIGHT] * 9, begin=NOW - 20 * DAY)
    refresh_company(database, now=NOW + 7 * DAY - timedelta(seconds=1))
    assert noise(database)[bob] == pytest.approx(0.8237, abs=1e-4)
    refresh_company(database, now=NOW + 7 * DAY)
    assert noise(database)[bob] < 0.1
    monkeypatch.setattr(module, "_look_for_noise", lambda database: pytest.fail("looked again"))
    refresh_company(database, now=NOW + 8 * DAY)


def test_answers_beneath_their_text_and_gone_ones_make_nobody_noisy(database: Database) -> None:
    ann, bob, one = a_person(database), a_person(database), a_statement(database)
    tapped(database, ann, one, [WRONG] * 6, reason="beneath_text", begin=NOW - 30 * DAY)
    tapped(database, bob, one, [WRONG] * 6, begin=NOW - 30 * DAY)
    refresh_company(database, now=NOW)
    assert ann not in noise(database)
    assert noise(database)[bob] > 0.5

    with database.transaction() as connection:
        connection.execute(sa.delete(core.check_answers))
    refresh_company(database, now=NOW + 7 * DAY)
    assert noise(database)[bob] == 0.0


def test_a_clock_that_was_years_ahead_puts_nothing_off(database: Database) -> None:
    bob, one = a_person(database), a_statement(database)
    refresh_company(database, now=NOW + 3_000 * DAY)
    tapped(database, bob, one, [WRONG] * 6, begin=NOW - 30 * DAY)
    refresh_company(database, now=NOW)

    assert noise(database)[bob] > 0.5


def _messages(database: Database, person: int, asked: StatementRows, *, number: int, answers: int, acknowledges: range) -> None:
    """Send messages with a question and a text to acknowledge; the first are answered, some acknowledged."""
    for n in range(number):
        at = NOW - (60 - n) * DAY
        text = a_statement(database, must_acknowledge=True)
        delivery = a_delivery(database, person, [text], at=at)
        check = a_question(database, delivery, asked)
        if n < answers:
            with database.transaction() as connection:
                values: dict[str, Any] = {"check_id": check, "person_id": person}
                values |= {"statement_id": asked.id, "version_id": asked.version_id}
                values |= {"delivery_id": delivery, "channel": "email", "answered_at": at, "answered_day": 20_000, "choice": 0, "line": 0}
                connection.execute(sa.insert(core.check_answers).values(**values, options=4, right=True))
                connection.execute(
                    sa.insert(core.evidence).values(
                        **{k: values[k] for k in ("person_id", "statement_id", "version_id", "delivery_id", "channel")},
                        source_id=f"check:{delivery}", level=5, occurred_at=at, seen=1.0, outcome=1.0, options=4, detail={},
                    )
                )  # fmt: skip
        if n in acknowledges:
            acknowledge(database, person_id=person, version_id=text.version_id, delivery_id=delivery, method="link", now=at)


def test_attention_is_learned_by_capture_and_recapture_every_28_days(database: Database) -> None:
    ann, silent, asked = a_person(database), a_person(database), a_statement(database)
    _messages(database, ann, asked, number=30, answers=15, acknowledges=range(9, 18))
    _messages(database, silent, asked, number=20, answers=0, acknowledges=range(20))
    close_silent(database, now=NOW)
    with database.transaction() as connection:
        connection.execute(sa.insert(core.marks).values(name=answering.RECOUNT, position=0))
    refresh_company(database, now=NOW)

    habits = sa.select(core.attention)
    with database.read() as connection:
        kept = connection.execute(habits.order_by(core.attention.c.person_id)).all()
    rate = sum(h.responses for h in kept) / sum(h.responses + h.silences for h in kept)
    prior = learned(messages=30, answered=15, acknowledged=9, both=6, response_rate=rate)
    assert prior is not None
    # whoever never answers teaches nothing here: 15 x 9 / (30 x 6)
    assert prior.sees == pytest.approx((6 * 0.75 + 10 * 0.5) / 16)
    found = company(database)
    assert (found.attention, found.responding, found.both) == pytest.approx((prior.sees, prior.responds, 6.0))
    for one in kept:
        chance = attention(np.array([one.responses]), np.array([one.silences]), prior).seen_if_silent[0]
        assert one.seen_if_silent == pytest.approx(chance)

    newcomer, text = a_person(database), a_statement(database)
    a_delivery(database, newcomer, [text], at=NOW)
    close_silent(database, now=NOW + 4 * DAY)
    with database.read() as connection:
        seen = connection.execute(sa.select(core.exposures.c.seen_sum).where(core.exposures.c.person_id == newcomer)).scalar_one()
    assert seen == pytest.approx(attention(np.zeros(1), np.zeros(1), prior).seen_if_silent[0])

    assert seen_at_first(prior) == pytest.approx(seen)
    assert seen_at_first(prior) != pytest.approx(seen_at_first(), abs=0.01)

    pressed = a_person(database)
    first = a_delivery(database, pressed, [text], at=NOW)
    acknowledge(database, person_id=pressed, version_id=text.version_id, delivery_id=first, method="link", now=NOW)
    with database.read() as connection:
        (one,) = connection.execute(habits.where(core.attention.c.person_id == pressed))
    assert one.seen_if_silent == pytest.approx(attention(np.array([one.responses]), np.zeros(1), prior).seen_if_silent[0])

    with database.transaction() as connection:
        connection.execute(sa.update(core.company_learning).values(attention=0.5))
    refresh_company(database, now=NOW + 28 * DAY - timedelta(seconds=1))
    assert company(database).attention == 0.5
    refresh_company(database, now=NOW + 28 * DAY)
    assert company(database).attention == pytest.approx(prior.sees, abs=0.1)


def test_too_few_messages_of_both_leave_the_prior_alone_and_are_looked_at_again(database: Database) -> None:
    ann, asked = a_person(database), a_statement(database)
    _messages(database, ann, asked, number=20, answers=10, acknowledges=range(6, 20))
    refresh_company(database, now=NOW)
    assert company(database).both == 0.0

    text = a_statement(database, must_acknowledge=True)
    with database.read() as connection:
        answered = connection.execute(sa.select(core.check_answers.c.delivery_id)).scalars().first()
        before = connection.execute(sa.select(core.delivery_items).where(core.delivery_items.c.delivery_id == answered)).one()
    acknowledge(database, person_id=ann, version_id=before.version_id, delivery_id=answered, method="link", now=NOW)
    assert text.id > before.statement_id
    refresh_company(database, now=NOW + DAY)
    assert company(database).both == 5.0


def test_the_first_tick_after_an_upgrade_counts_everybody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PEOPLE", 2)
    people, asked, must = [a_person(database) for _ in range(5)], a_statement(database), a_statement(database, must_acknowledge=True)
    for person in people:
        delivery = a_delivery(database, person, [must], at=NOW - 9 * DAY)
        a_question(database, delivery, asked)
    close_silent(database, now=NOW)
    with database.transaction() as connection:
        connection.execute(sa.delete(core.answering))
        connection.execute(sa.insert(core.marks).values(name=answering.RECOUNT, position=0))

    refresh_company(database, now=NOW)

    with database.read() as connection:
        found = answering.counts_between(connection, low=people[0], high=people[-1])
        assert not answering.must_recount(connection)
    assert list(found.values()) == [Counts(asked=1, acknowledgeable=1)] * 5
    assert rebuild(database).differences == 0


@pytest.mark.parametrize("planned", [True, False])
def test_acknowledgements_of_the_time_before_an_upgrade_are_judged_by_the_first_tick(database: Database, planned: bool) -> None:
    ann, asked, must = a_person(database), a_statement(database), a_statement(database, must_acknowledge=True)
    delivery = a_delivery(database, ann, [must], at=NOW - 40 * DAY)
    acknowledge(database, person_id=ann, version_id=must.version_id, delivery_id=delivery, method="link", now=NOW - 40 * DAY)
    judged = sa.select(core.exposures.c.seen_sum).where(core.exposures.c.person_id == ann, core.exposures.c.statement_id == must.id)
    for n in range(4):
        a_question(database, a_delivery(database, ann, [], at=NOW - (30 - 7 * n) * DAY), asked)
    close_silent(database, now=NOW)
    with database.transaction() as connection:
        after = connection.execute(judged).scalar_one()
        connection.execute(sa.delete(core.answering))
        connection.execute(sa.update(core.exposures).values(seen_sum=1.0, seen_variance=0.0, encoded=0.5))
        connection.execute(sa.update(core.attention).values(responses=1.0))
        connection.execute(sa.insert(core.marks).values(name=answering.RECOUNT, position=0))
        if planned:  # the planner came before the count
            connection.execute(sa.insert(core.answering).values(person_id=ann, asked_day=20_000.0))

    refresh_company(database, now=NOW)

    with database.read() as connection:
        assert connection.execute(judged).scalar_one() == pytest.approx(after)
    assert after < 0.9
    assert rebuild(database).differences == 0


def test_press_between_an_upgrade_and_its_first_tick_judges_all_acknowledgements(database: Database) -> None:
    ann, asked = a_person(database), a_statement(database)
    for n in range(2):
        must = a_statement(database, must_acknowledge=True)
        delivery = a_delivery(database, ann, [must], at=NOW - (40 - n) * DAY)
        acknowledge(database, person_id=ann, version_id=must.version_id, delivery_id=delivery, method="link", now=NOW - 30 * DAY)
    asks = a_delivery(database, ann, [], at=NOW - DAY)
    a_question(database, asks, asked)
    with database.transaction() as connection:
        connection.execute(sa.delete(core.answering))
        connection.execute(sa.insert(core.answering).values(person_id=ann, asked_day=20_000.0))
        connection.execute(sa.update(core.exposures).values(seen_sum=1.0, seen_variance=0.0, encoded=0.5))
        connection.execute(sa.insert(core.marks).values(name=answering.RECOUNT, position=0))

    answer(database, ann, asks, asked, right=True, at=NOW)
    refresh_company(database, now=NOW)

    assert rebuild(database).differences == 0


def test_showing_that_is_still_open_is_predicted_by_the_companys_prior(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    a_delivery(database, ann, [one], at=NOW)
    seen = {}
    for learns in (False, True):
        with database.transaction() as connection:
            if learns:
                connection.execute(sa.insert(core.company_learning).values(attention=0.9, responding=0.2, both=50.0))
            grid = exposures_of(connection, [ann], [one.id], remembered=True)
            day, fresh = np.array([to_days(NOW)]), np.zeros((1, 1), dtype=np.bool_)
            found = remember(connection, grid, ids=[ann], channels=["email"], day=day, fresh=fresh, sums=(0.0, 0.0, 0.0, 0.0))
        seen[learns] = found.states.encoded[0] / ENCODED_WHEN_SEEN

    assert seen == pytest.approx({False: seen_at_first(), True: seen_at_first(Prior(0.9, 0.2))})
