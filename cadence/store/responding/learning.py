"""What people did, read for the memory model, and what the model made of it, written back.

Deliveries are read by person (their index), facts about whole deliveries by their key, responses by person and
statement: nothing here reads the ledger from end to end. A retraction names the statement of the fact it takes back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from cadence.domain.memory.attention import attention
from cadence.domain.memory.evidence import Closing, Habit, Said, Shown
from cadence.domain.memory.model import FIRST_DIFFICULTY, FIRST_STABILITY
from cadence.store.database.bulk import day_of, fetch_rows, run_many
from cadence.store.database.core import asked_checks as asked
from cadence.store.database.core import attention as attention_table
from cadence.store.database.core import deliveries, evidence, exposures, people, statements
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import statement_versions as versions
from cadence.store.responding.answering import prior

_sent, _closing, _bounced = evidence.alias("sent"), evidence.alias("closing"), evidence.alias("bounced")
_low, _high = sa.bindparam("low", type_=sa.BigInteger()), sa.bindparam("high", type_=sa.BigInteger())


def _key_of(prefix: str) -> Any:
    return sa.literal_column(f"'{prefix}:'").concat(sa.cast(deliveries.c.id, sa.Text()))


_SHOWN = (
    sa.select(
        deliveries.c.person_id,
        deliveries.c.id,
        deliveries.c.channel,
        _sent.c.occurred_at,
        _closing.c.id,
        _closing.c.occurred_at,
        _closing.c.seen,
        items.c.statement_id,
        items.c.version_id,
        deliveries.c.local_quarter,
    )
    # a message may ask a question and bring no text
    .outerjoin(items, items.c.delivery_id == deliveries.c.id)
    .outerjoin(_sent, _sent.c.source_id == _key_of("sent"))
    .outerjoin(_closing, _closing.c.source_id == _key_of("silent"))
    .outerjoin(_bounced, _bounced.c.source_id == _key_of("bounce"))
    .where(
        deliveries.c.person_id.between(_low, _high),
        sa.or_(deliveries.c.state == sa.literal_column("'sent'"), deliveries.c.state == sa.literal_column("'unknown'")),
        # one that came back was shown to nobody
        _bounced.c.id.is_(None),
    )
    .order_by(deliveries.c.person_id, deliveries.c.id, items.c.position)
)
_SAID = (
    sa.select(
        evidence.c.person_id,
        evidence.c.id,
        evidence.c.source_id,
        evidence.c.level,
        evidence.c.delivery_id,
        evidence.c.statement_id,
        evidence.c.version_id,
        evidence.c.channel,
        evidence.c.occurred_at,
        evidence.c.seen,
        evidence.c.outcome,
        evidence.c.options,
        evidence.c.retracts,
    )
    .where(evidence.c.person_id.between(_low, _high), evidence.c.statement_id.is_not(None))
    .where(sa.or_(evidence.c.level >= sa.literal_column("3"), evidence.c.level == sa.literal_column("1")))
    .order_by(evidence.c.person_id, evidence.c.id)
)
_ASKED = sa.select(asked.c.delivery_id, sa.func.count()).where(asked.c.person_id.between(_low, _high)).group_by(asked.c.delivery_id)
_MUST = sa.select(statements.c.id).where(statements.c.must_acknowledge)
_older = versions.alias("older")
_MEANINGS = sa.select(versions.c.statement_id, versions.c.id).where(
    versions.c.number
    >= sa.select(sa.func.coalesce(sa.func.max(_older.c.number), sa.literal_column("0")))
    .where(_older.c.statement_id == versions.c.statement_id, _older.c.material)
    .scalar_subquery()
)


class Learned(NamedTuple):
    """The memory columns of one row of ``exposures``."""

    person_id: int
    statement_id: int
    encoded: float
    stability: float
    difficulty: float
    seen_day: float | None
    folded_day: float | None
    seen_sum: float
    seen_variance: float
    unanswered: int
    right_day: float | None


def lock_person(connection: Connection, person_id: int) -> None:
    """Keep others from learning about this person until the transaction ends; on SQLite writers queue anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(people.c.id).where(people.c.id == person_id).with_for_update(key_share=True))


def lock_people(connection: Connection, low: int, high: int) -> None:
    """As ``lock_person``, for people ``low`` to ``high``."""
    if connection.dialect.name != "sqlite":
        query = sa.select(people.c.id).where(people.c.id.between(low, high)).order_by(people.c.id)
        connection.execute(query.with_for_update(key_share=True)).fetchall()


def shown_to(connection: Connection, *, low: int, high: int) -> dict[int, list[Shown]]:
    """Return person -> deliveries that were, or may have been, delivered to people ``low`` to ``high``."""
    found: dict[int, list[Shown]] = defaultdict(list)
    previous: int | None = None
    together: list[tuple[Any, ...]] = []
    asking: dict[int, int] = dict(fetch_rows(connection, _ASKED, {"low": low, "high": high}))
    rows = fetch_rows(connection, _SHOWN, {"low": low, "high": high})
    for row in rows:
        if row[1] != previous:
            if together:
                found[together[0][0]].append(_shown(together, asking))
            previous, together = row[1], []
        together.append(row)
    if together:
        found[together[0][0]].append(_shown(together, asking))
    return found


def _shown(rows: Sequence[tuple[Any, ...]], asking: dict[int, int]) -> Shown:
    _, delivery_id, channel, at, closing_id, closed_at, seen, _, _, quarter = rows[0]
    closing = None if closing_id is None else Closing(closing_id, day_of(closed_at), seen or 0.0)
    held = tuple((row[7], row[8]) for row in rows if row[7] is not None)
    return Shown(delivery_id, channel, None if at is None else day_of(at), closing, held, quarter, asking.get(delivery_id, 0))


def said_by(connection: Connection, *, low: int, high: int) -> dict[int, list[Said]]:
    """Return person -> facts about single statements of people ``low`` to ``high`` and what was taken back, oldest first."""
    found: dict[int, list[Said]] = defaultdict(list)
    for person_id, *row in fetch_rows(connection, _SAID, {"low": low, "high": high}):
        row[7] = day_of(row[7])
        found[person_id].append(Said._make(row))
    return found


def was_delivered(connection: Connection, *, person_id: int, statement_id: int) -> bool:
    """Return whether a message ever brought the person this statement's text; one under an answer does not count."""
    query = sa.select(exposures.c.person_id).where(exposures.c.person_id == person_id, exposures.c.statement_id == statement_id)
    return connection.execute(query.where(exposures.c.delivered_times > 0)).first() is not None


def asking_statements(connection: Connection) -> frozenset[int]:
    """Return the statements that are to be acknowledged."""
    return frozenset(row[0] for row in fetch_rows(connection, _MUST, {}))


def meanings(connection: Connection) -> dict[int, frozenset[int]]:
    """Return statement -> versions that say what it means today: the newest material one and its later wordings."""
    found: dict[int, set[int]] = defaultdict(set)
    for statement_id, version_id in fetch_rows(connection, _MEANINGS, {}):
        found[statement_id].add(version_id)
    return {statement_id: frozenset(ids) for statement_id, ids in found.items()}


def start_anew(connection: Connection, statement_id: int) -> None:
    """Nobody knows a new meaning, or was asked about it: forget what is remembered of a statement, not how often it was sent and seen."""
    blank = {"encoded": 0.0, "stability": FIRST_STABILITY, "difficulty": FIRST_DIFFICULTY, "seen_day": None, "right_day": None}
    blank |= {"asked_day": None, "asked_in_vain": 0}
    connection.execute(sa.update(exposures).where(exposures.c.statement_id == statement_id).values(**blank))


@lru_cache(maxsize=2)
def _write_learned(dialect: str) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(exposures).values(times_sent=sa.literal_column("0"), **{n: sa.bindparam(n) for n in Learned._fields})
    changed = {name: statement.excluded[name] for name in Learned._fields[2:]}
    return statement.on_conflict_do_update(index_elements=["person_id", "statement_id"], set_=changed)


def write_learned(connection: Connection, rows: Sequence[Learned]) -> None:
    """Keep the memory of pairs; what was sent and planned stays as it is."""
    run_many(connection, _write_learned(connection.dialect.name), Learned._fields, rows)


_person: Any = sa.bindparam("person")
_statement: Any = sa.bindparam("statement")
_CALMED = (
    sa.update(exposures)
    .where(exposures.c.person_id == _person, exposures.c.unanswered != sa.literal_column("0"))
    .values(unanswered=sa.literal_column("0"))
)
_IGNORED = (
    sa.update(exposures)
    .where(exposures.c.person_id == _person, exposures.c.statement_id == _statement)
    .values(unanswered=sa.bindparam("times"))
)


def write_unanswered(connection: Connection, person_id: int, unanswered: dict[int, int]) -> None:
    """Keep how many showings of each statement in a row the person left silent; statements that are not named have none."""
    run_many(connection, _CALMED, ["person"], [(person_id,)])
    rows = [(person_id, statement_id, times) for statement_id, times in unanswered.items()]
    run_many(connection, _IGNORED, ["person", "statement", "times"], rows)


_HABIT_COLUMNS = ("person_id", "channel", "responses", "silences", "as_of_day", "seen_if_silent", "silent_in_row", "responded_day")


@lru_cache(maxsize=2)
def _write_habits(dialect: str) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(attention_table).values(**{n: sa.bindparam(n) for n in _HABIT_COLUMNS})
    changed = {name: statement.excluded[name] for name in _HABIT_COLUMNS[2:]}
    return statement.on_conflict_do_update(index_elements=["person_id", "channel"], set_=changed)


def write_habits(connection: Connection, habits: Sequence[tuple[int, str, Habit]]) -> None:
    """Keep (person, channel, habit), with the chance that a silent message was seen as the company's prior has it."""
    if not habits:
        return
    responses, silences = (np.array([getattr(h, name) for _, _, h in habits]) for name in ("responses", "silences"))
    chances = attention(responses, silences, prior(connection)).seen_if_silent
    rows = [
        (person, channel, h.responses, h.silences, h.as_of_day, float(chance), h.silent_in_row, h.responded_day)
        for (person, channel, h), chance in zip(habits, chances, strict=True)
    ]
    run_many(connection, _write_habits(connection.dialect.name), _HABIT_COLUMNS, rows)


def drop_habits(connection: Connection, person_id: int, *, but: Collection[str]) -> None:
    """Forget how a person responds on channels that no fact tells about any more."""
    kept = fetch_rows(connection, _CHANNELS, {"person": person_id})
    gone = [(person_id, channel) for (channel,) in kept if channel not in but]
    run_many(connection, _DROPPED, ["person", "channel"], gone)


_CHANNELS = sa.select(attention_table.c.channel).where(attention_table.c.person_id == sa.bindparam("person"))
_DROPPED = sa.delete(attention_table).where(
    attention_table.c.person_id == sa.bindparam("person"), attention_table.c.channel == sa.bindparam("channel")
)
