"""Read a TOML document that a person wrote: its tables, or what is wrong with its size, encoding and syntax.

Knows no key of any file. What a table may hold is declared (``declared``) and read by ``reading``; the head of a
statement file has its own ``TableReader``, which knows lines. Pure: takes bytes, opens nothing.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from cadence.domain.spelling import nearest
from cadence.errors import CadenceError, Invalid

MAX_BYTES = 1_000_000

E = TypeVar("E", bound=StrEnum)

#: tomllib takes a time that grows with the square of the parts of a dotted key
_MOST_PARTS = 50
_LONG_KEY = re.compile(rf"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_MOST_PARTS}}}""")
_LINE = re.compile(r"at line (\d+)")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_UNQUOTED_TIME = re.compile(r"=\s*\d{1,2}:\d{2}(?!:)")
_LEADING_ZERO = re.compile(r"=\s*0\d+\s*(#.*)?$")
_WORDS = re.compile(r"=\s*(yes|no|on|off|True|False|null|None)\b")


class InvalidFile(Invalid):
    """A file with one or more wrong entries; its text has one line for each of them."""

    def __init__(self, problems: Iterable[Invalid]) -> None:
        self.problems = tuple(problems)
        CadenceError.__init__(self, "\n".join(map(str, self.problems)), problems=[problem.data for problem in self.problems])


def read_toml(raw: bytes, *, where: str) -> dict[str, Any]:
    """Return the tables of a TOML document in UTF-8 (a byte order mark is fine) or UTF-16 with its mark.

    ``where`` names the file in the refusal. Raises InvalidFile for anything over one megabyte,
    of another encoding, or that is not TOML; it then names the line.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidFile([Invalid("size", f"{len(raw)} bytes", f"is more than {MAX_BYTES} bytes", where=where)])
    try:
        text = raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidFile([Invalid("encoding", f"byte {error.start}", "is not UTF-8 text; save the file as UTF-8", where=where)]) from None
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise InvalidFile([Invalid("text", found[0], f"has more than {_MOST_PARTS} names in one key", where=f"{where}, line {line}")])
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InvalidFile([Invalid("text", "brackets", "are nested too deeply", where=where)]) from None
    except ValueError as error:
        raise InvalidFile([_syntax_problem(text, str(error), where)]) from None


def _syntax_problem(text: str, message: str, where: str) -> Invalid:
    found = _LINE.search(message)
    lines = text.splitlines()
    number = int(found[1]) if found else len(lines)
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    field = line.partition("=")[0].strip()[:60] or "text"
    reason, example = "is not TOML: " + message.partition(" (at ")[0], None
    if "overwrite" in message or "twice" in message or "Duplicate" in message:
        reason = "is given twice; keep one"
    elif _UNQUOTED_TIME.search(line):
        reason, example = "a time of day stands in quotes, with two digits each", f'{field} = "09:00"'
    elif _LEADING_ZERO.search(line):
        reason, example = "a number has no leading zero; a time of day stands in quotes", f'{field} = "09:00"'
    elif _WORDS.search(line):
        reason, example = "yes and no are written true and false, in small letters", f"{field} = true"
    return Invalid(field, line, reason, example=example, where=f"{where}, line {number}")


def is_slug(text: str) -> bool:
    """Whether ``text`` is a name of small letters, digits and single hyphens, at most 64 characters."""
    return len(text) <= 64 and _SLUG.fullmatch(text) is not None


class TableReader:
    """One TOML table being read: each getter returns a checked value or notes a problem and returns the default.

    Problems go to the list handed in, so that a file is refused with all its faults at once.
    ``examples``: every key the table may have -> a line that is right.
    """

    def __init__(self, table: Mapping[str, Any], *, path: str, where: str, problems: list[Invalid], examples: Mapping[str, str]) -> None:
        self.table = table
        self.path = path
        self.where = where
        self.problems = problems
        self.examples = examples

    def refuse(self, key: str, value: object, reason: str, *, example: str | None = None) -> None:
        """Note that ``key`` cannot be used, and why."""
        field = f"{self.path}.{key}" if self.path else key
        self.problems.append(Invalid(field, value, reason, example=example or self.examples.get(key), where=self.where))

    def refuse_unknown(self) -> None:
        """Note every key that the table may not have, with the nearest one it may."""
        for key, value in self.table.items():
            if key in self.examples:
                continue
            meant = nearest(key, self.examples)
            hint = f"did you mean {meant}?" if meant else "the keys are: " + ", ".join(self.examples)
            self.refuse(key, value, f"there is no such key; {hint}", example=self.examples[meant] if meant else None)

    def text(self, key: str, default: str, *, limit: int = 200) -> str:
        """Return a non-empty string of one line."""
        value = self.table.get(key, default)
        if isinstance(value, str) and (value == default or (value.strip() and len(value) <= limit and value.isprintable())):
            return value
        self.refuse(key, value, f"is a text of one line with at most {limit} characters")
        return default

    def slug(self, key: str, default: str) -> str:
        """Return a name of small letters, digits and hyphens."""
        value = self.table.get(key, default)
        if isinstance(value, str) and is_slug(value):
            return value
        self.refuse(key, value, "is a name of small letters, digits and hyphens")
        return default

    def boolean(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.table.get(key, default)
        if isinstance(value, bool):
            return value
        self.refuse(key, value, "is true or false, without quotes")
        return default

    def number(self, key: str, default: float, *, least: float, most: float) -> float:
        """Return a finite number in [least, most]."""
        value = self.table.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        self.refuse(key, value, f"is a number from {least:g} to {most:g}")
        return default

    def choice(self, key: str, default: E) -> E:
        """Return one word of the enumeration of ``default``."""
        value = self.table.get(key, default.value)
        kind = type(default)
        if isinstance(value, str) and value in kind._value2member_map_:
            return kind(value)
        self.refuse(key, value, "is one of: " + ", ".join(kind))
        return default

    def words(self, key: str) -> tuple[str, ...] | None:
        """Return a list of different strings, or None (noted) when it is none; an absent key is an empty list."""
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self.refuse(key, value, "is a list of words in quotes")
            return None
        if len(set(value)) != len(value):
            self.refuse(key, value, "names something twice")
            return None
        return tuple(value)

    def day(self, key: str) -> date | None:
        """Return a calendar date of this century, None when absent."""
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = date.fromisoformat(value)
        if isinstance(value, date) and not isinstance(value, datetime) and 2000 <= value.year <= 2099:
            return value
        self.refuse(key, value, "is not a date between 2000-01-01 and 2099-12-31")
        return None
