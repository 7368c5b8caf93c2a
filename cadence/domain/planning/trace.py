"""Which rule let each pair of person and statement through, and which one stopped it.

The planner hands every mask it decides by to a trace on the mask's way (``allow``), and the order it chose in (``ranked``), so that what
is told afterwards is the decision itself and never a second telling of it. ``UNTRACED`` keeps nothing: it is what everybody
plans with but those who explain. Sentences for the rules: ``rendering.explanations``; who asks: ``operations.planning.foresight``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from cadence.domain.memory.forgetting import Mask


class Rule(StrEnum):
    """A rule that keeps a statement out of one person's digest, in the order the planner applies them."""

    #: the cadence is about other statements or kinds
    NOT_BROUGHT = "not_brought"
    NOT_IN_EFFECT = "not_in_effect"
    #: the person is not in its audience
    NOT_MEANT = "not_meant"
    #: a nudge is about other statements
    NOT_REMINDED = "not_reminded"
    #: first come the questions of the opening round
    OPENING = "opening"
    #: said to be known, or shown very often
    RESTING = "resting"
    #: a pair of a randomised slice, between two of its fixed turns
    SLICE_WAITS = "slice_waits"
    #: probably seen so often lately that it rests from this turn on
    WORN_OUT = "worn_out"
    #: so many showings in a row stayed without any response that it is tried once in four weeks
    NOT_REACHED = "not_reached"
    #: one of the admin's rules about statements leaves no room
    CAP_RULE = "cap_rule"
    #: the gap since it was last shown is not over
    TOO_SOON = "too_soon"
    #: predicted to be known, and neither overdue nor pressed by a floor
    KNOWN = "known"
    #: others went first, and the digest, the week or a cap held no more
    NO_ROOM = "no_room"


_ORDER = {rule: place for place, rule in enumerate(Rule)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The rule that kept one statement out, with what it was about (a cap rule) and the numbers it looked at."""

    rule: Rule
    about: object = None
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Step:
    passed: Mask
    numbers: dict[str, Any]


class Untraced:
    """Keeps nothing."""

    #: whether anybody will read it: work that only a trace needs is done when it is
    is_kept = False

    def allow(self, rule: Rule, passed: Mask, /, *, about: object = None, **numbers: Any) -> Mask:
        """Return ``passed``: the pairs that ``rule`` lets through. numbers: what it compared, each of a shape that fits the pairs."""
        return passed

    def keep(self, **what: Any) -> None:
        """Note things of the planner's own that the masks speak about."""

    def rooms(self, person_id: int, found: Sequence[tuple[int, object]]) -> None:
        """Note how many statements each cap leaves to a person, with the cap."""

    def ranked(self, order: Any, may: Mask, quota: Any) -> None:
        """Note in which order each person's pairs were looked at, and how many they may get."""

    def crowded(self, people: Any, column: Any, about: object) -> None:
        """Note the pairs, one column for each of ``people``, that were passed over because a cap about statements was full."""


UNTRACED = Untraced()


@dataclass(slots=True)
class Trace(Untraced):
    """Keeps every mask under its rule. A rule that decides again, on another channel, takes the place of its first decision."""

    is_kept = True

    #: things of the planner's own, by name
    kept: dict[str, Any] = field(default_factory=dict)
    #: person id -> how many statements each cap leaves, with the cap; the smallest is the quota
    room: dict[int, Sequence[tuple[int, object]]] = field(default_factory=dict)
    _steps: dict[tuple[Rule, object], _Step] = field(default_factory=dict)
    _order: Any = None
    _may: Any = None
    _quota: Any = None
    _crowded: dict[tuple[int, int], object] = field(default_factory=dict)

    def allow(self, rule: Rule, passed: Mask, /, *, about: object = None, **numbers: Any) -> Mask:
        """Keep and return ``passed``."""
        self._steps[rule, about] = _Step(passed, numbers)
        return passed

    def keep(self, **what: Any) -> None:
        """Keep them under their names."""
        self.kept.update(what)

    def rooms(self, person_id: int, found: Sequence[tuple[int, object]]) -> None:
        """Keep what the caps leave; on another channel they are asked again."""
        self.room[person_id] = found

    def ranked(self, order: Any, may: Mask, quota: Any) -> None:
        """Keep the order; what was crowded out of an earlier one is forgotten."""
        self._order, self._may, self._quota = order, may, quota
        self._crowded = {}

    def crowded(self, people: Any, column: Any, about: object) -> None:
        """Keep what was passed over."""
        for person, k in zip(people.tolist(), column.tolist(), strict=True):
            self._crowded.setdefault((person, k), about)

    def stops(self, person: int, column: int) -> list[Stop]:
        """Return every rule that would keep a pair out by itself, by its place among people and statements, in the rules' order.

        One that every rule let through and that still was not chosen had no room: ``Stop.numbers`` tell its place and the quota.
        """
        found = [
            Stop(rule=rule, about=about, numbers={k: float(_at(v, person, column)) for k, v in step.numbers.items()})
            for (rule, about), step in self._steps.items()
            if not _at(step.passed, person, column)
        ]
        return sorted(found, key=lambda one: _ORDER[one.rule]) or self._crowd(person, column)

    def is_step(self, stop: Stop) -> bool:
        """Return whether a rule stopped a pair by itself, and not because of what else was chosen."""
        return (stop.rule, stop.about) in self._steps

    def _crowd(self, person: int, column: int) -> list[Stop]:
        full = self._crowded.get((person, column))
        if full is not None:
            return [Stop(rule=Rule.CAP_RULE, about=full)]
        place, of = self.place(person, column)
        quota = 0 if self._quota is None else int(self._quota[person])
        if place > quota:
            return [Stop(rule=Rule.NO_ROOM, numbers={"place": place, "of": of, "quota": quota})]
        return []

    def place(self, person: int, column: int) -> tuple[int, int]:
        """Return the place of a pair among those that could be chosen, from 1, and how many they are; crowded ones take no place."""
        if self._order is None:
            return 1, 0
        queue = [k for k in self._order[person].tolist() if self._may[person, k] and (person, k) not in self._crowded]
        return (queue.index(column) + 1 if column in queue else len(queue) + 1), len(queue)


def _at(value: Any, person: int, column: int) -> Any:
    """Return the element of a pair of an array that is people x statements, or fits it by broadcasting."""
    found = np.asarray(value)
    while found.ndim < 2:
        found = found[None, ...] if found.ndim else found.reshape(1, 1)
    return found[person if found.shape[0] > 1 else 0, column if found.shape[1] > 1 else 0]
