"""Whether a row is of somebody who is here, to come, gone or from outside: what its columns of status say together.

One word of leaving outweighs all others, for a message to somebody who left cannot be taken back. A word that no
table knows is counted and told, never guessed. Words: ``status_words.py``, ``outside_words.py``. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import Enum

from cadence.files.people_csv.dates import TwoDays, read_day
from cadence.files.people_csv.folding import fold
from cadence.files.people_csv.outside_words import INSIDE, OUTSIDE
from cadence.files.people_csv.status_words import ACTIVE, CLOSED, LETTERS, NO, NO_HUMAN, NO_SIGNS, NOT_YET, STARTING, YES, YES_SIGNS

#: columns that say who is here and from where
JUDGED = ("status", "active_flag", "closed_flag", "left_on", "account_control", "outside_flag", "kind")
#: the bit of Active Directory's userAccountControl that closes an account
_DISABLED = 2
#: of "Terminated - voluntary" the parts are looked up when the whole is not known
_PARTS = re.compile(r"\s+[-–—]\s*|[:/,;|()\[\]]+\s*|\s{2,}|_+")


class Says(Enum):
    """What one cell says."""

    NOTHING = 0
    UNKNOWN = 1
    HERE = 2
    INSIDE = 3
    OUTSIDE = 4
    STARTING = 5
    NOT_YET = 6
    NO_HUMAN = 7
    CLOSED = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says; ``day``: the last day, when it is one. ``leaves``: that day is still to come."""

    says: Says
    day: date | None = None
    leaves: bool = False


@dataclass(slots=True)
class Standing:
    """What all cells of a row say together. ``external`` is None when none of them says."""

    closed: bool = False
    why: str = ""
    left_on: date | None = None
    no_human: bool = False
    not_yet: bool = False
    external: bool | None = None
    leaves: bool = False
    #: hired, to begin on the start date
    starting: bool = False


def says_of_word(value: str) -> Says:
    """Return what a word of status or kind says by itself, UNKNOWN when no table has it."""
    word = fold(value)
    if not word:
        return Says.NOTHING
    found = _in_tables(word)
    if found is not Says.UNKNOWN:
        return found
    parts = [_in_tables(fold(part)) for part in _PARTS.split(value) if fold(part)]
    known = [part for part in parts if part is not Says.UNKNOWN]
    if len(parts) < 2 or not known:
        return Says.UNKNOWN
    return Says.CLOSED if Says.CLOSED in known else known[0]


def says_of_flag(value: str) -> bool | None:
    """Return what yes and no in any language mean, None for anything else."""
    text = value.strip()
    if text in YES_SIGNS or text in NO_SIGNS:
        return text in YES_SIGNS
    word = fold(text)
    return True if word in YES else False if word in NO else None


class Judge:
    """Reads the cells of the judged columns of one file; what repeats from row to row is read once."""

    def __init__(self, *, today: date, day_first: bool | None, letters_are_flags: bool = False) -> None:
        """``day_first``: which number of 3/4/2026 is the day. ``letters_are_flags``: T and F are true and false here."""
        self._today, self._day_first = today, day_first
        self._letters_are_flags = letters_are_flags
        self._known: dict[tuple[str, str], Cell] = {}
        #: header -> word that no table knows -> how often
        self.unknown: dict[str, Counter[str]] = {}

    def judge(self, cells: list[str], columns: list[tuple[str, int, str]]) -> Standing:
        """Return the standing of a row. ``columns``: (fact, index, header) of those that say anything of it."""
        found = Standing()
        outside = inside = False
        for fact, index, header in columns:
            value = cells[index]
            if not value:
                continue
            cell = self._known.get((fact, value))
            if cell is None:
                cell = self._known[fact, value] = self._read(fact, value)
            says = cell.says
            if says is Says.CLOSED and not found.closed:
                found.closed, found.why, found.left_on = True, f"{header}: {value.strip()[:60]}", cell.day
            elif says is Says.UNKNOWN:
                self.unknown.setdefault(header, Counter())[value.strip()] += 1
            found.no_human |= says is Says.NO_HUMAN
            found.leaves |= cell.leaves
            found.left_on = found.left_on or cell.day
            outside |= says is Says.OUTSIDE
            # a status of "Member" or "Full-Time" says that they are here; of the kind only its own columns speak
            inside |= says is Says.INSIDE and fact in ("outside_flag", "kind")
            found.starting |= says is Says.STARTING
            found.not_yet |= says is Says.NOT_YET
        found.external = True if outside else False if inside else None
        return found

    def _read(self, fact: str, value: str) -> Cell:
        if fact == "left_on":
            return self._last_day(value)
        if fact == "closed_flag":
            flag = says_of_flag(value)
            if flag is not None:
                return Cell(Says.CLOSED if flag else Says.HERE)
            word = says_of_word(value)
            return Cell(word) if word is not Says.UNKNOWN else self._last_day(value)
        if fact == "account_control":
            bits = value.strip()
            if not (bits.isascii() and bits.isdecimal() and len(bits) <= 10):
                return Cell(Says.UNKNOWN)
            return Cell(Says.CLOSED if int(bits) & _DISABLED else Says.HERE)
        if fact == "active_flag":
            flag = says_of_flag(value)
            return Cell(says_of_word(value) if flag is None else Says.HERE if flag else Says.CLOSED)
        if fact == "outside_flag":
            flag = says_of_flag(value)
            return Cell(self._kind(value) if flag is None else Says.OUTSIDE if flag else Says.INSIDE)
        if fact == "kind":
            return Cell(self._kind(value))
        return Cell(self._status(value))

    def _status(self, value: str) -> Says:
        word = fold(value)
        if not word:  # a bare sign: "○" or "×"
            flag = says_of_flag(value)
            return Says.NOTHING if flag is None else Says.HERE if flag else Says.CLOSED
        if word in LETTERS and not (self._letters_are_flags and word in "tf"):
            return Says.CLOSED if LETTERS[word] is CLOSED else Says.HERE
        says = says_of_word(value)
        if says is not Says.UNKNOWN:
            return says
        flag = says_of_flag(value)
        return Says.UNKNOWN if flag is None else Says.HERE if flag else Says.CLOSED

    def _kind(self, value: str) -> Says:
        word = fold(value)
        if word in OUTSIDE:
            return Says.OUTSIDE
        if word in INSIDE:
            return Says.INSIDE
        return says_of_word(value)

    def _last_day(self, value: str) -> Cell:
        try:
            found = read_day(value)
        except (ValueError, OverflowError):
            flag = says_of_flag(value)
            says = says_of_word(value)
            if flag is not None:
                return Cell(Says.CLOSED if flag else Says.HERE)
            return Cell(says if says in (Says.CLOSED, Says.HERE) else Says.UNKNOWN)
        if found is None:
            return Cell(Says.NOTHING)
        if isinstance(found, TwoDays):
            if self._day_first is None:
                both = found.day_first < self._today, found.month_first < self._today
                if both[0] != both[1]:
                    return Cell(Says.UNKNOWN)
                found = max(found.day_first, found.month_first)
            else:
                found = found.day_first if self._day_first else found.month_first
        over = found < self._today
        return Cell(Says.CLOSED if over else Says.NOTHING, day=found, leaves=not over)


def _in_tables(word: str) -> Says:
    if word in CLOSED:
        return Says.CLOSED
    if word in NOT_YET:
        return Says.NOT_YET
    if word in STARTING:
        return Says.STARTING
    if word in NO_HUMAN:
        return Says.NO_HUMAN
    if word in OUTSIDE:
        return Says.OUTSIDE
    if word in ACTIVE:
        return Says.HERE
    return Says.INSIDE if word in INSIDE else Says.UNKNOWN
