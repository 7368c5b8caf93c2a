"""The slash command, strangers, repeated events and refused views, through the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cadence.demo import slack_payloads as payloads
from cadence.demo.slack_stand_in import BrokenAnswer
from cadence.store.database import tables
from tests.fixtures.builders import NOW, a_person, a_statement
from tests.fixtures.sending import change
from tests.fixtures.slack_side import ANA, BEN, SlackTown, slack_town


@pytest.fixture
def town(sqlite_url: str) -> Iterator[SlackTown]:
    with slack_town(sqlite_url, leaders="ana@example.com", admins=ANA) as running:
        yield running


def test_a_home_that_slack_refused_was_not_looked_at(town: SlackTown) -> None:
    a_person(town.database, slack=ANA)
    a_statement(town.database)
    town.slack.fail_next("views.publish", BrokenAnswer(body=b'{"ok":false,"error":"internal_error"}'))
    assert town.slack.open_home(ANA)[0] == 200
    assert town.rows(tables.EvidenceRow) == []


def test_strangers_and_people_who_left_see_nothing_of_the_company(town: SlackTown) -> None:
    """Row 65."""
    a_statement(town.database, title="Only for us")
    ben = a_person(town.database, slack=BEN)
    change(town.database, tables.PersonRow, ben, deactivated_at=NOW)
    for user in (ANA, BEN):
        town.slack.open_home(user)
        assert "not on Cadence's list" in town.home(user)
        assert "Only for us" not in town.home(user)
        assert "not on Cadence's list" in town.typed("now", user=user)["text"]
        town.slack.shortcut(user, "draft_statement")
        assert "not on Cadence's list" in json.dumps(town.modal(user).view)
    assert town.rows(tables.EvidenceRow) == []


def test_the_command_answers_its_person_alone(town: SlackTown) -> None:
    ana = a_person(town.database, slack=ANA)
    statement = a_statement(town.database, title="Mend first")
    town.send(ana, [statement])

    assert "Mend first" in json.dumps(town.typed("now")["blocks"])
    assert len(town.rows(tables.EvidenceRow, level=3)) == 1
    assert "Mend first: sent once" in town.typed("mine")["text"]
    assert "Paused until 30 November 2026" in town.typed("pause 7")["text"]
    assert "back on" in town.typed("PAUSE 0")["text"]
    assert "Paused until 7 December" in town.typed("pause")["text"]
    for wrong in ("-1", "367", "1e3", "４００", "x" * 500, "soon"):
        assert "is not a number of days" in town.typed(f"pause {wrong}")["text"]
    for text in ("", "help", "  "):
        assert town.typed(text)["text"].startswith("What you can type")
    assert town.typed("dance <!channel>")["text"].startswith("“dance” is not a command.")
    assert town.typed("<!channel>")["text"].startswith("“@\u2060channel” is not a command.")
    assert "was sent to your leader" in town.typed("ask Why do we mend?")["text"]
    assert "3,000" in town.typed("ask " + "x" * 3001)["text"]
    assert town.typed("ask") == {}
    assert town.modal().view["callback_id"] == "ask"
    assert [row.text for row in town.rows(tables.QuestionRow)] == ["Why do we mend?"]


def test_a_german_reader_is_answered_in_german(town: SlackTown) -> None:
    a_person(town.database, slack=ANA, locale="de-AT")
    assert town.typed("help")["text"].startswith("Was Sie eingeben können")
    town.slack.open_home(ANA)
    assert "Was Example Ltd Ihnen sagen möchte" in town.home()


def test_an_event_that_slack_repeats_in_any_order_is_shown_once(town: SlackTown) -> None:
    """Rows 26 and 70."""
    a_person(town.database, slack=ANA)
    events = [payloads.home_opened(town.slack.actor(ANA), f"Ev{n}") for n in range(3)]
    for event in [events[2], events[0], events[2], events[1], events[0], events[2]]:
        assert town.slack.deliver("events_api", event) == (200, "")
    assert [method for method, _ in town.slack.calls].count("views.publish") == 3
    assert len(town.rows(tables.SlackEventRow)) == 3


def test_names_from_slack_are_never_taken_over(town: SlackTown) -> None:
    """Row 72: what somebody calls themselves in Slack shows up nowhere."""
    a_person(town.database, slack=ANA, email="ana@example.com", name="Ana")
    actor = replace(town.slack.actor(ANA), name="<!channel> <b>Boss</b> *x*")
    town.slack.deliver("events_api", payloads.home_opened(actor, "Ev1"))
    town.slack.deliver("interactive", payloads.shortcut(actor, "ask_question"))
    _, answer = town.slack.deliver("slash_commands", payloads.command(actor, "/cadence", "mine"))
    assert "Boss" not in json.dumps([town.slack.workspace.homes, [m.view for m in town.slack.workspace.modals_of(ANA)], answer])
