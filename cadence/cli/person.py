"""``cadence person``: what an admin does about one person: export, erase, pause, deactivate, reactivate, move."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from cadence.cli.output import write_private
from cadence.cli.session import add_at, add_common, note, open_app, print_json, say
from cadence.errors import Invalid


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    export = verbs.add_parser(
        "export", help="write what is held about a person, but for answers and taps, as one JSON document", allow_abbrev=False
    )
    export.add_argument("email", metavar="EMAIL", help="the person's address")
    export.add_argument("--output", type=Path, metavar="FILE", help="write here, readable by you only (default: standard output)")
    add_at(export)
    add_common(export, as_json=False)
    pause = verbs.add_parser("pause", help="pause all messages to a person until a date in their time zone", allow_abbrev=False)
    pause.add_argument("email", metavar="EMAIL", help="the person's address")
    pause.add_argument("--until", required=True, metavar="DATE", help="the first day they get messages again, such as 2027-01-15")
    deactivate = verbs.add_parser("deactivate", help="stop all messages to a person, whatever a directory says", allow_abbrev=False)
    deactivate.add_argument("email", metavar="EMAIL", help="the person's address")
    reactivate = verbs.add_parser(
        "reactivate", help="start messages to a person again: ends a pause and a deactivation", allow_abbrev=False
    )
    reactivate.add_argument("email", metavar="EMAIL", help="the person's address")
    move = verbs.add_parser("move", help="change a person's address; their history goes with it", allow_abbrev=False)
    move.add_argument("old", metavar="OLD", help="their present address")
    move.add_argument("new", metavar="NEW", help="their new address; a record under it is merged with theirs")
    for parser_of_verb in (pause, deactivate, reactivate, move):
        add_at(parser_of_verb)
        add_common(parser_of_verb)
    erase = verbs.add_parser("erase", help="erase a person for good; only counts stay (asks first)", allow_abbrev=False)
    erase.add_argument("email", metavar="EMAIL", help="the person's address")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    add_at(erase)
    add_common(erase)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return {"export": _export, "erase": _erase}.get(args.verb, _change)(args)


def _change(args: argparse.Namespace) -> int:
    from cadence.operations.people import change_person as change

    with open_app(args) as app:
        database, now = app.database, app.clock.now()
        if args.verb == "pause":
            done = change.pause_person(database, args.email, until=_day(args.until), now=now)
            told = f"paused until {args.until}"
        elif args.verb == "deactivate":
            done = change.deactivate_person(database, args.email, now=now)
            told = "deactivated; no import brings them back, only cadence person reactivate"
        elif args.verb == "reactivate":
            done = change.reactivate_person(database, args.email, now=now)
            told = "active"
        else:
            done = change.move_person(database, args.old, args.new, now=now)
            told = f"has the address {done.email}" + ("; still deactivated" if done.deactivated_at is not None else "")
    if args.json:
        print_json(done)
        return 0
    say(f"{done.name} <{done.email}>: {told}")
    if done.stays:
        note(f"note: the record that had this address was set aside as {done.stays}; its history stays there")
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("--until", text, "is not a date", example="2027-01-15") from None


def _export(args: argparse.Namespace) -> int:
    from cadence.operations.people.export_person import as_json, export_person

    with open_app(args) as app:
        document = export_person(app.database, args.email, now=app.clock.now())
    if args.output is None:
        print_json(document)
        return 0
    write_private(args.output, as_json(document))
    say(f"{args.output}: {document['person']['name']}, {len(document['deliveries'])} messages, {len(document['evidence'])} facts")
    return 0


def _erase(args: argparse.Namespace) -> int:
    from cadence.operations.people.erase_person import erase_person
    from cadence.operations.planning.explain import explain

    with open_app(args) as app:
        now = app.clock.now()
        if not args.yes:
            told = explain(app.database, args.email, now=now)
            if not _agreed(f"{told.name} <{told.email}>"):
                note("nothing was erased")
                return 1
        done = erase_person(app.database, args.email, now=now)
    if args.json:
        print_json(done)
    else:
        say(f"erased; {done.called_off} waiting messages were cancelled. Backups made before still hold the person.")
    for where in done.still_named_in:
        note(f"note: still named in {where}, which is yours to change")
    return 0


def _agreed(who: str) -> bool:
    if not sys.stdin.isatty():
        note(f"would erase {who} for good. Say --yes to do it")
        return False
    sys.stderr.write(f"Erase {who} for good? Their name, address, answers and questions cannot be brought back. [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
