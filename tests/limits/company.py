"""A company made of files alone: statements, people, cadences and settings go in by the commands, mails and Slack messages come out.

Nothing here touches a row. A test writes the limit where an operator would, ticks at instants of its own and reads what the mail
server or the Slack workspace took.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from cadence.assembly.app import App
from cadence.clock import FixedClock
from cadence.demo.mail_sink import MailSink, SunkMail
from cadence.domain.sending.links import Link
from cadence.operations.running.tick import TickReport, tick
from cadence.settings.loading import load_settings

#: a Monday, four weeks into a quarter; everything is brought in on the day before
MONDAY = datetime(2026, 10, 26, 9, 30, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_BEFORE = MONDAY - DAY

WORKING_DAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WORKING_DAYS, "sat", "sun")


def cadence(name: str, *, at: str = "09:00", days: Sequence[str] = WORKING_DAYS, most: int = 3, more: str = "") -> str:
    """Return a table of cadences.toml: by email, without questions, so that a mail holds the texts of its statements and no others."""
    return f"""
[cadences.{name}]
days = {list(days)}
local_time = "{at}"
channels = ["email"]
max_statements = {most}
checks = false
{more}
"""


Run = Callable[..., tuple[int, str, str]]


@dataclass(kw_only=True)
class Company:
    """A folder with its files, a database, and a mail server that keeps what it takes. Everybody lives in UTC unless told otherwise."""

    folder: Path
    #: runs a command: (exit code, what it printed, what it said beside)
    run: Run
    inbox: MailSink

    @cached_property
    def app(self) -> App:
        """The installation, as its settings describe it when it is first asked for."""
        return App(load_settings(), clock=FixedClock(_BEFORE))

    def statement(self, slug: str, *, kind: str = "value", body: str = "", at: datetime = _BEFORE, **front: object) -> None:
        """Write the file of a statement whose title is its slug, and import it. ``front``: more of its head, as TOML."""
        self.statements(slug, kind=kind, body=body, at=at, **front)

    def statements(self, *slugs: str, kind: str = "value", body: str = "", at: datetime = _BEFORE, **front: object) -> None:
        """Write the files of statements that are alike, and import all there are."""
        place = self.folder / "messages" / "statements"
        place.mkdir(parents=True, exist_ok=True)
        for slug in slugs:
            head = {"kind": f'"{kind}"', "title": f'"{slug}"', **front}
            lines = "\n".join(f"{key} = {value}" for key, value in head.items())
            (place / f"{slug}.md").write_text(f"+++\n{lines}\n+++\nWe hold on to {slug}. {body}\n", encoding="utf-8")
        self.command("statements", "import", place, at=at)

    def people(self, *names: str, at: datetime = _BEFORE, **columns: str) -> None:
        """Write a people file, ``name@example.com`` each, and import it. ``columns``: the same value for each of them."""
        columns = {"timezone": "UTC", "started_on": "2020-01-06"} | columns
        rows = [",".join(("name", "email", *columns))]
        rows += [",".join((f"{name.title()} Example", f"{name}@example.com", *columns.values())) for name in names]
        path = self.folder / "people.csv"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        self.command("people", "import", path, at=at)

    def cadences(self, text: str, *, at: datetime = _BEFORE) -> None:
        """Write cadences.toml and put it into force."""
        path = self.folder / "cadences.toml"
        path.write_text(text, encoding="utf-8")
        self.command("cadences", "apply", path, at=at)

    def command(self, *arguments: object, at: datetime | None = None) -> str:
        """Run a command that must succeed, at an instant where it takes one; return what it printed."""
        code, out, err = self.run(*arguments, *(("--at", at.isoformat()) if at else ()))
        assert code == 0, f"{arguments}: {err}"
        return out

    def plan(self, at: datetime) -> Any:
        """Return what ``cadence plan`` says would be due at an instant."""
        return json.loads(self.command("plan", "--json", at=at))

    def tick(self, at: datetime) -> TickReport:
        """Do what is due at an instant, as ``cadence tick`` does it."""
        clock: Any = self.app.clock
        clock.set(at)
        app = self.app
        return tick(app.database, app.outboxes, clock=clock, secret=app.secret, owner=app.owner, retention=app.retention)

    def ticks(self, start: datetime, *, days: int, every: timedelta = DAY) -> None:
        """Tick again and again from ``start`` on, for so many days."""
        for n in range(days * DAY // every):
            self.tick(start + n * every)

    def mails(self, name: str = "") -> list[SunkMail]:
        """Return the mails that the server took, oldest first; those to one person when ``name`` is given."""
        return self.inbox.mails(recipient=f"{name}@example.com" if name else "")[::-1]

    def said(self, words: Sequence[str], name: str = "") -> list[list[str]]:
        """Return for each mail which of ``words`` stand in it, in their order: slugs of statements, or what their texts say."""
        return [[word for word in words if word in " ".join(mail.text().split())] for mail in self.mails(name)]

    def links(self, mail: SunkMail, *, at: datetime) -> list[Link]:
        """Return one link of a mail for each statement in it, by the order of the versions."""
        found = (self.app.links.read(token, at) for token in re.findall(r"/\w+/([\w.~-]{20,})", mail.text()))
        by_version = {link.version_id: link for link in found if link.version_id}
        return [by_version[version_id] for version_id in sorted(by_version)]

    def restart(self) -> None:
        """Stop the installation; the next tick starts it from its settings."""
        self.close()
        self.__dict__.pop("app", None)

    def close(self) -> None:
        """Close what was opened."""
        if "app" in self.__dict__:
            self.app.close()
