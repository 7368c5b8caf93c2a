"""Signing in by the company: to its provider, and back. Which user of the provider is whom here: ``identity.company_accounts``."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.errors import NotFound
from cadence.identity.company import GOOD_FOR, CompanySignIn, ProviderDown, ProviderRefused
from cadence.identity.company_accounts import Refusal, sign_in_by_company
from cadence.rendering.words import english
from cadence.web.parts.guard import LEADS_OUT
from cadence.web.sign_in.door import Door
from cadence.web.sign_in.next_path import own_path

log = logging.getLogger("cadence.sign_in")


class CompanyPages:
    """The routes /sign-in/company and /sign-in/company/back."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/sign-in/company", self.begin, methods=["GET"]),
            Route("/sign-in/company/back", self.finish, methods=["GET"]),
        ]

    async def begin(self, request: Request) -> Response:
        """Lead to the provider."""
        company, context = self._company(), self._door.context
        try:
            going = await company.begin(own_path(request.query_params.get("next", "")), now=context.clock.now())
        except ProviderDown as error:
            log.warning("event=sign_in.provider_down error=%s", error)
            return RedirectResponse("/sign-in?said=down", 303)
        answer = _leading_out(going.url)
        secure = context.base_url.startswith("https://")
        answer.set_cookie(
            self._cookie, going.sealed, max_age=int(GOOD_FOR.total_seconds()), path="/", secure=secure, httponly=True, samesite="lax"
        )
        return answer

    async def finish(self, request: Request) -> Response:
        """Sign in whom the provider sends back."""
        company, context = self._company(), self._door.context
        now, said = context.clock.now(), dict(request.query_params)
        try:
            user = await company.finish(said, request.cookies.get(self._cookie, ""), now=now)
        except ProviderDown as error:
            log.warning("event=sign_in.provider_down error=%s", error)
            return self._without_cookie(RedirectResponse("/sign-in?said=down", 303))
        except ProviderRefused as error:
            log.info("event=sign_in.refused method=company why=%s", error)
            return self._without_cookie(RedirectResponse("/sign-in?said=wrong", 303))
        browser, most = self._door.browser(request), context.session_most
        begun = await run_in_threadpool(sign_in_by_company, context.database, user, browser=browser, now=now, most=most)
        if isinstance(begun, Refusal):
            return self._without_cookie(RedirectResponse(f"/sign-in?said={begun.value}", 303))
        return self._without_cookie(await run_in_threadpool(self._door.enter, request, begun))

    def _company(self) -> CompanySignIn:
        company = self._door.context.company_sign_in
        if company is None:
            raise NotFound(english("leader").texts["refused_missing"])
        return company

    @property
    def _cookie(self) -> str:
        return "__Host-cadence-company" if self._door.context.base_url.startswith("https://") else "cadence_company"

    def _without_cookie(self, answer: Response) -> Response:
        secure = self._door.context.base_url.startswith("https://")
        answer.delete_cookie(self._cookie, path="/", secure=secure, httponly=True, samesite="lax")
        return answer


def _leading_out(url: str) -> Response:
    """Return a redirect to the provider; the guard knows by the header that this one may leave the house."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.netloc:
        return RedirectResponse("/sign-in?said=down", 303)
    return RedirectResponse(url, 303, headers={LEADS_OUT: "yes"})
