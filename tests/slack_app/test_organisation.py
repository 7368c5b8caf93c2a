"""An app that is installed for a whole organisation: whose payloads are ours, and whose people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cadence.channels.slack.calls import SlackAccess, SlackCalls
from cadence.channels.slack.directory import read_directory
from cadence.channels.slack.inspection import inspect_app
from cadence.demo.slack_stand_in import BrokenAnswer, SlackStandIn, StandInUser
from cadence.errors import ChannelRefused
from cadence.slack_app.payloads import Workspace
from tests.fixtures.builders import NOW

ORGANISATION = {"ok": True, "team": "Larkweir", "team_id": "E0000001", "enterprise_id": "E0000001", "is_enterprise_install": True}
ONE_OF_IT = {"ok": True, "team": "Larkweir", "team_id": "T0000001", "enterprise_id": "E0000001", "is_enterprise_install": False}
ALONE = {"ok": True, "team": "Larkweir", "team_id": "T0000001", "enterprise_id": None}


@pytest.mark.parametrize(
    ("told", "payload", "ours"),
    [
        (ORGANISATION, {"team": None, "enterprise": {"id": "E0000001"}, "is_enterprise_install": True}, True),
        (ORGANISATION, {"team": {"id": "T0000001", "enterprise_id": "E0000001"}}, True),
        (ORGANISATION, {"team": {"id": "T0000002", "domain": "two"}, "enterprise": {"id": "E0000001"}}, True),
        (ORGANISATION, {"team_id": "T0000001", "enterprise_id": "E0000001"}, True),
        (ORGANISATION, {"team_id": "T0000001", "authorizations": [{"enterprise_id": "E0000001", "team_id": None}]}, True),
        (ORGANISATION, {"team": None, "enterprise": {"id": "E0000002"}}, False),
        (ORGANISATION, {"team": {"id": "T0000001"}}, False),
        (ORGANISATION, {"team": {"id": "T0000001"}, "authorizations": "E0000001"}, False),
        (ONE_OF_IT, {"team": {"id": "T0000001", "enterprise_id": "E0000001"}}, True),
        (ONE_OF_IT, {"team": {"id": "T0000002", "enterprise_id": "E0000001"}}, False),
        (ONE_OF_IT, {"team": None, "enterprise": {"id": "E0000001"}}, False),
        (ALONE, {"team": {"id": "T0000001"}}, True),
        (ALONE, {"team": {"id": "T0000009"}}, False),
    ],
)
def test_whose_payload_it_is(told: dict[str, Any], payload: dict[str, Any], ours: bool) -> None:
    assert Workspace.of(told).is_other(payload) is not ours
    with_app = Workspace.of(told, app_id="A0000001")
    assert with_app.is_other(payload | {"api_app_id": "A0000001"}) is not ours
    assert with_app.is_other(payload | {"api_app_id": "A0000002"})
    assert with_app.is_other(payload)


USERS = [StandInUser(id=f"U000000{n}", name=f"Person {n}", email=f"p{n}@example.com") for n in range(1, 4)]


def page(*users: dict[str, Any]) -> BrokenAnswer:
    return BrokenAnswer(body=json.dumps({"ok": True, "members": list(users)}).encode())


def member(number: int, team: str, *teams: str) -> dict[str, Any]:
    belongs = {"enterprise_id": "E0000001", "teams": list(teams)}
    email = f"p{number}@example.com"
    return {"id": f"U000000{number}", "team_id": team, "enterprise_user": belongs, "profile": {"email": email, "real_name": f"P {number}"}}


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """A workspace whose token is told to be an organisation's."""
    with SlackStandIn(USERS, bot_token="xoxb-test", signing_secret="stand-in secret") as running:
        running.fail_next("auth.test", BrokenAnswer(body=json.dumps(ORGANISATION).encode()), times=5)
        yield running


def calls(slack: SlackStandIn) -> SlackCalls:
    return SlackCalls(SlackAccess(bot_token="xoxb-test", api_url=slack.api_url, per_second=None))


def test_people_of_all_workspaces_of_the_organisation_are_read_once(slack: SlackStandIn) -> None:
    teams = {"ok": True, "teams": [{"id": "T0000001", "name": "One"}, {"id": "T0000002", "name": "Two"}]}
    slack.fail_next("auth.teams.list", BrokenAnswer(body=json.dumps(teams).encode()))
    slack.fail_next("users.list", page(member(1, "E0000001", "T0000001"), member(2, "T0000001", "T0000001", "T0000002")))
    slack.fail_next("users.list", page(member(2, "T0000001", "T0000001", "T0000002"), member(3, "T0000002", "T0000002")))
    found = read_directory(calls(slack))
    assert [one.id for one in found.members] == ["U0000001", "U0000002", "U0000003"]
    assert [a.get("team_id") for m, a in slack.calls if m == "users.list"] == ["T0000001", "T0000002"]


def test_an_organisation_that_added_the_app_nowhere_is_refused_before_anything_is_sent(slack: SlackStandIn) -> None:
    slack.fail_next("auth.teams.list", BrokenAnswer(body=b'{"ok":true,"teams":[]}'))
    with pytest.raises(ChannelRefused, match="added to none of its workspaces"):
        read_directory(calls(slack))


def test_the_doctor_says_that_the_app_is_the_organisation_s(slack: SlackStandIn) -> None:
    token = inspect_app(calls(slack), now=NOW, conversation="")[0]
    assert token.sentence.startswith("The bot token is good: the whole organisation Larkweir")
