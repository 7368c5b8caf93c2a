"""What an occurrence says to each of its people: statements, wordings, questions, and the reason for each.

Gathers what ``domain.planning.selection`` needs into arrays, people x statements, for both modes. Whom and when:
``candidates``; how the model predicts: ``domain.memory.model``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from cadence.domain.memory.forgetting import Mask
from cadence.domain.planning import selection
from cadence.domain.planning.caps import Counted, room
from cadence.domain.planning.recipients import Reason, Skip, to_days
from cadence.domain.planning.selection import CappedStatements
from cadence.domain.planning.trace import Rule
from cadence.operations.measuring.remembered import fresh_pairs
from cadence.operations.planning import predictions as model
from cadence.operations.planning.batch import LONGER, SWITCH_AFTER, CandidateBatch, meant_for
from cadence.operations.planning.candidates import Candidate, RuleCounts, apply_caps
from cadence.operations.planning.context import OccurrenceContext
from cadence.operations.planning.draw import ask, may_ask, opening
from cadence.operations.planning.floors import short_of_floor
from cadence.store.planning.exposure_grids import QUARTER, exposures_of
from cadence.store.planning.questions import DrawnQuestion

_REASONS = tuple(reason.value for reason in Reason)
_CODE = {reason: np.int8(code) for code, reason in enumerate(Reason)}


@dataclass(slots=True)
class Selection:
    """The statements of a chunk's digests, one element per item, person by person in reading order."""

    #: (person, day of sending) of those who were to choose for
    who: list[tuple[int, float]] = field(default_factory=list)
    #: index into ``who``, and into the occurrence's statements
    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    wording: list[int] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)
    times_sent: list[int] = field(default_factory=list)
    #: which showing of the quarter it will be
    showing: list[int] = field(default_factory=list)
    #: whether the pair has a row among the exposures
    known: list[bool] = field(default_factory=list)
    #: statement -> people whose floor of this quarter is out of reach
    short: dict[str, int] = field(default_factory=dict)
    #: what is asked besides, of people with a text or without
    questions: list[DrawnQuestion] = field(default_factory=list)


def choose(connection: Connection, people: Sequence[Candidate], context: OccurrenceContext, *, secret: bytes) -> Selection:
    """Return the digests of ``people`` (ascending ids, each with a quota); sets ``skip`` of those who get nothing.

    secret: what the draw of questions is made from. An adaptive cadence may change the channel of a person: to the other one,
    when most of what they get stayed silent four times.
    """
    if not people or not context.statements:
        for one in people:
            one.skip = Skip.NOTHING_DUE
        return Selection()
    batch = _batch(connection, people, context)
    first = opening(connection, batch)
    if first.any():
        batch.allowed &= context.trace.allow(Rule.OPENING, ~first[:, None])
    chosen, stopped = _take(connection, batch, [one.channel for one in people])
    switching = _switching(batch, chosen) if context.is_adaptive else []
    if switching:
        for i in switching:
            people[i].channel = people[i].other
        if any(rule.channels for rule in context.cap_rules):  # what held on the first channel need not hold on the other
            apply_caps(connection, [people[i] for i in switching], context)
            again, stopped_again = _take(connection, batch, [one.channel for one in people])
            chosen[switching], stopped[switching] = again[switching], stopped_again[switching]
    result = _items(batch, chosen)
    result.questions = ask(connection, batch, chosen, first, secret=secret)
    asked = {one.person_id for one in result.questions}
    for i in np.flatnonzero(~chosen.any(axis=1)).tolist():
        if people[i].person.id in asked:
            continue
        why = Skip.NOT_REACHED if _all_wait(batch, i) else Skip.CAP_RULE if stopped[i] else Skip.NOTHING_DUE
        people[i].skip = people[i].skip or why
    if context.is_adaptive:
        result.short = short_of_floor(connection, batch, chosen)
    return result


def _batch(connection: Connection, people: Sequence[Candidate], context: OccurrenceContext) -> CandidateBatch:
    statements = context.statements
    grid = exposures_of(
        connection, [one.person.id for one in people], [s.id for s in statements], remembered=context.is_adaptive or may_ask(context)
    )
    instants = [one.at for one in people]
    days = {at: to_days(at) for at in set(instants)}
    day = np.array([days[at] for at in instants])
    fresh = fresh_pairs(grid, statements)
    local = np.array([one.local.day for one in people], dtype=np.float64), np.array([one.local.offset for one in people])
    since = selection.since_shown(grid.planned_day, local_today=local[0], offset_days=local[1])
    trace = context.trace
    meant = trace.allow(Rule.NOT_MEANT, meant_for(connection, people, statements, context))
    reminded = trace.allow(Rule.NOT_REMINDED, _nudged(people, context))
    awake = trace.allow(Rule.RESTING, (grid.held_until_day <= day[:, None]) | fresh, until=grid.held_until_day)
    allowed = meant & reminded & awake
    fewer = (grid.fewer_until_day > day[:, None]) | np.array([one.fewer for one in people])[:, None]
    batch = CandidateBatch(
        context=context, people=people, grid=grid, day=day, allowed=allowed, fresh=fresh, since=since, fewer=fewer, local=local
    )
    if context.is_adaptive:
        model.look(connection, batch)
    trace.keep(batch=batch)
    return batch


def _nudged(people: Sequence[Candidate], context: OccurrenceContext) -> Mask:
    """Return the pairs that a nudge is about; all of them on a cadence's own occurrence."""
    if not context.follows:
        return np.ones((1, 1), dtype=np.bool_)
    reminded = [context.nudged.get(one.person.id, frozenset()) for one in people]
    return np.array([[s.id in mine for s in context.statements] for mine in reminded], dtype=np.bool_)


def _all_wait(batch: CandidateBatch, i: int) -> bool:
    """Whether everything that is meant for the person stayed without response too often, and is tried again later."""
    if not batch.context.is_adaptive:
        return False
    silent = batch.waiting[i]
    return bool(silent.any() and not (batch.allowed[i] & ~silent).any())


def _take(connection: Connection, batch: CandidateBatch, channels: Sequence[str]) -> tuple[Mask, Mask]:
    """Return (who gets what on these channels, whom a rule about statements left less)."""
    context, people = batch.context, batch.people
    quota = np.array([one.quota for one in people], dtype=np.int64)
    allowed, groups, stopped = _rules_about_statements(connection, batch, channels)
    if context.is_adaptive:
        return model.choose(batch, allowed, quota, groups), stopped
    longer = context.min_gap_days if context.follows else LONGER * max(context.min_gap_days, context.cadence.schedule.usual_gap_days)
    gap = np.where(batch.fewer, longer, context.min_gap_days)
    unseen = np.where(batch.fresh, selection.NEVER, batch.grid.planned_day)
    rested = context.trace.allow(Rule.TOO_SOON, batch.since >= gap, since=batch.since, gap=gap)
    return selection.longest_unseen_first(unseen, allowed & rested, quota, groups=groups, trace=context.trace), stopped


def _rules_about_statements(
    connection: Connection, batch: CandidateBatch, channels: Sequence[str]
) -> tuple[Mask, list[CappedStatements], Mask]:
    context, people, allowed = batch.context, batch.people, batch.allowed
    stopped = np.zeros(len(people), dtype=np.bool_)
    rules = [rule for rule in context.cap_rules if rule.is_about_statements]
    groups: list[CappedStatements] = []
    counts = RuleCounts(connection, people, context) if rules else None
    for rule in rules:
        covers = np.array([rule.covers(s.kind, s.tags) for s in context.statements], dtype=np.bool_)
        if counts is None or not covers.any():
            continue
        counted = counts.of(rule)
        left = np.array(
            [
                room(rule, one.local.day, counted.get(one.person.id, ())) if not rule.channels or channel in rule.channels else len(covers)
                for one, channel in zip(people, channels, strict=True)
            ],
            dtype=np.int64,
        )
        stopped |= left == 0
        if rule.count is Counted.STATEMENTS:
            groups.append(CappedStatements(covers=covers, room=left, about=rule))
        else:
            allowed = allowed & context.trace.allow(Rule.CAP_RULE, ~((left == 0)[:, None] & covers), about=rule)
    return allowed, groups, stopped


def _switching(batch: CandidateBatch, chosen: Mask) -> list[int]:
    """Return those whose digest is mostly of pairs that stayed silent on this channel, and who have another."""
    silent = (chosen & (batch.grid.unanswered >= SWITCH_AFTER)).sum(axis=1)
    if not silent.any():
        return []
    return [i for i in np.flatnonzero(2 * silent > chosen.sum(axis=1)).tolist() if batch.people[i].other]


def _items(batch: CandidateBatch, chosen: Mask) -> Selection:
    context, grid = batch.context, batch.grid
    rows, columns = np.nonzero(chosen)
    row, column = rows.tolist(), columns.tolist()
    codes = _reasons(batch)[rows, columns].tolist()
    times = grid.times_sent[rows, columns].astype(np.int64).tolist()
    before = grid.in_quarter[rows, columns] - np.array([float(QUARTER * one.local.quarter) for one in batch.people])[rows]
    most = selection.SUBSTANTIVE_FROM + 1  # later showings choose alike
    showing = np.where((batch.fresh | (grid.version == 0))[rows, columns], 1, np.minimum(grid.times_sent[rows, columns] + 1, most))
    wording = _wordings(context, column, grid.wording[rows, columns].astype(np.int64).tolist(), showing.astype(np.int64).tolist())
    return Selection(
        who=list(zip(batch.ids, batch.day.tolist(), strict=True)),
        row=row,
        column=column,
        wording=wording,
        reason=[_REASONS[code] for code in codes],
        times_sent=times,
        showing=(np.where((before >= 0.0) & (before < QUARTER), before, 0.0) + 1.0).astype(np.int64).tolist(),
        known=grid.known[rows, columns].tolist(),
    )


def _wordings(context: OccurrenceContext, column: list[int], last: list[int], showing: list[int]) -> list[int]:
    """Return the wording of each item, given the wording before and which showing it is."""
    said: dict[tuple[int, int, int], int] = {}
    found = []
    for key in zip(column, last, showing, strict=True):
        wording = said.get(key)
        if wording is None:
            statement = context.statements[key[0]]
            wording = said[key] = selection.wording_for(statement.wording_ids, statement.substantive, key[1], key[2])
        found.append(wording)
    return found


def _reasons(batch: CandidateBatch) -> NDArray[np.int8]:
    """Return the code of the reason for which each pair would be shown."""
    context, never = batch.context, batch.grid.version == 0
    codes = np.full(never.shape, _CODE[Reason.LONGEST_UNSEEN], dtype=np.int8)
    if context.is_adaptive:
        assert batch.predicted is not None
        assert batch.sliced is not None
        codes[:] = _CODE[Reason.OVERDUE]
        codes[batch.predicted < model.targets(context)] = _CODE[Reason.BELOW_TARGET]
        if batch.pressing is not None:
            codes[batch.pressing] = _CODE[Reason.FLOOR]
        codes[batch.sliced] = _CODE[Reason.SLICE_FIXED]
    if context.cadence.must_deliver:
        codes[:] = _CODE[Reason.MUST_DELIVER]
    if context.follows:
        codes[:] = _CODE[Reason.NUDGE]
        return codes
    codes[never] = _CODE[Reason.FIRST_TIME]
    codes[batch.fresh] = _CODE[Reason.NEW_VERSION]
    return codes
