"""The demo: the sample company on this machine, with a mail inbox and a Slack of its own.

Statements and people are imported from the shipped files, three months are played without a message (``history``), and then
everything goes the real way: a week of ticks is run on a clock that starts in the past, each mail is an SMTP conversation and each
Slack message a Web API call. What people then press is ``crowd``. Nothing leaves 127.0.0.1. Starts afresh each time.
"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from cadence.assembly.app import App
from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.clock import Clock, FixedClock, SystemClock
from cadence.demo import history, leader
from cadence.demo.crowd import Crowd, Resident, Tally
from cadence.demo.mail_sink import MailSink
from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from cadence.errors import ConfigError
from cadence.files.cadences_toml import parse_cadences
from cadence.files.people_csv.reader import parse_people
from cadence.operations.authoring.apply_cadences import apply_cadences
from cadence.operations.authoring.import_statements import import_statements, list_statements, read_statement_files
from cadence.operations.people.import_people import import_people, list_people
from cadence.operations.running.tick import tick
from cadence.settings.loading import Settings
from cadence.shipped import shipped_folder
from cadence.store.database.migrations import upgrade

_TOKEN, _SIGNING_SECRET = "xoxb-demo", "demo-signing-secret"
_HISTORY = timedelta(days=7)
#: between two ticks of the week: each working day of eight hours has one at least, and what is due is never too late for it
_STEP = timedelta(hours=6)


#: in the demo's folder: statement -> share of its people who could say it when the last week began
TRUTH = "what-people-know.json"


@dataclass(slots=True)
class DemoFacts:
    """What the demo made and sent, for the lines it prints."""

    statements: int = 0
    people: int = 0
    zones: int = 0
    sent: dict[str, int] = field(default_factory=dict)


class Demo:
    """The stand-ins and the application around one folder."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        now = SystemClock().now()
        #: the stand-ins date what they take by this clock
        self._clock = _Moving(FixedClock(now - _HISTORY))
        self.mail = MailSink(http_port=free_port(8788), clock=self._clock)
        people = parse_people((shipped_folder("config") / "people.csv").read_bytes(), today=now.date()).rows
        self._residents = [Resident(email=p.email, slack_user_id=p.slack_user_id) for p in people]
        users = [StandInUser(id=p.slack_user_id, name=p.name, email=p.email, zone=p.zone) for p in people if p.slack_user_id]
        self.slack = SlackStandIn(users, bot_token=_TOKEN, signing_secret=_SIGNING_SECRET, port=free_port(8789), clock=self._clock)
        self.settings = _settings(folder, port or free_port(8787), self.mail.smtp_port, self.slack.api_url)
        self.slack.request_url = f"{self.settings.base_url}/slack/events"
        places = (("What the leader sees", f"{self.settings.base_url}/"), ("Mail", f"{self.mail.url}/"), ("Slack", f"{self.slack.url}/"))
        self.mail.pages.places = self.slack.pages.places = places
        self.app = App(self.settings, clock=self._clock, transports=[_email(self.settings), _slack(self.slack.api_url)], disposable=True)
        self._until = now
        #: what people know once ``play`` is done
        self.learnt: history.LearntSoFar | None = None

    def start(self) -> None:
        """Start the stand-ins."""
        self.mail.start()
        self.slack.start()

    def stop(self) -> None:
        """Stop them."""
        self.app.close()
        self.slack.stop()
        self.mail.stop()

    def play(self, progress: Callable[[int], None]) -> DemoFacts:
        """Import the sample company, play its past and its last week, six hours a step; then the machine's clock takes over."""
        app, facts = self.app, DemoFacts()
        upgrade(self.settings.database_url)
        week = self._clock.now()
        start = week.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=history.DAYS)
        with app.database.transaction() as connection:
            import_statements(connection, read_statement_files(shipped_folder("messages") / "statements"), now=start)
            people = parse_people((shipped_folder("config") / "people.csv").read_bytes(), today=start.date())
            import_people(connection, people, now=start, default_zone=self.settings.default_zone)
            cadences = shipped_folder("config") / "cadences.toml"
            file = parse_cadences(cadences.read_bytes(), where=cadences.name)
            apply_cadences(connection, replace(file, limits=replace(file.limits, opening_round=True)), now=start)
            facts.statements = len(list_statements(connection))
            living = list_people(connection)
            facts.people, facts.zones = len(living), len({p.zone for p in living})
        leader.guess(app.database, start=start)
        self.learnt = history.live_through(app.database, start=start, channels=app.channels, secret=app.secret, progress=progress)
        # for whoever wants to check: no page reads it
        (self.settings.data_dir / TRUTH).write_text(json.dumps(dict(self.learnt.share), indent=1), encoding="utf-8")
        while self._clock.now() < self._until:
            report = tick(app.database, app.outboxes, clock=app.clock, secret=app.secret, owner=app.owner)
            for channel, sent in report.sent.items():
                facts.sent[channel] = facts.sent.get(channel, 0) + sent.sent
            self._clock.advance(_STEP)
            progress(1)
        self._clock.take(SystemClock())
        return facts

    def crowd(self, *, progress: Callable[[Tally], None], finished: Callable[[Tally], None]) -> Crowd:
        """Return the sample people, who press what they like in their messages once they are started."""
        known = self.learnt.chances if self.learnt is not None else {}
        return Crowd(self.app, self.mail, self.slack, self._residents, known=known, progress=progress, finished=finished)

    @property
    def steps(self) -> int:
        """How many steps ``play`` takes."""
        return history.DAYS + int(_HISTORY / _STEP)


class _Moving:
    """A clock that is moved by hand and later follows another."""

    def __init__(self, by_hand: FixedClock) -> None:
        self._by_hand = by_hand
        self._source: Clock = by_hand

    def now(self) -> datetime:
        """Return the instant."""
        return self._source.now()

    def advance(self, by: timedelta) -> None:
        """Move by hand."""
        self._by_hand.advance(by)

    def take(self, source: Clock) -> None:
        """Follow ``source`` from now on."""
        self._source = source


def _settings(folder: Path, port: int, smtp_port: int, slack_api: str) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": folder,
            "database_url": f"sqlite:///{folder / 'cadence.db'}",
            "base_url": f"http://127.0.0.1:{port}",
            "company_name": "Larkweir",
            "default_zone": "Europe/London",
            "tick_seconds": 20,
            "messages_dir": shipped_folder("messages"),
            "http": {"port": port},
            "smtp": {"host": "127.0.0.1", "port": smtp_port, "starttls": "off", "from": "Helen Mostyn <cadence@larkweir.example>"},
            "slack": {
                "bot_token": _TOKEN,
                "signing_secret": _SIGNING_SECRET,
                "api_url": slack_api,
                "leaders": leader.EMAIL,
                "admins": leader.EMAIL,
            },
        }
    )


def _email(settings: Settings) -> SmtpTransport:
    return SmtpTransport(SmtpServer(host=settings.smtp.host, port=settings.smtp.port, tls="off"))


def _slack(api_url: str) -> SlackTransport:
    # the real Slack takes one message a second; the stand-in has no such limit
    return SlackTransport(SlackAccess(bot_token=_TOKEN, api_url=api_url, per_second=None))


def free_port(wanted: int) -> int:
    """Return ``wanted`` when it is free on the loopback, else another free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigError("no free port on 127.0.0.1")
