"""The commands that print facts: one JSON document each, the same twice, and a dry run that equals the deed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadence.demo.mail_sink import MailSink
from cadence.shipped import shipped_folder
from tests.cli.conftest import PEOPLE, Run
from tests.fixtures.tried import from_the_sources

MONDAY = "2026-11-30T10:00+00:00"

KEYS = {
    ("statements", "import", "messages/statements"): {"created", "new_versions", "updated", "unchanged", "refused", "notes"},
    ("statements", "show", "an-honest-gap"): {"slug", "kind", "title", "body", "wordings", "number", "audience", "must_acknowledge"},
    ("statements", "withdraw", "an-honest-gap"): {"statement", "state", "changed"},
    ("people", "import", "people.csv"): {"created", "updated", "unchanged", "reactivated", "deactivated", "refused", "notes"},
    ("cadences", "list"): {"cadences", "next"},
    ("plan", "--at", MONDAY): {"at", "planned", "skipped", "digests", "next"},
    ("tick", "--at", MONDAY): {"at", "recovered", "planned", "expired", "sent", "settled", "closed"},
    ("explain", "ana@larkweir.example"): {"email", "name", "zone", "sentences", "next", "deliveries", "statements"},
    ("report",): {"at", "people", "reached", "statements", "deliveries", "alarms"},
    ("doctor",): {"health", "checks"},
    ("rebuild",): {"facts", "people", "pairs", "differences"},
    ("config", "check"): {"ok"},
    ("config", "show"): {"smtp.port", "database_url"},
    ("init",): {"database", "data_dir", "written"},
}


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSink]:
    """A mail server that the settings name."""
    with MailSink() as sink:
        for name, value in (("HOST", "127.0.0.1"), ("PORT", sink.smtp_port), ("STARTTLS", "off"), ("FROM", "Ada <ada@larkweir.example>")):
            monkeypatch.setenv(f"CADENCE_SMTP__{name}", str(value))
        yield sink


@pytest.mark.parametrize("arguments", KEYS, ids=" ".join)
def test_json_is_one_document_with_the_documented_keys(run: Run, company: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, "--json")
    assert KEYS[arguments] - done.facts.keys() == set()
    assert done.code == (1 if arguments == ("doctor",) else 0), done.err


@pytest.mark.parametrize(
    ("file", "key"),
    [((), "smtp"), (("settings",), "smtp"), (("cadences",), "limits"), (("population",), "law"), (("statements",), "near_misses")],
)
def test_a_schema_is_printed_without_an_installation(run: Run, file: tuple[str, ...], key: str) -> None:
    schema = run("config", "schema", *file).facts
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert key in schema["properties"]


@pytest.mark.parametrize("noun", ["statements", "people"])
def test_lists_are_json_lists(run: Run, company: Path, noun: str) -> None:
    assert len(run(noun, "list", "--json").facts) == {"statements": 14, "people": 5}[noun]


@pytest.mark.parametrize("arguments", KEYS, ids=" ".join)
def test_without_json_they_speak_to_a_person(run: Run, company: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.out.strip()
    assert "Traceback" not in done.err


def test_init_makes_what_is_missing_and_changes_nothing_after(run: Run, folder: Path) -> None:
    first = run("init", "--json").facts
    assert first["written"] == ["config/cadence.toml", "config/cadences.toml"]
    before = {p: p.read_bytes() for p in [*folder.rglob("*.toml"), *folder.rglob("*.key")]}
    assert len(before) == 3
    assert run("init", "--json").facts["written"] == []
    assert {p: p.read_bytes() for p in before} == before
    assert run("report").code == 0


def test_importing_and_applying_twice_changes_nothing(run: Run, company: Path) -> None:
    rules = shipped_folder("config") / "cadences.toml"
    statements = run("statements", "import", "messages/statements", "--json").facts
    people = run("people", "import", "people.csv", "--json").facts
    cadences = run("cadences", "apply", rules, "--json").facts
    assert (statements["created"], statements["new_versions"], len(statements["unchanged"])) == ([], [], 14)
    assert (people["created"], people["updated"], people["unchanged"]) == ([], [], 5)
    assert (cadences["added"], cadences["changed"], cadences["slots"]["added"]) == ([], [], 0)


def test_a_dry_run_says_the_same_and_writes_nothing(run: Run, empty: Path) -> None:
    (empty / "people.csv").write_text(PEOPLE)
    folder = shipped_folder("messages") / "statements"
    for arguments in (("people", "import", "people.csv"), ("statements", "import", folder)):
        dry = run(*arguments, "--dry-run", "--json").facts
        assert run(arguments[0], "list", "--json").facts == []
        assert run(*arguments, "--json").facts["created"] == dry["created"] != []


def test_plan_tells_what_tick_then_does(run: Run, company: Path, mail: MailSink) -> None:
    planned = run("plan", "--at", MONDAY, "--json").facts
    ticked = run("tick", "--at", MONDAY, "--json").facts
    assert planned["planned"] == ticked["planned"]["planned"] > 0
    assert planned["skipped"] == ticked["planned"]["skipped"]
    due = [d["email"] for d in planned["digests"] if not d["skip"] and d["send_after"] <= planned["at"]]
    assert sorted(due) == sorted(m.recipient for m in mail.mails())
    assert ticked["sent"]["email"]["sent"] == len(due) > 0
    again = run("tick", "--at", MONDAY, "--json").facts
    assert (again["planned"]["planned"], mail.count()) == (0, len(due))


def test_plan_changes_nothing(run: Run, company: Path) -> None:
    assert run("plan", "--at", MONDAY).out == run("plan", "--at", MONDAY).out


def test_plan_for_one_person_counts_that_person_alone(run: Run, company: Path) -> None:
    found = run("plan", "--at", MONDAY, "--person", "ANA@larkweir.example", "--json").facts
    assert {d["email"] for d in found["digests"]} == {"ana@larkweir.example"}
    assert found["planned"] + found["skipped"] == len(found["digests"])


FEWER = "".join(PEOPLE.splitlines(keepends=True)[:5])


def test_omission_deactivates_nobody_unless_asked(run: Run, company: Path) -> None:
    (company / "fewer.csv").write_text(FEWER)
    assert run("people", "import", "fewer.csv", "--json").facts["deactivated"] == []


def test_deactivating_in_a_pipe_wants_yes(run: Run, company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (company / "fewer.csv").write_text(FEWER)
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        done = run("people", "import", "fewer.csv", "--deactivate-missing")
    assert done.code == 1
    assert "eli@larkweir.example" in done.err
    assert "--yes" in done.err
    assert len(run("people", "list", "--json").facts) == 5
    agreed = run("people", "import", "fewer.csv", "--deactivate-missing", "--yes", "--json")
    assert agreed.facts["deactivated"] == ["eli@larkweir.example"]
    assert len(run("people", "list", "--json").facts) == 4


@pytest.mark.parametrize(("answer", "left"), [("y", 4), ("n", 5), ("", 5)])
def test_deactivating_on_a_terminal_asks(run: Run, company: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    (company / "fewer.csv").write_text(FEWER)
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    with open(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        done = run("people", "import", "fewer.csv", "--deactivate-missing")
    os.close(ours)
    assert "Deactivate 1 people (eli@larkweir.example)? [y/N]" in done.err
    assert done.code == (0 if answer == "y" else 1)
    assert len(run("people", "list", "--json").facts) == left


def test_more_than_a_fifth_is_refused_without_yes(run: Run, company: Path) -> None:
    (company / "fewer.csv").write_text("".join(PEOPLE.splitlines(keepends=True)[:3]))
    done = run("people", "import", "fewer.csv", "--deactivate-missing", "--dry-run")
    assert done.code == 1
    assert "--yes" in done.err or "20" in done.err
    assert len(run("people", "list", "--json").facts) == 5


def _cadence(*arguments: str, folder: Path, redirect: str = "") -> subprocess.CompletedProcess[str]:
    command = f"{sys.executable} -m cadence {' '.join(arguments)} {redirect}"
    environment = from_the_sources()
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_facts_and_logs_keep_to_their_streams(company_sqlite: Path, mail: MailSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_LOG", "debug")
    done = _cadence("tick", "--at", MONDAY, "--json", folder=company_sqlite)
    assert done.returncode == 0
    assert json.loads(done.stdout)["sent"]["email"]["sent"] > 0


def test_no_progress_bar_in_a_pipe(company_sqlite: Path, mail: MailSink) -> None:
    assert _cadence("tick", "--at", MONDAY, folder=company_sqlite).stderr == ""


@pytest.mark.parametrize("arguments", [("--help",), ("statements", "list"), ("people", "list", "--json")])
def test_a_reader_that_leaves_is_no_failure(company_sqlite: Path, arguments: tuple[str, ...]) -> None:
    done = _cadence(*arguments, folder=company_sqlite, redirect="| head -c 1")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_under_standard_output_is_one_line(company_sqlite: Path) -> None:
    done = _cadence("people", "list", folder=company_sqlite, redirect="> /dev/full")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("cadence: ")
    assert done.stderr.endswith("No space left on device\n")


def test_closed_streams_are_no_failure(company_sqlite: Path) -> None:
    assert _cadence("people", "list", folder=company_sqlite, redirect=">&- 2>&- <&-").returncode == 0


def test_a_terminal_without_our_letters_still_gets_its_facts(empty_sqlite: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_sqlite / "people.csv").write_text("name,email\nŠárka 🌊,sarka@larkweir.example\n", encoding="utf-8")
    assert run("people", "import", "people.csv").code == 0
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert _cadence("people", "list", folder=empty_sqlite).returncode == 0
    assert json.loads(_cadence("people", "list", "--json", folder=empty_sqlite).stdout)[0]["name"] == "Šárka 🌊"
