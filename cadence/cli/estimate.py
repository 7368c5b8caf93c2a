"""``cadence estimate``: the leader's estimate, locked before the result is shown, and every estimate there was."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cadence.cli.session import add_at, add_common, open_app, print_json, say, table
from cadence.errors import Invalid

if TYPE_CHECKING:
    from cadence.operations.measuring.estimates import Guessed

_WHY = {
    "first": "no guess yet",
    "new_meaning": "it means something else since the last guess",
    "new_round": "the last guess is a quarter old",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("statement", metavar="STATEMENT", nargs="?", help="its slug; without it, list all estimates")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("percent", metavar="PERCENT", nargs="?", help="of 100 people it is meant for, how many could say it: a whole number")
    how.add_argument("--skip", action="store_true", help="show what is known without an estimate")
    parser.add_argument("--by", metavar="NAME", help="who is estimating: a name or an address")
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Lock one guess, or list them."""
    guesses = args.percent is not None or args.skip
    if args.skip and args.statement is None:
        raise Invalid("--skip", "", "is about one statement", example="cadence estimate an-honest-gap --skip")
    if args.by is not None and not guesses:
        raise Invalid("--by", args.by, "needs an estimate", example="cadence estimate an-honest-gap 60 --by Ada")
    return _lock(args) if guesses else _list(args)


def _lock(args: argparse.Namespace) -> int:
    from cadence.operations.measuring.estimates import lock_estimate

    with open_app(args) as app:
        made = lock_estimate(
            app.database,
            slug=args.statement,
            percent=args.percent,
            by=args.by or "",
            now=app.clock.now(),
            smallest=app.settings.privacy.k,
        )
    if args.json:
        print_json({"statement": args.statement, "estimate": made.to_json()})
    else:
        say(f"{args.statement}: {made.sentence}")
    return 0


def _list(args: argparse.Namespace) -> int:
    from cadence.operations.measuring.estimates import list_guesses

    with open_app(args) as app, app.database.read() as connection:
        found = list_guesses(connection, slug=args.statement, now=app.clock.now(), smallest=app.settings.privacy.k)
    if args.json:
        print_json({"statements": [one.to_json() for one in found]})
        return 0
    if not found:
        say("No statements yet. Import some with: cadence statements import messages/statements")
        return 0
    asked = [one for one in found if one.asked is not None]
    if asked:
        say("Of 100 people it is meant for, how many could say it in their own words? Answer with: cadence estimate STATEMENT PERCENT")
        say()
        table(("statement", "title", "why now"), ((one.slug, one.title, _WHY[one.asked.why.value] if one.asked else "") for one in asked))
    else:
        say("No estimate is wanted.")
    for one in found:
        _history(one)
    return 0


def _history(one: Guessed) -> None:
    if one.estimates:
        say()
        say(f"{one.slug}: {one.title}")
    for made in one.estimates:
        say(f"  {made.sentence}" + (f" By {made.made_by}." if made.made_by else ""))
