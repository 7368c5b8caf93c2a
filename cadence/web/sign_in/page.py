"""The page /sign-in, and the way out: ends this session, or all of the account."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.store.identity.sessions import end_sessions
from cadence.web.parts.forms import read_form
from cadence.web.parts.navigation import first_page
from cadence.web.sign_in.door import Door
from cadence.web.sign_in.next_path import own_path

#: what ``?said=`` may ask for
_SAID = ("out", "down", "nobody", "unverified", "wrong")


class SignInPage:
    """The routes /sign-in, /sign-out and /sign-out/everywhere."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/sign-in", self.show, methods=["GET"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/sign-out/everywhere", self.sign_out_everywhere, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Ask who it is; somebody who is signed in goes on."""
        door, asked = self._door, request.query_params
        next_path, said = own_path(asked.get("next", "")), asked.get("said", "")
        viewer = door.access.viewer(request)
        if viewer is not None:
            return RedirectResponse(next_path or first_page(viewer), 303)
        note = problem = ""
        if said in _SAID:
            name = door.context.company_sign_in.name if door.context.company_sign_in is not None else door.context.company_name
            text = door.words(request).say(f"sign_in_{said}", provider=name)
            note, problem = (text, "") if said == "out" else ("", text)
        return door.page(request, next_path=next_path, local="local" in asked, note=note, problem=problem)

    async def sign_out(self, request: Request) -> Response:
        """End this session."""
        return await self._leave(request, everywhere=False)

    async def sign_out_everywhere(self, request: Request) -> Response:
        """End all sessions of the account."""
        return await self._leave(request, everywhere=True)

    async def _leave(self, request: Request, *, everywhere: bool) -> Response:
        form = await read_form(request)
        viewer = await run_in_threadpool(self._door.access.signed_in, request)
        self._door.access.check_form(request, form, viewer.session_id)
        await run_in_threadpool(self._end, viewer.account_id, None if everywhere else viewer.session_id)
        return self._door.leave()

    def _end(self, account_id: int | None, session_id: int | None) -> None:
        if account_id is not None:
            context = self._door.context
            with context.database.transaction() as connection:
                end_sessions(connection, account_id, now=context.clock.now(), session_id=session_id)
