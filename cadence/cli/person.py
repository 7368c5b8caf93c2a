"""``cadence person``: everything held about one person, as a file, or erased."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from cadence.cli.session import add_at, add_common, note, open_app, print_json, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    export = verbs.add_parser("export", help="write everything held about a person as one JSON document", allow_abbrev=False)
    export.add_argument("email", metavar="EMAIL", help="the person's address")
    export.add_argument("--output", type=Path, metavar="FILE", help="write here, readable by you only (default: standard output)")
    add_at(export)
    add_common(export, as_json=False)
    erase = verbs.add_parser("erase", help="make a person anonymous for good; counts stay (asks first)", allow_abbrev=False)
    erase.add_argument("email", metavar="EMAIL", help="the person's address")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    add_at(erase)
    add_common(erase)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return _export(args) if args.verb == "export" else _erase(args)


def _export(args: argparse.Namespace) -> int:
    from cadence.operations.people.export_person import as_json, export_person

    with open_app(args) as app:
        document = export_person(app.database, args.email, now=app.clock.now())
    if args.output is None:
        print_json(document)
        return 0
    # personal data: nobody else may read the file, not even for a moment
    with os.fdopen(os.open(args.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(as_json(document))
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
        say(f"erased; {done.called_off} waiting messages were called off. Backups made before still hold the person.")
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
