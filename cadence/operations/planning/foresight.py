"""What the coming occurrences hold for one person: the planner itself decides them, one after the other, and nothing is kept.

Each occurrence is planned at the instant at which it is due, by the planner's own chunk of one, with a trace of its rules; what
it plans is taken as delivered at its time before the next one. So the soonest occurrence is told as planning would decide it
from what is stored, and a later one as it would be if nobody responds until then. Who tells it: ``explain``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.planning.recipients import Skip, nudge_key, nudge_source, to_days
from cadence.domain.planning.trace import Stop, Trace
from cadence.errors import Invalid
from cadence.operations.planning.candidates import Candidate
from cadence.operations.planning.context import OccurrenceContext, PlanningContext
from cadence.operations.planning.nudges import AFTER_DAYS
from cadence.operations.planning.plan import PlanReport, plan_chunk
from cadence.operations.planning.slots import materialise
from cadence.operations.planning.statements import Selection
from cadence.store.planning import chunks, occurrences
from cadence.store.planning import foresight as rows
from cadence.store.planning.chunks import CurrentStatement
from cadence.store.planning.occurrences import OpenOccurrence

#: instants that are played in full: what comes after so many others is told by its date, and by what holds it whatever comes before
MOST_INSTANTS = 6
#: nothing is sent under these ids
_NOBODYS_SECRET = b"foresight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one statement in one occurrence: chosen for a ``reason``, or kept out by ``stops``, in the order of the rules.

    Both are empty when the person gets nothing from the occurrence for a reason that concerns no statement.
    """

    statement: CurrentStatement
    reason: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One occurrence of a cadence that includes the person. ``barred``: why nothing could go out, whatever there was to say.

    alone: decided as if no other came before it. What holds it then holds it anyway, since others before it only leave less room;
    what would go out may differ.
    """

    context: OccurrenceContext
    trace: Trace
    person: Candidate
    barred: Skip | None
    alone: bool

    @property
    def at(self) -> datetime:
        """When it is planned."""
        return self.context.now

    @property
    def asks(self) -> tuple[int, str]:
        """How many questions it asks, and why; 0 and nothing when it asks none."""
        chosen: Selection = self.trace.kept["chosen"]
        return len(chosen.questions), chosen.questions[0].reason if chosen.questions else ""

    def decisions(self) -> list[Decision]:
        """Return what becomes of each statement in force, in reading order."""
        chosen: Selection = self.trace.kept["chosen"]
        reasons = dict(zip(chosen.column, chosen.reason, strict=True))
        columns = {one.id: k for k, one in enumerate(self.context.statements)}
        found = []
        for one in self.context.planning.statements:
            k = columns.get(one.id)
            left_out = self.context.leaves_out(one)
            stops: tuple[Stop, ...] = ()
            if left_out is not None:
                stops = (Stop(rule=left_out),)
            elif k is not None and self.barred is None:
                stops = tuple(self.trace.stops(0, k))
            found.append(Decision(statement=one, reason=reasons.get(k, "") if k is not None else "", stops=stops))
        return found


def foresee(
    connection: Connection,
    person_id: int,
    zone: str,
    *,
    planning: PlanningContext,
    now: datetime,
    instants: int = MOST_INSTANTS,
    once: bool = True,
    apart: bool = False,
    secret: bytes = _NOBODYS_SECRET,
) -> Iterator[Foreseen]:
    """Yield what comes to a person in ``zone``, soonest first, until each cadence had an occurrence (``once``), or ``instants`` are played.

    ``connection`` is inside a transaction that will be rolled back. A nudge is an occurrence too, of the cadence it follows.
    apart: each is decided alone; otherwise those that come after so many ``instants`` are.
    planning: as it is ``now``. secret: what the ids of deliveries are made from, for those who show the message itself.
    """
    occurrences.lock_planning(connection)
    at, played, number = now, set[int](), 0
    waiting = _nudges_of(connection, person_id, at=now)
    while once or number < instants:
        alone = apart or number >= instants
        nudges = _nudges_of(connection, person_id, at=at)
        opened = number == 0 and any(_is_for(one, zone, nudges) for one in occurrences.open_occurrences(connection, now=now))
        found = (
            now
            if opened
            else _next_instant(connection, zone, but=played if once else set(), waiting=waiting, nudges=nudges, each=not alone)
        )
        if found is None:
            return
        at, number = max(at, found), number + 1
        rows.deliver(connection, person_id, before=at, now=now)
        due = [one for one in occurrences.due_slots(connection, now=at) if one.zone == zone and not (alone and one.cadence_id in played)]
        materialise(connection, due, now=at)
        # a slot that cannot be read stays due: it is not looked at again
        played |= {one.cadence_id for one in occurrences.due_slots(connection, now=at) if one.zone == zone}
        if at > now:  # what is said and to whom stays as it is; the sums of answers have a day
            planning = replace(planning, sums=chunks.company_sums(connection, before_day=int(to_days(at))))
        for occurrence in occurrences.open_occurrences(connection, now=at):
            if not _is_for(occurrence, zone, nudges):
                continue
            waiting.discard(occurrence.key)
            part = connection.begin_nested() if alone else None
            foreseen = _decided(connection, occurrence, planning, person_id=person_id, at=at, secret=secret, alone=alone)
            if part is not None:
                part.rollback()
                planning.forget_checks()
            occurrences.planned_through(connection, occurrence.id, person_id=person_id, finished=True)
            is_nudge = bool(nudge_source(occurrence.key))
            is_repeated = occurrence.cadence_id in played and not is_nudge
            if not is_nudge:  # the digest after it is still to come
                played.add(occurrence.cadence_id)
            if foreseen is not None and not (alone and is_repeated):
                yield foreseen


def _is_for(occurrence: OpenOccurrence, zone: str, nudges: set[str]) -> bool:
    return occurrence.zone == zone or occurrence.key in nudges


def _decided(
    connection: Connection,
    occurrence: OpenOccurrence,
    planning: PlanningContext,
    *,
    person_id: int,
    at: datetime,
    secret: bytes,
    alone: bool,
) -> Foreseen | None:
    """Plan an occurrence for one person; None when it does not include them, or they are planned already."""
    if occurrence.planned_through >= person_id:
        return None
    trace = Trace()
    mine = replace(occurrence, planned_through=person_id - 1)
    context = OccurrenceContext(occurrence=mine, planning=planning, now=at, trace=trace)
    try:
        plan_chunk(connection, context, secret=secret, report=PlanReport(), size=1)
    except Invalid:  # a rule that cannot be read plans nobody
        return None
    people: list[Candidate] = trace.kept.get("candidates", [])
    if not people or people[0].person.id != person_id:
        return None
    return Foreseen(context=context, trace=trace, person=people[0], barred=trace.kept["barred"][0], alone=alone)


def _next_instant(connection: Connection, zone: str, *, but: set[int], waiting: set[str], nudges: set[str], each: bool) -> datetime | None:
    """Return when planning has something to do next for the person; None when each cadence had its occurrence and no old nudge waits.

    but: cadences that had it. each: at whatever is due until then, too.
    """
    wanted = [rows.next_slot(connection, zone=zone, but=but), rows.first_waiting(connection, waiting)]
    if wanted == [None, None]:
        return None
    if each:
        wanted += [rows.next_slot(connection, zone=zone), rows.first_waiting(connection, nudges)]
    return min(one for one in wanted if one is not None)


def _nudges_of(connection: Connection, person_id: int, *, at: datetime) -> set[str]:
    """Return the keys that nudges have which follow up a message to the person, whether they wait or not."""
    return {nudge_key(days, key) for key in rows.keys_of(connection, person_id, now=at) for days in AFTER_DAYS}
