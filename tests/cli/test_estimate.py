"""``cadence estimate``: what is asked for, one guess a round, and what cannot be a guess; ``cadence report`` tells the gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

SLUG = "an-honest-gap"
AT = ("--at", "2026-11-23T09:00+00:00")
SOON = ("--at", "2026-12-01T09:00+00:00")
LATER = ("--at", "2027-03-01T09:00+00:00")


def test_what_is_asked_for_is_listed_and_a_guess_goes_into_the_history(company: Path, run: Run) -> None:
    asked = run("estimate", *AT)
    assert (asked.code, asked.err) == (0, "")
    assert f"{SLUG} " in asked.out
    assert "no guess yet" in asked.out

    done = run("estimate", SLUG, "90%", "--by", "Ada Lovelace", *AT)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{SLUG}: On 23 November 2026 (UTC): estimated 90 in 100; what was known then cannot be said.\n"

    told = run("estimate", SLUG, *SOON)
    assert "No estimate is wanted." in told.out
    assert "  On 23 November 2026 (UTC): estimated 90 in 100; what was known then cannot be said. By Ada Lovelace.\n" in told.out
    assert "the last guess is a quarter old" in run("estimate", SLUG, *LATER).out


def test_json_tells_the_same(company: Path, run: Run) -> None:
    made = run("estimate", SLUG, "90", "--json", *AT).facts
    assert made == {
        "statement": SLUG,
        "estimate": {
            "percent": 90,
            "made_at": "2026-11-23T09:00:00+00:00",
            "made_by": "",
            "known": None,
            "sentence": "On 23 November 2026 (UTC): estimated 90 in 100; what was known then cannot be said.",
        },
    }
    listed = {one["slug"]: one for one in run("estimate", "--json", *SOON).facts["statements"]}
    assert listed[SLUG]["estimates"] == [made["estimate"]]
    assert [slug for slug, one in listed.items() if one["asked"] is None] == [SLUG]
    assert {one["asked"]["why"] for one in listed.values() if one["asked"]} == {"first"}
    (line,) = run("report", "--statement", SLUG, "--json", *SOON).facts["statements"]
    assert (line["projection_gap"]["estimate"], line["projection_gap"]["sentence"]) == (90, "You guessed 90 in 100. Not said yet.")


def test_the_report_says_what_was_guessed_declined_and_asked(company_sqlite: Path, run: Run) -> None:
    assert run("estimate", SLUG, "90", *AT).code == 0
    skipped, asked, *_ = (one["slug"] for one in run("estimate", "--json", *AT).facts["statements"] if one["slug"] != SLUG)
    assert "shown without an estimate" in run("estimate", skipped, "--skip", *AT).out

    out = run("report", *SOON).out

    rows = {line.split()[1]: line for line in out.splitlines() if len(line.split()) > 6}
    assert "not said yet  90 in 100" in rows[SLUG]
    assert "declined" in rows[skipped]
    assert "  asked  " in rows[asked]
    assert "Make your estimate for 12 statements" in out
    assert "You guessed 90 in 100. Not said yet." in run("report", "--statement", SLUG, *SOON).out


@pytest.mark.parametrize(
    "percent", ["", "abc", "101", "-1", "50.5", "5e1", "٥٠", "1" + "0" * 30, "5\x000", "7" * 10_000], ids=lambda value: ascii(value)[:12]
)
def test_what_is_no_whole_percent_is_one_line(company_sqlite: Path, run: Run, percent: str) -> None:
    done = run("estimate", SLUG, percent, *AT)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("cadence: estimate = ")
    assert done.err.endswith("(for example: 60)\n")
    assert (done.err.count("\n"), len(done.err) < 250) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nonsense", "60"), 1, "there is no statement 'nonsense' in force"),
        (("nonsense",), 1, "there is no statement 'nonsense' in force"),
        ((SLUG, "60", "--by", "a\nb"), 1, "by = "),
        ((SLUG, "60", "--by", "x" * 10_000), 1, "is longer than 120 characters"),
        ((SLUG, "--by", "Ada"), 1, "needs an estimate"),
        (("--skip",), 1, "is about one statement"),
        ((SLUG, "60", "--skip"), 2, "not allowed with argument"),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_other_wrong_use_is_told(company_sqlite: Path, run: Run, arguments: tuple[str, ...], code: int, told: str) -> None:
    done = run("estimate", *arguments, *AT)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert "Traceback" not in done.err


def test_a_second_guess_is_refused_with_the_first_and_its_end(company_sqlite: Path, run: Run) -> None:
    assert run("estimate", SLUG, "90", *AT).code == 0
    done = run("estimate", SLUG, "50", *SOON)
    assert (done.code, done.out) == (1, "")
    held = "your estimate was 90% on 23 November 2026 (UTC); you are asked for the next one from 21 February 2027 (UTC)"
    assert done.err == f"cadence: {held}\n"
    assert run("estimate", SLUG, "50", *LATER).code == 0


def test_without_statements_there_is_nothing_to_guess(empty_sqlite: Path, run: Run) -> None:
    assert run("init").code == 0
    assert run("estimate").out.startswith("No statements yet.")
    assert run("estimate", "--json").facts == {"statements": []}
