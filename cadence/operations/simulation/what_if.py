"""What changed rules would do beside the rules in force, small enough for a page: a sample of the people, four weeks, some seconds.

The same playing as ``cadence simulate``, which takes half a year, all people up to 500 and fixed cadences for comparison.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from cadence.domain.planning.cadences import CadenceFile
from cadence.domain.sending.deliveries import Channel
from cadence.domain.simulation.population import Population
from cadence.operations.simulation.company import read_source
from cadence.operations.simulation.simulate import PlayedRules, RulesOutcome, SimulationRequest, play_part
from cadence.store.database.engine import Database

#: more take longer than somebody waits before a form
MOST_PEOPLE = 100
DAYS = 28
_NO_PROGRESS = bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedEffect:
    """What one set of rules does to simulated people, who begin knowing nothing."""

    #: messages a person and week, on average and at most
    messages: float
    most: int
    #: (day, how many of 100 know a statement, on average) from the first day to the last
    known: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Both sets of rules on the same people with the same luck. ``is_sample``: of the sample company, as this one is empty."""

    people: int
    days: int
    now: SimulatedEffect
    proposed: SimulatedEffect
    is_sample: bool


def what_if(database: Database, proposed: CadenceFile, *, now: datetime, channels: Collection[Channel]) -> WhatIf:
    """Return what ``proposed`` (all rules, not the changed one alone) would do from today on; writes nothing."""
    start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    source = read_source(database, now=start)
    people = min(len(source.people), MOST_PEOPLE)
    wish = SimulationRequest(
        candidate=proposed,
        population=Population(),
        start=start,
        channels=frozenset(channels or tuple(Channel)),
        days=DAYS,
        people=people,
    )
    parts = [
        PlayedRules(name=name, source=source, file=file, wish=wish, people=people)
        for name, file in (("in force", None), ("candidate", proposed))
    ]
    before, after = (_effect(play_part(part, _NO_PROGRESS)) for part in parts)
    return WhatIf(people=people, days=DAYS, now=before, proposed=after, is_sample=source.is_sample)


def _effect(found: RulesOutcome) -> SimulatedEffect:
    digests, known = found.digests_per_week, found.awareness
    return SimulatedEffect(
        messages=round(found.digests_per_week_mean, 1),
        most=round(digests.most) if digests is not None else 0,
        known=tuple((day, round(100 * value)) for day, value in zip(known.days, known.true, strict=True)),
    )
