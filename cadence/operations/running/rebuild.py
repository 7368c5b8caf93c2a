"""Fold all evidence from the first fact on and compare it with what the tables keep.

``exposures``, ``acknowledgements``, ``attention``, ``recall_offsets``, ``check_days`` and the counts of ``answering`` are caches;
after any crash they must be equal to the fold. People are taken in chunks, so memory stays small whatever the size of the ledger. Here
the memory is folded over whole arrays (``memory_replay``), apart from the formulas that kept it up to date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isclose

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.answering import Counts, read_share
from cadence.domain.memory.evidence import Habit, History, Said, Sendings, Shown, of_meaning, sendings, standing
from cadence.domain.memory.model import PairStates
from cadence.domain.memory.past import Past, counted, history_since, pair_of, sendings_with
from cadence.domain.memory.replay import Facts, blank, fold
from cadence.domain.memory.single import PairFact, PairState
from cadence.operations.responding.learn import row_of
from cadence.store.database.engine import Database
from cadence.store.responding import answering, answers, learning, pasts
from cadence.store.responding.learning import Learned
from cadence.store.responding.sent import sent_row
from cadence.store.running import fold as rows

CHUNK = 500
#: differences kept in full; the rest is only counted
SHOWN = 100
#: instants are kept to the microsecond, the model's numbers to nine digits
_CLOSE_DAYS = 1e-3 / 86_400.0
_TOLERANCE = 1e-9

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value the tables keep that the evidence does not bear out. ``statement_id`` is 0 for what concerns no statement."""

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

    def compare(self, name: str, kept: object, folded: object, *, pair: Pair = (0, 0), close: float = 0.0) -> bool:
        """Count a difference between two values, numbers to nine digits or to ``close``; return whether there is one."""
        if kept == folded:
            return False
        numbers = isinstance(kept, float) and isinstance(folded, float)
        if numbers and isclose(kept, folded, rel_tol=_TOLERANCE, abs_tol=max(_TOLERANCE, close)):  # type: ignore[arg-type]
            return False
        self.differences += 1
        if len(self.first) < SHOWN:
            self.first.append(Difference(person_id=pair[0], statement_id=pair[1], field=name, kept=str(kept), folded=str(folded)))
        return True


def rebuild(database: Database, *, repair: bool = False, progress: Callable[[int], None] = lambda n: None) -> RebuildReport:
    """Compare the caches with the fold of all evidence; ``repair`` rewrites what differs, one transaction per chunk of people."""
    report, after = RebuildReport(repaired=repair), 0
    while True:
        with database.transaction() if repair else database.read() as connection:
            ids = rows.people_after(connection, after=after, limit=CHUNK)
            if ids:
                _compare(connection, ids[0], ids[-1], report, repair=repair)
            else:
                _compare_days(connection, report, repair=repair)
        if not ids:
            return report
        after = ids[-1]
        report.people += len(ids)
        progress(len(ids))


def _compare(connection: Connection, low: int, high: int, report: RebuildReport, *, repair: bool) -> None:
    shown = learning.shown_to(connection, low=low, high=high)
    said = learning.said_by(connection, low=low, high=high)
    past = pasts.pasts_of(connection, low=low, high=high)
    counts = _counts(connection, low, high, shown, said, past, report, repair=repair)
    found = {
        person: history_since(past.get(person), shown.get(person, []), said.get(person, []), read=read_share(counts[person]))
        for person in shown.keys() | said.keys() | past.keys()
    }
    report.facts += sum(len(one.items) for some in shown.values() for one in some if one.day is not None)
    report.facts += sum(len(some) for some in said.values())
    kept = rows.exposures(connection, low=low, high=high)
    sent = {one: sendings_with(past.get(one), sendings(shown.get(one, ()), said.get(one, ()))) for one in shown.keys() | past.keys()}
    pairs = sorted({(person, s) for person, one in found.items() for s in one.facts} | kept.keys() | set(_sent_pairs(sent)))
    memory = _folded(connection, found, pairs, past)
    for pair in pairs:
        report.pairs += 1
        newest = sent.get(pair[0], {}).get(pair[1])
        _compare_exposure(connection, pair, kept.get(pair), newest, memory[pair], report, repair=repair)
    _compare_acknowledgements(connection, low, high, said, past, report, repair=repair)
    _compare_habits(connection, low, high, found, report, repair=repair)
    _compare_offsets(connection, low, high, report, repair=repair)


def _sent_pairs(sent: Mapping[int, Mapping[int, Sendings]]) -> Iterable[Pair]:
    return ((person, s) for person, some in sent.items() for s in some)


def _folded(connection: Connection, found: Mapping[int, History], pairs: list[Pair], past: Mapping[int, Past]) -> dict[Pair, Learned]:
    """Return what ``exposures`` should keep of the memory of ``pairs``."""
    meanings = learning.meanings(connection)
    nothing = History()
    all_facts = [found.get(person, nothing).facts.get(s, []) for person, s in pairs]
    current = [of_meaning(facts, meanings.get(s, ())) for facts, (_, s) in zip(all_facts, pairs, strict=True)]
    since = [past.get(person) for person, _ in pairs]
    meant = [meanings.get(s, frozenset()) for _, s in pairs]
    starts = [one.start(s, m) if one is not None else None for one, (_, s), m in zip(since, pairs, meant, strict=True)]
    states = _replayed(current, [start or PairState() for start in starts])
    return {
        pair: row_of(
            pair,
            facts,
            now,
            state,
            found.get(pair[0], nothing).unanswered.get(pair[1], 0),
            past=pair_of(one, pair[1]),
            right=one.right_day(pair[1], m) if one is not None else None,
        )
        for pair, facts, now, state, one, m in zip(pairs, all_facts, current, states, since, meant, strict=True)
    }


def _replayed(facts: list[list[PairFact]], starts: list[PairState]) -> list[PairState]:
    flat = [fact for some in facts for fact in some]
    count = len(flat)
    columns = [np.array([fact[k] for fact in flat]) for k in range(6)] if flat else [np.empty(0)] * 6
    encoded, stability, difficulty, seen_at = (np.array([start[k] for start in starts], dtype=np.float64) for k in range(4))
    begin = PairStates(encoded=encoded, stability=stability, difficulty=difficulty, seen_at=seen_at)
    state = fold(
        blank(np.zeros(len(facts), dtype=np.int64), 1).evolve(pairs=begin),
        Facts(
            # each list is in its order already; rising ids keep facts of one day in it
            event_id=np.arange(count),
            pair=np.repeat(np.arange(len(facts)), [len(some) for some in facts]),
            day=columns[0],
            kind=columns[2].astype(np.int64),
            seen=columns[3],
            outcome=columns[4],
            options=columns[5].astype(np.int64),
            showing=np.full(count, -1),
        ),
    ).pairs
    return [
        PairState(*row)
        for row in zip(state.encoded.tolist(), state.stability.tolist(), state.difficulty.tolist(), state.seen_at.tolist(), strict=True)
    ]


def _compare_exposure(
    connection: Connection,
    pair: Pair,
    kept: rows.KeptExposure | None,
    sent: Sendings | None,
    memory: Learned,
    report: RebuildReport,
    *,
    repair: bool,
) -> None:
    folded = sent_row(sent)
    has = kept or rows.KeptExposure(sent=sent_row(None), learned=row_of(pair, [], [], PairState(), 0))
    differs = [
        report.compare(name, has.sent[name], now, pair=pair, close=_CLOSE_DAYS if name.endswith("_day") else 0.0)
        for name, now in folded.items()
    ]
    if any(differs) and repair:
        rows.write_exposure(connection, pair, folded)
    differs = [
        report.compare(name, was, now, pair=pair, close=_CLOSE_DAYS if name.endswith("_day") else 0.0)
        for name, was, now in zip(Learned._fields[2:], has.learned[2:], memory[2:], strict=True)
    ]
    if any(differs) and repair:
        learning.write_learned(connection, [memory])


def _compare_acknowledgements(
    connection: Connection,
    low: int,
    high: int,
    said: Mapping[int, list[Said]],
    past: Mapping[int, Past],
    report: RebuildReport,
    *,
    repair: bool,
) -> None:
    stands = {one.source_id for some in said.values() for one in standing(some)}
    folded: dict[Pair, dict[int, rows.AckFact]] = defaultdict(dict)
    for fact in rows.acknowledgement_facts(connection, low=low, high=high):
        if fact.source_id in stands:
            folded[fact.person_id, fact.statement_id].setdefault(fact.version_id, fact)
    kept = rows.acknowledgements(connection, low=low, high=high)
    for pair in sorted(folded.keys() | kept.keys()):
        facts, has = folded.get(pair, {}), kept.get(pair, {})
        for version in sorted(facts.keys() | has.keys()):
            first = facts.get(version)
            if first is None and pair[0] in past and version in past[pair[0]].acknowledged:
                continue  # its fact has left
            differs = report.compare(f"acknowledged version {version}", has.get(version), first and first.occurred_at, pair=pair)
            if not (differs and repair):
                continue
            if first is None:
                rows.remove_acknowledgement(connection, person_id=pair[0], version_id=version)
            else:
                rows.write_acknowledgement(connection, first)


def _compare_habits(
    connection: Connection, low: int, high: int, found: Mapping[int, History], report: RebuildReport, *, repair: bool
) -> None:
    kept = rows.habits(connection, low=low, high=high)
    folded = {(person, channel): habit for person, one in found.items() for channel, habit in one.habits.items()}
    wrong = set()
    for key in sorted(kept.keys() | folded.keys()):
        has, now = kept.get(key, Habit()), folded.get(key, Habit())
        for name in Habit.__slots__:
            if report.compare(f"{key[1]} {name}", getattr(has, name), getattr(now, name), pair=(key[0], 0)):
                wrong.add(key[0])
    if repair:
        for person in sorted(wrong):
            habits = found[person].habits if person in found else {}
            learning.write_habits(connection, [(person, channel, habit) for channel, habit in habits.items()])
            learning.drop_habits(connection, person, but=habits)


def _compare_offsets(connection: Connection, low: int, high: int, report: RebuildReport, *, repair: bool) -> None:
    kept, folded = rows.offsets(connection, low=low, high=high), answers.folded_offsets(connection, low=low, high=high)
    for person in sorted(kept.keys() | folded.keys()):
        has, now = kept.get(person, (0.0, 0.0)), folded.get(person, (0.0, 0.0))
        differs = [
            report.compare(f"recall offset, {name}", has[k], now[k], pair=(person, 0)) for k, name in enumerate(("score", "information"))
        ]
        if any(differs) and repair:
            rows.write_offset(connection, person, folded.get(person))


def _counts(
    connection: Connection,
    low: int,
    high: int,
    shown: Mapping[int, list[Shown]],
    said: Mapping[int, list[Said]],
    past: Mapping[int, Past],
    report: RebuildReport,
    *,
    repair: bool,
) -> Mapping[int, Counts]:
    """Return the counts that each person's facts are folded with; they are compared first, because the fold rests on them."""
    kept, must, none = answering.counts_between(connection, low=low, high=high), learning.asking_statements(connection), Counts()
    if answering.must_recount(connection):  # the next tick counts everybody again
        return defaultdict(lambda: none, kept)
    everybody = kept.keys() | shown.keys() | said.keys() | past.keys()
    found = {person: counted(past.get(person), shown.get(person, ()), said.get(person, ()), must) for person in everybody}
    for person, now in sorted(found.items()):
        has = kept.get(person, none)
        differs = [report.compare(f"count of {name}", getattr(has, name), getattr(now, name), pair=(person, 0)) for name in Counts._fields]
        if any(differs) and repair:
            answering.write_counts(connection, [(person, now)])
    return found


def _compare_days(connection: Connection, report: RebuildReport, *, repair: bool) -> None:
    kept = rows.check_days(connection)
    folded = answers.folded_days(connection, day=max(kept, default=-1) + 1)
    left = rows.answers_left(connection)
    for day in sorted(day for day in kept.keys() | folded.keys() if day >= left):
        has, now = kept.get(day, {}), folded.get(day, {})
        on = datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
        differs = [report.compare(f"checks of {on}, {name}", has.get(name), now.get(name)) for name in sorted(has.keys() | now.keys())]
        if any(differs) and repair:
            rows.write_day(connection, day, now or None)
