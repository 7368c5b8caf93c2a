"""``cadence report --calibration``: how well answers were predicted, and how far the figures can be trusted."""

from __future__ import annotations

import argparse

from cadence.cli.session import open_app, print_json, say, table
from cadence.errors import Invalid


def print_calibration(args: argparse.Namespace) -> int:
    """Print the calibration of all statements, or of one."""
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
