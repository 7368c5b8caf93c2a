"""How durable a commit on SQLite is, and whom it keeps waiting."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa

from cadence.errors import StoreError
from cadence.store.database.engine import Database

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were synced, in order."""
    files: list[str] = []
    original = os.fsync

    def watched(file: int) -> None:
        files.append(os.readlink(f"/proc/self/fd/{file}").rpartition("/")[2])
        original(file)

    monkeypatch.setattr(os, "fsync", watched)
    return files


def write(database: Database, *, durable: bool = True) -> None:
    with database.transaction(durable=durable) as connection:
        connection.execute(sa.text("INSERT INTO channel_status (channel, reason, failures_in_row) VALUES ('email', '', 0)"))


def test_a_durable_commit_waits_for_the_log_on_the_disk(database: Database, synced: list[str]) -> None:
    write(database)
    assert synced == [f"{database.path.name}-wal"]


def test_a_light_commit_does_not(database: Database, synced: list[str]) -> None:
    write(database, durable=False)
    assert synced == []


def test_what_was_rolled_back_is_not_waited_for(database: Database, synced: list[str]) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction():
        raise ZeroDivisionError
    assert synced == []


def test_the_write_lock_is_free_while_the_disk_works(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    free: list[bool] = []

    def look(file: int) -> None:
        free.append(database.write_lock._depth == 0)

    monkeypatch.setattr(os, "fsync", look)
    write(database)
    assert free == [True]


def test_a_disk_that_does_not_confirm_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StoreError, match="did not confirm"):
        write(database)
