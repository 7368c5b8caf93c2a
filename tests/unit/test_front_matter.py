"""The declared front matter and the reader of statement files know the same keys, and accept the same files."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from cadence.domain.statements.statement import MAX_NEAR_MISSES, MAX_OPTION, MAX_TITLE
from cadence.files import statement_md
from cadence.files.front_matter import FrontMatter, MeasureToml, MeasureValueToml
from cadence.files.json_schema import schema_of
from cadence.files.statement_md import parse_statement
from cadence.files.toml_tables import InvalidFile

SAMPLES = sorted((Path(__file__).parents[2] / "messages" / "statements").rglob("*.md"))


@pytest.mark.parametrize(
    ("model", "keys"),
    [(FrontMatter, statement_md._KEYS), (MeasureToml, statement_md._MEASURE_KEYS), (MeasureValueToml, statement_md._VALUE_KEYS)],
)
def test_both_know_the_same_keys(model: type[BaseModel], keys: dict[str, str]) -> None:
    assert model.model_fields.keys() == keys.keys()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_fits_what_is_declared(path: Path) -> None:
    front = path.read_text(encoding="utf-8").split("+++")[1]
    read = FrontMatter.model_validate(tomllib.loads(front))
    parsed = parse_statement(
        path.read_bytes(), name=path.name.join(("values/", "")) if "kind" in front else f"{path.parent.name}/{path.name}"
    )
    assert (read.title, read.brief, read.right_answer, read.near_misses) == (
        parsed.title,
        parsed.brief,
        parsed.right_answer,
        parsed.near_misses,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        'titel = "x"',
        "title = 1",
        f'title = "{"x" * (MAX_TITLE + 1)}"',
        'title = "x"\nkind = "word"',
        'title = "x"\nvisible_to = "me"',
        'title = "x"\nbrief = 1',
        f'title = "x"\nbrief = "{"x" * 201}"',
        f'title = "x"\nright_answer = "{"x" * (MAX_OPTION + 1)}"',
        f'title = "x"\nnear_misses = {[f"{n}" for n in range(MAX_NEAR_MISSES + 1)]}',
        'title = "x"\nmust_acknowledge = "yes"',
    ],
)
def test_what_one_refuses_the_other_refuses(wrong: str) -> None:
    with pytest.raises(ValidationError):
        FrontMatter.model_validate(tomllib.loads(wrong))
    with pytest.raises(InvalidFile):
        parse_statement(f"+++\n{wrong}\n+++\nText.\n".encode(), name="values/x.md")


def test_the_schema_tells_the_bounds_of_a_question() -> None:
    found = schema_of(FrontMatter)["properties"]
    assert (found["right_answer"]["maxLength"], found["near_misses"]["maxItems"], found["title"]["maxLength"]) == (300, 10, 120)
    assert "at least 3" in found["near_misses"]["description"]
