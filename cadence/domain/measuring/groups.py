"""How many people a group must have before anything is shown about it, and which groups stay hidden.

Owns the one number for the smallest group; the setting ``privacy.k`` may raise it and never lower it. Pure, and free of
NumPy, because the settings know it too. What may be said about a group that is large enough: ``domain.measuring.awareness``.
"""

from __future__ import annotations

from collections.abc import Mapping

#: fewest people in a group that is shown, and in what remains of the whole beside it
SMALLEST_GROUP = 5
#: more than this hides whole companies
LARGEST_SMALLEST_GROUP = 100


def is_large_enough(inside: int, outside: int, smallest: int = SMALLEST_GROUP) -> bool:
    """Return whether a group of ``inside`` people may be shown beside a remainder of ``outside``, 0 when there is none."""
    return inside >= smallest and (outside == 0 or outside >= smallest)


def hidden_groups(sizes: Mapping[str, int], smallest: int = SMALLEST_GROUP) -> set[str]:
    """Return the groups to hide: those under ``smallest``, and the next smallest while the hidden ones together are too few.

    >>> sorted(hidden_groups({"Field": 40, "Board": 3, "Lab": 9}))
    ['Board', 'Lab']
    """
    ordered = sorted((n, name) for name, n in sizes.items() if n > 0)
    hidden = {name for n, name in ordered if n < smallest}
    behind = sum(n for n, name in ordered if name in hidden)
    for n, name in ordered:
        if not hidden or behind >= smallest:
            break
        if name not in hidden:
            hidden.add(name)
            behind += n
    return hidden
