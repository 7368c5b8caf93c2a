"""``ack`` and ``ack_p99``: how soon a press in Slack and the button of the acknowledgement page are answered, 32 at once.

The running service (``cadence serve``'s own, on SQLite, with its engine and a Slack that is asked to change each message) beside
the same web server that answers the same requests with one durable commit of one row. Each in a process of its own.
"""

from __future__ import annotations

import http.client
import json
import logging
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from cadence.assembly.app import App
from cadence.assembly.service import Service
from cadence.bench.company import DUE, build
from cadence.bench.measure import BenchRow, row
from cadence.clock import FixedClock
from cadence.demo import slack_payloads as payloads
from cadence.demo.slack_payloads import Presser
from cadence.demo.slack_stand_in import SlackStandIn
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import Link, LinkPurpose
from cadence.errors import CadenceError
from cadence.operations.planning.plan import plan_due
from cadence.settings.loading import Settings
from cadence.store.database.engine import Database
from cadence.store.database.migrations import upgrade

CONNECTIONS = 32
#: what is promised (docs/reliability.md)
TARGET_MS = 1_000
_SECRET, _TOKEN = "benchmark signing secret", "xoxb-benchmark"


@dataclass(frozen=True, slots=True)
class _Post:
    """One request, whole."""

    path: str
    body: bytes
    headers: dict[str, str]


def measure_acknowledging(*, rounds: int = 2, each: int = 8) -> list[BenchRow]:
    """Return the rows ``ack`` (half of the answers come sooner) and ``ack_p99`` (99 of 100 do), in ms.

    ``each``: requests of a connection in a round; the rounds of both servers take turns, after one that does not count.
    """
    count = (rounds + 1) * CONNECTIONS * each
    with tempfile.TemporaryDirectory(prefix="cadence-bench-") as name:
        folder = Path(name)
        posts = _fill(folder, count)
        with _Child("baseline", name) as baseline, _Child("slack") as slack, _Child("service", name, str(slack.port)) as service:
            ours: list[float] = []
            theirs: list[float] = []
            for number in range(rounds + 1):
                now = posts[number * CONNECTIONS * each : (number + 1) * CONNECTIONS * each]
                for server, found in ((service, ours), (baseline, theirs)):
                    took = _post_all(server.port, now)
                    found += took if number else []
        _check(folder, count)
    (p50, p99), (bare_p50, bare_p99) = _percentiles(ours), _percentiles(theirs)
    slow = row("ack_p99", "ms", p99, bare_p99, at_most=TARGET_MS)
    told = {"target": f"<= {TARGET_MS:,} ms", "met": p99 <= TARGET_MS}
    return [
        row("ack", "ms", p50, bare_p50, at_most=10.0),
        BenchRow(**{**{name: getattr(slow, name) for name in BenchRow.__slots__}, **told}),
    ]


def _percentiles(found: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile in ms."""
    cut = statistics.quantiles(found, n=100, method="inclusive")
    return cut[49] * 1e3, cut[98] * 1e3


def _settings(folder: Path, *, port: int = 8000, slack: int = 1) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": folder,
            "database_url": f"sqlite:///{folder / 'cadence.db'}",
            "secret_key": "benchmark-" * 4,
            "admin_password": "benchmark-" * 2,
            "base_url": "https://cadence.company.example",
            "company_name": "Company",
            "http": {"host": "127.0.0.1", "port": port},
            "slack": {"bot_token": _TOKEN, "signing_secret": _SECRET, "api_url": f"http://127.0.0.1:{slack}/api/"},
        }
    )


def _fill(folder: Path, count: int) -> list[_Post]:
    """Make ``count`` people who were sent one statement each, and return how each acknowledges it: every other one in Slack."""
    settings = _settings(folder)
    upgrade(settings.database_url)
    app = App(settings, clock=FixedClock(DUE))
    build(app.database, due_people=count, other_people=0, statements=1, due_statements=1, items=1)
    plan_due(app.database, now=DUE, secret=app.secret, channels=[Channel.EMAIL])
    with app.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE addresses SET channel = 'slack', value = 'U' || person_id")
        connection.exec_driver_sql("UPDATE deliveries SET channel = 'slack', state = 'sent', finished_at = send_after")
        connection.exec_driver_sql("UPDATE occurrences SET state = 'closed'")
        connection.exec_driver_sql("CREATE TABLE bare_acknowledgements (id INTEGER PRIMARY KEY, said TEXT)")
        rows = connection.exec_driver_sql("SELECT id, person_id FROM deliveries ORDER BY id").all()
    assert len(rows) == count, len(rows)
    posts = [_post(app, int(delivery), int(person), in_slack=at % 2 == 0) for at, (delivery, person) in enumerate(rows)]
    app.database.close()
    return posts


def _post(app: App, delivery: int, person: int, *, in_slack: bool) -> _Post:
    link = Link(purpose=LinkPurpose.ACKNOWLEDGE, delivery_id=delivery, person_id=person, version_id=1, expires_at=DUE + timedelta(days=14))
    token = app.links.sign(link)
    if not in_slack:
        return _Post(f"/a/{token}", b"", {})
    actor = Presser(user_id=f"U{person}", name="somebody", at=DUE.timestamp(), trigger_id=f"{delivery}.1")
    message = {"channel": f"D{person}", "ts": f"{delivery}.000001"}
    pressed = payloads.in_message(actor, message, {"type": "button"}, "acknowledge", token)
    body, timestamp = urlencode({"payload": json.dumps(pressed)}).encode(), str(int(DUE.timestamp()))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": SignatureVerifier(_SECRET).generate_signature(timestamp=timestamp, body=body) or "",
    }
    return _Post("/slack/events", body, headers)


def _post_all(port: int, posts: list[_Post]) -> list[float]:
    """Return the seconds each request took, on connections that all begin at once and send one after another."""
    begin = threading.Barrier(CONNECTIONS)

    def send(mine: list[_Post]) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.connect()
        begin.wait(60)
        took = []
        for post in mine:
            started = time.perf_counter()
            connection.request("POST", post.path, post.body, post.headers)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - started)
            if answer.status != 200:
                raise CadenceError(f"the server answered {answer.status} to {post.path.partition('/')[0]}")
        connection.close()
        return took

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [one for took in pool.map(send, [posts[at::CONNECTIONS] for at in range(CONNECTIONS)]) for one in took]


def _check(folder: Path, count: int) -> None:
    """Hold both servers to what they answered: one row for each request."""
    database = Database(_settings(folder).database_url)
    with database.read() as connection:
        for table in ("acknowledgements", "bare_acknowledgements"):
            found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            assert found == count, (table, found)
    database.close()


# --- the servers, each in a process of its own


class _Child:
    """One server in a process of its own; ends with the block."""

    def __init__(self, *arguments: str) -> None:
        self._name = arguments[0]
        command = [sys.executable, "-m", "cadence.bench.acknowledging", *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    @cached_property
    def port(self) -> int:
        """Where it answers; waits until it does. Raises CadenceError when it did not start."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise CadenceError(f"the server of the benchmark did not start ({self._name})")
        return int(line)

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        with self._process:
            self._process.wait(60)


def _ready(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _serve_slack() -> None:
    with SlackStandIn([], bot_token=_TOKEN, signing_secret=_SECRET) as slack:
        _ready(int(slack.url.rpartition(":")[2]))
        threading.Event().wait()


def _serve_service(folder: str, slack: str) -> None:
    port = _free_port()
    logging.disable()  # the stand-in has none of the messages that are to be changed
    app = App(_settings(Path(folder), port=port, slack=int(slack)), clock=FixedClock(DUE))
    Service(app, on_ready=lambda: _ready(port)).run()
    app.close()


def _serve_baseline(folder: str) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    database = Database(_settings(Path(folder)).database_url)

    def keep(said: str) -> None:
        with database.transaction() as connection:
            connection.exec_driver_sql("INSERT INTO bare_acknowledgements (said) VALUES (?)", (said,))

    async def answer(request: Request) -> Response:
        await request.body()
        await run_in_threadpool(keep, request.url.path)
        return Response(b"recorded")

    # as uvicorn opens it by itself: without the protocol's name asyncio leaves Nagle's delay on (40 ms beside delayed ACKs)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    config = uvicorn.Config(Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])]), log_level="critical")
    server = uvicorn.Server(config)
    _ready(int(listening.getsockname()[1]))
    server.run(sockets=[listening])


def main(arguments: list[str]) -> None:
    """Run one server of the benchmark until it is ended; its port is printed first."""
    servers: dict[str, Any] = {"slack": _serve_slack, "service": _serve_service, "baseline": _serve_baseline}
    servers[arguments[0]](*arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
