"""``cadence rebuild``: recompute everything from the evidence and compare it with what is stored."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_common, open_app, print_json, progress, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--repair", action="store_true", help="correct what differs from the evidence")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Compare; 1 when there are differences that were not repaired."""
    from cadence.operations.running.rebuild import rebuild

    with open_app(args) as app:
        lock = app.lock() if args.repair else None
        try:
            with progress("folding evidence") as advance:
                report = rebuild(app.database, repair=args.repair, progress=advance)
        finally:
            if lock is not None:
                lock.release()
    if args.json:
        print_json(report)
    else:
        say(f"{report.facts} facts of {report.people} people fold to {report.pairs} pairs; {report.differences} differences")
        for one in report.first:
            say(f"  person {one.person_id}, statement {one.statement_id}: {one.field} is {one.kept}, the evidence says {one.folded}")
        if report.differences:
            say("repaired" if report.repaired else "Fix them with: cadence rebuild --repair")
    return 1 if report.differences and not report.repaired else 0
