"""What people do is learned in the transaction that records it, silence after three days, and a rebuild agrees."""

from __future__ import annotations

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.memory.attention import attention
from cadence.domain.statements.taps import TapKind
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.authoring.import_statements import import_statements
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.answer_check import CheckAnswered, answer_check, look_check
from cadence.operations.responding.tap import tap
from cadence.operations.responding.undo import undo
from cadence.operations.running.close_silent import close_silent
from cadence.operations.running.fold_evidence import fold_evidence
from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core
from cadence.store.database.core import evidence, exposures
from cadence.store.database.engine import Database
from cadence.store.responding import learning
from tests.fixtures.builders import (
    NOW,
    StatementRows,
    a_cadence,
    a_delivery,
    a_person,
    a_question,
    a_question_beneath,
    a_statement,
    a_version,
    an_occurrence,
)
from tests.operations.responding.test_learn_answer import answered as reply

DAY = timedelta(days=1)


def with_checks(database: Database, delivery: int, statements: list[StatementRows]) -> None:
    """Let a check of six options ride on these items."""
    checks = core.checks
    for one in statements:
        with database.transaction() as connection:
            found = connection.execute(sa.select(checks.c.id).where(checks.c.version_id == one.version_id)).scalar()
            if found is None:
                row = {
                    "version_id": one.version_id,
                    "right": f"This is what we said in {one.id}.",
                    "distractors": [f"Something else, number {n}, of {one.id}." for n in range(7)],
                    "digest": str(one.id),
                    "lines": 6,
                    "created_at": NOW,
                }
                found = connection.execute(sa.insert(checks).values(**row).returning(checks.c.id)).scalar_one()
        a_question_beneath(database, delivery, one.version_id, found)


def answered(database: Database, person: int, delivery: int, one: StatementRows, *, right: bool, at: Any) -> CheckAnswered:
    question = look_check(database, person_id=person, version_id=one.version_id, delivery_id=delivery).question
    choice = question.right if right else (question.right + 1) % len(question.options)
    return answer_check(database, person_id=person, version_id=one.version_id, delivery_id=delivery, choice=choice, channel="email", now=at)


def pair(database: Database, person: int, one: StatementRows) -> Any:
    with database.read() as connection:
        return connection.execute(sa.select(exposures).where(exposures.c.person_id == person, exposures.c.statement_id == one.id)).one()


def seen_sums_of(database: Database, person: int) -> list[float]:
    with database.read() as connection:
        return list(connection.execute(sa.select(exposures.c.seen_sum).where(exposures.c.person_id == person)).scalars())


def habit(database: Database, person: int) -> Any:
    table = core.attention
    with database.read() as connection:
        return connection.execute(sa.select(table).where(table.c.person_id == person)).first()


def test_silence_is_closed_after_three_days_with_a_probability(database: Database) -> None:
    ann, one, two = a_person(database), a_statement(database), a_statement(database)
    a_delivery(database, ann, [one, two], at=NOW - 3 * DAY)

    assert close_silent(database, now=NOW - timedelta(minutes=1)) == 0
    assert close_silent(database, now=NOW) == 1
    assert close_silent(database, now=NOW + DAY) == 0

    import numpy as np

    prior = float(attention(np.zeros(1), np.zeros(1)).seen_if_silent[0])
    kept = pair(database, ann, two)
    assert kept.seen_sum == pytest.approx(prior)
    assert kept.seen_variance == pytest.approx(prior * (1 - prior))
    assert kept.encoded == pytest.approx(prior / 2)
    assert (kept.unanswered, kept.folded_day) == (1, kept.sent_day)
    assert (habit(database, ann).silences, habit(database, ann).silent_in_row) == (1.0, 1)
    assert habit(database, ann).seen_if_silent < prior


def test_response_in_time_leaves_nothing_to_close(database: Database) -> None:
    ann, one, two = a_person(database), a_statement(database), a_statement(database)
    delivery = a_delivery(database, ann, [one, two], at=NOW - 3 * DAY)
    acknowledge(database, person_id=ann, version_id=one.version_id, delivery_id=delivery, method="link", now=NOW - 2 * DAY)

    assert close_silent(database, now=NOW) == 0
    read = 1 - 0.85 * 0.1  # one acknowledgement out of one makes it likelier that somebody acknowledges whatever comes
    assert pair(database, ann, one).seen_sum == pytest.approx(read)
    assert pair(database, ann, two).seen_sum == pytest.approx(0.9 * read)
    assert habit(database, ann).responses == pytest.approx(read)


def test_late_response_replaces_the_silence(database: Database) -> None:
    ann, one, two = a_person(database), a_statement(database), a_statement(database)
    delivery = a_delivery(database, ann, [one, two], at=NOW - 4 * DAY)
    close_silent(database, now=NOW - DAY)
    acknowledge(database, person_id=ann, version_id=one.version_id, delivery_id=delivery, method="link", now=NOW)

    assert (pair(database, ann, one).seen_sum, pair(database, ann, two).seen_sum) == pytest.approx((0.915, 0.9 * 0.915))
    assert habit(database, ann).responses == pytest.approx(0.915)
    assert (habit(database, ann).silences, habit(database, ann).silent_in_row) == (0.0, 0)
    assert pair(database, ann, two).unanswered == 0


def test_answer_is_scored_before_it_is_learned(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    first = a_delivery(database, ann, [one], at=NOW - 20 * DAY)
    second = a_delivery(database, ann, [one], at=NOW - DAY)
    with_checks(database, first, [one])
    with_checks(database, second, [one])
    answered(database, ann, first, one, right=True, at=NOW - 20 * DAY)
    learned = pair(database, ann, one)
    assert learned.right_day == pytest.approx((NOW - 20 * DAY).timestamp() / 86_400)
    result = answered(database, ann, second, one, right=False, at=NOW)

    assert (result.first, result.right) == (True, False)
    table = core.check_answers
    with database.read() as connection:
        kept = connection.execute(sa.select(table).order_by(table.c.id)).all()
    assert (kept[0].plain, kept[0].right, kept[0].options) == (0.0, True, 6)
    from cadence.domain.memory.single import PairState

    expected = PairState(learned.encoded, learned.stability, learned.difficulty, learned.seen_day).recall(NOW.timestamp() / 86_400)
    assert kept[1].plain == pytest.approx(expected)
    assert kept[0].gain_information == 0.0  # before the first answer the text had not been seen
    assert kept[1].predicted == kept[1].plain
    assert kept[1].gain_information > 0.0
    assert pair(database, ann, one).right_day == learned.right_day


def test_first_answer_counts_and_repeats_return_it(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [one])
    with_checks(database, delivery, [one])
    first = answered(database, ann, delivery, one, right=False, at=NOW)
    again = answered(database, ann, delivery, one, right=True, at=NOW + DAY)

    assert (again.first, again.right, again.choice, again.answered_at) == (False, False, first.choice, NOW)
    assert look_check(database, person_id=ann, version_id=one.version_id, delivery_id=delivery).question.chosen == first.choice
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).where(evidence.c.level == 5)).scalar_one() == 1


def test_answers_that_may_not_be_given_are_refused(database: Database) -> None:
    ann, bob, one, withdrawn = a_person(database), a_person(database), a_statement(database), a_statement(database, withdrawn_at=NOW)
    delivery = a_delivery(database, ann, [one, withdrawn])
    with pytest.raises(NotFound, match="asks nothing"):
        answered(database, ann, delivery, one, right=True, at=NOW)
    with_checks(database, delivery, [one, withdrawn])
    with pytest.raises(NotFound):
        answered(database, bob, delivery, one, right=True, at=NOW)
    with pytest.raises(Conflict):
        answered(database, ann, delivery, withdrawn, right=True, at=NOW)
    for choice in (-2, 6):
        with pytest.raises(Invalid, match="choice"):
            answer_check(database, person_id=ann, version_id=one.version_id, delivery_id=delivery, choice=choice, channel="email", now=NOW)


def still_asked(database: Database) -> set[int]:
    """Return the deliveries that still have their questions."""
    with database.read() as connection:
        return set(connection.execute(sa.select(core.asked_checks.c.delivery_id)).scalars())


@pytest.mark.parametrize(("seed", "folds"), [(1, False), (2, False), (3, True), (4, True), (5, True)])
def test_rebuild_agrees_after_any_sequence(database: Database, seed: int, folds: bool) -> None:
    """Sends, answers, acknowledgements, taps, undos, silences and new meanings, in any order, on both channels.

    folds: old evidence leaves on the way, folded, and everything is as if it had stayed.
    """
    luck = random.Random(seed)
    people, statements = [a_person(database) for _ in range(3)], [a_statement(database, must_acknowledge=n < 2) for n in range(3)]
    cadence, now = a_cadence(database), NOW - 60 * DAY
    shown: list[tuple[int, int, list[StatementRows]]] = []
    questions: list[tuple[int, int, StatementRows]] = []
    beneath: set[int] = set()
    number, left = 1, 0
    for _ in range(90):
        now += timedelta(hours=luck.choice([0, 1, 5, 30]), minutes=luck.randrange(60))
        event = luck.choice(
            ["send", "send", "send", "ack", "answer", "reply", "reply", "tap", "undo", "close", "version", "noise", *["fold"] * folds]
        )
        person, delivery, about = luck.choice(shown) if shown else (0, 0, [])
        one = luck.choice(about) if about else None
        if event == "send":
            person, some = luck.choice(people), luck.sample(statements, luck.choice([1, 2, 3]))
            channel = luck.choice(["email", "slack"])
            if luck.random() < 0.4:  # a question apart, perhaps without a text beside it
                asked, some = some[0], some[1:]
                delivery = a_delivery(
                    database, person, some, at=now, channel=channel, occurrence_id=an_occurrence(database, cadence, at=now)
                )
                a_question(database, delivery, asked)
                questions.append((person, delivery, asked))
            else:
                delivery = a_delivery(
                    database, person, some, at=now, channel=channel, occurrence_id=an_occurrence(database, cadence, at=now)
                )
                with_checks(database, delivery, some)
                beneath.add(delivery)
            shown.append((person, delivery, some))
        elif event == "reply" and questions:
            person, delivery, asked = questions.pop(luck.randrange(len(questions)))
            if folds and delivery not in still_asked(database):
                continue
            reply(database, person, delivery, asked, right=luck.random() < 0.6, at=now)
        elif event == "noise":
            with database.transaction() as connection:
                connection.execute(sa.update(core.answering).where(core.answering.c.person_id == person).values(noise=luck.random()))
        elif event == "close":
            close_silent(database, now=now)
        elif event == "fold":
            close_silent(database, now=now)
            left += fold_evidence(database, before=now - DAY * luck.choice([1, 4, 20]))
            assert rebuild(database).first == []
        elif event == "version" and luck.random() < 0.4:
            number += 1
            k = luck.randrange(3)
            material = luck.random() < 0.5
            statements[k] = a_version(database, statements[k].id, number=number, material=material, published_at=now)
            if material:  # as an import does
                with database.transaction() as connection:
                    learning.start_anew(connection, statements[k].id)
        elif one is not None and event == "ack":
            acknowledge(database, person_id=person, version_id=one.version_id, delivery_id=delivery, method="link", now=now)
        elif one is not None and event == "answer" and delivery in beneath:
            with contextlib.suppress(*[NotFound] * folds):  # the question left with its evidence, long after its links
                answered(database, person, delivery, one, right=luck.random() < 0.6, at=now)
        elif one is not None and event == "tap":
            kind = luck.choice(list(TapKind))
            tap(database, person_id=person, version_id=one.version_id, delivery_id=delivery, kind=kind, channel="email", now=now)
        elif one is not None and event == "undo":
            with contextlib.suppress(Conflict):
                undo(database, person_id=person, version_id=one.version_id, delivery_id=delivery, now=now)
    close_silent(database, now=now + 9 * DAY)

    found = rebuild(database)
    assert found.differences == 0, found.first
    assert (left > 0) == folds
    with database.read() as connection:
        kept = connection.execute(sa.select(exposures.c.encoded, exposures.c.seen_sum, exposures.c.times_sent)).all()
    assert all(0.0 <= row.encoded <= 1.0 and 0.0 <= row.seen_sum <= row.times_sent for row in kept)
    with database.transaction() as connection:
        for table in (exposures, core.attention, core.recall_offsets, core.check_days, core.answering):
            connection.execute(sa.delete(table))
    assert rebuild(database, repair=True).differences > 0
    assert rebuild(database).differences == 0


def test_presses_at_once_and_a_closing_lose_nothing(database: Database) -> None:
    ann, bob = a_person(database), a_person(database)
    statements = [a_statement(database) for _ in range(6)]
    shown = [(one, a_delivery(database, ann, [one], at=NOW - 4 * DAY)) for one in statements]
    a_delivery(database, bob, statements, at=NOW - 4 * DAY)

    def press(k: int) -> None:
        if k == 3:
            close_silent(database, now=NOW)
        one, delivery = shown[k]
        acknowledge(database, person_id=ann, version_id=one.version_id, delivery_id=delivery, method="link", now=NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(press, range(6)))
    close_silent(database, now=NOW + DAY)

    found = rebuild(database)
    assert found.differences == 0, found.first
    assert habit(database, ann).responses == pytest.approx(sum(seen_sums_of(database, ann)))
    assert habit(database, bob).silences == 1.0


def test_wording_keeps_what_is_known_and_a_new_meaning_starts_anew(database: Database) -> None:
    def publish(more: str, *, material: bool) -> StatementRows:
        text = f'+++\ntitle = "Repair first"\n+++\n\nWe mend what we can before we buy anew{more}.\n'
        with database.transaction() as connection:
            import_statements(connection, [("values/repair.md", text.encode())], now=NOW, material=material)
            table = core.statement_versions
            wordings = core.wordings
            newest = connection.execute(sa.select(table).order_by(table.c.number.desc())).first()
            assert newest is not None
            found = connection.execute(sa.select(wordings.c.id).where(wordings.c.version_id == newest.id)).scalars()
            return StatementRows(id=newest.statement_id, version_id=newest.id, wording_ids=tuple(found))

    ann, first = a_person(database), publish("", material=True)
    delivery = a_delivery(database, ann, [first], at=NOW - DAY)
    acknowledge(database, person_id=ann, version_id=first.version_id, delivery_id=delivery, method="link", now=NOW - DAY)
    before = pair(database, ann, first)
    assert before.encoded == pytest.approx(0.915 / 2)

    publish(", always", material=False)
    assert pair(database, ann, first) == before
    publish(", and we teach it", material=True)
    after = pair(database, ann, first)
    assert (after.encoded, after.seen_day, after.times_sent) == (0.0, None, 1)
    assert (after.seen_sum, habit(database, ann).responses) == pytest.approx((0.915, 0.915))
    assert rebuild(database).differences == 0


def test_closing_never_waits_for_somebody_who_is_pressing(database: Database) -> None:
    ann, bob, one = a_person(database), a_person(database), a_statement(database)
    for person in (ann, bob):
        a_delivery(database, person, [one], at=NOW - 4 * DAY)
    if not database.is_sqlite:  # there writers take turns anyway
        with database.transaction() as connection:
            learning.lock_person(connection, bob)
            assert close_silent(database, now=NOW) == 0
    assert close_silent(database, now=NOW) == 2
    assert rebuild(database).differences == 0
