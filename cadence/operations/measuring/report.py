"""Reach, frequency, acknowledgement and understanding, counted from stored rows and told without flattery.

"Delivered" means that a mail server or Slack accepted the message: nobody here claims it was seen. What is known of
seeing and recalling comes from ``understanding``, as probabilities with their ranges. Groups of fewer than five people
are hidden, and so is the next smallest when the hidden ones could be worked out by subtraction.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.measuring.groups import SMALLEST_GROUP, hidden_groups
from cadence.domain.statements.statement import KINDS
from cadence.errors import NotFound
from cadence.operations.measuring.gaps import EstimateDue, EstimateRound, Gap, OverallGap, gap_of, guesses, overall
from cadence.operations.measuring.gaps import plain as plain_gap
from cadence.operations.measuring.members import members_of
from cadence.operations.measuring.understanding import GroupKnowledge, understand
from cadence.operations.measuring.understanding import plain as plain_known
from cadence.rendering.words import Words, english
from cadence.store.database.engine import Database
from cadence.store.measuring import reports as rows
from cadence.store.planning.chunks import CurrentStatement, current_statements

#: why a team that is large enough is hidden
PROTECTED = "hidden to protect a small team"
#: a statement that reached nobody for longer than this raises the alarm
SILENT_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``n`` of ``of`` people: a count of everyone, so there is no margin of error."""

    n: int
    of: int

    @property
    def part(self) -> float | None:
        """``n / of``, None of nobody."""
        return self.n / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How often each person of the audience received a statement; people who never did count as 0."""

    total: int
    median: float
    #: nine of ten people received it at most this often
    p90: int
    #: times ("0", "1", "2", "3+") -> people
    distribution: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamReport:
    """One team's part of a statement. ``hidden`` says why nothing is shown; the numbers are then None."""

    team: str
    hidden: str
    people: int | None = None
    reached: Share | None = None
    acknowledged: Share | None = None
    times: Times | None = None
    understanding: GroupKnowledge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReport:
    """One statement in force. Numbers are None when the group asked for is ``hidden``."""

    slug: str
    kind: str
    title: str
    version: int
    wordings: int
    must_acknowledge: bool
    audience: str
    hidden: str
    #: people it is meant for
    people: int | None
    #: delivered at least once, in any version
    reached: Share | None
    #: delivered at least once in its current version
    reached_current: Share | None
    times: Times | None
    last_handed_over: datetime | None
    #: acknowledged its present meaning; None when nobody is asked to
    acknowledged: Share | None
    failed: int | None
    unknown: int | None
    #: people of the audience without a working address
    not_reachable: int | None
    #: deliveries by channel and state; only in a report on one statement
    deliveries: dict[str, dict[str, int]] | None
    teams: tuple[TeamReport, ...]
    #: how often it was probably seen, and how many could recall it
    understanding: GroupKnowledge | None
    #: what the leader estimated in this round and how far off it is; None while an estimate is wanted, when it was declined,
    #: and in a report on one team: the estimate is about the whole audience
    projection_gap: Gap | None
    #: an estimate is wanted before the result is shown
    asked: EstimateDue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something a leader should look at; ``code`` says which of the rest is filled. ``slug`` is empty when it concerns a kind."""

    code: str
    slug: str = ""
    title: str = ""
    kind: str = ""
    audience: str = ""
    #: since nobody heard of it
    days: int = 0
    last: datetime | None = None

    @property
    def sentence(self) -> str:
        """What a leader reads, in English; in other languages: ``tell_alarm``."""
        return tell_alarm(english("leader"), self)


def tell_alarm(words: Words, alarm: Alarm) -> str:
    """Return an alarm as a sentence."""
    if alarm.code == "no_statement_of_kind":
        return words.name("alarm_kinds", alarm.kind)
    if alarm.code == "no_audience":
        return words.say("alarm_no_audience", title=alarm.title, audience=alarm.audience)
    days = words.number(alarm.days)
    if alarm.last is None:
        return words.say("alarm_never", title=alarm.title, days=days)
    return words.say("alarm_silent", title=alarm.title, days=days, date=words.short_day(alarm.last.date()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it at ``at``; ``statement`` and ``team`` say what it is limited to."""

    at: datetime
    statement: str | None
    team: str | None
    people: int | None
    #: people who received anything at all
    reached: Share | None
    statements: tuple[StatementReport, ...]
    #: over all statements; None without any gap, and in a report that is limited
    projection_gap: OverallGap | None
    alarms: tuple[Alarm, ...]
    #: channel -> state -> deliveries
    deliveries: dict[str, dict[str, int]]
    #: state -> occurrences
    occurrences: dict[str, int]
    #: deliveries in doubt that nobody but a person can settle
    waiting_for_a_person: int
    last_handed_over: datetime | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: instants as ISO 8601 with offset, shares with their part."""
        plain: dict[str, Any] = _plain(asdict(self))
        plain["projection_gap"] = plain_gap(self.projection_gap)
        plain["alarms"] = [{"code": one.code, "slug": one.slug, "sentence": one.sentence} for one in self.alarms]
        for told, line in zip(plain["statements"], self.statements, strict=True):
            told["understanding"] = plain_known(line.understanding)
            told["projection_gap"] = plain_gap(line.projection_gap)
            for told_team, team in zip(told["teams"], line.teams, strict=True):
                told_team["understanding"] = plain_known(team.understanding)
        return plain


def report(
    database: Database, *, statement: str | None = None, team: str | None = None, now: datetime, smallest: int = SMALLEST_GROUP
) -> Report:
    """Return the report at ``now``, on one statement and one team when asked; teams of fewer than ``smallest``, five at least, are hidden.

    Raises NotFound for a statement that is not in force or a team nobody is in.
    """
    smallest = max(smallest, SMALLEST_GROUP)
    with database.read() as connection:
        chosen = [s for s in current_statements(connection) if statement is None or s.slug == statement]
        if statement is not None and not chosen:
            raise NotFound(f"there is no statement {statement!r} in force")
        groups = rows.team_sizes(connection, members=None)
        if team is not None and team not in groups:
            raise NotFound(f"there is nobody in a team {team!r}")
        hidden = _why_hidden(groups, team, smallest)
        lines = _lines(connection, chosen, team=team, detail=statement is not None, now=now, smallest=smallest)
        everybody = sum(size.people for size in groups.values()) if team is None else groups[team].people
        wanted = chosen[0].id if statement is not None else None
        return Report(
            at=now,
            statement=statement,
            team=team,
            people=None if hidden else everybody,
            reached=None if hidden else Share(n=rows.reached_people(connection, team=team), of=everybody),
            statements=lines,
            projection_gap=overall(line.projection_gap for line in lines) if statement is None and team is None else None,
            alarms=_alarms(lines, chosen, whole=statement is None and team is None, now=now),
            deliveries={} if hidden else rows.delivery_counts(connection, statement_id=wanted, team=team),
            occurrences=rows.occurrence_counts(connection),
            waiting_for_a_person=rows.waiting_for_a_person(connection),
            last_handed_over=rows.last_handed_over(connection),
        )


def _why_hidden(groups: Mapping[str, rows.TeamSize], team: str | None, smallest: int) -> str:
    if team is None:
        return ""
    sizes = {name: size.people for name, size in groups.items()}
    if team not in hidden_groups(sizes, smallest):
        return ""
    few = f"hidden: fewer than {smallest}"
    return few if sizes.get(team, 0) < smallest else PROTECTED


def _lines(
    connection: Connection, chosen: list[CurrentStatement], *, team: str | None, detail: bool, now: datetime, smallest: int
) -> tuple[StatementReport, ...]:
    titles = rows.titles_of(connection, [s.version_id for s in chosen])
    trouble = rows.trouble(connection, team=team)
    by_audience: dict[str, list[CurrentStatement]] = defaultdict(list)
    for one in chosen:
        by_audience[one.audience].append(one)
    members = members_of(connection, by_audience, now)
    guessed = guesses(connection, chosen, now=now)
    found: dict[int, StatementReport] = {}
    for audience, group in by_audience.items():
        who = members[audience]
        sizes = rows.team_sizes(connection, members=who)
        current = sorted({v for s in group for v in s.same_meaning})
        met: dict[int, list[rows.Met]] = defaultdict(list)
        for one_met in rows.met(connection, statement_ids=[s.id for s in group], current_versions=current, members=who, team=team):
            met[one_met.statement_id].append(one_met)
        asked = sorted({v for s in group if s.must_acknowledge for v in s.same_meaning})
        acknowledged = rows.acknowledged(connection, version_ids=asked, members=who, team=team) if asked else {}
        known = understand(
            connection,
            {s.id: s.same_meaning for s in group},
            members=who,
            people={name: size.people for name, size in sizes.items()},
            hidden=hidden_groups({name: size.people for name, size in sizes.items()}, smallest),
            now=now,
            smallest=smallest,
        )
        for one in group:
            deliveries = rows.delivery_counts(connection, statement_id=one.id, team=team) if detail else None
            found[one.id] = _line(
                one,
                titles[one.version_id],
                sizes,
                met.get(one.id, []),
                acknowledged.get(one.id, {}),
                trouble.get(one.id, {}),
                known[one.id],
                guessed,
                team=team,
                deliveries=deliveries,
                smallest=smallest,
            )
    return tuple(found[s.id] for s in chosen)


def _line(
    one: CurrentStatement,
    title: tuple[str, int],
    sizes: Mapping[str, rows.TeamSize],
    met: list[rows.Met],
    acknowledged: Mapping[str, int],
    trouble: Mapping[str, int],
    known: Mapping[str | None, GroupKnowledge],
    guessed: EstimateRound,
    *,
    team: str | None,
    deliveries: dict[str, dict[str, int]] | None,
    smallest: int,
) -> StatementReport:
    hidden = _why_hidden(sizes, team, smallest)
    mine = sizes if team is None else {k: v for k, v in sizes.items() if k == team}
    people = sum(size.people for size in mine.values())
    last = max((m.last_day for m in met if m.last_day is not None), default=None)
    show = not hidden
    made = guessed.made.get(one.id) if team is None else None
    return StatementReport(
        slug=one.slug,
        kind=one.kind,
        title=title[0],
        version=title[1],
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
        teams=_teams(one, sizes, met, acknowledged, known, smallest) if team is None else (),
        understanding=known.get(team) if show else None,
        projection_gap=None if made is None else gap_of(made, known[None], smallest=smallest),
        asked=guessed.asked.get(one.id),
    )


def _teams(
    one: CurrentStatement,
    sizes: Mapping[str, rows.TeamSize],
    met: list[rows.Met],
    acknowledged: Mapping[str, int],
    known: Mapping[str | None, GroupKnowledge],
    smallest: int,
) -> tuple[TeamReport, ...]:
    hidden = hidden_groups({name: size.people for name, size in sizes.items()}, smallest)
    by_team: dict[str, list[rows.Met]] = defaultdict(list)
    for m in met:
        by_team[m.team].append(m)
    found = []
    for name in sorted(sizes):
        n = sizes[name].people
        if name in hidden:
            found.append(TeamReport(team=name, hidden=_why_hidden(sizes, name, smallest)))
            continue
        found.append(
            TeamReport(
                team=name,
                hidden="",
                people=n,
                reached=Share(n=sum(m.people for m in by_team[name]), of=n),
                acknowledged=Share(n=acknowledged.get(name, 0), of=n) if one.must_acknowledge else None,
                times=_times(by_team[name], n),
                understanding=known.get(name),
            )
        )
    return tuple(found)


def _times(met: list[rows.Met], people: int) -> Times:
    counts: Counter[int] = Counter()
    for m in met:
        counts[m.times_sent] += m.people
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


def _alarms(lines: tuple[StatementReport, ...], chosen: list[CurrentStatement], *, whole: bool, now: datetime) -> tuple[Alarm, ...]:
    found = []
    for line, one in zip(lines, chosen, strict=True):
        if line.hidden:
            continue
        if line.people == 0:
            found.append(Alarm(code="no_audience", slug=line.slug, title=line.title, audience=line.audience))
            continue
        since = line.last_handed_over or one.published_at
        if now - since <= SILENT_AFTER:
            continue
        found.append(Alarm(code="silent", slug=line.slug, title=line.title, days=(now - since).days, last=line.last_handed_over))
    if whole and lines:
        present = {line.kind for line in lines}
        found += [Alarm(code="no_statement_of_kind", kind=kind) for kind in KINDS if kind not in present]
    return tuple(found)


def _instant(day: float) -> datetime:
    return datetime.fromtimestamp(day * 86_400.0, UTC).replace(microsecond=0)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        plain = {key: _plain(entry) for key, entry in value.items()}
        if plain.keys() == {"n", "of"}:
            plain["share"] = round(plain["n"] / plain["of"], 4) if plain["of"] else None
        return plain
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
