"""``cadence report``: who received what, who acknowledged it, how many know it as released, and the gap to the estimate."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cadence.cli.session import add_at, add_common, open_app, print_json, say, table

if TYPE_CHECKING:
    from cadence.operations.measuring.report import Report
    from cadence.operations.measuring.reported import Share, StatementReport
    from cadence.rendering.words import Words


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--statement", metavar="STATEMENT", help="only this statement, with its teams and deliveries")
    parser.add_argument("--team", metavar="TEAM", help="only this team (hidden when it is too small)")
    parser.add_argument("--calibration", action="store_true", help="show how far the figures can be trusted, instead of the report")
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Print the report."""
    from cadence.operations.measuring.report import report
    from cadence.operations.measuring.report_json import plain_report

    if args.calibration:
        from cadence.cli.calibration import print_calibration

        return print_calibration(args)
    with open_app(args) as app:
        found = report(app.database, statement=args.statement, team=args.team, now=app.clock.now(), smallest=app.settings.privacy.k)
    if args.json:
        print_json(plain_report(found))
        return 0
    print_report(found)
    return 0


def print_report(found: Report) -> None:
    """Print a report as text."""
    from cadence.operations.measuring.figure_words import tell_figure
    from cadence.rendering.words import english

    if not found.statements:
        say("No statements yet. Import some with: cadence statements import messages/statements")
        return
    words = english("leader")
    table(
        ("kind", "statement", "people", "delivered to", "know it", "your estimate", "acknowledged", "last delivered"),
        (
            (
                s.kind,
                s.slug,
                s.hidden or s.people,
                _share(s.reached),
                "" if s.know_it is None else tell_figure(words, s.know_it),
                _estimated(words, s, found.team),
                _share(s.acknowledged) if s.must_acknowledge else "not asked",
                s.last_handed_over.isoformat(timespec="minutes") if s.last_handed_over else "never",
            )
            for s in found.statements
        ),
    )
    for s in found.statements if found.statement else ():
        _details(words, s)
    say()
    for channel, states in found.deliveries.items():
        say(f"{channel}: " + ", ".join(f"{n} {state}" for state, n in sorted(states.items())))
    if found.waiting_for_a_person:
        say(f"{found.waiting_for_a_person} deliveries are in doubt and need a person: cadence explain EMAIL shows them")
    for alarm in found.alarms:
        say(f"! {alarm.sentence}")
    if found.projection_gap is not None:
        from cadence.operations.measuring.estimate_words import tell_overall

        say(tell_overall(words, found.projection_gap))
    wanted = sum(s.asked is not None for s in found.statements)
    if wanted:
        about = "1 statement" if wanted == 1 else f"{wanted} statements"
        say(f"Make your estimate for {about} before you read what people know: cadence estimate")
    say("Delivered means that the mail server or Slack accepted it; it does not mean that anyone read it.")
    say("Know it is the share of everyone it is meant for, with the range it lies in nine times of ten; it changes at most every 14 days.")


def _details(words: Words, line: StatementReport) -> None:
    from cadence.operations.measuring.estimate_words import tell_estimate
    from cadence.operations.measuring.figure_words import tell_figure

    say()
    if line.projection_gap is not None:
        say(tell_estimate(words, line.projection_gap))
    if line.know_it is not None:
        say(f"Know it: {tell_figure(words, line.know_it)}.")
    for figure in (line.before, line.belief):
        if figure is not None and figure.is_said:
            told = tell_figure(words, figure)
            say(f"{told[0].upper()}{told[1:]}.")
    if line.teams:
        say()
        table(
            ("team", "people", "delivered to", "know it", "acknowledged"),
            (
                (
                    t.team or "(none)",
                    t.hidden or t.people,
                    _share(t.reached),
                    "" if t.know_it is None else tell_figure(words, t.know_it),
                    _share(t.acknowledged),
                )
                for t in line.teams
            ),
        )
    if line.segments:
        say()
        table(("group", "know it"), ((f"{s.group.kind} {s.group.name}", tell_figure(words, s.know_it)) for s in line.segments))


def _estimated(words: Words, line: StatementReport, team: str | None) -> str:
    from cadence.operations.measuring.estimate_words import tell_gap

    if line.projection_gap is not None:
        distance = tell_gap(words, line.projection_gap)
        return f"{line.projection_gap.estimate} in 100" + (f": {distance}" if distance else "")
    if line.asked is not None:
        return "asked"
    return "declined" if team is None else ""  # an estimate is about the whole audience


def _share(share: Share | None) -> str:
    if share is None:
        return ""
    return f"{share.n} of {share.of}" + (f" ({share.part:.0%})" if share.part is not None else "")
