"""Bringing a people file in: send it, see what it would change, take it or drop it, and undo it within thirty days."""

from __future__ import annotations

from secrets import token_urlsafe

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.people.retention import UNDO_FOR
from cadence.errors import Conflict, Invalid
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.people.import_people import FEW, MAX_DEACTIVATED_PERCENT
from cadence.operations.people.import_runs import (
    PeopleRules,
    check_file,
    drop_file,
    preview_file,
    take_file,
    undo_file,
)
from cadence.store.people.import_runs import newest_undoable
from cadence.store.people.listing import count_people
from cadence.web.parts.forms import read_form, read_upload
from cadence.web.parts.pages import GuardedPages

_LARGEST = 50_000_000
#: names that a section shows at once
_SHOWN = 50


class PeopleImportPages(GuardedPages):
    """The routes under /people/import."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/people/import", self.show, methods=["GET"]),
            Route("/people/import", self.send, methods=["POST"]),
            Route("/people/import/{run}", self.preview, methods=["GET"]),
            Route("/people/import/{run}", self.decide, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Ask for a file, and show the imports that can still be undone."""
        return self._start(request, self._access.require(request, Permission.CHANGE_PEOPLE))

    async def send(self, request: Request) -> Response:
        """Read a file and lead to what it would change; what cannot be read is said, and nothing is kept."""
        await run_in_threadpool(self._access.require, request, Permission.CHANGE_PEOPLE)  # before a large body is read
        form, name, content = await read_upload(request, "file", most=_LARGEST)
        viewer = self._access.require_form(request, form, Permission.CHANGE_PEOPLE)
        return await run_in_threadpool(self._send, request, viewer, name, content)

    def preview(self, request: Request) -> Response:
        """Show what taking the file would change now."""
        viewer = self._access.require(request, Permission.CHANGE_PEOPLE)
        return self._preview(request, viewer, deactivate_missing=request.query_params.get("missing") == "leave")

    async def decide(self, request: Request) -> Response:
        """Take the file, drop it, or undo it."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.CHANGE_PEOPLE)
        return await run_in_threadpool(self._decide, request, viewer, form)

    def _send(self, request: Request, viewer: Viewer, name: str, content: bytes) -> Response:
        words = self._words_for(request, viewer)
        if not content:
            return self._start(request, viewer, problem=words.say("import_no_file"), status=422)
        public_id = token_urlsafe(16)
        try:
            check_file(
                self._context.database,
                content,
                file_name=name or "people.csv",
                public_id=public_id,
                rules=self._rules(),
                actor=viewer.actor,
                now=self._context.clock.now(),
            )
        except Invalid as error:
            return self._start(request, viewer, problem=words.say("import_refused", file=name, reason=str(error)), status=422)
        return RedirectResponse(f"/people/import/{public_id}", 303)

    def _decide(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        run, now, database = request.path_params["run"], self._context.clock.now(), self._context.database
        words = self._words_for(request, viewer)
        if form.get("do") == "drop":
            drop_file(database, run, now=now)
            return RedirectResponse("/people/import?said=dropped", 303)
        try:
            if form.get("do") == "undo":
                undone = undo_file(database, run, actor=viewer.actor, now=now)
                return RedirectResponse(f"/people/import?said={'undone_most' if undone.left else 'undone'}", 303)
            leave = form.get("missing") == "leave"
            shown = preview_file(database, run, rules=self._rules(), deactivate_missing=leave, now=now)
            going = len(shown.deactivated) + len(shown.reassigned)
            asked = self._asks_twice(going)
            if asked and form.get("count", "").strip() != str(going):
                problem = words.say("import_wrong_count", value=form.get("count", "")[:20], n=str(going))
                return self._preview(request, viewer, deactivate_missing=leave, problem=problem, status=422)
            take_file(database, run, rules=self._rules(), deactivate_missing=leave, force=asked, actor=viewer.actor, now=now)
        except Conflict as error:
            text = str(error)
            return self._start(request, viewer, problem=text[:1].upper() + text[1:] + ".", status=409)
        return RedirectResponse("/people/import?said=taken", 303)

    def _preview(self, request: Request, viewer: Viewer, *, deactivate_missing: bool, problem: str = "", status: int = 200) -> Response:
        run = request.path_params["run"]
        report = preview_file(
            self._context.database, run, rules=self._rules(), deactivate_missing=deactivate_missing, now=self._context.clock.now()
        )
        going = len(report.deactivated) + len(report.reassigned)
        return self._draw(
            request,
            viewer,
            "people_import_preview.html",
            status=status,
            run=run,
            report=report,
            going=going,
            asks_twice=self._asks_twice(going),
            leave=deactivate_missing,
            shown=_SHOWN,
            changes=len(report.created) + len(report.updated) + len(report.reactivated) + going,
            problem=problem,
        )

    def _start(self, request: Request, viewer: Viewer, *, problem: str = "", status: int = 200) -> Response:
        with self._context.database.read() as connection:
            undoable = newest_undoable(connection, after=self._context.clock.now() - UNDO_FOR)
        said = self._said(request, viewer, "taken", "dropped", "undone", "undone_most")
        return self._draw(request, viewer, "people_import.html", status=status, undoable=undoable, problem=problem, toast=said)

    def _rules(self) -> PeopleRules:
        return PeopleRules(default_zone=self._context.zone, keep=self._context.kept_attributes())

    def _asks_twice(self, going: int) -> bool:
        with self._context.database.read() as connection:
            total, _ = count_people(connection, [channel.value for channel in self._context.channels])
        return going >= FEW and going * 100 > total * MAX_DEACTIVATED_PERCENT
