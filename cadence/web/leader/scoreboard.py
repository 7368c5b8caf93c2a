"""Are we getting there? One scoreboard: each measure in a word, its line, and a form to enter values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.planning.calendars import zone
from cadence.domain.statements.progress import MeasureWay, Progress, way_of
from cadence.errors import Conflict, Invalid
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.measures import (
    EnteredValue,
    FarOff,
    can_take_back,
    enter_values,
    read_day,
    read_number,
    read_table,
    scoreboard,
    take_back_values,
)
from cadence.rendering.words import Words
from cadence.store.authoring.statements import StoredMeasure, StoredStatement
from cadence.web.leader.writing.draft_page import tell_fault
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

_LOOKS = {Progress.BEHIND: "bad", Progress.OLD: "wait", Progress.NO_VALUE: "off", Progress.OPEN: "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One measure as the page shows it, and what was typed for it."""

    measure: StoredMeasure
    way: MeasureWay
    look: str
    newest: tuple[date, float] | None
    field: str
    typed: str = ""
    problem: str = ""


class ScoreboardPage(GuardedPages):
    """The routes under /scoreboards/{slug}."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/scoreboards/{slug}", self.show, methods=["GET"]),
            Route("/scoreboards/{slug}", self.send, methods=["POST"]),
            Route("/scoreboards/{slug}/take-back", self.undo, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show a scoreboard."""
        viewer = self._access.require(request, Permission.SEE_STATEMENTS)
        return self._page(request, viewer, {})

    async def send(self, request: Request) -> Response:
        """Store the values of the form, or say what is wrong with which."""
        form = await read_form(request, most=60)
        viewer = self._access.require_form(request, form, Permission.ENTER_VALUES)
        return await run_in_threadpool(self._enter, request, viewer, form)

    async def undo(self, request: Request) -> Response:
        """Take the newest entry back."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.ENTER_VALUES)
        return await run_in_threadpool(self._undo, request, viewer)

    def _undo(self, request: Request, viewer: Viewer) -> Response:
        slug, said = request.path_params["slug"], "board_taken_back"
        try:
            take_back_values(self._context.database, slug, actor=viewer.actor, now=self._context.clock.now())
        except Conflict:
            said = "board_late"
        self._report.forget()
        return RedirectResponse(f"/scoreboards/{quote(slug, safe='')}?said={said}", 303)

    def _enter(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        slug, words = request.path_params["slug"], self._words_for(request, viewer)
        with self._context.database.read() as connection:
            board = scoreboard(connection, slug)
        problems: dict[str, str] = {}
        try:
            values = read_table(form.get("table", ""))
            on = read_day(form.get("on", "") or self._today().isoformat())
            for measure in board.measures:
                typed = form.get(_field(measure), "")
                if typed.strip():
                    try:
                        values.append(EnteredValue(measure=measure.name, on=on, value=read_number(typed, field="value")))
                    except Invalid as error:
                        problems[measure.name] = tell_fault(words, error)
            if problems:
                return self._page(request, viewer, form, status=422, problems=problems)
            enter_values(
                self._context.database,
                slug,
                values,
                actor=viewer.actor,
                now=self._context.clock.now(),
                today=self._today(),
                sure="sure" in form,
            )
        except FarOff as error:
            problems = {
                name: words.say("board_far", value=words.number(value), before=words.number(before)) for name, value, before in error.found
            }
            return self._page(request, viewer, form, status=422, problems=problems, is_far=True)
        except Invalid as error:
            return self._page(request, viewer, form, status=422, problem=tell_fault(words, error))
        self._report.forget()
        return RedirectResponse(f"/scoreboards/{quote(slug, safe='')}?said=board_saved", 303)

    def _page(
        self,
        request: Request,
        viewer: Viewer,
        form: Mapping[str, str],
        *,
        status: int = 200,
        problem: str = "",
        problems: Mapping[str, str] | None = None,
        is_far: bool = False,
    ) -> Response:
        slug, words, now = request.path_params["slug"], self._words_for(request, viewer), self._context.clock.now()
        with self._context.database.read() as connection:
            board = scoreboard(connection, slug)
            undoable = can_take_back(connection, slug, now=now)
        rows = self._rows(board, form, problems or {})
        toast: dict[str, str] | None = self._said(request, viewer, "board_saved", "board_taken_back", "board_late")
        if undoable and request.query_params.get("said") == "board_saved":
            toast = {
                "text": words.say("toast_board_saved"),
                "undo": f"/scoreboards/{quote(slug, safe='')}/take-back",
                "undo_label": words.say("write_take_back"),
            }
        return self._draw(
            request,
            viewer,
            "scoreboard.html",
            status=status,
            board=board,
            rows=rows,
            headline=_headline(words, rows),
            problem=problem,
            is_far=is_far,
            on=form.get("on", self._today().isoformat()),
            table=form.get("table", ""),
            may_enter=viewer.may(Permission.ENTER_VALUES),
            toast=toast,
        )

    def _rows(self, board: StoredStatement, form: Mapping[str, str], problems: Mapping[str, str]) -> list[BoardRow]:
        found = []
        for one in board.measures:
            values = sorted(one.values.items())
            way = way_of(values, baseline=one.baseline, target=one.target, target_on=one.target_on, today=self._today())
            field = _field(one)
            found.append(
                BoardRow(
                    measure=one,
                    way=way,
                    look=_LOOKS.get(way.progress, "ok"),
                    newest=values[-1] if values else None,
                    field=field,
                    typed=form.get(field, ""),
                    problem=problems.get(one.name, ""),
                )
            )
        return found

    def _today(self) -> date:
        return self._context.clock.now().astimezone(zone(self._context.zone)).date()


def _field(measure: StoredMeasure) -> str:
    return f"v{measure.id}"


def _headline(words: Words, rows: Sequence[BoardRow]) -> str:
    """Return the answer in a sentence: which one is behind."""
    behind = [row.measure.name for row in rows if row.way.progress is Progress.BEHIND]
    if behind:
        return words.count("board_behind", len(behind), names=", ".join(behind[:3]))
    if all(row.newest is None for row in rows):
        return words.say("board_no_value")
    return words.say("board_on_track")
