"""``cadence simulate``: show what a cadences file would do, on simulated people, before it is put into force."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from cadence.cli.session import add_at, add_common, open_app, print_json, progress, say, table

if TYPE_CHECKING:
    from cadence.domain.simulation.population import Population
    from cadence.operations.simulation.simulate import RulesOutcome, Simulation

_BARS = "▁▂▃▄▅▆▇█"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--cadences", type=Path, required=True, metavar="FILE.toml", help="the rules to try, see docs/cadences.md")
    parser.add_argument("--prune", action="store_true", help="as with cadences apply: switch off cadences the file does not name")
    parser.add_argument("--days", type=int, default=180, help="how many days to simulate (default: 180)")
    parser.add_argument("--people", type=int, metavar="N", help="how many people (default: all, at most 500)")
    parser.add_argument("--law", choices=("actr", "power"), help="how the simulated people forget (default: that of the population, actr)")
    parser.add_argument("--population", type=Path, metavar="FILE.toml", help="the simulated people, see config/population.toml")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random numbers: the same seed gives the same figures (default: 0)")
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Play the rules and print what they did, beside the rules in force and fixed cadences."""
    from cadence.domain.sending.deliveries import Channel
    from cadence.errors import Invalid
    from cadence.files.cadences_toml import parse_cadences
    from cadence.files.toml_tables import MAX_BYTES
    from cadence.operations.simulation.processes import play_all
    from cadence.operations.simulation.simulate import SimulationRequest, simulate, work

    if args.seed < 0:
        raise Invalid("--seed", args.seed, "is less than 0", example="7")
    with args.cadences.open("rb") as source:
        file = parse_cadences(source.read(MAX_BYTES + 1), where=str(args.cadences))
    population = _population(args)
    with open_app(args) as app:
        wish = SimulationRequest(
            candidate=file,
            population=population,
            start=app.clock.now(),
            # an installation without a channel is played as if both were set up
            channels=frozenset(app.channels or tuple(Channel)),
            days=args.days,
            people=args.people,
            seed=args.seed,
            prune=args.prune,
        )
        with progress("simulated days", total=work(wish)) as advance:
            found = simulate(app.database, wish, play_all=play_all, progress=advance)
    if args.json:
        print_json(found)
    else:
        _print(found, str(args.cadences))
    return 0


def _population(args: argparse.Namespace) -> Population:
    from cadence.domain.simulation.population import Law, Population
    from cadence.files.population_toml import parse_population
    from cadence.files.toml_tables import MAX_BYTES

    population = Population()
    if args.population is not None:
        with args.population.open("rb") as source:
            population = parse_population(source.read(MAX_BYTES + 1), where=str(args.population))
    return dataclasses.replace(population, law=Law(args.law)) if args.law else population


def _print(found: Simulation, file: str) -> None:
    whose = "your statements and people" if found.company == "installation" else "the sample company, because this installation is empty"
    say(f"{found.people} people, {found.statements} statements, {found.days} days from {found.starts_on.date()} ({whose})")
    changed = "".join(f", {name} = {value}" for name, value in found.population.items())
    say(f"Simulated people: law {found.law}{changed}; seed {found.seed}")
    say()
    names = {"candidate": f"{file}", "in force": "rules in force"}
    table(
        (
            "rules",
            "showings a person a week: mean",
            "median",
            "p90",
            "max",
            "messages",
            "words",
            "over a cap",
            "true",
            "believed",
            "worst tenth",
        ),
        ((names.get(row.name, row.name), *_figures(row)) for row in found.rows),
    )
    say()
    say("messages, words read: a person and week; words of texts and questions in messages that were opened")
    say(f"true, believed: mean recall in the second half of the days, {found.people} people each, seed {found.seed}")
    for row in found.rows:
        say()
        _tell(row, names.get(row.name, row.name))
    say()
    say("What this is, and what it is not:")
    for limit in found.limits:
        say(f"  - {limit}")


def _figures(row: RulesOutcome) -> tuple[object, ...]:
    week, known = row.showings_per_week, row.awareness
    return (
        f"{week.mean:.2f}",
        f"{week.median:.0f}",
        f"{week.p90:.0f}",
        f"{week.most:.0f}",
        f"{row.digests_per_week_mean:.2f}",
        f"{row.words_per_week:.0f}",
        "-" if row.over_a_cap is None else row.over_a_cap,
        f"{known.held:.0%}",
        "-" if known.held_believed is None else f"{known.held_believed:.0%}",
        f"{known.worst_tenth:.0%}",
    )


def _tell(row: RulesOutcome, name: str) -> None:
    say(f"{name} (n = {row.people} people x {row.statements} statements, seed {row.seed})")
    known = row.awareness
    say(f"  awareness, true      {sparkline(known.true)}  {known.true[-1]:.0%} at the end")
    if known.believed:
        say(f"  awareness, believed  {sparkline(known.believed)}  {known.believed[-1]:.0%} at the end")
    if row.method == "planner":
        from cadence.rendering.telling import tell_reason

        say(f"  responses            {row.checks_answered} questions answered, {row.acknowledged} statements acknowledged")
        if row.known:
            ranges = [(one.low, one.high, one.true) for one in row.known if one.low is not None and one.high is not None]
            held = sum(low <= true <= high for low, high, true in ranges)
            say(f"  know it              told of {len(ranges)} of {len(row.known)} statements at the end; {held} ranges hold the truth")
        for reason, count in sorted(row.skipped.items(), key=lambda pair: -pair[1]):
            say(f"  not sent             {count} digests: {tell_reason(reason)}")
    for warning in row.warnings:
        say(f"  note                 {warning}")
    if row.floor is not None and row.floor.pairs:
        short = f"{row.floor.pairs_short} of {row.floor.pairs} pairs of person and statement"
        say(f"  floor                {short} short in a whole quarter, by {row.floor.showings_short} showings")


def sparkline(values: tuple[float, ...]) -> str:
    """Return one bar for each value of [0, 1]."""
    return "".join(_BARS[min(int(value * len(_BARS)), len(_BARS) - 1)] for value in values)
