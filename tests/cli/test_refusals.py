"""Every refusal is one line for each fault, names the field and the value, ends with 1 and shows no traceback."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadence.store.database.engine import Database, FileLock
from tests.cli.conftest import Done, Run

GOOD_CADENCE = b'[cadences.weekly]\nkinds = ["value"]\ndays = ["mon"]\nlocal_time = "09:30"\n'


def _is_refused(done: Done, *said: str, lines: int = 1) -> None:
    assert done.code == 1, done
    assert done.out == ""
    assert len(done.err.splitlines()) == lines, done.err
    for line in done.err.splitlines():
        assert line.startswith("cadence: "), line
        assert len(line) < 400, line
    for part in said:
        assert part in done.err


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-30T10:00", "needs an offset"),
        ("soon", "'soon'"),
        ("", "''"),
        ("2026-02-30T10:00+00:00", "2026-02-30"),
        ("2026-11-30T10:00+99:00", "+99:00"),
        ("9" * 5000, "…"),
        ("9999-12-31T23:59:59-12:00", "9999"),
        ("0001-01-01T00:00+10:00", "0001"),
        ("9999-12-31T23:59:59+00:00", "2000 and 2099"),
        ("1969-12-31T23:59:59+00:00", "2000 and 2099"),
        ("2026-11-30T10:00+00:00\x1b[31m", "\\x1b"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "tick", "report"])
def test_an_instant_that_is_none(run: Run, empty_sqlite: Path, command: str, at: str, said: str) -> None:
    _is_refused(run(command, "--at", at), "--at = ", said)


@pytest.mark.parametrize("variable", ["CADENCE_SMPT__HOST", "CADENCE_DATABSE_URL", "CADENCE_X"])
def test_a_variable_that_is_no_setting(run: Run, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "x")
    _is_refused(run("plan"), variable, "there is no such setting")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CADENCE_DEFAULT_ZONE", "EST5", "'EST5'"),
        ("CADENCE_DEFAULT_ZONE", "../etc/passwd", "passwd"),
        ("CADENCE_HTTP__PORT", "0", "'0'"),
        ("CADENCE_HTTP__PORT", "65536", "'65536'"),
        ("CADENCE_HTTP__PORT", "587 ", "'587 '"),
        ("CADENCE_BASE_URL", "https://x.example/path", "/path"),
        ("CADENCE_PRIVACY__K", "1", "'1'"),
        ("CADENCE_DATABASE_URL", "mysql://x/y", "neither"),
        ("CADENCE_DATABASE_URL", "postgresql://[::1", "postgresql://USER"),
        ("CADENCE_DATABASE_URL", "postgresql://u:hushhush@h:port/x", "postgresql://USER"),
        ("CADENCE_SECRET_KEY", "hushhush", "fewer than 32"),
        ("CADENCE_SMTP__FROM", "a@b@c", "a@b@c"),
        ("CADENCE_LOG", "loud", "'loud'"),
        ("CADENCE_CONFIG", "nowhere.toml", "nowhere.toml"),
    ],
)
def test_a_setting_that_cannot_be(run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str) -> None:
    monkeypatch.setenv(variable, value)
    done = run("plan")
    _is_refused(done, variable, said)
    assert "hush" not in done.err


def test_mail_without_a_from_address(run: Run, monkeypatch: pytest.MonkeyPatch, empty_sqlite: Path) -> None:
    monkeypatch.setenv("CADENCE_SMTP__HOST", "smtp.example.com")
    _is_refused(run("tick"), "smtp.from is missing", "CADENCE_SMTP__FROM=")


def test_each_wrong_setting_has_its_own_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_HTTP__PORT", "0")
    monkeypatch.setenv("CADENCE_DEFAULT_ZONE", "Nowhere")
    _is_refused(run("config", "check"), "CADENCE_HTTP__PORT", "CADENCE_DEFAULT_ZONE", lines=2)


def test_the_name_of_a_file_goes_with_its_schema_only(run: Run) -> None:
    _is_refused(run("config", "check", "cadences"), "config check = 'cadences'", "cadence config schema cadences")


def test_a_data_folder_that_is_a_file(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "var").write_text("")
    _is_refused(run("plan"), "data_dir = 'var'", "not a folder")


BAD_FILES = {
    "binary": (bytes(range(256)) * 40, "encoding"),
    "nul": (b"a\0b", ""),
    "text": (b"x", ""),
    "utf-16 cut short": ("ä".encode("utf-16") + b"\x01", "encoding"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
@pytest.mark.parametrize("command", [("people", "import"), ("cadences", "apply"), ("plan", "--config")])
def test_a_file_of_another_kind(run: Run, empty_sqlite: Path, command: tuple[str, ...], kind: str) -> None:
    content, said = BAD_FILES[kind]
    (empty_sqlite / "bad.dat").write_bytes(content)
    _is_refused(run(*command, "bad.dat"), said)


@pytest.mark.parametrize("path", ["missing", "a-folder"])
@pytest.mark.parametrize("command", [("people", "import"), ("cadences", "apply"), ("plan", "--config")])
def test_a_path_that_is_no_file(run: Run, empty_sqlite: Path, command: tuple[str, ...], path: str) -> None:
    (empty_sqlite / "a-folder").mkdir()
    _is_refused(run(*command, path), path)


def test_a_folder_of_statements_that_is_not_there(run: Run, empty_sqlite: Path) -> None:
    _is_refused(run("statements", "import", "missing"), "missing")


@pytest.mark.parametrize("command", [("people", "import"), ("cadences", "apply")])
def test_a_file_without_end_is_read_no_further_than_allowed(run: Run, empty_sqlite: Path, command: tuple[str, ...]) -> None:
    _is_refused(run(*command, "/dev/zero"), "is more than")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b'"09:30"', b"9:30"), "09:00"),
        ((b'"09:30"', b"0930"), "leading zero"),
        ((b'"09:30"', b'"24:00"'), "'24:00'"),
        ((b'["mon"]', b'["Montag"]'), "Montag"),
        ((b"kinds", b"kindz"), "kindz"),
        ((b'["value"]', b"yes"), "true"),
        ((b"[cadences.weekly]", b"[cadences.weekly]\ndays = ['mon']"), "twice"),
        ((b"[cadences.weekly]", b"[cadences.weekly]\nmax_statements = 0"), "max_statements"),
        ((b"[cadences.weekly]", b"[limits]\nmin_gap_days = -1\n[cadences.weekly]"), "min_gap_days"),
    ],
)
def test_a_rule_that_cannot_be(run: Run, empty_sqlite: Path, change: tuple[bytes, bytes], said: str) -> None:
    (empty_sqlite / "rules.toml").write_bytes(GOOD_CADENCE.replace(*change))
    _is_refused(run("cadences", "apply", "rules.toml"), "rules.toml", said)


def test_the_rule_they_are_made_from_is_right(run: Run, empty_sqlite: Path) -> None:
    (empty_sqlite / "rules.toml").write_bytes(GOOD_CADENCE)
    assert run("cadences", "apply", "rules.toml").code == 0


def test_a_broken_row_is_refused_by_line_and_the_rest_comes_in(run: Run, empty: Path) -> None:
    (empty / "people.csv").write_text("name,email,timezone\nAna,ana@x.example,Mars/Olympus\nBo,bo@x.example,UTC\nCem,c@@x,UTC\n")
    done = run("people", "import", "people.csv", "--json")
    assert done.code == 1
    assert done.facts["created"] == ["ana@x.example", "bo@x.example"], "a time zone refuses nobody"
    (refused,) = done.err.splitlines()
    assert refused.startswith("refused: people.csv: ")
    assert "c@@x" in refused
    assert any("Mars/Olympus" in note for note in done.facts["notes"])


def test_a_broken_statement_is_refused_by_name_and_the_rest_comes_in(run: Run, empty: Path) -> None:
    values = empty / "statements" / "values"
    values.mkdir(parents=True)
    (values / "good.md").write_text('+++\ntitle = "Good"\n+++\nThis is good.\n')
    (values / "bad.md").write_text('+++\ntitel = "Bad"\n+++\nThis is bad.\n')
    (values / "worse.md").write_bytes(bytes(range(256)))
    done = run("statements", "import", "statements", "--json")
    assert done.code == 1
    assert done.facts["created"] == ["good"]
    assert "Traceback" not in done.err
    for name in ("bad.md", "worse.md"):
        assert any(line.startswith("refused: ") and name in line for line in done.err.splitlines()), done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("statements", "show", "nothing"),
        ("statements", "withdraw", "nothing"),
        ("statements", "publish", "nothing"),
        ("report", "--statement", "nothing"),
        ("report", "--team", "nothing"),
        ("explain", "nothing@x.example"),
        ("explain", "ana@larkweir.example", "nothing"),
        ("plan", "--person", "nothing@x.example"),
    ],
)
def test_a_name_that_nobody_has(run: Run, company_sqlite: Path, arguments: tuple[str, ...]) -> None:
    _is_refused(run(*arguments), "nothing")
    _is_refused(run(*arguments, "--json"), "nothing")


@pytest.mark.parametrize("address", ["", "ana", "a@b@c", "a@b\r\nRCPT TO:<e>", "=cmd@x.example\x1b[2J"])
@pytest.mark.parametrize("command", [("explain",), ("plan", "--person")])
def test_an_address_that_is_none(run: Run, company_sqlite: Path, command: tuple[str, ...], address: str) -> None:
    done = run(*command, address)
    _is_refused(done)
    assert "\x1b" not in done.err


@pytest.mark.parametrize("command", ["plan", "tick", "report", "serve", "worker", "rebuild"])
def test_a_database_without_tables(run: Run, folder: Path, command: str) -> None:
    _is_refused(run(command), "run: cadence init")


def test_a_schema_of_another_version(run: Run, empty: Path, database_url: str) -> None:
    database = Database(database_url)
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    _is_refused(run("tick"), "9999", "cadence init")


def test_a_database_file_that_is_damaged(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "x.db").write_bytes(b"this is no database " * 500)
    monkeypatch.setenv("CADENCE_DATABASE_URL", f"sqlite:///{folder / 'x.db'}")
    _is_refused(run("report"), "damaged")


def test_a_postgresql_that_does_not_answer(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_DATABASE_URL", "postgresql://cadence:hushhush@127.0.0.1:1/cadence")
    done = run("report")
    _is_refused(done, "cannot be reached")
    assert "hush" not in done.err


@pytest.fixture
def held(empty_sqlite: Path, sqlite_url: str) -> Iterator[None]:
    """Another process holds the database's lock."""
    database = Database(sqlite_url)
    lock = FileLock(database)
    lock.acquire()
    yield
    lock.release()
    database.close()


@pytest.mark.parametrize("command", [("tick",), ("serve",), ("rebuild", "--repair")])
def test_a_second_sender_on_sqlite(run: Run, held: None, command: tuple[str, ...]) -> None:
    _is_refused(run(*command), "another Cadence process", "stop it first")


def test_what_only_reads_runs_beside_the_sender(run: Run, held: None) -> None:
    assert [run(*c).code for c in (("plan",), ("report",), ("statements", "list"), ("people", "list"), ("rebuild",))] == [0] * 5


def test_a_port_in_use(run: Run, empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("CADENCE_HTTP__PORT", str(port))
        _is_refused(run("serve"), f"http.port = {port}", "CADENCE_HTTP__PORT")
    # the lock is free again
    assert run("tick").code == 0


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_demo_port_that_is_none(run: Run, port: str) -> None:
    _is_refused(run("demo", "--port", port), "--port", port)


def test_the_demo_empties_no_folder_but_its_own(run: Run, folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").write_text("years of work")
    _is_refused(run("demo", "--folder", "mine"), "--folder = 'mine'")
    assert (folder / "mine" / "thesis.txt").read_text() == "years of work"


def test_bench_of_something_unknown(run: Run) -> None:
    _is_refused(run("bench", "everything"), "'everything'", "idle_tick")
