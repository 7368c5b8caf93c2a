"""The nearest right spelling of a word that somebody typed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the word of ``known`` that ``word`` was most likely meant to be, or None."""
    spellings = {candidate.casefold(): candidate for candidate in sorted(known)}
    found = difflib.get_close_matches(word.casefold()[:60], spellings, n=1, cutoff=0.5)
    return spellings[found[0]] if found else None
