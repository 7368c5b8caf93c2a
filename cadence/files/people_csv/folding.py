"""One spelling for comparing words that people and directories write in many ways.

Case, accents, spaces and signs do not count. Both the tables of words and what a file says go through
here, so the tables may be written as people write them. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

#: endings that a word has for one gender: "Inactif(ve)", "Mitarbeiter/-in", "Salarié·e", "Angestellte*r"
_GENDERED = re.compile(r"(?<=\w)(?:\((?:e|ve|ne|a|o|in|r|n)\)|[/*:·](?:-?in|e|r|a|o|ve)\b)", re.IGNORECASE)


def fold(text: str) -> str:
    """Return the letters and digits of ``text`` without case and accents.

    >>> fold("Désactivé(e)"), fold("In-Active"), fold("退職済")
    ('desactive', 'inactive', '退職済')
    """
    if text.isascii():
        return "".join(c for c in _GENDERED.sub("", text).lower() if c.isalnum())
    plain = unicodedata.normalize("NFKD", _GENDERED.sub("", text)).casefold()
    return "".join(c for c in plain if c.isalnum())


def fold_table(table: Mapping[str, str]) -> frozenset[str]:
    """Return all words of a table of language -> words with "|" between them, folded."""
    return frozenset(word for words in table.values() for word in fold_words(words))


def fold_words(words: str) -> Iterable[str]:
    """Return each of the words with "|" between them, folded; empty ones are left out."""
    return filter(None, map(fold, words.split("|")))
