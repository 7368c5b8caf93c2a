"""When an address counts as dead: what a bounce says, how failures add up, how they fade.

Pure. One hard bounce suspends; soft ones add 1 to a score that halves every 14 days, and a score of 3
suspends: four in a fortnight, or seven in a row at one a week. A response that came after the last
failure proves the address and clears the score.
Sources: RFC 3463 (status codes), reliability.md section 4, field.md 3 (ii).
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from enum import StrEnum

#: failures fade with this half-life
HALF_LIFE = timedelta(days=14)
#: a score of this much suspends; 5 would never be reached at one digest a week, whose sum of halvings ends at 3.4
SUSPEND_AT = 3.0
#: a complaint makes the gaps longer for this long
COMPLAINT_REST = timedelta(days=60)


#: bounces suspend no more than this many addresses in a day, or this share of all: beyond it the fault is not the addresses'
STORM_LEAST = 10
STORM_SHARE = 0.2
STORM_SPAN = timedelta(hours=24)


class Bounce(StrEnum):
    """What a failed delivery says about the address."""

    #: there is no such address, or it is closed
    HARD = "hard"
    #: full, slow, too big ...: it may work again
    SOFT = "soft"
    #: the receiving side refuses us (policy, reputation, our own sender address): not the fault of the address
    POLICY = "policy"


_CODE = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<!\d)([45]\d\d)(?!\d)")
_NOBODY = re.compile(
    r"(?:no such|unknown|invalid|non-?existent) (?:user|recipient|mailbox|address|local part)|user (?:is )?unknown|"
    r"(?:user|recipient|mailbox|address|account)[^.\n]{0,80}(?:does not|doesn't|doesn.t) exist|unrouteable address|"
    r"(?:user|recipient|mailbox|address|account)[^.\n]{0,60}not (?:be )?found|no mailbox (?:here )?by that name|"
    r"(?:mailbox|account|user)[^.\n]{0,40}(?:disabled|deactivated|has been deleted|no longer)|not our customer",
    re.IGNORECASE,
)

#: RFC 3463 section 3, RFC 7505: no such mailbox, bad syntax, moved, takes no mail; mailbox disabled
_HARD = {(1, 1), (1, 3), (1, 6), (1, 10), (2, 1)}
#: policy is X.7; these two speak of our own sender address
_OUR_SENDER = {(1, 7), (1, 8)}


def judge_bounce(status: str, diagnostic: str) -> Bounce:
    """Return what a failure with this status ("5.1.1") and this text of the server says about the address.

    The status decides. One that says little (5.0.0, 5.1.0, none, not a status) is made good from the text: an
    unknown domain (5.1.2, 5.4.4) is soft, because a fault of name service would suspend a whole company.

    >>> [str(judge_bounce(*said)) for said in (("5.1.1", ""), ("5.0.0", "550 no such user"), ("4.4.7", ""), ("5.7.1", ""))]
    ['hard', 'hard', 'soft', 'policy']
    """
    found = _CODE.search(status)
    if found is None or (found[2], found[3]) == ("0", "0"):
        found = _CODE.search(diagnostic) or found
    kind, subject, detail = (int(found[1]), int(found[2]), int(found[3])) if found is not None else (5, 0, 0)
    basic = _BASIC.search(diagnostic)
    if kind == 4 or (subject == 0 and basic is not None and basic[1].startswith("4")):
        return Bounce.SOFT
    if subject == 7 or (subject, detail) in _OUR_SENDER:
        return Bounce.POLICY
    if (subject, detail) in _HARD or (subject in (0, 1) and _NOBODY.search(diagnostic)):
        return Bounce.HARD
    return Bounce.SOFT


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
