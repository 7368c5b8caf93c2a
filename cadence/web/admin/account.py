"""One account: its roles, where it is signed in, and its end."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.errors import Conflict, NotFound
from cadence.identity.links import LinkSender
from cadence.identity.permissions import Permission, Role
from cadence.identity.roles import GIVEN, end_account, end_account_sessions, set_roles
from cadence.identity.viewers import Viewer
from cadence.rendering.words import english
from cadence.store.identity.accounts import StoredAccount, account_by_id, other_admin
from cadence.store.identity.sessions import open_sessions
from cadence.web.admin.access import roles_in
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages


class AccountPage(GuardedPages):
    """The routes under /access/{id}."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/access/{id}", self.show, methods=["GET"]),
            Route("/access/{id}/{deed}", self.change, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show one account."""
        viewer = self._access.require(request, Permission.MANAGE_ACCESS)
        return self._page(request, viewer)

    async def change(self, request: Request) -> Response:
        """Change the roles, sign out, invite, or end the account."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.MANAGE_ACCESS)
        return await run_in_threadpool(self._change, request, viewer, form)

    def _change(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        context, account, deed = self._context, self._account(request), request.path_params["deed"]
        database, actor, now = context.database, viewer.actor, context.clock.now()
        try:
            if deed == "roles":
                set_roles(database, account.id, roles_in(form), actor=actor, now=now, sure=form.get("sure") == "yes")
                said = "roles_changed"
            elif deed == "sign-out":
                number = form.get("session", "")
                only = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else None
                end_account_sessions(database, account.id, actor=actor, now=now, session_id=only)
                said = "signed_out"
            elif deed == "invite":
                sender = LinkSender(database=database, ways=context.own_links, base_url=context.base_url, now=context.clock.now)
                said = "invited" if sender.invite(account.id) else "not_invited"
            elif deed == "end":
                end_account(database, account.id, actor=actor, now=now)
                return RedirectResponse("/access?said=account_ended", 303)
            else:
                raise NotFound(english("leader").texts["refused_missing"])
        except Conflict as error:
            problem = self._words_for(request, viewer).say(f"access_{error.code}", email=account.email)
            return self._page(request, viewer, status=409, problem=problem)
        return RedirectResponse(f"/access/{account.id}?said={said}", 303)

    def _page(self, request: Request, viewer: Viewer, *, status: int = 200, problem: str = "") -> Response:
        account, now = self._account(request), self._context.clock.now()
        with self._context.database.read() as connection:
            sessions = open_sessions(connection, account.id, now, idle=self._context.session_idle)
            others = other_admin(connection, account.id)
        held = {role for role, sources in account.roles.items() if "hand" in sources}
        return self._draw(
            request,
            viewer,
            "account.html",
            status=status,
            account=account,
            held=held,
            by_group=sorted(role for role, sources in account.roles.items() if "group" in sources),
            sessions=sessions,
            own=account.id == viewer.account_id,
            must_mean_it=account.id == viewer.account_id and not others,
            roles_given=[role.value for role in GIVEN],
            admin=Role.ADMIN.value,
            can_invite=bool(self._context.own_links),
            problem=problem,
            toast=self._said(request, viewer, "roles_changed", "signed_out", "invited", "not_invited"),
        )

    def _account(self, request: Request) -> StoredAccount:
        number = request.path_params["id"]
        found = None
        if number.isascii() and number.isdigit() and len(number) < 16:
            with self._context.database.read() as connection:
                found = account_by_id(connection, int(number))
        if found is None or found.ended_at is not None:
            raise NotFound(english("leader").texts["refused_missing"])
        return found
