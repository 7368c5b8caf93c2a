"""Enter values of a scoreboard by hand, and take them back. The same for pages, Slack, commands and the API.

All values of one entry are stored or none; the audit entry of the same transaction is what taking back reads.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor, Change
from cadence.domain.statements.progress import is_far
from cadence.domain.statements.statement import MAX_VALUES
from cadence.errors import CadenceError, Conflict, Invalid, NotFound
from cadence.operations.authoring.import_statements import show_statement
from cadence.store.audit.entries import append
from cadence.store.authoring import measures as log
from cadence.store.authoring import statements as rows
from cadence.store.authoring.statements import StoredMeasure, StoredStatement
from cadence.store.database.engine import Database

#: how long an entry can be taken back
UNDO = timedelta(minutes=10)
ENTERED, TAKEN_BACK = "scoreboard.values_entered", "scoreboard.values_taken_back"
#: lines of a pasted table
MOST_LINES = 500
_FIRST_DAY = date(1970, 1, 1)
_NUMBER = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredValue:
    """One value: of which measure, by its name, for which day."""

    measure: str
    on: date
    value: float


class FarOff(CadenceError):
    """Values so far from those before them that they are asked about: (measure, value, value before)."""

    code = "far_off"

    def __init__(self, found: Sequence[tuple[str, float, float]]) -> None:
        super().__init__("; ".join(f"{name}: {value:g} is far from {before:g}" for name, value, before in found))
        self.found = tuple(found)


def enter_values(
    database: Database, slug: str, values: Sequence[EnteredValue], *, actor: Actor, now: datetime, today: date, sure: bool = False
) -> int:
    """Store values; return how many are new or other than before. ``sure``: also those far from the value before.

    Raises NotFound, Invalid naming measure and value, and FarOff.
    """
    with database.transaction() as connection:
        board = scoreboard(connection, slug)
        known = {one.name: one for one in board.measures}
        _check(values, known, today=today)
        far = [] if sure else _far(values, known)
        if far:
            raise FarOff(far)
        fresh = [one for one in values if known[one.measure].values.get(one.on) != one.value]
        if not fresh:
            return 0
        before: dict[str, dict[str, float | None]] = {}
        after: dict[str, dict[str, float | None]] = {}
        for one in fresh:
            measure = known[one.measure]
            before.setdefault(one.measure, {})[one.on.isoformat()] = measure.values.get(one.on)
            after.setdefault(one.measure, {})[one.on.isoformat()] = one.value
            rows.set_values(connection, measure.id, {one.on: one.value}, measure.values, entered_by=actor.account_id, entered_at=now)
        append(
            connection,
            actor,
            Change(action=ENTERED, object_kind="statement", object_key=slug, before={**before}, after={**after}),  # type: ignore[dict-item]
            at=now,
        )
    return len(fresh)


def take_back_values(database: Database, slug: str, *, actor: Actor, now: datetime) -> int:
    """Undo the newest entry of a scoreboard, if it is at most ten minutes old; return how many values changed.

    A value that somebody changed since stays. Raises NotFound and Conflict (``why`` "values_late").
    """
    with database.transaction() as connection:
        board = scoreboard(connection, slug)
        known = {one.name: one for one in board.measures}
        entry = log.newest_entry(connection, slug, (ENTERED, TAKEN_BACK))
        if entry is None or entry.action != ENTERED or now - entry.at > UNDO:
            raise Conflict("these values can no longer be taken back", why="values_late")
        undone = 0
        for name, said in entry.after.items():
            measure = known.get(name)
            if measure is None:
                continue
            for day, value in said.items():
                on, was = date.fromisoformat(day), entry.before[name][day]
                if measure.values.get(on) != value:
                    continue
                if was is None:
                    rows.remove_value(connection, measure.id, on)
                else:
                    rows.set_values(connection, measure.id, {on: was}, measure.values, entered_by=actor.account_id, entered_at=now)
                undone += 1
        change = Change(action=TAKEN_BACK, object_kind="statement", object_key=slug, before=entry.after, after=entry.before)
        append(connection, actor, change, at=now)
    return undone


def can_take_back(connection: Connection, slug: str, *, now: datetime) -> bool:
    """Return whether the newest entry of a scoreboard can still be taken back."""
    entry = log.newest_entry(connection, slug, (ENTERED, TAKEN_BACK))
    return entry is not None and entry.action == ENTERED and now - entry.at <= UNDO


def scoreboard(connection: Connection, slug: str) -> StoredStatement:
    """Return a scoreboard in use. Raises NotFound."""
    found = show_statement(connection, slug)
    if found.kind != "scoreboard" or found.withdrawn_at is not None:
        raise NotFound(f"there is no scoreboard {slug!r}")
    return found


def read_number(text: str, *, field: str) -> float:
    """Return a number that somebody typed, with a point or a comma. Raises Invalid."""
    if not _NUMBER.fullmatch(text.strip()):
        raise Invalid(field, text, "is not a number", example="97.8")
    return float(text.strip().replace(",", "."))


def read_day(text: str, *, field: str = "on") -> date:
    """Return a day. Raises Invalid."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(field, text, "is not a date", example="2026-10-31") from None


def read_table(text: str) -> list[EnteredValue]:
    """Return the values of a table: a line each of measure, day and value, parted by comma, semicolon or tab. Raises Invalid."""
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if len(lines) > MOST_LINES:
        raise Invalid("table", f"{len(lines)} lines", f"has more than {MOST_LINES}")
    found = []
    for number, line in enumerate(lines, 1):
        parted = next((mark for mark in "\t;" if mark in line), ",")
        cells = next(csv.reader(io.StringIO(line), delimiter=parted))
        if len(cells) != 3:
            raise Invalid(f"line {number}", line, "is not a measure, a day and a value", example="Gauges reporting, 2026-10-31, 97.8")
        measure, on, value = (cell.strip() for cell in cells)
        if number == 1 and not any(c.isdigit() for c in on + value):
            continue  # a line of headings
        found.append(
            EnteredValue(measure=measure, on=read_day(on, field=f"line {number}"), value=read_number(value, field=f"line {number}"))
        )
    return found


def _check(values: Collection[EnteredValue], known: Mapping[str, StoredMeasure], *, today: date) -> None:
    for one in values:
        if one.measure not in known:
            raise Invalid("measure", one.measure, "is no measure of this scoreboard: " + ", ".join(known))
        if not _FIRST_DAY <= one.on <= today:
            raise Invalid("on", one.on, "is not a day up to today", example=today.isoformat())
        days = known[one.measure].values.keys() | {other.on for other in values if other.measure == one.measure}
        if len(days) > MAX_VALUES:
            raise Invalid("measure", one.measure, f"would have more than {MAX_VALUES} values")


def _far(values: Collection[EnteredValue], known: Mapping[str, StoredMeasure]) -> list[tuple[str, float, float]]:
    found = []
    for one in values:
        earlier = [on for on in known[one.measure].values if on != one.on] or [*known[one.measure].values]
        before = known[one.measure].values[max(earlier)] if earlier else None
        if before is not None and is_far(one.value, before):
            found.append((one.measure, one.value, before))
    return found
