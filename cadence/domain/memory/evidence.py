"""From append-only facts to what is known of one person: how often sent and seen, and how they respond.

All functions are pure functions of a set of facts: order and duplicates do not matter. The tables keep their
results as caches (``exposures``, ``acknowledgements``, ``attention``); ``operations.responding.learn`` writes them and
``operations.running.rebuild`` folds again and compares. The memory formulas are in ``memory`` and ``memory_single``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from cadence.domain.memory.attention import HALF_LIFE_DAYS
from cadence.domain.memory.single import PairFact
from cadence.domain.sending.deliveries import EvidenceLevel

#: a person who answered one statement of a message probably saw the others: as sure as a click
SEEN_BESIDE = 0.9
#: a delivery without response is closed as silent after this long
RESPONSE_WINDOW = timedelta(hours=72)
_VIEWED = int(EvidenceLevel.VIEWED)
_ACKNOWLEDGED = int(EvidenceLevel.ACKNOWLEDGED)
_ANSWERED = int(EvidenceLevel.CHECK_ANSWERED)


class Closing(NamedTuple):
    """The fact that a delivery got no response in time; ``seen`` is the probability it was seen all the same."""

    fact_id: int
    day: float
    seen: float


class Shown(NamedTuple):
    """One delivery as the ledger knows it."""

    delivery_id: int
    channel: str
    #: day it was delivered; None when that is not known
    day: float | None
    closing: Closing | None
    #: (statement, version) of its items
    items: tuple[tuple[int, int], ...]
    #: the calendar quarter it counts towards (``caps.quarter_number``)
    quarter: int = 0
    #: questions it asks; their statements are among ``items`` only in old messages
    questions: int = 0


class Said(NamedTuple):
    """One fact about one statement and one person (E1, E3 to E6), or the taking back of one."""

    fact_id: int
    source_id: str
    level: int
    delivery_id: int | None
    statement_id: int
    version_id: int
    channel: str
    day: float
    seen: float | None
    #: of an answer: None when it came from somebody who taps anything, so that right or wrong says nothing
    outcome: float | None
    options: int | None
    retracts: str | None


@dataclass(slots=True)
class Habit:
    """How a person responds on one channel; the two counts are faded to ``as_of_day``."""

    responses: float = 0.0
    silences: float = 0.0
    as_of_day: float = 0.0
    #: silent deliveries since the newest response on this channel
    silent_in_row: int = 0
    responded_day: float | None = None


@dataclass(slots=True)
class History:
    """What a person's facts say, before any memory formula."""

    #: statement -> facts in the order (day, id), one for each showing: the strongest
    facts: dict[int, list[PairFact]] = field(default_factory=lambda: defaultdict(list))
    #: statement -> silent showings since the person last responded to anything
    unanswered: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    #: channel -> habit
    habits: dict[str, Habit] = field(default_factory=dict)


def history(shown: Sequence[Shown], said: Iterable[Said], *, read: float = 1.0) -> History:
    """Return what one person's deliveries and responses add up to; the same for any order and any repetition.

    read: how probably this person reads what they acknowledge (``answering.read_share``, from the same facts).
    A delivery with a response counts as one response, at its first, but only as ``read`` when all that came was an
    acknowledgement; its items that got none themselves count as seen with ``SEEN_BESIDE`` times that. A delivery closed
    without response counts as one silence, seen with what its closing says, whether it brought texts, a question, or both:
    a question without an answer says nothing of its own.
    One that is neither is still open and says nothing. What may have been seen in passing (Slack's Home, a post to a
    channel) counts as seen as its fact says; it is no response.
    """
    ours = {one.delivery_id: one for one in shown}
    by_delivery: dict[int, list[Said]] = defaultdict(list)
    alone: list[Said] = []
    for one in standing(said):
        if one.delivery_id in ours and one.level >= _VIEWED:
            by_delivery[one.delivery_id].append(one)
        else:
            alone.append(one)
    responses = [one.day for some in by_delivery.values() for one in some] + [one.day for one in alone if one.level >= _ACKNOWLEDGED]
    last_response = max(responses, default=None)
    found = History()
    events: dict[str, list[_Event]] = defaultdict(list)
    silent: list[Shown] = []
    for delivery in ours.values():
        mine = by_delivery.get(delivery.delivery_id)
        if mine is not None:
            first = min(mine, key=lambda a: (a.day, a.fact_id))
            looked = read if all(one.level == _ACKNOWLEDGED for one in mine) else 1.0
            events[delivery.channel].append(_Event(first.day, first.fact_id, looked, max(one.day for one in mine)))
            _add_answered(found, delivery, mine, first, read, SEEN_BESIDE * looked)
        elif delivery.closing is not None and delivery.day is not None:
            silent.append(delivery)
            closing = delivery.closing
            events[delivery.channel].append(_Event(closing.day, closing.fact_id, 0.0, None))
            for statement_id, version_id in dict(delivery.items).items():
                _add(found, statement_id, delivery.day, closing.fact_id, EvidenceLevel.HANDED_OVER, closing.seen, version_id, delivery.day)
                if last_response is None or delivery.day > last_response:
                    found.unanswered[statement_id] += 1
    for one in alone:
        if one.level >= _ACKNOWLEDGED:
            events[one.channel].append(_Event(one.day, one.fact_id, read if one.level == _ACKNOWLEDGED else 1.0, one.day))
        found.facts[one.statement_id].append(_own(one, one.day, read))
    for facts in found.facts.values():
        facts.sort()
    found.habits = {channel: _habit(sorted(some, key=lambda e: e[:2])) for channel, some in events.items()}
    for delivery in silent:
        habit = found.habits[delivery.channel]
        if habit.responded_day is None or (delivery.day is not None and delivery.day > habit.responded_day):
            habit.silent_in_row += 1
    return found


class Sendings(NamedTuple):
    """How often a person was shown a statement's text, and the newest of it. ``of_quarter``: how many of ``quarter``, the newest.

    ``brought``: how many of these a delivery brought, and the newest of them; the others stood under an answer. Only what was
    brought is told to others, so that no count they see moves by an answer.
    """

    times: int
    day: float
    version_id: int
    quarter: int = 0
    of_quarter: int = 1
    brought: int = 0
    brought_day: float | None = None
    brought_version: int | None = None


def sendings(shown: Iterable[Shown], said: Iterable[Said] = ()) -> dict[int, Sendings]:
    """Return statement -> how often its text was shown: brought by these deliveries, or under the answer to their questions."""
    found: dict[int, Sendings] = {}
    ours = {one.delivery_id: one for one in shown}
    for delivery in ours.values():
        if delivery.day is not None:
            for statement_id, version_id in delivery.items:
                brought = Sendings(1, delivery.day, version_id, delivery.quarter, 1, 1, delivery.day, version_id)
                _add_showing(found, statement_id, brought)
    for one in standing(said):
        asked_by = ours.get(one.delivery_id) if one.level == _ANSWERED and one.delivery_id is not None else None
        if asked_by is not None and not _brings(asked_by, one.statement_id):
            _add_showing(found, one.statement_id, Sendings(1, one.day, one.version_id, asked_by.quarter))
    return found


def _add_showing(found: dict[int, Sendings], statement_id: int, one: Sendings) -> None:
    before = found.get(statement_id)
    found[statement_id] = one if before is None else together(before, one)


def together(some: Sendings, others: Sendings) -> Sendings:
    """Return what two parts of a pair's showings add up to."""
    day, version = max(some[1:3], others[1:3])
    quarter = max(some.quarter, others.quarter)
    of_quarter = sum(one.of_quarter for one in (some, others) if one.quarter == quarter)
    newest = max((one for one in (some, others) if one.brought), key=lambda one: one[6:8], default=some)
    return Sendings(
        some.times + others.times,
        day,
        version,
        quarter,
        of_quarter,
        some.brought + others.brought,
        newest.brought_day,
        newest.brought_version,
    )


def _brings(delivery: Shown, statement_id: int) -> bool:
    """Return whether the delivery holds the statement's text; otherwise only its answer shows it."""
    return any(one == statement_id for one, _ in delivery.items)


def standing(said: Iterable[Said]) -> list[Said]:
    """Return each fact once, without those taken back."""
    unique = {one.source_id: one for one in said}
    gone = {one.retracts for one in unique.values() if one.level == EvidenceLevel.RETRACTED}
    low, high = int(EvidenceLevel.HANDED_OVER), int(EvidenceLevel.RESTATED)
    return [one for key, one in unique.items() if key not in gone and low <= one.level <= high]


def of_meaning(facts: Iterable[PairFact], versions: Collection[int]) -> list[PairFact]:
    """Return the facts about ``versions``, those that say what the statement means today: a change of meaning starts again."""
    return [fact for fact in facts if fact.version_id in versions]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSums:
    """Sums over all showings of a statement to a person, whatever the version."""

    #: sum of the probabilities p of having been seen, and of p (1 - p)
    seen: float
    variance: float
    #: day of the newest showing that evidence tells about; later ones are open
    folded_day: float | None


def seen_sums(facts: Sequence[PairFact]) -> SeenSums:
    """Return the sums over ``facts``."""
    return SeenSums(
        seen=sum(f.seen for f in facts),
        variance=sum(f.seen * (1.0 - f.seen) for f in facts),
        folded_day=max((f.shown_day for f in facts), default=None),
    )


def right_day(facts: Iterable[PairFact]) -> float | None:
    """Return the day of the newest check answered right, None when there is none."""
    return max((f.day for f in facts if f.kind == EvidenceLevel.CHECK_ANSWERED and f.outcome >= 1.0), default=None)


class _Event(NamedTuple):
    """A response to a message, or the closing of one without: ``looked`` is what it adds to the responses, 0 for a silence."""

    day: float
    fact_id: int
    looked: float
    #: day of the newest response to that message
    responded: float | None


def _add_answered(found: History, delivery: Shown, mine: list[Said], first: Said, read: float, beside: float) -> None:
    best: dict[int, Said] = {}
    for one in sorted(mine, key=lambda a: (-a.level, -_probability(a, read), a.day, a.fact_id)):
        best.setdefault(one.statement_id, one)
    for one in best.values():
        own_day = delivery.day is None or not _brings(delivery, one.statement_id)
        found.facts[one.statement_id].append(_own(one, one.day if own_day or delivery.day is None else delivery.day, read))
    for statement_id, version_id in dict(delivery.items).items():
        if statement_id not in best:
            shown_day = first.day if delivery.day is None else delivery.day
            _add(found, statement_id, first.day, first.fact_id, EvidenceLevel.VIEWED, beside, version_id, shown_day)


def _add(
    found: History, statement_id: int, day: float, fact_id: int, kind: EvidenceLevel, seen: float, version_id: int, shown_day: float
) -> None:
    found.facts[statement_id].append(PairFact(day, fact_id, int(kind), seen, 0.0, 0, version_id, shown_day))


def _own(one: Said, shown_day: float, read: float) -> PairFact:
    # an answer that says nothing of what is known was given on a page that shows the text
    level = _ACKNOWLEDGED if one.level == _ANSWERED and one.outcome is None else one.level
    return PairFact(
        one.day, one.fact_id, level, _probability(one, read), one.outcome or 0.0, one.options or 0, one.version_id, min(shown_day, one.day)
    )


def _probability(one: Said, read: float) -> float:
    if one.level >= _ANSWERED:
        return 1.0
    if one.level == _ACKNOWLEDGED:
        return read
    return SEEN_BESIDE if one.seen is None else min(max(one.seen, 0.0), 1.0)


def _habit(events: Sequence[_Event]) -> Habit:
    """Return the counts that ``events``, in the order (day, id), add up to: halved every 90 days."""
    habit = Habit(as_of_day=events[-1].day)
    for day, _, looked, responded in events:
        weight = 0.5 ** ((habit.as_of_day - day) / HALF_LIFE_DAYS)
        if responded is None:
            habit.silences += weight
        else:
            habit.responses += looked * weight
            habit.responded_day = responded if habit.responded_day is None else max(responded, habit.responded_day)
    return habit
