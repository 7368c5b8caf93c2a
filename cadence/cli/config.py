"""``cadence config``: say whether the settings can be used, show them without secrets, or print what a file may say."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cadence.cli.session import add_common, print_json, say, table
from cadence.errors import Invalid

if TYPE_CHECKING:
    from pydantic import BaseModel


#: what there is a schema of
FILES = ("settings", "cadences", "population", "statements")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "verb",
        choices=("check", "show", "schema"),
        metavar="VERB",
        help="check: name what is wrong; show: list every setting; schema: what a file may say, as JSON Schema",
    )
    parser.add_argument("file", nargs="?", choices=FILES, metavar="FILE", help=f"schema: of {', '.join(FILES)} (default: settings)")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Check, show or print a schema; a wrong setting is refused by field, value and source."""
    if args.verb == "schema":
        return _print_schema(args.file or "settings")
    if args.file:
        raise Invalid(f"config {args.verb}", args.file, "is for the schema only", example=f"cadence config schema {args.file}")
    from cadence.settings.loading import describe, load_settings

    settings = load_settings(args.config)
    if args.verb == "check":
        if args.json:
            print_json({"ok": True})
        else:
            say("The settings are fine.")
        return 0
    rows = []
    for row in describe():
        value: object = settings
        for part in row.name.split("."):
            value = getattr(value, "sender" if part == "from" else part)
        rows.append((row.name, "(set)" if row.secret and value is not None else value, row.unit, row.variable))
    if args.json:
        print_json({name: None if value is None else str(value) for name, value, _, _ in rows})
    else:
        table(("setting", "value", "unit", "variable"), rows)
    return 0


def _print_schema(file: str) -> int:
    from cadence.files.cadences_toml import CadencesToml
    from cadence.files.front_matter import FrontMatter
    from cadence.files.json_schema import schema_of
    from cadence.files.population_toml import PopulationToml
    from cadence.settings.fields import Settings

    models: dict[str, type[BaseModel]] = {
        "settings": Settings,
        "cadences": CadencesToml,
        "population": PopulationToml,
        "statements": FrontMatter,
    }
    print_json(schema_of(models[file]))
    return 0
