"""Why a person was sent a statement, or was not, and what comes next: stored facts and the planner's own decisions (promise 8).

What is told of a coming occurrence was decided by the planner (``foresight``), not by a second telling of its rules. The person is
told everything; others rules and deliveries, nothing that follows from answers, taps or what the person asked to get less often, and
what was acknowledged or seen as far as the privacy mode tells it by name. Words: ``rendering.explanations``. Times are local.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.people.addresses import parse_email
from cadence.domain.people.person import Person
from cadence.domain.planning.calendars import local_week, zone
from cadence.domain.sending.deliveries import Channel
from cadence.errors import NotFound
from cadence.operations.planning.context import PlanningContext, load_planning
from cadence.operations.planning.explain_coming import NextSlot, tell_next
from cadence.operations.planning.explain_deliveries import ToldDelivery, tell_deliveries
from cadence.operations.planning.explain_statements import OnRecord, ToldStatement, known_of, tell_gone, tell_statement
from cadence.operations.planning.foresight import Foreseen, foresee
from cadence.rendering.explanations import PART, Voice
from cadence.rendering.words import Words, english
from cadence.store.database.engine import Database, privacy_mode
from cadence.store.measuring import reports as report_rows
from cadence.store.planning import chunks
from cadence.store.planning import explanations as rows

RECENT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything on record about one person, newest first."""

    email: str
    name: str
    zone: str
    sentences: tuple[str, ...]
    next: tuple[NextSlot, ...]
    deliveries: tuple[ToldDelivery, ...]
    statements: tuple[ToldStatement, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; instants as ISO 8601 with offset."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def explain(
    database: Database,
    email: str,
    statement: str | None = None,
    *,
    now: datetime,
    channels: Collection[Channel] = tuple(Channel),
    words: Words | None = None,
) -> Explanation:
    """Return what others may be told about the person with that address, on one statement when asked.

    channels: those that are set up. words: of the reader's language, None for English.
    Raises Invalid for text that is no address, NotFound naming the person or the statement.
    """
    address = parse_email(email)
    with database.read() as connection:
        row = rows.person_by_email(connection, address)
        if row is None:
            raise NotFound(f"there is nobody with the address {address}")
        record = _on_record(connection, row, statement, _voice(row, words), now=now, channels=channels, own=False)
    return _told(record, _ahead(database, record))


def explain_person(
    database: Database, person_id: int, *, now: datetime, channels: Collection[Channel] = tuple(Channel), words: Words | None = None
) -> Explanation:
    """Return the explanation for the person with that id: what their own page shows. Raises NotFound."""
    with database.read() as connection:
        row = rows.person_by_id(connection, person_id)
        if row is None:
            raise NotFound("this person is no longer known here")
        record = _on_record(connection, row, None, _voice(row, words), now=now, channels=channels, own=True)
    return _told(record, _ahead(database, record))


def _voice(row: Person, words: Words | None) -> Voice:
    return Voice(words or english(PART), row.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What is stored about one person. ``wanted``: the one statement that was asked for."""

    known: OnRecord
    planning: PlanningContext
    wanted: rows.KnownStatement | None
    sentences: tuple[str, ...]
    deliveries: tuple[ToldDelivery, ...]
    #: version -> title
    titles: dict[int, str]


def _on_record(
    connection: Connection, row: Person, slug: str | None, voice: Voice, *, now: datetime, channels: Collection[Channel], own: bool
) -> _Record:
    wanted = None
    if slug is not None:
        wanted = rows.statement_by_slug(connection, slug)
        if wanted is None:
            raise NotFound(f"there is no statement {slug!r}")
    planning = load_planning(connection, channels, now=now)
    recent = rows.recent_deliveries(connection, row.id, limit=RECENT, statement_id=wanted.id if wanted is not None else None)
    titles = report_rows.titles_of(connection, [s.version_id for s in planning.statements])
    return _Record(
        known=known_of(connection, row, planning, voice, now=now, own=own, by_name=privacy_mode(connection).tells_by_name),
        planning=planning,
        wanted=wanted,
        sentences=_about(connection, row, planning, voice, now=now),
        deliveries=tuple(tell_deliveries(connection, recent, voice, own=own)),
        titles={version: title for version, (title, _) in titles.items()},
    )


def _ahead(database: Database, record: _Record) -> list[Foreseen]:
    """Return what comes, from the only part of an explanation that holds up those who write."""
    known = record.known
    if known.row.deactivated_at is not None:
        return []
    with database.rolled_back() as connection:
        # what an earlier occurrence chooses follows from answers and taps, so to others each is told as if it came alone
        ahead = foresee(connection, known.row.id, known.row.zone, planning=record.planning, now=known.now, apart=not known.own)
        return list(ahead)


def _told(record: _Record, coming: list[Foreseen]) -> Explanation:
    known, voice, row = record.known, record.known.voice, record.known.row
    is_left_out = row.deactivated_at is None and not coming
    return Explanation(
        email=row.email,
        name=row.name,
        zone=row.zone,
        sentences=(*record.sentences, voice.say("no_cadence")) if is_left_out else record.sentences,
        next=tuple(tell_next(one, record.titles, voice, now=known.now, own=known.own and not one.alone) for one in _first_of_each(coming)),
        deliveries=record.deliveries,
        statements=tuple(_statements(record, coming)),
    )


def _about(connection: Connection, row: Person, planning: PlanningContext, voice: Voice, *, now: datetime) -> tuple[str, ...]:
    found = []
    if row.deactivated_at is not None:
        return (voice.say("left", name=row.name, at=row.deactivated_at),)
    if row.paused_until is not None and row.paused_until > now:
        found.append(voice.say("paused", until=row.paused_until))
    addresses = rows.reachable_on(connection, row.id)
    working = [voice.by(c) for c, suspended in sorted(addresses.items()) if not suspended]
    suspended = [voice.by(c) for c, is_off in sorted(addresses.items()) if is_off]
    if not addresses:
        found.append(voice.say("no_address"))
    elif working and row.preferred_channel:
        found.append(voice.say("reached_by_choice", channels=voice.listed(working), first=voice.by(row.preferred_channel)))
    elif working:
        found.append(voice.say("reached", channels=voice.listed(working)))
    if suspended:
        found.append(voice.say("suspended", channels=voice.listed(suspended)))
    week, today = local_week(now, zone(row.zone)), now.astimezone(zone(row.zone)).date()
    digests, shown = chunks.week_counts(connection, [row.id], [week]).get((row.id, week), (0, 0))
    more = planning.limits.is_newcomer(row.started_on, on=today) or planning.is_after_material(now)
    messages, texts = planning.limits.weekly(more=more)
    counted = {"digests": digests, "most_digests": messages.at_most, "statements": shown, "most_statements": texts.at_most}
    found.append(voice.say("week", **counted))
    return tuple(found)


def _first_of_each(coming: list[Foreseen]) -> list[Foreseen]:
    """Return the first occurrence of each cadence and of each reminder."""
    found: dict[tuple[str, bool], Foreseen] = {}
    for one in coming:
        found.setdefault((one.context.cadence.slug, bool(one.context.follows)), one)
    return list(found.values())


def _statements(record: _Record, coming: list[Foreseen]) -> list[ToldStatement]:
    known, planning, wanted = record.known, record.planning, record.wanted
    if wanted is None:
        today = known.now.astimezone(zone(known.row.zone)).date()
        current = [s for s in planning.statements if planning.belongs(s.audience, known.row, on=today)]
    else:
        current = [s for s in planning.statements if s.id == wanted.id]
    if wanted is not None and not current:
        return [tell_gone(known, wanted)]
    decided = {one.context.occurrence.id: {d.statement.id: d for d in one.decisions()} for one in coming}
    return [
        tell_statement(known, one, record.titles[one.version_id], [(each, decided[each.context.occurrence.id][one.id]) for each in coming])
        for one in current
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
