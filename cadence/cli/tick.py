"""``cadence tick``: do everything that is due, once."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_at, add_common, note, open_app, print_json, progress, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Tick once and say what was done."""
    from cadence.engine.heap import freeze_heap
    from cadence.operations.running.tick import tick
    from cadence.operations.sending.eta import WORTH_TELLING, Eta, paces_of, still_to_send

    expected: list[Eta] = []
    with open_app(args) as app:
        lock = app.lock()
        freeze_heap()

        def tell_eta() -> None:
            with app.database.read() as connection:
                expected.extend(still_to_send(connection, paces_of(app.active_transports), now=app.clock.now()))
            for one in expected:
                if one.eta_seconds is not None and one.eta_seconds >= WORTH_TELLING:
                    note(one.sentence)

        try:
            with progress("sending") as advance:
                report = tick(
                    app.database,
                    app.outboxes,
                    clock=app.clock,
                    secret=app.secret,
                    owner=app.owner,
                    retention=app.retention,
                    progress=advance,
                    before_sending=tell_eta,
                )
        finally:
            if lock is not None:
                lock.release()
        if args.json:
            print_json({"at": app.clock.now(), "eta": expected, **_facts(report)})
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
            if sent.stopped:
                say("           all sending is stopped; cadence start goes on")
            if sent.paused:
                say(f"           {channel} is paused: {sent.paused}")
        if report.recovered.freed or report.recovered.doubted:
            say(f"  recovered from a stopped process: {report.recovered.freed} freed, {report.recovered.doubted} in doubt")
        say(f"  closed   {report.closed} occurrences")
        if report.silent:
            say(f"  learned  from {report.silent} digests that nobody responded to within three days")
    return 0


def _facts(report: object) -> dict[str, object]:
    from cadence.cli.session import plain

    facts: dict[str, object] = plain(report)
    planned = facts["planned"]
    assert isinstance(planned, dict)
    planned.pop("digests")
    return facts
