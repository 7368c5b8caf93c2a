"""Who has heard what: teams by statements for this quarter, and the weeks in which one statement was said.

Counts of sending, of everyone a statement is meant for; teams that are too small stay hidden as in the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Connection

from cadence.domain.measuring.groups import hidden_groups
from cadence.domain.measuring.hearing import HEARD_TIMES, of_100, tint, weeks_until
from cadence.domain.planning.calendars import zone
from cadence.domain.planning.caps import day_number, quarter, quarter_number
from cadence.operations.measuring.members import members_of
from cadence.store.measuring import heard as rows
from cadence.store.measuring.reports import team_sizes, titles_of
from cadence.store.planning.chunks import CurrentStatement, current_statements

#: teams with a column of their own; the largest
MOST_TEAMS = 12
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardRow:
    """One statement: for each team how many of 100 heard it, None where it may not be told or is not meant for the team."""

    slug: str
    title: str
    #: since when it is said in its meaning of today
    since: datetime
    cells: tuple[int | None, ...]
    #: places of the cells whose team it is not meant for
    outside: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardByTeam:
    """The whole matrix. ``teams``: in the order of the cells; ``hidden``: people in teams that are too small to be told about."""

    since: date
    teams: tuple[str, ...]
    hidden: int
    #: further teams that are large enough
    further: tuple[str, ...]
    rows: tuple[HeardRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeksSaid:
    """The last 13 weeks of one statement: the Monday, the people who were sent it, and the tint; None before it was published."""

    weeks: tuple[date, ...]
    people: tuple[int | None, ...]
    tints: tuple[int | None, ...]

    @property
    def said_in(self) -> int:
        """In how many of the weeks anybody was sent it."""
        return sum(bool(n) for n in self.people)


def heard_by_team(connection: Connection, *, now: datetime, zone_name: str, smallest: int, every_team: bool = False) -> HeardByTeam:
    """Return how many of 100 people of each team were sent each statement in force twice or more since the quarter began."""
    today = now.astimezone(zone(zone_name)).date()
    number = quarter_number(day_number(today))
    chosen = current_statements(connection)
    titles = titles_of(connection, [one.version_id for one in chosen])
    members = members_of(connection, {one.audience for one in chosen}, now)
    sizes = {name: {team: size.people for team, size in team_sizes(connection, members=who).items()} for name, who in members.items()}
    company = {team: size.people for team, size in team_sizes(connection, members=None).items()}
    hidden = hidden_groups(company, smallest)
    shown = sorted((team for team in company if team and team not in hidden), key=lambda team: (-company[team], team))
    teams = tuple(sorted(shown if every_team else shown[:MOST_TEAMS]))
    found = []
    for audience, who in members.items():
        group = [one for one in chosen if one.audience == audience]
        often = rows.sent_often(connection, [one.id for one in group], members=who, quarter=number, times=HEARD_TIMES) if group else {}
        found += [_row(one, titles, sizes[audience], teams, often, smallest) for one in group]
    order = {one.slug: place for place, one in enumerate(chosen)}
    first, _ = quarter(day_number(today))
    return HeardByTeam(
        since=date.fromordinal(first + _EPOCH),
        teams=teams,
        hidden=sum(n for team, n in company.items() if team in hidden or not team),
        further=() if every_team else tuple(sorted(shown[MOST_TEAMS:])),
        rows=tuple(sorted(found, key=lambda row: order[row.slug])),
    )


def _row(
    one: CurrentStatement,
    titles: Mapping[int, tuple[str, int]],
    sizes: Mapping[str, int],
    teams: Sequence[str],
    often: Mapping[tuple[int, str], int],
    smallest: int,
) -> HeardRow:
    hidden = hidden_groups(sizes, smallest)
    cells = tuple(of_100(often.get((one.id, team), 0), sizes[team]) if sizes.get(team) and team not in hidden else None for team in teams)
    outside = frozenset(place for place, team in enumerate(teams) if not sizes.get(team))
    return HeardRow(slug=one.slug, title=titles[one.version_id][0], since=one.meaning_at, cells=cells, outside=outside)


def weeks_said(connection: Connection, one: CurrentStatement, *, people: int, now: datetime, zone_name: str) -> WeeksSaid:
    """Return in which of the last 13 weeks a statement was said. people: how many it is meant for."""
    weeks = weeks_until(now.astimezone(zone(zone_name)).date())
    who = members_of(connection, [one.audience], now)[one.audience]
    sent = rows.weeks_sent(connection, one.id, members=who, since_week=_week(weeks[0]))
    counts = [sent.get(_week(week), 0) for week in weeks]
    first = next((place for place, n in enumerate(counts) if n), len(weeks) - 1)
    begun = min(first, sum(week < _monday(one.meaning_at, zone_name) for week in weeks))
    told = tuple(None if place < begun else n for place, n in enumerate(counts))
    return WeeksSaid(weeks=weeks, people=told, tints=tuple(None if n is None else tint(n, people) for n in told))


def _monday(instant: datetime, zone_name: str) -> date:
    return weeks_until(instant.astimezone(zone(zone_name)).date())[-1]


def _week(monday: date) -> int:
    return monday.year * 10000 + monday.month * 100 + monday.day
