"""Where a draft stands: begin one, approve it or send it back, hold it, take it back, drop it.

The address /write/{draft} leads to whichever page its state asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.channels.registry import MAIL
from cadence.domain.planning.calendars import zone
from cadence.domain.statements.drafting import DraftState
from cadence.domain.statements.statement import KINDS, MAX_TITLE
from cadence.errors import CadenceError, Conflict, Invalid, NotFound
from cadence.files.toml_tables import InvalidFile
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.approvals import approve_draft, send_back
from cadence.operations.authoring.consequences import consequences_of, what_happens
from cadence.operations.authoring.drafts import discard_draft, restore_draft, start_draft
from cadence.operations.authoring.hold import approval_of, approvers, take_back, text_mark
from cadence.store.authoring import drafts as rows
from cadence.web.leader.writing.changes import pairs_of
from cadence.web.leader.writing.draft_page import MOST_FIELDS, DraftPage, OpenDraft, tell_fault
from cadence.web.leader.writing.words import GOOD_TITLE
from cadence.web.parts.forms import read_form

_Press = Callable[[Request, Viewer, Mapping[str, str]], Response]


class DraftWayPages(DraftPage):
    """The routes /write, /write/{draft}, and what is pressed on the way."""

    step = "words"

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/write", self.begin, methods=["GET"]),
            Route("/write", self._pressed(Permission.WRITE, self._begin), methods=["POST"]),
            Route("/write/{draft}", self.lead, methods=["GET"]),
            Route("/write/{draft}/live", self.live, methods=["GET"]),
            Route("/write/{draft}/approve", self.approval, methods=["GET"]),
            Route("/write/{draft}/approve", self._pressed(Permission.APPROVE, self._approve), methods=["POST"]),
            Route("/write/{draft}/take-back", self._pressed(Permission.WRITE, self._take_back), methods=["POST"]),
            Route("/write/{draft}/discard", self._pressed(Permission.WRITE, self._discard), methods=["POST"]),
            Route("/write/{draft}/restore", self._pressed(Permission.WRITE, self._restore), methods=["POST"]),
        ]

    def begin(self, request: Request) -> Response:
        """Show the first form: one sentence, why it matters, what kind it is."""
        viewer = self._access.require(request, Permission.WRITE)
        return self._first(request, viewer, {})

    def lead(self, request: Request) -> Response:
        """Lead to the page that the draft's state asks for."""
        viewer = self._may_see(request)
        opened = self.open(request)
        state = opened.draft.state
        if state == DraftState.HELD:
            return RedirectResponse(f"{opened.path}/live", 303)
        if state == DraftState.PUBLISHED:
            return RedirectResponse(f"/statements/{opened.draft.slug}", 303)
        if state == DraftState.WAITING or not viewer.may(Permission.WRITE):
            return RedirectResponse(f"{opened.path}/approve", 303)
        return RedirectResponse(f"{opened.path}/words", 303)

    def live(self, request: Request) -> Response:
        """Show what goes live in some minutes."""
        viewer = self._may_see(request)
        opened = self.open(request)
        if opened.draft.state != DraftState.HELD or opened.draft.held_until is None:
            return RedirectResponse(opened.path, 303)
        words = self._words_for(request, viewer)
        at = self._clock_time(opened.draft.held_until)
        text = words.say("toast_write_held", time=at)
        undo = f"{opened.path}/take-back" if viewer.may(Permission.WRITE) else ""
        return self._draw(
            request,
            viewer,
            "write_held.html",
            opened=opened,
            content=opened.content,
            at=at,
            toast={"text": text, "undo": undo, "undo_label": words.say("write_take_back")},
            happens=self._part("happens", lambda: self._happens(opened)),
            may_guess=viewer.may(Permission.GUESS) and opened.changes is not None and opened.content.material is True,
        )

    def approval(self, request: Request) -> Response:
        """Show a draft to those who approve it, and to its author how it stands."""
        viewer = self._may_see(request)
        opened = self.open(request)
        if opened.draft.state in (DraftState.HELD, DraftState.PUBLISHED):
            return RedirectResponse(opened.path, 303)
        return self._approval(request, viewer, opened)

    def _first(self, request: Request, viewer: Viewer, form: Mapping[str, str], *, status: int = 200, problem: str = "") -> Response:
        with self._context.database.read() as connection:
            on_the_way = rows.drafts_in(connection, ["draft", "waiting", "sent_back", "held"])
        live = (self._part("counts", self._counts) or {}).get("nav_statements", 0)
        return self._draw(
            request,
            viewer,
            "write_first.html",
            status=status,
            problem=problem,
            typed=form,
            kinds=KINDS,
            longest=MAX_TITLE,
            good_title=GOOD_TITLE,
            drafts=on_the_way[:5],
            is_first=not live,
            to_self=bool(viewer.email) and MAIL in self._context.send_to_self,
        )

    def _begin(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        database, now = self._context.database, self._context.clock.now()
        if slug := form.get("slug", ""):
            draft = start_draft(database, slug=slug, actor=viewer.actor, now=now, typo="typo" in form)
            return RedirectResponse(f"/write/{draft}", 303)
        values = {"title": form.get("title", ""), "body": form.get("text", ""), "kind": form.get("kind", "priority")}
        try:
            draft = start_draft(database, slug=None, actor=viewer.actor, now=now, values=values)
        except Invalid as error:
            return self._first(request, viewer, form, status=422, problem=tell_fault(self._words_for(request, viewer), error))
        said = "write_begun"
        if "myself" in form and viewer.email and MAIL in self._context.send_to_self:
            request.path_params["draft"] = draft
            opened = self.open(request)
            try:
                self._context.send_to_self[MAIL](self.digest(viewer, opened, opened.content, "", address=viewer.email))
                said = "write_sent"
            except CadenceError:
                said = "write_begun"
        return RedirectResponse(f"/write/{draft}/words?said={said}", 303)

    def _approval(
        self, request: Request, viewer: Viewer, opened: OpenDraft, *, status: int = 200, problem: str = "", note: str = ""
    ) -> Response:
        with self._context.database.read() as connection:
            standing = approval_of(connection, opened.draft, opened.content, may_publish=False)
            names, said = approvers(connection), rows.approvals_of(connection, opened.draft.id)
            now = self._context.clock.now()
            counted = consequences_of(connection, opened.draft.statement_id, opened.content.audience, now=now)
        waits = opened.draft.state == DraftState.WAITING
        return self._draw(
            request,
            viewer,
            "write_approve.html",
            status=status,
            problem=problem,
            note=note,
            opened=opened,
            content=opened.content,
            this_text=text_mark(opened.content),
            pairs=pairs_of(opened.changes, opened.content) if opened.changes is not None else [],
            counted=counted,
            said=said,
            waiting_for=[names[one] for one in standing.waiting_for],
            may_decide=waits and viewer.account_id in standing.waiting_for and viewer.may(Permission.APPROVE),
            may_edit=viewer.may(Permission.WRITE),
            happens=self._part("happens", lambda: self._happens(opened)),
            toast=self._said(request, viewer, "write_approved", "write_sent_back"),
        )

    def _approve(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        opened, words = self.open(request), self._words_for(request, viewer)
        database, now, note = self._context.database, self._context.clock.now(), form.get("note", "")
        try:
            if "back" in form:
                send_back(database, opened.id, note=note, actor=viewer.actor, now=now)
                return RedirectResponse(f"{opened.path}/approve?said=write_sent_back", 303)
            held = approve_draft(database, opened.id, mark=form.get("mark", ""), note=note, actor=viewer.actor, now=now)
            return RedirectResponse(f"{opened.path}/live" if held else f"{opened.path}/approve?said=write_approved", 303)
        except Conflict as error:
            told = self.tell_conflict(words, error)
            return self._approval(request, viewer, self.open(request), status=409, problem=told, note=note)
        except Invalid as error:
            return self._approval(request, viewer, opened, status=422, problem=tell_fault(words, error), note=note)
        except InvalidFile as error:
            told = " ".join(tell_fault(words, one) for one in error.problems)
            return self._approval(request, viewer, opened, status=422, problem=told, note=note)

    def _take_back(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        opened = self.open(request)
        try:
            take_back(self._context.database, opened.id, actor=viewer.actor, now=self._context.clock.now())
        except Conflict:
            return RedirectResponse(opened.path, 303)  # it is live: its page shows that
        return RedirectResponse(f"{opened.path}/words?said=write_taken_back", 303)

    def _discard(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        opened = self.open(request)
        discard_draft(self._context.database, opened.id, actor=viewer.actor, now=self._context.clock.now())
        return RedirectResponse(f"/statements?view=drafts&gone={opened.id}", 303)

    def _restore(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        draft = request.path_params["draft"]
        restore_draft(self._context.database, draft, actor=viewer.actor, now=self._context.clock.now())
        return RedirectResponse(f"/write/{draft}", 303)

    def _may_see(self, request: Request) -> Viewer:
        """Return who comes in, when they write or approve. Raises as ``Access.require``."""
        try:
            return self._access.require(request, Permission.WRITE)
        except NotFound:
            return self._access.require(request, Permission.APPROVE)

    def _happens(self, opened: OpenDraft) -> Any:
        context = self._context
        return what_happens(context.database, opened.content, channels=context.channels, secret=context.secret, now=context.clock.now())

    def _clock_time(self, at: datetime) -> str:
        return f"{at.astimezone(zone(self._context.zone)):%H:%M}"

    def _pressed(self, permission: Permission, press: _Press) -> Callable[[Request], Any]:
        async def pressed(request: Request) -> Response:
            form = await read_form(request, most=MOST_FIELDS)
            viewer = self._access.require_form(request, form, permission)
            return await run_in_threadpool(press, request, viewer, form)

        return pressed
