"""Turn due slots into occurrences, and occurrences into deliveries, items and skips.

Every row is written under a unique key and in the transaction that remembers how far planning got,
so planning twice, or after a crash, changes nothing. The rules themselves are pure
(``domain.planning``, ``domain.selection``); this module gathers what they need in chunks of people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain import audiences, selection
from cadence.domain.cadences import Cadence, Limits, from_json, limits_from_json
from cadence.domain.calendars import WorkingHours, local_week, next_permitted, resolve, zone
from cadence.domain.deliveries import Channel
from cadence.domain.occurrences import Due, next_occurrence, occurrence_key, occurrences_between, split_missed
from cadence.domain.people import Person
from cadence.domain.planning import Recipient, Skip, Verdict, expiry, judge, public_id, spread, to_days
from cadence.errors import Invalid
from cadence.operations.holiday_dates import holiday_dates
from cadence.store import occurrences as occurrence_rows
from cadence.store import planning as rows
from cadence.store.database import Database
from cadence.store.ledger import allocate_ids
from cadence.store.occurrences import DueSlot, OpenOccurrence

log = logging.getLogger("cadence.plan")

#: a material version allows the newcomers' statement cap for this long
AFTER_MATERIAL = timedelta(days=14)
#: people planned in one transaction: a tenth of a second of the write lock
CHUNK = 1_000
_NO_HOLIDAYS: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDigest:
    """One decision, for the dry run: ``skip`` is empty when something will be sent."""

    person_id: int
    email: str
    name: str
    cadence: str
    zone: str
    channel: str
    skip: str
    send_after: datetime
    #: (statement slug, reason)
    items: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class PlanReport:
    """What planning did. ``digests`` is filled for a dry run only."""

    occurrences: int = 0
    expired_occurrences: int = 0
    planned: int = 0
    skipped: int = 0
    items: int = 0
    digests: list[PlannedDigest] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What is the same for every chunk of one tick."""

    statements: list[rows.CurrentStatement]
    rules: dict[str, audiences.Predicate]
    limits: Limits
    #: channels that are set up; a cadence's others are passed over
    channels: frozenset[Channel]


def plan_due(database: Database, *, now: datetime, secret: bytes, channels: Collection[Channel]) -> PlanReport:
    """Plan everything due at ``now``; return the counts. ``channels``: those that are set up here."""
    report = PlanReport()
    with database.read() as connection:
        due = occurrence_rows.due_slots(connection, now=now)
    if due:
        with database.transaction() as connection:
            materialise(connection, occurrence_rows.due_slots(connection, now=now), now=now, report=report)
    with database.read() as connection:
        pending = occurrence_rows.open_occurrences(connection)
        company = load_company(connection, channels) if pending else None
    for occurrence in pending:
        assert company is not None
        more = True
        while more:
            try:
                with database.transaction() as connection:
                    held = occurrence_rows.lock_occurrence(connection, occurrence.id)
                    more = held is not None and plan_chunk(connection, held, company, now=now, secret=secret, report=report)
            except Invalid as error:  # stays open and in sight; the others are planned
                log.error("event=occurrence.unplannable key=%s reason=%s", occurrence.key, error)
                more = False
    return report


def preview_due(database: Database, *, now: datetime, secret: bytes, channels: Collection[Channel]) -> PlanReport:
    """Return what ``plan_due`` would decide at ``now``: the same code in a transaction that is rolled back."""
    report = PlanReport()
    with _rolled_back(database) as connection:
        materialise(connection, occurrence_rows.due_slots(connection, now=now), now=now, report=report)
        company = load_company(connection, channels)
        for occurrence in occurrence_rows.open_occurrences(connection):
            more = True
            while more:
                held = occurrence_rows.lock_occurrence(connection, occurrence.id)
                more = held is not None and plan_chunk(connection, held, company, now=now, secret=secret, report=report, collect=True)
    return report


class _RollBack(Exception):
    pass


@contextmanager
def _rolled_back(database: Database) -> Iterator[Connection]:
    try:
        with database.transaction() as connection:
            yield connection
            raise _RollBack
    except _RollBack:
        return


def materialise(connection: Connection, due: list[DueSlot], *, now: datetime, report: PlanReport) -> None:
    """Insert the occurrences of due slots: the newest runs if at most six hours late, older ones are expired; slots move on."""
    for slot in due:
        try:
            cadence, here = from_json(slot.definition), zone(slot.zone)
        except Invalid as error:  # stays due and in sight; the others go on
            log.error("event=slot.unreadable cadence=%s zone=%s reason=%s", slot.cadence_slug, slot.zone, error)
            continue
        span = {"starts_on": cadence.starts_on, "ends_on": cadence.ends_on}
        first = Due(local_date=slot.local_date, local_time=time.fromisoformat(slot.local_time), fire_at=slot.fire_at)
        dues = [first, *occurrences_between(cadence.schedule, here, slot.fire_at, now, **span)]
        following = next_occurrence(cadence.schedule, here, dues[-1].fire_at, **span)
        ends = [d.fire_at for d in dues[1:]] + [following.fire_at if following else dues[-1].fire_at + timedelta(days=7)]
        runs, _ = split_missed(dues, now)
        for one, until in zip(dues, ends, strict=True):
            occurrence_rows.add_occurrence(
                connection,
                key=occurrence_key(slot.cadence_slug, slot.zone, slot.local_time, one.local_date),
                slot=slot,
                local_date=one.local_date,
                fire_at=one.fire_at,
                until=until,
                expired=one is not runs,
                now=now,
            )
        report.occurrences += runs is not None
        report.expired_occurrences += len(dues) - (runs is not None)
        occurrence_rows.move_slot(
            connection, slot, local_date=following.local_date if following else None, fire_at=following.fire_at if following else None
        )


def load_company(connection: Connection, channels: Collection[Channel]) -> Company:
    """Read statements in force, audience rules and limits."""
    stored = rows.limits_definition(connection)
    rules = {
        slug: audiences.compile_rule(audiences.parse_rule(rule, field=f"audiences.{slug}"))
        for slug, rule in rows.audience_rules(connection).items()
    }
    rules["everyone"] = audiences.everyone
    limits = limits_from_json(stored) if stored else Limits()
    return Company(statements=rows.current_statements(connection), rules=rules, limits=limits, channels=frozenset(channels))


@dataclass(slots=True)
class _Hours:
    """Permitted instants of one occurrence, remembered by (instant, country)."""

    cadence: Cadence
    limits: Limits
    zone: str
    until: datetime
    _seen: dict[tuple[datetime, str], datetime | None] = field(default_factory=dict)
    _weeks: dict[datetime, tuple[int, datetime, int, float]] = field(default_factory=dict)

    def permitted(self, wish: datetime, country: str) -> datetime | None:
        key = (wish, country)
        if key not in self._seen:
            holidays = holiday_dates(country, wish.year, wish.year + 1) if self.cadence.holidays and country else _NO_HOLIDAYS
            hours = WorkingHours(days=self.limits.working_days, window=self.limits.working_window, quiet_hours=self.limits.quiet_hours)
            found = next_permitted(wish, zone=zone(self.zone), hours=hours, holidays=holidays)
            self._seen[key] = found if found is not None and found < self.until else None
        return self._seen[key]

    def week(self, at: datetime) -> tuple[int, datetime, int, float]:
        """Return (week, its end, local date as days since 1970, offset in days) of ``at``."""
        if at not in self._weeks:
            here = zone(self.zone)
            local = at.astimezone(here)
            monday = local.date() - timedelta(days=local.weekday())
            ends = resolve(datetime.combine(monday + timedelta(days=7), time()), here)
            offset = local.utcoffset() or timedelta(0)
            self._weeks[at] = (
                local_week(at, here),
                ends,
                local.date().toordinal() - date(1970, 1, 1).toordinal(),
                offset / timedelta(days=1),
            )
        return self._weeks[at]


def plan_chunk(
    connection: Connection,
    occurrence: OpenOccurrence,
    company: Company,
    *,
    now: datetime,
    secret: bytes,
    report: PlanReport,
    collect: bool = False,
) -> bool:
    """Plan the next chunk of people of ``occurrence``; return whether there may be more."""
    cadence = from_json(occurrence.definition)
    chunk = rows.people_after(connection, zone=occurrence.zone, after=occurrence.planned_through, limit=CHUNK + 1)
    more = len(chunk) > CHUNK
    del chunk[CHUNK:]
    members = _members(chunk, company.rules.get(cadence.audience), occurrence.local_date)
    if members:
        judged = _judge_all(connection, members, occurrence, cadence, company, now=now)
        _write(connection, judged, occurrence, cadence, company, secret=secret, report=report, collect=collect)
    last = chunk[-1].id if chunk else occurrence.planned_through
    occurrence_rows.planned_through(connection, occurrence.id, person_id=last, finished=not more)
    return more


def _members(chunk: list[Any], rule: audiences.Predicate | None, on: date) -> list[Person]:
    if rule is None:  # the audience was removed while the cadence still names it: nobody is in it
        return []
    # a row of people reads like a Person; making 1,000 Persons a chunk is a tenth of planning
    return [person for person in cast(list[Person], chunk) if rule(person, on)]


@dataclass(slots=True, kw_only=True)
class _Judged:
    person: Person
    verdict: Verdict
    send_after: datetime
    week: int
    week_ends: datetime
    local_today: int
    offset_days: float


def _judge_all(
    connection: Connection, members: list[Person], occurrence: OpenOccurrence, cadence: Cadence, company: Company, *, now: datetime
) -> list[_Judged]:
    hours = _Hours(cadence, company.limits, occurrence.zone, occurrence.until)
    window = timedelta(minutes=cadence.schedule.window_minutes)
    wishes = [max(occurrence.fire_at + spread(occurrence.key, p.id, window), now) for p in members]
    permitted = [hours.permitted(wish, p.country) for wish, p in zip(wishes, members, strict=True)]
    weeks = [hours.week(at or wish) for at, wish in zip(permitted, wishes, strict=True)]
    ids = [p.id for p in members]
    counts = rows.week_counts(connection, ids, sorted({w[0] for w in weeks}))
    reachable = rows.addresses_of(connection, ids)
    recent = any(now - s.published_at <= AFTER_MATERIAL for s in company.statements)
    usable = tuple(c for c in cadence.channels if c in company.channels)
    judged = []
    for person, wish, at, (week, ends, today, offset) in zip(members, wishes, permitted, weeks, strict=True):
        digests, shown = counts.get((person.id, week), (0, 0))
        newcomer = person.started_on is not None and (occurrence.local_date - person.started_on).days < company.limits.newcomer_days
        recipient = Recipient(
            person_id=person.id,
            preferred_channel=person.preferred_channel,
            paused_until=person.paused_until,
            addresses=reachable.get(person.id, {}),
            permitted_at=at,
            week_digests=digests,
            week_statements=shown,
            statement_cap=company.limits.newcomer_statements_per_week if newcomer or recent else company.limits.statements_per_week,
        )
        verdict = judge(recipient, channels=usable, digest_cap=company.limits.digests_per_week, max_statements=cadence.max_statements)
        judged.append(
            _Judged(person=person, verdict=verdict, send_after=at or wish, week=week, week_ends=ends, local_today=today, offset_days=offset)
        )
    return judged


def _write(
    connection: Connection,
    judged: list[_Judged],
    occurrence: OpenOccurrence,
    cadence: Cadence,
    company: Company,
    *,
    secret: bytes,
    report: PlanReport,
    collect: bool,
) -> None:
    candidates = [s for s in company.statements if _concerns(s, cadence, occurrence.local_date)]
    going = [j for j in judged if j.verdict.skip is None]
    chosen = _choose(connection, going, candidates, cadence, company, occurrence.local_date) if candidates else {}
    ids = allocate_ids(connection, rows.deliveries, len(judged))
    delivery_rows, item_rows, exposure_rows = [], [], []
    for delivery_id, j in zip(ids, judged, strict=True):
        picks = chosen.get(j.person.id, [])
        skip = j.verdict.skip or (None if picks else Skip.NOTHING_DUE)
        channel = str(j.verdict.channel)
        delivery_rows.append(
            (
                delivery_id,
                occurrence.id,
                j.person.id,
                channel,
                public_id(secret, occurrence.key, j.person.id, channel),
                "skipped" if skip else "planned",
                skip.value if skip else "",
                j.week,
                len(picks),
                j.send_after,
                expiry(j.send_after, occurrence.until, j.week_ends),
                0,
                occurrence.fire_at if skip else None,
            )
        )
        day = to_days(j.send_after)
        for position, pick in enumerate(picks):
            statement = candidates[pick.column]
            item_rows.append((delivery_id, position, statement.id, statement.version_id, pick.wording_id, pick.reason, pick.times_sent))
            exposure_rows.append((j.person.id, statement.id, pick.wording_id, day))
        if collect:
            report.digests.append(
                PlannedDigest(
                    person_id=j.person.id,
                    email=j.person.email,
                    name=j.person.name,
                    cadence=cadence.slug,
                    zone=occurrence.zone,
                    channel=channel,
                    skip=skip.value if skip else "",
                    send_after=j.send_after,
                    items=tuple((candidates[p.column].slug, p.reason) for p in picks),
                )
            )
        report.skipped += skip is not None
        report.planned += skip is None
    report.items += len(item_rows)
    rows.insert_planned(connection, delivery_rows, item_rows, exposure_rows)


def _concerns(statement: rows.CurrentStatement, cadence: Cadence, on: date) -> bool:
    if cadence.statements and statement.slug not in cadence.statements:
        return False
    if cadence.kinds and statement.kind not in cadence.kinds:
        return False
    return statement.effective_on is None or statement.effective_on <= on


@dataclass(frozen=True, slots=True)
class _Pick:
    column: int
    wording_id: int
    reason: str
    times_sent: int


def _choose(
    connection: Connection,
    going: list[_Judged],
    candidates: list[rows.CurrentStatement],
    cadence: Cadence,
    company: Company,
    on: date,
) -> dict[int, list[_Pick]]:
    """Return the statements of each person's digest, in the order they are read."""
    if not going:
        return {}
    grid = rows.exposures_of(connection, [j.person.id for j in going], [s.id for s in candidates])
    fresh = np.column_stack(
        [(grid.version[:, k] != 0) & ~np.isin(grid.version[:, k], list(s.same_meaning)) for k, s in enumerate(candidates)]
    )
    since = selection.since_shown(
        grid.planned_day,
        local_today=np.array([j.local_today for j in going], dtype=np.float64),
        offset_days=np.array([j.offset_days for j in going]),
    )
    may = _meant_for(going, candidates, company, on) & (since >= max(cadence.min_gap_days, company.limits.min_gap_days))
    quota = np.array([j.verdict.quota for j in going], dtype=np.int64)
    shown = selection.longest_unseen_first(np.where(fresh, selection.NEVER, grid.planned_day), may, quota)
    columns = [np.flatnonzero(row).tolist() for row in shown]
    sent, last = grid.times_sent.tolist(), grid.wording.tolist()
    met, is_fresh = grid.version.tolist(), fresh.tolist()
    chosen: dict[int, list[_Pick]] = {}
    for i, j in enumerate(going):
        picks = []
        for k in columns[i]:
            reason = "new_version" if is_fresh[i][k] else "longest_unseen" if met[i][k] else "first_time"
            picks.append(_Pick(k, selection.next_wording(candidates[k].wording_ids, last[i][k]), reason, sent[i][k]))
        chosen[j.person.id] = picks
    return chosen


def _meant_for(going: list[_Judged], candidates: list[rows.CurrentStatement], company: Company, on: date) -> selection.Mask:
    allowed = np.ones((len(going), len(candidates)), dtype=np.bool_)
    judged_once: dict[str, np.ndarray[Any, np.dtype[np.bool_]]] = {}
    for k, statement in enumerate(candidates):
        if statement.audience == "everyone":
            continue
        if statement.audience not in judged_once:
            rule: Callable[[Person, date], bool] | None = company.rules.get(statement.audience)
            judged_once[statement.audience] = np.array([rule is not None and rule(j.person, on) for j in going], dtype=np.bool_)
        allowed[:, k] = judged_once[statement.audience]
    return allowed
