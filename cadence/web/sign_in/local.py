"""Signing in by the break-glass password, at /sign-in?local: for admins, with a second factor."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.identity.break_glass import sign_in_by_password
from cadence.web.parts.forms import read_form
from cadence.web.sign_in.door import Door
from cadence.web.sign_in.next_path import own_path


class LocalPages:
    """The route /sign-in/local."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/sign-in/local", self.enter, methods=["POST"])]

    async def enter(self, request: Request) -> Response:
        """Sign an admin in; whatever is wrong, the answer is the same."""
        form = await read_form(request)
        self._door.check_form(request, form)
        return await run_in_threadpool(self._enter, request, form)

    def _enter(self, request: Request, form: dict[str, str]) -> Response:
        door, email, next_path = self._door, form.get("email", "").strip(), own_path(form.get("next", ""))
        words, context = door.words(request), door.context
        if not door.throttle(request, email):
            return door.page(request, status=429, next_path=next_path, local=True, email=email, problem=words.say("sign_in_often"))
        begun = sign_in_by_password(
            context.database,
            email,
            form.get("password", ""),
            form.get("code", ""),
            secrets=context.secrets,
            browser=door.browser(request),
            now=context.clock.now(),
            most=context.session_most,
            next_path=next_path,
        )
        if begun is None:
            problem = words.say("sign_in_local_wrong")
            return door.page(request, status=403, next_path=next_path, local=True, email=email, problem=problem)
        return door.enter(request, begun)
