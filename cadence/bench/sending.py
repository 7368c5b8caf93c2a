"""``render``, ``send`` and ``memory``: what a personalised message costs, from plan to recorded outcome.

``send`` runs the real tick (plan, last look, compose, intent, SMTP conversation, outcome) into a sink
process on the loopback, beside a bare smtplib loop that sends the same bytes, built beforehand, over
one connection.
"""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from cadence.assembly.app import App
from cadence.bench.company import DUE, build
from cadence.bench.measure import BenchRow, interleaved, row
from cadence.bench.smtp_sink import SmtpSink
from cadence.clock import FixedClock
from cadence.domain.planning.limits import Limits
from cadence.domain.sending.deliveries import Channel, Digest, EmailEnvelope
from cadence.engine.heap import freeze_heap
from cadence.engine.workers import Workers
from cadence.errors import CadenceError
from cadence.operations.planning.plan import plan_due
from cadence.operations.running.tick import TickReport, close, prepare, send_due, tick
from cadence.operations.sending.prepare import look_and_load
from cadence.settings.loading import Settings
from cadence.store.database.migrations import upgrade
from cadence.store.sending import ledger

#: statements in a digest
_ITEMS = 3


def settings_of(folder: Path, port: int) -> Settings:
    """Return settings of an installation in ``folder`` that mails to ``port`` on this machine."""
    return Settings.model_validate(
        {
            "data_dir": folder,
            "database_url": f"sqlite:///{folder / 'cadence.db'}",
            "secret_key": "benchmark-" * 4,
            "base_url": "https://cadence.company.example",
            "company_name": "Company",
            "smtp": {"host": "127.0.0.1", "port": port, "starttls": "off", "from": "Ada Boss <ada@company.example>"},
        }
    )


def open_company(folder: Path, *, people: int, port: int) -> App:
    """Return an application on a fresh SQLite database whose ``people`` are all due one mail."""
    settings = settings_of(folder, port)
    upgrade(settings.database_url)
    app = App(settings, clock=FixedClock(DUE))
    build(app.database, due_people=people, other_people=0, statements=10, due_statements=5, items=_ITEMS)
    return app


def measure_rendering(*, rounds: int = 5, messages: int = 400) -> BenchRow:
    """Return the row ``render``: composing and assembling a mail, against ``EmailMessage(...).as_bytes()`` of the same text."""
    with tempfile.TemporaryDirectory(prefix="cadence-bench-") as name:
        app = open_company(Path(name), people=messages, port=25)
        digests = _digests(app, messages)
        compose = app.outboxes[0].compose
        contents = [_built(compose(digest)) for digest in digests]

        def ours() -> float:
            begin = time.process_time()
            for digest in digests:
                compose(digest)
            return (time.process_time() - begin) / messages * 1e6

        def theirs() -> float:
            begin = time.process_time()
            for headers, text, html in contents[: messages // 4]:
                message = EmailMessage(policy=SMTP)
                for key, value in headers:
                    message[key] = value
                message.set_content(text)
                message.add_alternative(html, subtype="html")
                message.as_bytes()
            return (time.process_time() - begin) / (messages // 4) * 1e6

        value, baseline = interleaved(ours, theirs, rounds=rounds)
        app.close()
    return row("render", "us/message", value, baseline, at_most=0.12)


def _digests(app: App, count: int) -> list[Digest]:
    plan_due(app.database, now=DUE, secret=app.secret, channels=[Channel.EMAIL])
    with app.database.transaction() as connection:
        claimed = ledger.claim(connection, channel="email", owner=app.owner, now=DUE, limit=count)
        return [one.digest for one in look_and_load(connection, claimed, limits=Limits(), now=DUE)]


def _built(message: object) -> tuple[list[tuple[str, str]], str, str]:
    """Return (headers, text, html) of a composed mail, as the baseline is given them."""
    from email import message_from_bytes
    from email.policy import default

    assert isinstance(message, EmailEnvelope)
    parsed = message_from_bytes(message.content, policy=default)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None
    assert html is not None
    left_out = ("content-type", "mime-version", "content-transfer-encoding")
    headers = [(key, str(value)) for key, value in parsed.items() if key.lower() not in left_out]
    return headers, text.get_content(), html.get_content()


def measure_sending(*, rounds: int = 3, messages: int = 3_000) -> list[BenchRow]:
    """Return the rows ``send`` and ``send_two`` (messages a second by one process and by two) and ``send_cpu`` (CPU us a message)."""
    with tempfile.TemporaryDirectory(prefix="cadence-bench-") as name, SmtpSink() as sink:
        envelopes = _prebuilt(Path(name), messages, sink.port)
        freeze_heap()
        mine: list[float] = []
        other: list[float] = []

        def ours() -> float:
            with tempfile.TemporaryDirectory(prefix="cadence-bench-") as fresh:
                app = open_company(Path(fresh), people=messages, port=sink.port)
                rate, cpu = _timed_tick(app, messages)
            mine.append(cpu)
            return rate

        def theirs() -> float:
            rate, cpu = _bare_loop(envelopes, sink.port)
            other.append(cpu)
            return rate

        def two() -> float:
            with tempfile.TemporaryDirectory(prefix="cadence-bench-") as fresh:
                return _two_processes(Path(fresh), messages, sink.port)

        value, baseline = interleaved(ours, theirs, rounds=rounds)
        both, beside = interleaved(two, theirs, rounds=rounds)
    cpu, bare = sorted(mine)[len(mine) // 2], sorted(other)[len(other) // 2]
    return [
        row("send", "messages/s", value, baseline, at_least=1.0),
        row("send_two", "messages/s", both, beside, at_least=1.5),
        row("send_cpu", "us/message", cpu, bare, at_most=3.0),
    ]


def _timed_tick(app: App, messages: int) -> tuple[float, float]:
    outboxes = app.outboxes
    begin, cpu = time.perf_counter(), time.process_time()
    report = tick(app.database, outboxes, clock=app.clock, secret=app.secret, owner=app.owner)
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    assert report.sent["email"].sent == messages, report
    app.close()
    return messages / wall, cpu / messages * 1e6


def _two_processes(folder: Path, messages: int, port: int) -> float:
    """Return the messages a second of the serving process and one worker, started beforehand as in a running service."""
    app = open_company(folder, people=messages, port=port)
    config = folder / "cadence.toml"
    config.write_text(
        f'data_dir = "{folder}"\ndatabase_url = "{app.settings.database_url}"\nbase_url = "{app.settings.base_url}"\n'
        f'company_name = "{app.settings.company_name}"\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nstarttls = "off"\nfrom = "{app.settings.smtp.sender}"\n'
    )
    key = folder / "secret.key"
    key.write_bytes(app.secret + b"\n")
    key.chmod(0o600)
    lock = app.lock()
    assert lock is not None
    workers = Workers(lock, count=1, arguments=["--config", str(config), "--at", DUE.isoformat()])
    report, outboxes = TickReport(), app.outboxes
    begin = time.perf_counter()
    prepare(app.database, clock=app.clock, secret=app.secret, owner=app.owner, channels=app.channels, report=report)
    workers.wake()
    send_due(outboxes[0], report=report)
    workers.wait()
    wall = time.perf_counter() - begin
    close(app.database, clock=app.clock)
    workers.stop()
    with app.database.read() as connection:
        sent = connection.exec_driver_sql("SELECT count(*) FROM deliveries WHERE state = 'sent'").scalar()
    assert sent == messages, sent
    lock.release()
    app.close()
    return messages / wall


def _prebuilt(folder: Path, messages: int, port: int) -> list[EmailEnvelope]:
    app = open_company(folder, people=messages, port=port)
    compose = app.outboxes[0].compose
    envelopes = [compose(digest) for digest in _digests(app, messages)]
    app.close()
    return [e for e in envelopes if isinstance(e, EmailEnvelope)]


def _bare_loop(envelopes: list[EmailEnvelope], port: int) -> tuple[float, float]:
    begin, cpu = time.perf_counter(), time.process_time()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for envelope in envelopes:
            client.sendmail(envelope.mail_from, [envelope.rcpt_to], envelope.content)
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return len(envelopes) / wall, cpu / len(envelopes) * 1e6


def measure_memory(*, few: int = 10_000, many: int = 100_000) -> BenchRow:
    """Return the row ``memory``: peak resident MB of sending ``many`` against ``few``; over 200 MB the target is missed too."""
    small, large = _peak(few), _peak(many)
    measured = row("memory", "MB", large, small, at_most=1.6)
    return BenchRow(
        **{**{f: getattr(measured, f) for f in BenchRow.__slots__}, "target": "<= 1.6 and <= 200 MB", "met": measured.met and large <= 200}
    )


def _peak(messages: int) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "cadence.bench.sending", str(messages)], capture_output=True, text=True, check=True, timeout=900
    )
    return float(json.loads(done.stdout)["peak_mb"])


def main() -> None:
    """Send ``argv[1]`` messages to a sink and print the peak of this process's memory over the whole run."""
    messages = int(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="cadence-bench-") as name, SmtpSink() as sink:
        # building the company is not what is measured: it happens in a process of its own
        folder = Path(name)
        subprocess.run([sys.executable, "-c", _BUILD, str(folder), str(messages), str(sink.port)], check=True)
        app = App(settings_of(folder, sink.port), clock=FixedClock(DUE))
        freeze_heap()
        report = tick(app.database, app.outboxes, clock=app.clock, secret=app.secret, owner=app.owner)
        assert report.sent["email"].sent == messages
        app.close()
    sys.stdout.write(json.dumps({"peak_mb": _high_water_mb()}))


def _high_water_mb() -> float:
    """Return this program's peak of resident memory; getrusage would count what it inherited from its parent before exec."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise CadenceError("this system does not report its peak memory (/proc/self/status)")


_BUILD = """
import sys
from pathlib import Path
from cadence.bench.sending import open_company
open_company(Path(sys.argv[1]), people=int(sys.argv[2]), port=int(sys.argv[3])).close()
"""

if __name__ == "__main__":
    main()
