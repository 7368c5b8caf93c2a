"""One chunk of people and what an occurrence may say to them, as arrays people x statements: what choosing looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.planning.cadences import EVERYONE
from cadence.domain.planning.selection import Counts, waits
from cadence.operations.planning.candidates import Candidate
from cadence.operations.planning.context import OccurrenceContext
from cadence.store.planning.chunks import CurrentStatement, whole_people
from cadence.store.planning.exposure_grids import ExposureGrid

#: silent showings of a pair since the person last responded, after which the other channel is tried
SWITCH_AFTER = 4
#: "too often": so much longer are the gaps
LONGER = 1.5


@dataclass(slots=True, kw_only=True)
class CandidateBatch:
    """Everything the choice of one chunk looks at."""

    context: OccurrenceContext
    people: Sequence[Candidate]
    grid: ExposureGrid
    #: instant of sending, days since 1970, one per person
    day: Floats
    #: pairs that may be shown at all: meant for the person, not held back
    allowed: Mask
    #: the pair met another meaning of the statement
    fresh: Mask
    #: local days since the last plan
    since: Floats
    #: longer gaps are asked for
    fewer: Mask
    #: local date at sending as days since 1970, and the zone's offset in days, one per person
    local: tuple[Floats, Floats]
    #: adaptive occurrences only: m-hat at the instant of sending, pairs that go first, pairs of a randomised slice
    predicted: Floats | None = None
    pressing: Mask | None = None
    sliced: Mask | None = None
    #: showings in the quarter so far, read when a floor may be tight
    shown: Counts | None = None

    @property
    def ids(self) -> list[int]:
        """The people, ascending."""
        return [one.person.id for one in self.people]

    @property
    def waiting(self) -> Mask:
        """Pairs that adaptive cadences try again later: nothing came back so often."""
        return np.asarray(waits(self.grid.unanswered, self.since) & ~self.fresh)


def meant_for(
    connection: Connection, people: Sequence[Candidate], statements: Sequence[CurrentStatement], context: OccurrenceContext
) -> Mask:
    """Return the pairs whose statement is for an audience that the person is in on the day of the occurrence."""
    allowed = np.ones((len(people), len(statements)), dtype=np.bool_)
    audiences = {s.audience for s in statements} - {EVERYONE}
    if not audiences:
        return allowed
    whole = whole_people(connection, [one.person.id for one in people])
    on = context.occurrence.local_date
    for audience in audiences:
        belongs = np.array([context.planning.belongs(audience, whole[one.person.id], on=on) for one in people], dtype=np.bool_)
        for k, statement in enumerate(statements):
            if statement.audience == audience:
                allowed[:, k] = belongs
    return allowed
