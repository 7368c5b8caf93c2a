"""Mail that came back and what follows: rows 105 and 106 of the catalogue of bad input, address health, complaints, answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.files.people_csv.reader import parse_people
from cadence.operations.people.import_people import import_people
from cadence.operations.planning.explain import explain
from cadence.operations.responding.ask import list_questions
from cadence.operations.running.notices import list_notices
from cadence.operations.running.rebuild import rebuild
from cadence.operations.sending.address_health import tell_of_failures
from cadence.operations.sending.restore import restore_address
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, an_address
from tests.fixtures.returned import a_complaint, a_dsn, an_answer
from tests.operations.returned_mail.conftest import LATER, World

WRONG_ID = "0123456789abcdef01234567"


# 105: forged, foreign and hostile

FORGED = {
    "no message named": lambda w: a_dsn("", to="cadence@example.com", original="<x@y>"),
    "a message that does not exist": lambda w: a_dsn(WRONG_ID),
    "our message, another person": lambda w: a_dsn(w.id, recipient="bo@example.com", to="cadence@example.com"),
    "our message, nobody": lambda w: a_dsn(w.id, recipient="", to="cadence@example.com"),
    "the person's address and no message": lambda w: a_dsn("", to="ana@example.com", original=""),
    "two messages at once": lambda w: a_dsn(w.id, original=f"<{w.second}@example.com>"),
    "a Slack message": lambda w: a_dsn(w.slack),
    "delayed only": lambda w: a_dsn(WRONG_ID, action="delayed"),
    "an address of ours in a header only": lambda w: a_dsn(w.id, to="x@y.zz", original="<x@y>").replace(
        b"Subject:", f"Subject: {w.id}".encode()
    ),
    "a complaint about nothing": lambda w: a_complaint(WRONG_ID),
    "a complaint about another person": lambda w: a_complaint(w.id, recipient="bo@example.com"),
    "an answer of a stranger": lambda w: an_answer(w.id, sender="mallory@evil.test"),
    "an answer of a stranger under her name": lambda w: an_answer(w.id, sender='"ana@example.com" <mallory@evil.test>'),
    "an answer to nothing of ours": lambda w: an_answer("", to="somebody@example.com"),
    "an absence note of a stranger": lambda w: an_answer("", sender="m@evil.test", headers="Auto-Submitted: auto-replied\n"),
    "20 MB of nothing": lambda w: b"x" * 20_000_000,
    "a bounce behind a megabyte": lambda w: b"From: a@b.cc\r\n\r\n" + b"x" * 1_000_000 + a_dsn(w.id),
    "empty": lambda w: b"",
}


@pytest.mark.parametrize("made", FORGED.values(), ids=FORGED.keys())
def test_what_is_not_proved_changes_nothing(sqlite_world: World, made: Any) -> None:
    world = sqlite_world
    world.second, world.slack = world.send(NOW)[1], world.send(NOW, channel="slack")[1]  # type: ignore[attr-defined]
    before = world.state()
    done = world.read(made(world))
    assert (done.ours, done.repeated) == (False, False)
    assert world.state() == before


def test_a_loop_of_automatic_answers_ends_at_us(sqlite_world: World) -> None:
    """Each is counted; none is answered, is evidence or becomes a question."""
    world, database = sqlite_world, sqlite_world.database
    evidence = world.rows(tables.EvidenceRow)
    for n in range(20):
        done = world.read(an_answer(world.id, text=f"I am away ({n})", headers="Auto-Submitted: auto-replied\n"))
        assert (done.kind, done.ours) == ("absence", True)
    assert world.rows(tables.EvidenceRow) == evidence
    assert list_questions(database) == []
    assert len(world.rows(tables.IncomingMailRow, kind="absence")) == 20


# 106: "250 OK", and a bounce minutes later

BOUNCES = {
    "no such user": ("5.1.1", "smtp; 550 5.1.1 unknown", "suspended"),
    "null MX": ("5.1.10", "", "suspended"),
    "disabled": ("5.2.1", "", "suspended"),
    "said in words only": ("5.0.0", "smtp; 550 No such user here", "suspended"),
    "code in the words only": ("5.0.0", "smtp; 550-5.1.1 The account does not exist", "suspended"),
    "full": ("5.2.2", "smtp; 552 5.2.2 full", "counted"),
    "too slow": ("4.4.7", "smtp; 451 4.4.7 expired", "counted"),
    "contradiction": ("4.2.1", "smtp; 550 5.1.1 no such user", "counted"),
    "no such domain": ("5.4.4", "dns; host not found", "counted"),
    "no reason": ("5.0.0", "", "counted"),
    "nonsense": ("9.9.9 \x1b[31m", "<script>", "counted"),
    "policy": ("5.7.1", "smtp; 550 5.7.1 blocked", "policy"),
    "our sender": ("5.1.8", "smtp; 550 5.1.8 bad sender", "policy"),
}


@pytest.mark.parametrize(("status", "diagnostic", "outcome"), BOUNCES.values(), ids=BOUNCES.keys())
def test_a_message_that_was_sent_bounces_later(sqlite_world: World, status: str, diagnostic: str, outcome: str) -> None:
    world, database = sqlite_world, sqlite_world.database
    done = world.read(a_dsn(world.id, recipient="Ana@Example.COM", status=status, diagnostic=diagnostic))

    assert (done.outcome, done.delivery_id) == (outcome, world.delivery_id)
    assert world.rows(tables.DeliveryRow, id=world.delivery_id)[0].state == "sent"
    facts = {row.source_id: row.level for row in world.rows(tables.EvidenceRow, delivery_id=world.delivery_id)}
    assert facts == {f"sent:{world.delivery_id}": 1, f"bounce:{world.delivery_id}": 0, f"unsent:{world.delivery_id}": 8}
    assert [(e.times_sent, e.version_id, e.sent_day) for e in world.rows(tables.ExposureRow, person_id=world.ana)] == [(0, None, None)] * 2
    assert (world.address().suspended_at is not None) == (outcome == "suspended")
    assert world.address("slack").suspended_at is None
    assert len(world.notices()) == (outcome != "counted")
    assert rebuild(database).differences == 0


def test_the_other_sends_still_count(world: World, database: Database) -> None:
    second, second_id = world.send(NOW + timedelta(days=7))
    world.read(a_dsn(second_id), NOW + timedelta(days=7, minutes=5))
    days = [(e.times_sent, e.sent_day) for e in world.rows(tables.ExposureRow, person_id=world.ana)]
    assert days == [(1, NOW.timestamp() / 86_400.0)] * 2
    assert rebuild(database).differences == 0
    assert world.rows(tables.DeliveryRow, id=second)[0].state == "sent"


@pytest.mark.parametrize("made", [a_dsn, a_complaint, an_answer])
def test_the_same_mail_again_does_nothing(world: World, made: Any) -> None:
    raw = made(world.id)
    assert world.read(raw).repeated is False
    after = world.state()
    for again in (raw, raw.replace(b"\r\n", b"\n"), raw + b"\r\n"):
        done = world.read(again, LATER + timedelta(days=3))
        assert (done.repeated, done.ours) == (True, True)
    assert world.state() == after


def test_the_explanation_tells_what_came_back(world: World, database: Database) -> None:
    world.read(a_dsn(world.id))
    told = [d.sentence for d in explain(database, "ana@example.com", now=LATER).deliveries]
    assert told[0].endswith("It came back later and does not count as shown. The mail server said: smtp; 550 5.1.1 No such user.")


def test_two_bounces_of_one_message_count_once(world: World) -> None:
    world.read(a_dsn(world.id, status="5.2.2", diagnostic="full"))
    done = world.read(a_dsn(world.id, status="5.2.2", diagnostic="still full"))
    assert done.outcome == "known"
    assert world.address().failure_score == 1.0


def test_a_bounce_of_an_address_that_was_corrected_is_about_nobody(world: World, database: Database) -> None:
    table = core.addresses
    with database.transaction() as connection:
        connection.execute(sa.update(table).where(table.c.value == "ana@example.com").values(value="ana.b@example.com"))
    assert world.read(a_dsn(world.id)).outcome == "other_recipient"
    assert world.address().suspended_at is None


def test_an_international_address_is_found_as_servers_write_it(world: World, database: Database) -> None:
    jorg = a_person(database, email="jo@xn--mller-kva.example", with_address=False)
    an_address(database, jorg, "email", "jo@xn--mller-kva.example")
    delivery = a_delivery(database, jorg, world.statements)
    public_id = world.rows(tables.DeliveryRow, id=delivery)[0].public_id
    assert world.read(a_dsn(public_id, recipient="Jo@müller.example")).outcome == "suspended"


# health with decay


def soft(world: World, *days: float) -> list[str]:
    outcomes = []
    for day in days:
        at = NOW + timedelta(days=day)
        outcomes.append(world.read(a_dsn(world.send(at)[1], status="5.2.2", diagnostic=f"full {day}"), at + timedelta(hours=1)).outcome)
    return outcomes


@pytest.mark.parametrize(
    ("days", "last"),
    [
        ([1, 3, 6], "counted"),
        ([1, 3, 6, 9], "suspended"),
        ([7 * week for week in range(1, 7)], "counted"),
        ([7 * week for week in range(1, 8)], "suspended"),
        ([30 * month for month in range(1, 9)], "counted"),
    ],
    ids=["three in a week", "four in a fortnight", "weekly, six", "weekly, seven", "monthly"],
)
def test_soft_bounces_add_up_and_fade(sqlite_world: World, days: list[float], last: str) -> None:
    world = sqlite_world
    outcomes = soft(world, *days)
    assert outcomes == ["counted"] * (len(days) - 1) + [last]


def test_a_storm_of_bounces_suspends_no_whole_company(sqlite_world: World) -> None:
    world, database = sqlite_world, sqlite_world.database
    outcomes = []
    for n in range(15):
        person = a_person(database, email=f"p{n}@example.com")
        public_id = world.rows(tables.DeliveryRow, id=a_delivery(database, person, world.statements))[0].public_id
        outcomes.append(world.read(a_dsn(public_id, recipient=f"p{n}@example.com")).outcome)
    assert outcomes == ["suspended"] * 10 + ["counted"] * 5
    with database.read() as connection:
        codes = [notice.code for notice in list_notices(connection)]
    assert codes.count("bounce_storm") == 1
    # a day later the next one is believed again
    assert world.read(a_dsn(world.id), NOW + timedelta(days=2)).outcome == "suspended"


def test_an_answer_since_the_last_failure_clears_the_score(world: World) -> None:
    assert soft(world, 1, 3, 6) == ["counted"] * 3
    delivery_id, public_id = world.send(NOW + timedelta(days=7))
    assert world.read(an_answer(public_id), NOW + timedelta(days=7, hours=2)).delivery_id == delivery_id
    assert soft(world, 9) == ["counted"]
    assert world.address().failure_score == 1.0


def test_the_admin_is_told_who_is_still_reached_how(world: World, database: Database) -> None:
    world.read(a_dsn(world.id))
    assert world.notices() == ["Email to Ana was refused (5.1.1) and is suspended; they are reached in Slack meanwhile."]
    bo = a_person(database, email="bo@example.com", name="Bo")
    delivery = a_delivery(database, bo, world.statements)
    world.read(a_dsn(world.rows(tables.DeliveryRow, id=delivery)[0].public_id, recipient="bo@example.com"))
    assert any(said.endswith("they have no other address, so nothing reaches them.") for said in world.notices())


def test_a_restored_address_is_in_use_and_nobody_waits(world: World, database: Database) -> None:
    world.read(a_dsn(world.id))
    before = restore_address(database, "Ana@example.com", "email", now=LATER)
    assert before.suspended_reason == "5.1.1"
    assert (world.address().suspended_at, world.address().failure_score, world.notices()) == (None, 0.0, [])
    # the next failure is told again
    world.read(a_dsn(world.send(NOW)[1]))
    assert len(world.notices()) == 1


def test_a_corrected_address_resolves_its_notice(world: World, database: Database) -> None:
    world.read(a_dsn(world.id))
    table = core.addresses
    with database.transaction() as connection:
        connection.execute(sa.update(table).values(suspended_at=None, suspended_reason=""))
    assert tell_of_failures(database, now=LATER) == 0
    assert world.notices() == []


def test_a_corrected_people_file_resolves_the_notice_of_the_address_it_replaces(world: World, database: Database) -> None:
    """People are matched by their address, so the one with the dead address leaves."""
    world.read(a_dsn(world.id))
    assert len(world.notices()) == 1
    with database.transaction() as connection:
        file = parse_people(b"name,email,timezone\nAna,ana.ruiz@example.com,Europe/Berlin\n", today=LATER.date())
        import_people(connection, file, now=LATER, default_zone="UTC", deactivate_missing=True, force=True)
    assert world.notices() == []


def test_an_address_suspended_while_sending_is_told_too(world: World, database: Database) -> None:
    table = core.addresses
    with database.transaction() as connection:
        connection.execute(sa.update(table).where(table.c.channel == "email").values(suspended_at=NOW, suspended_reason="550 5.1.1"))
    assert tell_of_failures(database, now=LATER) == 1
    assert tell_of_failures(database, now=LATER) == 0
    assert world.notices() == ["Email to Ana was refused (550 5.1.1) and is suspended; they are reached in Slack meanwhile."]


# complaints


def test_a_complaint_means_less_of_this_and_suspends_nothing(world: World) -> None:
    world.read(a_complaint(world.id, recipient="ana@example.com"))
    person = world.rows(tables.PersonRow, id=world.ana)[0]
    assert person.fewer_until == LATER + timedelta(days=60)
    assert person.paused_until is None
    assert world.address().suspended_at is None
    assert len(world.notices()) == 1


# answers of people


def test_an_answer_becomes_a_question_and_shows_that_the_mail_was_seen(world: World, database: Database) -> None:
    done = world.read(an_answer(world.id, text="Why do we do this?\n\nOn Monday Cadence wrote:\n> Mend first."))
    assert (done.kind, done.outcome, done.delivery_id) == ("reply", "question", world.delivery_id)
    assert [(q.person_name, q.text, q.channel) for q in list_questions(database)] == [("Ana", "Why do we do this?", "email")]
    facts = [(row.level, row.seen, row.statement_id) for row in world.rows(tables.EvidenceRow) if row.source_id.startswith("reply:")]
    assert facts == [(3, 1.0, s.id) for s in world.statements]
    assert [e.seen_sum for e in world.rows(tables.ExposureRow, person_id=world.ana)] == [1.0, 1.0]
    assert world.rows(tables.AcknowledgementRow) == []
    assert rebuild(database).differences == 0


def test_a_mail_to_the_reply_address_is_a_question_without_evidence(world: World, database: Database) -> None:
    evidence = world.rows(tables.EvidenceRow)
    assert world.read(an_answer("", to="Chief <chief@example.com>", text="May I ask something?")).outcome == "question"
    assert [q.text for q in list_questions(database)] == ["May I ask something?"]
    assert world.rows(tables.EvidenceRow) == evidence


def test_an_answer_about_the_message_of_another_person_is_no_evidence(world: World, database: Database) -> None:
    a_person(database, email="bo@example.com")
    evidence = world.rows(tables.EvidenceRow)
    assert world.read(an_answer(world.id, sender="bo@example.com", to="chief@example.com")).delivery_id is None
    assert world.rows(tables.EvidenceRow) == evidence


@pytest.mark.parametrize(
    ("text", "questions"), [("> only quoted", 0), ("\u200b", 0), ("ok", 1), ("x\n" * 20_000, 1), ("=HYPERLINK(1)\x00\u202e<b>", 1)]
)
def test_any_text_is_taken_without_harm(sqlite_world: World, text: str, questions: int) -> None:
    world, database = sqlite_world, sqlite_world.database
    done = world.read(an_answer(world.id, text=text))
    assert done.ours
    found = list_questions(database)
    assert len(found) == questions
    assert all(len(q.text) <= 4_000 and "\x00" not in q.text and "\u202e" not in q.text for q in found)


def test_an_answer_of_somebody_who_left_is_left_alone(world: World, database: Database) -> None:
    table = core.people
    with database.transaction() as connection:
        connection.execute(sa.update(table).values(deactivated_at=NOW))
    assert world.read(an_answer(world.id)).outcome == "not_a_person"
