"""How a command that runs for long is stopped: Ctrl-C, a signal to end, or the closed terminal, all alike.

Owns the handlers of those signals while such a command is at work. A service that serves has handlers of its own meanwhile.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


@contextmanager
def stopping_in_order() -> Iterator[threading.Event]:
    """Let SIGTERM and a closed terminal end the command as Ctrl-C does, so that it cleans up; yields whether one of them came.

    An interrupt that falls into a callback of the garbage collector is lost, so whoever is about to wait asks first.
    """
    asked = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        asked.set()
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_within(seconds: float, asked: threading.Event, *, stacks: Path, say: Callable[[str], None]) -> None:
    """End the process when it was ``asked`` to stop and has not ``ended`` after ``within`` seconds; what its threads do goes to ``stacks``.

    For commands whose data may be lost at any moment, such as the demo. Returns at once; a thread waits.
    """

    def wait() -> None:
        asked.wait()
        threading.Event().wait(seconds)
        with stacks.open("w", encoding="utf-8") as file:
            faulthandler.dump_traceback(file)
        say("Stopped.")
        os._exit(0)

    threading.Thread(target=wait, name="cadence-end", daemon=True).start()
