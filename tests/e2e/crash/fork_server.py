"""One process with everything imported and one thread, that forks a child for each job.

A job is one line of JSON. The child waits for "go" (so that the sink knows its number before it sends),
does what the job says and answers; or it dies, by its own hand at a named point of the database or
of Slack, or by the sink's. Import of the program costs a second; a fork costs milliseconds.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cadence.assembly.app import App
from cadence.channels.base import Transport
from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import LinkSigner

# these are imported before the first fork
from cadence.operations.planning import plan
from cadence.operations.planning.holiday_dates import holiday_dates
from cadence.operations.responding import acknowledge
from cadence.operations.running.tick import tick
from cadence.operations.sending import recover, send, sender_pool, settle  # noqa: F401
from cadence.operations.sending.outbox import Outbox
from cadence.operations.sending.prepare import Compose
from cadence.rendering import composers, email, slack  # noqa: F401
from cadence.settings.fields import Settings
from cadence.store.database.engine import Database
from cadence.store.responding import acknowledgements
from cadence.store.sending import ledger, left_behind
from cadence.store.sending.journal import Journal, _Entry

SECRET = "a key for tests that is long enough to sign"
#: composers made before the first fork: reading the templates takes a tenth of a second
_COMPOSERS: dict[Channel, Compose] = {}


class Bomb:
    """Kills this process at the ``nth`` passing of ``point``."""

    def __init__(self, point: str, nth: int) -> None:
        self._point = point
        self._left = nth

    def pass_by(self, point: str) -> None:
        """Count a passing."""
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def place_bomb(bomb: Bomb) -> None:
    """Let the transactions, the journal and Slack's calls pass by ``bomb``."""
    labels: list[str] = []

    def labelled(owner: Any, name: str, label: str) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def marked(*args: Any, **named: Any) -> Any:
            labels.append(label)
            return original(*args, **named)

        setattr(owner, name, marked)

    labelled(plan, "materialise", "materialise")
    labelled(plan, "plan_chunk", "plan")
    labelled(ledger, "claim", "claim")
    labelled(ledger, "claim_unknown", "claim")
    labelled(ledger, "record_intents", "intent")
    labelled(left_behind, "forget_attempts", "recover")
    labelled(left_behind, "doubt_attempts", "recover")
    labelled(ledger, "look_again", "settle")
    labelled(ledger, "found_absent", "settle")
    labelled(ledger, "reopen", "settle")
    labelled(acknowledgements, "add_acknowledgement", "acknowledge")

    transaction = Database.transaction

    @contextlib.contextmanager
    def watched(self: Database, *, durable: bool = True) -> Iterator[Any]:
        labels.clear()
        with transaction(self, durable=durable) as connection:
            yield connection
            for label in dict.fromkeys(labels):
                bomb.pass_by(f"before {label}")
        for label in dict.fromkeys(labels):
            bomb.pass_by(f"after {label}")

    Database.transaction = watched  # type: ignore[method-assign]
    commit = Journal._commit

    def watched_commit(self: Journal, entries: list[_Entry]) -> None:
        kinds = {"start" for e in entries if e.starting} | {"outcome" for e in entries if e.finished}
        for kind in sorted(kinds):
            bomb.pass_by(f"before {kind}")
        commit(self, entries)
        for kind in sorted(kinds):
            bomb.pass_by(f"after {kind}")

    Journal._commit = watched_commit  # type: ignore[method-assign]
    for name, kind in (("post", "Slack post"), ("find_sent", "Slack read")):
        _watch_call(name, kind, bomb)


def _watch_call(name: str, kind: str, bomb: Bomb) -> None:
    original = getattr(SlackTransport, name)

    def watched(self: SlackTransport, *args: Any, **named: Any) -> Any:
        bomb.pass_by(f"before {kind}")
        answer = original(self, *args, **named)
        bomb.pass_by(f"after {kind}")
        return answer

    setattr(SlackTransport, name, watched)


def an_app(job: dict[str, Any]) -> App:
    """Return the application of a job."""
    settings = Settings.model_validate(
        {
            "data_dir": Path(job["data_dir"]),
            "database_url": job["database_url"],
            "secret_key": SECRET,
            "base_url": "http://127.0.0.1:1",
            "smtp": {"host": "127.0.0.1", "from": "Cadence <cadence@example.com>"},
        }
    )
    return App(settings, clock=FixedClock(datetime.fromisoformat(job["at"])))


def outboxes(app: App, job: dict[str, Any]) -> list[Outbox]:
    """Return the outboxes to the mail server and the Slack that the job names."""
    transports: list[Transport] = [
        SmtpTransport(SmtpServer(host="127.0.0.1", port=job["smtp_port"], tls="off", connections=job["connections"], per_second=None))
    ]
    if job.get("slack_url"):
        transports.append(SlackTransport(SlackAccess(bot_token="xoxb-test", api_url=job["slack_url"], per_second=None)))
    return [Outbox(database=app.database, clock=app.clock, transport=t, compose=_COMPOSERS[t.channel], owner=app.owner) for t in transports]


def do(job: dict[str, Any]) -> None:
    """Do one job in this (forked) process."""
    if job.get("point"):
        place_bomb(Bomb(job["point"], job["nth"]))
    app = an_app(job)
    assert isinstance(app.clock, FixedClock)
    if job["kind"] == "acknowledge":
        for one in job["acknowledgements"]:
            acknowledge.acknowledge(app.database, **one, method="link", now=app.clock.now())
    else:
        start, boxes = app.clock.now(), outboxes(app, job)
        for seconds in job["after"]:
            app.clock.set(start + timedelta(seconds=seconds))
            tick(app.database, boxes, clock=app.clock, secret=app.secret, owner=app.owner)
        for box in boxes:
            box.close()
    app.close()


def serve() -> None:
    """Read jobs, fork, answer ``{"pid"}`` and then ``{"status"}`` (minus the signal that killed it), until the end of input."""
    holiday_dates("DE", 2026, 2027)  # its library takes half a second to load
    app = an_app({"data_dir": ".", "database_url": "sqlite:///unused.db", "at": "2026-11-24T08:30:00+00:00"})
    links = LinkSigner({1: app.secret}, current=1, deployment="unused", address=app.settings.base_url)  # this process has no database
    for channel in Channel:
        _COMPOSERS[channel] = composers.composer_for(channel, app.settings, links)
    # the collector would touch, and so copy, every page that parent and child share
    gc.collect()
    gc.freeze()
    gc.disable()
    for line in sys.stdin:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(writer)
            os.read(reader, 1)
            _child(json.loads(line))
        os.close(reader)
        _say({"pid": pid})
        if sys.stdin.readline():
            os.write(writer, b"g")
        os.close(writer)
        _, status = os.waitpid(pid, 0)
        _say({"status": os.waitstatus_to_exitcode(status)})


def _child(job: dict[str, Any]) -> None:
    status = 1
    try:
        do(job)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _say(fact: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
