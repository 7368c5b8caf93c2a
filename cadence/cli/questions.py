"""``cadence questions``: what people asked the leader."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_at, add_common, open_app, print_json, say
from cadence.errors import Invalid


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list the open questions, newest first", allow_abbrev=False)
    listing.add_argument("--closed", action="store_true", help="list the answered ones instead")
    add_common(listing)
    close = verbs.add_parser("close", help="mark a question as answered", allow_abbrev=False)
    close.add_argument("number", metavar="NUMBER", help="the number that the list shows")
    add_at(close)
    add_common(close)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return _list(args) if args.verb == "list" else _close(args)


def _list(args: argparse.Namespace) -> int:
    from cadence.operations.responding.ask import list_questions

    with open_app(args) as app:
        found = list_questions(app.database, closed=args.closed)
    if args.json:
        print_json(found)
        return 0
    for question in found:
        about = f", about {question.slug}" if question.slug else ""
        who = f"{question.person_name} <{question.email}>"
        doubt = "" if question.sender_proven else "  (sender not proven)"
        say(f"{question.id}  {question.asked_at:%Y-%m-%d %H:%M} UTC  {who} by {question.channel}{about}{doubt}")
        for line in question.text.splitlines():
            say(f"    {line}")
    if not found:
        say("No question has been answered yet." if args.closed else "No open questions.")
    return 0


def _close(args: argparse.Namespace) -> int:
    from cadence.operations.responding.ask import close_question

    if not (args.number.isascii() and args.number.isdigit() and len(args.number) < 16):
        raise Invalid("NUMBER", args.number, "is not the number of a question", example="cadence questions close 7")
    with open_app(args) as app:
        closed_at = close_question(app.database, int(args.number), now=app.clock.now())
    if args.json:
        print_json({"id": int(args.number), "closed_at": closed_at})
    else:
        say(f"Question {int(args.number)} was marked as answered on {closed_at:%Y-%m-%d %H:%M} UTC.")
    return 0
