"""``cadence people import`` and ``cadence person``: what is told before and after, and what an admin decides by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

DAY_1 = """name,email,employee_id,Status,Job Title,Salary
Ana Lima,ana.lima@example.com,77,Active,Welder,1
Bo Berg,bo@example.com,78,Active,Buyer,1
"""
DAY_2 = """name,email,employee_id,Status
Ana Sousa,ana.sousa@example.com,77,Active
Bo Berg,bo@example.com,78,Suspended
Cy Dahl,cy@example.com,79,Blorp
"""


def put(folder: Path, text: str) -> str:
    (folder / "file.csv").write_text(text, encoding="utf-8")
    return "file.csv"


def emails(run: Run) -> list[str]:
    return [person["email"] for person in run("people", "list", "--json").facts]


def test_a_dry_run_shows_all_of_it(empty: Path, run: Run) -> None:
    assert run("people", "import", put(empty, DAY_1)).code == 0
    before = emails(run)
    told = run("people", "import", put(empty, DAY_2), "--dry-run")
    assert emails(run) == before
    assert "1 would be created, 1 updated, 0 unchanged, 1 moved, 0 reactivated, 1 deactivated, 0 refused" in told.out
    assert "email ana.lima@example.com -> ana.sousa@example.com" in told.out
    assert "would be deactivated: bo@example.com" in told.out
    assert "closed according to the file: 1; Status: Suspended (1)" in told.err
    assert "unknown words in the column Status, ignored: 'Blorp' (1)" in told.err
    done = run("people", "import", "file.csv", "--json")
    assert done.facts["moved"] == [{"before": "ana.lima@example.com", "after": "ana.sousa@example.com"}]
    assert emails(run) == ["ana.sousa@example.com", "cy@example.com"]


def test_a_file_that_is_understood_by_half_is_refused_in_one_line(empty_sqlite: Path, run: Run) -> None:
    done = run("people", "import", put(empty_sqlite, "Név,Email,Állapot\nKis Anna,a@example.com,inaktív\n"))
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "Understood: Email. Not understood: Név, Állapot" in done.err
    assert run("people", "list", "--json").facts == []


def test_attributes_are_kept_where_an_audience_of_the_file_of_rules_names_them(empty_sqlite: Path, run: Run) -> None:
    told = run("people", "import", put(empty_sqlite, DAY_1))
    assert "not kept, because no audience uses them (people.keep_attributes can keep more): Job Title" in told.err
    assert "private columns, never read: Salary" in told.err
    (empty_sqlite / "config").mkdir(exist_ok=True)
    rules = '[audiences.welders]\nany_of = [{ attribute.job_title = ["Welder"] }, { not = { attribute.salary = ["1"] } }]\n'
    (empty_sqlite / "config" / "cadences.toml").write_text(rules, encoding="utf-8")
    assert run("people", "import", "file.csv").code == 0
    assert [person["attributes"] for person in run("people", "list", "--json").facts] == [{"job_title": "Welder"}, {"job_title": "Buyer"}]
    (empty_sqlite / "config" / "cadences.toml").unlink()
    assert run("people", "import", "file.csv").code == 0
    assert [person["attributes"] for person in run("people", "list", "--json").facts] == [{}, {}]


def test_attributes_are_kept_where_the_setting_names_them(empty_sqlite: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_PEOPLE__KEEP_ATTRIBUTES", "Job Title, shoe")
    assert run("people", "import", put(empty_sqlite, DAY_1)).code == 0
    assert [person["attributes"] for person in run("people", "list", "--json").facts] == [{"job_title": "Welder"}, {"job_title": "Buyer"}]


def test_a_last_day_counts_from_the_day_after_it(empty_sqlite: Path, run: Run) -> None:
    text = put(empty_sqlite, "Name,Email,Last Day\nAna Lima,ana@example.com,2026-11-30\n")
    assert run("people", "import", text, "--at", "2026-11-30T23:00+00:00").code == 0
    assert emails(run) == ["ana@example.com"]
    assert run("people", "import", text, "--at", "2026-12-01T01:00+00:00").code == 0
    assert emails(run) == []


def test_a_person_is_paused_deactivated_reactivated_and_moved(empty: Path, run: Run) -> None:
    run("people", "import", put(empty, DAY_1))
    paused = run("person", "pause", "ana.lima@example.com", "--until", "2026-12-24", "--at", "2026-11-30T09:00+00:00")
    assert (paused.code, paused.out) == (0, "Ana Lima <ana.lima@example.com>: paused until 2026-12-24\n")
    assert run("person", "deactivate", "bo@example.com").code == 0
    assert emails(run) == ["ana.lima@example.com"]
    assert "deactivated by hand, so left as they are" in run("people", "import", "file.csv").err
    assert emails(run) == ["ana.lima@example.com"]
    assert run("person", "reactivate", "bo@example.com").out == "Bo Berg <bo@example.com>: active\n"
    moved = run("person", "move", "ana.lima@example.com", "bo@example.com")
    assert moved.out == "Ana Lima <bo@example.com>: has the address bo@example.com\n"
    assert "set aside as former-2@departed.invalid" in moved.err
    assert emails(run) == ["bo@example.com"]


def test_wrong_input_is_one_line(empty_sqlite: Path, run: Run) -> None:
    for arguments, told in (
        (("pause", "nobody@example.com", "--until", "2027-01-15"), "there is nobody with the address"),
        (("pause", "nobody@example.com", "--until", "tomorrow"), "--until = 'tomorrow': is not a date"),
        (("deactivate", "no address"), "email = 'no address'"),
        (("move", "a@example.com", "b@example.com"), "there is nobody with the address a@example.com"),
    ):
        done = run("person", *arguments)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert told in done.err
