"""The settings in force: those of files and environment with the company's own over them, read again every few seconds.

So that what an admin changes on /company holds in every process without a restart, as far as it can: ``settings.company.AT_START`` does
not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from cadence.domain.sending.deliveries import Digest, Message
from cadence.errors import CadenceError
from cadence.operations.running.change_company import company_of
from cadence.operations.sending.prepare import Compose
from cadence.settings.fields import Settings
from cadence.store.database.engine import Database

log = logging.getLogger("cadence.company")

#: seconds for which what was read counts as in force
FRESH = 5.0


@dataclass(slots=True)
class CompanyNow:
    """Reads the settings in force; what cannot be read leaves those before."""

    database: Database
    #: of files and environment
    settings: Settings
    monotonic: Callable[[], float] = time.monotonic
    _found: Settings | None = None
    _until: float = field(default=float("-inf"))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> Settings:
        """Return the settings in force, at most five seconds old."""
        with self._lock:
            if self._found is None or self.monotonic() >= self._until:
                try:
                    self._found = company_of(self.database, self.settings)
                except (CadenceError, SQLAlchemyError) as error:
                    log.error("event=company.unreadable error=%s", type(error).__name__)
                    self._found = self._found or self.settings
                self._until = self.monotonic() + FRESH
            return self._found

    def forget(self) -> None:
        """Read again at the next call: this process changed them."""
        self._until = float("-inf")


@dataclass(slots=True)
class LiveComposer:
    """Composes with the settings in force; the templates are read again only when those changed."""

    now: Callable[[], Settings]
    build: Callable[[Settings], Compose]
    _settings: Settings | None = None
    _compose: Compose | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._settings = self.now()
        self._compose = self.build(self._settings)

    def __call__(self, digest: Digest) -> Message:
        """Return the message of ``digest``."""
        found = self.now()
        with self._lock:
            if self._compose is None or (found is not self._settings and found != self._settings):
                self._compose = self.build(found)
            self._settings = found
            compose = self._compose
        return compose(digest)
