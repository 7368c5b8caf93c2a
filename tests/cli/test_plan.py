"""What ``cadence plan`` says comes next, and what it says when nothing does."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

from cadence.domain.audit import AT_THE_SHELL
from cadence.operations.authoring.change_rules import change_rule, rules_in_force
from cadence.store.database.engine import Database
from tests.cli.conftest import PEOPLE, Run

DAILY = """
[cadences.daily]
days = ["mon", "tue", "wed", "thu", "fri"]
local_time = "09:00"
channels = ["email"]
"""
#: 09:30 in Madrid on a Monday: the turn of the day is due, no tick has run it
DUE = "2026-11-30T09:30+01:00"


def fill(folder: Path, run: Run, cadences: str) -> None:
    (folder / "people.csv").write_text("".join(PEOPLE.splitlines(keepends=True)[:2]), encoding="utf-8")
    (folder / "cadences.toml").write_text(cadences, encoding="utf-8")
    for arguments in (("people", "import", "people.csv"), ("cadences", "apply", "cadences.toml")):
        done = run(*arguments, "--at", "2026-11-27T18:00+01:00")
        assert done.code == 0, done.err


def test_the_turn_after_one_that_is_due_is_told(empty: Path, run: Run) -> None:
    fill(empty, run, DAILY)
    assert "Next:\n  Tue 2026-12-01 09:00 CET  daily in Europe/Madrid (1 person)" in run("plan", "--at", DUE).out
    assert run("plan", "--at", DUE, "--json").facts["next"][0]["fire_at"] == "2026-12-01T08:00:00+00:00"


def test_after_days_without_a_tick_what_comes_next_lies_ahead(empty: Path, run: Run) -> None:
    fill(empty, run, DAILY)
    assert run("plan", "--at", "2026-12-10T10:00+01:00", "--json").facts["next"][0]["fire_at"] == "2026-12-11T08:00:00+00:00"


def test_why_nothing_comes_is_told(empty: Path, run: Run) -> None:
    assert "No cadence is active" in run("plan", "--at", DUE).out
    fill(empty, run, DAILY + "ends_on = 2026-11-30\n")
    assert "each active cadence has had its last" in run("plan", "--at", DUE).out


def test_a_company_without_people_is_told_so(empty_sqlite: Path, run: Run) -> None:
    (empty_sqlite / "cadences.toml").write_text(DAILY, encoding="utf-8")
    run("cadences", "apply", "cadences.toml")
    assert "Nobody is on the list yet" in run("plan", "--at", DUE).out


def test_a_file_that_would_overwrite_the_browser_is_refused_with_the_difference(empty_sqlite: Path, sqlite_url: str, run: Run) -> None:
    (empty_sqlite / "cadences.toml").write_text(DAILY, encoding="utf-8")
    run("cadences", "apply", "cadences.toml")
    with closing(Database(sqlite_url)) as database:
        with database.read() as connection:
            rules = rules_in_force(connection)
        table = {**rules.definition("daily"), "max_statements": 5}
        change_rule(database, "daily", table, seen=rules.stamp("daily"), actor=AT_THE_SHELL, now=datetime.fromisoformat(DUE))
    refused = run("cadences", "apply", "cadences.toml")
    assert refused.code == 1
    assert "refused: daily: was edited in the browser" in refused.err
    assert "max_statements: 5 -> 3" in refused.err
    assert run("cadences", "apply", "cadences.toml", "--overwrite").out.startswith("changed: daily")
