"""``cadence try``: the first digest from nothing, on the screen and in an inbox, and nothing left of it afterwards."""

from __future__ import annotations

import os
import re
import signal
import socket
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from cadence.demo import trial
from tests.cli.conftest import Run
from tests.fixtures.tried import a_command


@pytest.fixture
def spare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which temporary folders are made."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-30T09:30", "2026-11-30T09:30"),  # Monday, just due
        ("2026-11-30T09:29", "2026-11-27T09:30"),  # not yet, so Friday's
        ("2026-11-29T23:00", "2026-11-27T09:30"),  # Sunday
        ("2028-03-01T00:00", "2028-02-29T09:30"),
    ],
)
def test_the_digest_is_the_newest_that_was_due(now: str, due: str) -> None:
    assert trial.last_due(datetime.fromisoformat(now).replace(tzinfo=UTC)) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_digest_is_one_document_and_nothing_else_is_touched(
    run: Run, folder: Path, spare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADENCE_DATABASE_URL", f"sqlite:///{folder}/mine.db")
    monkeypatch.setenv("CADENCE_SMTP__HOST", "relay.example.com")
    (folder / "config").mkdir()
    (folder / "config" / "cadence.toml").write_text("not = TOML =", encoding="utf-8")
    done = run("try", "--json")
    assert done.code == 0, done.err
    assert done.facts["to"] == "you@larkweir.example"
    assert done.facts["statements"] == 14
    assert done.facts["subject"]
    assert len(re.findall(r"^- ", done.facts["text"].partition("And in a sentence")[2], flags=re.MULTILINE)) == 2
    assert [path.name for path in folder.iterdir()] == ["config"]
    assert list(spare.iterdir()) == []


def test_an_interrupt_on_the_way_leaves_nothing(run: Run, spare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **more: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(trial, "tick", interrupted)
    done = run("try")
    assert (done.code, done.err) == (130, "cadence: stopped\n")
    assert list(spare.iterdir()) == []


def test_a_port_that_is_taken_is_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("try", "--inbox-only", "--smtp-port", port)
    told = f"cadence: --smtp-port = {port}: is in use by another program; choose another (for example: 2526)\n"
    assert (done.code, done.err) == (1, told)


def _get(page: str) -> str:
    with urlopen(page) as answer:
        return str(answer.read().decode())


def test_the_buttons_of_the_digest_work_until_it_is_stopped(tmp_path: Path) -> None:
    with a_command("try", folder=tmp_path) as tried:
        printed = tried.until("Ctrl-C")
        page = next(word for word in printed.split() if "/mail/" in word)
        assert "larkweir.example" in _get(page)
        asked = re.search(r"Still unclear:\s+(\S+)", printed)
        assert asked is not None
        with urlopen(asked[1], data=b"do=unclear") as answer:
            assert answer.status == 200
        assert tried.stop() == 0
        assert "Stopped." in tried.rest()
    assert list(tmp_path.iterdir()) == []
