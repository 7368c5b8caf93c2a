"""Who has to approve before something is published: the company's decision, made by an admin."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.statements.drafting import Approval
from cadence.errors import Invalid
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.hold import approvers, policy_in_force, set_policy
from cadence.web.leader.writing.draft_page import tell_fault
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages


class ApprovalPage(GuardedPages):
    """The route /approval."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/approval", self.show, methods=["GET"]), Route("/approval", self.send, methods=["POST"])]

    def show(self, request: Request) -> Response:
        """Show the rule in force."""
        return self._page(request, self._access.require(request, Permission.CHANGE_COMPANY))

    async def send(self, request: Request) -> Response:
        """Put another rule in force."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.CHANGE_COMPANY)
        return await run_in_threadpool(self._set, request, viewer, form)

    def _set(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        try:
            set_policy(self._context.database, form.get("approval", ""), actor=viewer.actor, now=self._context.clock.now())
        except Invalid as error:
            return self._page(request, viewer, status=422, problem=tell_fault(self._words_for(request, viewer), error))
        return RedirectResponse("/approval?said=write_saved", 303)

    def _page(self, request: Request, viewer: Viewer, *, status: int = 200, problem: str = "") -> Response:
        with self._context.database.read() as connection:
            chosen, names = policy_in_force(connection), approvers(connection)
        toast = self._said(request, viewer, "write_saved")
        return self._draw(
            request, viewer, "approval.html", status=status, problem=problem, chosen=chosen, policies=[*Approval], names=names, toast=toast
        )
