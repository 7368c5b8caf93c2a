"""The same question has the same answer on pages, in Slack, in commands and in JSON, for generated companies."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from cadence.assembly.site import SiteContext, build_site
from cadence.cli.report import print_report
from cadence.clock import FixedClock
from cadence.domain.sending.links import LinkSigner
from cadence.operations.measuring.estimates import lock_estimate
from cadence.operations.measuring.report import report
from cadence.operations.measuring.report_json import plain_report
from cadence.rendering.words import english
from cadence.slack_app.summary import MOST, leader_lines
from cadence.store.database.engine import Database
from tests.fixtures.amount import examples
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_release, a_statement
from tests.fixtures.one_transaction import OneTransaction
from tests.web.conftest import TestClient

THEN = NOW + timedelta(days=1)
PASSWORD = "correct horse battery"
CHECKS = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
#: a company is small as it is drawn, and every try asks for a dozen pages
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)

steps = st.lists(st.integers(0, 20), min_size=3, max_size=3).map(sorted)
releases: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(["figure", "figure", "range", "too_early", "too_few", "selection", "too_uncertain"]),
        "ends": steps,
        "answered": st.integers(3, 90),
        "days_ago": st.integers(0, 60),
    }
)
statements = st.fixed_dictionaries(
    {
        "estimate": st.one_of(st.integers(0, 100), st.none(), st.just("due")),
        "told": st.booleans(),
        "steps": st.lists(releases, max_size=2),
        "before": st.none() | releases,
        "team": st.none() | releases,
    }
)
companies = st.lists(statements, min_size=1, max_size=4)


@pytest.fixture
def one_answer(database_url: str) -> Iterator[OneTransaction]:
    opened = OneTransaction(database_url)
    yield opened
    opened.close()


@dataclass(frozen=True)
class Shown:
    """The figures of one statement as one place tells them; None where the place does not tell."""

    know_it: str | None
    gap: str | None
    team: str | None = None


def _release(database: Database, one: StatementRows, drawn: dict[str, Any], step: int, **where: Any) -> None:
    low, value, high = (5 * n for n in drawn["ends"])
    said = {"figure": {"value": value, "low": low, "high": high}, "range": {"low": low, "high": high}}.get(drawn["verdict"], {})
    at = NOW - timedelta(days=drawn["days_ago"] / step)
    a_release(database, one, step=step, verdict=drawn["verdict"], answered=drawn["answered"], at=at, people=12, told=9, **said, **where)


def _build(database: Database, company: list[dict[str, Any]]) -> list[str]:
    """Make the company and return the slugs of the statements whose result may be seen."""
    people = [a_person(database, team="Field" if n % 2 else "Works") for n in range(12)]
    seen = []
    for n, drawn in enumerate(company):
        one = a_statement(database, slug=f"s-{n}", title=f"Statement {n}", position=n)
        for person in people if drawn["told"] else ():
            a_delivery(database, person, [one])
        for step, release in enumerate(drawn["steps"], start=1):
            _release(database, one, release, step)
        if drawn["before"] is not None:
            _release(database, one, drawn["before"], 1, figure="from_elsewhere")
        if drawn["team"] is not None:
            _release(database, one, drawn["team"], 1, group=("team", "Field"))
        if drawn["estimate"] != "due":
            lock_estimate(database, slug=f"s-{n}", percent=drawn["estimate"], now=NOW)
            seen.append(f"s-{n}")
    return seen


def _json(plain: dict[str, Any]) -> Shown:
    team = next((t["know_it"]["sentence"] for t in plain["teams"] if t["team"] == "Field" and t["know_it"]), None)
    gap = plain["projection_gap"]
    return Shown(plain["know_it"]["sentence"], None if gap is None else gap["sentence"], team)


def _text(page: str) -> str:
    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())
    return re.sub(r" (?=[.,)])", "", shown)


def _site(database: Database) -> TestClient:
    context = SiteContext(
        database=database,
        clock=FixedClock(THEN),
        links=LinkSigner({1: b"a test secret of at least 32 bytes!!"}, current=1, deployment="https://cadence.example.com"),
        company_name="Ridge",
        base_url="https://cadence.example.com",
        admin_password=SecretStr(PASSWORD),
        monotonic=lambda: 0.0,
    )
    client = TestClient(build_site(context), base_url="https://cadence.example.com", client=("203.0.113.9", 5000))
    client.auth = ("admin", PASSWORD)
    return client


@settings(max_examples=examples(6), deadline=None, suppress_health_check=CHECKS, phases=PHASES)
@given(company=companies)
def test_the_same_question_has_the_same_answer_everywhere(one_answer: OneTransaction, company: list[dict[str, Any]]) -> None:
    with one_answer.fresh():
        seen = _build(one_answer, company)
        client = _site(one_answer)
        whole = json.loads(json.dumps(plain_report(report(one_answer, now=THEN))))
        assert client.get("/api/v1/report").json() == whole
        figures = client.get("/api/v1/figures").json()
        assert figures["projection_gap"] == whole["projection_gap"]
        slack = leader_lines(english("leader"), one_answer, now=THEN, smallest=5)
        home = client.get("/").text
        for line, alone in zip(whole["statements"], figures["statements"], strict=True):
            assert {key: line[key] for key in ("know_it", "before", "belief", "projection_gap")} == {
                key: alone[key] for key in ("know_it", "before", "belief", "projection_gap")
            }
            _one_statement(client, one_answer, line, is_seen=line["slug"] in seen, home=home, slack=slack)
        _all_statements(whole, home, slack, one_answer)


def _one_statement(client: TestClient, database: Database, line: dict[str, Any], *, is_seen: bool, home: str, slack: list[str]) -> None:
    slug = line["slug"]
    detail = report(database, statement=slug, now=THEN)
    told = _json(plain_report(detail)["statements"][0])
    assert (told.know_it, told.gap) == (_json(line).know_it, _json(line).gap)
    (figures,) = client.get("/api/v1/figures", params={"statement": slug}).json()["statements"]
    assert _json(figures) == told

    printed = io.StringIO()
    with redirect_stdout(printed):
        print_report(detail)
    command = " ".join(printed.getvalue().split())
    assert f"Know it: {told.know_it}." in command
    assert told.gap is None or told.gap in command
    assert told.team is None or told.team in command

    page = _text(client.get(f"/statements/{slug}").text)
    (said,) = [one for one in slack if one.startswith(f"“{line['title']}”")]
    row = re.search(rf'<tr><th scope="row"[^>]*>{line["title"]}</th>.*?</tr>', home, re.DOTALL)
    assert row
    if not is_seen:
        assert "guess on its page first" in said
        assert "Guess first" in row[0]
        for hidden in (page, said, row[0]):
            assert not re.search(r"about \d+ in 100|somewhere between", hidden)
        return
    assert told.know_it is not None
    assert told.know_it in _text(f"<main>{row[0]}")
    main = told.gap or f"{told.know_it[0].upper()}{told.know_it[1:]}."
    assert main in page
    assert main.removesuffix(".").lower() in said.lower()
    assert told.team is None or told.team in page
    labels = [unescape(label) for label in re.findall(r'role="img" aria-label="([^"]*)"', home)]
    assert (told.gap or told.know_it) in labels or f'say-nothing">{told.gap or told.know_it}' in unescape(home)


def _all_statements(whole: dict[str, Any], home: str, slack: list[str], database: Database) -> None:
    gap = whole["projection_gap"]
    printed = io.StringIO()
    with redirect_stdout(printed):
        print_report(report(database, now=THEN))
    if gap is None:
        assert "You think" not in _text(home).partition("Do this next")[0] or "too early" in _text(home)
        return
    assert gap["sentence"] in " ".join(printed.getvalue().split())
    if gap["value"] is not None:
        assert gap["sentence"] in _text(home)
        assert gap["sentence"] in slack
    assert len(slack) <= MOST
