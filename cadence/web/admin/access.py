"""Who may do what: roles in words, ways to sign in, groups, and what programs show. One account: ``account``; tokens: ``tokens``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.errors import Conflict, Invalid
from cadence.identity.company import ProviderDown
from cadence.identity.groups import give_group_role, take_group_role
from cadence.identity.links import LinkSender
from cadence.identity.permissions import Permission, Role
from cadence.identity.roles import GIVEN, give_roles
from cadence.identity.tokens import TokenKind
from cadence.identity.viewers import Viewer
from cadence.store.identity.accounts import StoredAccount, accounts_with_roles, group_table
from cadence.store.identity.tokens import StoredToken, tokens_in_force
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: a form has a box for each permission
MOST_FIELDS = 60
_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFacts:
    """What the page tells."""

    accounts: list[StoredAccount]
    groups: list[tuple[str, str]]
    tokens: list[StoredToken]


class AccessPage(GuardedPages):
    """The routes /access, /access/give, /access/test and /access/groups."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/access", self.show, methods=["GET"]),
            Route("/access/give", self.give, methods=["POST"]),
            Route("/access/test", self.test, methods=["POST"]),
            Route("/access/groups", self.groups, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show who holds a role and how one comes in."""
        viewer = self._access.require(request, Permission.MANAGE_ACCESS)
        return self._page(request, viewer)

    async def give(self, request: Request) -> Response:
        """Give somebody roles, and send them a link when asked to."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.MANAGE_ACCESS)
        return await run_in_threadpool(self._give, request, viewer, form)

    def _give(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        context, email, name = self._context, form.get("email", "").strip(), form.get("name", "")
        roles, words = roles_in(form), self._words_for(request, viewer)
        problem = "" if roles else words.say("access_no_role")
        if not problem:
            try:
                number = give_roles(context.database, email, roles, actor=viewer.actor, now=context.clock.now(), name=name)
            except Invalid as error:
                problem = words.say("sign_in_no_name" if error.data["field"] == "name" else "sign_in_no_address", value=email)
            except Conflict as error:
                problem = words.say(f"access_{error.code}", email=email)
        if problem:
            return self._page(request, viewer, status=422, given={"email": email, "name": name, "roles": roles, "problem": problem})
        said = "role_given"
        if form.get("invite") == "yes":
            sender = LinkSender(database=context.database, ways=context.own_links, base_url=context.base_url, now=context.clock.now)
            said = "invited" if sender.invite(number) else "not_invited"
        return RedirectResponse(f"/access?said={said}", 303)

    async def test(self, request: Request) -> Response:
        """Ask the provider whether it answers, and say so."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.MANAGE_ACCESS)
        company = self._context.company_sign_in
        tested = "none"
        if company is not None:
            try:
                await company.check()
                tested = "works"
            except ProviderDown:
                tested = "down"
        return await run_in_threadpool(self._page, request, viewer, tested=tested)

    async def groups(self, request: Request) -> Response:
        """Let a group give a role, or no more."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.MANAGE_ACCESS)
        return await run_in_threadpool(self._groups, request, viewer, form)

    def _groups(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        context, group, role = self._context, form.get("group", ""), form.get("role", "")
        change = take_group_role if form.get("do") == "take" else give_group_role
        try:
            change(context.database, group, role, actor=viewer.actor, now=context.clock.now())
        except Invalid:
            problem = self._words_for(request, viewer).say("access_group_wrong")
            return self._page(request, viewer, status=422, grouped={"group": group, "role": role, "problem": problem})
        return RedirectResponse("/access?said=group_changed#groups", 303)

    def _page(
        self,
        request: Request,
        viewer: Viewer,
        *,
        status: int = 200,
        tested: str = "",
        given: dict[str, Any] | None = None,
        grouped: dict[str, str] | None = None,
        token: dict[str, Any] | None = None,
        secret: str = "",
    ) -> Response:
        """Return the page. given, grouped, token: a form that was refused, with its ``problem``; secret: of a token that was just made."""
        context, now = self._context, self._context.clock.now()
        with context.database.read() as connection:
            facts = AccessFacts(
                accounts=accounts_with_roles(connection), groups=group_table(connection), tokens=tokens_in_force(connection, now)
            )
        both = any({Role.LEADER, Role.ADMIN} <= set(one.roles) for one in facts.accounts)
        empty: dict[str, Any] = {"email": "", "name": "", "roles": set(), "problem": ""}
        return self._draw(
            request,
            viewer,
            "access.html",
            status=status,
            facts=facts,
            both=both,
            tested=tested,
            company=context.company_sign_in,
            by_link=bool(context.own_links),
            passwords=sum(one.has_password for one in facts.accounts),
            given=given or empty,
            grouped=grouped or {"group": "", "role": "", "problem": ""},
            token=token or {"name": "", "kind": TokenKind.API.value, "scopes": set(), "days": str(_DAYS), "problem": ""},
            secret=secret,
            roles_given=[role.value for role in GIVEN],
            permissions=[permission.value for permission in Permission],
            now=now,
            base_url=context.base_url,
            toast=self._said(request, viewer, "role_given", "invited", "not_invited", "group_changed", "token_revoked", "account_ended"),
        )


def roles_in(form: dict[str, str]) -> set[Role]:
    """Return the roles whose boxes are ticked."""
    return {role for role in GIVEN if form.get(f"role_{role.value}") == "yes"}
