"""``cadence statements``: what the leader wants everyone to know."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from cadence.cli.session import add_at, add_common, note, open_app, print_json, say, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    imports = verbs.add_parser("import", help="read Markdown files; a version is made only where text changed", allow_abbrev=False)
    imports.add_argument("path", type=Path, metavar="PATH", help="a folder or one file")
    how = imports.add_mutually_exclusive_group()
    how.add_argument(
        "--material",
        dest="material",
        action="store_true",
        default=None,
        help="changed texts mean something new: people are sent them and asked to acknowledge them again",
    )
    how.add_argument("--wording-only", dest="material", action="store_false", help="changed texts mean the same as before")
    imports.add_argument("--overwrite", action="store_true", help="also change what was edited in the browser since")
    imports.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    add_at(imports)
    add_common(imports)
    advising = verbs.add_parser("advise", help="say what is worth a second look in texts, with the words it is about", allow_abbrev=False)
    advising.add_argument("paths", type=Path, nargs="+", metavar="FILE", help="files or folders; nothing is stored or refused")
    add_common(advising)
    listing = verbs.add_parser("list", help="list all statements", allow_abbrev=False)
    add_common(listing)
    for verb, text in (
        ("show", "show one statement in full"),
        ("publish", "bring a withdrawn statement back"),
        ("withdraw", "stop sending a statement"),
    ):
        one = verbs.add_parser(verb, help=text, allow_abbrev=False)
        one.add_argument("slug", metavar="STATEMENT", help="its slug")
        add_common(one)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return {"import": _import, "advise": _advise, "list": _list, "show": _show, "publish": _publish, "withdraw": _publish}[args.verb](args)


def _import(args: argparse.Namespace) -> int:
    from cadence.operations.authoring.import_statements import import_statements, read_statement_files

    files = read_statement_files(args.path)
    with open_app(args) as app, app.database.transaction() as connection:
        report = import_statements(
            connection, files, now=app.clock.now(), material=args.material, dry_run=args.dry_run, overwrite=args.overwrite
        )
    for refused in report.refused:
        note(f"refused: {refused}")
    for kept in report.kept:
        note(f"refused: {kept.file}: {kept.slug} was edited in the browser; to overwrite it, add --overwrite. The file would change:")
        for field, after in kept.after.items():
            note(f"  {field}: {_short(kept.before[field])} -> {_short(after)}")
    if args.json:
        print_json(report)
        return 1 if report.refused or report.kept else 0
    would = "would be " if args.dry_run else ""
    say(
        f"{len(report.created)} {would}created, {len(report.new_versions)} new versions, "
        f"{len(report.updated)} updated, {len(report.unchanged)} unchanged"
    )
    for version in report.new_versions:
        say(f"  {version.slug}: version {version.number}, {'material' if version.material else 'wording only'}")
    for update in report.updated:
        say(f"  {update.slug}: {', '.join(update.fields)}")
    for one in report.notes:
        note(f"note: {one}")
    if not files:
        note(f"{args.path} holds no .md files")
    return 1 if report.refused or report.kept else 0


def _short(value: object) -> str:
    """Return a value for one line, a long one cut."""
    text = " ".join(json.dumps(value, ensure_ascii=False).split())
    return text if len(text) <= 120 else text[:119] + "…"


def _advise(args: argparse.Namespace) -> int:
    from cadence.operations.authoring.advising import advise_files, word_lists
    from cadence.operations.authoring.import_statements import read_statement_files
    from cadence.rendering.words import english

    files = [file for path in args.paths for file in read_statement_files(path)]
    with open_app(args) as app, app.database.read() as connection:
        advised, refused = advise_files(connection, files, word_lists(app.settings.messages_dir))
    for fault in refused:
        note(f"refused: {fault}")
    words = english("advice")
    if args.json:
        print_json(
            [
                {
                    "file": one.file,
                    "wording": one.wording,
                    "advice": [{"kind": a.kind, "remedy": words.say(a.kind, **a.values), "spans": a.spans} for a in one.advice],
                }
                for one in advised
                if one.advice
            ]
        )
        return 1 if refused else 0
    for one in advised:
        if one.advice:
            say(f"{one.file}, {one.wording}")
        for advice in one.advice:
            say(f"  {words.say(advice.kind, **advice.values)}")
            for span in advice.spans:
                place = "" if span.field == "text" else f"{span.field}: ".replace("_", " ")
                say(f"    {place}{' '.join(span.words.split())}")
    if not any(one.advice for one in advised) and advised:
        say("Nothing to advise.")
    if not files:
        note("there are no .md files")
    return 1 if refused else 0


def _list(args: argparse.Namespace) -> int:
    from cadence.operations.authoring.import_statements import list_statements

    with open_app(args) as app, app.database.read() as connection:
        found = list_statements(connection)
    if args.json:
        print_json(found)
    elif not found:
        say("No statements yet. Import some with: cadence statements import messages/statements")
    else:
        table(
            ("kind", "slug", "version", "wordings", "audience", "acknowledge", "state"),
            (
                (
                    s.kind,
                    s.slug,
                    s.number,
                    len(s.wordings),
                    s.audience if s.visible_to == "everyone" else f"{s.audience} only",
                    "must" if s.must_acknowledge else "",
                    "withdrawn" if s.withdrawn_at else "in force",
                )
                for s in found
            ),
        )
    return 0


def _show(args: argparse.Namespace) -> int:
    from cadence.operations.authoring.import_statements import show_statement

    with open_app(args) as app, app.database.read() as connection:
        found = show_statement(connection, args.slug)
    if args.json:
        print_json(found)
        return 0
    say(f"{found.title}")
    state = (
        f"withdrawn on {found.withdrawn_at.date()}"
        if found.withdrawn_at
        else f"version {found.number} since {found.effective_on or found.published_at.date()}"
    )
    alone = ", shown to nobody else" if found.visible_to == "audience" else ""
    say(f"{found.kind}, {state}, for {found.audience}{alone}{', must be acknowledged' if found.must_acknowledge else ''}")
    if found.supports:
        say(f"serves: {', '.join(found.supports)}")
    say()
    say(found.body)
    for name, text in found.wordings:
        say(f"\n[{name}]\n{text}")
    return 0


def _publish(args: argparse.Namespace) -> int:
    from cadence.operations.authoring.import_statements import publish_statement, withdraw_statement

    with open_app(args) as app, app.database.transaction() as connection:
        if args.verb == "publish":
            changed = publish_statement(connection, args.slug, now=app.clock.now())
        else:
            changed = withdraw_statement(connection, args.slug, now=app.clock.now())
    state = "in force" if args.verb == "publish" else "withdrawn"
    if args.json:
        print_json({"statement": args.slug, "state": state, "changed": changed})
    else:
        say(f"{args.slug} is {state}{'' if changed else ' already'}.")
    return 0
