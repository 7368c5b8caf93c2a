"""More processes that send, for a SQLite installation whose one process is not fast enough.

Python runs one thread at a time; two processes on two cores send half as fast again. Workers are
children of the process that holds the database's lock: they inherit it, get a line when there is
something to send, and end when their standard input does, so none outlives its parent.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from cadence.errors import ClockDoubted
from cadence.operations.running.watch_clock import ClockWatch
from cadence.operations.sending.outbox import Outbox
from cadence.operations.sending.reopen import reopen
from cadence.operations.sending.send import send_ready
from cadence.store.database.engine import FileLock

_READY, _DONE = "ready\n", "done\n"


def send_when_told(outboxes: Sequence[Outbox], *, told: TextIO, answer: TextIO) -> None:
    """A worker's life: for each line ``told``, send what is ready and answer; returns at the end of ``told``.

    Channels with a rate are left to the serving process: two processes would keep it twice.
    """
    free = [(o, ClockWatch(o.database, clock=o.clock)) for o in outboxes if o.transport.capabilities.messages_per_second is None]
    answer.write(_READY)
    answer.flush()
    while told.readline():
        for outbox, watch in free:
            with suppress(ClockDoubted):  # the serving process tells of it
                watch.look()
                if not reopen(outbox, now=outbox.clock.now()):
                    send_ready(outbox, stop=watch.leaps)
        answer.write(_DONE)
        answer.flush()
    for outbox in outboxes:
        outbox.close()


class Workers:
    """The worker processes of one serving process; for one thread at a time."""

    def __init__(self, lock: FileLock, *, count: int, arguments: Sequence[str] = ()) -> None:
        """Start ``count`` workers; ``arguments`` go to ``cadence worker``."""
        descriptor = lock.descriptor
        command = [sys.executable, "-m", "cadence", "worker", "--lock-fd", str(descriptor), *arguments]
        self._processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=(descriptor,))
            for _ in range(count)
        ]
        for process in self._processes:
            _hear(process, _READY)
        self._told: list[subprocess.Popen[str]] = []

    def wake(self) -> None:
        """Tell every idle worker that there is something to send."""
        for process in self._processes:
            if process not in self._told and process.stdin is not None and process.poll() is None:
                process.stdin.write("send\n")
                process.stdin.flush()
                self._told.append(process)

    def wait(self) -> None:
        """Wait until every worker that was told has nothing left to send."""
        for process in self._told:
            _hear(process, _DONE)
        self._told.clear()

    def stop(self) -> None:
        """Let the workers finish the batch they are at, and end."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        for process in self._processes:
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _hear(process: subprocess.Popen[str], word: str) -> None:
    """Read lines until ``word`` or the end: a worker that died leaves its work to the others."""
    assert process.stdout is not None
    while (line := process.stdout.readline()) and line != word:
        pass
