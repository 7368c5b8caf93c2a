"""How often people hear it: the form changes a rule as the file would, tries it beside those in force, undoes it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from cadence.assembly.site import SiteContext, build_site
from cadence.domain.audit import Actor, Via
from cadence.files.cadences_toml import parse_cadences
from cadence.identity.permissions import Role
from cadence.operations.authoring.apply_cadences import apply_cadences
from cadence.operations.authoring.change_rules import Rules, change_rule, rules_in_force
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW, a_person, a_statement
from tests.web.conftest import LeaderClient, TestClient

pytestmark = pytest.mark.databases("sqlite")

FILE = b"""
[limits]
digests_per_week = 2
[[limits.rules]]
at_most = 4
count = "statements"
per = "month"
kinds = ["value"]

[cadences.weekly]
name = "What <matters>"
days = ["tue"]
local_time = "09:00"
mode = "adaptive"

[cadences.monthly]
monthdays = [1, 15]
local_time = "10:00"
post_to = "C024BE7LR"
"""


@pytest.fixture
def admin(context: SiteContext, database: Database) -> Iterator[LeaderClient]:
    a_person(database, zone="Europe/Berlin")
    a_statement(database)
    with database.transaction() as connection:
        apply_cadences(connection, parse_cadences(FILE, where="cadences.toml"), now=NOW)
    number = make_account(database, [Role.ADMIN], now=NOW)
    with LeaderClient(build_site(context), base_url="https://cadence.example.com") as client:
        client.context = context
        client.cookies.update(sign_in(database, number, now=NOW))
        yield client


def in_force(database: Database) -> Rules:
    with database.read() as connection:
        return rules_in_force(connection)


def filled(page: str) -> dict[str, str]:
    """Return what a browser would send of the form of a page that nobody touched."""
    form = page[page.index('name="seen"') - 40 :]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form[: form.index("</form>")]):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name is not None
        assert value is not None
        if not re.search(r'type="(checkbox|radio)"', tag) or " checked" in tag:
            fields[name[1]] = html.unescape(value[1])
    chosen = re.search(r'<select[^>]*name="([^"]+)"[^>]*>.*?<option value="([^"]*)" selected', form, re.DOTALL)
    return fields | ({chosen[1]: chosen[2]} if chosen else {})


@pytest.mark.parametrize("path", ["/rhythm", "/rhythm/weekly", "/rhythm/monthly"])
def test_saving_a_form_that_nobody_touched_changes_nothing(admin: LeaderClient, database: Database, path: str) -> None:
    before = in_force(database)
    answer = admin.post(path, data={**filled(admin.get(path).text), "press": "save"})
    assert (answer.status_code, answer.url.path) == (200, path)
    assert in_force(database) == before


def test_a_changed_rule_is_in_force_and_one_press_undoes_it(admin: LeaderClient, database: Database) -> None:
    before = in_force(database)
    fields = filled(admin.get("/rhythm/weekly").text)
    assert "days-tue" in fields
    del fields["days-tue"]
    saved = admin.post(
        "/rhythm/weekly", data={**fields, "days-mon": "1", "local_time": "11:15", "target_awareness": "0,8", "press": "save"}
    )
    changed = in_force(database).definition("weekly")
    assert (changed["days"], changed["local_time"], changed["target_awareness"]) == (["mon"], "11:15", 0.8)
    assert "What &lt;matters&gt;" in saved.text
    undo = re.search(r'action="(/rhythm/undo/\d+)"', saved.text)
    assert undo is not None
    admin.post(undo[1])
    assert in_force(database).definition("weekly") == before.definition("weekly")


def test_the_cap_of_a_day_is_a_rule_of_its_own_beside_those_of_the_file(admin: LeaderClient, database: Database) -> None:
    fields = filled(admin.get("/rhythm").text)
    admin.post("/rhythm", data={**fields, "digests_per_day": "1", "quiet_hours": "12:00-13:00", "press": "save"})
    limits = in_force(database).limits
    assert [(one["at_most"], one["per"]) for one in limits["rules"]] == [(4, "month"), (1, "day")]
    assert limits["quiet_hours"] == "12:00-13:00"
    again = filled(admin.get("/rhythm").text)
    assert again["digests_per_day"] == "1"
    admin.post("/rhythm", data={**again, "digests_per_day": "", "press": "save"})
    assert [one["per"] for one in in_force(database).limits["rules"]] == ["month"]


@pytest.mark.parametrize("press", ["try", "save"])
def test_what_the_file_would_refuse_stands_at_its_field_with_the_value_kept(admin: LeaderClient, database: Database, press: str) -> None:
    before = in_force(database)
    fields = filled(admin.get("/rhythm/weekly").text)
    refused = admin.post("/rhythm/weekly", data={**fields, "max_statements": "<11>", "local_time": "25:00", "press": press})
    assert refused.status_code == 422
    text = html.unescape(refused.text)
    assert "cadences.weekly.max_statements = '<11>': must be a whole number from 1 to 10" in text
    assert "cadences.weekly.local_time = '25:00': " in text
    assert 'value="&lt;11&gt;"' in refused.text
    limits = admin.post("/rhythm", data={**filled(admin.get("/rhythm").text), "digests_per_day": "501", "press": press})
    assert (limits.status_code, "limits.rules[2].at_most = 501: must be" in limits.text) == (422, True)
    assert in_force(database) == before


def test_somebody_elses_change_in_between_is_not_overwritten(admin: LeaderClient, database: Database) -> None:
    fields = filled(admin.get("/rhythm/weekly").text)
    rules = in_force(database)
    table = {**rules.definition("weekly"), "max_statements": 7}
    change_rule(database, "weekly", table, seen=rules.stamp("weekly"), actor=Actor(via=Via.PAGE), now=NOW)
    late = admin.post("/rhythm/weekly", data={**fields, "max_statements": "2", "press": "save"})
    assert (late.status_code, 'value="2"' in late.text) == (409, True)
    assert in_force(database).definition("weekly")["max_statements"] == 7


def test_trying_tells_what_would_come_of_it_and_changes_nothing(admin: LeaderClient, database: Database) -> None:
    before = in_force(database)
    fields = filled(admin.get("/rhythm/weekly").text)
    del fields["active"]
    tried = admin.post("/rhythm/weekly", data={**fields, "press": "try"})
    assert tried.status_code == 200
    assert re.search(r"0 messages a person and week; now [0-9.]*[1-9]\.", tried.text)
    assert "Nobody gets more than 0 messages in a week; now 1." in tried.text
    assert 'class="what-if"' in tried.text
    assert in_force(database) == before


def test_an_auditor_reads_the_rules_and_changes_none(admin: LeaderClient, database: Database) -> None:
    number = make_account(database, [Role.AUDITOR], now=NOW)
    client = TestClient(admin.app, base_url="https://cadence.example.com")
    client.cookies.update(sign_in(database, number, now=NOW))
    page = client.get("/rhythm/weekly").text
    assert 'value="09:00"' in page
    assert 'value="save"' not in page
