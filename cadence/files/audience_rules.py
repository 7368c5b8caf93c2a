"""Rules of audiences as admins write them, in ``[audiences]`` and as the database keeps them: the same plain tables.

Owns the conditions and their bounds. What a rule means: ``domain``'s ``audiences``, which compiles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from cadence.domain.people.audiences import Rule
from cadence.files.declared import DeclaredTable, Fault, Flag, Maybe, Text, Whole, entry, one_of
from cadence.files.reading import read_table

MAX_DEPTH = 5
MAX_WORDS = 500
_NESTING = ("all_of", "any_of", "not")


def _some(value: Any) -> Any:
    if not isinstance(value, list | tuple | Mapping) or not 1 <= len(value) <= MAX_WORDS:
        raise Fault
    return value


def _some_words(value: Any) -> Any:
    if not isinstance(_some(value), list | tuple) or not all(isinstance(word, str) and word.strip() for word in value):
        raise Fault
    return value


def _bounded(expects: str, check: Any = _some) -> tuple[Any, ...]:
    extra: dict[str, Any] = {"expects": expects} | ({} if "table" in expects else {"minItems": 1, "maxItems": MAX_WORDS})
    return BeforeValidator(check), Field(json_schema_extra=extra)


def _no_control(word: str) -> str:
    if any(letter < " " for letter in word):
        raise Fault("has control characters")
    return word


Word = Annotated[Text, AfterValidator(_no_control)]
AudienceWords = Annotated[tuple[Word, ...], *_bounded(f"a list of 1 to {MAX_WORDS} words in quotes", _some_words)]
Attributes = Annotated[dict[Word, AudienceWords], *_bounded("a table with the name of a column of the people file")]
Rules = Annotated[tuple["AudienceRule", ...], *_bounded(f"a list of 1 to {MAX_WORDS} rules")]


class AudienceRule(DeclaredTable):
    """Who belongs: all conditions of one table must hold, one word of each list is enough."""

    model_config = ConfigDict(json_schema_extra={"expects": "a table of conditions"})

    everyone: Maybe[Annotated[Flag, *one_of(True, expects="true")]] = entry(None, "all active people", example=True)
    team: Maybe[AudienceWords] = entry(None, "the person's team", example=["Field", "Workshop"])
    location: Maybe[AudienceWords] = entry(None, "the person's location", example=["Kathmandu"])
    country: Maybe[AudienceWords] = entry(None, "the person's country", example=["NP", "IN"])
    zone: Maybe[AudienceWords] = entry(None, "the person's time zone", example=["Asia/Kathmandu"])
    locale: Maybe[AudienceWords] = entry(None, "the person's language", example=["en-GB"])
    external: Maybe[Flag] = entry(None, "whether the person is from outside the company", example=False)
    newcomer_days: Maybe[Annotated[Whole, Field(ge=1, le=3650)]] = entry(None, "the person started fewer than so many days ago", example=30)
    attribute: Maybe[Attributes] = entry(None, "any other column of the people file", example={"job_title": ["Engineer"]})
    all_of: Maybe[Rules] = entry(None, "all of these rules hold", example=[{"team": ["Field"]}, {"external": False}])
    any_of: Maybe[Rules] = entry(None, "one of these rules holds", example=[{"team": ["Field"]}, {"newcomer_days": 30}])
    not_: Maybe[AudienceRule] = entry(None, "this rule does not hold", example={"team": ["Finance"]}, alias="not")

    @model_validator(mode="before")
    @classmethod
    def _is_flat_enough(cls, rule: Any) -> Any:
        level = [rule]
        for _ in range(MAX_DEPTH):
            below = [one[key] for one in level if isinstance(one, Mapping) for key in _NESTING if key in one]
            level = [rule for found in below for rule in (found if isinstance(found, list | tuple) else [found])]
        if level:
            raise Fault(f"is nested more than {MAX_DEPTH} deep")
        return rule

    @model_validator(mode="after")
    def _names_a_condition(self) -> AudienceRule:
        if not self.model_fields_set:
            raise Fault("is an empty rule; name a condition", example="everyone = true")
        return self


def parse_rule(data: object, field: str) -> Rule:
    """Return ``data`` as a checked rule. ``field`` names it in messages. Raises InvalidFile with everything that is wrong.

    >>> parse_rule({"team": ["Field"], "external": False}, "audiences.crews")
    {'team': ['Field'], 'external': False}
    """
    read_table(AudienceRule, data, where="", under=(field,))
    assert isinstance(data, Mapping)
    return data
