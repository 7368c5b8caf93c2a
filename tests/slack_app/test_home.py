"""The Home tab, the slash command and the modals, through the stand-in and on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cadence.operations.measuring.estimates import lock_estimate
from cadence.operations.people.erase_person import erase_person
from cadence.store.database import tables
from tests.fixtures.builders import NOW, _insert, a_cadence, a_delivery, a_person, a_statement, an_audience
from tests.fixtures.sending import change
from tests.fixtures.slack_side import ANA, BEN, SlackTown, slack_town


@pytest.fixture
def town(database_url: str) -> Iterator[SlackTown]:
    with slack_town(database_url, leaders="ana@example.com", admins=ANA) as running:
        yield running


def test_home_shows_what_is_mine_first_and_then_the_rest(town: SlackTown) -> None:
    an_audience(town.database, "board", {"team": ["Board"]})
    an_audience(town.database, "field", {"team": ["Field"]})
    ana = a_person(town.database, slack=ANA, email="ana@example.com", team="Field")
    everyone = a_statement(town.database, title="For everyone")
    a_statement(town.database, title="For the board", audience="board", must_acknowledge=True)
    a_statement(town.database, title="Between the board and its chair", audience="board", visible_to="audience")
    later = a_statement(town.database, title="For later", audience="board")
    change(town.database, tables.StatementVersionRow, later.version_id, effective_on=NOW.date() + timedelta(days=1))
    field = a_statement(town.database, title="For the field", audience="field")
    asked = a_statement(town.database, title="Please acknowledge", must_acknowledge=True)
    cadence, others = a_cadence(town.database, slug="weekly"), a_cadence(town.database, slug="board-weekly", audience="board")
    for cadence_id, hours in ((others, 20), (cadence, 24)):
        slot = {"cadence_id": cadence_id, "zone": "Europe/Berlin", "local_time": "09:30", "next_local_date": NOW.date()}
        _insert(town.database, tables.SlotRow, slot | {"next_fire_at": NOW + timedelta(hours=hours)})
    town.send(ana, [everyone, asked])

    assert town.slack.open_home(ANA) == (200, "")

    shown = town.home()
    titles = ("Please acknowledge", "Current statements", "For the field", "For everyone", "For other groups", "For the board")
    order = [shown.index(text) for text in titles]
    assert order == sorted(order)
    assert "Between the board" not in shown
    assert "For later" not in shown
    buttons = [b["accessory"] for b in town.slack.workspace.homes[ANA]["blocks"] if b.get("accessory", {}).get("type") == "button"]
    assert [(b["action_id"], b["accessibility_label"]) for b in buttons] == [
        ("acknowledge", "I have read “Please acknowledge”"),
        ("home_read", "Read “For the board”"),
    ]
    assert "Tuesday, 24 Nov 2026 10:00 CET, in Slack, from “weekly”" in shown
    assert "For everyone: sent once" in shown
    assert "For leaders\nHidden: too few people" in shown
    assert "All is well." in shown  # an admin
    assert "Nothing yet. Statements that need" in shown
    views = town.rows(tables.EvidenceRow, level=3)
    assert sorted(row.source_id for row in views) == sorted(f"home:{ana}:2026-11-23:{n}" for n in (everyone.id, asked.id, field.id))
    assert {row.seen for row in views} == {0.9}


def test_people_from_outside_and_the_command_see_only_what_is_meant_for_them(town: SlackTown) -> None:
    an_audience(town.database, "board", {"team": ["Board"]})
    a_person(town.database, slack=ANA, team="Field")
    a_person(town.database, slack=BEN, external=True)
    board = a_statement(town.database, title="For the board", audience="board")
    a_statement(town.database, title="For everyone")
    for user in (ANA, BEN):
        town.slack.open_home(user)

    assert "For the board" in town.home(ANA)
    assert "For the board" not in town.home(BEN)
    assert "For everyone" in town.home(BEN)
    assert "For the board" not in json.dumps([town.typed("now", user=user) for user in (ANA, BEN)])
    assert "For the board" not in json.dumps([town.typed("mine", user=user) for user in (ANA, BEN)])
    town.slack.choose(BEN, action_id="home_read", value=str(board.id))  # forged
    assert "no longer current" in json.dumps(town.modal(BEN).view)
    assert [row for row in town.rows(tables.EvidenceRow) if row.statement_id == board.id] == []


def test_a_line_of_the_list_opens_the_whole_text_again_and_again(town: SlackTown) -> None:
    an_audience(town.database, "board", {"team": ["Board"]})
    a_person(town.database, slack=ANA)
    long = "It begins so. " + "And it goes on. " * 150
    ones = [a_statement(town.database, title=f"For the board {n}", audience="board", body=long + f"End {n}.") for n in range(3)]
    mine = a_statement(town.database, title="Mine", body=long + "My end.")
    town.slack.open_home(ANA)
    chosen = [e for b in town.slack.workspace.homes[ANA]["blocks"] if b["type"] == "actions" for e in b["elements"]]
    (menu,) = [one for one in chosen if one["action_id"] == "home_read"]
    assert [(o["text"]["text"], o["value"]) for o in menu["options"]] == [(f"For the board {n}", str(one.id)) for n, one in enumerate(ones)]
    assert "End 2." not in town.home()

    for value, end in ((ones[2].id, "End 2."), (ones[2].id, "End 2."), (mine.id, "My end.")):
        town.clock.advance(timedelta(seconds=1))
        assert town.slack.choose(ANA, action_id="home_read", value=str(value))[0] == 200
        modal = town.modal()
        assert end in json.dumps(modal.view)
        assert "acknowledge" not in json.dumps(modal.view)
        town.slack.workspace.answer_modal(modal.view["id"], None, entered={})
    change(town.database, tables.StatementRow, mine.id, withdrawn_at=NOW)
    town.clock.advance(timedelta(seconds=1))
    town.slack.choose(ANA, action_id="home_read", value=str(mine.id))
    assert "no longer current" in json.dumps(town.modal().view)


def test_looking_again_the_same_day_is_no_more_evidence_and_the_next_day_is(town: SlackTown) -> None:
    a_person(town.database, slack=ANA)
    statement = a_statement(town.database)
    for days, facts in ((0, 1), (0, 1), (1, 2)):
        town.clock.advance(timedelta(days=days))
        town.slack.open_home(ANA)
        assert len(town.rows(tables.EvidenceRow, statement_id=statement.id)) == facts
    (pair,) = town.rows(tables.ExposureRow)
    assert (pair.encoded > 0, pair.times_sent) == (True, 0)  # remembered, though nothing was sent


def test_a_leader_sees_shares_with_their_n(town: SlackTown) -> None:
    people = [a_person(town.database, slack=ANA, email="ana@example.com"), *(a_person(town.database) for _ in range(5))]
    asked = a_statement(town.database, title="Mend first", must_acknowledge=True)
    for person in people[:4]:
        town.send(person, [asked], to=ANA) if person == people[0] else a_delivery(town.database, person, [asked])
    town.slack.open_home(ANA)
    assert "Received at least one message: 4 of 6 people" in town.home()
    assert "“Mend first”: delivered to 4 of 6 people; acknowledged by 0 of 6 people; make your guess on its page first" in town.home()
    assert "too early to say" not in town.home()


def test_a_leader_reads_how_many_know_it_after_the_guess(town: SlackTown) -> None:
    one = a_statement(town.database, slug="mend-first")
    for person in [a_person(town.database, slack=ANA, email="ana@example.com"), *(a_person(town.database) for _ in range(5))]:
        a_delivery(town.database, person, [one])
    lock_estimate(town.database, slug="mend-first", percent=90, now=NOW)
    town.slack.open_home(ANA)
    assert "You guessed 90 in 100. 6 told, nobody asked yet" in town.home()


def test_choices_on_home_are_stored_and_refusals_told(town: SlackTown) -> None:
    def choose(action: str, value: str) -> int:
        town.clock.advance(timedelta(seconds=1))
        return town.slack.choose(ANA, action_id=action, value=value)[0]

    ana = a_person(town.database, slack=ANA)
    asked = a_statement(town.database, must_acknowledge=True)
    town.send(ana, [asked])
    town.slack.open_home(ANA)

    for action, value in (("home_channel", "email"), ("home_day", "2"), ("home_time", "10:30"), ("home_pause", "14")):
        assert choose(action, value) == 200
    (person,) = town.rows(tables.PersonRow, id=ana)
    assert (person.preferred_channel, person.preferred_day, person.preferred_time) == ("email", 2, "10:30")
    assert person.paused_until == town.clock.now() + timedelta(days=14)
    assert "Paused until 7 December 2026." in town.home()

    for action, value in (("home_channel", "any"), ("home_day", "any"), ("home_time_clear", "any"), ("home_pause", "0")):
        choose(action, value)
    (person,) = town.rows(tables.PersonRow, id=ana)
    assert (person.preferred_channel, person.preferred_day, person.preferred_time, person.paused_until) == ("", None, "", None)

    for action, value in (
        ("home_time", "03:00"),
        ("home_day", "9"),
        ("home_day", "6"),
        ("home_pause", "x"),
        ("home_pause", "999"),
        ("else", "x"),
    ):
        choose(action, value)
        assert "Not saved: " in town.home()
    choose("acknowledge", "forged")
    assert "Not saved: " in town.home()

    button = next(
        b["accessory"] for b in town.slack.workspace.homes[ANA]["blocks"] if b.get("accessory", {}).get("action_id") == "acknowledge"
    )
    choose("acknowledge", button["value"])
    assert len(town.rows(tables.AcknowledgementRow)) == 1
    assert "23 November 2026: Repair before replace" in town.home()


def test_a_question_from_a_message_is_about_its_statement_and_shows_there(town: SlackTown) -> None:
    ana, statement = a_person(town.database, slack=ANA), a_statement(town.database, title="Mend first")
    a_person(town.database, slack=BEN)
    delivery, ts = town.send(ana, [statement])
    town.press(ts, "ask")
    modal = town.modal()
    assert "About: Mend first" in json.dumps(modal.view)

    assert town.slack.submit(modal.view["id"], {"question": "x"}, by=BEN)[0] == 200  # row 65: another person's modal
    assert modal.errors
    town.slack.submit(modal.view["id"], {"question": "x" * 3001})  # row 68
    assert "3,000" in modal.errors["question"]
    assert town.slack.submit(modal.view["id"], {"question": "Why?"}) == (200, "")
    (row,) = town.rows(tables.QuestionRow)
    assert (row.text, row.delivery_id, row.statement_id) == ("Why?", delivery, statement.id)
    assert "Your question was sent to your leader on" in town.shown(ts)
    assert town.slack.submit(modal.view["id"], {"question": "Again?"})[0] == 0  # the modal is closed


def test_a_leader_writes_a_statement_in_two_steps(town: SlackTown) -> None:
    a_person(town.database, slack=ANA, email="ana@example.com")
    a_person(town.database, slack=BEN)
    town.slack.shortcut(BEN, "draft_statement")
    assert "slack.leaders" in json.dumps(town.modal(BEN).view)
    town.slack.shortcut(ANA, "draft_statement")
    modal = town.modal()
    typed = {
        "kind": "value",
        "title": "Say it while it is small",
        "body": "Small things stay small.\n\n## Wording: short\nSay it.",
        "must": "yes",
    }
    for field, text, reason in (
        ("title", " ", "empty"),
        ("title", "x" * 121, "at most 120"),
        ("title", "‮evil", "direction"),
        ("title", "!!!", "no letter or digit"),
        ("body", "x " * 1_400, "at most 2600"),
        ("body", "", "empty"),
        ("body", "<!channel> hi", "call everybody"),
        ("body", "a\n\n## Wording: b c\nx", "letters, digits"),
        ("kind", "rumour", "not a kind of statement"),
    ):
        town.slack.submit(modal.view["id"], typed | {field: text})
        assert reason in modal.errors[field], (field, modal.errors)
    assert town.rows(tables.StatementRow) == []

    town.slack.submit(modal.view["id"], typed)
    assert "*Say it while it is small*\nSmall things stay small." in json.dumps(modal.view, ensure_ascii=False).replace("\\n", "\n")
    assert town.rows(tables.StatementRow) == []
    town.slack.submit(modal.view["id"], typed | {"body": "Changed after the preview."})
    assert "Changed after the preview." in json.dumps(modal.view)
    assert town.rows(tables.StatementRow) == []
    town.slack.submit(modal.view["id"], typed | {"body": "Changed after the preview."})
    assert "is published and goes out" in json.dumps(modal.view)
    (statement,) = town.rows(tables.StatementRow)
    assert (statement.slug, statement.kind, statement.must_acknowledge) == ("say-it-while-it-is-small", "value", True)
    assert [row.body for row in town.rows(tables.StatementVersionRow)] == ["Changed after the preview."]

    town.slack.shortcut(ANA, "draft_statement")
    again = town.modal()
    town.slack.submit(again.view["id"], typed)
    assert "already said by the statement" in again.errors["title"]


def test_a_leader_enters_a_value_in_two_steps(town: SlackTown) -> None:
    a_person(town.database, slack=ANA, email="ana@example.com")
    town.slack.shortcut(ANA, "enter_value")
    assert "no scoreboard" in json.dumps(town.modal().view)
    board = a_statement(town.database, kind="scoreboard", title="Gauges that answer")
    measure = _insert(
        town.database,
        tables.MeasureRow,
        {"statement_id": board.id, "name": "On time", "unit": "%", "baseline": 90.0, "target": 99.0, "position": 0},
    )
    town.slack.shortcut(ANA, "enter_value")
    modal = town.modal()
    typed = {"measure": str(measure), "value": "97.8", "on": "2026-10-31"}
    for field, text in (
        ("value", "much"),
        ("value", "1e9"),
        ("value", "٣"),
        ("on", "2026-11-24"),
        ("on", "31.10."),
        ("on", ""),
        ("measure", "999"),
    ):
        town.slack.submit(modal.view["id"], typed | {field: text})
        assert modal.errors, field
    town.slack.submit(modal.view["id"], typed)
    assert "On time: 97.8 % on 31 October 2026" in json.dumps(modal.view)
    assert town.rows(tables.MeasureValueRow) == []
    town.slack.submit(modal.view["id"], typed)
    assert [(row.measure_id, row.value, row.value_on.isoformat()) for row in town.rows(tables.MeasureValueRow)] == [
        (measure, 97.8, "2026-10-31")
    ]

    town.slack.shortcut(ANA, "enter_value")
    modal = town.modal()
    corrected = typed | {"value": "98,5"}
    town.slack.submit(modal.view["id"], corrected)
    assert "instead of 97.8" in json.dumps(modal.view)
    town.slack.submit(modal.view["id"], corrected)
    assert [row.value for row in town.rows(tables.MeasureValueRow)] == [98.5]


def test_nobody_is_known_by_an_address_that_was_erased_or_is_shared(town: SlackTown) -> None:
    """Rows 65 and 66: after an erasure a press does nothing, and a channel is not a person."""
    ana, asked = a_person(town.database, slack=ANA, email="ana@example.com"), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])
    button = town.buttons(ts)["acknowledge"]
    town.press(ts, "unclear")
    town.slack.open_home(ANA)
    a_person(town.database, slack=BEN, shared=True)
    erase_person(town.database, "ana@example.com", now=town.clock.now())

    assert town.slack.press(ANA, ts, action_id="acknowledge", value=button) == (200, "")
    assert town.rows(tables.AcknowledgementRow) == []
    for user in (ANA, BEN):
        town.slack.open_home(user)
        assert "not on Cadence's list" in town.home(user)
    assert not [row for row in town.rows(tables.EvidenceRow) + town.rows(tables.TapRow) if ANA in row.source_id]
