"""``cadence stop``: stop all sending. Nothing is lost; ``cadence start`` goes on."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_at, add_common, open_app, print_json, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("reason", nargs="?", default="", metavar="REASON", help="why, shown to everybody with a role")
    parser.add_argument("--until", metavar="INSTANT", help="start again by itself then: 2026-12-01T09:00+01:00 (default: at cadence start)")
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Stop and say what waits."""
    from cadence.clock import parse_instant
    from cadence.domain.audit import AT_THE_SHELL
    from cadence.operations.sending.stopping import list_waiting, stop_sending
    from cadence.rendering.telling import tell_instant

    until = None if args.until is None else parse_instant(args.until, field="--until")
    with open_app(args) as app:
        now = app.clock.now()
        stop = stop_sending(app.database, reason=args.reason, until=until, actor=AT_THE_SHELL, now=now)
        waiting = list_waiting(app.database, now=now)
        assert waiting is not None
        end = "cadence start" if stop.until is None else tell_instant(stop.until, app.settings.default_zone)
    if args.json:
        print_json({"stop": stop, "waiting": waiting.count})
        return 0
    say(f"All sending is stopped until {end}. Messages that are on their way arrive; nothing new starts.")
    say(f"{waiting.count} {'message waits' if waiting.count == 1 else 'messages wait'}. See: cadence start --dry-run")
    return 0
