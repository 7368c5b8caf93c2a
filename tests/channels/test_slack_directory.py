"""Reading a workspace: page by page, as slowly as Slack wants it, people only; and what the doctor asks Slack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cadence.channels.base import Finding, Health
from cadence.channels.slack.calls import SlackCalls
from cadence.channels.slack.directory import PAGE, Directory, WorkspaceMember, read_directory
from cadence.channels.slack.scopes import NEEDED_SCOPES, USEFUL_SCOPES
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.demo.slack_stand_in import BrokenAnswer, SlackStandIn, StandInUser
from cadence.errors import ChannelRefused, RateLimited, TemporarilyUnavailable
from tests.fixtures.slack_emulator import SlackEmulator

USERS = [StandInUser(id="U00ANA", name="Ana", email="ana@example.com", zone="Europe/Madrid")]
ALL = ",".join([*NEEDED_SCOPES, *USEFUL_SCOPES])


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn(USERS, bot_token="xoxb-test", signing_secret="stand-in secret") as running:
        yield running


def calls_to(slack: SlackStandIn, slept: list[float] | None = None) -> SlackCalls:
    """Return calls for which time passes only by sleeping."""
    naps = [] if slept is None else slept
    return SlackCalls(SlackAccess(bot_token="xoxb-test", api_url=slack.api_url), monotonic=lambda: sum(naps), sleep=naps.append)


def told(headers: dict[str, str] | None = None, **content: Any) -> BrokenAnswer:
    return BrokenAnswer(body=json.dumps({"ok": True, **content}).encode(), headers=headers or {})


def refused(word: str, **content: str) -> BrokenAnswer:
    return BrokenAnswer(body=json.dumps({"ok": False, "error": word, **content}).encode())


def an_account(number: int, **facts: Any) -> dict[str, Any]:
    profile = {"email": f"p{number}@example.com", "real_name": f"Person {number}"} | facts.pop("profile", {})
    return {"id": f"U{number:08d}", "team_id": "T0CADENCE", "deleted": False, "tz": "Europe/Berlin", "profile": profile} | facts


def read(slack: SlackStandIn, *accounts: Any) -> Directory:
    slack.fail_next("users.list", told(members=list(accounts)))
    return read_directory(calls_to(slack))


def test_a_large_workspace_is_read_in_pages_of_200_waiting_as_slack_asks(slack: SlackStandIn) -> None:
    pages, slept, sizes = 12, list[float](), list[int]()
    for page in range(pages):
        if page in (3, 7):
            slack.fail_next("users.list", BrokenAnswer(status=429, headers={"Retry-After": "20"}))
        accounts = [an_account(page * PAGE + n) for n in range(PAGE)]
        following = f"after-{page}" if page < pages - 1 else ""
        slack.fail_next("users.list", told(members=accounts, response_metadata={"next_cursor": following}))

    found = read_directory(calls_to(slack, slept), progress=sizes.append)

    assert len({member.id for member in found.members}) == pages * PAGE
    asked = [arguments for method, arguments in slack.calls if method == "users.list"]
    assert {call["limit"] for call in asked} == {str(PAGE)}
    assert [call.get("cursor", "") for call in asked[:5]] == ["", "after-0", "after-1", "after-2", "after-2"]
    assert (slept, sizes) == ([20.0, 20.0], [PAGE] * pages)


def test_what_slack_says_of_a_person_is_kept(slack: SlackStandIn) -> None:
    assert read(slack, an_account(1, locale="de-DE", is_restricted=True), an_account(2, deleted=True)).members == (
        WorkspaceMember(
            id="U00000001",
            email="p1@example.com",
            name="Person 1",
            zone="Europe/Berlin",
            locale="de-DE",
            deactivated=False,
            guest=True,
        ),
        WorkspaceMember(
            id="U00000002", email="p2@example.com", name="Person 2", zone="Europe/Berlin", locale="", deactivated=True, guest=False
        ),
    )
    assert [arguments["include_locale"] for method, arguments in slack.calls if method == "users.list"] == ["1"]


@pytest.mark.parametrize(
    "account",
    [
        an_account(1, id="USLACKBOT"),
        an_account(1, is_bot=True),
        an_account(1, is_workflow_bot=True),
        an_account(1, profile={"bot_id": "B1"}),
        an_account(1, is_stranger=True),
        an_account(1, is_invited_user=True),
        an_account(1, team_id="T0ELSEWHERE"),
        an_account(1, team_id="T0ELSEWHERE", enterprise_user={"enterprise_id": "E1", "teams": ["T0CADENCE"]}),
    ],
    ids=["slackbot", "bot", "workflow", "app", "stranger", "invited", "other workspace", "other organisation"],
)
def test_who_is_no_person_of_ours_is_left_out(slack: SlackStandIn, account: dict[str, Any]) -> None:
    assert read(slack, account) == Directory(members=(), left_out=1)


def test_people_of_our_organisation_may_belong_to_another_of_its_workspaces(slack: SlackStandIn) -> None:
    slack.fail_next("auth.test", told(team_id="T0CADENCE", enterprise_id="E1"))
    account = an_account(1, team_id="T0OTHER", enterprise_user={"enterprise_id": "E1", "teams": ["T0OTHER", "T0CADENCE"]})
    assert len(read(slack, account).members) == 1


@pytest.mark.parametrize("page", [{}, {"members": "all"}, {"members": [7]}, {"members": [{"name": "no id"}]}])
def test_a_page_that_cannot_be_read_refuses_the_whole(slack: SlackStandIn, page: dict[str, Any]) -> None:
    slack.fail_next("users.list", told(**page))
    with pytest.raises(TemporarilyUnavailable):
        read_directory(calls_to(slack))


def test_odd_accounts_are_people_with_less_to_say(slack: SlackStandIn) -> None:
    found = read(slack, {"id": "U00000009", "profile": 7, "tz": None, "deleted": "yes"}, an_account(3, tz=7, profile={"email": None}))
    assert [(m.email, m.name, m.zone, m.deactivated) for m in found.members] == [("", "", "", False), ("", "Person 3", "", False)]


def test_slack_may_ask_for_rests_only_so_often(slack: SlackStandIn) -> None:
    slack.fail_next("users.list", BrokenAnswer(status=429, headers={"Retry-After": "1"}), times=20)
    with pytest.raises(RateLimited):
        read_directory(calls_to(slack))
    assert sum(method == "users.list" for method, _ in slack.calls) == 10


def test_a_missing_permission_is_named(slack: SlackStandIn) -> None:
    slack.fail_next("users.list", refused("missing_scope", needed="users:read"))
    with pytest.raises(ChannelRefused, match="users:read"):
        read_directory(calls_to(slack))


def test_the_emulator_s_people_are_read(slack_emulator: SlackEmulator) -> None:
    calls = SlackCalls(SlackAccess(bot_token=slack_emulator.bot_token, api_url=slack_emulator.base_url))
    found = read_directory(calls)
    assert {m.email: m.id for m in found.members}.items() >= slack_emulator.user_ids.items()


# --- the doctor -------------------------------------------------------------------------------


def inspect(slack: SlackStandIn, *, now: datetime | None = None, conversation: str = "") -> dict[str, Finding]:
    transport = SlackTransport(SlackAccess(bot_token="xoxb-test", api_url=slack.api_url))
    found = transport.inspect(now=now or datetime.now(UTC), conversation=conversation)
    assert all(f.remedy or f.health is Health.OK for f in found)
    return {f.name: f for f in found}


def test_an_app_as_the_manifest_makes_it_is_all_well(slack: SlackStandIn) -> None:
    slack.fail_next("auth.test", told({"X-OAuth-Scopes": ALL}, team="Larkweir", user="cadence", user_id="U0CADENCE"))
    slack.fail_next("dnd.teamInfo", told(users={}))
    found = inspect(slack, conversation="D00ANA")
    assert {name: f.health for name, f in found.items() if f.health is not Health.OK} == {}
    assert list(found) == ["Slack token", "Slack scopes", "Slack clock", "Slack history", "Slack directory", "Slack do-not-disturb"]
    assert "workspace Larkweir" in found["Slack token"].sentence
    assert slack.messages() == []


def test_a_revoked_token_is_the_only_finding(slack: SlackStandIn) -> None:
    slack.fail_next("auth.test", refused("token_revoked"))
    (finding,) = inspect(slack).values()
    assert (finding.name, finding.health) == ("Slack token", Health.FAIL)
    assert "token_revoked" in finding.sentence
    assert "CADENCE_SLACK__BOT_TOKEN" in finding.remedy


def test_missing_scopes_are_named_and_what_they_cost(slack: SlackStandIn) -> None:
    slack.fail_next("auth.test", told({"X-OAuth-Scopes": "chat:write,users:read"}))
    slack.fail_next("conversations.history", refused("missing_scope", needed="im:history"))
    found = inspect(slack)
    assert found["Slack scopes"].health is Health.FAIL
    assert "im:history, im:write" in found["Slack scopes"].sentence
    assert found["Slack history"].health is Health.FAIL
    assert "im:history" in found["Slack history"].sentence

    slack.fail_next("auth.test", told({"X-OAuth-Scopes": ALL.replace(",dnd:read", "")}))
    slack.fail_next("dnd.teamInfo", refused("missing_scope", needed="dnd:read"))
    slack.fail_next("users.list", refused("missing_scope", needed="users:read"))
    found = inspect(slack)
    assert found["Slack scopes"].health is Health.WARN
    assert "dnd:read (do-not-disturb is not respected)" in found["Slack scopes"].sentence
    assert found["Slack do-not-disturb"].health is found["Slack directory"].health is Health.WARN


@pytest.mark.parametrize(("apart", "health"), [(30, Health.OK), (100, Health.WARN), (-100, Health.WARN), (400, Health.FAIL)])
def test_clocks_that_are_apart_are_told(slack: SlackStandIn, apart: int, health: Health) -> None:
    # the stand-in's own server adds the Date of this machine
    found = inspect(slack, now=datetime.now(UTC) + timedelta(seconds=apart))
    assert found["Slack clock"].health is health


def test_a_history_that_can_hardly_be_read_is_told(slack: SlackStandIn) -> None:
    slack.fail_next("conversations.history", BrokenAnswer(status=429, headers={"Retry-After": "60"}))
    assert "until a person looks" in inspect(slack, conversation="D00ANA")["Slack history"].sentence


def test_the_scopes_are_those_of_the_manifest() -> None:
    manifest = (Path(__file__).resolve().parents[2] / "config" / "slack-manifest.yaml").read_text(encoding="utf-8")
    stated = [line.partition("#")[0].strip(" -\n") for line in manifest.partition("bot:\n")[2].partition("settings:")[0].splitlines()]
    assert sorted(filter(None, stated)) == sorted([*NEEDED_SCOPES, *USEFUL_SCOPES])


def test_the_emulator_is_inspected(slack_emulator: SlackEmulator) -> None:
    transport = SlackTransport(SlackAccess(bot_token=slack_emulator.bot_token, api_url=slack_emulator.base_url))
    found = {f.name: f.health for f in transport.inspect(now=datetime.now(UTC), conversation="")}
    assert found.pop("Slack do-not-disturb") is Health.WARN, "it knows no such call"
    assert set(found.values()) == {Health.OK}
