"""How far the figures can be trusted: foretold answers, ranges tried on held-out questions, own words, selection, slices.

Looked at once a fortnight and of the whole company alone, so that two looks tell nobody's answer: what is told is what stood at the
last fortnight's end, and nothing of fewer than 20 answers. Words: ``calibration_words``; the judgement: ``domain.measuring.held_out``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.measuring.held_out import HeldOut, judge
from cadence.domain.measuring.know_it import SELECTION_LIMIT
from cadence.domain.measuring.luck import COULD, NOT_SAID
from cadence.domain.measuring.releases import ROUNDED_TO
from cadence.operations.measuring.evidence import Evidence, gather
from cadence.operations.measuring.members import members_of
from cadence.store.database.engine import Database
from cadence.store.measuring import slices as rows
from cadence.store.measuring.slices import SlicePair
from cadence.store.planning.chunks import CurrentStatement, current_statements

#: days between two looks
FORTNIGHT = 14
#: answers, own words, and answers in each arm of a slice, before anything is told of them
LEAST_ANSWERS, LEAST_WORDS, LEAST_IN_ARM = 20, 10, 20
#: days of a year, over which slices are compared
_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """Of those who were right by a tap and then said it themselves, how many could: whole percent in steps of 5, of ``said`` replies."""

    said: int
    could: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSlice:
    """One randomised slice over a year: showings for each person, and how many points more the adaptive arm was right."""

    statement: str
    fixed_each: float
    adaptive_each: float
    #: in steps of 5 points, with its 90 % range; None with fewer than 20 answers in either arm
    points: int | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """All of it as of the end of a fortnight; None where too few answered."""

    as_of: datetime
    held_out: HeldOut | None
    own_words: OwnWords | None
    #: whether perhaps those who know it answer more often; None with too few answers
    selection: bool | None
    slices: tuple[ComparedSlice, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        plain = asdict(self)
        if self.held_out is not None:
            plain["held_out"]["beats_constant"] = self.held_out.beats_constant
        return {**plain, "as_of": self.as_of.isoformat()}


def calibration(database: Database, *, now: datetime, smallest: int = SMALLEST_GROUP) -> Calibration:
    """Return how far the figures could be trusted at the end of the last fortnight."""
    as_of = _fortnight(now)
    with database.read() as connection:
        statements = current_statements(connection)
        evidence = gather(connection, statements, members_of(connection, {one.audience for one in statements}, as_of), now=as_of)
        slices = _slices(connection, statements, as_of, max(smallest, SMALLEST_GROUP))
    enough = _is_enough(evidence, smallest)
    held_out = judge(evidence.weighed, statements=evidence.columns) if enough else None
    return Calibration(
        as_of=as_of,
        held_out=None if held_out is None else _rounded_losses(held_out),
        own_words=_own_words(evidence, smallest),
        selection=evidence.learnt.selection > SELECTION_LIMIT if enough and evidence.learnt is not None else None,
        slices=slices,
    )


def _fortnight(now: datetime) -> datetime:
    day = int(now.timestamp() // 86_400)
    return datetime.fromtimestamp((day - day % FORTNIGHT) * 86_400, UTC)


def _is_enough(evidence: Evidence, smallest: int) -> bool:
    answers = evidence.weighed.answers
    return len(answers) >= LEAST_ANSWERS and len(np.unique(answers.person)) >= 2 * max(smallest, SMALLEST_GROUP)


def _own_words(evidence: Evidence, smallest: int) -> OwnWords | None:
    answers = evidence.weighed.answers
    said = answers.take((answers.said != NOT_SAID) & (evidence.weighed.noisy < 0.5))
    if len(said) < LEAST_WORDS or len(np.unique(said.person)) < max(smallest, SMALLEST_GROUP):
        return None
    return OwnWords(said=len(said), could=_rounded(float((said.said == COULD).mean())))


def _slices(connection: Connection, statements: Sequence[CurrentStatement], as_of: datetime, smallest: int) -> tuple[ComparedSlice, ...]:
    since = datetime.fromtimestamp(as_of.timestamp() - _YEAR * 86_400, UTC)
    pairs = rows.slice_pairs(connection, statement_ids=[one.id for one in statements], since=since, until=as_of)
    found = []
    for one in sorted(statements, key=lambda one: one.slug):
        mine = [pair for pair in pairs if pair.statement_id == one.id]
        fixed, adaptive = ([pair for pair in mine if pair.fixed is arm] for arm in (True, False))
        if min(len(fixed), len(adaptive)) >= smallest:
            found.append(_slice(one.slug, fixed, adaptive))
    return tuple(found)


def _slice(slug: str, fixed: Sequence[SlicePair], adaptive: Sequence[SlicePair]) -> ComparedSlice:
    each = [sum(pair.showings for pair in arm) / len(arm) for arm in (fixed, adaptive)]
    right = [np.array([bool(pair.right) for pair in arm if pair.right is not None], dtype=np.float64) for arm in (fixed, adaptive)]
    found = ComparedSlice(statement=slug, fixed_each=round(each[0], 1), adaptive_each=round(each[1], 1))
    if min(map(len, right)) < LEAST_IN_ARM:
        return found
    shares = [(one.sum() + 0.5) / (len(one) + 1.0) for one in right]
    apart = float(shares[1] - shares[0])
    half = 1.645 * float(np.sqrt(sum(share * (1.0 - share) / len(one) for share, one in zip(shares, right, strict=True))))
    return ComparedSlice(
        statement=slug,
        fixed_each=found.fixed_each,
        adaptive_each=found.adaptive_each,
        points=_rounded(apart),
        low=_rounded(apart - half),
        high=_rounded(apart + half),
    )


def _rounded_losses(found: HeldOut) -> HeldOut:
    """Return it with two digits: how often people answer in all moves the third."""
    return replace(found, figures=round(found.figures, 2), model=round(found.model, 2), constant=round(found.constant, 2))


def _rounded(share: float) -> int:
    return round(share * 100 / ROUNDED_TO) * ROUNDED_TO
