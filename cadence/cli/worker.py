"""``cadence worker``: a process that sends, beside the one that serves.

On PostgreSQL any number may run anywhere; each plans and sends. On SQLite only the serving process
may start workers (``smtp.processes``): they inherit its lock, only send, and end when it ends.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from cadence.cli.session import add_at, add_common, note, open_app


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--lock-fd", type=int, default=None, help=argparse.SUPPRESS)
    add_at(parser)
    add_common(parser, as_json=False)


def run(args: argparse.Namespace) -> int:
    """Work until asked to stop (SIGINT, SIGTERM), or until the serving process has ended."""
    from cadence.engine.embedded import EmbeddedEngine
    from cadence.engine.heap import freeze_heap
    from cadence.engine.workers import send_when_told
    from cadence.errors import AlreadyRunning
    from cadence.operations.running.retain import retain
    from cadence.store.database.engine import FileLock

    with open_app(args) as app:
        freeze_heap()
        if app.database.is_sqlite:
            if args.lock_fd is None or not FileLock.is_inherited(args.lock_fd):
                raise AlreadyRunning(
                    "on SQLite one process does all the work: run cadence serve (smtp.processes lets it start helpers), or use PostgreSQL"
                )
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server tells us when to end
            send_when_told(app.outboxes, told=sys.stdin, answer=sys.stdout)
            return 0
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        engine = EmbeddedEngine(
            app.database,
            app.outboxes,
            clock=app.clock,
            secret=app.secret,
            owner=app.owner,
            tick_seconds=app.settings.tick_seconds,
            chores={"retention": lambda: retain(app.database, app.retention, now=app.clock.now(), stop=stop.is_set)},
        )
        engine.start()
        note("Worker started. Ctrl-C stops it.")
        stop.wait()
        engine.stop()
    note("Stopped.")
    return 0
