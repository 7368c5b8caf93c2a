"""``cadence cadences``: the admin's rules as a file, and what is in force."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from cadence.cli.session import add_at, add_common, note, open_app, print_json, say, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    apply = verbs.add_parser("apply", help="make the rules match a file", allow_abbrev=False)
    apply.add_argument("file", type=Path, metavar="FILE.toml", help="the rules, see docs/cadences.md")
    apply.add_argument("--prune", action="store_true", help="switch off cadences the file does not name")
    apply.add_argument("--overwrite", action="store_true", help="also change what was edited in the browser since")
    add_at(apply)
    add_common(apply)
    listing = verbs.add_parser("list", help="list the active cadences and when each is due next", allow_abbrev=False)
    add_common(listing)


def run(args: argparse.Namespace) -> int:
    """Apply or list."""
    return _apply(args) if args.verb == "apply" else _list(args)


def _apply(args: argparse.Namespace) -> int:
    from cadence.files.cadences_toml import parse_cadences
    from cadence.files.toml_tables import MAX_BYTES
    from cadence.operations.authoring.apply_cadences import apply_cadences

    with args.file.open("rb") as source:
        file = parse_cadences(source.read(MAX_BYTES + 1), where=str(args.file))
    with open_app(args) as app, app.database.transaction() as connection:
        report = apply_cadences(connection, file, now=app.clock.now(), prune=args.prune, overwrite=args.overwrite)
    for kept in report.kept:
        note(f"refused: {kept.slug or 'limits'}: was edited in the browser; to overwrite it, add --overwrite. The file would change:")
        for field, after in kept.after.items():
            note(f"  {field}: {json.dumps(kept.before[field])} -> {json.dumps(after)}")
    if args.json:
        print_json(report)
        return 1 if report.kept else 0
    if report.kept:
        note("nothing was applied")
        return 1
    for label, slugs in (
        ("added", report.added),
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("switched off", report.pruned),
    ):
        if slugs:
            say(f"{label}: {', '.join(slugs)}")
    if report.limits_changed:
        say("limits: changed")
    say(f"slots: {report.slots.added} added, {report.slots.removed} removed")
    if report.absent:
        note(f"not in the file but still active: {', '.join(report.absent)} (switch off with --prune)")
    for warning in report.warnings:
        note(f"note: {warning}")
    for zone in report.slots.unknown_zones:
        note(f"note: people are in the unknown time zone {zone}; they get nothing until it is corrected")
    return 0


def _list(args: argparse.Namespace) -> int:
    from cadence.files.cadences_toml import from_json
    from cadence.operations.planning.upcoming import Upcoming, upcoming
    from cadence.store.authoring.cadences import stored_cadences

    with open_app(args) as app:
        with app.database.read() as connection:
            stored = stored_cadences(connection)
        due = upcoming(app.database, after=app.clock.now(), limit=1000)
    if args.json:
        print_json({"cadences": [{**c.definition, "active": c.active} for c in stored], "next": due})
        return 0
    if not stored:
        say("No cadences yet. Apply the starter file with: cadence cadences apply config/cadences.toml")
        return 0
    first: dict[str, Upcoming] = {}
    for coming in due:
        first.setdefault(coming.cadence, coming)
    rows = []
    for one in stored:
        cadence, slot = from_json(one.definition), first.get(one.slug)
        rows.append(
            (
                one.slug,
                "active" if one.active else "off",
                cadence.audience,
                cadence.mode.value,
                ", ".join(cadence.channels),
                f"{slot.fire_at.isoformat(timespec='minutes')} ({slot.zone})" if slot else "-",
            )
        )
    table(("cadence", "state", "audience", "mode", "channels", "next due (first zone)"), rows)
    return 0
