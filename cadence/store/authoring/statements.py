"""Rows of statements, their versions, wordings, supports and measures.

A version and its wordings are written once; only the lines of its question, its brief and the effective date of the newest
may be corrected. What makes a version is decided by ``operations.authoring.import_statements``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import accounts, audiences, measure_values, measures, statements, wordings
from cadence.store.database.core import statement_supports as supports
from cadence.store.database.core import statement_versions as versions


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMeasure:
    """A row of ``measures`` with its values by date."""

    id: int
    name: str
    unit: str
    baseline: float
    target: float
    position: int
    values: dict[date, float]
    target_on: date | None = None
    owner_id: int | None = None
    #: the days whose value was entered by hand: a file does not overwrite it by itself
    by_hand: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStatement:
    """A statement with its newest version. ``supports``: slugs in alphabetical order."""

    id: int
    slug: str
    kind: str
    audience: str
    visible_to: str
    must_acknowledge: bool
    acknowledge_by: date | None
    #: account of the leader whose statement it is, and their address; NULL and empty: the company's
    signed_by_id: int | None
    signed_by: str
    #: "file" | "browser"
    edited_in: str
    tags: tuple[str, ...]
    position: int
    created_at: datetime
    withdrawn_at: datetime | None
    version_id: int
    number: int
    title: str
    body: str
    material: bool
    effective_on: date | None
    digest: str
    near_misses: tuple[str, ...]
    right_answer: str
    brief: str
    published_at: datetime
    #: one line for readers: what changed
    changed: str
    author_id: int | None
    #: (name, text) in rotation
    wordings: tuple[tuple[str, str], ...]
    #: names of those that only say it in other words
    cosmetic: frozenset[str]
    supports: tuple[str, ...]
    measures: tuple[StoredMeasure, ...]


def stored_statements(connection: Connection) -> list[StoredStatement]:
    """Return all statements, withdrawn ones too, by slug."""
    newest = sa.select(versions.c.statement_id, sa.func.max(versions.c.number).label("number")).group_by(versions.c.statement_id).subquery()
    rows = connection.execute(
        sa.select(statements, versions.c.id.label("version_id"), *(c for c in versions.c if c.name not in ("id", "statement_id")))
        .join(newest, newest.c.statement_id == statements.c.id)
        .join(versions, (versions.c.statement_id == statements.c.id) & (versions.c.number == newest.c.number))
        .order_by(statements.c.slug)
    ).fetchall()
    said = _wordings(connection, [row.version_id for row in rows])
    serving = _supports(connection)
    measured = _measures(connection)
    leaders = {row.id: row.email for row in connection.execute(sa.select(accounts.c.id, accounts.c.email))}
    return [
        StoredStatement(
            id=row.id,
            slug=row.slug,
            kind=row.kind,
            audience=row.audience,
            visible_to=row.visible_to,
            must_acknowledge=row.must_acknowledge,
            acknowledge_by=row.acknowledge_by,
            signed_by_id=row.signed_by,
            signed_by=leaders.get(row.signed_by, ""),
            edited_in=row.edited_in,
            tags=tuple(row.tags),
            position=row.position,
            created_at=row.created_at,
            withdrawn_at=row.withdrawn_at,
            version_id=row.version_id,
            number=row.number,
            title=row.title,
            body=row.body,
            material=row.material,
            effective_on=row.effective_on,
            digest=row.digest,
            near_misses=tuple(row.near_misses),
            right_answer=row.right_answer,
            brief=row.brief,
            published_at=row.published_at,
            changed=row.changed,
            author_id=row.author_id,
            wordings=tuple((name, text) for name, text, _ in said[row.version_id]),
            cosmetic=frozenset(name for name, _, substantive in said[row.version_id] if not substantive),
            supports=tuple(sorted(serving[row.id])),
            measures=tuple(measured[row.id]),
        )
        for row in rows
    ]


def count_in_force(connection: Connection) -> int:
    """Return how many statements are in force."""
    has_version = sa.exists().where(versions.c.statement_id == statements.c.id)
    query = sa.select(sa.func.count()).select_from(statements).where(statements.c.withdrawn_at.is_(None), has_version)
    return int(connection.execute(query).scalar_one())


def audience_slugs(connection: Connection) -> set[str]:
    """Return the names of the audiences that are defined."""
    return set(connection.execute(sa.select(audiences.c.slug)).scalars())


def last_positions(connection: Connection) -> dict[str, int]:
    """Return kind -> the highest position in it."""
    query = sa.select(statements.c.kind, sa.func.max(statements.c.position).label("position")).group_by(statements.c.kind)
    return {row.kind: row.position for row in connection.execute(query)}


def add_statement(connection: Connection, values: dict[str, Any]) -> int:
    """Insert a statement; return its id."""
    return int(connection.execute(sa.insert(statements).values(values).returning(statements.c.id)).scalar_one())


def change_statement(connection: Connection, statement_id: int, values: dict[str, Any]) -> None:
    """Give a statement other properties."""
    connection.execute(sa.update(statements).where(statements.c.id == statement_id).values(values))


def add_version(connection: Connection, values: dict[str, Any], said: Iterable[tuple[str, str, bool]]) -> int:
    """Insert a version with its wordings, (name, text, substantive) in rotation; return its id."""
    version_id = int(connection.execute(sa.insert(versions).values(values).returning(versions.c.id)).scalar_one())
    rows = [
        {"version_id": version_id, "name": name, "position": at, "text": text, "substantive": substantive}
        for at, (name, text, substantive) in enumerate(said)
    ]
    connection.execute(sa.insert(wordings), rows)
    return version_id


def correct_version(connection: Connection, version_id: int, values: dict[str, Any]) -> None:
    """Correct the lines of its question, the brief or the effective date of a version; its text never changes."""
    connection.execute(sa.update(versions).where(versions.c.id == version_id).values(values))


def mark_cosmetic(connection: Connection, version_id: int, names: Collection[str]) -> None:
    """Say which wordings of a version only say it in other words; all others give another reason or example."""
    connection.execute(sa.update(wordings).where(wordings.c.version_id == version_id).values(substantive=wordings.c.name.not_in(names)))


def remove_value(connection: Connection, measure_id: int, on: date) -> None:
    """Delete the value of one day."""
    connection.execute(sa.delete(measure_values).where(measure_values.c.measure_id == measure_id, measure_values.c.value_on == on))


def sign_all(connection: Connection, statement_ids: Collection[int], account_id: int | None) -> None:
    """Make these statements those of a leader; None: of the company."""
    connection.execute(sa.update(statements).where(statements.c.id.in_(statement_ids)).values(signed_by=account_id))


def set_supports(connection: Connection, statement_id: int, supports_ids: Iterable[int]) -> None:
    """Make ``statement_id`` serve these statements and no others."""
    connection.execute(sa.delete(supports).where(supports.c.statement_id == statement_id))
    rows = [{"statement_id": statement_id, "supports_id": served} for served in supports_ids]
    if rows:
        connection.execute(sa.insert(supports), rows)


def add_measure(connection: Connection, values: dict[str, Any]) -> int:
    """Insert a measure; return its id."""
    return int(connection.execute(sa.insert(measures).values(values).returning(measures.c.id)).scalar_one())


def change_measure(connection: Connection, measure_id: int, values: dict[str, Any]) -> None:
    """Give a measure another unit, baseline, target or place."""
    connection.execute(sa.update(measures).where(measures.c.id == measure_id).values(values))


def remove_measures(connection: Connection, measure_ids: list[int]) -> None:
    """Delete measures with their values."""
    connection.execute(sa.delete(measure_values).where(measure_values.c.measure_id.in_(measure_ids)))
    connection.execute(sa.delete(measures).where(measures.c.id.in_(measure_ids)))


def set_values(
    connection: Connection,
    measure_id: int,
    values: dict[date, float],
    known: dict[date, float],
    *,
    entered_by: int | None = None,
    entered_at: datetime | None = None,
) -> None:
    """Insert the values of new dates and correct those of ``known`` dates. ``entered_at``: by hand, then; None: from a file."""
    entered = {"entered_by": entered_by, "entered_at": entered_at}
    for on in values.keys() & known.keys():
        if values[on] != known[on]:
            found = (measure_values.c.measure_id == measure_id) & (measure_values.c.value_on == on)
            connection.execute(sa.update(measure_values).where(found).values(value=values[on], **entered))
    rows = [{"measure_id": measure_id, "value_on": on, "value": value, **entered} for on, value in values.items() if on not in known]
    if rows:
        connection.execute(sa.insert(measure_values), rows)


def _wordings(connection: Connection, version_ids: list[int]) -> dict[int, list[tuple[str, str, bool]]]:
    found: dict[int, list[tuple[str, str, bool]]] = defaultdict(list)
    query = sa.select(wordings).where(wordings.c.version_id.in_(version_ids)).order_by(wordings.c.version_id, wordings.c.position)
    for row in connection.execute(query):
        found[row.version_id].append((row.name, row.text, row.substantive))
    return found


def _supports(connection: Connection) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = sa.select(supports.c.statement_id, statements.c.slug).join(statements, statements.c.id == supports.c.supports_id)
    for statement_id, slug in connection.execute(query):
        found[statement_id].append(slug)
    return found


def _measures(connection: Connection) -> dict[int, list[StoredMeasure]]:
    values: dict[int, dict[date, float]] = defaultdict(dict)
    by_hand: dict[int, set[date]] = defaultdict(set)
    for row in connection.execute(sa.select(measure_values).order_by(measure_values.c.value_on)):
        values[row.measure_id][row.value_on] = row.value
        if row.entered_at is not None:
            by_hand[row.measure_id].add(row.value_on)
    found: dict[int, list[StoredMeasure]] = defaultdict(list)
    for row in connection.execute(sa.select(measures).order_by(measures.c.statement_id, measures.c.position, measures.c.id)):
        one = StoredMeasure(
            id=row.id,
            name=row.name,
            unit=row.unit,
            baseline=row.baseline,
            target=row.target,
            position=row.position,
            values=values[row.id],
            target_on=row.target_on,
            owner_id=row.owner_id,
            by_hand=frozenset(by_hand[row.id]),
        )
        found[row.statement_id].append(one)
    return found
