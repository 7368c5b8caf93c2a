"""``cadence acknowledged``: who has acknowledged a statement, by name; in privacy mode ``named`` also who was sent it and saw it."""

from __future__ import annotations

import argparse
from datetime import datetime

from cadence.cli.session import add_at, add_common, open_app, print_json, say, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("statement", metavar="STATEMENT", help="its slug; one that must be acknowledged, unless privacy.mode is named")
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Print a line for each person of the audience."""
    from cadence.operations.measuring.by_name import by_name

    with open_app(args) as app:
        found = by_name(app.database, args.statement, now=app.clock.now())
    if args.json:
        print_json(found)
        return 0
    head = ("name", "email", "team", "acknowledged")
    more = ("sent", "last sent", "seen") if found.tells_more else ()
    table(
        (*head, *more),
        (
            (
                one.name,
                one.email,
                one.team,
                _date(one.acknowledged_at),
                *((one.times_sent, _date(one.last_sent), _date(one.seen_at)) if found.tells_more else ()),
            )
            for one in found.people
        ),
    )
    done = sum(one.acknowledged_at is not None for one in found.people)
    say(f"\n{done} of {len(found.people)} people acknowledged {found.slug}.")
    return 0


def _date(at: datetime | None) -> str:
    return "" if at is None else at.date().isoformat()
