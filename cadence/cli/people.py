"""``cadence people``: who is to be reached, from a CSV file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cadence.cli.session import add_at, add_common, note, open_app, print_json, say, table

_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    imports = verbs.add_parser("import", help="add and update people by email; nobody is deactivated unless asked", allow_abbrev=False)
    imports.add_argument("file", type=Path, metavar="FILE.csv", help="an export of your directory, see docs/people.md")
    imports.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
    imports.add_argument("--deactivate-missing", action="store_true", help="deactivate the people the file does not name (asks first)")
    imports.add_argument("--yes", action="store_true", help="do not ask, and allow deactivating more than 20 %%")
    add_at(imports)
    add_common(imports)
    listing = verbs.add_parser("list", help="the active people", allow_abbrev=False)
    listing.add_argument("--all", action="store_true", help="deactivated ones too")
    add_common(listing)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return _import(args) if args.verb == "import" else _list(args)


def _import(args: argparse.Namespace) -> int:
    from cadence.domain.people import parse_people
    from cadence.operations.import_people import import_people, read_people_file

    file = parse_people(read_people_file(args.file))
    options = {"default_zone": "", "deactivate_missing": args.deactivate_missing, "force": args.yes}
    with open_app(args) as app:
        now = app.clock.now()
        options["default_zone"] = app.settings.default_zone
        if args.deactivate_missing and not args.dry_run and not args.yes:
            with app.database.read() as connection:
                missing = import_people(connection, file, now=now, dry_run=True, **options).deactivated
            if missing and not _agreed(missing):
                note("nothing was changed")
                return 1
        with app.database.transaction() as connection:
            report = import_people(connection, file, now=now, dry_run=args.dry_run, **options)
    for refused in report.refused:
        note(f"refused: {args.file}: {refused}")
    if args.json:
        print_json(report)
        return 1 if report.refused else 0
    would = "would be " if args.dry_run else ""
    say(
        f"{len(report.created)} {would}created, {len(report.updated)} updated, {report.unchanged} unchanged, "
        f"{len(report.reactivated)} reactivated, {len(report.deactivated)} deactivated, {len(report.refused)} refused"
    )
    for change in report.updated[:_SHOWN]:
        say(f"  {change.email}: " + "; ".join(f"{fact} {before!s} -> {after!s}" for fact, (before, after) in change.fields.items()))
    if len(report.updated) > _SHOWN:
        say(f"  and {len(report.updated) - _SHOWN} more")
    for one in report.notes:
        note(f"note: {one}")
    return 1 if report.refused else 0


def _agreed(missing: list[str]) -> bool:
    shown = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else "")
    if not sys.stdin.isatty():
        note(f"would deactivate {len(missing)} people: {shown}. Say --yes to do it")
        return False
    sys.stderr.write(f"Deactivate {len(missing)} people ({shown})? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _list(args: argparse.Namespace) -> int:
    from cadence.operations.import_people import list_people

    with open_app(args) as app, app.database.read() as connection:
        found = list_people(connection, deactivated=args.all)
    if args.json:
        print_json(found)
    elif not found:
        say("No people yet. Import some with: cadence people import FILE.csv")
    else:
        table(
            ("email", "name", "zone", "team", "location", "state"),
            ((p.email, p.name, p.zone, p.team, p.location, "deactivated" if p.deactivated_at else "active") for p in found),
        )
    return 0
