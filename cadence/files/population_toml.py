"""Simulated companies as people write them down: ``population.toml`` in, a checked ``Population`` out; and files of several, by name.

Owns the keys, their ranges and examples; what each of them does to people is ``domain.simulation``'s. Keys that are left
out keep the default of ``Population``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

from pydantic import Field, model_validator

from cadence.domain.simulation.population import Law, Population
from cadence.errors import Invalid
from cadence.files.declared import DeclaredTable, Fault, Number, Whole, entry
from cadence.files.reading import read_file, read_table
from cadence.files.toml_tables import InvalidFile, read_toml

_DEFAULT = Population()
Share = Annotated[Number, Field(ge=0, le=1)]
Weight = Annotated[Number, Field(ge=0.1, le=50)]


class PopulationToml(DeclaredTable):
    """The simulated people: who reads and answers, what sticks, how it fades."""

    law: Law = entry(_DEFAULT.law, "how people forget: traces that fade (actr), or a power of time (power)", example="power")
    attention: tuple[Weight, Weight] = entry(_DEFAULT.attention, "Beta(a, b) of the chance to see a message")
    encoding: Share = entry(_DEFAULT.encoding, "mean chance that a text that was seen is taken in")
    ability_spread: Number = entry(_DEFAULT.ability_spread, "how much memory differs between people (lognormal)", ge=0, le=2)
    statement_spread: Number = entry(_DEFAULT.statement_spread, "how much it differs between statements", ge=0, le=2)
    answers: Share = entry(_DEFAULT.answers, "of those who see a question, the share who answer it")
    acknowledges: Share = entry(_DEFAULT.acknowledges, "of those who read a text that is to be acknowledged, the share who do")
    admits: Share = entry(_DEFAULT.admits, 'of those who cannot say it, the share who choose "I don\'t remember"')
    guesses_right: Share = entry(_DEFAULT.guesses_right, "of those who guess, the share who tap the right line")
    says: Share = entry(_DEFAULT.says, "of those who are asked to say it in their own words, the share who do")
    recognition: Number = entry(_DEFAULT.recognition, "how much easier recognising is than recalling, in activation", ge=0, le=3)
    elsewhere: tuple[Share, Share] = entry(_DEFAULT.elsewhere, "share who know a statement from elsewhere: the least and the best known")
    turnover: Number = entry(_DEFAULT.turnover, "share of people replaced in 30 days; newcomers know nothing", ge=0, le=0.5)
    fatigue: Share = entry(_DEFAULT.fatigue, "attention falls by exp(-fatigue x texts beyond fatigue_free in 28 days)")
    fatigue_free: Number = entry(_DEFAULT.fatigue_free, "texts in 28 days that tire nobody", ge=0, le=200)
    new_meaning_on: Whole = entry(_DEFAULT.new_meaning_on, "day on which one statement comes to mean something new, 0 never", ge=0, le=730)
    barely_read: Share = entry(_DEFAULT.barely_read, "share of people who read a quarter of their messages")
    acknowledge_all: Share = entry(_DEFAULT.acknowledge_all, "share who acknowledge everything and read nothing")
    know_all: Share = entry(_DEFAULT.know_all, 'share who press "I know this" everywhere and read nothing')
    silent: Share = entry(_DEFAULT.silent, "share who read and never press anything")
    answer_anything: Share = entry(_DEFAULT.answer_anything, "share who tap any line")
    away: Share = entry(_DEFAULT.away, "share who are away half of the time, about four weeks at a stretch")
    selective: Share = entry(_DEFAULT.selective, "share who answer what they know 1.6 times as often, and the rest 0.25 times")
    peek: Share = entry(_DEFAULT.peek, "share who now and then look the answer up in an older message")

    @model_validator(mode="after")
    def _add_up(self) -> PopulationToml:
        kinds = ("barely_read", "acknowledge_all", "know_all", "silent", "answer_anything", "away", "selective", "peek")
        if sum(getattr(self, name) for name in kinds) > 1.0 + 1e-9:
            raise Fault(f"with the other kinds of people ({', '.join(kinds)}) is more than everybody", key="peek", value=self.peek)
        if self.elsewhere[0] > self.elsewhere[1]:
            raise Fault("begins above its end", key="elsewhere", value=list(self.elsewhere))
        return self


def parse_population(raw: bytes, *, where: str) -> Population:
    """Return the population of a ``population.toml``; ``where`` is its name for messages.

    Raises InvalidFile with every wrong key and value, each with a valid example.
    """
    return Population(**dict(read_file(PopulationToml, raw, where=where)))


def parse_populations(raw: bytes, *, where: str) -> dict[str, Population]:
    """Return the populations of a file with one table for each, by name in the order of the file. Raises InvalidFile."""
    tables = read_toml(raw, where=where)
    loose = [(name, value) for name, value in tables.items() if not isinstance(value, dict)]
    if loose:
        raise InvalidFile(Invalid(name, value, "stands outside of a table", where=where, example="[actr]") for name, value in loose)
    return {name: Population(**dict(read_table(PopulationToml, table, where=where, under=(name,)))) for name, table in tables.items()}


def describe(population: Population) -> dict[str, object]:
    """Return what differs from the default population, by key."""
    changed = {field.name: getattr(population, field.name) for field in fields(population)}
    return {name: value for name, value in changed.items() if name == "law" or value != getattr(_DEFAULT, name)}
