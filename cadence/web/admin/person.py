"""One person, for whoever keeps the list: why something came or did not, and what can be changed. Nothing of answers, taps and reading."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.audit import Change
from cadence.domain.planning.calendars import zone
from cadence.errors import Conflict, Invalid, NotFound
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.people import change_person as change
from cadence.operations.people.erase_person import erase_person
from cadence.operations.people.export_person import as_json, export_person
from cadence.operations.planning.explain import explain
from cadence.store.audit.entries import append
from cadence.store.people import personal as rows
from cadence.web.parts.forms import read_form
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.pages import GuardedPages

_SAID = ("paused", "taken_off", "put_back", "moved")
_LONGEST = 400


class PersonAdminPages(GuardedPages):
    """The routes under /people/{id}."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/people/{id}", self.show, methods=["GET"]),
            Route("/people/{id}", self.change, methods=["POST"]),
            Route("/people/{id}/export", self.export, methods=["POST"]),
            Route("/people/{id}/erase", self.ask, methods=["GET"]),
            Route("/people/{id}/erase", self.erase, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show why this person was sent what, what comes next, and where they are reached."""
        return self._page(request, self._access.require(request, Permission.SEE_PEOPLE))

    async def change(self, request: Request) -> Response:
        """Pause, take off the list, put back or move; what cannot be done is said on the page, with what was typed."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.CHANGE_PEOPLE)
        return await run_in_threadpool(self._change, request, viewer, form)

    async def export(self, request: Request) -> Response:
        """Hand out what an admin may take out about a person, as a file."""
        viewer = self._access.require_form(request, await read_form(request), Permission.CHANGE_PEOPLE)
        return await run_in_threadpool(self._export, request, viewer)

    def ask(self, request: Request) -> Response:
        """Say what erasing does, and ask for the name; changes nothing."""
        return self._erase_page(request, self._access.require(request, Permission.CHANGE_PEOPLE))

    async def erase(self, request: Request) -> Response:
        """Erase the person whose name was typed."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.CHANGE_PEOPLE)
        return await run_in_threadpool(self._erase, request, viewer, form)

    def _change(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        row, do, now = self._row(request), form.get("do", ""), self._context.clock.now()
        database, actor, email = self._context.database, viewer.actor, self._row(request)["email"]
        words = self._words_for(request, viewer)
        try:
            if do == "pause":
                change.pause_person(database, email, until=_day(form.get("until", "")), now=now, actor=actor)
                said = "paused"
            elif do == "take_off":
                change.deactivate_person(database, email, now=now, actor=actor)
                said = "taken_off"
            elif do == "put_back":
                change.reactivate_person(database, email, now=now, actor=actor)
                said = "put_back"
            elif do == "move":
                change.move_person(database, email, form.get("address", "").strip(), now=now, actor=actor)
                said = "moved"
            else:
                return self._page(request, viewer, problem=words.say("person_what"), status=422)
        except Invalid as error:
            given = "".join(c for c in form.get("until" if do == "pause" else "address", "") if c.isprintable())[:80]
            key = "person_wrong_day" if do == "pause" else "person_wrong_address"
            return self._page(
                request, viewer, wrong=(do, words.say(key, value=given, reason=str(error.data["reason"]))), kept=form, status=422
            )
        except Conflict as error:
            text = str(error)
            return self._page(request, viewer, wrong=(do, text[:1].upper() + text[1:] + "."), kept=form, status=409)
        return RedirectResponse(f"/people/{row['id']}?said={said}", 303)

    def _export(self, request: Request, viewer: Viewer) -> Response:
        row, now = self._row(request), self._context.clock.now()
        document = export_person(self._context.database, row["email"], now=now)
        with self._context.database.transaction() as connection:
            append(connection, viewer.actor, Change(action="person.exported", object_kind="person", object_key=str(row["id"])), at=now)
        headers = {"content-disposition": f'attachment; filename="cadence-person-{row["id"]}.json"'}
        return Response(as_json(document), media_type="application/json", headers=headers)

    def _erase(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        row, words = self._row(request), self._words_for(request, viewer)
        if " ".join(form.get("name", "").split()).casefold() != " ".join(str(row["name"]).split()).casefold():
            given = "".join(c for c in form.get("name", "") if c.isprintable())[:80]
            return self._erase_page(
                request, viewer, problem=words.say("person_wrong_name", value=given, name=row["name"]), kept=given, status=422
            )
        try:
            erase_person(self._context.database, row["email"], now=self._context.clock.now(), actor=viewer.actor)
        except Conflict as error:
            return self._erase_page(request, viewer, problem=str(error), status=409)
        return RedirectResponse("/people?said=erased", 303)

    def _erase_page(self, request: Request, viewer: Viewer, *, problem: str = "", kept: str = "", status: int = 200) -> Response:
        return self._draw(request, viewer, "person_erase.html", status=status, person=self._row(request), problem=problem, kept=kept)

    def _page(
        self,
        request: Request,
        viewer: Viewer,
        *,
        problem: str = "",
        wrong: tuple[str, str] = ("", ""),
        kept: dict[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        row, now = self._row(request), self._context.clock.now()
        words = self._words_for(request, viewer)
        slug = request.query_params.get("statement", "").strip()[:_LONGEST] or None

        def told() -> Any:
            explain_words = words_asked_for(request, self._context.explain_words)
            return explain(self._context.database, row["email"], slug, now=now, channels=self._context.channels, words=explain_words)

        explained = self._part("explain", told)
        with self._context.database.read() as connection:
            reached = rows.addresses_of(connection, row["id"])
        here, today = zone(row["zone"]), now.astimezone(zone(row["zone"])).date()
        paused = row["paused_until"] if row["paused_until"] is not None and row["paused_until"] > now else None
        return self._draw(
            request,
            viewer,
            "person.html",
            status=status,
            person=row,
            told=explained,
            reached=reached,
            paused=words.short_day(paused.astimezone(here).date()) if paused else "",
            tomorrow=(today + timedelta(days=1)).isoformat(),
            may_change=viewer.may(Permission.CHANGE_PEOPLE),
            problem=problem,
            wrong={"do": wrong[0], "text": wrong[1]},
            kept=kept or {},
            toast=self._said(request, viewer, *_SAID),
        )

    def _row(self, request: Request) -> rows.Row:
        number = request.path_params["id"]
        is_number = number.isascii() and number.isdigit() and len(number) < 16
        with self._context.database.read() as connection:
            row = rows.person_row(connection, person_id=int(number)) if is_number else None
        if row is None or row["shared"] or row["erased_at"] is not None:
            raise NotFound("there is nobody here by this number")
        return row


def _shown(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:80]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("until", text, "is not a date", example="2027-01-15") from None
