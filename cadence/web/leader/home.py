"""Home: do people know what I have said? The gap in a sentence, one thing to do next, and a row for each statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.measuring.figures import Figure
from cadence.domain.planning.calendars import zone
from cadence.identity.permissions import Permission
from cadence.operations.measuring.alarms import SILENT_AFTER, tell_alarm
from cadence.operations.measuring.estimate_words import headline, is_wanted, tell_estimate
from cadence.operations.measuring.figure_words import tell_figure
from cadence.operations.measuring.gaps import Gap
from cadence.operations.measuring.judge_words import list_unsure
from cadence.operations.measuring.next_thing import next_thing
from cadence.operations.measuring.question_health import question_health
from cadence.operations.measuring.report import Report
from cadence.operations.measuring.reported import Share, StatementReport
from cadence.operations.planning.upcoming import Upcoming, upcoming
from cadence.operations.responding.ask import list_questions
from cadence.operations.running.notices import ToldNotice, list_notices
from cadence.operations.sending.eta import WORTH_TELLING, still_to_send, tell_eta
from cadence.rendering.words import Words
from cadence.store.responding.questions import AskedQuestion
from cadence.web.parts.days import tell_day
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.navigation import first_page
from cadence.web.parts.pages import GuardedPages

#: notices on the page
_MOST_NOTICES = 5
#: from more statements than the first on, only the second number of the widest gaps stands open
_MANY, _WIDEST = 25, 12
#: slots that are looked at, and digests that stand on the page
_SLOTS, _MOST_DIGESTS = 60, 2
#: questions whose text stands on the page: those that wait longest
_MOST_ASKED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statement on the page. ``label`` is the whole answer in words; numbers are None where they may not be said."""

    slug: str
    title: str
    wanted: bool
    label: str
    told: str
    small: str
    #: there is a gap, and it says something
    is_gap: bool
    estimate: int | None
    value: int | None
    low: int | None
    high: int | None
    #: the figure of today in words
    known: str
    reached: str
    acknowledged: str
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows in their order: widest gap first, then what has no gap; ``early``: what nothing may be said of."""

    shown: tuple[Row, ...]
    more: tuple[Row, ...]
    early: tuple[Row, ...]

    @property
    def every(self) -> tuple[Row, ...]:
        """Return all of them."""
        return self.shown + self.more + self.early


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingDigests:
    """What is due at one local time, in all zones; ``people``: before audience and caps."""

    when: str
    cadence: str
    people: int


class HomePage(GuardedPages):
    """The route /."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", self.show, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what people know of every statement in force, and what to do next."""
        viewer = self._access.require(request, Permission.SEE_OWN_PAGE)
        if not viewer.may(Permission.SEE_RESULTS):
            return RedirectResponse(first_page(viewer), 302)
        context, words, now = self._context, self._words_for(request, viewer), self._context.clock.now()
        report = self._part("report", self._report)
        coming = self._part("coming", lambda: upcoming(context.database, after=now, limit=_SLOTS))
        asked = self._part("questions", lambda: list_questions(context.database, closed=False))
        told = {} if report is None else self._told(words, report, coming or [], asked or [])
        notices = self._part("notices", lambda: self._notices(request)) or []
        return self._draw(
            request,
            viewer,
            "home.html",
            report=report,
            notices=notices[:_MOST_NOTICES],
            more_notices=len(notices) > _MOST_NOTICES,
            coming=None if coming is None else _digests(words, coming)[:_MOST_DIGESTS],
            questions=None if asked is None else len(asked),
            asked=[(one.text, tell_day(words, one.asked_at, now=now, zone_name=context.zone)) for one in (asked or [])[-_MOST_ASKED:]],
            unsure=self._part("own words", lambda: len(list_unsure(context.database))) or 0,
            silent_days=SILENT_AFTER.days,
            sending=self._part("sending", lambda: self._sending(words)) or [],
            **told,
        )

    def _told(self, words: Words, report: Report, coming: Sequence[Upcoming], asked: Sequence[AskedQuestion]) -> dict[str, Any]:
        """Return what the page says from the report: the answer in a sentence, the next thing, the rows, what has gone quiet."""
        context = self._context
        digest = words.say("next_digest", time=words.moment(coming[0].fire_at, coming[0].zone), cadence=coming[0].cadence) if coming else ""
        with context.database.read() as connection:
            health = question_health(connection)
        oldest = min((one.asked_at for one in asked), default=None)
        return {
            "headline": headline(words, report, zone_name=context.zone),
            "next": next_thing(words, report, trouble=context.trouble(), oldest_question=oldest, next_digest=digest, health=health),
            "rows": rows_of(words, report, zone_name=context.zone),
            "alarms": [(alarm.slug, tell_alarm(words, alarm)) for alarm in report.alarms],
        }

    def _notices(self, request: Request) -> list[ToldNotice]:
        with self._context.database.read() as connection:
            found = list_notices(connection, limit=_MOST_NOTICES + 1, words=words_asked_for(request, self._context.notice_words))
        # a question that is too easy would tell the result before the estimate; the statement's page tells it after
        return [one for one in found if not one.code.startswith("question_")]

    def _sending(self, words: Words) -> list[str]:
        """Return a line for each channel that is busy for a minute or more."""
        now = self._context.clock.now()
        with self._context.database.read() as connection:
            left = still_to_send(connection, self._context.paces, now=now)
        return [tell_eta(words, one) for one in left if one.eta_seconds is not None and one.eta_seconds >= WORTH_TELLING]


def rows_of(words: Words, report: Report, *, zone_name: str) -> Rows:
    """Return the rows of the page. What may not be said yet is folded away once anything may be said at all."""
    rows = [(line, _row(words, line, zone_name)) for line in report.statements]
    rows.sort(key=lambda pair: _place(pair[0]))
    told = [row for line, row in rows if row.wanted or _is_told(line)]
    if not any(_is_told(line) for line in report.statements):
        told = [row for _, row in rows]
    early = [row for _, row in rows if row not in told]
    most = _WIDEST if len(told) > _MANY else len(told)
    return Rows(shown=tuple(told[:most]), more=tuple(told[most:]), early=tuple(early))


def _is_told(line: StatementReport) -> bool:
    if is_wanted(line):
        return False
    gap = line.projection_gap
    return (gap is not None and gap.low is not None) or (line.know_it is not None and line.know_it.is_said)


def _place(line: StatementReport) -> tuple[int, int]:
    gap = line.projection_gap
    if is_wanted(line):
        return 2, 0
    if gap is not None and gap.points is not None:
        return 0, -gap.points
    return (1 if _is_told(line) else 3), 0


def _row(words: Words, line: StatementReport, zone_name: str) -> Row:
    gap, wanted = line.projection_gap, is_wanted(line)
    figure = gap.figure if gap is not None else line.know_it
    said = figure if figure is not None and figure.is_said and not wanted else None
    known = "" if line.know_it is None else tell_figure(words, line.know_it, zone_name=zone_name)
    told, small = (known, "") if said is None else _short(words, gap, said)
    return Row(
        slug=line.slug,
        title=line.title,
        wanted=wanted,
        label=tell_estimate(words, gap, zone_name=zone_name) if gap is not None else known,
        told=told,
        small=small,
        is_gap=gap is not None and gap.points is not None and not gap.as_thought and said is not None,
        estimate=None if gap is None else gap.estimate,
        value=None if said is None else said.value,
        low=None if said is None else said.low,
        high=None if said is None else said.high,
        known=known,
        reached=_people(words, line.reached),
        acknowledged=_people(words, line.acknowledged) if line.must_acknowledge else "",
        last=line.last_handed_over,
    )


def _short(words: Words, gap: Gap | None, figure: Figure) -> tuple[str, str]:
    """Return the gap, or else the figure, in as few words as a row has room for, and how many answered."""
    small = words.say("row_start" if gap is not None and gap.is_at_start else "row_answered", answered=words.number(figure.answered or 0))
    if gap is not None and gap.points is not None:
        if gap.as_thought:
            return words.say("row_same"), small
        return words.count("row_fewer" if gap.points > 0 else "row_more", abs(gap.points)), small
    if figure.value is None:
        return words.say("row_range", low=str(figure.low), high=str(figure.high)), small
    return words.say("of_100", n=str(figure.value)), small


def _digests(words: Words, slots: Sequence[Upcoming]) -> list[ComingDigests]:
    """Return one line for what is due at the same local time in several zones, with the people of all."""
    found: dict[tuple[str, str], int] = {}
    for slot in slots:
        local = slot.fire_at.astimezone(zone(slot.zone))
        key = words.say("week_when", date=words.short_day(local.date()), time=f"{local:%H:%M}"), slot.cadence
        found[key] = found.get(key, 0) + slot.people
    return [ComingDigests(when=when, cadence=cadence, people=people) for (when, cadence), people in found.items()]


def _people(words: Words, share: Share | None) -> str:
    return "" if share is None else words.say("count_of", n=words.number(share.n), of=words.number(share.of))
