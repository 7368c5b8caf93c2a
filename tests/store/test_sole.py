"""What a process may do alone, on both databases."""

from __future__ import annotations

import pytest

from cadence.store.database.engine import Database


def test_what_one_process_does_alone_is_free_again_when_it_ends_or_dies(database_url: str) -> None:
    one, other = Database(database_url), Database(database_url)
    with one.sole("send:slack") as mine:
        assert mine
        with other.sole("send:email") as another:
            assert another
        with other.sole("send:slack") as second:
            assert second is other.is_sqlite, "on SQLite one process does all the work"
    with other.sole("send:slack") as later:
        assert later
    with pytest.raises(RuntimeError), one.sole("send:slack"):
        raise RuntimeError
    with other.sole("send:slack") as after_all:
        assert after_all
    one.close()
    other.close()
