"""The first digest, from nothing: an installation in a folder of its own, one person, a tick, and the mail that arrives.

What ``cadence try`` shows. It reads no settings of the machine, so an installation that is there already is not
touched, and it sends to its own inbox alone. ``town`` is the large one, with 240 people and a Slack.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from cadence.assembly.app import App
from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import Clock, FixedClock
from cadence.demo.mail_sink import MailSink, SunkMail
from cadence.demo.town import free_port
from cadence.errors import CadenceError
from cadence.files.cadences_toml import parse_cadences
from cadence.files.people_csv.reader import parse_people
from cadence.operations.authoring.apply_cadences import apply_cadences
from cadence.operations.authoring.import_statements import import_statements, read_statement_files
from cadence.operations.people.import_people import import_people
from cadence.operations.running.tick import tick
from cadence.settings.loading import Settings
from cadence.shipped import shipped_folder
from cadence.store.database.migrations import upgrade

#: when the digest goes out, in UTC, where the one person of the trial lives
_DIGEST_AT = time(9, 30)
_PEOPLE = b"name,email,timezone,started_on\nYou,you@larkweir.example,UTC,2020-01-07\n"
_CADENCES = f"""
[cadences.first]
name = "The first digest"
days = ["mon", "tue", "wed", "thu", "fri"]
local_time = "{_DIGEST_AT:%H:%M}"
channels = ["email"]
max_statements = 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDigest:
    """The mail that arrived. ``at``: the instant it was sent for; ``statements``: how many there were to choose from."""

    at: datetime
    statements: int
    mail: SunkMail


class Trial:
    """An installation in ``folder``, which is empty, and the mail server and inbox that it sends to; free ports unless given."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.inbox = MailSink(http_port=free_port(8788))
        self.settings = _settings(folder, port or free_port(8787), self.inbox.smtp_port)
        self.inbox.pages.places = (("What the leader sees", f"{self.settings.base_url}/"), ("Mail", f"{self.inbox.url}/"))

    def __enter__(self) -> Trial:
        self.inbox.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.inbox.stop()

    def open(self, clock: Clock) -> App:
        """Return the installation at the time of ``clock``; close it when done."""
        transport = SmtpTransport(SmtpServer(host=self.settings.smtp.host, port=self.settings.smtp.port, tls="off"))
        return App(self.settings, clock=clock, transports=[transport], disposable=True)

    def send(self, *, now: datetime) -> FirstDigest:
        """Bring in the sample statements, one person and one cadence, and send what was due last; ``now`` in UTC."""
        upgrade(self.settings.database_url)
        at = last_due(now)
        app = self.open(FixedClock(at))
        try:
            begin = at - timedelta(days=1)
            with app.database.transaction() as connection:
                files = read_statement_files(shipped_folder("messages") / "statements")
                import_statements(connection, files, now=begin)
                import_people(connection, parse_people(_PEOPLE, today=begin.date()), now=begin, default_zone=self.settings.default_zone)
                apply_cadences(connection, parse_cadences(_CADENCES.encode(), where="cadences.toml"), now=begin)
            tick(app.database, app.outboxes, clock=app.clock, secret=app.secret, owner=app.owner)
        finally:
            app.close()
        mails = self.inbox.mails(limit=1)
        if not mails:
            raise CadenceError("the digest did not arrive in the local inbox; cadence demo shows more of what happens")
        return FirstDigest(at=at, statements=len(files), mail=mails[0])


def last_due(now: datetime) -> datetime:
    """Return when the cadence of the trial was due last, a working day's morning at or before ``now`` (both in UTC)."""
    day = now.astimezone(UTC).date()
    if now < datetime.combine(day, _DIGEST_AT, UTC):
        day -= timedelta(days=1)
    while day.isoweekday() > 5:
        day -= timedelta(days=1)
    return datetime.combine(day, _DIGEST_AT, UTC)


def _settings(folder: Path, port: int, smtp_port: int) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": folder,
            "database_url": f"sqlite:///{folder / 'cadence.db'}",
            "base_url": f"http://127.0.0.1:{port}",
            "company_name": "Larkweir",
            "default_zone": "UTC",
            "messages_dir": shipped_folder("messages"),
            "http": {"port": port},
            "smtp": {"host": "127.0.0.1", "port": smtp_port, "starttls": "off", "from": "Helen Mostyn <cadence@larkweir.example>"},
        }
    )
