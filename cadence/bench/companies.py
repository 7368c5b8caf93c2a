"""Companies for ``cadence bench awareness``: the sample statements, drawn people, an adaptive cadence, and the product's own planner.

A company is a number of people, statements and days drawn from a seed; what its people are like is a ``Population`` of
``populations.toml`` or another file. Everything is played in a temporary SQLite file (``operations.simulation``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cadence.domain.planning.cadences import EVERYONE, CadenceFile
from cadence.domain.sending.deliveries import Channel
from cadence.domain.simulation.population import Population
from cadence.files.cadences_toml import parse_cadences
from cadence.files.population_toml import parse_populations
from cadence.files.toml_tables import MAX_BYTES
from cadence.operations.authoring.apply_cadences import apply_cadences, derive_slots
from cadence.operations.simulation.company import PlayedCompany, Source, company_of, read_sample
from cadence.operations.simulation.days import Played, Reading, play

#: a Monday
START = datetime(2027, 1, 4, tzinfo=UTC)
_ZONES = ("Europe/Berlin", "America/New_York")
#: one cadence, two slots a week, three statements: what the starter file says
_RULES = """
[cadences.digest]
days = ["tue", "thu"]
local_time = "09:30"
mode = "adaptive"
max_statements = 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanySize:
    """How large a company is, and the seed of all its chance."""

    people: int
    statements: int
    days: int
    seed: int


def draw_sizes(count: int, *, seed: int) -> list[CompanySize]:
    """Return ``count`` companies of 40 to 200 people, 6 to 12 statements and 168 to 210 days."""
    found = []
    for number in range(count):
        random = np.random.default_rng((seed, number))
        people, statements, weeks = random.integers(40, 201), random.integers(6, 13), random.integers(24, 31)
        found.append(CompanySize(people=int(people), statements=int(statements), days=int(weeks) * 7, seed=seed * 1000 + number))
    return found


def read_populations(file: Path | None) -> dict[str, Population]:
    """Return the populations of ``file``, by default those that come with Cadence."""
    path = file or Path(__file__).with_name("populations.toml")
    with path.open("rb") as source:
        return parse_populations(source.read(MAX_BYTES + 1), where=str(file or path.name))


def rules() -> CadenceFile:
    """Return the rules that the companies are played under."""
    return parse_cadences(_RULES.encode(), where="rules")


def play_company(
    population: Population,
    size: CompanySize,
    *,
    watch: Callable[[PlayedCompany, Reading, datetime], object] = lambda company, reading, now: None,
    progress: Callable[[int], object] = lambda day: None,
) -> Played:
    """Play one company; ``watch`` sees each reading while the database stands as it did then."""
    with _founded(size) as company:
        return play(
            company,
            population,
            start=START,
            days=size.days,
            seed=size.seed,
            channels=frozenset({Channel.EMAIL}),
            progress=progress,
            watch=lambda reading, now: watch(company, reading, now),
        )


@contextmanager
def _founded(size: CompanySize) -> Iterator[PlayedCompany]:
    source = _cut(read_sample(now=START), size)
    with company_of(source, people=size.people, seed=size.seed, start=START) as company:
        with company.database.transaction() as connection:
            apply_cadences(connection, rules(), now=START)
            derive_slots(connection, now=START)
        company.read_audiences()
        yield company


def _cut(source: Source, size: CompanySize) -> Source:
    """Return the sample with so many of its statements, meant for everyone, and people in two zones."""
    tables = dict(source.tables)
    kept = set(np.random.default_rng((size.seed, 1)).permutation([row["id"] for row in tables["statements"]])[: size.statements].tolist())
    tables["statements"] = [
        row | {"audience": EVERYONE, "must_acknowledge": number % 2 == 0}
        for number, row in enumerate(row for row in tables["statements"] if row["id"] in kept)
    ]
    tables["statement_versions"] = [row for row in tables["statement_versions"] if row["statement_id"] in kept]
    versions = {row["id"] for row in tables["statement_versions"]}
    tables["wordings"] = [row for row in tables["wordings"] if row["version_id"] in versions]
    tables["statement_supports"] = [
        row for row in tables["statement_supports"] if row["statement_id"] in kept and row["supports_id"] in kept
    ]
    people = [row | {"zone": _ZONES[number % len(_ZONES)]} for number, row in enumerate(source.people)]
    return Source(tables=tables, people=people, addresses=source.addresses, is_sample=True)
