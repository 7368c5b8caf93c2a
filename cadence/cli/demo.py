"""``cadence demo``: a sample company with its own mail inbox and Slack, on this machine only."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from cadence.cli.session import progress, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=int, default=0, help="port of Cadence's own pages (default: 8787, or a free one)")
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="where the demo keeps its database; emptied at each start")


def run(args: argparse.Namespace) -> int:
    """Play ten days, print what happened and where to look, and serve until Ctrl-C."""
    from cadence.demo.town import Demo
    from cadence.service import Service

    begin = time.monotonic()
    demo = Demo(args.folder.absolute(), port=args.port)
    demo.start()
    try:
        say("Cadence demo: Larkweir, a made-up company that warns towns of floods. Everything stays on this machine.")
        with progress("living through ten days", total=demo.steps) as advance:
            facts = demo.play(advance)
        say(f"  {facts.statements} statements, {facts.people} people in {facts.zones} time zones, the last 10 days played through:")
        mails, messages = facts.sent.get("email", 0), facts.sent.get("slack", 0)
        say(f"  {mails} digests went out by mail, {messages} by Slack, {facts.acknowledged} acknowledgements came back.")

        def ready() -> None:
            say(f"\nReady after {time.monotonic() - begin:.1f} s. Open:")
            say(f"  {demo.settings.base_url}/   what the leader sees: who was handed what, and who acknowledged")
            say(f"  {demo.mail.url}/   the mail inbox: open a digest, press its button, watch the report change")
            say(f"  {demo.slack.url}/   the Slack stand-in: direct messages whose buttons work")
            say("Ctrl-C stops it.")

        Service(demo.app, on_ready=ready).run()
    finally:
        demo.stop()
    say("Stopped.")
    return 0
