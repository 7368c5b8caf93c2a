"""One row of a people file, cell by cell: which value of which column counts, and what a cell that is no use does.

What repeats from row to row is read once. A fault in what decides whom we write to raises ``WrongCell``; any other is
noted, and the fact stays empty (``notes.py``). The grammar of single values: ``cells.py``, ``dates.py``, ``zones.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from cadence.domain.people.directory import MAX_NAME
from cadence.errors import Invalid, shorten
from cadence.files.people_csv.cells import clean_line, join_name, prefer_name, read_address, read_slack_id, turn_name
from cadence.files.people_csv.columns import Columns
from cadence.files.people_csv.dates import TwoDays, read_day
from cadence.files.people_csv.folding import fold
from cadence.files.people_csv.notes import UnreadCells
from cadence.files.people_csv.standing import Says, Standing, says_of_word
from cadence.files.people_csv.table import TableRow

MAX_ATTRIBUTE = 1_000
#: longer cells are rarely met twice, so remembering them costs more than it saves
_REMEMBERED = 60
#: Workday writes the standing behind the name: "Bo Berg (Terminated)", "Cy Dahl [C]"
_BEHIND_NAME = re.compile(r"(.+?)\s*(?:\(([^()]+)\)|\[([^\[\]]+)\])\s*")
_CONTINGENT = frozenset({"c", "cw"})
_NONE: tuple[tuple[int, bool], ...] = ()


class WrongCell(Exception):
    """A cell that refuses its row."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(f"{field} = {shorten(value)}: {reason}")
        self.field = field


class RowReader:
    """Reads the cells of the rows of one table. ``unread`` counts those of unneeded facts that are no use."""

    def __init__(self, columns: Columns) -> None:
        self._columns, self._facts = columns, columns.facts
        self.unread = UnreadCells()
        #: whether the day comes first in 3/4/2026; None: the file does not show it
        self.day_first: bool | None = None
        self._converted: dict[tuple[str, str], tuple[str, str]] = {}
        self._emails: dict[str, tuple[str, bool]] = {}
        self._words: dict[str, str] = {}
        self._days: dict[str, tuple[date | None, str]] = {}
        parts = {"last_first", "first_name", "last_name", "either_name", "preferred_name"}
        self._only_whole_names = parts.isdisjoint(columns.facts)
        self._flags = [index for fact, index, _ in columns.judged if fact == "outside_flag"]

    def filled(self, cells: list[str], fact: str) -> tuple[str, bool]:
        """Return the first filled cell for ``fact``, and whether its header is a weak one."""
        for index, weak in self._facts.get(fact, _NONE):
            value = cells[index].strip(" \t\u00a0")
            if value:
                return value, weak
        return "", False

    def email(self, row: TableRow) -> tuple[str, bool]:
        value, _ = self.filled(row.cells, "email")
        if not value:
            raise WrongCell("email", value, "is empty")
        known = self._emails.get(value)
        if known is None:
            try:
                known = read_address(value)
            except Invalid as error:
                raise WrongCell("email", value, str(error.data["reason"])) from None
            self._emails[value] = known
        return known

    def name(self, row: TableRow, standing: Standing) -> str:
        """Return the name people go by, empty when the row has none; what stands behind it in brackets goes to ``standing``.

        Raises WrongCell for a name that cannot be shown, but not of somebody who is gone: they are gone all the same.
        """
        try:
            whole = self._behind(self._whole_name(row), standing)
            if len(whole) > MAX_NAME:
                raise WrongCell("name", whole, f"is longer than {MAX_NAME} characters")
        except WrongCell:
            if standing.closed:
                return ""
            raise
        return whole

    def _whole_name(self, row: TableRow) -> str:
        name = self._needed_line(row, "name")
        if self._only_whole_names:
            return turn_name(name) if "," in name else name
        turned = self._needed_line(row, "last_first")
        first, last = self._needed_line(row, "first_name"), self._needed_line(row, "last_name")
        either = self._needed_line(row, "either_name")
        if either and first:
            last = "" if first.casefold() in either.casefold() else either
            name = "" if last else either
        whole = turn_name(turned, last_first=True) if turned else turn_name(name or either * (not last))
        if not name and not turned and (first or last):
            whole = join_name(first, last)
        preferred = self._needed_line(row, "preferred_name")
        return prefer_name(preferred, whole, last) if preferred else whole

    def _behind(self, name: str, standing: Standing) -> str:
        """Return a name without the standing that Workday writes behind it, which goes to ``standing``."""
        found = _BEHIND_NAME.fullmatch(name) if name.endswith((")", "]")) else None
        if not found:
            return name
        if found[3] and fold(found[3]) in _CONTINGENT:
            standing.external = True
            return found[1]
        says = says_of_word(found[2] or found[3])
        if says is Says.CLOSED and not standing.closed:
            standing.closed, standing.why = True, f"the name says: {found[2] or found[3]}"
        standing.external = standing.external or says is Says.OUTSIDE or None
        return name if says is Says.UNKNOWN else found[1]

    def _needed_line(self, row: TableRow, fact: str) -> str:
        value, _ = self.filled(row.cells, fact)
        if not value:
            return ""
        try:
            text = self._clean(value)
        except ValueError as error:
            raise WrongCell("name", value, str(error)) from None
        if len(text) > MAX_NAME:
            raise WrongCell("name", value, f"is longer than {MAX_NAME} characters")
        return text

    def line_of(self, row: TableRow, fact: str, unread: set[str]) -> str:
        """Return the words of a fact that nobody needs; what cannot be read is noted."""
        value, _ = self.filled(row.cells, fact)
        if not value:
            return ""
        return self._plain(value, fact, row.line, MAX_NAME, unread)

    def _plain(self, value: str, fact: str, line: int, limit: int, unread: set[str]) -> str:
        try:
            text = self._clean(value)
            if len(text) <= limit:
                return text
            reason = f"is longer than {limit} characters"
        except ValueError as error:
            reason = str(error)
        self.unread.add(fact, value, reason, line)
        unread.add(fact)
        return ""

    def _clean(self, value: str) -> str:
        """Return ``clean_line`` of a value, remembered for short ones."""
        if len(value) > _REMEMBERED:
            return clean_line(value)
        known = self._words.get(value)
        if known is None:
            known = self._words[value] = clean_line(value)
        return known

    def attributes(self, row: TableRow) -> dict[str, str]:
        found = {}
        for index, key in self._columns.attributes:
            if row.cells[index]:
                value = self._plain(row.cells[index], key, row.line, MAX_ATTRIBUTE, set())
                if value:
                    found[key] = value
        return found

    def known(self, row: TableRow, fact: str, field: str, convert: Callable[[str], str], unread: set[str]) -> str:
        value, weak = self.filled(row.cells, fact)
        if not value:
            return ""
        known = self._converted.get((fact, value))
        if known is None:
            try:
                known = convert(value), ""
            except Invalid as error:
                known = "", str(error.data["reason"])
            self._converted[fact, value] = known
        if known[1]:
            unread.add(fact)
            if not weak:
                self.unread.add(field, value, known[1], row.line)
        return known[0]

    def slack_user_id(self, row: TableRow, unread: set[str]) -> str:
        value, weak = self.filled(row.cells, "slack_user_id")
        if not value:
            return ""
        found = read_slack_id(value)
        if not found and not weak:
            self.unread.add("slack_user_id", value, "is not a Slack member id such as U024BE7LH", row.line)
            unread.add("slack_user_id")
        return found

    def manager_email(self, row: TableRow, unread: set[str]) -> str:
        value, weak = self.filled(row.cells, "manager_email")
        if not value or (weak and "@" not in value):
            return ""
        known = self._emails.get(value)
        if known is None:
            try:
                known = self._emails[value] = read_address(value)
            except Invalid as error:
                self.unread.add("manager_email", value, str(error.data["reason"]), row.line)
                unread.add("manager_email")
                return ""
        return known[0]

    def started_on(self, row: TableRow, unread: set[str]) -> date | None:
        """Return the day they began, None when the row has none that can be read."""
        value, _ = self.filled(row.cells, "started_on")
        if not value:
            return None
        known = self._days.get(value)
        if known is None:
            known = self._days[value] = self._read_start(value)
        if known[1]:
            unread.add("started_on")
            self.unread.add("started_on", value, known[1], row.line)
        return known[0]

    def _read_start(self, value: str) -> tuple[date | None, str]:
        """Return the day of a cell, or why it has none."""
        try:
            found = read_day(value)
        except (ValueError, OverflowError):
            return None, "is not a date such as 2026-09-01"
        if isinstance(found, TwoDays):
            if self.day_first is None:
                return None, "may have day or month first; write it as 2026-09-01"
            found = found.day_first if self.day_first else found.month_first
        return (found, "") if found is not None else (None, "is not a real date")

    def is_plainly_inside(self, row: TableRow) -> bool:
        """Whether an empty cell of a yes-or-no column says that somebody is of the company."""
        return any(not row.cells[index].strip() for index in self._flags)
