"""What is believed, and what was measured, of how many people could recall each statement.

Believed is the model's mean prediction over everyone, measured the share right among those who answered (newest answer
of each, corrected for guessing). Where nobody answered, only bounds are honest. What a person chose is in no figure
of fewer than five people, and in none from which fewer could be worked out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.measuring.awareness import AwarenessVerdict, Interval, Measured, report_awareness, total_seen
from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.memory.forgetting import Floats, retrievability
from cadence.domain.memory.model import org_offset, org_slope, person_offset, predicted_recall
from cadence.store.measuring import awareness as rows
from cadence.store.measuring.awareness import Remembered, TeamAnswers
from cadence.store.responding import answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What may be said about one group and one statement. Shares are in [0, 1] and None when withheld."""

    verdict: AwarenessVerdict
    #: mean predicted recall over everyone; a belief of the model, no measurement
    believed: float | None
    #: share who knew among those who answered, with its 95% interval
    measured: Interval | None
    #: worst and best case: nobody, everybody who did not answer knows it
    bounds: Interval | None
    #: how many answered; None when they are few enough to be guessed at
    respondents: int | None
    #: the answers behind ``measured``, None without it; for further sums, for no reader
    answers: Measured | None = None

    @property
    def sentence(self) -> str:
        """What a leader reads."""
        if self.verdict is AwarenessVerdict.MEASURED and self.measured is not None and self.bounds is not None:
            return (
                f"{self.measured.value:.0%} of {self.respondents} who answered know it"
                f" ({self.measured.low:.0%} to {self.measured.high:.0%});"
                f" of everyone between {self.bounds.low:.0%} and {self.bounds.high:.0%}, the model predicts {self.believed:.0%}"
            )
        if self.verdict is AwarenessVerdict.CANNOT_BE_KNOWN and self.bounds is not None:
            few = "nobody" if self.respondents == 0 else "too few people"
            return f"too early to say: {few} answered, so between {self.bounds.low:.0%} and {self.bounds.high:.0%} know it"
        return "withheld: it could tell what single people answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTotals:
    """How often a statement was probably seen: sums of probabilities, each with its 95% interval."""

    total: Interval
    per_person: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupKnowledge:
    """One statement and one group."""

    understanding: Understanding
    #: None, as the next, for a group that is too small to be told about
    seen: SeenTotals | None
    #: people whose last eight showings or more stayed silent: counted as not reached, never as aware
    not_reached: int | None


@dataclass(slots=True)
class _Tally:
    predicted: list[Floats] = field(default_factory=list)
    seen: float = 0.0
    variance: float = 0.0
    not_reached: int = 0

    def add(self, other: _Tally) -> None:
        self.predicted += other.predicted
        self.seen += other.seen
        self.variance += other.variance
        self.not_reached += other.not_reached


def understand(
    connection: Connection,
    versions: Mapping[int, Collection[int]],
    *,
    members: Sequence[int] | None,
    people: Mapping[str, int],
    hidden: Collection[str],
    now: datetime,
    smallest: int = SMALLEST_GROUP,
) -> dict[int, dict[str | None, GroupKnowledge]]:
    """Return statement -> team -> what is known; the team None is everyone.

    versions: statement -> versions of today's meaning. people: team -> size, over the audience of ``members``. Teams in
    ``hidden`` get no entry.
    """
    tallies = _tallies(connection, list(versions), members, sorted(people), now)
    answered: dict[int, dict[str, TeamAnswers]] = defaultdict(dict)
    for one in rows.newest_answers(connection, version_ids=sorted({v for ids in versions.values() for v in ids}), members=members):
        answered[one.statement_id][one.team] = one
    found: dict[int, dict[str | None, GroupKnowledge]] = {}
    for statement_id in versions:
        teams, said = tallies[statement_id], answered[statement_id]
        whole = _Tally()
        for tally in teams.values():
            whole.add(tally)
        found[statement_id] = {None: _known(whole, list(said.values()), sum(people.values()), smallest=smallest)}
        withheld = _withheld({team: one.respondents for team, one in said.items()}, hidden, max(smallest, SMALLEST_GROUP))
        for team, size in people.items():
            if team not in hidden:
                mine = [said[team]] if team in said else []
                behind = team in withheld
                found[statement_id][team] = _known(teams.get(team, _Tally()), mine, size, smallest=smallest, withheld=behind)
    return found


def _tallies(
    connection: Connection, statement_ids: list[int], members: Sequence[int] | None, teams: list[str], now: datetime
) -> dict[int, dict[str, _Tally]]:
    day = now.timestamp() / 86_400.0
    org = answers.org_sums(connection, day=int(day))
    found: dict[int, dict[str, _Tally]] = defaultdict(lambda: defaultdict(_Tally))
    for chunk in rows.remembered(connection, statement_ids=statement_ids, members=members, teams=teams):
        plain = chunk.encoded * retrievability(day - chunk.seen_at, chunk.stability)
        theta = person_offset(chunk.score, chunk.information, org_offset(org))
        _add(found, chunk, teams, predicted_recall(plain, theta, org_slope(org)))
    return found


def _add(found: dict[int, dict[str, _Tally]], chunk: Remembered, teams: list[str], predicted: Floats) -> None:
    key = chunk.statement_id.astype(np.int64) * len(teams) + chunk.team
    order = np.argsort(key, kind="stable")
    edges = np.flatnonzero(np.diff(key[order], prepend=-1, append=-1))
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        mine = order[first:last]
        statement_id, team = divmod(int(key[mine[0]]), len(teams))
        one = _Tally(
            predicted=[predicted[mine]],
            seen=float(chunk.seen_sum[mine].sum()),
            variance=float(chunk.seen_variance[mine].sum()),
            not_reached=int(chunk.not_reached[mine].sum()),
        )
        found[statement_id][teams[team]].add(one)


def _known(tally: _Tally, said: Sequence[TeamAnswers], people: int, *, smallest: int, withheld: bool = False) -> GroupKnowledge:
    met = np.concatenate(tally.predicted) if tally.predicted else np.empty(0)
    # whoever has no pair never received it
    predicted = np.concatenate((met, np.zeros(max(people - len(met), 0))))
    respondents, right = sum(one.respondents for one in said), sum(one.right for one in said)
    guess = sum(one.guess * one.respondents for one in said) / respondents if respondents else 0.0
    told = report_awareness(predicted, right=right, respondents=respondents, guess=guess, smallest=smallest)
    hide = withheld and told.verdict is AwarenessVerdict.MEASURED
    shown = told.verdict is not AwarenessVerdict.WITHHELD
    measured = told.verdict is AwarenessVerdict.MEASURED and not hide
    return GroupKnowledge(
        understanding=Understanding(
            verdict=AwarenessVerdict.WITHHELD if hide else told.verdict,
            believed=told.believed,
            measured=None if hide else told.measured,
            bounds=None if hide else told.bounds,
            respondents=respondents if measured else (0 if not respondents else None),
            answers=Measured(right=right, respondents=respondents, guess=guess) if measured else None,
        ),
        seen=_seen(tally, people) if shown else None,
        not_reached=tally.not_reached if shown else None,
    )


def _seen(tally: _Tally, people: int) -> SeenTotals:
    total = total_seen(tally.seen, tally.variance)
    each = Interval(value=total.value / people, low=total.low / people, high=total.high / people)
    return SeenTotals(total=total, per_person=each)


def _withheld(respondents: Mapping[str, int], hidden: Collection[str], smallest: int) -> set[str]:
    """Return the teams whose answers are not shown, so that what is shown cannot be taken from the whole to get at a few."""
    behind = {team for team, n in respondents.items() if team in hidden or n < smallest}
    others = sorted((n, team) for team, n in respondents.items() if team not in behind)
    for _, team in others:
        if not behind or sum(respondents[t] for t in behind) >= smallest:
            break
        behind.add(team)
    return behind


def plain(known: GroupKnowledge | None) -> dict[str, Any] | None:
    """Return JSON values, shares to four digits."""
    if known is None:
        return None
    one = known.understanding

    def spread(interval: Interval | None) -> dict[str, float] | None:
        return None if interval is None else {name: round(getattr(interval, name), 4) for name in ("value", "low", "high")}

    return {
        "verdict": one.verdict.value,
        "believed": None if one.believed is None else round(one.believed, 4),
        "measured": spread(one.measured),
        "bounds": spread(one.bounds),
        "respondents": one.respondents,
        "sentence": one.sentence,
        "seen": None if known.seen is None else {"total": spread(known.seen.total), "per_person": spread(known.seen.per_person)},
        "not_reached": known.not_reached,
    }
