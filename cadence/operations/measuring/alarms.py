"""What a leader should look at: statements that nobody hears, audiences without anybody, kinds of statement that are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cadence.domain.statements.statement import KINDS
from cadence.operations.measuring.reported import StatementReport
from cadence.rendering.words import Words, english
from cadence.store.planning.chunks import CurrentStatement

#: a statement that reached nobody for longer than this raises the alarm
SILENT_AFTER = timedelta(days=30)


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


def alarms_of(lines: Sequence[StatementReport], chosen: Sequence[CurrentStatement], *, whole: bool, now: datetime) -> tuple[Alarm, ...]:
    """Return the alarms of these statements; ``whole``: they are all there are, so that a kind can be missing."""
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
