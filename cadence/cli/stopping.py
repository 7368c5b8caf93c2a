"""How a command that runs for long is stopped: Ctrl-C, a signal to end, or the closed terminal, all alike.

Owns the handlers of those signals while such a command is at work. A service that serves has handlers of its own meanwhile.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
