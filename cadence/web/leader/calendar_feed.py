"""What goes out in the coming weeks, as a calendar that Outlook, Google and others subscribe to (iCalendar, RFC 5545).

A calendar program can show no header, so its token stands in the address. Only a token that opens the calendar and nothing else
is taken there: addresses end up in logs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.identity.permissions import Permission
from cadence.identity.tokens import TokenKind, program_by_token
from cadence.identity.viewers import Viewer
from cadence.operations.planning.coming_weeks import ComingDay, coming_weeks
from cadence.rendering.words import Words
from cadence.web.parts.pages import GuardedPages

_LONGEST = 200
#: how long an entry is, after the last time zone
_LASTS = timedelta(minutes=15)


class CalendarFeed(GuardedPages):
    """The route /calendar.ics."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/calendar.ics", self.show, methods=["GET"])]

    def show(self, request: Request) -> Response:
        """Return the feed to a token of the calendar alone, or to who is signed in and may see the calendar."""
        viewer = self._by_token(request.query_params.get("token", ""))
        if viewer is None:
            viewer = self._access.require(request, Permission.SEE_CALENDAR)
        words, now = self._words_for(request, viewer), self._context.clock.now()
        calendar = Calendar()
        calendar.add("prodid", "-//Cadence//calendar//EN")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", f"Cadence · {self._context.company_name}")
        calendar.add("refresh-interval", timedelta(hours=6), parameters={"value": "DURATION"})
        host = urlsplit(self._context.base_url).hostname or "cadence"
        for day in coming_weeks(self._context.database, now=now):
            calendar.add_component(_event(words, day, host, now))
        return Response(calendar.to_ical(), media_type="text/calendar; charset=utf-8")

    def _by_token(self, token: str) -> Viewer | None:
        if not token or len(token) > _LONGEST or not token.isascii():
            return None
        program = program_by_token(self._context.database, token, kind=TokenKind.API, now=self._context.clock.now())
        return program if program is not None and program.permissions == {Permission.SEE_CALENDAR} else None


def _event(words: Words, day: ComingDay, host: str, now: datetime) -> Event:
    event = Event()
    # the same entry at each look, also when its time moves
    event.add("uid", f"{day.cadence}-{day.on.isoformat()}@{host}")
    event.add("dtstamp", now)
    event.add("dtstart", day.first)
    event.add("dtend", day.last + _LASTS)
    event.add("summary", words.say("calendar_entry", name=day.name))
    event.add("description", words.say("calendar_entry_told", people=words.number(day.people)))
    event.add("transp", "TRANSPARENT")
    return event
