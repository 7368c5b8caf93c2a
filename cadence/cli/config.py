"""``cadence config``: say whether the settings can be used, or show them without secrets."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_common, print_json, say, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("verb", choices=("check", "show"), metavar="VERB", help="check: name what is wrong; show: every setting in force")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Check or show; a wrong setting is refused by field, value and source."""
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
