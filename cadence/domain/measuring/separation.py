"""Which groups may be told about side by side, so that no two figures single out a few people.

Owns the rule for groups that overlap: teams beside locations, a team beside the whole. Two figures give away the people by whom
their groups differ; so they differ by nobody, or by enough. Within one kind the remainder counts too (``groups.hidden_groups``).
Pure, over counts; never sees a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cadence.domain.measuring.figures import Group
from cadence.domain.measuring.groups import SMALLEST_GROUP, hidden_groups

#: kinds of groups inside an audience, the first shown before the next where both cannot be
SEGMENTS = ("team", "location", "country", "function", "level")
#: how many people have each combination of names, one name for each of ``SEGMENTS``; "" where it is not known
Combinations = Mapping[tuple[str, ...], int]


def shown_groups(people: Combinations, *, smallest: int = SMALLEST_GROUP) -> set[Group]:
    """Return the groups of an audience that may be told about: large enough, and none beside another from which it differs by a few.

    >>> sorted(g.name for g in shown_groups({("Field", "Bonn", "", "", ""): 9, ("Lab", "Bonn", "", "", ""): 6}))
    ['Bonn', 'Field', 'Lab']
    >>> rows = {("Lab", "Bonn", "", "", ""): 9, ("Shop", "Bonn", "", "", ""): 2, ("Shop", "Ulm", "", "", ""): 8}
    >>> sorted(g.name for g in shown_groups(rows))
    ['Lab', 'Shop']
    """
    table = _Table(people)
    wanted = [{name for name in table.sizes[place] if name} - hidden_groups(table.sizes[place], smallest) for place in range(len(SEGMENTS))]
    return _beside_each_other(table, wanted, smallest)


def parts_of(people: Combinations, *, smallest: int = SMALLEST_GROUP) -> set[Group]:
    """Return the shown groups that are not the whole under another name."""
    table = _Table(people)
    return {g for g in shown_groups(people, smallest=smallest) if table.sizes[SEGMENTS.index(g.kind)][g.name] < table.whole}


def size_of(people: Combinations, group: Group) -> int:
    """Return how many people are in a group."""
    place = SEGMENTS.index(group.kind)
    return sum(n for names, n in people.items() if names[place] == group.name)


def closing_groups(
    new: Mapping[Group, int], since_whole: Combinations, *, may: Sequence[Group], smallest: int = SMALLEST_GROUP
) -> set[Group]:
    """Return which of the groups in ``may`` may close a step together with the whole.

    new: different people who answered since the group's own last step. since_whole: those since the whole's last step, by combination:
    between the whole and the closing groups of a kind, and between two closing groups, nobody or enough must remain.
    """
    table = _Table(since_whole)
    found = {group for group in may if new.get(group, 0) >= smallest}
    wanted = [
        {g.name for g in found if g.kind == kind and not 0 < table.whole - table.sizes[place].get(g.name, 0) < smallest}
        for place, kind in enumerate(SEGMENTS)
    ]
    return _beside_each_other(table, wanted, smallest)


class _Table:
    """How many people have which names, as arrays: a large company has as many combinations as people."""

    def __init__(self, people: Combinations) -> None:
        self._counts = np.fromiter(people.values(), dtype=np.int64, count=len(people))
        self.whole = int(self._counts.sum())
        self._names: list[list[str]] = []
        self._codes = np.empty((len(SEGMENTS), len(people)), dtype=np.int64)
        #: of each kind: name -> people
        self.sizes: list[dict[str, int]] = []
        for place in range(len(SEGMENTS)):
            code: dict[str, int] = {}
            self._codes[place] = [code.setdefault(names[place], len(code)) for names in people]
            totals = np.bincount(self._codes[place], self._counts, len(code)).astype(np.int64)
            self._names.append(list(code))
            self.sizes.append(dict(zip(code, totals.tolist(), strict=True)))

    def overlaps(self, one: int, other: int) -> Iterator[tuple[str, str, int]]:
        """Yield the names of two kinds that somebody has both of, and how many people do."""
        width = len(self._names[other])
        pairs, at = np.unique(self._codes[one] * width + self._codes[other], return_inverse=True)
        for pair, n in zip(pairs.tolist(), np.bincount(at, self._counts, len(pairs)).tolist(), strict=True):
            yield self._names[one][pair // width], self._names[other][pair % width], int(n)


def _beside_each_other(table: _Table, wanted: Sequence[set[str]], smallest: int) -> set[Group]:
    """Return those of the ``wanted`` names of each kind that can all be told about beside the whole."""
    shown: list[set[str]] = []
    for place, names in enumerate(wanted):
        fits = names - _too_near(table, shown, place, names, smallest) if names else set()
        rest = table.whole - sum(table.sizes[place].get(name, 0) for name in fits)
        if fits and 0 < rest < smallest:
            fits = fits - _smallest_of(table.sizes[place], fits, rest, smallest)
        shown.append(fits)
    return {Group(kind=kind, name=name) for kind, names in zip(SEGMENTS, shown, strict=True) for name in names}


def _too_near(table: _Table, shown: Sequence[set[str]], place: int, names: set[str], smallest: int) -> set[str]:
    """Return those of ``names`` that differ from a shown group of another kind by somebody, and by fewer than ``smallest``."""
    near: set[str] = set()
    for other, theirs in enumerate(shown):
        if theirs:
            for name, own, n in table.overlaps(other, place):
                if own in names and name in theirs and 0 < table.sizes[other][name] + table.sizes[place][own] - 2 * n < smallest:
                    near.add(own)
    return near


def _smallest_of(of_kind: Mapping[str, int], fits: set[str], rest: int, smallest: int) -> set[str]:
    """Return the smallest of ``fits`` to leave out, so that the ``rest`` beside the others becomes large enough."""
    left_out: set[str] = set()
    for name in sorted(fits, key=lambda one: (of_kind.get(one, 0), one)):
        if rest >= smallest:
            break
        if of_kind.get(name, 0) > 0:
            left_out.add(name)
            rest += of_kind[name]
    return left_out
