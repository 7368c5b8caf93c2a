"""A year of hourly ticks for the sample company (four weeks of it outside the nightly run), judged by what arrived and by nothing else.

Real SMTP conversations to a sink and real Web API calls to the Slack stand-in. The judge knows the
people, the calendars and the limits, reads titles and wordings out of the messages, and never looks into our tables.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest

from cadence.assembly.app import App
from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.clock import FixedClock
from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from cadence.files.cadences_toml import parse_cadences
from cadence.files.people_csv.reader import parse_people
from cadence.operations.authoring.apply_cadences import apply_cadences
from cadence.operations.authoring.import_statements import import_statements, read_statement_files
from cadence.operations.people.import_people import import_people
from cadence.operations.running.tick import tick
from cadence.settings.fields import Settings
from tests.e2e.crash.sink import Sink
from tests.fixtures.amount import NIGHTLY

ROOT = Path(__file__).resolve().parents[2]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 365 if NIGHTLY else 28


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as its reader got it."""

    id: str
    email: str
    at: datetime
    cadence: str
    #: (title, the first letters of what is said about it)
    statements: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """What the people file says of one person."""

    email: str
    slack: str
    zone: ZoneInfo
    country: str
    started_on: date | None

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)


class Pacemaker:
    """A clock for the pace of a transport that jumps instead of sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(scope="module")
def readers() -> dict[str, Reader]:
    """The sample people by address."""
    with (ROOT / "config" / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 240
    return {
        r["email"]: Reader(
            email=r["email"],
            slack=r["slack_user_id"],
            zone=ZoneInfo(r["timezone"]),
            country=r["country"],
            started_on=date.fromisoformat(r["started_on"]) if r["started_on"] else None,
        )
        for r in rows
    }


@pytest.fixture(scope="module")
def arrivals(readers: dict[str, Reader], sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Arrival]]:
    """What arrived in so many days of hourly ticks."""
    # twelve thousand durable commits: in memory where there is a file system for it, because no power is cut here
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else tmp_path_factory.getbasetemp()))
    (folder / "cadence.db").write_bytes(sqlite_template.read_bytes())
    clock, pacemaker, sink = FixedClock(BEGIN), Pacemaker(), Sink()
    users = [StandInUser(id=r.slack, name=r.email, email=r.email) for r in readers.values() if r.slack]
    with SlackStandIn(users, bot_token="xoxb-test", signing_secret="secret", clock=clock) as slack:
        pace: dict[str, Any] = {"monotonic": pacemaker.monotonic, "sleep": pacemaker.sleep}
        settings = Settings.model_validate(
            {
                "data_dir": folder,
                "database_url": f"sqlite:///{folder / 'cadence.db'}",
                "secret_key": "a key for tests that is long enough",
                "base_url": "http://127.0.0.1:1",
                "smtp": {"host": "127.0.0.1", "from": "Cadence <cadence@example.com>"},
            }
        )
        app = App(
            settings,
            clock=clock,
            transports=[
                SlackTransport(SlackAccess(bot_token="xoxb-test", api_url=slack.api_url, per_second=3.0), **pace),
                SmtpTransport(SmtpServer(host="127.0.0.1", port=sink.port, tls="off", connections=2, per_second=None)),
            ],
        )
        found(app)
        for hour in range(DAYS * 24):
            clock.set(BEGIN + timedelta(hours=hour))
            tick(app.database, app.outboxes, clock=clock, secret=app.secret, owner=app.owner)
        app.close()
        by_slack = {r.slack: r.email for r in readers.values() if r.slack}
        yield sorted([*read_mails(sink), *read_slack(slack, by_slack)], key=lambda a: a.at)
    sink.close()
    shutil.rmtree(folder)


def found(app: App) -> None:
    """Bring in the sample statements, people and cadences."""
    people = parse_people((ROOT / "config" / "people.csv").read_bytes(), today=BEGIN.date())
    cadences = parse_cadences((ROOT / "config" / "cadences.toml").read_bytes(), where="cadences.toml")
    with app.database.transaction() as connection:
        statements = import_statements(connection, read_statement_files(ROOT / "messages" / "statements"), now=BEGIN)
        assert not statements.refused
        assert not import_people(connection, people, now=BEGIN, default_zone="UTC").refused
        apply_cadences(connection, cadences, now=BEGIN)


def read_mails(sink: Sink) -> Iterator[Arrival]:
    """Read the sink's mails as a reader would."""
    for copy in sink.copies:
        # the old policy: the new one reads six thousand mails ten times as slowly
        mail = message_from_bytes(copy.content)
        [plain] = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
        content = plain.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert copy.recipient in str(mail["To"])
        text = content.decode()
        cadence = cadence_in(" ".join(text.split()))
        yield Arrival(copy.message_id, copy.recipient, parsedate_to_datetime(copy.date), cadence, statements_in_mail(text))


def read_slack(slack: SlackStandIn, people: dict[str, str]) -> Iterator[Arrival]:
    """Read everybody's direct messages."""
    for message in slack.messages():
        footer = " ".join(e["text"] for b in message["blocks"] for e in b.get("elements", []) if isinstance(e.get("text"), str))
        yield Arrival(
            message["metadata"]["event_payload"]["delivery"],
            people["U" + message["channel"].removeprefix("D")],
            datetime.fromtimestamp(float(message["ts"]), tz=UTC),
            cadence_in(footer),
            statements_in_slack(message["text"]),
        )


def cadence_in(text: str) -> str:
    """Return the name of the cadence that a message gives as its cause."""
    found_name = re.search(r"You get this because “(.+?)” at", text)
    assert found_name, text
    return found_name[1]


@lru_cache(maxsize=1)
def _titles() -> tuple[str, ...]:
    found = [
        tomllib.loads(p.read_text(encoding="utf-8").split("+++")[1])["title"]
        for p in sorted((ROOT / "messages" / "statements").rglob("*.md"))
    ]
    assert len(found) >= 14
    return tuple(found)


def statements_in_mail(text: str) -> tuple[tuple[str, str], ...]:
    """Return (title, first letters of the wording, empty where a sentence stands for it) of each statement told."""
    told, _, others = text.replace("\r\n", "\n").partition("\n" + "-" * 60)
    parts = [" ".join(part.split()) for part in told.split("\n\n")]
    lead = [(part, parts[place + 2][:60]) for place, part in enumerate(parts) if part in _titles()]
    collapsed = " ".join(others.split())
    return (*lead[:1], *((title, "") for title in _titles() if f"- {title} " in collapsed))


def statements_in_slack(text: str) -> tuple[tuple[str, str], ...]:
    """Return the same of a direct message: what screen readers hear."""
    lines = text.split("\n")
    places = [place for place, line in enumerate(lines) if line in _titles()]
    return tuple((lines[place], lines[place + 1][:60] if place == places[0] else "") for place in places)


@pytest.fixture(scope="module")
def by_person(arrivals: list[Arrival], readers: dict[str, Reader]) -> dict[str, list[Arrival]]:
    """The arrivals of each person in order of time."""
    found_arrivals: dict[str, list[Arrival]] = {email: [] for email in readers}
    for arrival in arrivals:
        found_arrivals[arrival.email].append(arrival)
    return found_arrivals


def test_the_days_were_busy(by_person: dict[str, list[Arrival]]) -> None:
    ids = [a.id for arrived in by_person.values() for a in arrived]
    mails = [one for one in ids if "@" in one]
    assert len(mails) > 10 * DAYS, "by mail"
    assert len(ids) - len(mails) > 21 * DAYS, "by Slack"
    quiet = {email: len(a) for email, a in by_person.items() if len(a) < DAYS // 12}
    assert not quiet, "everybody is reached all the time"
    told = [bool(a.statements) for arrived in by_person.values() for a in arrived]
    assert sum(told) > 0.7 * len(told), "the others hold a question alone"


def test_no_message_came_twice_and_no_occurrence_twice(by_person: dict[str, list[Arrival]], readers: dict[str, Reader]) -> None:
    ids = [a.id for arrived in by_person.values() for a in arrived]
    assert len(ids) == len(set(ids))
    for email, arrived in by_person.items():
        days = [(a.cadence, readers[email].local(a.at).date()) for a in arrived]
        assert len(days) == len(set(days)), f"{email}: one cadence twice on one day"


def test_nothing_came_outside_working_hours(by_person: dict[str, list[Arrival]], readers: dict[str, Reader]) -> None:
    free: dict[str, Any] = {c: holidays.country_holidays(c, years=[2026, 2027]) for c in {r.country for r in readers.values()} if c}
    for email, arrived in by_person.items():
        reader = readers[email]
        for arrival in arrived:
            local = reader.local(arrival.at)
            assert local.weekday() < 5, f"{email}: {local} is a weekend"
            assert 9 <= local.hour < 17, f"{email}: {local} is outside working hours"
            assert local.date() not in free.get(reader.country, ()), f"{email}: {local} is a holiday in {reader.country}"


def test_weekly_caps_were_kept(by_person: dict[str, list[Arrival]], readers: dict[str, Reader]) -> None:
    for email, arrived in by_person.items():
        reader = readers[email]
        weeks: dict[date, list[Arrival]] = defaultdict(list)
        for arrival in arrived:
            local = reader.local(arrival.at).date()
            weeks[local - timedelta(days=local.weekday())].append(arrival)
        for monday, messages in weeks.items():
            assert len(messages) <= 2, f"{email}: {len(messages)} digests in the week of {monday}"
            new = reader.started_on is not None and (monday - reader.started_on).days < 30
            most = 8 if new or messages[0].at - BEGIN <= timedelta(days=21) else 6
            assert sum(len(m.statements) for m in messages) <= most, f"{email}: the week of {monday}"
            assert all(len(m.statements) <= 3 for m in messages)


def test_gaps_were_kept_and_no_wording_came_twice_running(by_person: dict[str, list[Arrival]], readers: dict[str, Reader]) -> None:
    for email, arrived in by_person.items():
        last: dict[str, tuple[date, str]] = {}
        for arrival in arrived:
            today = readers[email].local(arrival.at).date()
            for title, words in arrival.statements:
                if title in last:
                    before, said = last[title]
                    assert (today - before).days >= 2, f"{email}: {title} on {before} and {today}"
                    assert not words or words != said, f"{email}: {title} in the same words on {before} and {today}"
                last[title] = (today, words)
