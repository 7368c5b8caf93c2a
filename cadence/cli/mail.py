"""``cadence mail``: what comes back by mail, from the mailbox, a file or a pipe; and addresses taken back into use."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import BinaryIO

from cadence.cli.session import add_at, add_common, open_app, print_json, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    ingests = verbs.add_parser("ingest", help="deal with one mail that came back: a bounce, a complaint, an answer", allow_abbrev=False)
    ingests.add_argument("file", nargs="?", default="-", metavar="FILE", help="the mail as it is stored; - or nothing reads standard input")
    add_at(ingests)
    add_common(ingests)
    polls = verbs.add_parser("poll", help="visit the mailbox (the imap settings) once, now", allow_abbrev=False)
    add_common(polls)
    restores = verbs.add_parser("restore", help="take a suspended address back into use", allow_abbrev=False)
    restores.add_argument("email", metavar="EMAIL", help="the person")
    restores.add_argument("--channel", choices=("email", "slack"), default="email", help="which of their addresses (default: email)")
    add_common(restores)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return {"ingest": _ingest, "poll": _poll, "restore": _restore}[args.verb](args)


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
    if report.unread:
        say(f"{report.unread} left in the mailbox with a flag: somebody has to read {'it' if report.unread == 1 else 'them'}")
    if report.set_aside:
        say(f"{report.set_aside} set aside with a flag: please report this as a defect")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from cadence.operations.sending.address_health import restore_address

    with open_app(args) as app:
        before = restore_address(app.database, args.email, args.channel, now=app.clock.now())
    if args.json:
        print_json(before)
    else:
        say(f"the {args.channel} address of {args.email} is in use again (it was suspended: {before.suspended_reason})")
    return 0
