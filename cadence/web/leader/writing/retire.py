"""Retire a statement and bring it back, and give a leader's statements to a successor."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.errors import Invalid
from cadence.files.toml_tables import InvalidFile
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.drafts import start_draft
from cadence.operations.authoring.ownership import bring_back, hand_over, retire
from cadence.store.authoring.statements import stored_statements
from cadence.store.identity.accounts import leaders_by_name
from cadence.web.leader.writing.draft_page import MOST_FIELDS, tell_fault
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages


class RetirePages(GuardedPages):
    """The routes /statements/{slug}/retire, .../bring-back, and /hand-over."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/statements/{slug}/retire", self.press, methods=["POST"]),
            Route("/statements/{slug}/bring-back", self.press, methods=["POST"]),
            Route("/hand-over", self.show, methods=["GET"]),
            Route("/hand-over", self.give, methods=["POST"]),
        ]

    async def press(self, request: Request) -> Response:
        """Retire it, or bring it back."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.PUBLISH)
        return await run_in_threadpool(self._press, request, viewer)

    def _press(self, request: Request, viewer: Viewer) -> Response:
        slug, context = request.path_params["slug"], self._context
        database, now = context.database, context.clock.now()
        self._report.forget()
        if request.url.path.endswith("/retire"):
            retire(database, slug, actor=viewer.actor, now=now)
            return RedirectResponse(f"/statements?view=retired&gone={quote(slug, safe='')}", 303)
        try:
            bring_back(database, slug, actor=viewer.actor, now=now)
        except InvalidFile:  # its question is one that may not be asked any more: it is mended first
            draft = start_draft(database, slug=slug, actor=viewer.actor, now=now)
            return RedirectResponse(f"/write/{draft}/question", 303)
        return RedirectResponse(f"/statements/{quote(slug, safe='')}", 303)

    def show(self, request: Request) -> Response:
        """Show whose statements there are, and to whom they can be given."""
        viewer = self._access.require(request, Permission.PUBLISH)
        return self._page(request, viewer, {})

    async def give(self, request: Request) -> Response:
        """Give the chosen statements to another leader."""
        form = await read_form(request, most=MOST_FIELDS)
        viewer = self._access.require_form(request, form, Permission.PUBLISH)
        return await run_in_threadpool(self._give, request, viewer, form)

    def _give(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        slugs = [name.removeprefix("give-") for name in form if name.startswith("give-")]
        try:
            hand_over(self._context.database, slugs, to=form.get("signed_by", ""), actor=viewer.actor, now=self._context.clock.now())
        except Invalid as error:
            return self._page(request, viewer, form, status=422, problem=tell_fault(self._words_for(request, viewer), error))
        self._report.forget()
        return RedirectResponse("/hand-over?said=write_given", 303)

    def _page(self, request: Request, viewer: Viewer, form: Mapping[str, str], *, status: int = 200, problem: str = "") -> Response:
        with self._context.database.read() as connection:
            stored = [one for one in stored_statements(connection) if one.withdrawn_at is None]
            signers = leaders_by_name(connection)
        toast = self._said(request, viewer, "write_given")
        return self._draw(
            request, viewer, "hand_over.html", status=status, problem=problem, stored=stored, signers=signers, chosen=form, toast=toast
        )
