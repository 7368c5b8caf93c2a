"""When an address counts as dead: what a bounce says, how failures add up, how they fade.

Pure. One hard bounce suspends; soft ones add 1 to a score that halves every 14 days, and a score of 3
suspends: four in a fortnight, or seven in a row at one a week. A response that came after the last
failure proves the address and clears the score.
Source: RFC 3463 (status codes).
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from enum import StrEnum

from cadence.domain.sending.reply_verdict import RefusalVerdict, Stage, judge_reply

#: failures fade with this half-life
HALF_LIFE = timedelta(days=14)
#: a score of this much suspends; 5 would never be reached at one digest a week, whose sum of halvings ends at 3.4
SUSPEND_AT = 3.0
#: a complaint makes the gaps longer for this long
COMPLAINT_REST = timedelta(days=60)


#: bounces suspend no more than this many addresses in a day, or this share of all: beyond it the fault is not the addresses'
STORM_LEAST = 10
STORM_SHARE = 0.2
#: what a server said of a mail that came back is kept for this long; its codes stay
DETAILS_KEPT = timedelta(days=90)
STORM_SPAN = timedelta(hours=24)


class Bounce(StrEnum):
    """What a failed delivery says about the address."""

    #: there is no such address, or it is closed
    HARD = "hard"
    #: full, slow, too big ...: it may work again
    SOFT = "soft"
    #: the receiving side refuses us (policy, reputation, our own sender address): not the fault of the address
    POLICY = "policy"


def judge_bounce(status: str, diagnostic: str) -> Bounce:
    """Return what a failure with this status ("5.1.1") and this text of the server says about the address.

    An unknown domain (5.1.2, 5.4.4) is soft, because a fault of name service would suspend a whole company.

    >>> [str(judge_bounce(*said)) for said in (("5.1.1", ""), ("5.0.0", "550 no such user"), ("4.4.7", ""), ("5.7.1", ""))]
    ['hard', 'hard', 'soft', 'policy']
    """
    verdict = judge_reply(diagnostic, status=status, stage=Stage.RETURNED).verdict
    if verdict is RefusalVerdict.GONE:
        return Bounce.HARD
    return Bounce.POLICY if verdict in (RefusalVerdict.CHANNEL, RefusalVerdict.RESTRICTED) else Bounce.SOFT


def faded(score: float, *, failed_at: datetime | None, now: datetime) -> float:
    """Return what is left of ``score`` at ``now``. A clock set back adds nothing."""
    if failed_at is None or score <= 0:
        return 0.0
    lives = max(0.0, (now - failed_at) / HALF_LIFE)
    return score * math.pow(0.5, lives)


def is_storm(*, suspended: int, addresses: int) -> bool:
    """Return whether so many of ``addresses`` were suspended in a day that one more would rather hide a fault of the mail system."""
    return suspended >= max(STORM_LEAST, STORM_SHARE * addresses)


def is_too_much(score: float) -> bool:
    """Return whether a score suspends the address."""
    return score >= SUSPEND_AT
