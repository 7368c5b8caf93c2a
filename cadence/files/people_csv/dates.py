"""Days as directories write them: numbers in any order, months in words, serial numbers of spreadsheets.

A day that could be read in two ways is told as both; the columns of the whole file decide (``DateOrder``).
Nothing is guessed: what cannot be read raises ValueError. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from cadence.files.people_csv.folding import fold, fold_words

#: words and signs for "there is none"
_NONE = frozenset(
    fold_words(
        "n/a|na|none|null|nil|never|no|no date|not applicable|open|open-ended|unlimited|indefinite|permanent|nan|nat|tbd|tba|unknown"
        "|false|0|nie|kein|keine|keins|unbefristet|entfällt|offen|jamais|aucune|aucun|indéterminée|néant|nunca|ninguno|ninguna"
        "|indefinido|não|nenhuma|indeterminado|nooit|geen|onbepaald|mai|nessuna|indeterminato|nigdy|brak|bezterminowo|aldrig|ingen"
        "|tillsvidare|aldri|ei|ei koskaan|nikdy|なし|無期|無|无|無限|长期|없음"
    )
)
#: "for ever" in Active Directory
_FOREVER = frozenset({"9223372036854775807"})
_REST = r"(?:[ T,].*)?"
_ZEROS = re.compile(r"0+[-./]0+[-./]0+" + _REST)
_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})[日일.]?" + _REST)
_NUMERIC = re.compile(r"(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})" + _REST)
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_ENGLISH = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
#: whose names of months are known, besides English
_LANGUAGES = ("de", "fr", "es", "pt", "nl", "it", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ru")
_EXCEL = date(1899, 12, 30)
_EARLIEST, _LATEST = 1900, 2150


@dataclass(frozen=True, slots=True)
class TwoDays:
    """A day that may be either of two: 3/4/2026."""

    day_first: date
    month_first: date


def read_day(text: str) -> date | TwoDays | None:
    """Return the day, both when the order of its numbers is open, None when there is none. Raises ValueError when it cannot be read.

    >>> read_day("31. Oktober 2026"), read_day("0000-00-00"), read_day("20261031")
    (datetime.date(2026, 10, 31), None, datetime.date(2026, 10, 31))
    """
    value = text.strip(" \t\u00a0'\"")
    if not value or not any(c.isalnum() for c in value) or fold(value) in _NONE or value in _FOREVER or _ZEROS.fullmatch(value):
        return None
    found = _read(value)
    if isinstance(found, date):
        return _within(found)
    return found


def is_day(text: str) -> bool:
    """Whether a cell holds a day."""
    try:
        return read_day(text) is not None
    except (ValueError, OverflowError):
        return False


def order_of(texts: Iterable[str]) -> bool | None:
    """Return whether days come first in these dates with slashes or hyphens; None when they do not show it. With dots days always do."""
    day_first = month_first = False
    for text in texts:
        found = _NUMERIC.fullmatch(text.strip())
        if found and found[2] != ".":
            day_first |= int(found[1]) > 12
            month_first |= int(found[3]) > 12
    return day_first if day_first != month_first else None


def _read(value: str) -> date | TwoDays:
    found = _YEAR_FIRST.fullmatch(value)
    if found:
        return date(int(found[1]), int(found[2]), int(found[3]))
    found = _NUMERIC.fullmatch(value)
    if found:
        return _numeric(int(found[1]), found[2], int(found[3]), found[4])
    if value.isascii() and value.replace(".0", "").isdigit():
        return _number(value.replace(".0", ""))
    return _in_words(value)


def _numeric(first: int, sign: str, second: int, year_text: str) -> date | TwoDays:
    year = int(year_text) if len(year_text) == 4 else _century(int(year_text))
    if sign == "." or first > 12 or first == second:
        return date(year, second, first)
    if second > 12:
        return date(year, first, second)
    return TwoDays(date(year, second, first), date(year, first, second))


def _number(digits: str) -> date:
    if len(digits) == 8:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    number = int(digits)
    if len(digits) == 5:
        return _EXCEL + timedelta(days=number)
    if len(digits) in (10, 13):
        return date(1970, 1, 1) + timedelta(seconds=number if len(digits) == 10 else number // 1000)
    if len(digits) == 18:
        # Active Directory counts tenths of microseconds since 1601
        return date(1601, 1, 1) + timedelta(seconds=number // 10_000_000)
    raise ValueError(digits)


def _in_words(value: str) -> date:
    """Return the day of a date with the month in words: one month, a year of four digits and a day of one or two."""
    month = day = year = 0
    for part in _WORDS.findall(value.split(" T")[0]):
        if part.isdigit():
            if len(part) == 4 and not year:
                year = int(part)
            elif len(part) <= 2 and not day:
                day = int(part)
            elif len(part) == 2 and not year:
                year = _century(int(part))
            else:
                break
        elif not month:
            month = _month(part)
    if not (month and day and year):
        raise ValueError(value)
    return date(year, month, day)


def _month(word: str) -> int:
    folded = fold(word)
    for number, name in enumerate(_ENGLISH, start=1):
        if len(folded) >= 3 and name.startswith(folded):
            return number
    return _months().get(folded, 0)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Return folded name -> number of the months in the languages of CLDR that we know, in both of their forms."""
    from babel import Locale

    found: dict[str, int] = {}
    for language in _LANGUAGES:
        locale = Locale(language)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    found.setdefault(fold(name), int(number))
    found.pop("", None)
    return found


def _century(year: int) -> int:
    return 2000 + year if year < 70 else 1900 + year


def _within(day: date) -> date | None:
    if day.year < _EARLIEST:
        raise ValueError(day.isoformat())
    # 31 December 9999 and its like stand for "never"
    return day if day.year <= _LATEST else None
