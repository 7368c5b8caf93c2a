"""A simulated company as an admin writes it down: ``population.toml`` in, a checked ``Population`` out.

Owns the keys, their ranges and examples; what each of them does to people is ``population``'s. Keys that are left
out keep the default of ``Population``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

from pydantic import Field

from cadence.domain.simulation.population import Law, Population
from cadence.files.declared import DeclaredTable, Number, entry
from cadence.files.reading import read_file

_DEFAULT = Population()
Share = Annotated[Number, Field(ge=0, le=1)]
Weight = Annotated[Number, Field(ge=0.1, le=50)]
Difficulty = Annotated[Number, Field(ge=1, le=10)]
Spread = Annotated[Number, Field(ge=0, le=5)]


class PopulationToml(DeclaredTable):
    """The simulated people: who reads and answers, what sticks, how it fades."""

    law: Law = entry(_DEFAULT.law, "how people forget: stability and difficulty (dsr), or traces that fade (actr)", example="actr")
    attention: tuple[Weight, Weight] = entry(_DEFAULT.attention, "Beta(a, b) of the chance to see a message")
    answers: Share = entry(_DEFAULT.answers, "of those who see a check, the share who answer it")
    acknowledges: Share = entry(_DEFAULT.acknowledges, "of those who see a statement that is to be acknowledged, the share who do")
    turnover: Number = entry(_DEFAULT.turnover, "share of people replaced in 30 days", ge=0, le=0.5)
    fatigue: Share = entry(_DEFAULT.fatigue, "attention falls by exp(-fatigue x statements beyond fatigue_free in 28 days)")
    fatigue_free: Number = entry(_DEFAULT.fatigue_free, "statements in 28 days that tire nobody", ge=0, le=200)
    encoding: Share = entry(_DEFAULT.encoding, "mean chance that a statement that was seen is taken in")
    encoding_after_check: Share = entry(_DEFAULT.encoding_after_check, "the same for the answer shown after a check")
    passive_gain: Share = entry(_DEFAULT.passive_gain, "mean share of a recall's strengthening that reading gives")
    stability_days: Number = entry(_DEFAULT.stability_days, "days until recall of a fresh memory falls to 0.9", ge=0.1, le=365)
    person_spread: Number = entry(_DEFAULT.person_spread, "how much that differs between people (lognormal)", ge=0, le=2)
    statement_spread: Number = entry(_DEFAULT.statement_spread, "how much it differs between statements", ge=0, le=2)
    decay: Number = entry(_DEFAULT.decay, "exponent of forgetting", ge=0.02, le=1)
    decay_spread: Share = entry(_DEFAULT.decay_spread, "how much the exponent differs between people (lognormal)")
    difficulty: tuple[Difficulty, Spread] = entry(_DEFAULT.difficulty, "dsr: mean and spread, 1 easy to 10 hard")
    activation_noise: Number = entry(_DEFAULT.activation_noise, "actr: noise of activation", ge=0.05, le=2)
    decay_growth: Share = entry(_DEFAULT.decay_growth, "actr: how much decay grows with activation at learning")


def parse_population(raw: bytes, *, where: str) -> Population:
    """Return the population of a ``population.toml``; ``where`` is its name for messages.

    Raises InvalidFile with every wrong key and value, each with a valid example.
    """
    return Population(**dict(read_file(PopulationToml, raw, where=where)))


def describe(population: Population) -> dict[str, object]:
    """Return what differs from the default population, by key."""
    changed = {field.name: getattr(population, field.name) for field in fields(population)}
    return {name: value for name, value in changed.items() if name == "law" or value != getattr(_DEFAULT, name)}
