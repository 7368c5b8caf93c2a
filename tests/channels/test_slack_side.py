"""The receiving side of a service: it learns its workspace, opens its socket, and stops."""

from __future__ import annotations

from threading import Event

import pytest

from cadence.demo import slack_payloads as payloads
from cadence.demo.slack_stand_in import Fault
from cadence.store import tables
from tests.fixtures.builders import a_person, a_statement
from tests.fixtures.slack_side import ANA, APP_TOKEN, slack_town


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
        assert town.rows(tables.Acknowledgement) == []
        assert town.slack.deliver("interactive", payload)[0] == 200
        assert len(town.rows(tables.Acknowledgement)) == 1


def test_the_socket_is_opened_in_the_background_and_tried_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.slack_side._AGAIN", 0.05)
    with slack_town(sqlite_url, app_token=APP_TOKEN) as town:
        town.slack.request_url = ""
        town.slack.fail_next("apps.connections.open", Fault(status=503), times=2)
        town.slack.fail_next("auth.test", Fault(status=503))
        town.side.start()
        assert town.slack.sockets.wait_for_connections(1, seconds=30)
        assert town.slack.command(ANA, "help")[0] == 200
        for _ in range(600):
            if town.side.requests().workspace.team_id:
                break
            Event().wait(0.05)
        assert town.side.requests().workspace.team_id == payloads.TEAM_ID


def test_without_a_signing_secret_there_is_no_address(sqlite_url: str) -> None:
    with slack_town(sqlite_url) as town:
        object.__setattr__(town.side.app.settings.slack, "signing_secret", None)
        assert town.side.endpoint() is None
