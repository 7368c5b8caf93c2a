"""``cadence mail``: what comes back by mail, from the mailbox, a file or a pipe; and addresses taken back into use."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import BinaryIO

from cadence.cli import mail_connect
from cadence.cli.session import add_at, add_common, open_app, print_json, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    ingests = verbs.add_parser("ingest", help="process one mail that came back: a bounce, a complaint or a reply", allow_abbrev=False)
    ingests.add_argument("file", nargs="?", default="-", metavar="FILE", help="the mail as it is stored; - or nothing reads standard input")
    add_at(ingests)
    add_common(ingests)
    polls = verbs.add_parser("poll", help="read the mailbox (the imap settings) once, now", allow_abbrev=False)
    add_common(polls)
    connects = verbs.add_parser("connect", help="let Microsoft 365 or Google give tokens for the mail account", allow_abbrev=False)
    mail_connect.configure(connects)
    restores = verbs.add_parser("restore", help="restore suspended addresses: one, or all that a storm suspended", allow_abbrev=False)
    whom = restores.add_mutually_exclusive_group(required=True)
    whom.add_argument("email", nargs="?", metavar="EMAIL", help="the person")
    whom.add_argument("--all-since", metavar="INSTANT", help="all suspended at that instant or later: 2026-11-23T09:00+01:00")
    restores.add_argument("--dry-run", action="store_true", help="with --all-since: list them, change nothing")
    restores.add_argument("--channel", choices=("email", "slack"), default="email", help="which of their addresses (default: email)")
    add_common(restores)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return {"ingest": _ingest, "poll": _poll, "connect": mail_connect.run, "restore": _restore}[args.verb](args)


def _ingest(args: argparse.Namespace) -> int:
    from cadence.operations.returned_mail.ingest import ingest_mail

    raw = _read(args.file)
    with open_app(args) as app:
        done = ingest_mail(
            app.database,
            raw,
            return_path=app.settings.smtp.return_path,
            answers_to=app.answers_to,
            now=app.clock.now(),
            trusted_authserv=app.settings.imap.trusted_authserv,
            relay=app.settings.smtp.host,
        )
    if args.json:
        print_json(done)
    else:
        about = f", message {done.delivery_id}" if done.delivery_id is not None else ""
        say(f"{done.kind}{about}: {done.outcome.replace('_', ' ')}{'' if done.ours else '; nothing was changed'}")
    return 0


def _read(name: str) -> bytes:
    """Return the first megabyte; the rest is read and thrown away, because a mail server gives up on a pipe that closes early."""
    from cadence.channels.email.parts import MAX_BYTES

    def first(source: BinaryIO) -> bytes:
        kept = source.read(MAX_BYTES)
        while source.read(1 << 16):
            pass
        return kept

    if name == "-":
        return first(sys.stdin.buffer)
    with Path(name).open("rb") as file:
        return file.read(MAX_BYTES)


def _poll(args: argparse.Namespace) -> int:
    from cadence.errors import ConfigError

    with open_app(args) as app:
        poller = app.mail_poller
        if poller is None:
            raise ConfigError("imap.host is not set: there is no mailbox to visit (for example: CADENCE_IMAP__HOST=imap.example.com)")
        report = poller.poll()
    if args.json:
        print_json(report)
        return 0
    said = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in sorted(report.outcomes.items()))
    say(f"{report.read} read{': ' + said if said else ''}")
    if report.left:
        say(f"{report.left} left in the mailbox: not about a message of ours")
    if report.unmoved:
        say(f"{report.unmoved} dealt with but not moved away: {report.why_unmoved}")
    if report.unread:
        say(f"{report.unread} left in the mailbox with a flag: a person has to read {'it' if report.unread == 1 else 'them'}")
    if report.set_aside:
        say(f"{report.set_aside} set aside with a flag: please report this as a bug")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from cadence.errors import Invalid
    from cadence.operations.sending.restore import restore_address

    if args.all_since is not None:
        return _restore_many(args)
    if args.dry_run:
        raise Invalid("--dry-run", "given", "goes with --all-since only")
    with open_app(args) as app:
        before = restore_address(app.database, args.email, args.channel, now=app.clock.now())
    if args.json:
        print_json(before)
    else:
        say(f"the {args.channel} address of {args.email} is in use again (it was suspended: {before.suspended_reason})")
    return 0


def _restore_many(args: argparse.Namespace) -> int:
    from cadence.clock import parse_instant
    from cadence.operations.sending.restore import restore_since

    since = parse_instant(args.all_since, field="--all-since")
    with open_app(args) as app:
        done = restore_since(app.database, since, args.channel, now=app.clock.now(), dry_run=args.dry_run)
    if args.json:
        print_json(done)
        return 0
    for address in done.addresses:
        say(f"{address.email}: suspended {address.suspended_at:%Y-%m-%d %H:%M} UTC ({address.suspended_reason})")
    count = len(done.addresses)
    which = f"{count} {args.channel} address{'' if count == 1 else 'es'}"
    if args.dry_run:
        say(f"{which} would be in use again; nothing was changed")
    else:
        say(f"{which} {'is' if count == 1 else 'are'} in use again")
    if done.cleared:
        what = "would be forgotten" if args.dry_run else "was forgotten"
        say(f"what was counted against {done.cleared} more since {what}")
    return 0
