"""From the evidence ledger to the memory state: a pure function of a set of facts.

Order of arrival and repetition do not matter: facts are made unique by id, one fact per showing is kept (the
strongest), and all are taken in the order (day, id). Pairs are independent of one another and are folded in
rounds, the k-th fact of every pair at once. Person offsets are folded afterwards over the checks alone, in the
same order; the organisation's offset and slope that a check is judged by are those at the start of its (UTC) day, so that
people stay independent within a day. Folding a second batch that lies wholly later onto the result of the first
gives bit for bit what one fold of both gives. Formulas: ``memory``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.memory.model import (
    Offsets,
    PairStates,
    after_check,
    after_restatement,
    after_sighting,
    answer_terms,
    offset_gains,
    offset_guess_rate,
    org_offset,
    org_slope,
    org_weight,
    person_offset,
    predicted_recall,
    recall,
)
from cadence.domain.sending.deliveries import EvidenceLevel

Ints = NDArray[np.int64]

#: kind of a fact that starts the pair from nothing: a substantive version was published (the offset is kept)
NEW_VERSION = 9
_CHECKED, _RESTATED = int(EvidenceLevel.CHECK_ANSWERED), int(EvidenceLevel.RESTATED)
_CHUNK = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Evidence about pairs, one array element each, in any order."""

    #: idempotency key; equal ids are the same fact
    event_id: Ints
    #: index of the (person, statement) pair
    pair: Ints
    #: day of the fact, a float
    day: Floats
    #: ``EvidenceLevel`` or ``NEW_VERSION``
    kind: Ints
    #: probability that the showing was seen; used by kinds 1 to 4
    seen: Floats
    #: 1 right, 0 wrong, or a grade between; used by kinds 5 and 6
    outcome: Floats
    #: choices of a check, 0 for free recall; used by kind 5
    options: Ints
    #: the showing that the fact is about, -1 when it is about none
    showing: Ints

    def __len__(self) -> int:
        return len(self.event_id)

    def take(self, index: NDArray[np.intp] | Mask | slice) -> Facts:
        """Return the facts at ``index``, in that order."""
        return Facts(**{name: getattr(self, name)[index] for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the model said about each check before it learned the answer, in the order of the fold."""

    pair: Ints
    day: Floats
    #: m-hat, the predicted recall
    recall: Floats
    #: g, the chance to be right by guessing (``offset_guess_rate``)
    guess: Floats
    #: y, the answer
    outcome: Floats

    @property
    def right(self) -> Floats:
        """Return the predicted chance of a right answer, guessing included."""
        return self.recall + (1.0 - self.recall) * self.guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """The state after a fold; hand it back to ``fold`` with later facts to go on."""

    pairs: PairStates
    offsets: Offsets
    #: person of each pair
    person: Ints
    #: day number whose checks are being added to the organisation's sums, and what they add so far
    open_day: float = -np.inf
    open_org: Floats = field(default_factory=lambda: np.zeros(4))
    #: of the last fold only
    predictions: Prediction = field(repr=False)

    def predicted(self, day: float) -> Floats:
        """Return m-hat of every pair at ``day``."""
        return predicted_recall(recall(self.pairs, day), self.offsets.theta()[self.person], self.offsets.slope())

    def evolve(self, **changes: Any) -> Folded:
        """Return a copy with ``changes``."""
        return replace(self, **changes)


def blank(person_of_pair: Ints, people: int) -> Folded:
    """Return the state before any evidence."""
    return Folded(
        pairs=PairStates.blank(len(person_of_pair)),
        offsets=Offsets.blank(people),
        person=np.asarray(person_of_pair, dtype=np.int64),
        predictions=_no_predictions(),
    )


def replay(facts: Facts, person_of_pair: Ints, people: int) -> Folded:
    """Return the state that ``facts`` add up to, whatever their order and however often each is repeated."""
    return fold(blank(person_of_pair, people), facts)


def fold(state: Folded, facts: Facts) -> Folded:
    """Return ``state`` moved on by later ``facts``.

    Where one of them lies before a fact already folded in, or replaces one (same showing), replay instead.
    """
    ordered = in_order(facts)
    pairs, before = _fold_pairs(state.pairs, ordered)
    asked = np.flatnonzero((ordered.kind == _CHECKED) | (ordered.kind == _RESTATED))
    return _fold_offsets(state, pairs, ordered.take(asked), before[asked])


def in_order(facts: Facts) -> Facts:
    """Return each fact once, only the strongest of each showing of a pair, ordered by (day, id).

    Equal ids with different contents keep the row that sorts first by day, kind, pair, then the rest.
    A check answered on a showing replaces what its delivery alone had suggested.
    """
    by_id = np.argsort(facts.event_id, kind="stable")
    repeated = _in_groups(facts.event_id[by_id])
    some = facts.take(by_id[repeated])
    full = np.lexsort((some.showing, some.options, some.outcome, some.seen, some.pair, some.kind, some.day, some.event_id))
    by_id[repeated] = by_id[repeated][full]
    ids = facts.event_id[by_id]
    facts = facts.take(by_id[_first_of_each(ids)])

    by_showing = np.argsort(facts.showing, kind="stable")
    rivals = by_showing[_in_groups(facts.showing[by_showing]) & (facts.showing[by_showing] >= 0)]
    some = facts.take(rivals)
    # strongest level first, then the likeliest seen, then the earliest
    best_first = np.lexsort((some.event_id, some.day, -some.seen, -some.kind, some.pair, some.showing))
    first = _first_of_each(some.showing[best_first]) | _first_of_each(some.pair[best_first])
    keep = np.ones(len(facts), dtype=bool)
    keep[rivals[best_first[~first]]] = False
    kept = np.flatnonzero(keep)
    # ids already ascend, so a stable sort by day orders by (day, id)
    return facts.take(kept[np.argsort(facts.day[kept], kind="stable")])


def _first_of_each(ranked: Ints) -> Mask:
    """Return where a value of the sorted array differs from the one before it."""
    first: Mask = np.diff(ranked, prepend=ranked[:1] - 1) != 0
    return first


def _in_groups(ranked: Ints) -> Mask:
    """Return where a value of the sorted array occurs more than once."""
    first = _first_of_each(ranked)
    last = np.concatenate((first[1:], np.ones(min(len(first), 1), dtype=bool)))
    grouped: Mask = ~(first & last)
    return grouped


def _fold_pairs(pairs: PairStates, facts: Facts) -> tuple[PairStates, Floats]:
    """Return the pair states after ordered ``facts``, and the plain recall m just before each fact."""
    before = np.zeros(len(facts))
    by_pair = np.argsort(facts.pair, kind="stable")
    touched, start, count = np.unique(facts.pair[by_pair], return_index=True, return_counts=True)
    result = pairs.take(np.arange(len(pairs)))
    for first in range(0, len(touched), _CHUNK):
        part = slice(first, first + _CHUNK)
        who, at, length = touched[part], start[part], count[part]
        # longest first, so that the pairs still alive in a round are a leading slice
        by_length = np.argsort(-length, kind="stable")
        who, at, length = who[by_length], at[by_length], length[by_length]
        local = result.take(who)
        for turn in range(int(length[0])):
            alive = int(np.searchsorted(-length, -turn, side="left"))
            rows = by_pair[at[:alive] + turn]
            current = local.take(slice(0, alive))
            before[rows] = recall(current, facts.day[rows])
            _write(local, slice(0, alive), _advance(current, facts.take(rows)))
        _write(result, who, local)
    return result, before


def _advance(states: PairStates, facts: Facts) -> PairStates:
    """Return ``states`` after one fact each."""
    kinds = facts.kind
    if (kinds < _CHECKED).all():
        return after_sighting(states, facts.day, np.where(kinds > 0, facts.seen, 0.0))
    changes: tuple[tuple[Mask, Callable[[PairStates, Facts], PairStates]], ...] = (
        ((kinds > 0) & (kinds < _CHECKED), lambda some, fact: after_sighting(some, fact.day, fact.seen)),
        (kinds == _CHECKED, lambda some, fact: after_check(some, fact.day, fact.outcome, fact.options)),
        (kinds == _RESTATED, lambda some, fact: after_restatement(some, fact.day, fact.outcome)),
        (kinds == NEW_VERSION, lambda some, _: PairStates.blank(len(some))),
    )
    for mask, change in changes:
        rows = np.flatnonzero(mask)
        if len(rows):
            states = states.put(rows, change(states.take(rows), facts.take(rows)))
    return states


def _write(states: PairStates, index: NDArray[np.intp] | slice, changed: PairStates) -> None:
    """Write into arrays that this module made itself."""
    states.encoded[index], states.stability[index] = changed.encoded, changed.stability
    states.difficulty[index], states.seen_at[index] = changed.difficulty, changed.seen_at


def _fold_offsets(state: Folded, pairs: PairStates, asked: Facts, before: Floats) -> Folded:
    """Return the new state: offsets moved on by the ordered checks ``asked``, whose plain recall was ``before``."""
    score, information = state.offsets.score.copy(), state.offsets.information.copy()
    org, open_day, open_org = state.offsets.org, state.open_day, state.open_org
    guess = np.where(asked.kind == _CHECKED, offset_guess_rate(asked.options), 0.0)
    predicted = np.zeros(len(asked))
    person = state.person[asked.pair]
    day_number = np.floor(asked.day)
    edges = np.flatnonzero(np.diff(day_number, prepend=-np.inf, append=np.inf)) if len(asked) else np.empty(0, dtype=np.intp)
    for first, last in pairwise(edges):
        if day_number[first] != open_day:
            today = float(day_number[first])
            # before the first day open_day is minus infinity: what weighs nothing was nothing
            org, open_day, open_org = (org + open_org) * org_weight(today - open_day), today, np.zeros(4)
        mean, slope = org_offset(org), org_slope(org)
        gains = np.zeros((4, last - first))
        turn = _occurrence(person[first:last])
        for k in range(int(turn.max()) + 1):
            of_day = np.flatnonzero(turn == k)
            rows = first + of_day
            who = person[rows]
            theta = person_offset(score[who], information[who], mean)
            predicted[rows] = predicted_recall(before[rows], theta, slope)
            terms = answer_terms(predicted[rows], asked.outcome[rows], guess[rows])
            gains[:, of_day] = offset_gains(before[rows], theta, slope, *terms)
            score[who] += gains[0, of_day]
            information[who] += gains[1, of_day]
        # one by one in order, so that it does not matter where a day's facts are cut in two
        open_org = np.cumsum(np.column_stack((open_org, gains)), axis=1)[:, -1]
    return Folded(
        pairs=pairs,
        offsets=Offsets(score=score, information=information, org=org),
        person=state.person,
        open_day=open_day,
        open_org=open_org,
        predictions=Prediction(pair=asked.pair, day=asked.day, recall=predicted, guess=guess, outcome=asked.outcome),
    )


def _occurrence(values: Ints) -> Ints:
    """Return for each element how many equal ones stand before it."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    new = np.concatenate(([True], ranked[1:] != ranked[:-1]))
    starts = np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))
    result = np.empty(len(values), dtype=np.int64)
    result[order] = np.arange(len(values)) - starts
    return result


def _no_predictions() -> Prediction:
    none = np.empty(0)
    return Prediction(pair=np.empty(0, dtype=np.int64), day=none, recall=none, guess=none, outcome=none)
