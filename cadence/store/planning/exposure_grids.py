"""The exposures of a chunk of people as arrays, people x statements, and the plans written back to them.

The arrays are what ``domain.planning.selection`` and ``domain.memory.model`` compute on. Reads and writes go straight to the driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from cadence.domain.memory.model import FIRST_DIFFICULTY, FIRST_STABILITY
from cadence.domain.planning.selection import NEVER
from cadence.store.database.bulk import Rows
from cadence.store.database.sql import fetch, for_driver, one_of

#: floats of a pair that are read for every mode, and those the memory model needs besides
_ALWAYS = (
    "planned_day", "version_id", "last_wording_id", "times_sent", "in_quarter", "unanswered", "held_until_day",
    "fewer_until_day", "asked_day", "asked_in_vain",
)  # fmt: skip
_REMEMBERED = ("encoded", "stability", "difficulty", "seen_day", "folded_day")
#: what stands for NULL in a float column; no day lies there
_NONE = -1e300
#: more than anything can be shown in a quarter
QUARTER = 1_000
_Grid = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureGrid:
    """Exposures of a chunk, people x statements; a pair that was never met has no row. Days that are not known are ``NEVER``."""

    planned_day: _Grid
    times_sent: _Grid
    #: newest quarter it was delivered in (``caps.quarter_number``), times ``QUARTER``, and how often in that quarter; 0 never
    in_quarter: _Grid
    #: version last sent, 0 none
    version: _Grid
    #: wording last planned, 0 none
    wording: _Grid
    unanswered: _Grid
    held_until_day: _Grid
    fewer_until_day: _Grid
    #: newest question planned, and questions since the pair's last answer
    asked_day: _Grid
    asked_in_vain: _Grid
    #: pairs that have a row
    known: NDArray[np.bool_]
    #: the memory state, None unless asked for
    encoded: _Grid | None = None
    stability: _Grid | None = None
    difficulty: _Grid | None = None
    seen_day: _Grid | None = None
    folded_day: _Grid | None = None

    def part(self, people: Sequence[int], columns: Sequence[int]) -> ExposureGrid:
        """Return the exposures of some of the people to some of the statements, by their places."""
        place = np.ix_(people, columns)
        grids = {one.name: getattr(self, one.name) for one in fields(self)}
        return replace(self, **{name: grid[place] for name, grid in grids.items() if grid is not None})


def exposures_of(
    connection: Connection, person_ids: Sequence[int], statement_ids: Sequence[int], *, remembered: bool = False
) -> ExposureGrid:
    """Return the exposures of ``person_ids`` (ascending) to ``statement_ids``; pairs without a row read as never met.

    remembered: with the memory state.
    """
    names = _ALWAYS + (_REMEMBERED if remembered else ())
    values = [_SQL.get(name, name) if name in _NEVER_NULL else f"coalesce({name}, {0 if name in _COUNTED else _NONE})" for name in names]
    sql = (
        f"SELECT person_id, statement_id, {', '.join(values)} FROM exposures "
        f"WHERE person_id IN {one_of(person_ids)} AND +statement_id IN {one_of(statement_ids)}"
    )
    found = fetch(connection, sql)
    width, shape = len(names) + 2, (len(person_ids), len(statement_ids))
    flat = np.fromiter(chain.from_iterable(found), dtype=np.float64, count=width * len(found)).reshape(-1, width)
    grid = np.empty((len(names), shape[0] * shape[1]))
    grid[:] = np.array([_BLANK[name] for name in names])[:, None]
    columns = np.asarray(statement_ids)
    order = np.argsort(columns)
    rows = np.searchsorted(np.asarray(person_ids), flat[:, 0])
    place = rows * shape[1] + order[np.searchsorted(columns[order], flat[:, 1])]
    grid[:, place] = np.where(flat[:, 2:] == _NONE, NEVER, flat[:, 2:]).T
    known = np.zeros(shape[0] * shape[1], dtype=np.bool_)
    known[place] = True
    parts = {_NAMED.get(name, name): part.reshape(shape) for name, part in zip(names, grid, strict=True)}
    return ExposureGrid(known=known.reshape(shape), **parts)


_NEVER_NULL = frozenset({"times_sent", "in_quarter", "unanswered", "asked_in_vain", "encoded", "stability", "difficulty"})
_COUNTED = frozenset({"version_id", "last_wording_id"})
#: two small numbers are read as one: each value of a pair costs
_SQL = {"in_quarter": f"{QUARTER} * sent_quarter + sent_in_quarter"}
_NAMED = {"version_id": "version", "last_wording_id": "wording"}
_BLANK = {
    **dict.fromkeys((*_NEVER_NULL, *_COUNTED), 0.0),
    **dict.fromkeys(("planned_day", "held_until_day", "fewer_until_day", "asked_day", "seen_day", "folded_day"), NEVER),
    "stability": FIRST_STABILITY,
    "difficulty": FIRST_DIFFICULTY,
}


def plan_pairs(connection: Connection, known: Rows, fresh: Rows) -> None:
    """Remember what was planned, (wording, day, person, statement): pairs that have a row, and pairs that have none."""
    cursor = connection.connection.cursor()
    if known:
        change = "UPDATE exposures SET last_wording_id = ?, planned_day = ? WHERE person_id = ? AND statement_id = ?"
        cursor.executemany(for_driver(connection, change), known)
    if fresh:
        first = "INSERT INTO exposures (last_wording_id, planned_day, person_id, statement_id, times_sent) VALUES (?, ?, ?, ?, 0)"
        cursor.executemany(for_driver(connection, first), fresh)
