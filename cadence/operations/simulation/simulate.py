"""What a set of rules would do: the real planner and the real model on a simulated company, before anything is saved.

The candidate rules and the rules in force are played on the same people with the same luck, each in a temporary
database; plain fixed cadences stand beside them for comparison (``domain.simulation.fixed``, without planner or questions).
Nothing of the installation is written. What is simulated and what is not is told with every result (``LIMITS``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.planning.cadences import CadenceFile
from cadence.domain.sending.deliveries import Channel
from cadence.domain.simulation.fixed import FixedRule, play_fixed
from cadence.domain.simulation.population import Population
from cadence.errors import Invalid
from cadence.files.cadences_toml import parse_cadences
from cadence.files.population_toml import describe
from cadence.operations.authoring.apply_cadences import apply_cadences, derive_slots
from cadence.operations.measuring.known import figures as published_figures
from cadence.operations.simulation import figures as figures
from cadence.operations.simulation.company import MOST_PEOPLE, PlayedCompany, Source, company_of, read_source
from cadence.operations.simulation.days import Played, play
from cadence.operations.simulation.figures import Shortfall, SimulatedAwareness, Spread
from cadence.shipped import shipped_folder
from cadence.store.database.engine import Database
from cadence.store.planning import chunks as planning_rows
from cadence.store.simulation import company as rows

MOST_DAYS = 730
#: name -> every statement to everyone each so many days
FIXED = {"fixed, weekly": 7.0, "fixed, every 12 days": 12.0, "fixed, monthly": 30.0}
LIMITS = (
    "The people are simulated: how they attend, forget and answer is assumed, not measured in your company.",
    "Everyone begins knowing nothing and having met nothing, whatever was sent to them before.",
    "Nobody talks to a colleague, there are no meetings, and nobody asks for fewer messages, pauses or changes an address.",
    "Messages always arrive, and are answered within hours or never; nobody reads posts to channels.",
    "Fixed cadences are played without planner, limits, calendars and questions.",
    "Recall is not agreement, and agreement is not conduct.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFigure:
    """What would be published of one statement at the end, beside the truth that no real company has; whole percent."""

    slug: str
    verdict: str
    value: int | None
    low: int | None
    high: int | None
    true: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesOutcome:
    """What one set of rules did. A showing is one statement in one message."""

    name: str
    #: "planner": the product decided, with the rules as they stand; "fixed": plain arithmetic
    method: str
    #: people, statements, days and seed that the row stands on
    people: int
    statements: int
    days: int
    seed: int
    showings_per_week: Spread
    #: messages; None and only a mean for a fixed cadence
    digests_per_week: Spread | None
    digests_per_week_mean: float
    #: people who would get more than a cap allows; None where no caps are applied
    over_a_cap: int | None
    #: digests not sent, by reason
    skipped: Mapping[str, int]
    floor: Shortfall | None
    checks_answered: int
    acknowledged: int
    #: of texts and questions in messages that were opened, a person and week
    words_per_week: float
    awareness: SimulatedAwareness
    #: the "know it" of each statement as the pages would tell it at the end; empty for a fixed cadence, which asks nothing
    known: tuple[SimulatedFigure, ...] = ()
    #: what applying the rules would warn of
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The answer to a what-if; ``rows``: the candidate first, then the rules in force, then fixed cadences."""

    starts_on: datetime
    days: int
    seed: int
    #: "installation" or "sample company"
    company: str
    people: int
    statements: int
    law: str
    #: what differs from the default population
    population: Mapping[str, object]
    rows: tuple[RulesOutcome, ...]
    limits: tuple[str, ...] = LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationRequest:
    """What is to be played. ``people`` None: as many as there are, at most 500."""

    candidate: CadenceFile
    population: Population
    start: datetime
    channels: frozenset[Channel]
    days: int = 180
    people: int | None = None
    seed: int = 0
    #: cadences that the candidate file does not name are switched off, as by ``cadences apply --prune``
    prune: bool = False


Progress = Callable[[int], object]
#: plays the named sets of rules, several at once if it can; see ``simulated_processes``
Play = Callable[["list[PlayedRules]", Progress], list[RulesOutcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedRules:
    """One set of rules to be played: all it needs, so that another process can do it."""

    name: str
    source: Source
    #: rules to be applied; None: only those in force in the source
    file: CadenceFile | None
    wish: SimulationRequest
    people: int


def simulate(
    database: Database, wish: SimulationRequest, *, play_all: Play | None = None, progress: Progress = lambda days: None
) -> Simulation:
    """Return what the candidate rules of ``wish`` would do, beside the rules in force and fixed cadences.

    ``progress`` is told of days played; there are ``work(wish)`` of them. Raises Invalid for days or people out of range.
    """
    if not 7 <= wish.days <= MOST_DAYS:
        raise Invalid("days", wish.days, f"is not between 7 and {MOST_DAYS}", example="180")
    start = wish.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    source = read_source(database, now=start)
    people = wish.people if wish.people is not None else min(len(source.people), MOST_PEOPLE)
    if not 1 <= people <= MOST_PEOPLE:
        raise Invalid("people", people, f"is not between 1 and {MOST_PEOPLE}", example="200")
    parts = [PlayedRules(name="candidate", source=source, file=wish.candidate, wish=wish, people=people)]
    if source.has_rules():
        parts.append(PlayedRules(name="in force", source=source, file=None, wish=wish, people=people))
    else:
        starter = parse_cadences((shipped_folder("config") / "cadences.toml").read_bytes(), where="cadences.toml")
        parts.append(PlayedRules(name="starter rules", source=source, file=starter, wish=wish, people=people))
    played = play_all(parts, progress) if play_all is not None else [play_part(part, progress) for part in parts]
    statements = played[0].statements
    fixed = [_fixed(name, every, wish, people=people, statements=statements) for name, every in FIXED.items()]
    return Simulation(
        starts_on=start,
        days=wish.days,
        seed=wish.seed,
        company="sample company" if source.is_sample else "installation",
        people=people,
        statements=statements,
        law=wish.population.law.value,
        population={k: v for k, v in describe(wish.population).items() if k != "law"},
        rows=(*played, *fixed),
    )


def work(wish: SimulationRequest) -> int:
    """Return how many days of progress ``simulate`` will report."""
    return 2 * wish.days


def play_part(part: PlayedRules, progress: Progress) -> RulesOutcome:
    """Return what one set of rules does."""
    wish = part.wish
    start = wish.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with company_of(part.source, people=part.people, seed=wish.seed, start=start) as company:
        with company.database.transaction() as connection:
            warnings: list[str] = []
            if part.file is not None:
                warnings = apply_cadences(connection, part.file, now=start, prune=wish.prune, overwrite=True).warnings
            derive_slots(connection, now=start)
        company.read_audiences()
        played = play(company, wish.population, start=start, days=wish.days, seed=wish.seed, channels=wish.channels, progress=progress)
        with company.database.read() as connection:
            sent, skipped = rows.sent_digests(connection), rows.skips(connection)
            limits = planning_rows.limits_in_force(connection)
            published = _published(connection, company, played, now=start + timedelta(days=wish.days))
        digests, showings = figures.per_week(sent, company, played, start=start, days=wish.days)
        return RulesOutcome(
            name=part.name,
            method="planner",
            people=part.people,
            statements=len(company.statements),
            days=wish.days,
            seed=wish.seed,
            showings_per_week=showings,
            digests_per_week=digests,
            digests_per_week_mean=digests.mean,
            over_a_cap=figures.over_caps(sent, company, played, limits),
            skipped=skipped,
            floor=figures.shortfall(sent, company, played, limits, start=start, days=wish.days),
            checks_answered=played.counts.checks_answered,
            acknowledged=played.counts.acknowledged,
            words_per_week=round(played.counts.words_read / part.people / wish.days * 7, 1),
            awareness=figures.awareness(played, days=wish.days),
            known=published,
            warnings=tuple(warnings),
        )


def _published(connection: Connection, company: PlayedCompany, played: Played, *, now: datetime) -> tuple[SimulatedFigure, ...]:
    last, known, found = played.readings[-1], published_figures(connection, now=now), []
    for column, statement in enumerate(company.statements):
        meant = last.meant[:, column]
        if meant.any():
            one = known.of(statement.id)
            true = round(float(last.true[meant, column].mean()) * 100)
            told = SimulatedFigure(slug=statement.slug, verdict=one.verdict.value, value=one.value, low=one.low, high=one.high, true=true)
            found.append(told)
    return tuple(found)


def _fixed(name: str, every: float, wish: SimulationRequest, *, people: int, statements: int) -> RulesOutcome:
    rule = FixedRule(name=name, every_days=every)
    found = play_fixed(rule, wish.population, seed=wish.seed, people=people, statements=statements, days=wish.days)
    late = [at for at, day in enumerate(found.days) if day >= wish.days / 2]
    by_person = np.sort(found.true[late].mean(axis=0))
    return RulesOutcome(
        name=name,
        method="fixed",
        people=people,
        statements=statements,
        days=wish.days,
        seed=wish.seed,
        showings_per_week=figures.spread(found.showings),
        digests_per_week=None,
        digests_per_week_mean=round(found.digests_per_week, 3),
        over_a_cap=None,
        skipped={},
        floor=None,
        checks_answered=0,
        acknowledged=0,
        words_per_week=round(found.words_per_week, 1),
        awareness=SimulatedAwareness(
            days=found.days,
            true=tuple(round(float(v), 4) for v in found.true.mean(axis=1)),
            # a fixed cadence asks nothing, so nothing can be believed of it
            believed=(),
            held=round(float(found.true[late].mean()), 4),
            held_believed=None,
            worst_tenth=round(float(by_person[: max(1, len(by_person) // 10)].mean()), 4),
        ),
    )
