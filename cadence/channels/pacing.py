"""A steady pace for all connections of one transport, and the rests that a service asks for.

Spaces starts evenly, so that no burst passes a provider's limit; clock and sleep are handed in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """At most ``per_second`` starts a second over all threads; None: no limit."""

    def __init__(
        self, per_second: float | None, *, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._monotonic = monotonic
        self._sleep = sleep
        self._free_at = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next start is permitted."""
        if not self._gap:
            return
        with self._lock:
            now = self._monotonic()
            start = max(now, self._free_at)
            self._free_at = start + self._gap
        if start > now:
            self._sleep(start - now)


class Rests:
    """Until when a service wants to be left alone, for each of its methods."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def ask(self, method: str, seconds: float) -> None:
        """Remember that ``method`` is not to be called for ``seconds``; a longer rest asked for before stays."""
        with self._lock:
            self._until[method] = max(self._until.get(method, 0.0), self._monotonic() + seconds)

    def left(self, method: str) -> float:
        """Return the seconds until ``method`` may be called again; 0 when it may now."""
        with self._lock:
            return max(self._until.get(method, 0.0) - self._monotonic(), 0.0)
