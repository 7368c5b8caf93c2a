"""``cadence people``: who is to be reached, from a CSV file or from the Slack workspace."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cadence.cli.session import add_at, add_common, note, open_app, print_json, progress, say, table

if TYPE_CHECKING:
    from cadence.operations.people.report import PeopleReport

_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    imports = verbs.add_parser(
        "import", help="add, change and move people; those the file marks as gone are deactivated", allow_abbrev=False
    )
    imports.add_argument("file", type=Path, metavar="FILE.csv", help="an export of your directory, see docs/people.md")
    imports.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
    imports.add_argument("--deactivate-missing", action="store_true", help="deactivate the people the file does not name (asks first)")
    imports.add_argument("--yes", action="store_true", help="do not ask, and allow deactivating more than 20 %%")
    add_at(imports)
    add_common(imports)
    sync = verbs.add_parser("sync", help="import people from a directory service", allow_abbrev=False)
    sync.add_argument("service", choices=["slack"], metavar="slack", help="the workspace of slack.bot_token")
    sync.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
    sync.add_argument("--deactivate-missing", action="store_true", help="deactivate the people who are not in the workspace")
    sync.add_argument("--yes", action="store_true", help="do not ask, and allow deactivating more than 20 %%")
    add_common(sync)
    listing = verbs.add_parser("list", help="list the active people", allow_abbrev=False)
    listing.add_argument("--all", action="store_true", help="include deactivated people")
    add_common(listing)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return {"import": _import, "sync": _sync, "list": _list}[args.verb](args)


def _import(args: argparse.Namespace) -> int:
    from cadence.domain.audit import AT_THE_SHELL
    from cadence.domain.planning.calendars import zone
    from cadence.files.people_csv.reader import parse_people
    from cadence.operations.people.import_people import A_FILE, import_people, note_import, read_people_file
    from cadence.operations.people.needed_attributes import needed_attributes
    from cadence.store.database.bulk import no_collection

    raw = read_people_file(args.file)
    with open_app(args) as app, no_collection():
        now, settings = app.clock.now(), app.settings
        with app.database.read() as connection:
            keep = needed_attributes(connection, config_dir=settings.config_dir, setting=settings.people.keep_attributes)
        file = parse_people(raw, today=now.astimezone(zone(settings.default_zone)).date(), keep=keep)
        options = {"default_zone": settings.default_zone, "deactivate_missing": args.deactivate_missing, "force": args.yes}
        if args.deactivate_missing and not args.dry_run and not args.yes:
            with app.database.read() as connection:
                missing = import_people(connection, file, now=now, dry_run=True, **options).deactivated
            if missing and not _agreed(missing):
                note("nothing was changed")
                return 1
        with app.database.transaction() as connection:
            report = import_people(connection, file, now=now, dry_run=args.dry_run, **options)
            if not args.dry_run:
                note_import(connection, report, source=A_FILE, actor=AT_THE_SHELL, now=now)
    return _tell(report, str(args.file), args)


def _sync(args: argparse.Namespace) -> int:
    from cadence.assembly.app import slack_settings
    from cadence.channels.slack.calls import SlackCalls
    from cadence.channels.slack.directory import read_directory
    from cadence.domain.audit import AT_THE_SHELL
    from cadence.operations.people.import_people import note_import
    from cadence.operations.people.sync_people import sync_people

    with open_app(args) as app:
        calls = SlackCalls(slack_settings(app.settings))
        with progress("reading") as advance:
            directory = read_directory(calls, progress=advance)
        now, settings = app.clock.now(), app.settings
        deactivate, force = args.deactivate_missing, args.yes
        guests, zone = settings.slack.sync_guests == "external", settings.default_zone

        def bring(*, dry_run: bool) -> PeopleReport:
            with app.database.transaction() as connection:
                report = sync_people(
                    connection,
                    directory,
                    now=now,
                    default_zone=zone,
                    guests=guests,
                    deactivate_missing=deactivate,
                    force=force,
                    dry_run=dry_run,
                )
                if not dry_run:
                    note_import(connection, report, source="Slack", actor=AT_THE_SHELL, now=now)
                return report

        if args.dry_run or (sys.stdin.isatty() and not args.yes):
            report = bring(dry_run=True)
            changes = report.created or report.updated or report.reactivated or report.deactivated
            if args.dry_run or not changes:
                return _tell(report, "Slack", args)
            _tell(report, "Slack", args, to=note, dry_run=True)
            if not _asked("Bring this into the people?"):
                note("nothing was changed")
                return 1
        elif deactivate and not args.yes:
            missing = bring(dry_run=True).deactivated
            if missing and not _agreed(missing):
                note("nothing was changed")
                return 1
        return _tell(bring(dry_run=False), "Slack", args)


def _tell(
    report: PeopleReport, source: str, args: argparse.Namespace, *, to: Callable[[str], None] = say, dry_run: bool | None = None
) -> int:
    if to is say:
        for refused in report.refused:
            note(f"refused: {source}: {refused}")
    if args.json and to is say:
        print_json(report)
        return 1 if report.refused else 0
    would = "would be " if (args.dry_run if dry_run is None else dry_run) else ""
    moved = f"{len(report.moved)} moved, " if report.moved else ""
    reassigned = f"{len(report.reassigned)} addresses reassigned to somebody else, " if report.reassigned else ""
    to(
        f"{len(report.created)} {would}created, {len(report.updated)} updated, {report.unchanged} unchanged, {moved}{reassigned}"
        f"{len(report.reactivated)} reactivated, {len(report.deactivated)} deactivated, {len(report.refused)} refused"
    )
    for change in report.updated[:_SHOWN]:
        to(f"  {change.email}: " + "; ".join(f"{fact} {before!s} -> {after!s}" for fact, (before, after) in change.fields.items()))
    if len(report.updated) > _SHOWN:
        to(f"  and {len(report.updated) - _SHOWN} more")
    told = (
        ("created", report.created),
        ("reactivated", report.reactivated),
        ("deactivated", report.deactivated),
        ("new people, because the address now belongs to somebody else", report.reassigned),
    )
    for word, emails in told:
        if emails:
            shown = ", ".join(emails[:_SHOWN]) + (f" and {len(emails) - _SHOWN} more" if len(emails) > _SHOWN else "")
            to(f"  {would}{word}: {shown}")
    for one in report.notes:
        note(f"note: {one}")
    return 1 if report.refused else 0


def _agreed(missing: list[str]) -> bool:
    shown = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else "")
    if not sys.stdin.isatty():
        note(f"would deactivate {len(missing)} people: {shown}. Say --yes to do it")
        return False
    return _asked(f"Deactivate {len(missing)} people ({shown})?")


def _asked(question: str) -> bool:
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _list(args: argparse.Namespace) -> int:
    from cadence.operations.people.import_people import list_people

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
