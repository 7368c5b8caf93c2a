"""``cadence audit``: verify that the log of changes is whole, list it, export it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cadence.cli.session import add_common, open_app, print_json, say

if TYPE_CHECKING:
    from cadence.operations.audit.verify import Verified


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verifying = verbs.add_parser("verify", help="check that no entry was changed or taken out", allow_abbrev=False)
    verifying.add_argument("file", nargs="?", type=Path, metavar="FILE", help="an exported log, in place of the database's")
    verifying.add_argument("--seen", metavar="FINGERPRINT", default="", help="one that was printed before: it must still be there")
    add_common(verifying)
    listing = verbs.add_parser("list", help="list the newest changes", allow_abbrev=False)
    listing.add_argument("--limit", type=int, default=20, metavar="N", help="how many (default: 20)")
    add_common(listing)
    exporting = verbs.add_parser("export", help="write every entry as JSON, one a line", allow_abbrev=False)
    exporting.add_argument("file", type=Path, metavar="FILE", help="a new file; - for standard output")
    add_common(exporting, as_json=False)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    if args.verb == "verify":
        return _verify(args)
    if args.verb == "export":
        return _export(args)
    return _list(args)


def _verify(args: argparse.Namespace) -> int:
    from cadence.operations.audit.verify import exported_entry, verify, verify_log

    if args.file is not None:
        with _opened(args.file) as lines:
            found = verify((exported_entry(line, number) for number, line in enumerate(lines, 1) if line.strip()), seen=args.seen)
    else:
        with open_app(args) as app, app.database.read() as connection:
            found = verify_log(connection, seen=args.seen)
    whole = found.broken_at is None and found.has_seen is not False
    if args.json:
        print_json(found)
    else:
        say(_sentence(found))
    return 0 if whole else 1


def _opened(path: Path) -> TextIO:
    from cadence.errors import Invalid

    try:
        return path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise Invalid("FILE", str(path), f"cannot be read: {error.strerror}", example="audit.jsonl") from None


def _sentence(found: Verified) -> str:
    if found.broken_at is not None:
        return f"Broken at entry {found.broken_at}: it, or the one before, was changed or taken out. {found.entries - 1} before it fit."
    if found.has_seen is False:
        return f"The {found.entries} entries fit, but the fingerprint you gave is not among them: newer entries were taken out."
    if not found.entries:
        return "The log is empty."
    kept = " Keep this fingerprint elsewhere: --seen finds out later whether entries were cut off."
    return f"Unbroken: {found.entries} entries. Newest fingerprint: {found.fingerprint}.{kept}"


def _list(args: argparse.Namespace) -> int:
    from cadence.errors import Invalid
    from cadence.operations.audit.tell import tell_entry
    from cadence.operations.audit.verify import plain_entry
    from cadence.rendering.words import english
    from cadence.store.audit.reading import newest_entries

    if not 1 <= args.limit <= 10_000:
        raise Invalid("--limit", str(args.limit), "is not from 1 to 10000", example="20")
    with open_app(args) as app, app.database.read() as connection:
        found = newest_entries(connection, limit=args.limit)
    if args.json:
        print_json([plain_entry(one.entry) for one in found])
        return 0
    if not found:
        say("Nothing was changed yet.")
    for one in found:
        told = tell_entry(english("leader"), one)
        changes = "; ".join(f"{field}: {before} → {after}" for field, before, after in told.differences)
        say(f"{told.at:%Y-%m-%d} {told.clock} {told.who} {told.what}" + (f" ({changes})" if changes else ""))
    return 0


def _export(args: argparse.Namespace) -> int:
    from cadence.errors import Invalid
    from cadence.operations.audit.verify import plain_entry
    from cadence.store.audit.reading import entries_in_order

    with open_app(args) as app, app.database.read() as connection:
        lines = (json.dumps(plain_entry(entry), ensure_ascii=False, sort_keys=True) + "\n" for entry in entries_in_order(connection))
        if str(args.file) == "-":
            sys.stdout.writelines(lines)
            return 0
        try:
            with args.file.open("x", encoding="utf-8") as file:
                file.writelines(lines)
        except FileExistsError:
            raise Invalid("FILE", str(args.file), "is there already; nothing was written", example="audit-2026-11-30.jsonl") from None
        except OSError as error:
            raise Invalid("FILE", str(args.file), f"cannot be written: {error.strerror}", example="audit.jsonl") from None
    say(f"Written to {args.file}. Check it with: cadence audit verify {args.file}")
    return 0
