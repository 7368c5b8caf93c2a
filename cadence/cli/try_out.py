"""``cadence try``: one digest on the screen, from an empty folder that is gone afterwards; or a local inbox alone.

Nothing that is there already is read or changed, and nothing leaves this machine. ``demo.trial`` does the work;
``cadence demo`` is the same for a whole company.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cadence.cli.session import print_json, say
from cadence.cli.stopping import stopping_in_order

if TYPE_CHECKING:
    from cadence.demo.trial import FirstDigest, Trial


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--inbox-only",
        action="store_true",
        help="start only the local mail server and its inbox, for an installation of your own to send to, until Ctrl-C",
    )
    parser.add_argument("--smtp-port", type=int, default=2525, metavar="PORT", help="where --inbox-only takes mail (default: 2525)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the inbox in a browser")
    parser.add_argument("--json", action="store_true", help="print the digest as one JSON document and stop")


def run(args: argparse.Namespace) -> int:
    """Show the first digest in the terminal and in an inbox, and serve until Ctrl-C."""
    from cadence.errors import Invalid

    if not 1 <= args.smtp_port <= 65535:
        raise Invalid("--smtp-port", args.smtp_port, "is not a port between 1 and 65535", example="2525")
    with stopping_in_order() as asked:
        return _inbox_alone(args) if args.inbox_only else _try(args, asked)


def _try(args: argparse.Namespace, asked: threading.Event) -> int:
    from cadence.clock import SystemClock
    from cadence.demo.trial import Trial

    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cadence-try-") as folder, Trial(Path(folder)) as trial:
        if not args.json:
            say("A new installation, one person, the sample statements of a made-up company, and one tick:")
        first = trial.send(now=SystemClock().now())
        if args.json:
            mail = first.mail
            facts = {"to": mail.recipient, "subject": mail.subject, "at": first.at, "statements": first.statements, "text": mail.text()}
            print_json(facts)
            return 0
        _show(first)
        say(f"\nThat took {time.monotonic() - begin:.1f} s.")
        if asked.is_set():
            raise KeyboardInterrupt
        _serve(trial, first, browser=not args.no_browser)
    say("Stopped. The folder of this trial is gone; nothing else was touched.")
    return 0


def _show(first: FirstDigest) -> None:
    """Print the mail between two lines."""
    mail = first.mail
    say(f"\nTo: {mail.name} <{mail.recipient}>\nSubject: {mail.subject}\n{'─' * 78}")
    say(mail.text().replace("\r\n", "\n").strip())
    say("─" * 78)


def _serve(trial: Trial, first: FirstDigest, *, browser: bool) -> None:
    """Keep the inbox and Cadence's own pages open until Ctrl-C, so that the buttons of the mail work."""
    from cadence.assembly.service import Service
    from cadence.clock import SystemClock

    page = f"{trial.inbox.url}/mail/{first.mail.id}"

    def ready() -> None:
        say("\nOpen:")
        say(f"  {page}   the same digest as a mail program shows it; its buttons work")
        say(f"  {trial.settings.base_url}/   what the leader sees: press a button in the mail, then reload")
        say("Next: docs/quickstart.md does the same with your own words; cadence demo shows a company of 240.")
        say("Ctrl-C stops it and takes everything away.")
        if browser:
            _open(page)

    app = trial.open(SystemClock())
    try:
        Service(app, on_ready=ready).run()
    finally:
        app.close()


def _inbox_alone(args: argparse.Namespace) -> int:
    from cadence.demo.mail_sink import MailSink
    from cadence.demo.town import free_port
    from cadence.errors import Invalid

    if free_port(args.smtp_port) != args.smtp_port:
        raise Invalid("--smtp-port", args.smtp_port, "is in use by another program; choose another", example="2526")
    with MailSink(smtp_port=args.smtp_port, http_port=free_port(8788)) as inbox:
        say(f"Takes mail on 127.0.0.1:{args.smtp_port} and delivers it nowhere. Read it here:")
        say(f"  {inbox.url}/")
        say("Ctrl-C stops it and forgets the mails.")
        if not args.no_browser:
            _open(f"{inbox.url}/")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
    say("Stopped.")
    return 0


def _open(page: str) -> None:
    """Open the page where a person sits at a screen: elsewhere a browser of the terminal would take the place of what was printed."""
    graphical = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if graphical and sys.stdout.isatty():
        webbrowser.open(page)
