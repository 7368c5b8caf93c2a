"""``cadence explain``: explain why something was sent to a person, held or skipped, from stored facts."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_at, add_common, open_app, print_json, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("email", metavar="EMAIL", help="the person's address")
    parser.add_argument("statement", metavar="STATEMENT", nargs="?", help="only this statement")
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Print the explanation, times in the person's own zone."""
    from cadence.operations.planning.explain import explain

    with open_app(args) as app:
        found = explain(app.database, args.email, args.statement, now=app.clock.now(), channels=app.channels)
    if args.json:
        print_json(found)
        return 0
    say(f"{found.name} <{found.email}>, times in {found.zone}")
    for sentence in found.sentences:
        say(f"  {sentence}")
    if found.next:
        say("\nNext:")
        for slot in found.next:
            say(f"  {slot.sentence}")
    if found.deliveries:
        say("\nLately:")
        for delivery in found.deliveries:
            say(f"  {delivery.sentence}")
    if found.statements:
        say("\nStatements:")
        for told in found.statements:
            say(f"  {told.title} ({told.slug})")
            for sentence in told.sentences:
                say(f"    {sentence}")
    return 0
