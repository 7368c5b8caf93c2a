"""Close the deliveries that nobody responded to within 72 hours: seen perhaps, with a probability.

One fact for each, "silent:<delivery>", with p0 = P(seen | no response) of that person and channel at this instant; a later
response replaces it (``domain.memory.evidence``). A question that stayed without an answer is counted here, not while
sending, so that a bulk send is no dearer for it. Whole arrays at once, because a company's Tuesday is closed on its Friday in
one go: pairs that only fell silent are moved on by one step, people who responded to something since are folded again, and so are
the few whose acknowledgements count for less for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.answering import Counts, read_shares
from cadence.domain.memory.attention import HALF_LIFE_DAYS, Prior, attention, faded
from cadence.domain.memory.evidence import RESPONSE_WINDOW, Habit
from cadence.domain.memory.forgetting import Floats
from cadence.domain.memory.model import PairStates
from cadence.domain.memory.replay import Facts, blank, fold
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.operations.responding.learn import relearn
from cadence.store.database.engine import Database
from cadence.store.responding import answering, answers, learning
from cadence.store.running import silences as rows
from cadence.store.running.silences import KeptHabit, SentFact, ShownPair

#: facts of the ledger passed in one transaction: a few tenths of a second, so that a press never waits long for its turn
CHUNK = 1_000
_SECONDS_A_DAY = 86_400.0


def close_silent(database: Database, *, now: datetime, limit: int = 50_000) -> int:
    """Close what has been silent since 72 hours before ``now``, up to about ``limit`` deliveries; return how many.

    Sums up the answers of finished days too. Idempotent; each chunk is one transaction.
    """
    today = int(now.timestamp() // _SECONDS_A_DAY)
    with database.read() as connection:
        unrolled = answers.any_unrolled(connection, day=today)
    if unrolled:
        with database.transaction() as connection:
            answers.roll_days(connection, day=today)
    closed, more = 0, True
    while more and closed < limit:
        # a machine that dies loses the facts and how far the walk had come together, and the next walk finds them again
        with database.transaction(durable=False) as connection:
            done, more = _close_chunk(connection, now)
        closed += done
    return closed


def _close_chunk(connection: Connection, now: datetime) -> tuple[int, bool]:
    found = rows.walk(connection, until=now - RESPONSE_WINDOW, now=now, limit=CHUNK)
    if found.upto is None:
        return 0, False
    closed = 0
    if found.sent:
        who = {one.person_id for one in found.sent}
        if not rows.lock(connection, who):
            return 0, False  # somebody is learning about one of them; the next tick tries again
        closed = _close(connection, found.sent, now)
    rows.pass_to(connection, found.upto)
    return closed, found.more


def _close(connection: Connection, sent: Sequence[SentFact], now: datetime) -> int:
    shared = rows.nobody(connection, {one.person_id for one in sent})
    kept = {(habit.person_id, habit.channel): habit for habit in rows.habits_of(connection, {one.person_id for one in sent})}
    responded: dict[int, float] = {}
    for habit in kept.values():
        if habit.responded_day is not None:
            responded[habit.person_id] = max(habit.responded_day, responded.get(habit.person_id, habit.responded_day))
    since = {one.delivery_id for one in sent if responded.get(one.person_id, -np.inf) >= one.day}
    done = rows.closed_already(connection, [one.delivery_id for one in sent])
    if since:
        done |= rows.answered_among(connection, since)
    silent = [one for one in sent if one.delivery_id not in done and one.person_id not in shared]
    if not silent:
        return 0
    judged, habits = _judged(silent, kept, now.timestamp() / _SECONDS_A_DAY, answering.prior(connection))
    rows.add_closings(connection, judged, now=now)

    pairs = rows.pairs_of(connection, [one.delivery_id for one in silent])
    counts = _counted(connection, silent)
    anew = {one.person_id for one in silent if one.delivery_id in since}
    shown_on = {one.delivery_id: one.day for one in silent}
    anew |= _judged_otherwise(connection, counts)
    anew |= {p.person_id for p in pairs if p.encoded is None or (p.folded_day is not None and p.folded_day > shown_on[p.delivery_id])}
    _move_on(connection, [p for p in pairs if p.person_id not in anew], {one.delivery_id: (one.day, seen) for one, seen in judged})
    learning.write_habits(connection, [(person, channel, habit) for (person, channel), habit in habits.items() if person not in anew])
    answering.write_counts(connection, [(person, more) for person, more in counts.items() if person not in anew], adds=True)
    statements = defaultdict(set)
    for pair in pairs:
        statements[pair.person_id].add(pair.statement_id)
    for person in sorted(anew):
        relearn(connection, person, statements[person], now=now)
    return len(silent)


def _counted(connection: Connection, silent: Sequence[SentFact]) -> dict[int, Counts]:
    """Return what these silent deliveries add to each person's counts: a question asked in vain, texts not acknowledged."""
    person = {one.delivery_id: one.person_id for one in silent}
    day = {one.delivery_id: one.day for one in silent}
    asked = Counter(person[delivery_id] for delivery_id in rows.asking_among(connection, person))
    requests = Counter(
        person[one.delivery_id]
        for one in rows.requests_among(connection, person)
        if one.acknowledged_day is None or one.acknowledged_day >= day[one.delivery_id]
    )
    return {who: Counts(asked=asked[who], acknowledgeable=requests[who]) for who in asked.keys() | requests.keys()}


def _judged_otherwise(connection: Connection, more: dict[int, Counts]) -> set[int]:
    """Return the people whose acknowledgements count for more or less once ``more`` is added to their counts."""
    before = answering.acknowledging(connection, more)
    who = sorted(before)
    if not who:
        return set()
    was, will_be = read_shares([before[person] for person in who]), read_shares([before[person].plus(more[person]) for person in who])
    return {person for person, differs in zip(who, (was != will_be).tolist(), strict=True) if differs}


def _judged(
    silent: Sequence[SentFact], kept: dict[tuple[int, str], KeptHabit], day: float, prior: Prior | None
) -> tuple[list[tuple[SentFact, float]], dict[tuple[int, str], Habit]]:
    """Return each delivery with the chance that it was seen, and the habits afterwards.

    Several silent deliveries of one person are judged one after the other, each by what the earlier ones have taught.
    """
    habits: dict[tuple[int, str], Habit] = {}
    judged: list[tuple[SentFact, float]] = []
    for turn in _turns(silent):
        keys = [(one.person_id, one.channel) for one in turn]
        before = [habits.get(key) or _habit(kept.get(key)) for key in keys]
        elapsed = np.array([day - habit.as_of_day for habit in before])
        responses, silences = (faded(np.array([getattr(h, name) for h in before]), elapsed) for name in ("responses", "silences"))
        chances = attention(responses, silences, prior).seen_if_silent
        judged += zip(turn, chances.tolist(), strict=True)
        for one, key, habit, faded_responses, faded_silences in zip(turn, keys, before, responses.tolist(), silences.tolist(), strict=True):
            later = habit.responded_day is None or one.day > habit.responded_day
            habits[key] = Habit(
                responses=faded_responses,
                # a clock that was set back does not make this silence weigh more than it does in a rebuild
                silences=faded_silences + 0.5 ** (max(habit.as_of_day - day, 0.0) / HALF_LIFE_DAYS),
                as_of_day=max(day, habit.as_of_day),
                silent_in_row=habit.silent_in_row + later,
                responded_day=habit.responded_day,
            )
    return judged, habits


def _habit(kept: KeptHabit | None) -> Habit:
    return Habit() if kept is None else Habit(*kept[2:])


def _turns(silent: Iterable[SentFact]) -> list[list[SentFact]]:
    """Return the deliveries in rounds: the first of each person and channel, then the second ..."""
    seen: dict[tuple[int, str], int] = defaultdict(int)
    turns: list[list[SentFact]] = []
    for one in sorted(silent, key=lambda s: (s.day, s.delivery_id)):
        turn = seen[one.person_id, one.channel]
        seen[one.person_id, one.channel] += 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(one)
    return turns


def _move_on(connection: Connection, shown: Sequence[ShownPair], seen: dict[int, tuple[float, float]]) -> None:
    """Move the kept pairs on by these showings, seen with the given probability at the given day."""
    if not shown:
        return
    meanings = learning.meanings(connection)
    index: dict[tuple[int, int], int] = {}
    of_row = np.array([index.setdefault((s.person_id, s.statement_id), len(index)) for s in shown])
    first: dict[int, ShownPair] = {}
    for k, one in zip(of_row.tolist(), shown, strict=True):
        first.setdefault(k, one)
    kept = [first[k] for k in range(len(index))]
    days, chances = (np.array([seen[s.delivery_id][i] for s in shown]) for i in (0, 1))
    current = np.array([s.version_id in meanings.get(s.statement_id, ()) for s in shown])
    facts = Facts(
        event_id=np.arange(len(shown)),
        pair=of_row,
        day=days,
        kind=np.full(len(shown), int(EvidenceLevel.HANDED_OVER)),
        seen=chances,
        outcome=np.zeros(len(shown)),
        options=np.zeros(len(shown), dtype=np.int64),
        showing=np.full(len(shown), -1),
    )
    start = PairStates(
        encoded=_column(kept, "encoded"),
        stability=_column(kept, "stability"),
        difficulty=_column(kept, "difficulty"),
        seen_at=_column(kept, "seen_day"),
    )
    after = fold(blank(np.zeros(len(kept), dtype=np.int64), 1).evolve(pairs=start), facts.take(np.flatnonzero(current))).pairs
    seen_sum = _column(kept, "seen_sum") + np.bincount(of_row, chances, len(kept))
    variance = _column(kept, "seen_variance") + np.bincount(of_row, chances * (1.0 - chances), len(kept))
    folded = np.array([-np.inf if k.folded_day is None else k.folded_day for k in kept])
    np.maximum.at(folded, of_row, days)
    # whoever responded to something since is folded again elsewhere, so every showing here counts
    unanswered = np.array([k.unanswered for k in kept]) + np.bincount(of_row, minlength=len(kept))
    values = zip(
        after.encoded.tolist(),
        after.stability.tolist(),
        [u if a > 0.0 else None for u, a in zip(after.seen_at.tolist(), after.encoded.tolist(), strict=True)],
        folded.tolist(),
        seen_sum.tolist(),
        variance.tolist(),
        np.minimum(unanswered, 32_767).tolist(),
        [k.person_id for k in kept],
        [k.statement_id for k in kept],
        strict=True,
    )
    rows.write_silent(connection, sorted(values, key=lambda v: v[-2:]))


def _column(kept: Sequence[ShownPair], name: str) -> Floats:
    return np.array([getattr(k, name) or 0.0 for k in kept], dtype=np.float64)
