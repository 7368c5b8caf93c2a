"""A Slack workspace from the command line: people taken over, the doctor's lines, and how long sending will take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadence.clock import FixedClock, parse_instant
from cadence.demo.slack_stand_in import BrokenAnswer, SlackStandIn, StandInUser
from tests.cli.conftest import NOW, Run

MONDAY = "2026-11-30T10:00+00:00"
NAMES = ("ana", "bo", "cem", "dee", "eli")
USERS = [StandInUser(id=f"U{n:08d}", name=f"{name.title()} S.", email=f"{name}@larkweir.example") for n, name in enumerate(NAMES)]


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackStandIn]:
    """A workspace that the settings name."""
    with SlackStandIn(USERS, bot_token="xoxb-test", signing_secret="stand-in secret", clock=FixedClock(parse_instant(NOW))) as running:
        monkeypatch.setenv("CADENCE_SLACK__BOT_TOKEN", "xoxb-test")
        monkeypatch.setenv("CADENCE_SLACK__API_URL", running.api_url)
        yield running


def gone(*numbers: int) -> BrokenAnswer:
    members = [
        {"id": u.id, "team_id": "T0CADENCE", "deleted": n in numbers, "tz": "Europe/Berlin", "profile": {"email": u.email}}
        for n, u in enumerate(USERS)
    ]
    return BrokenAnswer(body=json.dumps({"ok": True, "members": members}).encode())


def test_the_difference_is_shown_and_then_made(run: Run, company_sqlite: Path, slack: SlackStandIn) -> None:
    told = run("people", "sync", "slack", "--dry-run", "--json").facts
    assert (told["created"], len(told["updated"])) == ([], 5)
    assert told["updated"][0]["fields"]["slack_user_id"] == ["", "U00000000"]
    shown = run("people", "sync", "slack", "--dry-run").out
    assert "0 would be created, 5 updated" in shown
    assert "ana@larkweir.example: name Ana Ruiz -> Ana S." in shown
    assert run("people", "list", "--json").facts[0]["name"] == "Ana Ruiz"
    assert run("people", "sync", "slack", "--json").facts == told
    assert run("people", "list", "--json").facts[0]["name"] == "Ana S."
    assert run("people", "sync", "slack").out.startswith("0 created, 0 updated, 5 unchanged")


def test_many_who_left_must_be_confirmed(run: Run, company_sqlite: Path, slack: SlackStandIn) -> None:
    run("people", "sync", "slack")
    slack.fail_next("users.list", gone(3, 4), times=2)
    refused = run("people", "sync", "slack")
    assert (refused.code, "2 of 5 active people are deactivated" in refused.err) == (1, True)
    assert run("people", "sync", "slack", "--yes", "--json").facts["deactivated"] == ["dee@larkweir.example", "eli@larkweir.example"]
    assert len(run("people", "list", "--json").facts) == 3


def test_without_a_token_or_a_permission_one_line_says_so(run: Run, company_sqlite: Path, slack: SlackStandIn) -> None:
    slack.fail_next("users.list", BrokenAnswer(body=b'{"ok":false,"error":"missing_scope","needed":"users:read"}'))
    refused = run("people", "sync", "slack")
    assert refused.code == 1
    assert "missing_scope" in refused.err
    assert "users:read" in refused.err
    assert "Traceback" not in refused.err


def test_the_doctor_has_one_line_for_each_thing(run: Run, company_sqlite: Path, slack: SlackStandIn) -> None:
    checks = {c["name"]: c for c in run("doctor", "--json").facts["checks"]}
    assert {name: c["health"] for name, c in checks.items() if name.startswith("Slack")} == {
        "Slack token": "ok",
        "Slack scopes": checks["Slack scopes"]["health"],
        "Slack clock": "ok",
        "Slack history": "ok",
        "Slack directory": "ok",
        "Slack do-not-disturb": checks["Slack do-not-disturb"]["health"],
    }
    slack.fail_next("auth.test", BrokenAnswer(body=b'{"ok":false,"error":"token_revoked"}'))
    shown = run("doctor")
    assert shown.code == 1
    assert "FAIL  Slack token: " in shown.out
    assert "token_revoked" in shown.out


def test_how_long_sending_takes_is_said_before_it_starts(
    run: Run, company_sqlite: Path, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADENCE_SLACK__PER_SECOND", "0.1")
    run("people", "sync", "slack", "--yes")
    at = ("--at", MONDAY)
    (eta,) = run("plan", *at, "--json").facts["eta"]
    assert (eta["channel"], eta["eta_seconds"]) == ("slack", eta["messages"] * 10)
    assert "6 messages a minute" in eta["assumption"]
    assert run("plan", *at).out, "shorter than a minute: not worth a line"
