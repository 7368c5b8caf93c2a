"""What ``cadence doctor`` says of who else could read: the files of the installation, and the pages for leaders and admins."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import urlsplit

from cadence.errors import StoreError
from cadence.operations.running.doctor import Check, Health
from cadence.store.database.engine import Database
from cadence.store.people.answers_kept import answers_kept

_HERE = ("127.0.0.1", "localhost", "::1")
#: what stands beside a SQLite file
_COMPANIONS = ("", "-wal", "-shm", ".lock", ".turn")


def inspect_privacy(database: Database, *, data_dir: Path, base_url: str, has_password: bool) -> list[Check]:
    """Return the findings on private files, on the admin pages, and on what is kept beside what the privacy mode says."""
    return [_files(database, data_dir), _pages(base_url, has_password), *_kept(database)]


def _files(database: Database, data_dir: Path) -> Check:
    own = [database.path.with_name(database.path.name + end) for end in _COMPANIONS] if database.is_sqlite else []
    readable = [str(path) for path in (data_dir, *own) if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if not readable:
        return Check(name="private files", health=Health.OK, sentence="Data folder and database are readable by this user only.")
    told = f"Other users of this machine may read {', '.join(readable)}."
    return Check(name="private files", health=Health.FAIL, sentence=told, remedy=f"Run: chmod go= {' '.join(readable)}")


def _pages(base_url: str, has_password: bool) -> Check:
    if has_password:
        return Check(name="admin pages", health=Health.OK, sentence="They ask for the password.")
    if urlsplit(base_url).hostname in _HERE:
        return Check(name="admin pages", health=Health.OK, sentence="They answer a browser on this machine only.")
    return Check(
        name="admin pages",
        health=Health.FAIL,
        sentence=f"There is no password and {base_url} can be reached by others, so cadence serve does not start.",
        remedy="Set CADENCE_ADMIN_PASSWORD (at least 12 characters).",
    )


def _kept(database: Database) -> list[Check]:
    """Return whether answers are kept that the mode does not keep; nothing where the database cannot be asked."""
    mode = database.privacy
    if mode.keeps_answers:
        return [Check(name="privacy", health=Health.OK, sentence=f"The mode is {mode.value}: answers are kept and shown to nobody else.")]
    try:
        with database.read() as connection:
            kept = answers_kept(connection)
    except StoreError:
        return []
    if not kept.any:
        return [Check(name="privacy", health=Health.OK, sentence="The mode is aggregate: no answer is kept with its person.")]
    return [
        Check(
            name="privacy",
            health=Health.FAIL,
            sentence=f"The mode is aggregate, and {kept.answers} answers from before it are still kept with their people.",
            remedy="To count them and take them out: cadence privacy apply",
        )
    ]
