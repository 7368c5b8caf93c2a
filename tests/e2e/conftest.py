"""One running demo for the tests of this folder: the real command in a process of its own."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

from cadence.clock import SystemClock
from cadence.domain.sending.links import LinkPurpose, LinkSigner
from cadence.operations.measuring.report import Report, report
from cadence.settings.loading import Settings, load_or_create_secret
from cadence.store.database.engine import Database
from cadence.store.running.deployment import deployment_name

#: a patience, not a measure: a busy machine takes its time
READY_WITHIN = 240
ASKED_IN_SLACK = 'value="acknowledge"'


@dataclass(kw_only=True)
class RunningDemo:
    """``cadence demo`` and the three addresses it printed."""

    process: subprocess.Popen[str]
    reader: threading.Thread
    lines: queue.Queue[str]
    printed: list[str]
    folder: Path
    web: str
    inbox: str
    slack: str

    @classmethod
    def start(cls, folder: Path, *, answers: bool = False) -> RunningDemo:
        """Start one and wait until it is ready; without ``answers`` nothing is recorded but what a test does."""
        with (folder.parent / f"{folder.name}.stderr").open("w") as errors:
            command = [
                sys.executable,
                "-m",
                "cadence",
                "demo",
                "--folder",
                str(folder),
                "--port",
                "0",
                *(() if answers else ("--no-answers",)),
            ]
            # behind a proxy that reaches nothing, as on a company's machine without a way out
            environment = {**os.environ, **dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")}
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        lines: queue.Queue[str] = queue.Queue()
        assert process.stdout is not None
        reader = threading.Thread(target=_collect, args=(process.stdout, lines), daemon=True)
        reader.start()
        printed: list[str] = []
        deadline = time.monotonic() + READY_WITHIN
        try:
            while not printed or not printed[-1].startswith("Ctrl-C"):
                printed.append(lines.get(timeout=max(0.0, deadline - time.monotonic())).rstrip())
        except queue.Empty:
            process.kill()
            pytest.fail(f"the demo was not ready after {READY_WITHIN} s:\n" + "\n".join(printed))
        web, inbox, slack = dict.fromkeys(re.findall(r"http://127\.0\.0\.1:[0-9]+", "\n".join(printed)))
        return cls(process=process, reader=reader, lines=lines, printed=printed, folder=folder, web=web, inbox=inbox, slack=slack)

    def stop(self) -> int:
        """Press Ctrl-C; return the exit status, with what it said last in ``printed``."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=READY_WITHIN)
        finally:
            self.process.kill()
            self.reader.join(timeout=5)
            assert self.process.stdout is not None
            self.process.stdout.close()
            while not self.lines.empty():
                self.printed.append(self.lines.get().rstrip())

    def wait_for(self, pattern: str, *, seconds: float) -> re.Match[str]:
        """Return the match of the next printed line that ``pattern`` is found in."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.printed.append(self.lines.get(timeout=max(0.0, deadline - time.monotonic())).rstrip())
            except queue.Empty:
                pytest.fail(f"no line with {pattern!r} within {seconds} s:\n" + "\n".join(self.printed))
            if found := re.search(pattern, self.printed[-1]):
                return found

    def report(self) -> Report:
        """Return what ``cadence report`` tells now."""
        database = Database(f"sqlite:///{self.folder / 'cadence.db'}")
        try:
            return report(database, now=SystemClock().now())
        finally:
            database.close()

    def acknowledged(self, title: str) -> int:
        """Return how many people acknowledged a statement, as ``cadence report`` counts them now."""
        share = next(line.acknowledged for line in self.report().statements if line.title == title)
        assert share is not None
        return share.n

    def mail_that_asks(self) -> str:
        """Return the address of a mail whose statement is not acknowledged yet."""
        return next(mail for mail in self._mails() if (link := _link(get(f"{mail}/body"), "a")) and 'type="submit"' in get(link))

    def acknowledge_link(self) -> str:
        """Return the link of such a mail's button."""
        return _link(get(f"{self.mail_that_asks()}/body"), "a")

    def expired_link(self) -> str:
        """Return the link of such a mail's button as it would be when it is too old, signed with the demo's own key."""
        settings = Settings.model_validate({"data_dir": self.folder, "base_url": self.web})
        database = Database(f"sqlite:///{self.folder / 'cadence.db'}")
        try:
            name = deployment_name(database, fresh="")
        finally:
            database.close()
        signer = LinkSigner({1: load_or_create_secret(settings)}, current=1, deployment=name)
        now = SystemClock().now()
        link = signer.read(self.acknowledge_link().rpartition("/")[2], now, purpose=LinkPurpose.ACKNOWLEDGE)
        return f"{self.web}/a/{signer.sign(replace(link, expires_at=now - timedelta(days=1)))}"

    def question_link(self) -> str:
        """Return the link of a line of a question in a mail that is not answered yet."""
        for mail in self._mails():
            found = re.search(r'href="(http[^"]*/c/[^"]*\?choice=1)"', get(f"{mail}/body"))
            if found and 'value="forgot"' in get(unescape(found[1])):
                return unescape(found[1])
        raise AssertionError("no mail asks a question")

    def messages_that_ask(self) -> str:
        """Return the address of a person's direct messages with a button to acknowledge."""
        found: list[str] = re.findall(r'href="(/dm/[A-Z0-9]+)"', get(f"{self.slack}/"))
        return next(self.slack + path for path in found if ASKED_IN_SLACK in get(self.slack + path))

    def preferences_link(self) -> str:
        """Return the link to the preferences of somebody who is on Slack."""
        return _link(get(self.messages_that_ask()), "p")

    def _mails(self) -> Iterator[str]:
        for page in range(1, 4):
            for path in re.findall(r'href="(/mail/[0-9]+)"', get(f"{self.inbox}/?page={page}")):
                yield self.inbox + path


def get(address: str) -> str:
    """Return the page at ``address``."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=READY_WITHIN)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def _collect(output: IO[str], lines: queue.Queue[str]) -> None:
    for line in output:
        lines.put(line)


def _link(page: str, route: str) -> str:
    found = re.search(rf'href="(http[^"]*/{route}/[^"]*)"', page)
    return unescape(found[1]) if found else ""


@pytest.fixture(scope="session")
def start_demo() -> Callable[..., RunningDemo]:
    """Start another demo in a folder."""
    return RunningDemo.start


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """The demo that all tests of this run share; each acknowledges with people of its own."""
    running = RunningDemo.start(tmp_path_factory.mktemp("demo") / "var")
    yield running
    assert running.stop() == 0
