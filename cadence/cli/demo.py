"""``cadence demo``: a sample company with its own mail inbox and Slack, on this machine only."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cadence.cli.session import progress, say
from cadence.cli.stopping import end_within, stopping_in_order

if TYPE_CHECKING:
    from cadence.demo.crowd import Tally
    from cadence.demo.town import Demo

_FOLDER = Path("var/demo")
#: says that a folder was made by the demo and may be emptied by it
_MARK = "made-by-cadence-demo"
#: what its threads were doing when it did not stop, and how long it may take
_STUCK, _LONGEST_STOP = "not-stopped.txt", 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=int, default=0, metavar="PORT", help="port of Cadence's own pages (default: 8787, or a free one)")
    parser.add_argument(
        "--folder", type=Path, default=_FOLDER, metavar="FOLDER", help="where the demo keeps its database; emptied at each start"
    )
    parser.add_argument("--no-answers", action="store_true", help="nobody presses buttons but you")


def run(args: argparse.Namespace) -> int:
    """Play three months, print what happened and where to look, and serve until Ctrl-C."""
    from cadence.errors import Invalid

    if not 0 <= args.port <= 65535:
        raise Invalid("--port", args.port, "is not a port between 1 and 65535", example="8787")
    # a company's proxy would be asked for the demo's own servers too
    os.environ["no_proxy"] = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1")))
    folder = args.folder.absolute()
    _require_own(folder, args.folder)
    with stopping_in_order() as asked:
        return _live(args, folder, asked)


def _live(args: argparse.Namespace, folder: Path, asked: threading.Event) -> int:
    from cadence.demo.town import Demo
    from cadence.engine.heap import freeze_heap

    begin = time.monotonic()
    freeze_heap()  # the past is played in bulk, as a tick is
    demo = Demo(folder, port=args.port)
    (folder / _MARK).touch()
    end_within(_LONGEST_STOP, asked, stacks=folder / _STUCK, say=say)
    demo.start()
    try:
        say("Cadence demo: Larkweir, a made-up company that warns towns of floods. Everything stays on this machine.")
        with progress("living through three months", total=demo.steps) as advance:
            facts = demo.play(advance)
        say(f"  {facts.statements} statements, {facts.people} people in {facts.zones} time zones. Three months were played, then a week:")
        mails, messages = facts.sent.get("email", 0), facts.sent.get("slack", 0)
        say(f"  {mails} digests went out by mail, {messages} by Slack.")
        if asked.is_set():
            raise KeyboardInterrupt
        _serve(demo, asked, begin=begin, answers=not args.no_answers)
    finally:
        demo.stop()
    say("Stopped.")
    return 0


def _serve(demo: Demo, asked: threading.Event, *, begin: float, answers: bool) -> None:
    """Show where to look, let people press, and serve until Ctrl-C."""
    from cadence.assembly.service import Service
    from cadence.identity.links import first_admin_link, link_url

    crowd = demo.crowd(progress=_show, finished=_sum_up)

    def ready() -> None:
        say(f"\nReady after {time.monotonic() - begin:.1f} s. Open:")
        say(f"  {demo.settings.base_url}/   what the leader sees: who was reached, who acknowledged, who knows what")
        say(f"  {demo.mail.url}/   the mail inbox: open a digest, press its button, watch the report change")
        say(f"  {demo.slack.url}/   the Slack stand-in: direct messages whose buttons work")
        token = first_admin_link(demo.app.database, now=demo.app.clock.now())
        if token is not None:
            say(f"  {link_url(demo.settings.base_url, token)}")
            say("      signs you in as its first admin and leader, once; until then the first page is open to this machine")
        if answers:
            say("Some people now read their messages and press buttons: reload the first page to see the report grow.")
        say("Ctrl-C stops it.")
        if answers:
            crowd.start()

    try:
        Service(demo.app, on_ready=ready, on_asked=asked.set).run()
    finally:
        crowd.stop()
        _clear()


def _show(tally: Tally) -> None:
    """Say on a terminal how many people have answered, on one line that changes."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{tally.answered} of {tally.people} people have answered")
        sys.stderr.flush()


def _clear() -> None:
    """Take the line that changed away."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()


def _sum_up(tally: Tally) -> None:
    """Say what everybody did, in place of the line that changed."""
    from cadence.demo.habits import Reaction

    _clear()
    checks, taps = tally.done[Reaction.ANSWER], sum(tally.done[wish] for wish in (Reaction.KNOWN, Reaction.UNCLEAR, Reaction.TOO_OFTEN))
    say(
        f"{tally.answered} of {tally.people} people have answered: {tally.done[Reaction.ACKNOWLEDGE]} acknowledgements, "
        f"{checks} checks ({tally.right} right), {taps} taps, {tally.done[Reaction.ASK]} questions."
    )


def _require_own(folder: Path, named: Path) -> None:
    """Raise Invalid unless ``folder`` may be emptied: it is new or empty, or the demo made it."""
    from cadence.errors import Invalid

    if not folder.exists() or named == _FOLDER or (folder / _MARK).exists():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise Invalid("--folder", str(named), "holds something else, and the demo empties its folder; name a new one", example="/tmp/demo")
