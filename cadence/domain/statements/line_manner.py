"""The manner of a line, whatever it says: what somebody who knows nothing of a statement could choose it by.

Words are known of English and German; a line in another language has no hedges and no strong words here, and is judged by its
figures, marks, letters and script alone. Which difference gives a question away: ``check_faults``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from math import ceil

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_DIGIT = re.compile(r"\d")
_QUOTED = re.compile(r"[\"“”„«»‹›「」『』]|(?<!\w)['‘‚][^'’]+['’](?!\w)")
_MARKS = re.compile(r"[;:()\[\]/–—…&+%]|\s-\s")
_END = re.compile(r"([.!?…。！？;:])[\"'”’»)]*$")
_SHOUTED = 4
_WRITTEN_TOGETHER = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "KATAKANA-HIRAGANA": "CJK"}
#: letters of a word by which the heads of title words are compared
_HEAD = 5
#: share of a line's words, in one piece, that makes it a copy; fewer words than this stand in any text by chance
_COPIED = 0.8
_LEAST_COPIED = 3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: negations and words without exception, which readers take for a sign of a right or of a wrong line
_STRONG = _words(
    "no not never none nobody nothing nowhere neither nor without cannot always only all every everything everyone everybody everywhere"
    " entirely completely absolutely exclusively must"
    " nicht kein keine keinen keinem keiner keines nie niemals niemand niemanden nichts nirgends ohne weder noch immer nur alle allen alles"
    " aller jede jeder jedes jeden jedem stets ausschließlich sämtliche sämtlichen überall ganz völlig absolut unbedingt"
)
_HEDGES = _words(
    "might usually mostly mainly often sometimes generally typically normally probably perhaps possibly rarely seldom somewhat largely"
    " partly roughly approximately occasionally tends ordinarily"
    " meist meistens oft häufig normalerweise gewöhnlich manchmal vielleicht wahrscheinlich möglicherweise eventuell grundsätzlich"
    " überwiegend könnte könnten dürfte dürften selten teilweise ungefähr gelegentlich womöglich üblicherweise tendenziell"
)
_NUMBERS = _words(
    "two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty sixty seventy eighty ninety"
    " hundred thousand million half third quarter twice dozen"
    " zwei drei vier fünf sechs sieben acht neun zehn elf zwölf fünfzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"
    " hundert tausend million hälfte drittel viertel doppelt dutzend"
)
_ENGLISH = _words("the of and to is are we it that for with by who what when from our they you their this which has have be was at on")
_GERMAN = _words("der die das und zu ist sind wir es dass für mit von wer was wenn aus unser sie ihr dieser hat haben ein eine den dem auf")
_CLAUSES = _words("if when because since while until unless once although wenn weil sobald während bis obwohl falls solange damit")
_WE = _words("we our us wir unser unsere uns")
_YOU = _words("you your du dein deine ihr euer eure")
#: words of titles that say nothing about a line
_PLAIN = _ENGLISH | _GERMAN | _STRONG | _words("before after over under into than then them will would should can do does not how why")


@lru_cache(maxsize=2048)
def words_of(line: str) -> tuple[str, ...]:
    """Return the words of a line, in small letters."""
    return tuple(word.replace("’", "'").casefold() for word in _WORD.findall(line))


def has_number(line: str) -> bool:
    """Whether it holds a figure or the word for one; "one" is none."""
    return bool(_DIGIT.search(line)) or not _NUMBERS.isdisjoint(words_of(line))


def is_strong(line: str) -> bool:
    """Whether it denies something, or says it without exception: never, only, all, kein, immer."""
    words = words_of(line)
    return not _STRONG.isdisjoint(words) or any(word.endswith("n't") for word in words)


def is_hedged(line: str) -> bool:
    """Whether it is said with a reservation: usually, perhaps, meistens, in der Regel."""
    told = " ".join(words_of(line))
    return not _HEDGES.isdisjoint(told.split()) or any(phrase in told for phrase in ("as a rule", "in general", "in der regel", "in most"))


def is_quoting(line: str) -> bool:
    """Whether a part of it stands in quotation marks."""
    return bool(_QUOTED.search(line))


def has_marks(line: str) -> bool:
    """Whether it holds a mark that plain sentences do not need: a semicolon, colon, dash, bracket; commas are plain."""
    return bool(_MARKS.search(line.rstrip(" .!?…:;")))


def ending(line: str) -> str:
    """Return the mark it ends with, empty when with none."""
    found = _END.search(line.rstrip())
    return found[1] if found else ""


def capitals(line: str) -> str:
    """Return how it is capitalised: "small" at its beginning, "shouted", "title" (nearly every word), or empty: as a sentence."""
    words = _WORD.findall(line)
    if any(len(word) >= _SHOUTED and word.isupper() for word in words):
        return "shouted"
    if words and words[0][0].islower() and line.lstrip()[0].isalpha():
        return "small"
    long = [word for word in words[1:] if len(word) >= _SHOUTED]
    return "title" if len(long) >= 3 and all(word[0].isupper() for word in long) else ""


def script(line: str) -> str:
    """Return the script most of its letters are of, as Unicode names it; the three of Japanese are one with Chinese."""
    names = Counter(unicodedata.name(c, "?").split(" ")[0] for c in line if c.isalpha())
    names = Counter(_WRITTEN_TOGETHER.get(name, name) for name in names.elements())
    return names.most_common(1)[0][0] if names else ""


def language(line: str) -> str:
    """Return "en" or "de" where at least two words of one and none but chance ones of the other speak for it, else empty."""
    words = set(words_of(line))
    english, german = len(words & _ENGLISH), len(words & _GERMAN)
    if english >= 2 and german * 2 < english:
        return "en"
    return "de" if german >= 2 and english * 2 < german else ""


def opening(line: str) -> str:
    """Return how its sentence is built, told by its first word: "to", "ing", "clause", "we", "you" or empty for all others."""
    words = words_of(line)
    if not words:
        return ""
    first = words[0]
    if first == "to" or (first == "um" and "zu" in words):
        return "to"
    for kind, known in (("clause", _CLAUSES), ("we", _WE), ("you", _YOU)):
        if first in known:
            return kind
    return "ing" if len(first) > 5 and first.endswith("ing") and language(line) != "de" else ""


def title_words(line: str, title: str) -> int:
    """Return how many telling words of a title stand in a line, whatever their endings."""
    told = {_head(word) for word in words_of(title) if len(word) >= 4 and word not in _PLAIN}
    return len(told & {_head(word) for word in words_of(line)})


def is_copy(line: str, text: str) -> bool:
    """Whether at least four in five words of a line stand in a text in the same order without a gap; never of one or two words."""
    words = words_of(line)
    least = ceil(_COPIED * len(words))
    if len(words) < _LEAST_COPIED:
        return False
    said = f" {' '.join(words_of(text))} "
    return any(f" {' '.join(words[at : at + least])} " in said for at in range(len(words) - least + 1))


def _head(word: str) -> str:
    return word[:_HEAD] if len(word) > _HEAD else word.removesuffix("s")
