"""Pages a person reaches from a message: acknowledge a statement, choose the channel, pause.

The signed link is the only key, and good for its one purpose. A GET shows; only a POST records, and it
says "recorded" after the commit. A mail program's one-click unsubscribe is a POST too: it pauses.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.domain.calendars import resolve, zone
from cadence.domain.deliveries import AcknowledgeMethod
from cadence.domain.links import Link, LinkPurpose
from cadence.errors import Invalid
from cadence.operations.acknowledge import acknowledge, is_current, look
from cadence.operations.explain import explain_person
from cadence.operations.preferences import SHORT_PAUSE, pause, preferences, set_preferences
from cadence.web.access import NotAllowed, RateLimit, require_own_page
from cadence.web.context import SiteContext
from cadence.web.templating import Render

#: presses of one delivery's buttons in a minute
PRESSES = 30
_MOST_FIELDS = 20


class PersonPages:
    """The routes under /a and /p."""

    def __init__(self, context: SiteContext, render: Render) -> None:
        self._context = context
        self._render = render
        self._presses = RateLimit(most=PRESSES)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/a/{token}", self.show_statement, methods=["GET"]),
            Route("/a/{token}", self.record, methods=["POST"]),
            Route("/p/{token}", self.show_preferences, methods=["GET"]),
            Route("/p/{token}", self.save_preferences, methods=["POST"]),
        ]

    def show_statement(self, request: Request) -> Response:
        """Show what is to be acknowledged; changes nothing."""
        link = self._read(request, LinkPurpose.ACKNOWLEDGE)
        asked = look(self._context.database, person_id=link.person_id, version_id=link.version_id, delivery_id=link.delivery_id)
        return self._render("acknowledge.html", asked=asked, current=is_current(asked), token=request.path_params["token"])

    def record(self, request: Request) -> Response:
        """Record the acknowledgement, then say so. The body is not read: the link says all."""
        require_own_page(request, self._context)
        link = self._read(request, LinkPurpose.ACKNOWLEDGE)
        now = self._limit(link)
        done = acknowledge(
            self._context.database,
            person_id=link.person_id,
            version_id=link.version_id,
            delivery_id=link.delivery_id,
            method=AcknowledgeMethod.LINK.value,
            now=now,
        )
        return self._render("acknowledged.html", done=done)

    def show_preferences(self, request: Request) -> Response:
        """Show the person's choices and their own record; changes nothing."""
        link = self._read(request, LinkPurpose.PREFERENCES)
        return self._preferences(request, link)

    async def save_preferences(self, request: Request) -> Response:
        """Store the choices of the form, or pause for a fortnight when a mail program's unsubscribe button asks."""
        form = await _form(request)
        if form.get("List-Unsubscribe") == "One-Click":
            return await run_in_threadpool(self._one_click, request)
        require_own_page(request, self._context)
        return await run_in_threadpool(self._save, request, form)

    def _one_click(self, request: Request) -> Response:
        link = self._read(request, LinkPurpose.PREFERENCES)
        stored = pause(self._context.database, person_id=link.person_id, until=self._limit(link) + SHORT_PAUSE)
        return self._preferences(request, link, saved=f"Messages are paused for {SHORT_PAUSE.days} days." if stored.paused_until else "")

    def _save(self, request: Request, form: dict[str, str]) -> Response:
        link = self._read(request, LinkPurpose.PREFERENCES)
        now = self._limit(link)
        known = preferences(self._context.database, person_id=link.person_id)
        try:
            until = _first_minute(form.get("paused_until", ""), known.zone)
            set_preferences(
                self._context.database, person_id=link.person_id, preferred_channel=form.get("channel", ""), paused_until=until, now=now
            )
        except Invalid as error:
            return self._preferences(
                request, link, problem=f"Nothing was changed: {error.data['field']} {error.data['reason']}.", status=422
            )
        return self._preferences(request, link, saved="Your choices are stored.")

    def _preferences(self, request: Request, link: Link, *, saved: str = "", problem: str = "", status: int = 200) -> Response:
        now = self._context.clock.now()
        chosen = preferences(self._context.database, person_id=link.person_id)
        told = explain_person(self._context.database, link.person_id, now=now)
        paused = chosen.paused_until if chosen.paused_until is not None and chosen.paused_until > now else None
        here = zone(chosen.zone)
        return self._render(
            "preferences.html",
            status=status,
            chosen=chosen,
            told=told,
            paused=paused,
            paused_day=paused.astimezone(here).date().isoformat() if paused else "",
            tomorrow=(now.astimezone(here).date() + timedelta(days=1)).isoformat(),
            days=SHORT_PAUSE.days,
            saved=saved,
            problem=problem,
            token=request.path_params["token"],
        )

    def _read(self, request: Request, purpose: LinkPurpose) -> Link:
        return self._context.links.read(request.path_params["token"], self._context.clock.now(), purpose=purpose)

    def _limit(self, link: Link) -> datetime:
        now = self._context.clock.now()
        if not self._presses.allows(link.delivery_id, now):
            raise NotAllowed("This button was pressed very often in the last minute. What was recorded stays; try again in a minute.", 429)
        return now


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form that browsers and mail programs send; files and other kinds are not read."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == "multipart/form-data" and b'name="List-Unsubscribe"' in body and b"One-Click" in body:
        return {"List-Unsubscribe": "One-Click"}  # RFC 8058 section 3.2 allows this form too
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise NotAllowed("This form cannot be read. Open the page again and send it from there.", 400) from None
    return {name: values[-1] for name, values in fields.items()}


def _first_minute(text: str, zone_name: str) -> datetime | None:
    """Return the first instant of an ISO local date, None for an empty text. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return resolve(datetime.combine(date.fromisoformat(text.strip()), time()), zone(zone_name))
    except (ValueError, OverflowError):
        raise Invalid("pause until", text, "is not a date", example="2026-12-24") from None
