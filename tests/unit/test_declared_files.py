"""What people type is declared once: it reads back, one fault is named, the schema and the docs say the same."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from cadence.domain.planning.cadences import CadenceFile
from cadence.domain.simulation.population import Population
from cadence.errors import shorten
from cadence.files.audience_rules import AudienceRule
from cadence.files.cadences_toml import CadencesToml, CadenceTable, parse_cadences, to_json
from cadence.files.json_schema import expects, keys_of, leaves, node_at, right_line, schema_of, toml
from cadence.files.limits_toml import CapRuleTable, LimitsTable, SliceTable, limits_to_json
from cadence.files.population_toml import PopulationToml, parse_population
from cadence.files.reading import read_table
from cadence.files.reference import TABLES, render
from cadence.files.refusals import dotted
from cadence.files.toml_tables import InvalidFile
from cadence.settings.fields import Settings
from tests.fixtures.node import node
from tests.fixtures.strategies import cadence_files, populations

ROOT = Path(__file__).resolve().parents[2]
AJV = ROOT / "tests" / "fixtures" / "json_schemas.mjs"

#: every table of a cadences.toml, each with as many keys as go together
FULL: dict[str, Any] = {
    "limits": {"digests_per_week": 3, "quiet_hours": "12:00-13:00", "floor": {"value": 3}, "rules": [{"at_most": 1, "tags": ["safety"]}]},
    "audiences": {"crews": {"team": ["Field"], "any_of": [{"external": False}, {"attribute": {"job": ["Engineer"]}}]}},
    "cadences": {"weekly": {"days": ["mon"], "local_time": "09:00", "audience": "crews", "starts_on": "2026-01-05"}},
    "slices": {"our-purpose": {"share": 0.1, "every_days": 12}},
}
PLACES: tuple[tuple[str | int, ...], ...] = (
    (),
    ("limits",),
    ("limits", "floor"),
    ("limits", "rules", 0),
    ("audiences", "crews"),
    ("audiences", "crews", "any_of", 0),
    ("cadences", "weekly"),
    ("slices", "our-purpose"),
)
TABLE = {"a": 1}
WRONG: dict[str, list[Any]] = {
    "integer": ["1", True, 1.5, -7, 10**30, math.nan, TABLE, "2026-01-01"],
    "number": ["1", True, -7, 1000.5, math.nan, math.inf, [1], TABLE],
    "boolean": ["no", 0, 1, [True], TABLE],
    "string": [7, True, "", ["a"], TABLE, 10**30],
    "array": ["word", 7, TABLE, True],
    "object": ["word", 7, [], 1.5],
}


def written(table: dict[str, Any]) -> bytes:
    """Return a table as a TOML file."""
    return "".join(f"{key} = {toml(value)}\n" for key, value in table.items()).encode()


@given(file=cadence_files())
def test_a_written_cadences_file_reads_back_equal(file: CadenceFile) -> None:
    limits = limits_to_json(file.limits)
    table = {"slices": limits.pop("slices"), "limits": limits, "audiences": file.audiences}
    table["cadences"] = {one.slug: {key: value for key, value in to_json(one).items() if key != "slug"} for one in file.cadences}

    assert parse_cadences(written(table), where="x.toml") == file


@given(population=populations())
def test_a_written_population_reads_back_equal(population: Population) -> None:
    assert parse_population(written(dataclasses.asdict(population)), where="x.toml") == population


def with_fault(place: tuple[str | int, ...], key: str, value: object) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(json.dumps(FULL))
    at: Any = table
    for part in place:
        at = at[part]
    at[key] = value
    return table


@given(data=st.data())
def test_one_fault_in_a_cadences_file_is_named_with_its_key_and_value(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(PLACES))
    key = data.draw(st.sampled_from(keys_of(node_at(CadencesToml, place))))
    value = data.draw(st.sampled_from(WRONG[node_at(CadencesToml, (*place, key))["type"]]))

    with pytest.raises(InvalidFile) as refused:
        parse_cadences(written(with_fault(place, key, value)), where="x.toml")

    mine = [line for line in str(refused.value).splitlines() if line.startswith(f"x.toml: {dotted((*place, key))} = {shorten(value)}: ")]
    assert len(mine) == 1
    assert "(for example: " in mine[0]


@given(data=st.data())
def test_a_key_with_a_letter_too_many_is_told_its_right_name(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(PLACES))
    key = data.draw(st.sampled_from(keys_of(node_at(CadencesToml, place))))

    with pytest.raises(InvalidFile) as refused:
        parse_cadences(written(with_fault(place, f"{key}x", 1)), where="x.toml")

    assert len(refused.value.problems) == 1
    assert f"x.toml: {dotted((*place, key))}x = 1: there is no such key; did you mean {key}? (for example: " in str(refused.value)


@given(data=st.data())
def test_one_fault_in_a_population_is_named_with_its_key_and_value(data: st.DataObject) -> None:
    key, found = data.draw(st.sampled_from(list(leaves(PopulationToml))))
    value = data.draw(st.sampled_from(WRONG[found["type"]]))

    with pytest.raises(InvalidFile) as refused:
        parse_population(written({"answers": 0.5, key[0]: value}), where="x.toml")

    assert len(refused.value.problems) == 1
    assert str(refused.value).startswith(f"x.toml: {key[0]} = {shorten(value)}: must be {expects(found)}")


MODELS: tuple[type[BaseModel], ...] = (*TABLES, CadencesToml, Settings)
LEAVES = [(model, path) for model in MODELS for path, _ in leaves(model)]


@pytest.mark.parametrize(("model", "path"), LEAVES, ids=lambda value: value.__name__ if isinstance(value, type) else ".".join(value))
def test_every_key_says_what_it_means_and_shows_a_good_value(model: type[BaseModel], path: tuple[str, ...]) -> None:
    found = node_at(model, path)
    assert found["description"]
    assert len(found["examples"]) == 1
    if found["type"] in ("integer", "number"):
        assert found["minimum"] < found["maximum"]


OTHERS: dict[type[BaseModel], dict[str, Any]] = {
    CadenceTable: {"days": ["mon"], "local_time": "09:00"},
    CapRuleTable: {"at_most": 1},
    SliceTable: {"share": 0.1, "every_days": 12},
}


@pytest.mark.parametrize(("model", "path"), [pair for pair in LEAVES if pair[0] in TABLES], ids=lambda value: str(value))
def test_every_example_is_a_right_line(model: type[BaseModel], path: tuple[str, ...]) -> None:
    (key,) = path
    sample = node_at(model, path)["examples"][0]
    table = OTHERS.get(model, {}) | {key: sample}
    if key == "monthdays":
        del table["days"]

    read_table(model, table, where="")
    if not isinstance(sample, dict | list) or not isinstance(next(iter(sample), None), str | dict):
        assert list(tomllib.loads(right_line(path, sample))) == [key]


def ajv(model: type[BaseModel], right: list[Any], wrong: list[Any] | None = None) -> dict[str, Any]:
    """Return what a validator that is not ours says of documents under the schema of ``model``."""
    asked = {"schema": schema_of(model), "right": right, "wrong": wrong or []}
    done = subprocess.run([node(), AJV], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def shipped(name: str, *, switched_on: Callable[[str], bool] = lambda line: False) -> Any:
    """Return a file of config/, with the lines in comments for which ``switched_on`` as if they were none."""
    lines = (ROOT / "config" / name).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line.removeprefix("# ") if line.startswith("# ") and switched_on(line) else line for line in lines)
    return json.loads(json.dumps(tomllib.loads(text), default=lambda value: value.isoformat()))


def test_the_schema_of_cadences_accepts_what_the_reader_does_and_refuses_what_it_does() -> None:
    wrong = [
        with_fault(place, key, value)
        for place in PLACES
        for key in keys_of(node_at(CadencesToml, place))
        for value in WRONG[node_at(CadencesToml, (*place, key))["type"]]
        if not (isinstance(value, float) and not math.isfinite(value))  # JSON has no such numbers
    ]
    wrong += [with_fault(place, "x", 1) for place in PLACES]
    wrong += [with_fault((table,), "Not A Name", row) for table in ("audiences", "cadences", "slices") for row in FULL[table].values()]
    found = ajv(CadencesToml, [FULL, {}, shipped("cadences.toml")], wrong)

    assert found["valid"]
    assert found["right"] == [[], [], []]
    assert len(wrong) > 300
    # a text of blanks or in letters that cannot be seen is beyond what a schema says
    accepted = [one for one, errors in zip(wrong, found["wrong"], strict=True) if not errors]
    assert accepted == [with_fault(("cadences", "weekly"), "name", "")]


def test_the_schemas_of_population_and_settings_accept_the_shipped_files() -> None:
    population = shipped("population.toml", switched_on=lambda line: " = " in line)
    every_setting = shipped("cadence.toml", switched_on=lambda line: " = " in line and line.split(" ")[2] == "=")

    found = ajv(PopulationToml, [{}, shipped("population.toml"), population], [{"answers": 2}, {"law": "x"}, {"attention": [1]}, {"x": 1}])
    assert len(population) == len(PopulationToml.model_fields)
    assert (found["valid"], found["right"], all(found["wrong"])) == (True, [[], [], []], True)

    found = ajv(Settings, [{}, shipped("cadence.toml"), every_setting], [{"http": {"port": 0}}, {"smpt": {}}, {"tick_seconds": "60"}])
    assert len(every_setting["smtp"]) > 10
    assert (found["valid"], found["right"], all(found["wrong"])) == (True, [[], [], []], True)


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_the_reference_says_what_the_declaration_does(model: type[BaseModel]) -> None:
    page = (ROOT / "docs" / "cadences.md").read_text(encoding="utf-8")
    assert f"\n{render(model)}" in page, "write it again: python -m cadence.files.reference"


def test_the_words_of_a_value_are_told_from_its_declaration() -> None:
    assert {
        key: expects(node_at(LimitsTable, (key,))) for key in ("digests_per_week", "min_gap_days", "working_days", "floor", "rules")
    } == {
        "digests_per_week": "a whole number from 1 to 14",
        "min_gap_days": "a number from 0 to 60",
        "working_days": "a list of words in quotes, each one of: mon, tue, wed, thu, fri, sat, sun",
        "floor": "a table with a whole number from 0 to 30 for any of: purpose, value, vision, strategy, priority, scoreboard",
        "rules": "a list of tables",
    }
    assert expects(node_at(AudienceRule, ("team",))) == "a list of 1 to 500 words in quotes"
