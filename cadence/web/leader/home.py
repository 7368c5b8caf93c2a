"""Home: do people know what I have said? The gap in a sentence, one thing to do next, and a row for each statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.audit import Change
from cadence.domain.planning.calendars import zone
from cadence.errors import NotFound
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.measuring.alarms import SILENT_AFTER, tell_alarm
from cadence.operations.measuring.estimate_words import headline
from cadence.operations.measuring.judge_words import list_unsure
from cadence.operations.measuring.next_thing import PUT_OFF_FOR, next_thing
from cadence.operations.measuring.question_health import question_health
from cadence.operations.measuring.report import Report
from cadence.operations.planning.upcoming import Upcoming, upcoming
from cadence.operations.responding.ask import list_questions
from cadence.operations.running.notices import ToldNotice, list_notices
from cadence.operations.sending.eta import WORTH_TELLING, still_to_send, tell_eta
from cadence.rendering.words import Words
from cadence.store.audit.entries import append
from cadence.store.measuring.put_off import put_off, subjects_put_off
from cadence.store.responding.questions import AskedQuestion
from cadence.web.leader.home_rows import rows_of
from cadence.web.parts.days import tell_day
from cadence.web.parts.forms import read_form
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.navigation import first_page
from cadence.web.parts.pages import GuardedPages

#: notices on the page
_MOST_NOTICES = 5
#: slots that are looked at, and digests that stand on the page
_SLOTS, _MOST_DIGESTS = 60, 2
#: questions whose text stands on the page: those that wait longest
_MOST_ASKED = 2
#: characters of what is put off
_LONGEST_SUBJECT = 200


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
            Route("/not-now", self.put_off, methods=["POST"]),
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
        told = {} if report is None else self._told(words, viewer, report, coming or [], asked or [])
        notices = self._part("notices", lambda: self._notices(request)) or []
        return self._draw(
            request,
            viewer,
            "home.html",
            toast=self._said(request, viewer, "put_off"),
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

    async def put_off(self, request: Request) -> Response:
        """Hide the next thing from this account for a week, and lead home, where the one after it stands."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.SEE_RESULTS)
        return await run_in_threadpool(self._put_off, viewer, form.get("subject", ""))

    def _put_off(self, viewer: Viewer, subject: str) -> Response:
        if viewer.account_id is None or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise NotFound("there is nothing to put off")
        now = self._context.clock.now()
        with self._context.database.transaction() as connection:
            put_off(connection, viewer.account_id, subject, until=now + PUT_OFF_FOR)
            change = Change(action="advice.put_off", object_kind="advice", object_key=subject)
            append(connection, viewer.actor, change, at=now)
        return RedirectResponse("/?said=put_off", 303)

    def _told(
        self, words: Words, viewer: Viewer, report: Report, coming: Sequence[Upcoming], asked: Sequence[AskedQuestion]
    ) -> dict[str, Any]:
        """Return what the page says from the report: the answer in a sentence, the next thing, the rows, what has gone quiet."""
        context = self._context
        digest = words.say("next_digest", time=words.moment(coming[0].fire_at, coming[0].zone), cadence=coming[0].cadence) if coming else ""
        with context.database.read() as connection:
            health = question_health(connection)
            later = subjects_put_off(connection, viewer.account_id, now=report.at) if viewer.account_id is not None else frozenset()
        oldest = min((one.asked_at for one in asked), default=None)
        return {
            "headline": headline(words, report, zone_name=context.zone),
            "next": next_thing(
                words,
                report,
                trouble=context.trouble(),
                oldest_question=oldest,
                next_digest=digest,
                health=health,
                put_off=later,
            ),
            "may_put_off": viewer.account_id is not None,
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


def _digests(words: Words, slots: Sequence[Upcoming]) -> list[ComingDigests]:
    """Return one line for what is due at the same local time in several zones, with the people of all."""
    found: dict[tuple[str, str], int] = {}
    for slot in slots:
        local = slot.fire_at.astimezone(zone(slot.zone))
        key = words.say("week_when", date=words.short_day(local.date()), time=f"{local:%H:%M}"), slot.cadence
        found[key] = found.get(key, 0) + slot.people
    return [ComingDigests(when=when, cadence=cadence, people=people) for (when, cadence), people in found.items()]
