"""Audience rules: what they mean, and how a wrong one is refused."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.people.audiences import compile_rule, everyone, matches
from cadence.domain.people.person import Person
from cadence.errors import Invalid
from cadence.files.audience_rules import parse_rule
from cadence.files.toml_tables import InvalidFile
from tests.fixtures.strategies import RULES

TODAY = date(2026, 11, 23)


def person(**facts: Any) -> Person:
    known: dict[str, Any] = {
        "id": 1,
        "email": "ana@company.example",
        "zone": "Asia/Kathmandu",
        "country": "NP",
        "locale": "en-GB",
        "team": "Field",
        "location": "Kathmandu",
        "started_on": date(2026, 11, 2),
        "attributes": {"job_title": "Engineer"},
    }
    return Person(**(known | facts))


@pytest.mark.parametrize(
    ("rule", "belongs"),
    [
        ({"everyone": True}, True),
        ({"team": ["Field", "Workshop"]}, True),
        ({"team": [" field "]}, True),
        ({"team": ["Workshop"]}, False),
        ({"location": ["KATHMANDU"]}, True),
        ({"country": ["np"]}, True),
        ({"zone": ["Asia/Kolkata"]}, False),
        ({"locale": ["en-GB"]}, True),
        ({"external": False}, True),
        ({"external": True}, False),
        ({"newcomer_days": 30}, True),
        ({"newcomer_days": 21}, False),
        ({"newcomer_days": 22}, True),
        ({"attribute": {"Job Title": ["engineer"]}}, True),
        ({"attribute": {"job_title": ["Buyer"]}}, False),
        ({"attribute": {"shoe_size": ["43"]}}, False),
        ({"team": ["Field"], "external": True}, False),
        ({"any_of": [{"team": ["Finance"]}, {"newcomer_days": 30}]}, True),
        ({"all_of": [{"team": ["Field"]}, {"external": True}]}, False),
        ({"not": {"team": ["Finance"]}}, True),
        ({"not": {"any_of": [{"team": ["Finance"]}, {"not": {"external": True}}]}}, False),
    ],
)
def test_a_rule_means_what_it_says(rule: dict[str, Any], belongs: bool) -> None:
    assert matches(parse_rule(rule, "audiences.x"), person(), TODAY) is belongs


def test_nobody_without_a_start_date_is_a_newcomer() -> None:
    assert not matches(parse_rule({"newcomer_days": 30}, "x"), person(started_on=None), TODAY)


def test_everyone_is_everyone() -> None:
    assert everyone(person(external=True), TODAY)


@pytest.mark.parametrize(
    ("rule", "field", "word"),
    [
        ([], "audiences.x", "must be a table of conditions"),
        ({}, "audiences.x", "empty rule"),
        ({"tema": ["Field"]}, "audiences.x.tema", "did you mean team?"),
        ({"qqq": ["Field"]}, "audiences.x.qqq", "the keys are: everyone, team"),
        ({"team": "Field"}, "audiences.x.team", "list of 1 to 500 words"),
        ({"team": []}, "audiences.x.team", "list of 1 to 500 words"),
        ({"team": [7]}, "audiences.x.team", "list of 1 to 500 words"),
        ({"team": ["x"] * 501}, "audiences.x.team", "list of 1 to 500 words"),
        ({"everyone": False}, "audiences.x.everyone", "must be true"),
        ({"external": "no"}, "audiences.x.external", "true or false"),
        ({"newcomer_days": 0}, "audiences.x.newcomer_days", "1 to 3650"),
        ({"newcomer_days": True}, "audiences.x.newcomer_days", "1 to 3650"),
        ({"attribute": ["x"]}, "audiences.x.attribute", "name of a column"),
        ({"attribute": {"job": "x"}}, "audiences.x.attribute.job", "list of 1 to 500 words"),
        ({"any_of": {"team": ["x"]}}, "audiences.x.any_of", "list of 1 to 500 rules"),
        ({"any_of": [{"team": ["x"]}, {"temas": ["x"]}]}, "audiences.x.any_of[2].temas", "did you mean team?"),
        ({"not": {"not": {"not": {"not": {"not": {"team": ["x"]}}}}}}, "audiences.x", "more than 5 deep"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(rule: object, field: str, word: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        parse_rule(rule, "audiences.x")
    assert [problem.data["field"] for problem in caught.value.problems] == [field]
    assert word in str(caught.value)


@given(RULES, st.sampled_from(["Field", "Finance"]), st.booleans())
def test_not_turns_every_rule_around(rule: dict[str, Any], team: str, external: bool) -> None:
    one = person(team=team, external=external)
    assert compile_rule({"not": rule})(one, TODAY) is not compile_rule(rule)(one, TODAY)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda x: (
            st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["team", "not", "any_of", "all_of", "attribute", "x"]), x, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_any_data_is_a_rule_or_refused(data: object) -> None:
    try:
        rule = parse_rule(data, "audiences.x")
    except Invalid:
        return
    assert matches(rule, person(), TODAY) in (True, False)


def test_the_rules_in_the_documentation_are_right() -> None:
    text = (Path(__file__).parents[2] / "docs" / "people.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    rules = {slug: parse_rule(rule, slug) for slug, rule in tomllib.loads(example)["audiences"].items()}
    assert [slug for slug, rule in rules.items() if matches(rule, person(), TODAY)] == ["crews", "first-weeks", "monsoon"]
