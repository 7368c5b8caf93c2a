"""Audiences: rules over the facts we hold about a person.

Owns the form of a rule in ``cadences.toml`` and in the database (the same plain tables and lists),
and what it means. Several keys of one table must all hold. Words are compared without regard to
case and surrounding space. Pure; ``today`` is the person's local date and is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from cadence.domain.people.person import Person, attribute_key
from cadence.domain.toml_tables import nearest
from cadence.errors import Invalid

#: answers whether a person belongs, on a local date
Predicate = Callable[[Person, date], bool]
#: a rule that ``parse_rule`` has accepted
Rule = Mapping[str, Any]

MAX_DEPTH = 5
MAX_WORDS = 500

_WORD_KEYS = ("team", "location", "country", "zone", "locale")
_EXAMPLES = {
    "everyone": "everyone = true",
    "team": 'team = ["Field", "Workshop"]',
    "location": 'location = ["Kathmandu"]',
    "country": 'country = ["NP", "IN"]',
    "zone": 'zone = ["Asia/Kathmandu"]',
    "locale": 'locale = ["en-GB"]',
    "external": "external = false",
    "newcomer_days": "newcomer_days = 30",
    "attribute": 'attribute.job_title = ["Engineer"]',
    "all_of": 'all_of = [{ team = ["Field"] }, { external = false }]',
    "any_of": 'any_of = [{ team = ["Field"] }, { newcomer_days = 30 }]',
    "not": 'not = { team = ["Finance"] }',
}


def everyone(person: Person, today: date) -> bool:
    """Whether ``person`` belongs to the audience that all belong to: always."""
    return True


def parse_rule(data: object, field: str) -> Rule:
    """Return ``data`` as a checked rule. ``field`` names it in messages. Raises Invalid for the first thing that is wrong.

    >>> parse_rule({"team": ["Field"], "external": False}, "audiences.crews")
    {'team': ['Field'], 'external': False}
    """
    _check(data, field, 1)
    assert isinstance(data, Mapping)
    return data


def matches(rule: Rule, person: Person, today: date) -> bool:
    """Whether ``person`` belongs to the audience of a checked ``rule`` on the local date ``today``."""
    return compile_rule(rule)(person, today)


def compile_rule(rule: Rule) -> Predicate:
    """Return a checked rule as a fast predicate, for many people."""
    parts = [_compile_part(key, value) for key, value in rule.items()]
    return parts[0] if len(parts) == 1 else _all(parts)


def _check(data: object, field: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Invalid(field, "...", f"is nested more than {MAX_DEPTH} deep")
    if not isinstance(data, Mapping):
        raise Invalid(field, data, "is a table of conditions", example=_EXAMPLES["team"])
    if not data:
        raise Invalid(field, data, "is an empty rule; name a condition", example=_EXAMPLES["everyone"])
    for key, value in data.items():
        _check_part(str(key), value, f"{field}.{key}", depth)


def _check_part(key: str, value: object, field: str, depth: int) -> None:
    example = _EXAMPLES.get(key)
    if key in _WORD_KEYS:
        _check_words(value, field, example)
    elif key == "everyone":
        if value is not True:
            raise Invalid(field, value, "can only be true", example=example)
    elif key == "external":
        if not isinstance(value, bool):
            raise Invalid(field, value, "is true or false, without quotes", example=example)
    elif key == "newcomer_days":
        if type(value) is not int or not 1 <= value <= 3650:
            raise Invalid(field, value, "is a whole number of days from 1 to 3650", example=example)
    elif key == "attribute":
        if not isinstance(value, Mapping) or not value:
            raise Invalid(field, value, "is a table with the name of a column of the people file", example=example)
        for name, words in value.items():
            _check_words(words, f"{field}.{name}", example)
    elif key in ("all_of", "any_of"):
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_WORDS:
            raise Invalid(field, value, f"is a list of 1 to {MAX_WORDS} rules", example=example)
        for index, one in enumerate(value, start=1):
            _check(one, f"{field}[{index}]", depth + 1)
    elif key == "not":
        _check(value, field, depth + 1)
    else:
        meant = nearest(key, _EXAMPLES)
        hint = f"did you mean {meant}?" if meant else "the conditions are: " + ", ".join(_EXAMPLES)
        raise Invalid(field, value, f"there is no such condition; {hint}", example=_EXAMPLES[meant] if meant else None)


def _check_words(value: object, field: str, example: str | None) -> None:
    words = value if isinstance(value, list | tuple) else None
    if words is None or not 1 <= len(words) <= MAX_WORDS or not all(isinstance(w, str) and w.strip() for w in words):
        raise Invalid(field, value, f"is a list of 1 to {MAX_WORDS} words in quotes", example=example)


def _compile_part(key: str, value: Any) -> Predicate:
    if key in _WORD_KEYS:
        return _has_word(key, _folded(value))
    if key == "external":
        return lambda person, today: person.external is value
    if key == "newcomer_days":
        return lambda person, today: person.started_on is not None and (today - person.started_on).days < value
    if key == "attribute":
        return _all([_has_attribute(attribute_key(name), _folded(words)) for name, words in value.items()])
    if key == "all_of":
        return _all([compile_rule(one) for one in value])
    if key == "any_of":
        return _any([compile_rule(one) for one in value])
    if key == "not":
        inner = compile_rule(value)
        return lambda person, today: not inner(person, today)
    return everyone


def _folded(words: list[str]) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in words)


def _has_word(name: str, words: frozenset[str]) -> Predicate:
    return lambda person, today: getattr(person, name).casefold() in words


def _has_attribute(name: str, words: frozenset[str]) -> Predicate:
    return lambda person, today: str(person.attributes.get(name, "")).strip().casefold() in words


def _all(parts: list[Predicate]) -> Predicate:
    return lambda person, today: all(part(person, today) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    return lambda person, today: any(part(person, today) for part in parts)
