"""``cadence statements advise``: what an author is told in a shell, with the words it is about; nothing is stored or refused."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

SMALL = """+++
title = "Say it while it's small"
kind = "value"
+++

Tell the person it will hurt, on the day you suspect it, because that is when it is cheap.

## Wording: plan

By Q2 we roll out
phase 3, because we `leverage` what we have.
"""


def test_an_author_is_told_what_to_do_and_with_which_words(run: Run, company_sqlite: Path) -> None:
    samples = run("statements", "advise", "messages/statements")
    assert (samples.code, samples.out, samples.err) == (0, "Nothing to advise.\n", "")
    Path("small-again.md").write_text(SMALL, encoding="utf-8")
    before = run("statements", "list", "--json").facts
    done = run("statements", "advise", "small-again.md")
    assert done.code == 0
    assert done.out.splitlines() == [
        "small-again.md, body",
        "  Say what is new here, or change “Say it while it is small”, which says nearly the same.",
        "    title: Say it while it's small",
        "small-again.md, plan",
        "  Say where you are going and why. Dates and tasks fit a priority or a scoreboard.",
        "    By Q2",
        "    roll out",
        "    phase 3",
        "  Say it in everyday words, as you would to a neighbour.",
        "    leverage",
    ]
    told = run("statements", "advise", "small-again.md", "--json").facts
    assert [(one["wording"], [each["kind"] for each in one["advice"]]) for one in told] == [
        ("body", ["same_statement"]),
        ("plan", ["plan", "jargon"]),
    ]
    assert told[1]["advice"][1]["spans"] == [{"start": 39, "end": 47, "words": "leverage", "field": "text", "line": 0}]
    assert run("statements", "list", "--json").facts == before


def test_words_of_the_company_count_and_a_wrong_list_is_named(run: Run, company_sqlite: Path) -> None:
    Path("small.md").write_text(SMALL.replace("Say it while it's small", "Another thing altogether"), encoding="utf-8")
    own = Path("messages/advice/en.toml")
    own.parent.mkdir(parents=True)
    own.write_text('known = ["leverage"]\nplan = ["#"]\n', encoding="utf-8")
    done = run("statements", "advise", "small.md")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert [part for part in ("advice/en.toml", "plan", "holds no letter") if part not in done.err] == []
    (check,) = [one for one in run("doctor", "--json").facts["checks"] if one["name"] == "templates"]
    assert (check["health"], "advice/en.toml" in check["sentence"], "holds no letter" in check["sentence"]) == ("fail", True, True)
    own.write_text('known = ["leverage"]\njargon = ["what we have"]\n', encoding="utf-8")
    Path("nameless.md").write_text("+++\nkind = 'value'\n+++\n\nText.\n", encoding="utf-8")
    done = run("statements", "advise", "small.md", "nameless.md")
    assert (done.code, "nameless.md" in done.err, "title" in done.err) == (1, True, True)
    assert [line for line in done.out.splitlines() if "leverage" in line or "what we have" in line] == ["    what we have"]
