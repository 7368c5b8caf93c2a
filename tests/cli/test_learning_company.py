"""Shown by 5 of issue 3: a company that learns hears less month by month, and one who forgets hears more.

Everything goes through what people and admins touch: commands on a simulated clock, mails taken by a real SMTP server,
links read out of them and pressed on the real site, and the report. Nobody looks into the tables.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit
from zlib import crc32

import pytest

from cadence.assembly.app import App
from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.operations.planning.explain import Explanation, explain_person
from cadence.rendering.composers import template_folder
from cadence.rendering.words import load_words
from cadence.settings.loading import load_settings
from cadence.store.planning.explanations import person_by_email
from tests.cli.conftest import Run
from tests.e2e.crash.sink import Sink
from tests.web.conftest import TestClient

#: Monday; the digests come on Tuesdays and Thursdays at 09:30 in Berlin
BEGIN = datetime(2026, 9, 28, 6, tzinfo=UTC)
MONTH = timedelta(weeks=4)
MONTHS = 4
FORGETFUL = "p11@larkweir.example"
#: title -> what is said, and the one line that is right in a check
LINES = {
    "Night alarms": "Every alarm of the night is looked at within ten minutes.",
    "Mend first": "What can be mended is mended before anything is bought.",
    "No surprises": "No town hears from us first on the day its river rises.",
    "Satellites": "Half of all gauges report by satellite before the winter.",
    "In the open": "A near miss is written up in the open within one week.",
    "An old hand": "New keepers walk their river with an old hand for a month.",
}
#: what somebody who half remembers takes them for
NEAR_MISSES = {
    "Night alarms": (
        "All the alarms of the night are read by ten that morning.",
        "An alarm is looked at once the town has called us back.",
        "The alarms are handled by the office that is nearest.",
    ),
    "Mend first": (
        "What is cheaper than mending is bought on the same day.",
        "What breaks a second time is replaced before the winter.",
        "What is under contract is mended by whoever made it.",
    ),
    "No surprises": (
        "No town gets a warning until two gauges have agreed.",
        "No town is told of a river that it has not paid for.",
        "No forecast goes out unless the river is rising fast.",
    ),
    "Satellites": (
        "Half of all gauges are taken down before the winter.",
        "Half of all gauges change their mast before the spring.",
        "Half of all towns pay for a satellite before the summer.",
    ),
    "In the open": (
        "A near miss is told in the open when somebody was hurt.",
        "A near miss is told to the lead alone within one day.",
        "A near miss is kept for the open review after one year.",
    ),
    "An old hand": (
        "New keepers learn their river from an old film for a week.",
        "New keepers lend an old hand to the desk for a month.",
        "New keepers work alone at their river for a whole year.",
    ),
}
RULES = """
[cadences.digest]
name = "The digest"
days = ["tue", "thu"]
local_time = "09:30"
mode = "adaptive"
max_statements = 3
channels = ["email"]
"""
_LEAD = re.compile(r"^(?P<title>.+)\n\nValue\. .*?^I have read this:\n(?P<url>\S+)$|^(?P<known>.+)\n\nValue\. ", re.MULTILINE | re.DOTALL)
_OTHER = re.compile(r"^- (?P<title>.+)\n(?:  .+\n)+?  (?P<url>http\S+)$", re.MULTILINE)
_QUESTION = re.compile(r"^What do we mean by “(?P<title>.+)”\?\n(?P<lines>.+?)^To answer.+?\n(?P<url>http\S+)$", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^  [A-D]  (.+)$", re.MULTILINE)


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A mail server that the settings name."""
    server = Sink()
    for name, value in (
        ("SMTP__HOST", "127.0.0.1"),
        ("SMTP__PORT", server.port),
        ("SMTP__STARTTLS", "off"),
        ("SMTP__PER_MINUTE", "own"),
        ("SMTP__FROM", "Ada <ada@larkweir.example>"),
        ("SECRET_KEY", "a key for tests that is long enough"),
        ("BASE_URL", "http://cadence.example"),
    ):
        monkeypatch.setenv(f"CADENCE_{name}", str(value))
    yield server
    server.close()


@pytest.fixture
def company(empty_sqlite: Path, sink: Sink, run: Run) -> Path:
    """Twelve people and six values, under an adaptive cadence."""
    folder = empty_sqlite / "messages" / "statements" / "values"
    folder.mkdir(parents=True)
    for title, line in LINES.items():
        near = json.dumps(NEAR_MISSES[title])
        head = f'+++\ntitle = "{title}"\nkind = "value"\nmust_acknowledge = true\nright_answer = "{line}"\nnear_misses = {near}\n+++\n'
        (folder / f"{title.lower().replace(' ', '-')}.md").write_text(f"{head}{line}\n", encoding="utf-8")
    people = "".join(f"P{n},p{n}@larkweir.example,Europe/Berlin,2020-01-07\n" for n in range(12))
    (empty_sqlite / "people.csv").write_text("name,email,timezone,started_on\n" + people, encoding="utf-8")
    (empty_sqlite / "rules.toml").write_text(RULES, encoding="utf-8")
    for command in (
        ("statements", "import", "messages/statements"),
        ("people", "import", "people.csv"),
        ("cadences", "apply", "rules.toml"),
    ):
        done = run(*command, "--at", BEGIN.isoformat())
        assert done.code == 0, done.err
    return empty_sqlite


def _happens(share: float, *about: object) -> bool:
    """Return a fixed throw of dice about something, so that every run sees the same habits."""
    return crc32(repr(about).encode()) / 2**32 < share


class Readers:
    """Twelve people at their mailboxes, who open two mails of three and answer half of the questions that they can.

    Eleven learn: what they met twice they know, and what is to be acknowledged they do. One never remembers.
    """

    def __init__(self, sink: Sink, clock: FixedClock, client: TestClient) -> None:
        self.sink, self.clock, self.client = sink, clock, client
        self.read = 0
        self.mails: Counter[tuple[str, int]] = Counter()
        self.statements: Counter[tuple[str, int]] = Counter()
        self.met: Counter[tuple[str, str]] = Counter()

    def read_mail(self, now: datetime) -> None:
        """Read what has come and respond an hour later."""
        self.clock.set(now + timedelta(hours=1))
        month = (now - BEGIN) // MONTH
        for copy in self.sink.copies[self.read :]:
            text = _text(message_from_bytes(copy.content))
            texts = [(one["title"] or one["known"], one["url"]) for one in _LEAD.finditer(text)]
            texts += [(one["title"], one["url"]) for one in _OTHER.finditer(text)]
            question = _QUESTION.search(text)
            assert texts or question
            self.mails[copy.recipient, month] += 1
            self.statements[copy.recipient, month] += len(texts)
            if not _happens(0.66, copy.recipient, now):
                continue
            if question:
                self.answer(copy.recipient, question["title"], question["lines"], urlsplit(question["url"]).path)
            for title, url in texts:
                self.met[copy.recipient, title] += 1
                if url and copy.recipient != FORGETFUL:
                    path = urlsplit(url).path
                    done = self.client.post(path, data={} if path.startswith("/a/") else {"do": "acknowledged"})
                    assert done.status_code == 200
        self.read = len(self.sink.copies)

    def answer(self, email: str, title: str, lines: str, path: str) -> None:
        """Answer the question of a mail on our page, who knows it and who never remembers."""
        options = _LINE.findall(lines)
        knows = self.met[email, title] > 1
        if not (knows or email == FORGETFUL) or not _happens(0.5, email, title, self.clock.now()):
            return
        right = options.index(LINES[title])
        assert self.client.get(path).status_code == 200
        said = {"do": "forgot"} if email == FORGETFUL else {"do": "answer", "choice": str(right)}
        answered = self.client.post(path, data=said)
        assert answered.status_code == 200
        if 'value="words"' in answered.text:  # one in eight is asked to say it first
            answered = self.client.post(path, data={"do": "skip"})
        assert LINES[title] in answered.text

    def by_month(self, counts: Counter[tuple[str, int]], email: str) -> list[int]:
        """Return what one person got in each month."""
        return [counts[email, month] for month in range(MONTHS)]


def _text(mail: Message) -> str:
    [plain] = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    content = plain.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def test_those_who_learn_hear_less_month_by_month_and_one_who_forgets_hears_more(company: Path, sink: Sink, run: Run) -> None:
    clock = FixedClock(BEGIN)
    app = App(load_settings(None), clock=clock)
    site = build_site(
        SiteContext(
            database=app.database,
            clock=clock,
            links=app.links,
            company_name="Larkweir",
            base_url="http://cadence.example",
            page_words=load_words(template_folder(app.settings), "person"),
        )
    )
    with TestClient(site, base_url="http://cadence.example", client=("203.0.113.9", 5000)) as client:
        readers = Readers(sink, clock, client)
        for day in range(MONTHS * 28):
            now = BEGIN + timedelta(days=day, hours=3)
            if now.weekday() in (1, 3):
                done = run("tick", "--at", now.isoformat(), "--json")
                assert done.code == 0, done.err
                readers.read_mail(now)
    learners = [f"p{n}@larkweir.example" for n in range(11)]
    told, known = ([one.predicted_recall or 0.0 for one in _own(app, email).statements] for email in (FORGETFUL, learners[0]))
    app.close()

    assert max(told) <= min(known)
    assert sum(told) < sum(known)
    heard = [sum(readers.statements[email, month] for email in learners) for month in range(MONTHS)]
    assert all(later < earlier for earlier, later in pairwise(heard)), heard
    assert heard[-1] < heard[0] / 2, heard
    forgetful = sum(readers.by_month(readers.statements, FORGETFUL)[1:])
    others = [sum(readers.by_month(readers.statements, email)[1:]) for email in learners]
    assert forgetful > 1.3 * max(others), (forgetful, others)
    assert readers.by_month(readers.statements, FORGETFUL)[-1] >= readers.by_month(readers.statements, FORGETFUL)[0]
    assert sum(readers.by_month(readers.mails, FORGETFUL)[1:]) > max(sum(readers.by_month(readers.mails, email)[1:]) for email in learners)

    end = (BEGIN + MONTHS * MONTH).isoformat()
    reported = run("report", "--at", end, "--json")
    assert reported.code == 0, reported.err
    assert reported.facts["reached"]["n"] == reported.facts["people"] == 12


def _own(app: App, email: str) -> Explanation:
    """Return what the person with that address is told on their own page at the end."""
    with app.database.read() as connection:
        row = person_by_email(connection, email)
    assert row is not None
    return explain_person(app.database, row.id, now=BEGIN + MONTHS * MONTH)
