"""``cadence report --calibration``: how far the figures can be trusted, of the whole company."""

from __future__ import annotations

import argparse

from cadence.cli.session import open_app, print_json, say
from cadence.errors import Invalid


def print_calibration(args: argparse.Namespace) -> int:
    """Print it as sentences or as JSON."""
    from cadence.operations.measuring.calibration import calibration
    from cadence.operations.measuring.calibration_words import tell_calibration
    from cadence.rendering.words import english

    for option, value in (("--team", args.team), ("--statement", args.statement)):
        if value:
            raise Invalid(option, value, "calibration is about the whole company", example="cadence report --calibration")
    with open_app(args) as app:
        found = calibration(app.database, now=app.clock.now(), smallest=app.settings.privacy.k)
    if args.json:
        print_json(found.to_json())
        return 0
    for sentence in tell_calibration(english("leader"), found):
        say(sentence)
    return 0
