"""The weeks in which one statement was said, as the strip on its page draws them. Counted by ``operations.measuring.heard``."""

from __future__ import annotations

from dataclasses import dataclass

from cadence.domain.measuring.hearing import months_of
from cadence.operations.measuring.heard import weeks_said
from cadence.operations.measuring.reported import StatementReport
from cadence.rendering.words import Words
from cadence.store.planning.chunks import CurrentStatement
from cadence.web.parts.context import SiteContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """``label``: the whole strip in words; ``months``: (place of the cell, name); ``rows``: each week and its people."""

    heading: str
    label: str
    tints: tuple[int | None, ...]
    months: tuple[tuple[int, str], ...]
    rows: tuple[tuple[str, str], ...]


def strip_of(context: SiteContext, words: Words, line: StatementReport, one: CurrentStatement) -> Strip | None:
    """Return the strip of the last 13 weeks; None where it is not told how many people a statement is meant for."""
    if not line.people:
        return None
    with context.database.read() as connection:
        said = weeks_said(connection, one, people=line.people, now=context.clock.now(), zone_name=context.zone)
    heading = words.count("weeks_said", said.said_in, weeks=words.number(len(said.weeks)))
    rows = tuple((words.short_day(week), "–" if n is None else words.number(n)) for week, n in zip(said.weeks, said.people, strict=True))
    sent = "; ".join(words.say("weeks_week", date=week, people=n) for (week, n), people in zip(rows, said.people, strict=True) if people)
    return Strip(
        heading=heading,
        label=words.say("weeks_label", heading=heading, weeks=sent) if sent else heading,
        tints=said.tints,
        months=tuple((place, words.short_month(week)) for place, week in months_of(said.weeks)),
        rows=rows,
    )
