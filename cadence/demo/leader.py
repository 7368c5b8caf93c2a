"""Helen Mostyn, who leads the sample company: her address, and what she guessed before the demo's week began.

She guesses as leaders do, most of it near 90, whatever people know. Two statements she left
alone, so that whoever visits the demo can guess before they see.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cadence.operations.measuring.estimates import lock_estimate
from cadence.store.database.engine import Database

#: sees the summary and the health line on her Home tab, may write statements, and makes the guesses
NAME, EMAIL = "Helen Mostyn", "helen.mostyn@larkweir.example"

#: statement -> of 100 people, how many could say it; those of ``FOR_THE_VISITOR`` are not in it
GUESSES = {
    "nobody-surprised-by-their-river": 95,
    "six-hours-for-every-town": 90,
    "an-honest-gap": 85,
    "no-reading-is-worth-a-person": 95,
    "repair-before-replace": 90,
    "say-it-while-it-is-small": 80,
    "a-keeper-in-every-valley": 85,
    "one-gauge-built-to-be-mended": 90,
    "answer-every-night-alarm": 95,
    "sixty-keepers-before-the-rains": 85,
    "gauges-that-answer": 75,
    "warnings-in-time": 88,
}
#: everybody is sent both in the week, so that there is something to see
FOR_THE_VISITOR = ("a-second-way-to-call-home", "any-part-in-three-days")


#: after the first texts went out; a round of a quarter from here on is not over when the demo opens
_AFTER = timedelta(days=28)


def guess(database: Database, *, start: datetime) -> None:
    """Lock her guesses, four weeks after the played time begins at ``start``."""
    for slug, percent in GUESSES.items():
        lock_estimate(database, slug=slug, percent=percent, by=NAME, now=start + _AFTER)
