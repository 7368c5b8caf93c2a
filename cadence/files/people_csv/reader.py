"""Read the people of a directory's export: who is here, who is gone or to come, and what was not understood.

Owns the order in which a row is judged and which fault refuses it: only what decides whom we write to. The table:
``table.py``; columns: ``columns.py``; one cell: ``cells.py``, ``dates.py``, ``zones.py``; here or gone: ``standing.py``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date

from cadence.domain.people.directory import LeftPerson, ListedPerson, PeopleFile, RefusedRow
from cadence.domain.people.identity import is_another, same_words
from cadence.domain.people.places import country_code, language_tag
from cadence.files.people_csv.cells import read_employee_id
from cadence.files.people_csv.columns import holds_address, read_columns
from cadence.files.people_csv.dates import order_of
from cadence.files.people_csv.edges import check_watched, without_edges
from cadence.files.people_csv.manager_circles import manager_notes
from cadence.files.people_csv.notes import listed, unknown_words
from cadence.files.people_csv.row import RowReader, WrongCell
from cadence.files.people_csv.standing import Judge, Standing
from cadence.files.people_csv.table import CellTable, TableRow, read_table
from cadence.files.people_csv.zones import read_zone

#: of the reasons why accounts are closed, so many are told
_MOST_REASONS = 8
_NOTHING: frozenset[str] = frozenset()


def parse_people(raw: bytes, *, today: date, keep: frozenset[str] = frozenset()) -> PeopleFile:
    """Return the people of a CSV export, those who are gone or to come, the rows that were refused and notes on the rest.

    ``today`` decides which last days are past. ``keep``: keys of the attributes that anybody needs; no others are read.
    Raises Invalid when the file as a whole cannot be used: no email column, one of ours twice, a header understood by
    half, over 200 columns, over 100 MB, or no readable text.
    """
    return _Reader(read_table(raw, is_header=holds_address), today, keep).read()


@dataclass(slots=True)
class _Told:
    """What the rows of a file told so far."""

    people: dict[str, ListedPerson] = field(default_factory=dict)
    closed: list[LeftPerson] = field(default_factory=list)
    not_yet: list[str] = field(default_factory=list)
    refusals: list[RefusedRow] = field(default_factory=list)
    #: emails that stand in several rows
    again: list[str] = field(default_factory=list)
    leaving: int = 0


class _Reader:
    """Reads the rows of one table; what repeats from row to row is judged once."""

    def __init__(self, table: CellTable, today: date, keep: frozenset[str]) -> None:
        self.table, self.today, self.keep = table, today, keep
        self.columns = read_columns(table.header, line=table.header_line, keep=keep)
        self.notes = [*table.notes, *self.columns.notes]
        self.cells = RowReader(self.columns)

    def read(self) -> PeopleFile:
        """Return the file."""
        rows = without_edges(list(self.table.rows), self._indices("email"), self.notes)
        check_watched(self.columns, rows, where=f"line {self.table.header_line}")
        self.cells.day_first = order_of(
            row.cells[index] for row in rows if not row.fault for fact in ("started_on", "left_on") for index in self._indices(fact)
        )
        judge = Judge(today=self.today, day_first=self.cells.day_first, letters_are_flags=self._letters_are_flags(rows))
        told = _Told()
        slack_line: dict[str, int] = {}
        for row in rows:
            if row.fault:
                told.refusals.append(RefusedRow(line=row.line, field="", reason=f"the row {row.fault}"))
                continue
            try:
                self._take(row, judge, told, slack_line)
            except WrongCell as wrong:
                told.refusals.append(RefusedRow(line=row.line, field=wrong.field, reason=str(wrong)))
        self._settle_closed(told)
        people = self._with_sure_numbers(list(told.people.values()))
        self._tell(told, judge, people)
        return PeopleFile(
            rows=tuple(people),
            closed=tuple(told.closed),
            not_yet=tuple(told.not_yet),
            refusals=tuple(told.refusals),
            notes=tuple(self.notes),
            present=self._present(),
            attributes=frozenset(key for _, key in self.columns.attributes),
            keep=self.keep,
        )

    def _letters_are_flags(self, rows: list[TableRow]) -> bool:
        """Whether T and F of a status column are true and false: both are there and the A of "active" is not."""
        letters: set[str] = set()
        for index in self._indices("status"):
            letters |= {row.cells[index].strip().lower() for row in rows if not row.fault and len(row.cells[index].strip()) == 1}
        return "f" in letters and "a" not in letters

    def _indices(self, fact: str) -> list[int]:
        judged = [index for name, index, _ in self.columns.judged if name == fact]
        return judged or [index for index, _ in self.columns.facts.get(fact, ())]

    # one row

    def _take(self, row: TableRow, judge: Judge, told: _Told, slack_line: dict[str, int]) -> None:
        standing = judge.judge(row.cells, self.columns.judged)
        if standing.no_human and not standing.closed:
            standing.closed, standing.why = True, "an account that is no human"
        name = self.cells.name(row, standing)
        unread: set[str] = set()
        started_on = self.cells.started_on(row, unread)
        slack_id = self.cells.slack_user_id(row, unread)
        employee_id = read_employee_id(self.cells.line_of(row, "employee_id", unread))
        if standing.closed:
            rehired = started_on is not None and standing.left_on is not None and standing.left_on < started_on <= self.today
            if not (rehired and self._only_days_close(row, judge)):
                self._close(row, standing, name, slack_id, employee_id, told)
                return
        email, guest = self.cells.email(row)
        if standing.not_yet or (standing.starting and started_on is not None and started_on > self.today):
            told.not_yet.append(email)
            return
        told.leaving += standing.leaves
        if guest:
            standing.external = True
        if standing.external is None and not self.cells.is_plainly_inside(row):
            unread.add("external")
        person = ListedPerson(
            line=row.line,
            email=email,
            name=name or email.partition("@")[0],
            named=bool(name),
            slack_user_id=slack_id,
            employee_id=employee_id,
            zone=self.cells.known(row, "zone", "timezone", read_zone, unread),
            country=self.cells.known(row, "country", "country", country_code, unread),
            locale=self.cells.known(row, "locale", "locale", language_tag, unread),
            team=self.cells.line_of(row, "team", unread),
            location=self.cells.line_of(row, "location", unread),
            manager_email=self.cells.manager_email(row, unread),
            started_on=started_on,
            external=bool(standing.external),
            attributes=self.cells.attributes(row),
            unread=frozenset(unread) if unread else _NOTHING,
        )
        self._add(person, told, slack_line)

    def _add(self, person: ListedPerson, told: _Told, slack_line: dict[str, int]) -> None:
        before = told.people.get(person.email)
        if before is not None:
            ids = before.employee_id and person.employee_id and before.employee_id != person.employee_id
            if ids or (before.named and person.named and not same_words(before.name, person.name)):
                raise WrongCell("email", person.email, f"is already in line {before.line}, for somebody else")
            if person.email not in told.again:
                told.again.append(person.email)
            if before.external and not person.external:
                told.people[person.email] = replace(before, external=False)
            return
        slack_id = person.slack_user_id
        if slack_id and slack_id in slack_line:
            raise WrongCell("slack_user_id", slack_id, f"is already in line {slack_line[slack_id]}")
        slack_line[slack_id] = person.line
        told.people[person.email] = person

    def _close(self, row: TableRow, standing: Standing, name: str, slack_id: str, employee_id: str, told: _Told) -> None:
        """Note an account that is over; one without an address of ours is nobody's."""
        try:
            email = self.cells.email(row)[0]
        except WrongCell:
            email = ""
        told.closed.append(
            LeftPerson(
                line=row.line,
                email=email,
                name=name,
                slack_user_id=slack_id,
                employee_id=employee_id,
                why=standing.why,
                left_on=standing.left_on,
            )
        )

    def _only_days_close(self, row: TableRow, judge: Judge) -> bool:
        """Whether nothing but a last day says that they left: an earlier employment, when they began again after it."""
        others = [column for column in self.columns.judged if column[0] != "left_on"]
        return not judge.judge(row.cells, others).closed

    def _settle_closed(self, told: _Told) -> None:
        """Decide for those who stand in the file as here and as gone: gone, unless they began again after their last day."""
        back, gone = [], []
        for left in list(told.closed):
            person = told.people.get(left.email)
            if person is None or is_another(person, left):
                continue
            if person.started_on is not None and left.left_on is not None and left.left_on < person.started_on:
                told.closed.remove(left)
                back.append(left.email)
            else:
                gone.append(left.email)
        for email in gone:
            told.people.pop(email, None)
        if back:
            self.notes.append(f"left earlier and started again later, so taken as active: {listed(back)}")
        if gone:
            self.notes.append(f"active in one row and closed in another, so taken as closed: {listed(gone)}")

    def _with_sure_numbers(self, people: list[ListedPerson]) -> list[ListedPerson]:
        """Return the people without the employee numbers that several of them share."""
        holders: dict[str, list[str]] = {}
        for person in people:
            if person.employee_id:
                holders.setdefault(person.employee_id, []).append(person.email)
        shared = {number: emails for number, emails in holders.items() if len(emails) > 1}
        if not shared:
            return people
        number, emails = next(iter(shared.items()))
        self.notes.append(
            f"employee numbers with several addresses, ignored: {len(shared)}; {number} has {listed(emails)}. Is that one person?"
        )
        return [replace(person, employee_id="") if person.employee_id in shared else person for person in people]

    # what is told at the end

    def _present(self) -> frozenset[str]:
        found = set(self.columns.facts)
        if found & {"first_name", "last_name", "last_first", "preferred_name", "either_name"}:
            found.add("name")
        # a status of "Guest" makes somebody external in a file without a column of kinds; ``unread`` holds the others back
        if any(fact in ("status", "outside_flag", "kind") for fact, _, _ in self.columns.judged) or "email" in found:
            found.add("external")
        return frozenset(found)

    def _tell(self, told: _Told, judge: Judge, people: list[ListedPerson]) -> None:
        if told.closed:
            words = Counter(left.why if left.left_on is None else f"{left.why.partition(':')[0]}: past" for left in told.closed)
            shown = ", ".join(f"{why} ({count})" for why, count in words.most_common(_MOST_REASONS))
            more = f" and {len(words) - _MOST_REASONS} more" if len(words) > _MOST_REASONS else ""
            self.notes.append(f"closed according to the file: {len(told.closed)}; {shown}{more}")
        if told.not_yet:
            self.notes.append(f"invited or starting later, so not imported yet: {listed(told.not_yet)}")
        if told.leaving:
            self.notes.append(f"people with a last day still to come: {told.leaving}; import again after it")
        if told.again:
            self.notes.append(f"people in more than one row, of which the first is used: {listed(told.again)}")
        fixed = sum(person.zone.startswith("Etc/GMT") for person in people)
        if fixed:
            self.notes.append(
                f"time zones given as fixed offsets, without daylight saving time: {fixed}; prefer a name such as Europe/Berlin"
            )
        self.notes += unknown_words(judge.unknown)
        self.notes += self.cells.unread.notes()
        self.notes += manager_notes({p.email: p.manager_email for p in people if p.manager_email})
        for domain in sorted({p.email.partition("@")[2] for p in people if "xn--" in p.email})[:10]:
            self.notes.append(f"the domain {domain} is written with letters beyond a to z; check that it is the one you mean")
