"""A temporary company to play rules on: the installation's statements and a sample of its people, or the sample company.

Everything is copied into a SQLite file of its own that is thrown away; the installation is only read. The copied
people know nothing and have met nothing: what really is in their heads cannot be copied. Playing: ``simulated_days``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cadence.domain.people.audiences import Predicate
from cadence.domain.people.person import Person
from cadence.domain.planning.cadences import EVERYONE
from cadence.errors import Invalid
from cadence.files.people_csv.reader import parse_people
from cadence.operations.authoring.import_statements import import_statements, read_statement_files
from cadence.operations.people.import_people import import_people
from cadence.shipped import shipped_folder
from cadence.store.authoring.statements import add_version
from cadence.store.database.engine import Database
from cadence.store.people import directory as people_rows
from cadence.store.people.audiences import audiences_in_force
from cadence.store.planning.chunks import CurrentStatement, current_statements
from cadence.store.responding.learning import start_anew
from cadence.store.simulation import company as rows
from cadence.store.simulation.company import Row

#: more people than this take longer and tell nothing more
MOST_PEOPLE = 500
#: columns of the sample people that rules may name
_SAMPLE_ATTRIBUTES = frozenset({"job_title"})
#: ids of newcomers begin here: applying rules may add shared addresses with ids of their own
_FIRST_NEWCOMER = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a company is copied from. ``is_sample``: the installation was empty, so this is the sample company."""

    #: table -> rows of what is said and of the rules in force
    tables: dict[str, list[Row]]
    people: list[Row]
    addresses: list[Row]
    is_sample: bool

    def has_rules(self) -> bool:
        """Return whether any cadence is in force."""
        return any(row["active"] for row in self.tables["cadences"])


def read_source(database: Database, *, now: datetime) -> Source:
    """Return the statements, rules and people of an installation; of the sample company when it lacks statements or people."""
    found = _read(database, is_sample=False)
    if found.people and any(row["withdrawn_at"] is None for row in found.tables["statements"]):
        return found
    return read_sample(now=now)


def read_sample(*, now: datetime) -> Source:
    """Return the statements and people that come with Cadence."""
    with _temporary({}) as company:
        with company.transaction() as connection:
            import_statements(connection, read_statement_files(shipped_folder("messages") / "statements"), now=now)
            sample = (shipped_folder("config") / "people.csv").read_bytes()
            file = parse_people(sample, today=now.date(), keep=_SAMPLE_ATTRIBUTES)
            import_people(connection, file, now=now, default_zone="UTC")
        return _read(company, is_sample=True)


def _read(database: Database, *, is_sample: bool) -> Source:
    with database.read() as connection:
        people, addresses = rows.read_people(connection)
        tables = {name: rows.read_rows(connection, name) for name in rows.COPIED}
    return Source(tables=tables, people=people, addresses=addresses, is_sample=is_sample)


@contextmanager
def _temporary(tables: dict[str, list[Row]]) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="cadence-simulate-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'simulated.db'}", disposable=True)
        try:
            with database.transaction() as connection:
                rows.build(connection, tables)
            yield database
        finally:
            database.close()


@dataclass(slots=True, kw_only=True)
class PlayedCompany:
    """The temporary company. A seat stays when the person on it is replaced."""

    database: Database
    statements: list[CurrentStatement]
    #: statement -> its tags
    tags: dict[int, tuple[str, ...]]
    #: person of each seat, and the row of that person
    person: list[int]
    rows: list[Row]
    addresses: list[list[Row]]
    joined_at: list[datetime]
    left_at: dict[int, datetime] = field(default_factory=dict)
    #: slug -> who belongs
    audiences: dict[str, Predicate] = field(default_factory=dict)
    _next_id: int = 0
    _facts: dict[int, Row] = field(default_factory=dict)

    def read_audiences(self) -> None:
        """Take the audiences as they are now in force."""
        with self.database.read() as connection:
            self.audiences = audiences_in_force(connection)

    def is_meant(self, person: int, statement: CurrentStatement, *, on: date) -> bool:
        """Return whether ``statement`` is meant for ``person`` (also one who has left) on that date."""
        if statement.audience == EVERYONE:
            return True
        rule = self.audiences.get(statement.audience)
        return rule is not None and rule(Person(**{name: self._facts[person][name] for name in Person.__slots__}), on)

    def started_on(self, person: int) -> date | None:
        """Return the first day of ``person``, None when it is not known."""
        found: date | None = self._facts[person]["started_on"]
        return found

    def __post_init__(self) -> None:
        self._facts = {row["id"]: row for row in self.rows}
        self.read_audiences()

    def replace(self, seats: list[int], *, now: datetime) -> None:
        """Let newcomers of the same team and place sit where ``seats`` were; they begin on the date of ``now``."""
        if not seats:
            return
        newcomers, addresses = [], []
        for seat in seats:
            self.left_at[self.person[seat]] = now
            self._next_id += 1
            old = self.rows[seat]
            newcomer = old | {
                "id": self._next_id,
                "email": f"newcomer-{self._next_id}@simulated.example",
                "name": f"Newcomer {self._next_id}",
                "started_on": date(now.year, now.month, now.day),
                "created_at": now,
                "paused_until": None,
                "fewer_until": None,
            }
            own = [{"person_id": self._next_id, "channel": a["channel"], "value": a["value"]} for a in self.addresses[seat]]
            addresses += [{**row, "suspended_reason": ""} for row in own]
            newcomers.append(newcomer)
            self.rows[seat], self.joined_at[seat] = newcomer, now
        with self.database.transaction() as connection:
            people_rows.deactivate_people(connection, [self.person[seat] for seat in seats], now=now, by="simulated")
            rows.insert_people(connection, newcomers, addresses)
        for seat, newcomer in zip(seats, newcomers, strict=True):
            self.person[seat] = newcomer["id"]
            self._facts[newcomer["id"]] = newcomer


def company_in(database: Database, *, start: datetime) -> PlayedCompany:
    """Return the company that ``database`` holds, to be played in it; its slots are not made yet."""
    with database.read() as connection:
        people, addresses = rows.read_people(connection)
        found = rows.read_rows(connection, "statements")
        statements = current_statements(connection)
    mine: dict[int, list[Row]] = {row["id"]: [] for row in people}
    for address in addresses:
        mine[address["person_id"]].append(address)
    return PlayedCompany(
        database=database,
        statements=statements,
        tags={row["id"]: tuple(row["tags"]) for row in found},
        person=[row["id"] for row in people],
        rows=people,
        addresses=[mine[row["id"]] for row in people],
        joined_at=[start] * len(people),
        _next_id=_FIRST_NEWCOMER,
    )


@contextmanager
def company_of(source: Source, *, people: int, seed: int, start: datetime) -> Iterator[PlayedCompany]:
    """Yield a temporary company of ``people`` drawn from ``source``; some are there several times when it has fewer.

    The cadences, audiences and limits of the source are in force in it, its slots are not made yet.
    """
    seats, addresses = _draw(source, people, seed)
    tables = {**source.tables, "people": seats, "addresses": [row for some in addresses for row in some]}
    with _temporary(tables) as database:
        with database.read() as connection:
            statements = current_statements(connection)
        yield PlayedCompany(
            database=database,
            statements=statements,
            tags={row["id"]: tuple(row["tags"]) for row in source.tables["statements"]},
            person=[row["id"] for row in seats],
            rows=list(seats),
            addresses=addresses,
            joined_at=[start] * len(seats),
            _next_id=_FIRST_NEWCOMER,
        )


def _draw(source: Source, people: int, seed: int) -> tuple[list[Row], list[list[Row]]]:
    """Return rows of people with ids 1, 2 ..., and the addresses of each."""
    if not 1 <= people <= MOST_PEOPLE:
        raise Invalid("people", people, f"is not between 1 and {MOST_PEOPLE}", example="200")
    mine: dict[int, list[Row]] = {}
    for row in source.addresses:
        mine.setdefault(row["person_id"], []).append(row)
    every, rest = divmod(people, len(source.people))
    some = np.sort(np.random.default_rng((seed, len(source.people))).permutation(len(source.people))[:rest])
    order = [(turn, at) for turn in range(every) for at in range(len(source.people))] + [(every, int(at)) for at in some]
    seats: list[Row] = []
    addresses: list[list[Row]] = []
    for number, (turn, at) in enumerate(order, start=1):
        row = source.people[at]
        email = row["email"] if turn == 0 else f"{turn}.{row['email']}"
        seats.append(row | {"id": number, "email": email})
        own: list[dict[str, Any]] = []
        for address in mine.get(row["id"], []):
            own.append({k: v for k, v in address.items() if k != "id"} | {"person_id": number})
        addresses.append(own)
    return seats, addresses


def restate(company: PlayedCompany, statement_id: int, *, now: datetime) -> None:
    """Let a statement mean something new from ``now`` on, as an import of a changed file does."""
    with company.database.transaction() as connection:
        version, said = rows.newest_version(connection, statement_id)
        changed = {"number": version["number"] + 1, "material": True, "digest": f"{version['digest']}+", "published_at": now}
        add_version(connection, version | changed, said)
        start_anew(connection, statement_id)
