"""The what-if as a command: facts as one document, refusals that name field and value, and no bar in a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

MONDAY = "2026-11-23T00:00+00:00"
RULES = '[cadences.digest]\ndays = ["tue"]\nlocal_time = "09:30"\nmode = "adaptive"\n'


@pytest.fixture
def rules(company_sqlite: Path) -> Path:
    """A file of rules to try."""
    (company_sqlite / "candidate.toml").write_text(RULES, encoding="utf-8")
    return company_sqlite


def test_the_answer_is_one_document_that_tells_what_it_stands_on(run: Run, rules: Path) -> None:
    done = run("simulate", "--cadences", "candidate.toml", "--days", 14, "--seed", 5, "--law", "actr", "--at", MONDAY, "--json")

    assert done.code == 0, done.err
    assert done.err == ""
    facts = done.facts
    assert (facts["law"], facts["seed"], facts["days"], facts["people"], facts["company"]) == ("actr", 5, 14, 5, "installation")
    assert facts["starts_on"] == "2026-11-23T00:00:00+00:00"
    names = [row["name"] for row in facts["rows"]]
    assert names == ["candidate", "in force", "fixed, weekly", "fixed, every 12 days", "fixed, monthly"]
    for row in facts["rows"]:
        assert (row["people"], row["statements"], row["seed"]) == (5, 14, 5)
        assert row["showings_per_week"].keys() == {"mean", "median", "p90", "most"}
        assert len(row["awareness"]["true"]) == len(row["awareness"]["days"])
    assert facts["rows"][0]["over_a_cap"] == 0
    assert any("simulated" in line for line in facts["limits"])


def test_the_answer_for_people_shows_every_row_and_its_limits(run: Run, rules: Path) -> None:
    (rules / "population.toml").write_text("answers = 0.1\nattention = [2, 2]\n", encoding="utf-8")

    options = ("--cadences", "candidate.toml", "--days", 7, "--population", "population.toml", "--at", MONDAY)
    told, again = run("simulate", *options), run("simulate", *options)

    assert told.code == 0, told.err
    assert told.out == again.out
    assert "attention = (2.0, 2.0), answers = 0.1; seed 0" in told.out
    for text in ("candidate.toml", "rules in force", "fixed, monthly", "over a cap", "n = 5 people x 14 statements", "What this is"):
        assert text in told.out
    assert "▁" in told.out


def test_what_applying_the_file_would_warn_of_is_told(run: Run, rules: Path) -> None:
    (rules / "candidate.toml").write_text(RULES + 'statements = ["never-written"]\n', encoding="utf-8")

    done = run("simulate", "--cadences", "candidate.toml", "--days", 7, "--at", MONDAY)

    assert done.code == 0, done.err
    assert "there is no statement never-written yet" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cadences", "missing.toml"), "missing.toml"),
        (("--cadences", "candidate.toml", "--days", "2"), "days = 2: is not between 7 and 730"),
        (("--cadences", "candidate.toml", "--people", "501"), "people = 501: is not between 1 and 500"),
        (("--cadences", "candidate.toml", "--seed", "-1"), "--seed = -1: is less than 0"),
        (("--cadences", "candidate.toml", "--population", "wrong.toml"), "wrong.toml: anwsers = 0.5: there is no such key"),
        (("--cadences", "wrong.toml"), "anwsers"),
    ],
)
def test_a_wrong_wish_is_refused_in_one_line(run: Run, rules: Path, arguments: tuple[str, ...], said: str) -> None:
    (rules / "wrong.toml").write_text("anwsers = 0.5\n", encoding="utf-8")

    done = run("simulate", *arguments)

    assert done.code == 1
    assert said in done.err
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
