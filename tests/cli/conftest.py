"""An installation in the test's own folder, and commands run in it as a person would."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cadence.cli.main import main
from cadence.clock import TEST_INSTANT
from cadence.shipped import shipped_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


Run = Callable[..., Done]

PEOPLE = """name,email,timezone,team,started_on
Ana Ruiz,ana@larkweir.example,Europe/Madrid,Workshop,2020-01-07
Bo Lind,bo@larkweir.example,Europe/Stockholm,Workshop,2021-02-01
Cem Kaya,cem@larkweir.example,Europe/Istanbul,Office,2022-03-01
Dee Roy,dee@larkweir.example,Asia/Kolkata,Office,2019-04-01
Eli Katz,eli@larkweir.example,America/Santiago,Field,2018-05-01
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    place = tmp_path / "company"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


#: when a command runs that is given no ``--at``: beside the other instants of these tests, whatever today is
NOW = "2026-11-30T08:00+00:00"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command in the folder."""
    monkeypatch.setenv(TEST_INSTANT, NOW)

    def command(*arguments: object) -> Done:
        capsys.readouterr()
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return Done(code=code, out=out, err=err)

    return command


@pytest.fixture
def empty(folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a database and nothing in it, on each database."""
    monkeypatch.setenv("CADENCE_DATABASE_URL", database_url)
    return folder


@pytest.fixture
def empty_sqlite(folder: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a database and nothing in it, for what the database does not touch."""
    monkeypatch.setenv("CADENCE_DATABASE_URL", sqlite_url)
    return folder


def fill(folder: Path, run: Run, *, at: str = "2026-11-20T08:00+00:00") -> None:
    """Bring in the shipped statements, five people and the shipped cadences."""
    shutil.copytree(shipped_folder("messages") / "statements", folder / "messages" / "statements")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    for arguments in (
        ("statements", "import", "messages/statements", "--at", at),
        ("people", "import", "people.csv", "--at", at),
        ("cadences", "apply", shipped_folder("config") / "cadences.toml", "--at", at),
    ):
        done = run(*arguments)
        assert done.code == 0, done.err


@pytest.fixture(scope="session")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company in a folder, its database beside; to be copied and never opened."""
    place = tmp_path_factory.mktemp("filled") / "company"
    place.mkdir()
    database = place.with_suffix(".db")
    shutil.copyfile(sqlite_template, database)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("CADENCE_DATABASE_URL", f"sqlite:///{database}")

        def command(*arguments: object) -> Done:
            with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
                code = main([str(a) for a in arguments])
            return Done(code=code, out=out.getvalue(), err=err.getvalue())

        fill(place, command)
    assert not database.with_name(database.name + "-wal").exists(), "a command left a connection open"
    return place


@pytest.fixture
def company(empty: Path, database_url: str, run: Run, request: pytest.FixtureRequest) -> Path:
    """A small company with statements and cadences, on each database."""
    if database_url.startswith("sqlite"):
        return _copy(request.getfixturevalue("filled"), empty, database_url)
    fill(empty, run)
    return empty


@pytest.fixture
def company_sqlite(empty_sqlite: Path, sqlite_url: str, filled: Path) -> Path:
    """A small company with statements and cadences."""
    return _copy(filled, empty_sqlite, sqlite_url)


def _copy(filled: Path, folder: Path, sqlite_url: str) -> Path:
    shutil.copytree(filled, folder, dirs_exist_ok=True)
    shutil.copyfile(filled.with_suffix(".db"), sqlite_url.removeprefix("sqlite:///"))
    return folder
