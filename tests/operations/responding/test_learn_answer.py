"""What an answer to a question teaches: its text was shown, "I know this" is put to the test, chance tapping teaches nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import floor
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.memory.answering import Counts
from cadence.domain.memory.single import PairState
from cadence.domain.planning.recipients import to_days
from cadence.domain.statements.taps import TapKind
from cadence.operations.authoring.import_statements import import_statements
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.learn import relearn
from cadence.operations.responding.learn_answer import About, Score, learn_answer, score_answer
from cadence.operations.responding.refresh_company import refresh_company
from cadence.operations.responding.tap import tap
from cadence.operations.running.close_silent import close_silent
from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.planning.wear_out import seen_since
from cadence.store.responding import answering, answers
from cadence.store.responding.answers import NewAnswer
from cadence.store.returned_mail import returns
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_question, a_statement, a_version

DAY = timedelta(days=1)


def answered(database: Database, person: int, delivery: int, one: StatementRows, *, right: bool, at: datetime) -> Score:
    """Record an answer as the button does, without its page."""
    about = About(person_id=person, statement_id=one.id, version_id=one.version_id, delivery_id=delivery)
    with database.transaction() as connection:
        check = (
            connection.execute(sa.select(core.asked_checks.c.check_id).where(core.asked_checks.c.delivery_id == delivery)).scalars().first()
        )
        score = score_answer(connection, about, right=right, options=4, now=at)
        new = NewAnswer(
            check_id=check or 0,
            person_id=person,
            statement_id=one.id,
            version_id=one.version_id,
            delivery_id=delivery,
            channel="email",
            choice=0 if right else 1,
            line=0 if right else 1,
            options=4,
            right=right,
            plain=score.plain,
            predicted=score.predicted,
            gains=score.gains,
            answered_at=at,
            answered_day=floor(to_days(at)),
            source_id=f"check:{delivery}:{one.version_id}",
            ignored=score.ignored,
        )
        assert answers.add_answer(connection, new)
        learn_answer(connection, about, right=right, ignored=score.ignored, now=at)
    return score


def pair(database: Database, person: int, one: StatementRows) -> Any:
    table = core.exposures
    with database.read() as connection:
        return connection.execute(sa.select(table).where(table.c.person_id == person, table.c.statement_id == one.id)).one_or_none()


def counts(database: Database, person: int) -> Counts:
    with database.read() as connection:
        kept = answering.kept(connection, person)
    return kept.counts if kept is not None else Counts()


def seen_sums(database: Database, person: int) -> list[float]:
    table = core.exposures
    query = sa.select(table.c.seen_sum).where(table.c.person_id == person).order_by(table.c.statement_id)
    with database.read() as connection:
        return [seen for seen in connection.execute(query).scalars() if seen]


def set_noise(database: Database, person: int, noise: float) -> None:
    with database.transaction() as connection:
        connection.execute(sa.delete(core.answering).where(core.answering.c.person_id == person))
        connection.execute(sa.insert(core.answering).values(person_id=person, noise=noise))


def test_answer_shows_the_text_and_a_question_without_one_does_not(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    a_delivery(database, ann, [one], at=NOW - 20 * DAY)
    vain = a_delivery(database, ann, [], at=NOW - 10 * DAY)
    a_question(database, vain, one)
    asks = a_delivery(database, ann, [], at=NOW - DAY)
    a_question(database, asks, one)
    close_silent(database, now=NOW - 2 * DAY)
    with database.transaction() as connection:
        connection.execute(sa.update(core.exposures).values(asked_in_vain=2))
    before = pair(database, ann, one)
    assert (before.times_sent, before.unanswered, before.sent_day) == (1, 1, to_days(NOW - 20 * DAY))

    answered(database, ann, asks, one, right=False, at=NOW)

    after = pair(database, ann, one)
    assert (after.times_sent, after.sent_day, after.planned_day, after.folded_day) == (2, to_days(NOW), to_days(NOW), to_days(NOW))
    assert (after.sent_in_quarter, after.asked_in_vain, after.unanswered) == (2, 0, 0)
    assert after.seen_sum == pytest.approx(before.seen_sum + 1.0)
    with database.read() as connection:
        lately = seen_since(connection, [ann], [one.id], since=NOW - 90 * DAY)
        assert lately == {(ann, one.id): pytest.approx(after.seen_sum)}
        assert seen_since(connection, [ann], [one.id], since=NOW - 2 * DAY) == {(ann, one.id): 1.0}
    assert counts(database, ann) == Counts(asked=2, answered=1)
    assert rebuild(database).differences == 0


def test_first_ever_question_shows_the_text_and_moves_no_offset(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    asks = a_delivery(database, ann, [], at=NOW - DAY)
    a_question(database, asks, one, shown_before=0)

    score = answered(database, ann, asks, one, right=True, at=NOW)

    assert (score.plain, score.gains) == (0.0, (0.0, 0.0, 0.0, 0.0))
    found = pair(database, ann, one)
    assert (found.times_sent, found.version_id, found.encoded, found.right_day) == (1, one.version_id, 0.75, to_days(NOW))
    assert rebuild(database).differences == 0


def test_prediction_before_an_answer_is_that_of_the_kept_memory(database: Database) -> None:
    ann, one = a_person(database), a_statement(database, must_acknowledge=True)
    read = a_delivery(database, ann, [one], at=NOW - 9 * DAY)
    acknowledge(database, person_id=ann, version_id=one.version_id, delivery_id=read, method="link", now=NOW - 9 * DAY)
    kept = pair(database, ann, one)
    asks = a_delivery(database, ann, [], at=NOW - DAY)
    a_question(database, asks, one)

    score = answered(database, ann, asks, one, right=True, at=NOW)

    assert kept.seen_sum == pytest.approx(0.915)
    assert score.plain == pytest.approx(PairState(kept.encoded, kept.stability, kept.difficulty, kept.seen_day).recall(to_days(NOW)))


def test_answer_of_somebody_who_taps_anything_counts_as_a_look(database: Database) -> None:
    ann, bob, one = a_person(database), a_person(database), a_statement(database)
    seen = {}
    for person, noise in ((ann, 0.6), (bob, 0.5)):
        set_noise(database, person, noise)
        read = a_delivery(database, person, [one], at=NOW - 20 * DAY)
        acknowledge(database, person_id=person, version_id=one.version_id, delivery_id=read, method="link", now=NOW - 20 * DAY)
        asks = a_delivery(database, person, [], at=NOW - DAY)
        a_question(database, asks, one)
        seen[person] = answered(database, person, asks, one, right=True, at=NOW)

    assert (seen[ann].ignored, seen[ann].gains) == (True, (0.0, 0.0, 0.0, 0.0))
    assert not seen[bob].ignored
    assert seen[bob].gains[1] > 0.0
    assert (pair(database, ann, one).right_day, pair(database, bob, one).right_day) == (None, to_days(NOW))
    assert 0.5 < pair(database, ann, one).encoded < pair(database, bob, one).encoded
    assert pair(database, ann, one).times_sent == 2
    assert rebuild(database).differences == 0


def test_i_know_this_rests_only_after_the_next_question_is_answered_right(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    told = a_delivery(database, ann, [one], at=NOW - 30 * DAY)
    early = a_delivery(database, ann, [], at=NOW - 29 * DAY)
    a_question(database, early, one)
    tap(database, person_id=ann, version_id=one.version_id, delivery_id=told, kind=TapKind.KNOWN, channel="email", now=NOW - 28 * DAY)
    assert pair(database, ann, one).held_until_day is None

    answered(database, ann, early, one, right=True, at=NOW - 28 * DAY + timedelta(seconds=0))
    assert pair(database, ann, one).held_until_day is None, "it was drawn before the tap"

    asks = a_delivery(database, ann, [], at=NOW - 20 * DAY)
    a_question(database, asks, one)
    answered(database, ann, asks, one, right=True, at=NOW - 19 * DAY)
    assert pair(database, ann, one).held_until_day == pytest.approx(to_days(NOW + 11 * DAY))
    assert rebuild(database).differences == 0


@pytest.mark.parametrize("case", ["wrong", "opening", "another meaning", "second question"])
def test_i_know_this_that_is_not_borne_out_holds_nothing(database: Database, case: str) -> None:
    ann, one = a_person(database), a_statement(database)
    told = a_delivery(database, ann, [one], at=NOW - 30 * DAY)
    tap(database, person_id=ann, version_id=one.version_id, delivery_id=told, kind=TapKind.KNOWN, channel="email", now=NOW - 28 * DAY)
    asked = a_version(database, one.id, number=2) if case == "another meaning" else one
    if case == "second question":
        before = a_delivery(database, ann, [], at=NOW - 25 * DAY)
        a_question(database, before, one)
        answered(database, ann, before, one, right=False, at=NOW - 24 * DAY)
    asks = a_delivery(database, ann, [], at=NOW - 20 * DAY)
    a_question(database, asks, asked, reason="opening" if case == "opening" else "drawn")
    answered(database, ann, asks, asked, right=case != "wrong", at=NOW - 19 * DAY)

    assert pair(database, ann, one).held_until_day is None


def test_who_acknowledges_everything_and_answers_nothing_is_believed_less_each_time(database: Database) -> None:
    ann, asked = a_person(database), a_statement(database)
    worth = []
    for n in range(8):
        one, at = a_statement(database, must_acknowledge=True), NOW + n * 7 * DAY
        delivery = a_delivery(database, ann, [one], at=at)
        a_question(database, delivery, asked)
        acknowledge(database, person_id=ann, version_id=one.version_id, delivery_id=delivery, method="link", now=at + timedelta(hours=1))
        worth.append(pair(database, ann, one).seen_sum)

    assert worth == sorted(worth, reverse=True)
    assert worth[0] == pytest.approx(0.915)
    assert worth[-1] < 0.2
    assert counts(database, ann) == Counts(asked=8, acknowledgeable=8, acknowledged=8)
    assert seen_sums(database, ann) == pytest.approx([worth[-1]] * 8), "earlier acknowledgements are judged by later ones"
    assert rebuild(database).differences == 0


def test_questions_left_without_an_answer_and_answers_change_what_earlier_acknowledgements_say(database: Database) -> None:
    ann, asked = a_person(database), a_statement(database)
    some = [a_statement(database, must_acknowledge=True) for _ in range(3)]
    read = a_delivery(database, ann, some, at=NOW - 200 * DAY)
    for one in some:
        acknowledge(database, person_id=ann, version_id=one.version_id, delivery_id=read, method="link", now=NOW - 200 * DAY)
    before = seen_sums(database, ann)
    asks = [a_delivery(database, ann, [], at=NOW - (190 - 14 * n) * DAY) for n in range(12)]
    for delivery in asks:
        a_question(database, delivery, asked)
    close_silent(database, now=NOW)
    doubted = seen_sums(database, ann)
    assert rebuild(database).differences == 0
    for delivery in asks[:2]:
        answered(database, ann, delivery, asked, right=True, at=NOW)

    assert before == pytest.approx([1 - 0.85 * 0.35] * 3)
    assert max(doubted) < 0.3
    assert min(seen_sums(database, ann)[:3]) > before[0]
    assert rebuild(database).differences == 0


def test_closing_counts_what_was_asked_in_vain(database: Database) -> None:
    ann, must, asked = a_person(database), a_statement(database, must_acknowledge=True), a_statement(database)
    first = a_delivery(database, ann, [must], at=NOW - 30 * DAY)
    for n in range(3):
        delivery = a_delivery(database, ann, [must] if n else [], at=NOW - (20 - n) * DAY)
        a_question(database, delivery, asked)
    close_silent(database, now=NOW)
    assert counts(database, ann) == Counts(asked=3, acknowledgeable=3)

    acknowledge(database, person_id=ann, version_id=must.version_id, delivery_id=first, method="link", now=NOW)
    later = a_delivery(database, ann, [must], at=NOW + DAY)
    a_question(database, later, asked)
    close_silent(database, now=NOW + 9 * DAY)
    assert counts(database, ann) == Counts(asked=4, acknowledgeable=3, acknowledged=1), "what was acknowledged is not asked for again"
    assert rebuild(database).differences == 0


def test_change_of_what_is_to_be_acknowledged_counts_everybody_again(database: Database) -> None:
    def publish(must: str) -> None:
        text = f'+++\ntitle = "Repair first"\nmust_acknowledge = {must}\n+++\n\nWe mend what we can before we buy anew.\n'
        with database.transaction() as connection:
            import_statements(connection, [("values/repair.md", text.encode())], now=NOW - 50 * DAY)

    publish("false")
    with database.read() as connection:
        row = connection.execute(sa.select(core.statement_versions)).one()
        wording = connection.execute(sa.select(core.wordings.c.id).where(core.wordings.c.version_id == row.id)).scalars().first()
    one = StatementRows(id=row.statement_id, version_id=row.id, wording_ids=(wording or 0,))
    ann, other = a_person(database), a_statement(database, must_acknowledge=True)
    a_delivery(database, ann, [one], at=NOW - 9 * DAY)
    read = a_delivery(database, ann, [other], at=NOW - 8 * DAY)
    acknowledge(database, person_id=ann, version_id=other.version_id, delivery_id=read, method="link", now=NOW - 8 * DAY)
    close_silent(database, now=NOW)
    assert counts(database, ann) == Counts(acknowledgeable=1, acknowledged=1)
    assert pair(database, ann, other).seen_sum == pytest.approx(0.915)

    publish("true")
    assert rebuild(database).differences == 0, "the counts are about to be made again"
    refresh_company(database, now=NOW)
    assert counts(database, ann) == Counts(acknowledgeable=2, acknowledged=1)
    assert pair(database, ann, other).seen_sum == 1.0, "somebody who left one text unacknowledged reads what they acknowledge"
    assert rebuild(database).differences == 0
    with database.transaction() as connection:
        connection.execute(sa.update(core.answering).values(acknowledgeable=7))
    assert [one.field for one in rebuild(database, repair=True).first] == ["count of acknowledgeable"]
    assert rebuild(database).differences == 0


def test_mail_that_comes_back_takes_only_its_own_showings_along(database: Database) -> None:
    """Nobody was shown what came back; the text under an answer to another message stays."""
    ann, one = a_person(database), a_statement(database)
    asks = a_delivery(database, ann, [], at=NOW - 20 * DAY)
    a_question(database, asks, one)
    answered(database, ann, asks, one, right=True, at=NOW - 19 * DAY)
    lost = a_delivery(database, ann, [one], at=NOW - DAY)
    assert pair(database, ann, one).times_sent == 2

    with database.transaction() as connection:
        public_id = connection.execute(sa.select(core.deliveries.c.public_id).where(core.deliveries.c.id == lost)).scalar_one()
        sent = returns.mails_sent(connection, [public_id])[public_id]
        assert returns.add_bounce(connection, sent, now=NOW, detail={})
        returns.uncount(connection, ann, lost)
        relearn(connection, ann, [one.id], now=NOW)

    found = pair(database, ann, one)
    assert (found.times_sent, found.sent_day, found.version_id) == (1, to_days(NOW - 19 * DAY), one.version_id)
    assert rebuild(database).differences == 0


def test_reply_to_a_mail_with_a_question_alone_is_a_response_and_shows_no_text(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    asks = a_delivery(database, ann, [], at=NOW - 9 * DAY)
    a_question(database, asks, one)
    with database.transaction() as connection:
        public_id = connection.execute(sa.select(core.deliveries.c.public_id).where(core.deliveries.c.id == asks)).scalar_one()
        sent = returns.mails_sent(connection, [public_id])[public_id]
        relearn(connection, ann, returns.add_reply(connection, sent, source_id="reply:1", now=NOW - 8 * DAY), now=NOW - 8 * DAY)

    assert close_silent(database, now=NOW) == 0
    found = pair(database, ann, one)
    assert (found.seen_sum, found.encoded, found.times_sent) == (0.0, 0.0, 0)
    assert counts(database, ann) == Counts(asked=1)
    with database.read() as connection:
        habit = connection.execute(sa.select(core.attention)).one()
    assert (habit.responses, habit.silences) == (1.0, 0.0)
    assert rebuild(database).differences == 0


@pytest.mark.parametrize("beside_a_text", [True, False])
def test_answered_message_is_not_closed_as_silent(database: Database, beside_a_text: bool) -> None:
    ann, one, other = a_person(database), a_statement(database), a_statement(database)
    asks = a_delivery(database, ann, [other] if beside_a_text else [], at=NOW - 9 * DAY)
    a_question(database, asks, one)
    answered(database, ann, asks, one, right=True, at=NOW - 8 * DAY)

    assert close_silent(database, now=NOW) == 0
    assert rebuild(database).differences == 0
