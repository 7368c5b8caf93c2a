"""The report: reach, frequency and acknowledgement, counted, and how many know each statement, as released.

Lines of single statements: ``report_lines``; its JSON: ``report_json``; its words: ``figure_words`` and ``estimate_words``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.measuring.releases import FIRST_FIGURE
from cadence.errors import NotFound
from cadence.operations.measuring.alarms import Alarm, alarms_of
from cadence.operations.measuring.gaps import OverallGap, overall
from cadence.operations.measuring.report_lines import statement_lines, why_hidden
from cadence.operations.measuring.reported import Share, StatementReport
from cadence.store.database.engine import Database
from cadence.store.measuring import reports as rows
from cadence.store.measuring.asked import first_question_day
from cadence.store.planning.chunks import current_statements


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
    #: when the first figure of today can be told at the earliest; None before the first question
    first_figure_from: datetime | None
    alarms: tuple[Alarm, ...]
    #: channel -> state -> deliveries
    deliveries: dict[str, dict[str, int]]
    #: state -> occurrences
    occurrences: dict[str, int]
    #: deliveries in doubt that nobody but a person can settle
    waiting_for_a_person: int
    last_handed_over: datetime | None


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
        hidden = why_hidden(groups, team, smallest)
        lines = statement_lines(connection, chosen, team=team, detail=statement is not None, now=now, smallest=smallest, everyone=groups)
        everybody = sum(size.people for size in groups.values()) if team is None else groups[team].people
        wanted = chosen[0].id if statement is not None else None
        first = first_question_day(connection)
        return Report(
            at=now,
            statement=statement,
            team=team,
            people=None if hidden else everybody,
            reached=None if hidden else Share(n=rows.reached_people(connection, team=team), of=everybody),
            statements=lines,
            projection_gap=overall([line.projection_gap for line in lines]) if statement is None and team is None else None,
            first_figure_from=None if first is None else datetime.fromtimestamp(first * 86_400.0, UTC) + FIRST_FIGURE,
            alarms=alarms_of(lines, chosen, whole=statement is None and team is None, now=now),
            deliveries={} if hidden else rows.delivery_counts(connection, statement_id=wanted, team=team),
            occurrences=rows.occurrence_counts(connection),
            waiting_for_a_person=rows.waiting_for_a_person(connection),
            last_handed_over=rows.last_handed_over(connection),
        )
