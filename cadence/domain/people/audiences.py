"""Audiences: rules over the facts we hold about a person.

Owns what a rule means; its form, in ``cadences.toml`` and in the database (the same plain tables and lists), is
``files.audience_rules``'. Several keys of one table must all hold. Words are compared without regard to case and
surrounding space. Pure; ``today`` is the person's local date and is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from cadence.domain.people.person import Person, attribute_key

#: answers whether a person belongs, on a local date
Predicate = Callable[[Person, date], bool]
#: a rule that ``files.audience_rules`` has accepted
Rule = Mapping[str, Any]

_WORD_KEYS = ("team", "location", "country", "zone", "locale")


def everyone(person: Person, today: date) -> bool:
    """Whether ``person`` belongs to the audience that all belong to: always."""
    return True


def matches(rule: Rule, person: Person, today: date) -> bool:
    """Whether ``person`` belongs to the audience of a checked ``rule`` on the local date ``today``."""
    return compile_rule(rule)(person, today)


def compile_rule(rule: Rule) -> Predicate:
    """Return a checked rule as a fast predicate, for many people."""
    parts = [_compile_part(key, value) for key, value in rule.items()]
    return parts[0] if len(parts) == 1 else _all(parts)


def attributes_of(rule: Rule) -> frozenset[str]:
    """Return the keys of the attributes that a rule asks for, on any level."""
    found: set[str] = set()
    for key, value in rule.items():
        if key == "attribute":
            found |= {attribute_key(name) for name in value}
        elif key in ("all_of", "any_of"):
            found |= {name for one in value for name in attributes_of(one)}
        elif key == "not":
            found |= attributes_of(value)
    return frozenset(found)


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
