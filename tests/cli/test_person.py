"""``cadence person``: a file that only its owner can read, and an erasure that asks first."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from tests.cli.conftest import Run

ANA = "ana@larkweir.example"


def test_export_writes_a_private_file_or_standard_output(company_sqlite: Path, run: Run) -> None:
    done = run("person", "export", ANA, "--output", "ana.json", "--at", "2026-11-23T09:00+00:00")
    file = company_sqlite / "ana.json"

    assert (done.code, done.err) == (0, "")
    assert "Ana Ruiz, 0 messages, 0 facts" in done.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == run("person", "export", ANA, "--at", "2026-11-23T09:00+00:00").facts


def test_erase_asks_first_and_then_is_for_good(company_sqlite: Path, run: Run) -> None:
    refused = run("person", "erase", ANA)
    assert (refused.code, refused.out) == (1, "")
    assert "would erase Ana Ruiz <ana@larkweir.example> for good. Say --yes" in refused.err
    assert run("person", "export", ANA).code == 0

    assert run("person", "erase", ANA, "--yes", "--json").facts["called_off"] == 0
    again = run("person", "erase", ANA, "--yes")
    assert (again.code, again.err) == (1, f"cadence: there is nobody with the address {ANA}\n")
    assert ANA not in run("people", "list", "--all", "--json").out
    assert run("people", "import", "people.csv").code == 0
    assert run("person", "export", ANA).facts["person"]["name"] == "Ana Ruiz"


def test_wrong_input_is_one_line(company_sqlite: Path, run: Run) -> None:
    for arguments, told in (
        (("export", "nobody@larkweir.example"), "there is nobody with the address"),
        (("export", "no address"), "email = 'no address'"),
        (("erase", "a@b@c", "--yes"), "email = 'a@b@c'"),
        (("export", ANA, "--output", "missing/ana.json"), "missing/ana.json: No such file or directory"),
    ):
        done = run("person", *arguments)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert told in done.err
