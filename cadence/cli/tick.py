"""``cadence tick``: do all that is due at one instant, once."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_at, add_common, open_app, print_json, progress, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Tick once and say what was done."""
    from cadence.operations.tick import tick

    with open_app(args) as app:
        lock = app.lock()
        try:
            with progress("sending") as advance:
                report = tick(app.database, app.outboxes, clock=app.clock, secret=app.secret, owner=app.owner, progress=advance)
        finally:
            if lock is not None:
                lock.release()
        if args.json:
            print_json({"at": app.clock.now(), **_facts(report)})
            return 0
        say(f"At {app.clock.now().isoformat(timespec='minutes')}:")
        planned = report.planned
        say(
            f"  planned  {planned.planned} digests with {planned.items} statements, {planned.skipped} people skipped,"
            f" from {planned.occurrences} occurrences"
        )
        if planned.expired_occurrences or report.expired:
            say(f"  expired  {planned.expired_occurrences} occurrences, {report.expired} digests (too late to send)")
        for channel, sent in report.sent.items():
            say(f"  {channel:<8} {sent.sent} sent, {sent.failed} failed, {sent.retried} to be tried again, {sent.unknown} unknown")
            if sent.paused:
                say(f"           {channel} is paused: {sent.paused}")
        if report.recovered.freed or report.recovered.doubted:
            say(f"  recovered from a stopped process: {report.recovered.freed} freed, {report.recovered.doubted} in doubt")
        say(f"  closed   {report.closed} occurrences")
    return 0


def _facts(report: object) -> dict[str, object]:
    from cadence.cli.session import plain

    facts: dict[str, object] = plain(report)
    planned = facts["planned"]
    assert isinstance(planned, dict)
    planned.pop("digests")
    return facts
