"""What publishing a draft would mean in people: who hears it, when, and what waits because of it.

Counts come from the store; dates from the planner itself, which plays the coming days in a transaction that is rolled back, once
with the draft and once without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.planning.cadences import EVERYONE
from cadence.domain.sending.deliveries import Channel
from cadence.files.draft_content import DraftContent, to_file
from cadence.files.statement_writer import write_statement
from cadence.operations.authoring.import_statements import import_statements
from cadence.operations.planning.context import OccurrenceContext, load_planning
from cadence.operations.planning.plan import PlannedDigest, PlanReport, plan_chunk
from cadence.operations.planning.slots import materialise
from cadence.store.authoring import consequences as rows
from cadence.store.database.engine import Database
from cadence.store.people.audiences import audiences_in_force
from cadence.store.planning import occurrences

#: days and turns that are played, and people of each turn: the rest is told in proportion
AHEAD, TURNS, SAMPLE = timedelta(days=14), 4, 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """``people``: in the audience; ``answers``: to the question about the version in force; ``confirmed``: of it."""

    people: int
    answers: int = 0
    confirmed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingTurn:
    """One turn of a cadence in which the draft would go out first to ``people``."""

    at: datetime
    cadence: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatHappens:
    """``waits``: (title of a statement, people who would hear it later because of the draft)."""

    turns: tuple[ComingTurn, ...]
    waits: tuple[tuple[str, int], ...]


def consequences_of(connection: Connection, statement_id: int | None, audience: str, *, now: datetime) -> Consequences:
    """Return what a version that means something new would begin again."""
    people = audience_sizes(connection, [audience], now=now).get(audience, 0)
    if statement_id is None:
        return Consequences(people=people)
    return Consequences(
        people=people, answers=rows.answers_about(connection, statement_id), confirmed=rows.confirmed_of(connection, statement_id)
    )


def audience_sizes(connection: Connection, slugs: Collection[str], *, now: datetime) -> dict[str, int]:
    """Return how many active people are in each audience; the ones that are not there are left out."""
    rules = audiences_in_force(connection)
    found = {slug: rows.count_active(connection) for slug in slugs if slug == EVERYONE}
    wanted = {slug: rules[slug] for slug in slugs if slug in rules and slug != EVERYONE}
    if wanted:
        people = rows.active_people(connection)
        today = now.date()
        found |= {slug: sum(1 for person in people if rule(person, today)) for slug, rule in wanted.items()}
    return found


def what_happens(database: Database, content: DraftContent, *, channels: Collection[Channel], secret: bytes, now: datetime) -> WhatHappens:
    """Return the turns in which the draft would go out, and what waits. Raises InvalidFile while it cannot be published."""
    statement = to_file(content)
    raw = (f"{statement.slug}.md", write_statement(statement).encode())
    shares: list[tuple[dict[int, list[PlannedDigest]], dict[int, float]]] = []
    ends: list[tuple[datetime, str]] = []
    for files in ([], [raw]):
        with database.rolled_back() as connection:
            if files:
                import_statements(connection, files, now=now, edited_in="browser", material=content.material)
            ends, found, scale = _play(connection, channels=channels, secret=secret, now=now)
        shares.append((found, scale))
    (before, _), (after, scale) = shares
    heard: set[int] = set()
    turns: list[ComingTurn] = []
    waits: Counter[str] = Counter()
    for number, (at, cadence) in enumerate(ends):
        fresh = [one for one in after.get(number, []) if statement.slug in dict(one.items) and one.person_id not in heard]
        heard |= {one.person_id for one in fresh}
        had = {one.person_id: {slug for slug, _ in one.items} for one in before.get(number, [])}
        for one in fresh:
            waits.update(had.get(one.person_id, set()) - {slug for slug, _ in one.items})
        if fresh:
            turns.append(ComingTurn(at=at, cadence=cadence, people=round(len(fresh) * scale.get(number, 1.0))))
    most = max(scale.values(), default=1.0)
    titles = rows.titles_by_slug(database, [slug for slug, _ in waits.most_common(2)])
    told = tuple((titles.get(slug, slug), round(people * most)) for slug, people in waits.most_common(2))
    return WhatHappens(turns=tuple(turns), waits=told)


def _play(
    connection: Connection, *, channels: Collection[Channel], secret: bytes, now: datetime
) -> tuple[list[tuple[datetime, str]], dict[int, list[PlannedDigest]], dict[int, float]]:
    """Plan the next turns of the cadences for some of their people; return (when, cadence), digests and the scale of each."""
    planning = load_planning(connection, channels, now=now)
    turns: list[tuple[datetime, str]] = []
    found: dict[int, list[PlannedDigest]] = {}
    scale: dict[int, float] = {}
    at = now
    while len(turns) < TURNS:
        following = rows.next_turn(connection, after=at)
        if following is None or following > now + AHEAD:
            break
        at = following
        materialise(connection, occurrences.due_slots(connection, now=at), now=at)
        for occurrence in occurrences.open_occurrences(connection, now=at):
            report = PlanReport()
            context = OccurrenceContext(occurrence=occurrence, planning=planning, now=at)
            more = plan_chunk(connection, context, secret=secret, report=report, size=SAMPLE, collect=True)
            occurrences.planned_through(connection, occurrence.id, person_id=occurrence.planned_through, finished=True)
            digests = [one for one in report.digests if not one.skip]
            people = rows.people_in_zone(connection, occurrence.zone) if more else 0
            found[len(turns)], scale[len(turns)] = digests, max(people / SAMPLE, 1.0)
            turns.append((at, digests[0].cadence if digests else ""))
    return turns, found, scale
