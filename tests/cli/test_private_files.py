"""What commands write is for the user alone, whatever the umask; and a lost key is never replaced without being asked for."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.cli.conftest import Run
from tests.fixtures.builders import a_delivery, a_person, a_statement


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """A umask that lets everybody read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): f"{stat.S_IMODE(path.stat().st_mode):04o}" for path in sorted(folder.rglob("*"))}


def test_everything_an_installation_writes_is_its_own(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_DATA_DIR", str(folder / "var"))
    assert run("init").code == 0
    assert run("tick").code == 0
    found = modes(folder)
    assert "var/cadence.db" in found
    assert {name: mode for name, mode in found.items() if mode[-2:] != "00"} == {}


@pytest.mark.parametrize(
    "command", [("messages", "preview", "--digest", "--person", "ana@larkweir.example", "--output"), ("person", "export")]
)
def test_an_export_is_for_the_user_alone_and_never_written_through_a_link(
    run: Run, company_sqlite: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    def written(path: Path) -> int:
        rest = ("ana@larkweir.example", "--output", path) if command == ("person", "export") else (path,)
        return run(*command, *rest).code

    target = company_sqlite / "out"
    target.write_text("old", encoding="utf-8")
    assert written(target) == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    victim = tmp_path / "victim"
    victim.write_text("precious", encoding="utf-8")
    link = company_sqlite / "link"
    link.symlink_to(victim)
    assert written(link) == 1
    assert victim.read_text(encoding="utf-8") == "precious"


def test_the_doctor_names_what_others_can_read(run: Run, company_sqlite: Path, sqlite_url: str) -> None:
    database = Path(sqlite_url.removeprefix("sqlite:///"))
    for beside in database.parent.glob(database.name + "*"):
        beside.chmod(0o600)
    checks = {c["name"]: c for c in run("doctor", "--json").facts["checks"]}
    assert checks["private files"]["health"] == "ok", checks["private files"]
    database.chmod(0o644)
    check = {c["name"]: c for c in run("doctor", "--json").facts["checks"]}["private files"]
    assert (check["health"], str(database) in check["remedy"]) == ("fail", True)


def test_the_doctor_fails_where_pages_would_be_open(run: Run, company_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_BASE_URL", "https://cadence.example.com")
    check = {c["name"]: c for c in run("doctor", "--json").facts["checks"]}["admin pages"]
    assert (check["health"], "CADENCE_ADMIN_PASSWORD" in check["remedy"]) == ("fail", True)


def test_a_lost_key_is_told_and_replaced_only_when_asked(
    run: Run, company_sqlite: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = company_sqlite / "var"
    monkeypatch.setenv("CADENCE_DATA_DIR", str(data))
    assert run("init").code == 0
    database = Database(sqlite_url)
    delivery = a_delivery(database, a_person(database, email="x@example.com"), [a_statement(database)])
    with database.transaction() as connection:
        connection.execute(sa.update(core.deliveries).where(core.deliveries.c.id == delivery).values(state="sent"))
    database.close()
    (data / "secret.key").unlink()
    for command in (("tick",), ("init",), ("messages", "preview", "--digest", "--person", "ana@larkweir.example")):
        refused = run(*command)
        assert (refused.code, "restore it from a backup" in refused.err, "Traceback" in refused.err) == (1, True, False)
    assert not (data / "secret.key").exists()
    key = {c["name"]: c for c in run("doctor", "--json").facts["checks"]}["secret key"]
    assert (key["health"], "ends every link" in key["remedy"]) == ("fail", True)
    assert run("init", "--new-key").code == 0
    assert run("tick").code == 0
