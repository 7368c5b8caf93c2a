"""``cadence notices``: list what needs attention, and mark it as resolved."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_common, open_app, print_json, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list what is open, newest first", allow_abbrev=False)
    listing.add_argument("--role", choices=("admin", "leader"), help="only what is for this role")
    listing.add_argument("--all", action="store_true", help="include resolved ones")
    add_common(listing)
    resolving = verbs.add_parser("resolve", help="mark a notice as resolved; it comes back if its cause does", allow_abbrev=False)
    resolving.add_argument("key", metavar="KEY", help="the key shown by cadence notices list")
    add_common(resolving)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    from cadence.operations.running.notices import list_notices, resolve

    with open_app(args) as app:
        if args.verb == "list":
            with app.database.read() as connection:
                found = list_notices(connection, role=args.role, resolved=args.all)
        else:
            found = [resolve(app.database, args.key, now=app.clock.now())]
    if args.json:
        print_json(found if args.verb == "list" else found[0])
        return 0
    if not found:
        say("Nothing needs attention.")
    for notice in found:
        state = f", resolved {notice.resolved_at:%Y-%m-%d}" if notice.resolved_at else ""
        say(f"{notice.key} ({notice.role}, {notice.raised_at:%Y-%m-%d}{state}): {notice.sentence}")
        if notice.remedy and not notice.resolved_at:
            say(f"    {notice.remedy}")
    return 0
