"""A simulated company as an admin writes it down: ``population.toml`` in, a checked ``Population`` out.

Owns the keys, their ranges and examples; what each of them does to people is ``population``'s. Keys that are left
out keep the default of ``Population``. Pure.
"""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

from cadence.domain.simulation.population import Law, Population
from cadence.domain.toml_tables import InvalidFile, TableReader, read_toml
from cadence.errors import Invalid

_EXAMPLES = {
    "law": 'law = "actr"',
    "attention": "attention = [4, 2]",
    "answers": "answers = 0.35",
    "acknowledges": "acknowledges = 0.30",
    "turnover": "turnover = 0.015",
    "fatigue": "fatigue = 0.02",
    "fatigue_free": "fatigue_free = 8",
    "encoding": "encoding = 0.5",
    "encoding_after_check": "encoding_after_check = 0.75",
    "passive_gain": "passive_gain = 0.5",
    "stability_days": "stability_days = 3",
    "person_spread": "person_spread = 0.5",
    "statement_spread": "statement_spread = 0.3",
    "decay": "decay = 0.25",
    "decay_spread": "decay_spread = 0.2",
    "difficulty": "difficulty = [5, 1.5]",
    "activation_noise": "activation_noise = 0.35",
    "decay_growth": "decay_growth = 0.15",
}
#: key -> least and most
_RANGES = {
    "answers": (0.0, 1.0),
    "acknowledges": (0.0, 1.0),
    "turnover": (0.0, 0.5),
    "fatigue": (0.0, 1.0),
    "fatigue_free": (0.0, 200.0),
    "encoding": (0.0, 1.0),
    "encoding_after_check": (0.0, 1.0),
    "passive_gain": (0.0, 1.0),
    "stability_days": (0.1, 365.0),
    "person_spread": (0.0, 2.0),
    "statement_spread": (0.0, 2.0),
    "decay": (0.02, 1.0),
    "decay_spread": (0.0, 1.0),
    "activation_noise": (0.05, 2.0),
    "decay_growth": (0.0, 1.0),
}
#: key of two numbers -> ranges of both
_PAIRS = {"attention": ((0.1, 50.0), (0.1, 50.0)), "difficulty": ((1.0, 10.0), (0.0, 5.0))}


def parse_population(raw: bytes, *, where: str) -> Population:
    """Return the population of a ``population.toml``; ``where`` is its name for messages.

    Raises InvalidFile with every wrong key and value, each with a valid example.
    """
    problems: list[Invalid] = []
    reader = TableReader(read_toml(raw, where=where), path="", where=where, problems=problems, examples=_EXAMPLES)
    reader.refuse_unknown()
    default = Population()
    law = reader.choice("law", Law.DSR)
    given: dict[str, Any] = {key: _pair(reader, key, getattr(default, key)) for key in _PAIRS}
    for key, (least, most) in _RANGES.items():
        given[key] = reader.number(key, getattr(default, key), least=least, most=most)
    if problems:
        raise InvalidFile(problems)
    return replace(default, law=law, **given)


def describe(population: Population) -> dict[str, object]:
    """Return what differs from the default population, by key."""
    default = Population()
    changed = {f.name: getattr(population, f.name) for f in fields(population)}
    return {name: value for name, value in changed.items() if name == "law" or value != getattr(default, name)}


def _pair(reader: TableReader, key: str, default: tuple[float, float]) -> tuple[float, float]:
    value = reader.table.get(key, list(default))
    ranges = _PAIRS[key]
    numbers = isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) and math.isfinite(one) for one in value)
    if numbers and all(least <= one <= most for one, (least, most) in zip(value, ranges, strict=True)):
        return float(value[0]), float(value[1])
    (a, b), (c, d) = ranges
    reader.refuse(key, value, f"is two numbers, the first from {a:g} to {b:g}, the second from {c:g} to {d:g}")
    return default
