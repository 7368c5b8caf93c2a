"""An admin's own break-glass password: set with a second factor that an app takes over; recovery codes are shown once."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.errors import Invalid, NotFound
from cadence.identity.break_glass import SHORTEST, Offered, offer_factor, offered_again, set_password
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.rendering.words import english
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages


class PasswordPage(GuardedPages):
    """The route /access/password."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/access/password", self.show, methods=["GET"]),
            Route("/access/password", self.set, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Offer a second factor."""
        viewer = self._access.require(request, Permission.MANAGE_ACCESS)
        number, context = _account(viewer), self._context
        return self._page(request, viewer, offer_factor(number, viewer.email, context.company_name, context.secrets))

    async def set(self, request: Request) -> Response:
        """Keep the password once the app shows the right code."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.MANAGE_ACCESS)
        return await run_in_threadpool(self._set, request, viewer, form)

    def _set(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        number, context = _account(viewer), self._context
        offered = offered_again(number, viewer.email, context.company_name, form.get("factor", ""), context.secrets)
        if offered is None:
            return self._page(request, viewer, offer_factor(number, viewer.email, context.company_name, context.secrets), status=422)
        try:
            codes = set_password(
                context.database,
                number,
                password=form.get("password", ""),
                offered=offered,
                code=form.get("code", ""),
                secrets=context.secrets,
                session_id=viewer.session_id,
                actor=viewer.actor,
                now=context.clock.now(),
            )
        except Invalid as error:
            return self._page(request, viewer, offered, status=422, wrong=str(error.data["field"]))
        return self._page(request, viewer, offered, codes=codes)

    def _page(
        self, request: Request, viewer: Viewer, offered: Offered, *, status: int = 200, wrong: str = "", codes: list[str] | None = None
    ) -> Response:
        words = self._words_for(request, viewer)
        errors = {"password": words.say("password_short", least=str(SHORTEST)), "code": words.say("password_code_wrong")}
        errors = {field: text for field, text in errors.items() if field == wrong}
        return self._draw(request, viewer, "password.html", status=status, offered=offered, errors=errors, codes=codes, least=SHORTEST)


def _account(viewer: Viewer) -> int:
    if viewer.account_id is None or viewer.session_id is None:
        raise NotFound(english("leader").texts["refused_missing"])
    return viewer.account_id
