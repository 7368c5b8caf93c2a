"""Where a text that is not about a person names them all the same, and the text without it.

An address counts wherever it stands whole: ``anna@`` is not in ``joanna@``. A name counts from two words on, whole and as it is
written, because one word is half the language: Will, Mark, Hope. Scripts that put no spaces between words count three signs as a name.
Pure. Who asks: ``operations.people.erase_person`` through ``store.people.personal``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

#: Thai, Lao, Myanmar, Khmer, kana, Han and Hangul: names and words stand there without a space between
_IS_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: fewest such signs that are a whole name: two are too often a word
_FEWEST_SIGNS = 3
_APOSTROPHES = "'’"
_HYPHENS = "-‐‑"


class Mentions:
    """The ways in which one person is named. ``addresses``: email addresses, and ids that some service has for them."""

    def __init__(self, *, name: str, addresses: Iterable[str]) -> None:
        self._name = " ".join(unicodedata.normalize("NFC", name).split())
        # the longest first: the address may hold an id, never the other way round
        known = sorted({address for address in addresses if address}, key=len, reverse=True)
        self._addresses = [pattern for address in known for pattern in _address_patterns(address)]
        self._names = list(_name_patterns(self._name))

    def without(self, text: str, instead: str) -> str:
        """Return ``text`` with ``instead`` in place of every mention; the very same text when there is none."""
        composed = unicodedata.normalize("NFC", text)
        changed = composed
        for pattern in self._addresses:
            changed = pattern.sub(lambda found: instead, changed)
        for pattern in self._names:
            changed = pattern.sub(lambda found: instead if _is_whole(found) else found[0], changed)
        return text if changed == composed else changed

    def is_the_name(self, text: str) -> bool:
        """Return whether ``text`` is the name and nothing else, of however many words: where a field holds one name."""
        return bool(self._name) and " ".join(unicodedata.normalize("NFC", text).split()) == self._name

    def are_in(self, text: str) -> bool:
        """Return whether ``text`` may name the person, for people to look at: a name of one word counts, a longer one in any case."""
        composed = unicodedata.normalize("NFC", text)
        names = [re.compile(one.pattern, re.IGNORECASE) for one in self._names] or [re.compile(re.escape(self._name))] * bool(self._name)
        return any(one.search(composed) for one in self._addresses) or any(_is_whole(m) for one in names for m in one.finditer(composed))


def _address_patterns(address: str) -> Iterator[re.Pattern[str]]:
    """Yield what finds an address whole: its sub-addresses (``ana+news@``), its domain in letters or as ``xn--``, ``%40`` for the ``@``."""
    local, at, domain = address.rpartition("@")
    if not at:
        yield re.compile(rf"(?<!\w){re.escape(address)}(?!\w)")
        return
    for host in {domain, _in_letters(domain)}:
        yield re.compile(rf"(?<![\w.+%-]){re.escape(local)}(?:\+[\w.=-]+)?(?:@|%40){re.escape(host)}(?![\w-]|\.\w)", re.IGNORECASE)


def _in_letters(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain


def _name_patterns(name: str) -> Iterator[re.Pattern[str]]:
    words = name.split(" ")
    signs = sum(_IS_UNSPACED.match(sign) is not None for sign in name)
    if len(words) < 2 and signs < _FEWEST_SIGNS:
        return
    yield re.compile(_spaced(words))
    if len(words) > 1:
        # "Quill, Zora", alone between marks: in a list, "Bo Quill, Zora Lind" are two others
        turned = rf"{re.escape(words[-1])},\s*{_spaced(words[:-1])}"
        yield re.compile(rf"""(?:^|(?<=["'<(\[;:])|(?<=[;:]\s)){turned}(?=\s*(?:$|["'<>)\];:]))""", re.MULTILINE)


def _spaced(words: list[str]) -> str:
    """Return the words with any white space between them, or none where their script needs none."""
    pattern = re.escape(words[0])
    for before, after in pairwise(words):
        gap = r"\s*" if _IS_UNSPACED.match(before[-1]) and _IS_UNSPACED.match(after[0]) else r"\s+"
        pattern += gap + re.escape(after)
    return pattern


def _is_whole(found: re.Match[str]) -> bool:
    """Return whether no longer word begins before the match or goes on after it, in any script."""
    text, start, end = found.string, found.start(), found.end()
    before, after = text[max(0, start - 2) : start][::-1], text[end : end + 3]
    if _goes_on(text[start], before):
        return False
    if after[:1] in tuple(_APOSTROPHES) and after[1:2] == "s" and not _is_letter(after[2:]):
        return True  # "Zora Quill's mail"
    return not _goes_on(text[end - 1], after)


def _goes_on(edge: str, beyond: str) -> bool:
    """Return whether the word that ``edge`` is in has more letters ``beyond`` it, counted away from the word."""
    if not beyond:
        return False
    joined = beyond[0] in _APOSTROPHES + _HYPHENS
    neighbour = beyond[1:2] if joined else beyond[0]
    if not joined and _IS_UNSPACED.match(edge) and _IS_UNSPACED.match(neighbour):
        return False
    return _is_letter(neighbour)


def _is_letter(sign: str) -> bool:
    """Return whether the first of ``sign`` belongs to a word; vowel signs of Indic scripts are marks, and no ``\\w``."""
    return bool(sign) and (sign[0] == "_" or unicodedata.category(sign[0])[0] in "LMN")
