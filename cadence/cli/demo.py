"""``cadence demo``: a sample company with its own mail inbox and Slack, on this machine only."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from cadence.cli.session import progress, say

_FOLDER = Path("var/demo")
#: says that a folder was made by the demo and may be emptied by it
_MARK = "made-by-cadence-demo"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=int, default=0, metavar="PORT", help="port of Cadence's own pages (default: 8787, or a free one)")
    parser.add_argument(
        "--folder", type=Path, default=_FOLDER, metavar="FOLDER", help="where the demo keeps its database; emptied at each start"
    )


def run(args: argparse.Namespace) -> int:
    """Play a week, print what happened and where to look, and serve until Ctrl-C."""
    from cadence.demo.town import Demo
    from cadence.errors import Invalid
    from cadence.service import Service

    begin = time.monotonic()
    if not 0 <= args.port <= 65535:
        raise Invalid("--port", args.port, "is not a port between 1 and 65535", example="8787")
    folder = args.folder.absolute()
    _require_own(folder, args.folder)
    demo = Demo(folder, port=args.port)
    (folder / _MARK).touch()
    demo.start()
    try:
        say("Cadence demo: Larkweir, a made-up company that warns towns of floods. Everything stays on this machine.")
        with progress("living through a week", total=demo.steps) as advance:
            facts = demo.play(advance)
        say(f"  {facts.statements} statements, {facts.people} people in {facts.zones} time zones, the last 7 days played through:")
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


def _require_own(folder: Path, named: Path) -> None:
    """Raise Invalid unless ``folder`` may be emptied: it is new or empty, or the demo made it."""
    from cadence.errors import Invalid

    if not folder.exists() or named == _FOLDER or (folder / _MARK).exists():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise Invalid("--folder", str(named), "holds something else, and the demo empties its folder; name a new one", example="/tmp/demo")
