"""``cadence bench``: each figure as a ratio to a baseline in the same run."""

from __future__ import annotations

import argparse
from pathlib import Path

from cadence.cli.session import note, print_json, progress, say, table

NAMES = ("idle_tick", "plan", "render", "send", "ack", "memory")
#: only when asked for: they take minutes
LONG = ("model", "awareness")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(NAMES)} (the default), {' or '.join(LONG)}")
    parser.add_argument("--quick", action="store_true", help="a smaller company and fewer rounds; noise may miss a target")
    parser.add_argument("--seed", type=int, default=0, help="awareness: seed of the random numbers (default: 0)")
    parser.add_argument("--populations", type=Path, metavar="FILE.toml", help="awareness: other simulated companies, a table for each")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="awareness: only this population; may be repeated")
    parser.add_argument("--companies", type=int, default=6, metavar="N", help="awareness: companies of each population (default: 6)")
    parser.add_argument(
        "--people",
        action="append",
        type=int,
        default=[],
        metavar="N",
        help="awareness: a company of N people, 8 statements and 168 days instead of drawn ones; may be repeated",
    )
    parser.add_argument("--rule-companies", type=int, default=2, metavar="N", help="awareness: companies that try each rule (default: 2)")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="awareness: companies played at once (default: 1)")
    parser.add_argument("--json", action="store_true", help="print rows of {name, unit, value, baseline, ratio, target, met}")


def run(args: argparse.Namespace) -> int:
    """Measure and print; 0 whatever the figures are: they are facts, not a test."""
    from cadence.bench.acknowledging import measure_acknowledging
    from cadence.bench.measure import BenchRow
    from cadence.bench.planning import measure_planning
    from cadence.bench.sending import measure_memory, measure_rendering, measure_sending
    from cadence.errors import Invalid

    wanted = set(args.names or NAMES)
    for name in wanted - {*NAMES, *LONG}:
        raise Invalid("NAME", name, f"is not one of {', '.join((*NAMES, *LONG))}")
    rows: list[BenchRow] = []
    if wanted & {"idle_tick", "plan"}:
        note("planning: a company of 100,000 people and 1,000,000 pairs")
        rows += [
            r
            for r in measure_planning(people=20_000 if args.quick else 100_000, rounds=2 if args.quick else 5)
            if r.name.removesuffix("_adaptive") in wanted
        ]
    if "render" in wanted:
        note("rendering")
        rows.append(measure_rendering(rounds=2 if args.quick else 5))
    if "send" in wanted:
        note("sending to a sink on this machine")
        rows += measure_sending(rounds=2 if args.quick else 5, messages=1_000 if args.quick else 5_000)
    if "ack" in wanted:
        note("acknowledging on 32 connections at once")
        rows += measure_acknowledging(rounds=1) if args.quick else measure_acknowledging()
    if "memory" in wanted:
        note("memory of sending 10,000 and 100,000")
        rows.append(measure_memory(few=1_000, many=10_000) if args.quick else measure_memory())
    if "model" in wanted:
        from cadence.bench.model import measure_model

        note("the memory model on 1,000,000 pairs")
        rows += measure_model(pairs=100_000) if args.quick else measure_model()
    lines: list[str] = []
    if "awareness" in wanted:
        from cadence.bench.awareness import Extent, measure_awareness
        from cadence.bench.companies import read_populations
        from cadence.operations.simulation.company import MOST_PEOPLE

        for option, least in (("seed", 0), ("companies", 0), ("rule_companies", 0), ("processes", 1)):
            if getattr(args, option) < least:
                raise Invalid(f"--{option.replace('_', '-')}", getattr(args, option), f"is less than {least}", example="7")
        for number in args.people:
            if not 1 <= number <= MOST_PEOPLE:
                raise Invalid("--people", number, f"is not between 1 and {MOST_PEOPLE}", example="110")
        populations = read_populations(args.populations)
        for name in set(args.only) - populations.keys():
            raise Invalid("--only", name, f"is not one of {', '.join(populations)}")
        extent = Extent(
            companies=args.companies,
            people=tuple(args.people),
            rule_companies=args.rule_companies,
            seed=args.seed,
            quick=args.quick,
            processes=args.processes,
        )
        chosen = {name: one for name, one in populations.items() if not args.only or name in args.only}
        with progress("simulated days") as advance:
            lines, simulated = measure_awareness(chosen, extent, progress=advance)
        rows += simulated
    if args.json:
        print_json(rows)
        return 0
    for line in lines:
        say(line)
    table(
        ("name", "unit", "ours", "baseline", "ratio", "target", "met"),
        ((r.name, r.unit, f"{r.value:,.2f}", f"{r.baseline:,.2f}", f"{r.ratio:.3f}", r.target, "yes" if r.met else "no") for r in rows),
    )
    say()
    say("ratio = ours / baseline in this run. Absolute figures drift with the machine; ratios do not.")
    return 0
