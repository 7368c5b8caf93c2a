"""What a person's oldest facts added up to before they left: the state that the facts which stay go on from.

A fact leaves together with its delivery, and only when every fact that stays is newer, so that folding what stays from here on is
folding everything. Past and present add up by the functions below; where facts are folded (``evidence``, ``single``, ``answering``)
nobody else knows that some are gone. Pure; days since 1970. Who lets facts go: ``operations.running.fold_evidence``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from cadence.domain.memory.answering import Counts, count
from cadence.domain.memory.attention import HALF_LIFE_DAYS
from cadence.domain.memory.evidence import Habit, History, Said, SeenSums, Sendings, Shown, history, standing, together
from cadence.domain.memory.single import PairState
from cadence.domain.sending.deliveries import EvidenceLevel

_VIEWED, _RESTATED = int(EvidenceLevel.VIEWED), int(EvidenceLevel.RESTATED)


class PairPast(NamedTuple):
    """One pair: its memory in the meaning of then, and its sums over all meanings."""

    #: a version that said what the statement meant then
    meaning: int
    state: PairState
    right_day: float | None
    sums: SeenSums
    unanswered: int
    sent: Sendings | None


@dataclass(slots=True, kw_only=True)
class Past:
    """One person. ``until``: every fact before this day has left."""

    until: float
    pairs: dict[int, PairPast] = field(default_factory=dict)
    #: channel -> habit
    habits: dict[str, Habit] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    #: version -> day of its first acknowledgement, of those whose facts have left
    acknowledged: Mapping[int, float] = field(default_factory=dict)

    def start(self, statement_id: int, meaning: Collection[int]) -> PairState | None:
        """Return the state to go on from, None where the statement meant something else then."""
        pair = self.pairs.get(statement_id)
        return pair.state if pair is not None and pair.meaning in meaning else None

    def right_day(self, statement_id: int, meaning: Collection[int]) -> float | None:
        """Return the day of the newest right answer that has left, of this meaning."""
        pair = self.pairs.get(statement_id)
        return pair.right_day if pair is not None and pair.meaning in meaning else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The facts of a person that may leave, all of them older than ``until`` and than every fact that stays."""

    until: float
    shown: tuple[Shown, ...]
    said: tuple[Said, ...]


def leaving(shown: Sequence[Shown], said: Iterable[Said], *, before: float) -> Leaving:
    """Return what leaves at ``before``, or earlier where a delivery was responded to on both sides of it."""
    ours = {one.delivery_id: one for one in shown}
    every = list({one.source_id: one for one in said}.values())
    group_of = {one.source_id: _group(one, ours) for one in every}
    groups: dict[object, list[Said]] = defaultdict(list)
    for one in every:
        target = group_of.get(one.retracts) if one.retracts else None
        groups[target or group_of[one.source_id]].append(one)
    responded = {one.delivery_id for one in standing(every) if _VIEWED <= one.level <= _RESTATED}
    spans = [(min(days), max(days)) for days in ([one.day for one in some] for some in groups.values())]
    # one that is still open will be a fact of its day
    spans += [(one.day, inf) for one in shown if one.day is not None and one.closing is None and one.delivery_id not in responded]
    until = before
    while across := [first for first, last in spans if first < until <= last]:
        until = min(across)
    gone = tuple(one for some in groups.values() if max(one.day for one in some) < until for one in some)
    stay = {one.delivery_id for one in every if one.delivery_id in responded} - {one.delivery_id for one in gone}
    left = tuple(
        one
        for one in ours.values()
        if one.delivery_id not in stay and (one.delivery_id in responded or (one.closing is not None and (one.day or 0.0) < until))
    )
    return Leaving(until=until, shown=left, said=gone)


def _group(one: Said, ours: Mapping[int, Shown]) -> object:
    """Return what a fact leaves with: its delivery, or nothing but what takes it back."""
    return one.delivery_id if one.delivery_id in ours else one.source_id


def history_since(past: Past | None, shown: Sequence[Shown], said: Sequence[Said], *, read: float) -> History:
    """Return what a person's facts add up to, the past with them; ``facts`` are those that stay. read: as of ``history``."""
    found = history(shown, said, read=read)
    if past is None:
        return found
    if not _has_responded(shown, said):
        for statement_id, pair in past.pairs.items():
            if pair.unanswered:
                found.unanswered[statement_id] += pair.unanswered
    for channel, habit in past.habits.items():
        found.habits[channel] = _habits(habit, found.habits.get(channel))
    return found


def counted(past: Past | None, shown: Iterable[Shown], said: Iterable[Said], must: Collection[int]) -> Counts:
    """Return how a person dealt with questions and acknowledgements, in all."""
    if past is None:
        return count(shown, said, must)
    return count(shown, said, must, before=past.counts, acknowledged_before=past.acknowledged)


def pair_of(past: Past | None, statement_id: int) -> PairPast | None:
    """Return the past of one pair, None without one."""
    return past.pairs.get(statement_id) if past is not None else None


def _habits(past: Habit, now: Habit | None) -> Habit:
    if now is None:
        return past
    as_of = max(past.as_of_day, now.as_of_day)
    then, since = (0.5 ** ((as_of - one.as_of_day) / HALF_LIFE_DAYS) for one in (past, now))
    silent = now.silent_in_row if now.responded_day is not None else past.silent_in_row + now.silent_in_row
    return Habit(
        responses=past.responses * then + now.responses * since,
        silences=past.silences * then + now.silences * since,
        as_of_day=as_of,
        silent_in_row=silent,
        responded_day=past.responded_day if now.responded_day is None else now.responded_day,
    )


def sums_with(past: PairPast | None, now: SeenSums) -> SeenSums:
    """Return the sums over all showings of a pair."""
    if past is None:
        return now
    days = [one.folded_day for one in (past.sums, now) if one.folded_day is not None]
    return SeenSums(seen=past.sums.seen + now.seen, variance=past.sums.variance + now.variance, folded_day=max(days) if days else None)


def sendings_with(past: Past | None, now: dict[int, Sendings]) -> dict[int, Sendings]:
    """Return how often each statement was shown in all."""
    found = dict(now)
    for statement_id, pair in past.pairs.items() if past is not None else ():
        if pair.sent is None:
            continue
        newer = now.get(statement_id)
        found[statement_id] = pair.sent if newer is None else together(pair.sent, newer)
    return found


def _has_responded(shown: Iterable[Shown], said: Iterable[Said]) -> bool:
    """Return whether somebody responds in these facts, as ``evidence.history`` counts it."""
    ours = {one.delivery_id for one in shown}
    acknowledged = int(EvidenceLevel.ACKNOWLEDGED)
    return any(one.level >= (_VIEWED if one.delivery_id in ours else acknowledged) for one in standing(said))
