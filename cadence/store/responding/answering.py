"""How people deal with questions and acknowledgements: the counts of each, and what the company's own answers teach of everybody.

The counts are a cache of the facts (``domain.memory.answering.count``), kept in the transactions that add these: absolutely
where one person's facts are folded again, by adding up where a day's silence is closed. Read here for weighing, shown to nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from cadence.domain.memory.answering import Counts
from cadence.domain.memory.attention import FEWEST_BOTH, Prior
from cadence.store.database.bulk import fetch_rows, run_many
from cadence.store.database.core import answering, company_learning, exposures, marks
from cadence.store.database.sql import insert_for, listed

#: the mark that is there while everybody has to be counted again
RECOUNT = "count_answering"


class Kept(NamedTuple):
    """What is kept of a person: the counts, and P(taps anything) as of the newest refresh."""

    counts: Counts
    noise: float


_FIELDS = Counts._fields
_one: Any = sa.bindparam("person")
_KEPT = sa.select(*(answering.c[name] for name in _FIELDS), answering.c.noise).where(answering.c.person_id == _one)
_RECOUNT = sa.select(marks.c.position).where(marks.c.name == sa.literal_column(f"'{RECOUNT}'"))
_COMPANY = sa.select(company_learning.c.attention, company_learning.c.responding, company_learning.c.both)


def kept(connection: Connection, person_id: int) -> Kept | None:
    """Return what is kept of a person, None when nothing is yet."""
    rows = fetch_rows(connection, _KEPT, {"person": person_id})
    return Kept(Counts(*rows[0][:4]), rows[0][4]) if rows else None


def acknowledging(connection: Connection, person_ids: Collection[int]) -> dict[int, Counts]:
    """Return person -> the counts, of those among ``person_ids`` who acknowledged anything."""
    columns = (answering.c.person_id, *(answering.c[name] for name in _FIELDS))
    query = sa.select(*columns).where(answering.c.person_id.in_(listed(connection, person_ids)), answering.c.acknowledged > 0)
    return {row[0]: Counts(*row[1:]) for row in connection.execute(query)}


def counts_between(connection: Connection, *, low: int, high: int) -> dict[int, Counts]:
    """Return person -> the counts as they are kept, of people ``low`` to ``high``."""
    columns = (answering.c.person_id, *(answering.c[name] for name in _FIELDS))
    query = sa.select(*columns).where(answering.c.person_id.between(low, high))
    return {row[0]: Counts(*row[1:]) for row in connection.execute(query)}


@lru_cache(maxsize=4)
def _write(dialect: str, adds: bool) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(answering).values(**{name: sa.bindparam(name) for name in ("person_id", *_FIELDS)})
    new = statement.excluded
    changed = {name: answering.c[name] + new[name] if adds else new[name] for name in _FIELDS}
    return statement.on_conflict_do_update(index_elements=["person_id"], set_=changed)


def write_counts(connection: Connection, rows: Sequence[tuple[int, Counts]], *, adds: bool = False) -> None:
    """Keep (person, counts); ``adds``: they come on top of what is kept."""
    flat = [(person, *counts) for person, counts in rows]
    run_many(connection, _write(connection.dialect.name, adds), ("person_id", *_FIELDS), flat)


def prior(connection: Connection) -> Prior | None:
    """Return the company's own prior of attention, None before there is one."""
    rows = fetch_rows(connection, _COMPANY, {})
    return Prior(rows[0][0], rows[0][1]) if rows and rows[0][2] >= FEWEST_BOTH else None


def must_recount(connection: Connection) -> bool:
    """Return whether everybody has to be counted again: what is to be acknowledged changed, or nothing was counted before an upgrade."""
    return bool(fetch_rows(connection, _RECOUNT, {}))


def recount(connection: Connection, *, later: bool) -> None:
    """Remember that everybody has to be counted again, or that it was done."""
    if later:
        connection.execute(insert_for(connection, marks).values(name=RECOUNT, position=0).on_conflict_do_nothing())
    else:
        connection.execute(sa.delete(marks).where(marks.c.name == RECOUNT))


_day: Any = sa.bindparam("day", type_=sa.Float())
_quarter: Any = sa.bindparam("quarter", type_=sa.Integer())


@lru_cache(maxsize=2)
def _show_answer(dialect: str) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    table = exposures.c
    one: Any = sa.literal_column("1")
    none: Any = sa.literal_column("0")
    about = {"person_id": _one, "statement_id": sa.bindparam("statement"), "version_id": sa.bindparam("version")}
    days = {"sent_day": _day, "planned_day": _day, "sent_quarter": _quarter}
    statement = insert(exposures).values(**about, **days, times_sent=one, sent_in_quarter=one, asked_in_vain=none)
    new = statement.excluded
    begun = new.sent_quarter > table.sent_quarter
    newest = sa.or_(table.sent_day.is_(None), table.sent_day < new.sent_day)
    later = sa.or_(table.planned_day.is_(None), table.planned_day < new.planned_day)
    in_quarter = sa.case((begun, one), (table.sent_quarter == new.sent_quarter, table.sent_in_quarter + one), else_=table.sent_in_quarter)
    changed = {
        "times_sent": table.times_sent + one,
        "version_id": sa.case((newest, new.version_id), else_=table.version_id),
        "sent_day": sa.case((newest, new.sent_day), else_=table.sent_day),
        "planned_day": sa.case((later, new.planned_day), else_=table.planned_day),
        "sent_in_quarter": in_quarter,
        "sent_quarter": sa.case((begun, new.sent_quarter), else_=table.sent_quarter),
        "asked_in_vain": none,
    }
    return statement.on_conflict_do_update(index_elements=["person_id", "statement_id"], set_=changed)


def count_answer_showings(connection: Connection, rows: Sequence[tuple[int, int, int, float, int]]) -> None:
    """Count the text that each (person, statement, version, day, quarter) answer shows as a showing of the pair.

    Questions that the pair left without an answer are counted from nothing again.
    """
    run_many(connection, _show_answer(connection.dialect.name), ("person", "statement", "version", "day", "quarter"), rows)
