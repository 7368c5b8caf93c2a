"""``cadence start``: start sending again after ``cadence stop``, or show what would go out."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_at, add_common, open_app, print_json, say, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--dry-run", action="store_true", help="list what waits, start nothing")
    parser.add_argument("--yes", action="store_true", help="start although more than 50 messages wait that you have not looked at")
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Start again, or list what waits."""
    from cadence.domain.audit import AT_THE_SHELL
    from cadence.operations.sending.stopping import ListNotSeen, list_waiting, start_sending
    from cadence.rendering.telling import tell_instant

    with open_app(args) as app:
        now, zone = app.clock.now(), app.settings.default_zone
        waiting = list_waiting(app.database, now=now)
        if not args.dry_run and waiting is not None:
            try:
                going = start_sending(app.database, actor=AT_THE_SHELL, now=now, has_seen_list=args.yes)
            except ListNotSeen as refused:
                raise ListNotSeen(f"{refused}: cadence start --dry-run; then: cadence start --yes", **refused.data) from None
    if args.json:
        print_json({"waiting": waiting, "started": waiting is not None and not args.dry_run})
    elif waiting is None:
        say("Sending is not stopped.")
    elif args.dry_run:
        rows = [(m.name, m.channel, ", ".join(m.titles), tell_instant(m.expires_at, zone)) for m in waiting.messages]
        table(("person", "channel", "statements", "goes out before"), rows)
        if waiting.count > len(rows):
            say(f"and {waiting.count - len(rows)} more")
    else:
        say(f"Sending goes on: {going} {'message goes' if going == 1 else 'messages go'} out now, each in its person's working hours.")
        if waiting.ended:
            say(f"{waiting.ended} came to their end meanwhile and are not sent; their statements come again in their turn.")
    return 0
