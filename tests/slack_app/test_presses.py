"""What people press in a message: recorded once, shown in the message, taken back within five minutes (rows 26, 62-66)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.demo import slack_payloads as payloads
from cadence.errors import StoreBusy
from cadence.operations.responding import own_words
from cadence.operations.running.forget_events import forget_old_events
from cadence.store.database import core, tables
from tests.fixtures.builders import NOW, a_person, a_statement, a_version
from tests.fixtures.sending import change
from tests.fixtures.slack_side import ANA, BEN, SlackTown, slack_town


@pytest.fixture
def town(database_url: str) -> Iterator[SlackTown]:
    with slack_town(database_url) as running:
        yield running


def test_acknowledge_changes_the_message_and_can_be_taken_back_for_five_minutes(town: SlackTown) -> None:
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])

    assert town.press(ts, "acknowledge") == (200, "")
    assert "✓ Acknowledged on 23 Nov 2026 11:00 CET" in town.shown(ts)
    assert [row.acknowledged_at for row in town.rows(tables.AcknowledgementRow)] == [town.clock.now()]
    assert set(town.buttons(ts)) == {"unclear", "too_often", "ask", "undo"}

    town.clock.advance(timedelta(minutes=4))
    town.press(ts, "undo")
    assert "Undone." in town.shown(ts)
    assert town.rows(tables.AcknowledgementRow) == []
    assert "acknowledge" in town.buttons(ts)

    town.press(ts, "acknowledge")
    town.clock.advance(timedelta(minutes=5))
    town.press(ts, "undo")
    assert "more than five minutes ago" in town.shown(ts)
    assert len(town.rows(tables.AcknowledgementRow)) == 1
    assert "undo" not in town.buttons(ts)
    assert len(town.slack.messages(ANA)) == 1  # never a second message


def test_taps_are_recorded_and_shown_and_leave_the_other_statements_alone(town: SlackTown) -> None:
    ana, first, second = (
        a_person(town.database, slack=ANA),
        a_statement(town.database, title="One"),
        a_statement(town.database, title="Two"),
    )
    _, ts = town.send(ana, [first, second])
    value = town.buttons(ts)["unclear"]

    for action in ("unclear", "known", "too_often"):  # messages sent long ago have a button for "known"
        assert town.slack.press(ANA, ts, action_id=action, value=value)[0] == 200

    assert sorted((row.kind, row.version_id) for row in town.rows(tables.TapRow)) == [
        (kind, first.version_id) for kind in ("known", "too_often", "unclear")
    ]
    shown = town.shown(ts)
    assert shown.count("Noted on") == 3
    assert shown.index("Noted on") < shown.index("Two")
    assert len([1 for b in town.slack.messages(ANA)[0]["blocks"] if b["type"] == "actions"]) == 1


def test_a_check_is_answered_once_and_says_right_or_wrong(town: SlackTown) -> None:
    ana, statement = a_person(town.database, slack=ANA), a_statement(town.database)
    delivery, _ = town.send(ana, [statement])
    town.give_check(delivery, statement, "We mend first.", [f"Wrong {n}" for n in range(7)])
    ts = town.post(delivery)
    message = town.slack.messages(ANA)[-1]
    asked = message["blocks"][-3]["text"]["text"]
    lines = dict(re.findall(r"^\*([A-F])\*  (.*)$", asked, re.MULTILINE))
    choices = {e["text"]["text"]: e for b in message["blocks"] if b["type"] == "actions" for e in b["elements"]}
    right = next(letter for letter, line in lines.items() if line == "We mend first.")
    wrong = next(letter for letter, line in lines.items() if line.startswith("Wrong"))

    town.press(ts, choices[wrong]["action_id"])
    # a second thought, forged: the first answer stays
    town.slack.press(ANA, ts, action_id=choices[right]["action_id"], value=choices[right]["value"])

    assert f"You chose {wrong}. We mean: *We mend first.*" in town.shown(ts)
    assert "It comes back to you about" in town.shown(ts)
    assert [(row.right, row.version_id) for row in town.rows(tables.CheckAnswerRow)] == [(False, statement.version_id)]
    assert "check:" not in str(town.slack.messages(ANA)[-1]["blocks"])


def test_not_remembering_is_an_answer_of_its_own(town: SlackTown) -> None:
    ana, statement = a_person(town.database, slack=ANA), a_statement(town.database)
    delivery, _ = town.send(ana, [statement])
    town.give_check(delivery, statement, "We mend first.", [f"Wrong {n}" for n in range(7)])
    ts = town.post(delivery)
    town.press(ts, "check:forgot")

    assert "You did not remember. We mean: *We mend first.*" in town.shown(ts)
    assert [(row.right, row.choice, row.line) for row in town.rows(tables.CheckAnswerRow)] == [(False, -1, -1)]


def test_a_change_of_the_text_is_told_for_a_quarter(town: SlackTown) -> None:
    ana, statement = a_person(town.database, slack=ANA), a_statement(town.database)
    newer = a_version(town.database, statement.id, number=2, material=False, published_at=NOW - timedelta(days=20))
    delivery, _ = town.send(ana, [newer])
    change_item(town, times_sent_before=2, showing=2, reason="longest_unseen")
    assert "Second time this quarter; the wording changed on 3 November." in town.shown(town.post(delivery))
    change(town.database, tables.StatementVersionRow, newer.version_id, published_at=NOW - timedelta(days=100))
    assert "changed" not in town.shown(town.post(delivery))


def test_the_same_press_four_times_at_once_is_one_record(town: SlackTown) -> None:
    """Rows 26, 62 and 66: repeated, raced and replayed presses."""
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])
    message = town.slack.messages(ANA)[0]
    values = town.buttons(ts)
    for action in ("acknowledge", "unclear"):
        payload = payloads.in_message(town.slack.actor(ANA), message, {"type": "button"}, action, values[action])
        with ThreadPoolExecutor(4) as pool:
            assert [status for status, _ in pool.map(lambda p: town.slack.deliver("interactive", p), [payload] * 4)] == [200] * 4

    assert (len(town.rows(tables.AcknowledgementRow)), len(town.rows(tables.TapRow))) == (1, 1)
    town.press(ts, "undo")
    town.slack.deliver("interactive", payload)  # Slack repeats the tap after it was taken back
    assert [row.undone_at is not None for row in town.rows(tables.TapRow)] == [True]


def test_only_the_reader_may_press_and_only_what_was_signed(town: SlackTown) -> None:
    """Rows 63 to 65: strangers, other people, people who left, changed values; nothing is said and nothing is recorded."""
    ana, ben = a_person(town.database, slack=ANA), a_person(town.database, slack=BEN)
    asked = a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])
    _, other = town.send(ben, [asked], to=BEN)
    value, before = town.buttons(ts)["acknowledge"], town.shown(ts)

    tries = [
        town.press(ts, "acknowledge", by=BEN),
        town.press(ts, "acknowledge", by="U0STRANGER"),
        town.slack.press(ANA, ts, action_id="acknowledge", value=town.buttons(other, user=BEN)["acknowledge"]),
        town.slack.press(ANA, ts, action_id="acknowledge", value=value[:-1] + ("A" if value[-1] != "A" else "B")),
        town.slack.press(ANA, ts, action_id="acknowledge", value="x"),
        town.slack.press(ANA, ts, action_id="approve", value=value),
        town.slack.press(ANA, ts, action_id="check:0", value=value),
        town.slack.press(ANA, ts, action_id="check:x", value=value),
        town.slack.press(ANA, ts, action_id="check:" + "9" * 200, value=value),
    ]
    change(town.database, tables.PersonRow, ana, deactivated_at=NOW)
    tries.append(town.press(ts, "acknowledge"))

    assert [status for status, _ in tries] == [200] * len(tries)
    assert (town.rows(tables.AcknowledgementRow), town.rows(tables.CheckAnswerRow)) == ([], [])
    assert town.shown(ts) == before


def test_presses_after_withdrawal_and_expiry_change_nothing(town: SlackTown) -> None:
    """Row 66."""
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])
    change(town.database, tables.StatementRow, asked.id, withdrawn_at=NOW)
    assert town.press(ts, "acknowledge")[0] == 200
    change(town.database, tables.StatementRow, asked.id, withdrawn_at=None)
    town.clock.advance(timedelta(days=15))
    assert town.press(ts, "acknowledge")[0] == 200
    assert town.rows(tables.AcknowledgementRow) == []


def test_a_busy_database_is_told_and_the_next_press_counts(town: SlackTown, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])

    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("busy")

    with monkeypatch.context() as patched:
        patched.setattr("cadence.slack_app.presses.acknowledge", busy)
        assert town.press(ts, "acknowledge")[0] == 503
    assert town.press(ts, "acknowledge")[0] == 200
    assert len(town.rows(tables.AcknowledgementRow)) == 1


def test_notes_of_what_was_dealt_with_go_after_two_days(town: SlackTown) -> None:
    ana, statement = a_person(town.database, slack=ANA), a_statement(town.database)
    _, ts = town.send(ana, [statement])
    town.press(ts, "unclear")
    assert len(town.rows(tables.SlackEventRow)) == 1
    assert forget_old_events(town.database, now=town.clock.now() + timedelta(days=1)) == 0
    assert forget_old_events(town.database, now=town.clock.now() + timedelta(days=3)) == 1
    assert town.rows(tables.SlackEventRow) == []


def change_item(town: SlackTown, **values: object) -> None:
    table = core.delivery_items
    with town.database.transaction() as connection:
        connection.execute(sa.update(table).values(**values))


def a_question(town: SlackTown) -> tuple[str, str]:
    """Send a question and return (message, action id of the right line)."""
    ana, statement = a_person(town.database, slack=ANA), a_statement(town.database)
    delivery, _ = town.send(ana, [statement])
    town.give_check(delivery, statement, "We mend first.", [f"Wrong {n}" for n in range(3)])
    ts = town.post(delivery)
    asked = town.slack.messages(ANA)[-1]["blocks"][-3]["text"]["text"]
    lines = dict(re.findall(r"^\*([A-F])\*  (.*)$", asked, re.MULTILINE))
    letter = next(letter for letter, line in lines.items() if line == "We mend first.")
    choices = {e["text"]["text"]: e for b in town.slack.messages(ANA)[-1]["blocks"] if b["type"] == "actions" for e in b["elements"]}
    return ts, choices[letter]["action_id"]


def test_what_somebody_believes_is_asked_after_an_answer_and_can_be_taken_back(town: SlackTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_words, "is_offered", lambda key: False)
    ts, right = a_question(town)
    assert "believe_yes" not in town.buttons(ts)
    town.press(ts, right)
    assert "I believe this is right for us" in town.shown(ts)

    town.press(ts, "believe_not_sure")
    assert "You said that you are not sure whether it is right for us." in town.shown(ts)
    assert "believe_yes" not in town.buttons(ts)
    assert [row.belief for row in town.rows(tables.BeliefRow)] == [2]

    town.press(ts, "undo_belief")
    assert town.rows(tables.BeliefRow) == []
    town.press(ts, "believe_yes")
    assert "undo_belief" in town.buttons(ts)
    town.clock.advance(timedelta(minutes=6))
    town.press(ts, "unclear")
    assert "undo_belief" not in town.buttons(ts)
    assert [row.belief for row in town.rows(tables.BeliefRow)] == [1]


def test_who_is_asked_for_own_words_says_them_before_the_text_stands_there(town: SlackTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_words, "is_offered", lambda key: True)
    ts, right = a_question(town)
    town.press(ts, right)

    assert "Say it in one line" in town.shown(ts)
    assert "We mean: *We mend first.*" not in town.shown(ts)
    assert "I believe this is right for us" not in town.shown(ts)
    (answer,) = town.rows(tables.CheckAnswerRow)
    said = {"person_id": answer.person_id, "version_id": answer.version_id, "delivery_id": answer.delivery_id}
    own_words.say_in_own_words(town.database, **said, words="mend it first", now=town.clock.now())
    town.press(ts, "unclear")
    assert "We mean: *We mend first.*" in town.shown(ts)
    assert "believe_yes" in town.buttons(ts)
