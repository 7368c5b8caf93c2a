"""One line of the report for each statement: what its audience was delivered and acknowledged, counted, and its released figures.

Groups of fewer than five people are hidden, and so is the next smallest when the hidden ones could be worked out by
subtraction. Figures come from ``operations.measuring.known`` and are passed on as they are.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from cadence.domain.measuring.figures import Figure, FigureKind, Group
from cadence.domain.measuring.groups import hidden_groups
from cadence.domain.measuring.separation import SEGMENTS
from cadence.operations.measuring.gaps import EstimateRound, gap_of, guesses
from cadence.operations.measuring.known import Known, figures
from cadence.operations.measuring.members import members_of
from cadence.operations.measuring.reported import PROTECTED, SegmentReport, Share, StatementReport, TeamReport, Times
from cadence.store.measuring import reports as rows
from cadence.store.planning.chunks import CurrentStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAudience:
    """What all lines of one audience are made from. ``sizes``: team -> people."""

    known: Known
    guessed: EstimateRound
    titles: Mapping[int, tuple[str, int]]
    trouble: Mapping[int, Mapping[str, int]]
    sizes: Mapping[str, rows.TeamSize]
    team: str | None
    #: with segments and deliveries
    detail: bool
    smallest: int


def statement_lines(
    connection: Connection,
    chosen: Sequence[CurrentStatement],
    *,
    team: str | None,
    detail: bool,
    now: datetime,
    smallest: int,
    everyone: Mapping[str, rows.TeamSize],
) -> tuple[StatementReport, ...]:
    """Return the lines of these statements in their order; ``detail``: with segments, deliveries; ``everyone``: all teams."""
    by_audience: dict[str, list[CurrentStatement]] = defaultdict(list)
    for one in chosen:
        by_audience[one.audience].append(one)
    members = members_of(connection, by_audience, now)
    known = figures(connection, now=now, statement_ids=[one.id for one in chosen], smallest=smallest)
    guessed, titles = guesses(connection, chosen, now=now), rows.titles_of(connection, [s.version_id for s in chosen])
    trouble = rows.trouble(connection, team=team)
    found: dict[int, StatementReport] = {}
    for audience, group in by_audience.items():
        who = members[audience]
        counted = CountedAudience(
            known=known,
            guessed=guessed,
            titles=titles,
            trouble=trouble,
            sizes=everyone if who is None else rows.team_sizes(connection, members=who),
            team=team,
            detail=detail,
            smallest=smallest,
        )
        current = sorted({v for s in group for v in s.same_meaning})
        met: dict[int, list[rows.Met]] = defaultdict(list)
        for one_met in rows.met(connection, statement_ids=[s.id for s in group], current_versions=current, members=who, team=team):
            met[one_met.statement_id].append(one_met)
        asked = sorted({v for s in group if s.must_acknowledge for v in s.same_meaning})
        acknowledged = rows.acknowledged(connection, version_ids=asked, members=who, team=team) if asked else {}
        for one in group:
            deliveries = rows.delivery_counts(connection, statement_id=one.id, team=team) if detail else None
            found[one.id] = _line(one, counted, met.get(one.id, []), acknowledged.get(one.id, {}), deliveries)
    return tuple(found[s.id] for s in chosen)


def why_hidden(groups: Mapping[str, rows.TeamSize], team: str | None, smallest: int) -> str:
    """Return why nothing is shown about a team, empty where it is."""
    if team is None:
        return ""
    sizes = {name: size.people for name, size in groups.items()}
    if team not in hidden_groups(sizes, smallest):
        return ""
    few = f"hidden: fewer than {smallest}"
    return few if sizes.get(team, 0) < smallest else PROTECTED


def _line(
    one: CurrentStatement,
    counted: CountedAudience,
    met: list[rows.Met],
    acknowledged: Mapping[str, int],
    deliveries: dict[str, dict[str, int]] | None,
) -> StatementReport:
    team, sizes = counted.team, counted.sizes
    hidden = why_hidden(sizes, team, counted.smallest)
    mine = sizes if team is None else {k: v for k, v in sizes.items() if k == team}
    people = sum(size.people for size in mine.values())
    last = max((m.last_day for m in met if m.last_day is not None), default=None)
    show, trouble = not hidden, counted.trouble.get(one.id, {})
    group = None if team is None else Group(kind="team", name=team)

    def of(kind: FigureKind) -> Figure:
        return counted.known.of(one.id, group, kind)

    made = counted.guessed.made.get(one.id) if team is None else None
    return StatementReport(
        slug=one.slug,
        kind=one.kind,
        title=counted.titles[one.version_id][0],
        version=counted.titles[one.version_id][1],
        wordings=len(one.wording_ids),
        must_acknowledge=one.must_acknowledge,
        audience=one.audience,
        hidden=hidden,
        people=people if show else None,
        reached=Share(n=sum(m.people for m in met), of=people) if show else None,
        reached_current=Share(n=sum(m.current for m in met), of=people) if show else None,
        times=_times(met, people) if show else None,
        last_handed_over=_instant(last) if show and last is not None else None,
        acknowledged=Share(n=sum(acknowledged.values()), of=people) if show and one.must_acknowledge else None,
        failed=trouble.get("failed", 0) if show else None,
        unknown=trouble.get("unknown", 0) if show else None,
        not_reachable=sum(size.not_reachable for size in mine.values()) if show else None,
        deliveries=deliveries if show else None,
        teams=_teams(one, counted, met, acknowledged) if team is None else (),
        segments=_segments(one, counted.known) if team is None and counted.detail else (),
        know_it=of(FigureKind.KNOW_IT) if show else None,
        before=of(FigureKind.FROM_ELSEWHERE) if show else None,
        belief=of(FigureKind.BELIEF) if show else None,
        history=tuple(reversed(counted.known.history(one.id, group))) if show and counted.detail else (),
        projection_gap=None if made is None else gap_of(made, of(FigureKind.KNOW_IT), of(FigureKind.FROM_ELSEWHERE)),
        asked=counted.guessed.asked.get(one.id),
    )


def _teams(one: CurrentStatement, counted: CountedAudience, met: list[rows.Met], acknowledged: Mapping[str, int]) -> tuple[TeamReport, ...]:
    hidden = hidden_groups({name: size.people for name, size in counted.sizes.items()}, counted.smallest)
    by_team: dict[str, list[rows.Met]] = defaultdict(list)
    for m in met:
        by_team[m.team].append(m)
    found = []
    for name in sorted(counted.sizes):
        n = counted.sizes[name].people
        if name in hidden:
            found.append(TeamReport(team=name, hidden=why_hidden(counted.sizes, name, counted.smallest)))
            continue
        found.append(
            TeamReport(
                team=name,
                hidden="",
                people=n,
                reached=Share(n=sum(m.people for m in by_team[name]), of=n),
                acknowledged=Share(n=acknowledged.get(name, 0), of=n) if one.must_acknowledge else None,
                times=_times(by_team[name], n),
                know_it=counted.known.of(one.id, Group(kind="team", name=name)) if counted.detail else None,
            )
        )
    return tuple(found)


def _segments(one: CurrentStatement, known: Known) -> tuple[SegmentReport, ...]:
    """Return what was released about groups that are neither the audience nor a team."""
    groups = [group for kind in SEGMENTS if kind != "team" for group in known.groups(one.id, kind)]
    found = [SegmentReport(group=group, know_it=known.of(one.id, group)) for group in groups if group.name]
    return tuple(segment for segment in found if segment.know_it.released_at is not None)


def _times(met: list[rows.Met], people: int) -> Times:
    counts: Counter[int] = Counter()
    for m in met:
        counts[m.times] += m.people
    counts[0] = max(people - counts.total(), 0)
    more = sum(n for times, n in counts.items() if times >= 3)
    return Times(
        total=sum(times * n for times, n in counts.items()),
        median=(_ranked(counts, (people - 1) // 2) + _ranked(counts, people // 2)) / 2 if people else 0.0,
        p90=_ranked(counts, math.ceil(0.9 * people) - 1) if people else 0,
        distribution={"0": counts[0], "1": counts[1], "2": counts[2], "3+": more},
    )


def _ranked(counts: Counter[int], index: int) -> int:
    """Return the value at ``index`` (from 0) of the sorted list that ``counts`` stands for."""
    for value in sorted(counts):
        index -= counts[value]
        if index < 0:
            return value
    return 0


def _instant(day: float) -> datetime:
    return datetime.fromtimestamp(day * 86_400.0, UTC).replace(microsecond=0)
