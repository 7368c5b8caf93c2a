"""People, and the exports of directories that they are read from.

Owns who a person is and what each cell of a people file may hold. Reading the table:
``delimited.py``; which header means what: ``directory_columns.py``; addresses: ``addresses.py``;
zones and countries: ``places.py``. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cadence.domain.people.addresses import is_slack_user_id, parse_email
from cadence.domain.people.delimited import Row, Table, read_table
from cadence.domain.people.directory_columns import attribute_key, read_columns
from cadence.domain.people.places import canonical_zone, country_code, language_tag
from cadence.domain.statements.text import bad_character, is_blank, normalise, safe_cell
from cadence.errors import Invalid, shorten

__all__ = ["PeopleFile", "Person", "PersonRow", "Refusal", "attribute_key", "manager_cycles", "parse_people", "safe_cell"]

MAX_NAME = 200
MAX_ATTRIBUTE = 1_000
#: looking for what was meant takes milliseconds, so not for a file that is all wrong
MAX_SUGGESTIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who can be reached, as the decisions see them (the ``people`` row)."""

    id: int
    email: str
    name: str = ""
    zone: str = "Etc/UTC"
    country: str = ""
    locale: str = ""
    team: str = ""
    location: str = ""
    manager_email: str = ""
    started_on: date | None = None
    external: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
    preferred_channel: str = ""
    #: the person's own wishes: weekday (0 Monday), local time "HH:MM", language
    preferred_day: int | None = None
    preferred_time: str = ""
    preferred_locale: str = ""
    fewer_until: datetime | None = None
    paused_until: datetime | None = None
    #: a shared address that cadences post to, never counted as a person
    shared: bool = False
    created_at: datetime | None = None
    deactivated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One checked row of a file. An empty ``zone`` stands for the installation's default."""

    line: int
    email: str
    name: str
    slack_user_id: str
    zone: str
    country: str
    locale: str
    team: str
    location: str
    manager_email: str
    started_on: date | None
    external: bool
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that was left out. ``field`` is empty when the row as a whole cannot be read."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFile:
    """A people file, read. ``present``: the facts it has a column for; others are left as they are."""

    rows: tuple[PersonRow, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]
    present: frozenset[str]
    #: attribute columns of the file
    attributes: frozenset[str]


_TRUE = frozenset(
    {"true", "yes", "y", "1", "x", "external", "guest", "contractor", "contingent", "contingentworker", "freelancer", "partner", "vendor"}
)
_FALSE = frozenset(
    {"", "false", "no", "n", "0", "internal", "member", "employee", "regular", "fulltime", "parttime", "permanent", "temporary", "intern"}
)
_GONE = frozenset(
    {"inactive", "suspended", "deactivated", "deprovisioned", "disabled", "terminated", "deleted", "archived", "bot", "former"}
)
#: line ends and tabs inside a quoted cell
_BREAKS = re.compile(r"[\r\n\t]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMERIC_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T].*)?")
_ISO_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T]\d{1,2}:\d{2}.*)?")
_WORD_DATE = re.compile(r"(?:(\d{1,2})[ .-]+([A-Za-z]{3,9})|([A-Za-z]{3,9})[ .]+(\d{1,2})),?[ .-]+(\d{4})")
_DATE_EXAMPLE = "2026-09-01"


def parse_people(raw: bytes) -> PeopleFile:
    """Return the people of a CSV export, with the rows that were refused and why.

    Raises Invalid when the file as a whole cannot be used: no email column, a header that is there
    twice, over 200 columns, over 100 MB, or no readable text.
    """
    table = read_table(raw)
    reader = _Reader(table)
    return reader.read()


def manager_cycles(managers: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the circles in person -> manager (both emails), each beginning with its smallest email."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in managers:
        path: dict[str, None] = {}
        email = start
        while email in managers and email not in done and email not in path:
            path[email] = None
            email = managers[email]
        if email in path:
            members = list(path)
            circle = members[members.index(email) :]
            least = circle.index(min(circle))
            found.append(tuple(circle[least:] + circle[:least]))
        done.update(path)
    return found


class _Wrong(Exception):
    """A cell that refuses its row."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(f"{field} = {shorten(value)}: {reason}")
        self.field = field


class _Reader:
    """Reads the rows of one table; what repeats from row to row is judged once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        columns = read_columns(table.header, line=table.header_line)
        self.notes = [*table.notes, *columns.notes]
        self.columns = columns.facts
        self.attributes = columns.attributes
        #: (fact, as written) -> (as kept, why not)
        self._converted: dict[tuple[str, str], tuple[str, str]] = {}
        self._unknown: set[str] = set()
        self._emails: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._day_first: bool | None = None

    def read(self) -> PeopleFile:
        """Return the file."""
        rows = list(self.table.rows)
        self._learn_date_order(rows)
        people: list[PersonRow] = []
        refusals: list[Refusal] = []
        first_line: dict[str, int] = {}
        slack_line: dict[str, int] = {}
        gone = 0
        for row in rows:
            if row.fault:
                refusals.append(Refusal(line=row.line, field="", reason=f"the row {row.fault}"))
                continue
            try:
                if self._is_gone(row.cells):
                    gone += 1
                    continue
                person = self._person(row)
                if person.email in first_line:
                    raise _Wrong("email", person.email, f"is already in line {first_line[person.email]}")
                slack_id = person.slack_user_id
                if slack_id and slack_id in slack_line:
                    raise _Wrong("slack_user_id", slack_id, f"is already in line {slack_line[slack_id]}")
            except _Wrong as wrong:
                refusals.append(Refusal(line=row.line, field=wrong.field, reason=str(wrong)))
                continue
            first_line[person.email] = person.line
            slack_line[slack_id] = person.line
            people.append(person)
        if gone:
            self.notes.append(f"{gone} accounts that the file marks as closed, or as bots, were left out")
        self._note_managers(people)
        self._note_domains(people)
        present = frozenset(self.columns) | ({"name"} if {"first_name", "last_name"} & self.columns.keys() else frozenset())
        return PeopleFile(
            rows=tuple(people),
            refusals=tuple(refusals),
            notes=tuple(self.notes),
            present=present,
            attributes=frozenset(key for _, key in self.attributes),
        )

    def _person(self, row: Row) -> PersonRow:
        cells = row.cells
        email = self._email(cells)
        attributes = {}
        for index, key in self.attributes:
            if cells[index]:
                value = self._text(cells[index], self.table.header[index], MAX_ATTRIBUTE)
                if value:
                    attributes[key] = value
        return PersonRow(
            line=row.line,
            email=email,
            name=self._name(cells, email),
            slack_user_id=self._slack(cells),
            zone=self._known(cells, "zone", "timezone", canonical_zone),
            country=self._known(cells, "country", "country", country_code),
            locale=self._known(cells, "locale", "locale", lambda text, suggest: language_tag(text)),
            team=self._words_of(cells, "team"),
            location=self._words_of(cells, "location"),
            manager_email=self._manager(cells),
            started_on=self._date(cells),
            external=self._external(cells),
            attributes=attributes,
        )

    def _cell(self, cells: list[str], fact: str) -> tuple[str, bool]:
        """Return the first filled cell for ``fact``, and whether its header is a weak one."""
        for index, weak in self.columns.get(fact, ()):
            value = cells[index].strip(" \t\u00a0")
            if value:
                return value, weak
        return "", False

    def _email(self, cells: list[str]) -> str:
        value, _ = self._cell(cells, "email")
        if not value:
            raise _Wrong("email", value, "is empty")
        return self._address(value, "email")

    def _address(self, value: str, field: str) -> str:
        known = self._emails.get(value)
        if known is None:
            try:
                known = parse_email(value)
            except Invalid as error:
                raise _Wrong(field, value, str(error.data["reason"])) from None
            self._emails[value] = known
        return known

    def _name(self, cells: list[str], email: str) -> str:
        name = self._words_of(cells, "name")
        if not name:
            name = " ".join(filter(None, (self._words_of(cells, "first_name"), self._words_of(cells, "last_name"))))
        if len(name) > MAX_NAME:
            raise _Wrong("name", name, f"is longer than {MAX_NAME} characters")
        return name or email.partition("@")[0]

    def _words_of(self, cells: list[str], fact: str) -> str:
        value, _ = self._cell(cells, fact)
        return self._text(value, fact, MAX_NAME) if value else ""

    def _text(self, value: str, field: str, limit: int) -> str:
        """Return ``value`` as one line in NFC; spaces at its ends are dropped, line ends inside become spaces."""
        known = self._words.get(value) if len(value) < 60 else None
        if known is not None:
            return known
        text = value.strip()
        if not (text.isascii() and text.isprintable()):
            text = normalise(_BREAKS.sub(" ", text))
            bad = bad_character(text, one_line=True)
            if bad:
                raise _Wrong(field, value, bad[1])
            if is_blank(text):
                text = ""
        if len(text) > limit:
            raise _Wrong(field, value, f"is longer than {limit} characters")
        if len(value) < 60:
            self._words[value] = text
        return text

    def _known(self, cells: list[str], fact: str, field: str, convert: Callable[..., str]) -> str:
        value, weak = self._cell(cells, fact)
        if not value:
            return ""
        known = self._converted.get((fact, value))
        if known is None:
            try:
                known = convert(value, suggest=len(self._unknown) < MAX_SUGGESTIONS), ""
            except Invalid as error:
                known = "", str(error.data["reason"])
                self._unknown.add(value)
            self._converted[fact, value] = known
        if known[1] and not weak:
            raise _Wrong(field, value, known[1])
        return known[0]

    def _slack(self, cells: list[str]) -> str:
        value, weak = self._cell(cells, "slack_user_id")
        if not value or is_slack_user_id(value):
            return value
        if weak:
            return ""
        raise _Wrong("slack_user_id", value, "is not a Slack member id such as U024BE7LH")

    def _manager(self, cells: list[str]) -> str:
        value, weak = self._cell(cells, "manager_email")
        if not value or (weak and "@" not in value):
            return ""
        return self._address(value, "manager_email")

    def _external(self, cells: list[str]) -> bool:
        value, weak = self._cell(cells, "external")
        folded = "".join(c for c in value.casefold() if c.isalnum())
        if folded in _TRUE:
            return True
        if folded in _FALSE or weak:
            return False
        raise _Wrong("external", value, "is neither yes nor no")

    def _is_gone(self, cells: list[str]) -> bool:
        for index, weak in self.columns.get("status", ()):
            value = cells[index].strip().casefold()
            if value in _GONE or (not weak and value in ("false", "no", "0")):
                return True
        return False

    def _learn_date_order(self, rows: Iterable[Row]) -> None:
        """Find out from the whole column whether 3/4/2026 is in March or April; dots always mean the day first."""
        day_first = month_first = False
        for row in rows:
            found = None if row.fault else _NUMERIC_DATE.fullmatch(self._cell(row.cells, "started_on")[0])
            if found and found[2] != ".":
                day_first |= int(found[1]) > 12
                month_first |= int(found[3]) > 12
        if day_first != month_first:
            self._day_first = day_first

    def _date(self, cells: list[str]) -> date | None:
        value, _ = self._cell(cells, "started_on")
        if not value:
            return None
        try:
            found = self._parse_date(value)
        except ValueError:
            found = None
        if found is None or not 1900 <= found.year <= 2100:
            raise _Wrong("started_on", value, f"is not a date such as {_DATE_EXAMPLE}")
        return found

    def _parse_date(self, value: str) -> date | None:
        iso = _ISO_DATE.fullmatch(value)
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        word = _WORD_DATE.fullmatch(value)
        if word:
            month = _MONTHS.index((word[2] or word[3])[:3].lower()) + 1
            return date(int(word[5]), month, int(word[1] or word[4]))
        numeric = _NUMERIC_DATE.fullmatch(value)
        if not numeric:
            return None
        first, sign, second, year = int(numeric[1]), numeric[2], int(numeric[3]), int(numeric[4])
        day_first = True if sign == "." or first == second else self._day_first
        if day_first is None:
            raise _Wrong("started_on", value, f"may have day or month first; write it as {_DATE_EXAMPLE}")
        return date(year, second, first) if day_first else date(year, first, second)

    def _note_managers(self, people: list[PersonRow]) -> None:
        managers = {p.email: p.manager_email for p in people if p.manager_email}
        for circle in manager_cycles(managers)[:10]:
            if len(circle) == 1:
                self.notes.append(f"{circle[0]} is their own manager; kept as it is")
            else:
                shown = " -> ".join((*circle[:6], "..." if len(circle) > 6 else circle[0]))
                self.notes.append(f"managers in a circle: {shown}; kept as it is")

    def _note_domains(self, people: list[PersonRow]) -> None:
        seen = sorted({p.email.partition("@")[2] for p in people if "xn--" in p.email})
        for domain in seen[:10]:
            self.notes.append(f"the domain {domain} is written with letters beyond a to z; check that it is the one you mean")
