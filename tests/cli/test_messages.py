"""``cadence messages preview``: what a person would get, by the composers that send, and nothing of it is real."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from cadence.cli import messages
from cadence.errors import NotFound
from cadence.store.database.engine import Database
from tests.cli.conftest import Run

ANA, AT = ("--person", "ana@larkweir.example"), ("--at", "2026-11-23T08:00+00:00")


def counted(url: str) -> dict[str, int]:
    database = Database(url)
    try:
        with database.read() as connection:
            tables = SQLModel.metadata.sorted_tables
            return {t.name: connection.execute(sa.select(sa.func.count()).select_from(t)).scalar() or 0 for t in tables}
    finally:
        database.close()


def test_the_next_digest_is_the_one_the_planner_decides_and_nothing_is_kept(company: Path, run: Run, database_url: str) -> None:
    before = counted(database_url)
    text = run("messages", "preview", "--digest", *ANA, "--format", "text", *AT)
    planned = run("plan", "--at", "2026-11-24T12:00+00:00", *ANA, "--json").facts

    assert (text.code, text.err) == (0, "")
    assert text.out.startswith("Preview: nothing was sent or recorded, and the links lead nowhere.\n")
    assert "Subject: [preview] " in text.out
    assert "Hello Ana Ruiz," in text.out
    assert planned
    assert counted(database_url) == before


def test_one_statement_in_each_format(company_sqlite: Path, run: Run) -> None:
    html = run("messages", "preview", "repair-before-replace", *ANA, *AT).out
    text = run("messages", "preview", "repair-before-replace", *ANA, "--format", "text", *AT).out
    slack = json.loads(run("messages", "preview", "repair-before-replace", *ANA, "--format", "slack-json", *AT).out)

    assert "Preview: nothing was sent" in html
    assert "<!doctype html>" in html.lower()
    for shown in (html, text, json.dumps(slack)):
        assert "This is the first time we have sent you this." in shown
    assert slack["text"].startswith("[preview] ")
    assert slack["blocks"][0]["type"] == "context"
    assert {"channel", "text", "blocks"} == set(slack)


def test_links_of_a_preview_are_good_for_nothing(company_sqlite: Path, run: Run) -> None:
    links = [
        set(re.findall(r"http://127\.0\.0\.1:8787/[acp]/([\w-]+)", run("messages", "preview", "repair-before-replace", *ANA, *AT).out))
        for _ in range(2)
    ]
    assert links[0]
    assert not links[0] & links[1]


def test_an_own_template_is_seen_and_a_broken_one_is_one_line(company_sqlite: Path, run: Run) -> None:
    own = company_sqlite / "messages" / "templates" / "words" / "en.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[messages]\nfirst_time = "Brand new, for {nobody}"\n')
    broken = run("messages", "preview", "repair-before-replace", *ANA)
    assert (broken.code, broken.out, broken.err.count("\n")) == (1, "", 1)
    assert "messages/templates/words/en.toml, line 2: messages.first_time: there is no {nobody} here" in broken.err

    own.write_text('[messages]\nfirst_time = "Brand new."\n')
    assert "Brand new." in run("messages", "preview", "repair-before-replace", *ANA, "--format", "text").out


def test_doctor_tells_a_broken_template_and_a_file_nobody_reads(company_sqlite: Path, run: Run) -> None:
    own = company_sqlite / "messages" / "templates" / "email"
    own.mkdir(parents=True)
    (own / "item.text").write_text("x")
    stray = {c["name"]: c for c in run("doctor", "--json").facts["checks"]}["templates"]
    assert stray["health"] == "warn"
    assert "email/item.text" in stray["sentence"]
    (own / "item.text").rename(own / "item.txt")
    broken = {c["name"]: c for c in run("doctor", "--json").facts["checks"]}["templates"]
    assert broken["health"] == "fail"
    assert "messages/templates/email/item.txt: must hold {{ acknowledge_url }}" in broken["sentence"]
    (own / "item.txt").unlink()
    assert {c["name"]: c for c in run("doctor", "--json").facts["checks"]}["templates"]["health"] == "ok"


def test_output_goes_to_a_file_and_a_picture_needs_a_browser(company_sqlite: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("messages", "preview", "repair-before-replace", *ANA, "--output", "a.html")
    assert done.out == "a.html: 1 statement for Ana Ruiz\n"
    assert (company_sqlite / "a.html").read_text().lower().startswith("<!doctype html>")
    needs = run("messages", "preview", "repair-before-replace", *ANA, "--format", "png")
    assert (needs.code, needs.err.count("\n")) == (2, 1)
    monkeypatch.setitem(__import__("sys").modules, "playwright.sync_api", None)
    with pytest.raises(NotFound, match="a picture needs a browser: pip install playwright"):
        messages.picture("<p>", width=320, dark=False)


def test_wrong_input_is_one_line(company_sqlite: Path, run: Run) -> None:
    for arguments, told in (
        (("nothing", *ANA), "there is no statement 'nothing' in force"),
        (("repair-before-replace", "--person", "nobody@larkweir.example"), "--person: there is nobody with the address"),
        (("repair-before-replace", "--person", "nobody"), "--person = 'nobody'"),
        (("repair-before-replace", *ANA, "--output", "missing/a.html"), "missing/a.html: No such file"),
    ):
        done = run("messages", "preview", *arguments)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1), done
        assert told in done.err


def test_who_gets_nothing_is_told_why(empty_sqlite: Path, run: Run) -> None:
    (empty_sqlite / "people.csv").write_text("name,email\nAna,ana@larkweir.example\n")
    assert run("people", "import", "people.csv").code == 0
    done = run("messages", "preview", "--digest", *ANA)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "nothing is planned for ana@larkweir.example soon: no cadence includes them" in done.err
