"""Which groups may be told about side by side, so that no two figures single out a few people.

Owns the rule for groups that overlap: teams beside locations, a team beside the whole. Two figures give away the people by whom
their groups differ; so they differ by nobody, or by enough. Within one kind the remainder counts too (``groups.hidden_groups``).
Pure, over counts; never sees a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

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
    sizes = [_sizes(people, place) for place in range(len(SEGMENTS))]
    shown: list[tuple[int, str]] = []
    for place, of_kind in enumerate(sizes):
        hidden = hidden_groups(of_kind, smallest)
        fits = {name for name in of_kind if name and name not in hidden}
        fits -= _too_near(people, shown, place, fits, smallest)
        if _leaves_a_few(of_kind, fits, smallest):
            fits -= _smallest_of(of_kind, fits, smallest)
        shown += [(place, name) for name in sorted(fits)]
    return {Group(kind=SEGMENTS[place], name=name) for place, name in shown}


def size_of(people: Combinations, group: Group) -> int:
    """Return how many people are in a group."""
    place = SEGMENTS.index(group.kind)
    return sum(n for names, n in people.items() if names[place] == group.name)


def parts_of(people: Combinations, *, smallest: int = SMALLEST_GROUP) -> set[Group]:
    """Return the shown groups that are not the whole under another name."""
    whole = sum(people.values())
    sizes = [_sizes(people, place) for place in range(len(SEGMENTS))]
    return {group for group in shown_groups(people, smallest=smallest) if sizes[SEGMENTS.index(group.kind)][group.name] < whole}


def closing_groups(
    new: Mapping[Group, int], since_whole: Combinations, *, may: Sequence[Group], smallest: int = SMALLEST_GROUP
) -> set[Group]:
    """Return which of the groups in ``may`` may close a step together with the whole.

    new: different people who answered since the group's own last step. since_whole: those since the whole's last step, by combination:
    between the whole and the closing groups of a kind, and between two closing groups, nobody or enough must remain.
    """
    found = {group for group in may if new.get(group, 0) >= smallest}
    shown: list[tuple[int, str]] = []
    whole = sum(since_whole.values())
    for place, kind in enumerate(SEGMENTS):
        of_kind = _sizes(since_whole, place)
        fits = {group.name for group in found if group.kind == kind and not 0 < whole - of_kind.get(group.name, 0) < smallest}
        fits -= _too_near(since_whole, shown, place, fits, smallest)
        if _leaves_a_few(of_kind, fits, smallest):
            fits -= _smallest_of(of_kind, fits, smallest)
        shown += [(place, name) for name in sorted(fits)]
    return {Group(kind=SEGMENTS[place], name=name) for place, name in shown}


def _sizes(people: Combinations, place: int) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for names, n in people.items():
        sizes[names[place]] += n
    return dict(sizes)


def _too_near(people: Combinations, shown: Sequence[tuple[int, str]], place: int, names: set[str], smallest: int) -> set[str]:
    """Return those of ``names`` that differ from a shown group of another kind by somebody, and by fewer than ``smallest``."""
    near: set[str] = set()
    if not names:
        return near
    mine = _sizes(people, place)
    for other in sorted({kind for kind, _ in shown}):
        theirs, both = _sizes(people, other), Counter[tuple[str, str]]()
        for combination, n in people.items():
            both[combination[other], combination[place]] += n
        for (name, own), n in both.items():
            if own in names and (other, name) in shown and 0 < mine[own] + theirs[name] - 2 * n < smallest:
                near.add(own)
    return near


def _leaves_a_few(of_kind: Mapping[str, int], fits: set[str], smallest: int) -> bool:
    rest = sum(n for name, n in of_kind.items() if name not in fits)
    return bool(fits) and 0 < rest < smallest


def _smallest_of(of_kind: Mapping[str, int], fits: set[str], smallest: int) -> set[str]:
    """Return the smallest of ``fits`` to leave out, so that what remains beside the others is large enough."""
    rest, left_out = sum(n for name, n in of_kind.items() if name not in fits), set()
    for name in sorted(fits, key=lambda one: (of_kind.get(one, 0), one)):
        if rest >= smallest:
            break
        if of_kind.get(name, 0) > 0:
            left_out.add(name)
            rest += of_kind[name]
    return left_out
