"""Counts what could not be read in a people file, so that a note says what, how often and where.

A fact that nobody needs to be written to refuses nobody: it stays empty and is counted here. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cadence.errors import shorten

_SHOWN = 5
_MOST_WORDS = 15


class UnreadCells:
    """The cells of unneeded facts that say nothing we understand."""

    def __init__(self) -> None:
        #: (fact, reason) -> count, and the first few (value, line)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], list[tuple[str, int]]] = {}

    def add(self, fact: str, value: str, reason: str, line: int) -> None:
        """Count one cell."""
        self._counts[fact, reason] += 1
        shown = self._first.setdefault((fact, reason), [])
        if len(shown) < _SHOWN and all(value != known for known, _ in shown):
            shown.append((value, line))

    def notes(self) -> list[str]:
        """Return a note for each fact and reason."""
        return [
            f"{fact} left empty in {count} {'row' if count == 1 else 'rows'}, because the cell {reason}: "
            + ", ".join(f"{shorten(value)} (line {line})" for value, line in self._first[fact, reason])
            + (" and others" if count > len(self._first[fact, reason]) else "")
            for (fact, reason), count in self._counts.items()
        ]


def unknown_words(unknown: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return a note for each column with words of status that no table knows: the words with their counts, most frequent first."""
    notes = []
    for header, words in unknown.items():
        ordered = sorted(words.items(), key=lambda item: (-item[1], item[0]))
        shown = ", ".join(f"{shorten(word)} ({count})" for word, count in ordered[:_MOST_WORDS])
        more = f" and {len(ordered) - _MOST_WORDS} more" if len(ordered) > _MOST_WORDS else ""
        notes.append(f"unknown words in the column {header}, ignored: {shown}{more}")
    return notes


def listed(emails: Sequence[str], most: int = _SHOWN) -> str:
    """Return the first few of ``emails`` and how many more there are."""
    return ", ".join(emails[:most]) + (f" and {len(emails) - most} more" if len(emails) > most else "")
