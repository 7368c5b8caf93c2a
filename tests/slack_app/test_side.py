"""The receiving side of a service: it learns its workspace, opens its socket, and stops."""

from __future__ import annotations

import subprocess
import sys
from threading import Event

import pytest

from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.demo import slack_payloads as payloads
from cadence.demo.slack_stand_in import BrokenAnswer
from cadence.rendering.words import load_words
from cadence.slack_app.incoming import HomeTab, MessageChange, MessageContent, SlackAction, SlackAnswer
from cadence.slack_app.screen import SlackScreen
from cadence.slack_app.views.home import HomeFacts, HomeStatement, home_page
from cadence.slack_app.views.modals import ask_modal
from cadence.store.database import tables
from tests.fixtures.builders import NOW, a_person, a_statement
from tests.fixtures.slack_emulator import SlackEmulator
from tests.fixtures.slack_side import ANA, APP_TOKEN, slack_town
from tests.rendering.samples import EXPIRES, MEASURES, TEMPLATES, a_digest, an_item, slack_composer


def test_once_the_workspace_is_known_no_other_is_listened_to(sqlite_url: str) -> None:
    """Row 63, with a right signature."""
    with slack_town(sqlite_url) as town:
        ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
        _, ts = town.send(ana, [asked])
        payload = payloads.in_message(
            town.slack.actor(ANA), town.slack.messages(ANA)[0], {"type": "button"}, "acknowledge", town.buttons(ts)["acknowledge"]
        )
        town.side._learn_workspace()

        assert town.slack.deliver("interactive", payload | {"team": {"id": "T0OTHER"}})[0] == 403
        assert town.rows(tables.AcknowledgementRow) == []
        assert town.slack.deliver("interactive", payload)[0] == 200
        assert len(town.rows(tables.AcknowledgementRow)) == 1


def test_the_socket_is_opened_in_the_background_and_tried_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.assembly.slack._AGAIN", 0.05)
    with slack_town(sqlite_url, app_token=APP_TOKEN) as town:
        town.slack.request_url = ""
        town.slack.fail_next("apps.connections.open", BrokenAnswer(status=503), times=2)
        town.slack.fail_next("auth.test", BrokenAnswer(status=503))
        town.side.start()
        assert town.slack.sockets.wait_for_connections(1, seconds=30)
        assert town.slack.command(ANA, "help")[0] == 200
        for _ in range(600):
            if town.side.workspace.team_id:
                break
            Event().wait(0.05)
        assert town.side.workspace.team_id == payloads.TEAM_ID


def test_what_does_not_receive_from_slack_does_not_load_bolt() -> None:
    source = "import cadence.assembly.service, cadence.assembly.slack, sys; sys.exit('slack_bolt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0


def test_without_a_signing_secret_there_is_no_address(sqlite_url: str) -> None:
    with slack_town(sqlite_url) as town:
        object.__setattr__(town.side.app.settings.slack, "signing_secret", None)
        assert town.side.endpoint() is None


def test_home_modals_and_changed_messages_are_taken_by_a_slack_that_others_wrote(
    slack_emulator: SlackEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    settings = SlackAccess(bot_token=slack_emulator.bot_token, api_url=slack_emulator.base_url, per_second=None)
    transport = SlackTransport(settings)
    screen, ana = SlackScreen(transport.calls), slack_emulator.user_ids["ana@example.com"]
    message = slack_composer().compose(a_digest(an_item(measures=MEASURES), address=ana), expires_at=EXPIRES)
    channel, ts = transport.connect().send(message).provider_id.split(":")
    words, own = load_words(TEMPLATES).for_locale("en"), load_words(TEMPLATES, "slack").for_locale("en")
    facts = HomeFacts(
        company="Example", zone="UTC", current=(HomeStatement(statement_id=1, version_id=1, kind="value", title="T", body="B"),)
    )
    shown: list[str] = []
    trigger = slack_emulator.client().api_call("views.generateTriggerId", json={"user_id": ana})["trigger_id"]
    pressed = SlackAction(
        action_id="ask",
        value="",
        slack_user_id=ana,
        team_id="",
        channel_id=channel,
        message_ts=ts,
        event_id="e",
        happened_at=NOW,
        trigger_id=trigger,
    )

    screen.show(
        pressed,
        SlackAnswer(
            modal=ask_modal(own, about="T"),
            message=MessageChange(channel_id=channel, message_ts=ts, content=lambda: MessageContent("recorded", message.blocks)),
            home=HomeTab(view=lambda: home_page(words, own, facts)[0], shown=lambda: shown.append("home")),
        ),
    )

    assert (shown, caplog.messages) == (["home"], [])  # what is not taken is logged
    history = slack_emulator.client().conversations_history(channel=channel)["messages"]
    assert next(m for m in history if m["ts"] == ts)["text"] == "recorded"
    assert screen.workspace().team_id == slack_emulator.team_id
