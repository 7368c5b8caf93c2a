"""A steady pace for all connections of one transport.

Spaces starts evenly, so that no burst passes a provider's limit; clock and sleep are handed in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """At most ``per_second`` starts a second over all threads; None: no limit."""

    def __init__(
        self, per_second: float | None, *, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
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

    def hold(self, seconds: float) -> None:
        """Let nothing start for ``seconds``: the service asked for a rest."""
        with self._lock:
            self._free_at = max(self._free_at, self._monotonic() + seconds)
