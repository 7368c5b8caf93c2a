"""``cadence report``: who received what, how often it was seen, who acknowledged it, how many could recall it, and the gap."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cadence.cli.session import add_at, add_common, open_app, print_json, say, table

if TYPE_CHECKING:
    from cadence.operations.measuring.gaps import Gap
    from cadence.operations.measuring.report import StatementReport


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--statement", metavar="STATEMENT", help="only this statement, with its teams and deliveries")
    parser.add_argument("--team", metavar="TEAM", help="only this team (hidden when it is too small)")
    parser.add_argument("--calibration", action="store_true", help="show how well answers were predicted, instead of the report")
    add_at(parser)
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Print the report."""
    from cadence.operations.measuring.report import report

    if args.calibration:
        return _calibration(args)
    with open_app(args) as app:
        found = report(app.database, statement=args.statement, team=args.team, now=app.clock.now(), smallest=app.settings.privacy.k)
    if args.json:
        print_json(found.to_json())
        return 0
    if not found.statements:
        say("No statements yet. Import some with: cadence statements import messages/statements")
        return 0
    table(
        (
            *("kind", "statement", "people", "delivered to", "seen, each", "know it, measured", "your estimate", "gap, points"),
            *("acknowledged", "last delivered"),
        ),
        (
            (
                s.kind,
                s.slug,
                s.hidden or s.people,
                _share(s.reached),
                _seen(s.understanding),
                _measured(s.understanding),
                _guessed(s, args.team),
                _gap(s.projection_gap),
                _share(s.acknowledged) if s.must_acknowledge else "not asked",
                s.last_handed_over.isoformat(timespec="minutes") if s.last_handed_over else "never",
            )
            for s in found.statements
        ),
    )
    for s in found.statements if args.statement else ():
        if s.understanding is not None:
            say()
            say(f"Understanding: {s.understanding.understanding.sentence}.")
            if s.projection_gap is not None:
                say(f"Projection gap: {s.projection_gap.sentence}.")
            if s.understanding.not_reached:
                say(f"Not reached: {s.understanding.not_reached} people left eight or more messages in a row with it unanswered.")
        say()
        table(
            ("team", "people", "delivered to", "seen, each", "know it, measured", "acknowledged"),
            (
                (
                    t.team or "(none)",
                    t.hidden or t.people,
                    _share(t.reached),
                    _seen(t.understanding),
                    _measured(t.understanding),
                    _share(t.acknowledged),
                )
                for t in s.teams
            ),
        )
    say()
    for channel, states in found.deliveries.items():
        say(f"{channel}: " + ", ".join(f"{n} {state}" for state, n in sorted(states.items())))
    if found.waiting_for_a_person:
        say(f"{found.waiting_for_a_person} deliveries are in doubt and need a person: cadence explain EMAIL shows them")
    for alarm in found.alarms:
        say(f"! {alarm.sentence}")
    if found.projection_gap is not None:
        say(f"Projection gap: {found.projection_gap.sentence}.")
    wanted = sum(s.asked is not None for s in found.statements)
    if wanted:
        about = "1 statement" if wanted == 1 else f"{wanted} statements"
        say(f"Make your estimate for {about} before you read what is measured: cadence estimate")
    say("Delivered means that the mail server or Slack accepted it; it does not mean that anyone read it.")
    say("Seen is an estimate, a sum of probabilities with its 95% range; measured is the share right in checks, less lucky guesses.")
    say("The gap is your estimate minus what is measured, with its 95% range: above 0, fewer people know it than you thought.")
    return 0


def _calibration(args: argparse.Namespace) -> int:
    from cadence.errors import Invalid
    from cadence.operations.measuring.calibration import calibration

    if args.team:
        raise Invalid("--team", args.team, "calibration is about the whole company", example="cadence report --calibration")
    with open_app(args) as app:
        found = calibration(app.database, now=app.clock.now(), statement=args.statement, smallest=app.settings.privacy.k)
    if args.json:
        print_json(found.to_json())
        return 0
    say(f"Answers to checks from {found.since} to {found.until}, each predicted before it was learned from.")
    table(
        ("statement", "answers", "right", "log loss: model", "constant", "delivered is known", "error in bins: model", "constant"),
        (
            (
                one.name,
                one.hidden or one.answers,
                None if one.right is None else f"{one.right:.0%}",
                *(None if x is None else f"{x.log_loss:.3f}" for x in (one.model, one.constant, one.delivered_is_known)),
                *(None if x is None else f"{x.rmse:.3f}" for x in (one.model, one.constant)),
            )
            for one in (found.whole, *found.showings, *found.statements)
        ),
    )
    if found.arms:
        say()
        table(
            ("statement", "arm", "people", "showings each", "know it, measured"),
            (
                (
                    arm.statement,
                    arm.arm,
                    arm.hidden or arm.pairs,
                    None if arm.showings_each is None else f"{arm.showings_each:.1f}",
                    "" if arm.knowing is None else f"{arm.knowing.value:.0%} ({arm.knowing.low:.0%} to {arm.knowing.high:.0%})",
                )
                for arm in found.arms
            ),
        )
    say("Less is better in both. The model earns its keep while its log loss is below that of the constant, the share right so far.")
    return 0


def _seen(known: object) -> str:
    from cadence.operations.measuring.understanding import GroupKnowledge

    if not isinstance(known, GroupKnowledge) or known.seen is None:
        return ""
    each = known.seen.per_person
    return f"{each.value:.1f} ({each.low:.1f} to {each.high:.1f})"


def _measured(known: object) -> str:
    from cadence.operations.measuring.understanding import GroupKnowledge

    if not isinstance(known, GroupKnowledge):
        return ""
    one = known.understanding
    if one.measured is not None:
        return f"{one.measured.value:.0%} ({one.measured.low:.0%} to {one.measured.high:.0%}) of {one.respondents}"
    return "too early to say" if one.bounds is not None else "withheld"


def _guessed(line: StatementReport, team: str | None) -> str:
    if line.projection_gap is not None:
        return f"{line.projection_gap.estimate:.0%}"
    if line.asked is not None:
        return "asked"
    return "declined" if team is None else ""  # an estimate is about the whole audience


def _gap(told: Gap | None) -> str:
    if told is None:
        return ""
    if told.gap is None:
        return told.hidden
    return f"{told.gap.value * 100:+.0f} ({told.gap.low * 100:+.0f} to {told.gap.high * 100:+.0f})"


def _share(share: object) -> str:
    from cadence.operations.measuring.report import Share

    if not isinstance(share, Share):
        return ""
    return f"{share.n} of {share.of}" + (f" ({share.part:.0%})" if share.part is not None else "")
