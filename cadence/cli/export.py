"""``cadence export``: what is in the database, written back as files."""

from __future__ import annotations

import argparse
from pathlib import Path

from cadence.cli.session import add_common, open_app, print_json, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write; a statement that a file there says is written into it")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Write the files."""
    from cadence.operations.authoring.export_files import export_files

    with open_app(args) as app, app.database.read() as connection:
        written, same = export_files(connection, args.folder)
    if args.json:
        print_json({"written": written, "unchanged": same})
        return 0
    say(f"{len(written)} written, {len(same)} unchanged in {args.folder}")
    for path in written:
        say(f"  {path}")
    return 0
