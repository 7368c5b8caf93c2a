"""Fold all evidence anew and compare it with what the tables keep.

``exposures`` and ``acknowledgements`` are caches of the evidence; after any crash they must be equal to
its fold. People are taken in chunks, so memory stays small whatever the size of the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.deliveries import EvidenceLevel
from cadence.domain.evidence import ExposureState, Fact, fold
from cadence.store import ledger_fold as rows
from cadence.store.database import Database

CHUNK = 500
#: differences kept in full; the rest is only counted
SHOWN = 100
_CLOSE = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value the tables keep that the evidence does not bear out."""

    person_id: int
    statement_id: int
    field: str
    kept: str
    folded: str


@dataclass(slots=True, kw_only=True)
class RebuildReport:
    """What was compared and what differed. ``repaired`` says whether the tables were rewritten."""

    people: int = 0
    pairs: int = 0
    facts: int = 0
    differences: int = 0
    repaired: bool = False
    first: list[Difference] = field(default_factory=list)

    def add(self, difference: Difference) -> None:
        """Count one difference, and keep the first ``SHOWN``."""
        self.differences += 1
        if len(self.first) < SHOWN:
            self.first.append(difference)


def rebuild(database: Database, *, repair: bool = False, progress: Callable[[int], None] = lambda n: None) -> RebuildReport:
    """Compare the caches with the fold of all evidence; ``repair`` rewrites what differs, one transaction per chunk of people."""
    report, after = RebuildReport(repaired=repair), 0
    while True:
        with database.transaction() if repair else database.read() as connection:
            ids = rows.people_after(connection, after=after, limit=CHUNK)
            if ids:
                _compare(connection, ids, report, repair=repair)
        if not ids:
            return report
        after = ids[-1]
        report.people += len(ids)
        progress(len(ids))


def _compare(connection: Connection, ids: list[int], report: RebuildReport, *, repair: bool) -> None:
    low, high = ids[0], ids[-1]
    facts: dict[tuple[int, int], list[Fact]] = defaultdict(list)
    methods: dict[tuple[int, int], rows.AckSource] = {}
    for fact in rows.facts(connection, low=low, high=high):
        one = Fact(
            source_id=fact.source_id,
            level=EvidenceLevel(fact.level),
            version_id=fact.version_id,
            occurred_at=fact.occurred_at,
            retracts=fact.retracts,
        )
        facts[fact.person_id, fact.statement_id].append(one)
        report.facts += 1
    for source in rows.acknowledgement_sources(connection, low=low, high=high):
        methods.setdefault((source.person_id, source.version_id), source)
    kept = rows.exposures(connection, low=low, high=high)
    acknowledged = rows.acknowledgements(connection, low=low, high=high)
    for pair in sorted(facts.keys() | kept.keys() | acknowledged.keys()):
        state = fold(facts.get(pair, []))
        report.pairs += 1
        if _exposure_differs(pair, kept.get(pair), state, report) and repair:
            rows.write_exposure(
                connection, pair, times_sent=state.times_sent, version_id=state.version_id, sent_day=_day(state.last_sent_at)
            )
        _compare_acknowledgements(connection, pair, acknowledged.get(pair, {}), dict(state.acknowledged), methods, report, repair=repair)


def _exposure_differs(pair: tuple[int, int], kept: rows.KeptExposure | None, state: ExposureState, report: RebuildReport) -> bool:
    times, version, day = (kept.times_sent, kept.version_id, kept.sent_day) if kept else (0, None, None)
    last = None if day is None else datetime.fromtimestamp(day * 86_400.0, UTC)
    before = report.differences
    if times != state.times_sent:
        _add(report, pair, "times_sent", times, state.times_sent)
    if version != state.version_id:
        _add(report, pair, "version_id", version, state.version_id)
    if (last is None) != (state.last_sent_at is None) or (last and state.last_sent_at and abs(last - state.last_sent_at) > _CLOSE):
        _add(report, pair, "sent_day", last, state.last_sent_at)
    return report.differences > before


def _compare_acknowledgements(
    connection: Connection,
    pair: tuple[int, int],
    kept: dict[int, datetime],
    folded: dict[int, datetime],
    methods: dict[tuple[int, int], rows.AckSource],
    report: RebuildReport,
    *,
    repair: bool,
) -> None:
    for version in sorted(kept.keys() | folded.keys()):
        was, is_now = kept.get(version), folded.get(version)
        if was == is_now:
            continue
        _add(report, pair, f"acknowledged version {version}", was, is_now)
        if not repair:
            continue
        if is_now is None:
            rows.remove_acknowledgement(connection, person_id=pair[0], version_id=version)
        else:
            rows.write_acknowledgement(connection, pair, version_id=version, at=is_now, source=methods[pair[0], version])


def _add(report: RebuildReport, pair: tuple[int, int], name: str, kept: object, folded: object) -> None:
    report.add(Difference(person_id=pair[0], statement_id=pair[1], field=name, kept=str(kept), folded=str(folded)))


def _day(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp() / 86_400.0
