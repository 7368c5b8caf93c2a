"""From an empty directory, with the commands alone: exactly one message for each planned delivery, and a report that says so.

Mail goes to aiosmtpd, Slack messages to the stand-in, both named by settings; each command is its own process.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from cadence.files.people_csv.reader import parse_people

ROOT = Path(__file__).resolve().parents[2]
BEGIN = datetime(2026, 3, 14, tzinfo=UTC)
#: three-hourly over a Monday of every zone, a holiday nowhere among the sample people: from Australia's morning to Canada's
TICKS = [datetime(2026, 3, 15, 20, tzinfo=UTC) + timedelta(hours=3 * n) for n in range(9)]


class Mailbox:
    """Keeps what aiosmtpd takes."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep one mail."""
        assert isinstance(envelope.content, bytes)
        [recipient] = envelope.rcpt_tos
        self.mails.append((recipient, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 kept"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server and its port."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackStandIn]:
    """A workspace with the sample people who use Slack."""
    people = parse_people((ROOT / "config" / "people.csv").read_bytes(), today=datetime(2026, 11, 20, tzinfo=UTC).date()).rows
    users = [StandInUser(id=p.slack_user_id, name=p.name or p.email, email=p.email) for p in people if p.slack_user_id]
    with SlackStandIn(users, bot_token="xoxb-test", signing_secret="secret") as running:
        yield running


class Shell:
    """Runs ``python -m cadence`` in one directory with one set of settings."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CADENCE_")}
        self.environment = clean | settings | {"PYTHONPATH": str(ROOT)}

    def run(self, *arguments: str) -> Any:
        """Return what a command printed as JSON; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "cadence", *arguments, "--json"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout)


def _texts_first(folder: Path) -> None:
    """Leave out the opening round, so that one day shows texts."""
    rules = folder / "config" / "cadences.toml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("opening_round = true ", "opening_round = false"), encoding="utf-8")


@pytest.fixture(scope="module")
def story(mailbox: tuple[Mailbox, int], slack: SlackStandIn, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything the commands said, in order."""
    shell = Shell(
        tmp_path_factory.mktemp("empty"),
        CADENCE_SMTP__HOST="127.0.0.1",
        CADENCE_SMTP__PORT=str(mailbox[1]),
        CADENCE_SMTP__STARTTLS="off",
        CADENCE_SMTP__FROM="Larkweir <cadence@larkweir.example>",
        CADENCE_SMTP__PER_MINUTE="own",
        CADENCE_SLACK__BOT_TOKEN="xoxb-test",
        CADENCE_SLACK__API_URL=slack.api_url,
        CADENCE_SLACK__PER_SECOND="3",
    )
    begin = ("--at", BEGIN.isoformat())
    ready = shell.run("init")
    _texts_first(shell.folder)
    said = {
        "init": ready,
        "statements": shell.run("statements", "import", str(ROOT / "messages" / "statements"), *begin),
        "people": shell.run("people", "import", str(ROOT / "config" / "people.csv"), *begin),
        "cadences": shell.run("cadences", "apply", "config/cadences.toml", *begin),
        "ticks": [shell.run("tick", "--at", at.isoformat()) for at in TICKS],
        "again": shell.run("tick", "--at", TICKS[-1].isoformat()),
        "report": shell.run("report", "--at", TICKS[-1].isoformat()),
    }
    assert said["init"]["database"] == "ready"
    return said


def total(story: dict[str, Any], channel: str) -> int:
    """Return how many messages the ticks say they sent."""
    return sum(tick["sent"][channel]["sent"] for tick in story["ticks"] if channel in tick["sent"])


def test_the_sample_company_came_in_whole(story: dict[str, Any]) -> None:
    assert len(story["people"]["created"]) == 240
    assert len(story["statements"]["created"]) >= 14
    assert len(story["cadences"]["added"]) >= 1
    assert not story["people"]["refused"] + story["statements"]["refused"]


def test_every_planned_delivery_arrived_exactly_once(story: dict[str, Any], mailbox: tuple[Mailbox, int], slack: SlackStandIn) -> None:
    planned = sum(tick["planned"]["planned"] for tick in story["ticks"])
    mails, messages = mailbox[0].mails, slack.messages()
    assert len(mails) == total(story, "email") > 0
    assert len(messages) == total(story, "slack") > 0
    assert len(mails) + len(messages) == planned
    assert len({mail["Message-ID"] for _, mail in mails}) == len(mails)
    assert len({m["metadata"]["event_payload"]["delivery"] for m in messages}) == len(messages)
    assert all(
        not tick["sent"][c][outcome] for tick in story["ticks"] for c in tick["sent"] for outcome in ("failed", "unknown", "retried")
    )


def test_ticking_again_sends_nothing(story: dict[str, Any]) -> None:
    assert all(sent["sent"] == 0 for sent in story["again"]["sent"].values())


def test_nobody_got_one_digest_twice_and_nobody_was_left_out(
    story: dict[str, Any], mailbox: tuple[Mailbox, int], slack: SlackStandIn
) -> None:
    by_mail = Counter((recipient, str(mail["Subject"])) for recipient, mail in mailbox[0].mails)
    by_slack = Counter((message["channel"], message["text"]) for message in slack.messages())
    assert max(by_mail.values()) == max(by_slack.values()) == 1
    people = {recipient for recipient, _ in by_mail} | {slack.users["U" + channel[1:]].email for channel, _ in by_slack}
    assert len(people) == story["report"]["people"] == story["report"]["reached"]["n"] == 240


def test_every_mail_parses_and_carries_its_headers(story: dict[str, Any], mailbox: tuple[Mailbox, int]) -> None:
    for recipient, mail in mailbox[0].mails:
        assert not mail.defects
        assert recipient in str(mail["To"])
        for name in ("Message-ID", "Date", "From", "Subject", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted"):
            assert mail[name], f"{name} is missing"
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None
        assert html is not None
        assert len(text.get_content()) > 200


def test_the_report_counts_what_the_sinks_hold(story: dict[str, Any], mailbox: tuple[Mailbox, int], slack: SlackStandIn) -> None:
    titles = [s["title"] for s in story["report"]["statements"]]
    told: Counter[str] = Counter()
    for _, mail in mailbox[0].mails:
        body = mail.get_body(("plain",))
        assert body is not None
        text = " ".join(body.get_content().split())
        lead = text.partition(" " + "-" * 60)[0]  # its title stands first, before those that it serves
        told.update(sorted((title for title in titles if title in lead), key=lead.index)[:1])
        told.update(title for title in titles if f"- {title} " in text)
    for message in slack.messages():
        lines = message["text"].split("\n")
        told.update(title for title in titles if title in lines)
    counted = {s["title"]: s["times"]["total"] for s in story["report"]["statements"]}
    assert counted == {title: told[title] for title in titles}
    assert sum(counted.values()) == sum(tick["planned"]["items"] for tick in story["ticks"])
