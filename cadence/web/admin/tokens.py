"""Tokens of programs on the access page: made once and shown once, revoked at any time."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.errors import Invalid, NotFound
from cadence.identity.permissions import Permission
from cadence.identity.tokens import TokenKind, make_token, revoke_token
from cadence.identity.viewers import Viewer
from cadence.web.admin.access import MOST_FIELDS, AccessPage
from cadence.web.parts.forms import read_form


class TokensPage(AccessPage):
    """The routes /access/tokens and /access/tokens/{id}/revoke."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/access/tokens", self.make, methods=["POST"]),
            Route("/access/tokens/{id}/revoke", self.revoke, methods=["POST"]),
        ]

    async def make(self, request: Request) -> Response:
        """Make a token and show it, this once."""
        form = await read_form(request, most=MOST_FIELDS)
        viewer = self._access.require_form(request, form, Permission.MANAGE_ACCESS)
        return await run_in_threadpool(self._make, request, viewer, form)

    def _make(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        name, days = form.get("name", ""), form.get("days", "").strip()
        kind = TokenKind.SCIM if form.get("kind") == TokenKind.SCIM else TokenKind.API
        scopes = {one for one in Permission if form.get(f"scope_{one.value}") == "yes"}
        length = int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0
        try:
            made = make_token(
                self._context.database,
                name=name,
                kind=kind,
                scopes=scopes,
                days=length,
                actor=viewer.actor,
                now=self._context.clock.now(),
            )
        except Invalid as error:
            problem = self._words_for(request, viewer).say(f"access_token_{error.data['field']}", value=days)
            typed = {"name": name, "kind": kind.value, "scopes": {one.value for one in scopes}, "days": days, "problem": problem}
            return self._page(request, viewer, status=422, token=typed)
        return self._page(request, viewer, secret=made.secret)

    async def revoke(self, request: Request) -> Response:
        """End a token at once."""
        viewer = self._access.require_form(request, await read_form(request), Permission.MANAGE_ACCESS)
        return await run_in_threadpool(self._revoke, viewer, request.path_params["id"])

    def _revoke(self, viewer: Viewer, number: str) -> Response:
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            raise NotFound("there is no such token")
        revoke_token(self._context.database, int(number), actor=viewer.actor, now=self._context.clock.now())
        return RedirectResponse("/access?said=token_revoked#programs", 303)
