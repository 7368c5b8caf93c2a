"""The floor: at least n showings of a statement to a person per calendar quarter, and what is left of a quarter to reach it.

Owns how many showings and how much room a cadence's remaining slots still allow under the caps, and the part of a
floor that is fair to somebody, or something, that was not there all quarter. Which pairs are pressed by it is
``selection.pressing_floors``. Pure; days are local dates as days since 1970.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cadence.domain.memory.forgetting import Floats
from cadence.domain.planning.caps import CapRule, Counted, Per, period


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the rest of a quarter allows one person, this slot included in ``slots`` and left out of ``room``."""

    #: showings one statement can still get, with the gap between them
    slots: int
    #: statements that fit into the slots after this one
    room: int


def outlook(day: int, later: Sequence[int], *, min_gap_days: float, most_per_digest: int, rules: Iterable[CapRule]) -> Outlook:
    """Return what a slot on ``day`` and those on the days ``later`` (ascending) allow under ``rules``.

    rules: those that hold for every digest of the cadence, the weekly limits among them. A rule counts what these slots
    alone would send, so a person who gets other cadences too may have less room: then the cap wins.
    """
    digest_rules = [rule for rule in rules if rule.count is Counted.DIGESTS]
    statement_rules = [rule for rule in rules if rule.count is Counted.STATEMENTS]
    used: Counter[tuple[int, int]] = Counter()
    slots = room = 0
    last = -np.inf
    for slot in (day, *later):
        stretches = [(n, period(rule.per, slot)[0], rule.at_most) for n, rule in enumerate(digest_rules)]
        if any(used[n, start] >= most for n, start, most in stretches):
            continue
        wanted = most_per_digest
        limits = [(-1 - n, period(rule.per, slot)[0], rule.at_most) for n, rule in enumerate(statement_rules)]
        fits = min([wanted, *(most - used[n, start] for n, start, most in limits)])
        if fits <= 0:
            continue
        used.update((n, start) for n, start, _ in stretches)
        for n, start, _ in limits:
            used[n, start] += fits
        if slot - last >= min_gap_days:
            slots, last = slots + 1, slot
        if slot != day:
            room += fits
    return Outlook(slots=slots, room=room)


def fair(floor: Floats, *, first: int, last: int, since: Floats) -> Floats:
    """Return the part of ``floor``, whole showings, for pairs that are there since day ``since`` of the quarter ``first`` to ``last``."""
    part = np.clip((last + 1 - since) / (last + 1 - first), 0.0, 1.0)
    return np.asarray(np.floor(floor * part + 1e-9))


def weekly_rules(*, digests: int, statements: int) -> tuple[CapRule, CapRule]:
    """Return the weekly limits as the rules they are."""
    return (
        CapRule(at_most=digests, count=Counted.DIGESTS, per=Per.WEEK),
        CapRule(at_most=statements, count=Counted.STATEMENTS, per=Per.WEEK),
    )
