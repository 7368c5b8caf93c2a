"""The list of people: who can be reached, who needs an address, and the way to each one."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.planning.calendars import zone
from cadence.identity.permissions import Permission
from cadence.operations.people.audience_sizes import audience_sizes
from cadence.rendering.words import Words
from cadence.store.people.listing import STATES, ListedHuman, PeopleFilter, Place, count_people, list_page, teams
from cadence.store.people.personal import person_row
from cadence.web.parts.pages import GuardedPages

_SHOWN, _LONGEST = 50, 200
_NEW = timedelta(days=30)


class PeoplePages(GuardedPages):
    """The routes /people and the old /explain."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/people", self.show, methods=["GET"]),
            Route("/explain", self.explain, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show a page of people, with a search and filters."""
        viewer = self._access.require(request, Permission.SEE_PEOPLE)
        words, now, query = self._words_for(request, viewer), self._context.clock.now(), request.query_params
        state = query.get("state", "") if query.get("state") in STATES else ""
        wanted = PeopleFilter(text=query.get("text", "").strip()[:_LONGEST], team=query.get("team", "")[:_LONGEST], state=state)
        channels = [channel.value for channel in self._context.channels]
        with self._context.database.read() as connection:
            found = list_page(
                connection, wanted, channels=channels, now=now, new_since=now - _NEW, after=_place(query.get("after", "")), limit=_SHOWN + 1
            )
            total, reached = count_people(connection, channels)
            every_team = teams(connection)
        kept = {"text": wanted.text, "team": wanted.team, "state": wanted.state}
        more = (
            f"{int(found[_SHOWN - 1].place.reachable)}:{found[_SHOWN - 1].id}:{found[_SHOWN - 1].place.name}" if len(found) > _SHOWN else ""
        )
        return self._draw(
            request,
            viewer,
            "people.html",
            people=[(one, self._state(words, one, now, channels)) for one in found[:_SHOWN]],
            total=total,
            reached=reached,
            teams=every_team,
            states=STATES,
            wanted=wanted,
            next_page=f"/people?{urlencode({**kept, 'after': more})}" if more else "",
            audiences=self._part("audiences", lambda: audience_sizes(self._context.database, now=now)),
            may_change=viewer.may(Permission.CHANGE_PEOPLE),
            toast=self._said(request, viewer, "erased"),
        )

    def explain(self, request: Request) -> Response:
        """Lead from the old address to the person's page, or to the list."""
        self._access.require(request, Permission.SEE_PEOPLE)
        email = request.query_params.get("email", "").strip().lower()[:_LONGEST]
        with self._context.database.read() as connection:
            row = person_row(connection, email=email) if email else None
        if row is None:
            return RedirectResponse(f"/people?{urlencode({'text': email})}" if email else "/people", 302)
        asked = urlencode({"statement": request.query_params["statement"]}) if request.query_params.get("statement") else ""
        return RedirectResponse(f"/people/{row['id']}" + (f"?{asked}" if asked else ""), 302)

    def _state(self, words: Words, one: ListedHuman, now: datetime, channels: list[str]) -> tuple[str, str]:
        """Return the look of the tag and what it says: the one thing about somebody that matters to whoever keeps the list."""

        def day(at: datetime) -> str:
            return words.short_day(at.astimezone(zone(self._context.zone)).date())

        if one.left_at is not None:
            return "off", words.say("people_left", date=day(one.left_at))
        if not set(one.channels) & set(channels):
            if not one.refused:
                return "bad", words.say("people_no_address")
            channel, _, since = one.refused[0]
            return "bad", words.say("people_refused", channel=words.name("channels", channel), date=day(since))
        if one.paused_until is not None and one.paused_until > now:
            return "off", words.say("people_paused", date=day(one.paused_until))
        if one.created_at > now - _NEW:
            return "wait", words.count("people_new", (now - one.created_at).days + 1)
        return "ok", words.say("people_reached")


def _after(place: Place) -> str:
    return f"{int(place.reachable)}:{place.id}:{place.name}"


def _place(text: str) -> Place | None:
    reachable, _, rest = text.partition(":")
    number, _, name = rest.partition(":")
    if reachable not in ("0", "1") or not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    return Place(reachable=reachable == "1", name=name, id=int(number))
