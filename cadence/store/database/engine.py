"""Connections and transactions, alike on SQLite and PostgreSQL.

A write transaction is one ``with database.transaction() as connection``; it commits at its end
and rolls back on any exception. On SQLite it begins IMMEDIATE (a deferred read-then-write fails
with BUSY_SNAPSHOT whatever the timeout) and threads of this process queue on a lock instead of
polling the file. ``durable=False`` commits survive the death of the process but not of the
machine; the next durable commit makes them safe too.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.people.privacy import PrivacyMode
from cadence.errors import AlreadyRunning, StoreBusy, StoreDamaged, StoreError
from cadence.store.database.types import to_microseconds

_BUSY_TIMEOUT_MS = 10_000
_OWN_ADDRESS, _PRIVACY = "cadence_own_address", "cadence_privacy"
#: connections of one process, so that one that serves and three workers fit into the 40 of a small PostgreSQL, and a command too
CONNECTIONS = 8
#: seconds to wait for a connection that others use
_WAIT = 30
#: seconds between two looks at the write lock of another process
_TURN_PAUSE = 0.0003


def own_address(connection: Connection) -> str:
    """Return the base URL of the installation that a connection belongs to, empty when it is not known."""
    return str(connection.get_execution_options().get(_OWN_ADDRESS, ""))


def privacy_mode(connection: Connection) -> PrivacyMode:
    """Return what the installation that a connection belongs to keeps of people; every writer of answers asks here."""
    return PrivacyMode(connection.get_execution_options().get(_PRIVACY, PrivacyMode.TEAM))


class _RollBack(Exception):
    """Ends a transaction that is not to be kept."""


class Database:
    """One database: its engine, its transactions and, for SQLite, its file lock."""

    def __init__(
        self,
        url: str,
        *,
        disposable: bool = False,
        own_address: str = "",
        privacy: PrivacyMode = PrivacyMode.TEAM,
        smallest_group: int = SMALLEST_GROUP,
        connections: int = CONNECTIONS,
    ) -> None:
        """Prepare (not open) the database at ``url``; ``sqlite:///file`` or ``postgresql://...``.

        disposable: nobody minds losing it with the machine (the demo), so no commit waits for the disk.
        own_address: base URL of this installation, whose links are never stored (``store.sending.kept_text``).
        privacy: what is kept of people. smallest_group: fewest people in a group that a figure is published of.
        connections: most that this process opens to PostgreSQL; who wants one more waits up to ``_WAIT`` seconds for it.
        """
        self._disposable = disposable
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.write_lock = WriteLock()
        self.privacy = privacy
        self.smallest_group = max(smallest_group, SMALLEST_GROUP)
        options = {_OWN_ADDRESS: own_address, _PRIVACY: privacy.value}
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.write_lock = WriteLock(Path(f"{parsed.database}.turn"))
            self.engine = sa.create_engine(
                parsed,
                connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
                pool_size=20,
                execution_options=options,
            )
            sa.event.listen(self.engine, "do_connect", _make_private)
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = sa.create_engine(
                parsed, pool_size=connections, max_overflow=0, pool_timeout=_WAIT, pool_pre_ping=True, execution_options=options
            )

    @property
    def path(self) -> Path:
        """The SQLite file."""
        if not self.url.database:
            raise StoreError("this database is not a file")
        return Path(self.url.database)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """Yield a connection inside one write transaction.

        durable: what was committed survives the death of the machine before this returns. On SQLite the sync of
        the log is ours and comes after the write lock is given back: the disk's milliseconds hold up nobody else, and
        those who wait for it together share one.
        """
        with plain_errors():
            if not self.is_sqlite:
                with self.engine.begin() as connection:
                    if not durable:
                        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                    yield connection
                return
            with self.write_lock, self.engine.connect() as connection:
                connection.info["immediate"] = True
                try:
                    with connection.begin():
                        yield connection
                finally:
                    connection.info["immediate"] = False
            if durable and not self._disposable:
                self._sync()

    @contextmanager
    def rolled_back(self) -> Iterator[Connection]:
        """Yield a connection inside a write transaction whose writes are never kept: for playing what would happen."""
        try:
            with self.transaction(durable=False) as connection:
                yield connection
                raise _RollBack
        except _RollBack:
            return

    def _sync(self) -> None:
        """Wait until the log is on the disk; a log that is gone was written into the database file and synced there."""
        try:
            file = os.open(f"{self.path}-wal", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            os.fsync(file)
        except OSError as error:
            raise StoreError(f"the disk did not confirm what was written ({error.strerror}); look at the disk before going on") from error
        finally:
            os.close(file)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one snapshot and must not write."""
        with plain_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def sole(self, what: str) -> Iterator[bool]:
        """Yield whether this process alone may do ``what`` until the end; another one that dies gives it free at once.

        On SQLite always: one process does the work there.
        """
        if self.is_sqlite:
            yield True
            return
        key = int.from_bytes(hashlib.blake2b(what.encode(), digest_size=8).digest(), "big", signed=True)
        with plain_errors(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            mine = bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar())
            try:
                yield mine
            finally:
                if mine:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))

    def compact(self) -> None:
        """Write the database again without what deleted rows left in its files; takes as long as copying it."""
        if not self.is_sqlite:
            with plain_errors(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM")
            return
        with plain_errors(), self.write_lock:
            raw = self.engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.fetchall()
                cursor.close()
            finally:
                raw.close()

    def instant(self, value: Any) -> Any:
        """Return an aware datetime in the form the driver stores it (for prepared statements)."""
        return to_microseconds(value) if self.is_sqlite and value is not None else value

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self.write_lock.close()


class WriteLock:
    """Whose turn it is to write to SQLite: threads of this process, then processes on this machine.

    SQLite itself makes a second writer poll with sleeps that grow to 100 ms; here they stay below a millisecond.
    A hint only: where the file cannot be locked, or its holder was stopped, SQLite's own waiting and refusal remain.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._threads = threading.RLock()
        self._path = path
        self._file: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        self._threads.acquire()
        self._depth += 1
        if self._depth == 1 and self._path is not None:
            with contextlib.suppress(OSError):
                if self._file is None:
                    self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._wait(self._file)

    @staticmethod
    def _wait(file: int) -> None:
        until = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return
                time.sleep(_TURN_PAUSE)
            else:
                return

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0 and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Prepared:
    """A Core statement compiled once for the driver: what the hot path runs ten thousand times.

    Core spends about 60 us per execution on both databases; the driver alone 5 us. Instants must
    be passed through ``Database.instant``.
    """

    def __init__(self, database: Database, statement: Any, *, columns: list[str] | None = None) -> None:
        compiled = statement.compile(dialect=database.engine.dialect, column_keys=columns)
        self.sql = str(compiled)
        self._positions: list[str] | None = list(compiled.positiontup) if compiled.positional else None
        self._defaults = {k: v for k, v in compiled.params.items() if v is not None}

    def arguments(self, values: dict[str, Any]) -> Any:
        """Return ``values`` in the order or mapping the driver wants."""
        if self._positions is None:
            return {**self._defaults, **values}
        defaults = self._defaults
        return [values[name] if name in values else defaults[name] for name in self._positions]

    def run(self, cursor: Any, values: dict[str, Any]) -> None:
        """Execute once."""
        cursor.execute(self.sql, self.arguments(values))

    def run_all(self, cursor: Any, rows: Sequence[dict[str, Any]]) -> bool:
        """Execute for each of ``rows``; return whether as many rows were changed or added as there are."""
        if not rows:
            return True
        if len(rows) == 1:
            self.run(cursor, rows[0])
        else:
            cursor.executemany(self.sql, [self.arguments(row) for row in rows])
        changed: bool = cursor.rowcount == len(rows)
        return changed


class FileLock:
    """The one-process rule of a SQLite database: an advisory lock beside its file, freed by the kernel when the holder dies."""

    def __init__(self, database: Database) -> None:
        self.path = database.path.with_name(database.path.name + ".lock")
        self._file: TextIO | None = None

    def acquire(self) -> None:
        """Take the lock. Raises AlreadyRunning naming the holder."""
        file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600), "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise AlreadyRunning(
                f"another Cadence process ({holder}) is sending from {self.path.name.removesuffix('.lock')}; "
                "stop it first, or use PostgreSQL to run several"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()}")
        file.flush()
        self._file = file

    @property
    def descriptor(self) -> int:
        """The open file that carries the lock; a child that inherits it shares the lock."""
        if self._file is None:
            raise StoreError("the lock is not held")
        return self._file.fileno()

    @staticmethod
    def is_inherited(descriptor: int) -> bool:
        """Return whether ``descriptor`` is a lock file that this process may lock: its parent's lock is on the same open file."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Free the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _make_private(_dialect: Any, _record: Any, arguments: list[Any], _options: dict[str, Any]) -> None:
    """Make the file of a new database for its owner alone; SQLite gives its companions the same mode."""
    with contextlib.suppress(OSError):  # what is wrong with the place SQLite says better
        os.close(os.open(arguments[0], os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # in the log's own order; what must survive the machine is synced by ``transaction``
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA cache_size=-16000")
    # a checkpoint stalls the commit it falls on: 40 MB of log between two keeps an acknowledgement's p99 under 10 ms
    cursor.execute("PRAGMA wal_autocheckpoint=10000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.info.get("immediate") else "BEGIN")


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the driver's storage failures into sentences a person can act on."""
    try:
        yield
    except (DatabaseError, PoolTimeout) as error:
        raise plain_error(error) from error
    except sqlite3.DatabaseError as error:
        raise plain_error(error) from error


def plain_error(error: Exception) -> Exception:
    """Return the StoreError for a storage failure, or ``error`` itself when it is something else."""
    text = str(getattr(error, "orig", error)).lower()
    if "malformed" in text or "not a database" in text:
        return StoreDamaged("the database file is damaged; stop Cadence and restore it from a backup")
    if isinstance(error, PoolTimeout):
        return StoreBusy("every connection of this process to the database is in use; try again in a moment")
    if "too many clients" in text or "too many connections" in text or "connection slots" in text:
        return StoreBusy(
            "the database is busy: PostgreSQL lets nobody else connect; try again in a moment. "
            "If it happens often, lower CADENCE_DATABASE_CONNECTIONS or raise its max_connections"
        )
    if "locked" in text or "busy" in text or "deadlock" in text:
        return StoreBusy("the database is locked by another process; try again")
    if ("full" in text and "disk" in text) or "no space left" in text:
        return StoreError(
            "the disk is full: the last change was not kept, and no more messages are started. Free space and Cadence goes on by itself"
        )
    if "readonly" in text or "read-only" in text:
        return StoreError("the database is read-only; give this user the right to write its file and folder")
    if "unable to open" in text:
        return StoreError("the database file cannot be opened; check that its folder exists and is writable")
    if "no such table" in text or ("relation" in text and "does not exist" in text):
        return StoreError("the database has no Cadence tables yet; run: cadence init")
    if "authentication failed" in text or "no pg_hba.conf entry" in text or ("role" in text and "does not exist" in text):
        return StoreError("PostgreSQL refuses the login; check the user and the password in CADENCE_DATABASE_URL")
    if "database" in text and "does not exist" in text:
        return StoreError("PostgreSQL has no database of that name; check CADENCE_DATABASE_URL, or create it")
    if "connection" in text and ("refused" in text or "failed" in text or "closed" in text or "terminat" in text):
        return StoreError("PostgreSQL cannot be reached; check CADENCE_DATABASE_URL and that the server runs")
    return error
