"""Signing in by a link: asking for one, opening it, and making the first admin by the link of ``cadence serve``.

Opening changes nothing: programs that look at links in mails open each of them. Only the button on the page uses the link up.
"""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.channels.registry import MAIL
from cadence.errors import Conflict, Invalid
from cadence.identity.links import GOOD_FOR, LinkSender, look_at_link, make_first_admin, sign_in_by_link
from cadence.web.parts.access import require_own_page
from cadence.web.parts.forms import read_form
from cadence.web.sign_in.door import Door
from cadence.web.sign_in.next_path import own_path

_LONGEST_TOKEN = 100


class LinkPages:
    """The routes /sign-in/link and /sign-in/link/{token}."""

    def __init__(self, door: Door) -> None:
        self._door = door
        context = door.context
        self._sender = LinkSender(database=context.database, ways=context.own_links, base_url=context.base_url, now=context.clock.now)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/sign-in/link", self.ask, methods=["POST"]),
            Route("/sign-in/link/{token}", self.show, methods=["GET"]),
            Route("/sign-in/link/{token}", self.use, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Say that a link is on its way if the address is on the list; only then look for the address."""
        form = await read_form(request)
        door = self._door
        door.check_form(request, form)
        words, email, next_path = door.words(request), form.get("email", "").strip(), own_path(form.get("next", ""))
        channel = next((one for one in door.ways if one == form.get("way", MAIL)), None)
        if "@" not in email or len(email) > 400 or channel is None:
            return door.page(request, status=422, next_path=next_path, email=email, problem=words.say("sign_in_no_address", value=email))
        if not door.throttle(request, email):
            return door.page(request, status=429, next_path=next_path, email=email, problem=words.say("sign_in_often"))
        minutes = str(int(GOOD_FOR.total_seconds() // 60))
        answer = door.render(
            "sign_in_sent.html", words, text=words.say(f"sign_in_look_{channel.value}", email=email, minutes=minutes), next_path=next_path
        )
        answer.background = BackgroundTask(self._sender.send_link, email, channel=channel, next_path=next_path)
        return answer

    def show(self, request: Request) -> Response:
        """Show the one button, or the form of the first admin."""
        token, context = request.path_params["token"], self._door.context
        found = look_at_link(context.database, token, now=context.clock.now()) if len(token) <= _LONGEST_TOKEN else None
        if found is None:
            return self._used(request)
        if found.account_id is None:
            return self._first(request, token)
        return self._door.render("sign_in_link.html", self._door.words(request), token=token)

    async def use(self, request: Request) -> Response:
        """Sign in, or make the first admin and sign them in."""
        form = await read_form(request)
        require_own_page(request, self._door.context)
        return await run_in_threadpool(self._use, request, form)

    def _use(self, request: Request, form: dict[str, str]) -> Response:
        door, token, now = self._door, request.path_params["token"], self._door.context.clock.now()
        database, most, browser = door.context.database, door.context.session_most, door.browser(request)
        found = look_at_link(database, token, now=now) if len(token) <= _LONGEST_TOKEN else None
        if found is None:
            return self._used(request)
        if found.account_id is not None:
            begun = sign_in_by_link(database, token, browser=browser, now=now, most=most)
            return self._used(request) if begun is None else door.enter(request, begun)
        name, email, leads = form.get("name", ""), form.get("email", "").strip(), form.get("leads") == "yes"
        try:
            begun = make_first_admin(database, token, name=name, email=email, leads=leads, browser=browser, now=now, most=most)
        except Invalid as error:
            return self._first(request, token, status=422, name=name, email=email, leads=leads, wrong=str(error.data["field"]))
        except Conflict:
            return self._used(request)
        return self._used(request) if begun is None else door.enter(request, begun)

    def _first(
        self,
        request: Request,
        token: str,
        *,
        status: int = 200,
        name: str = "",
        email: str = "",
        leads: bool = True,
        wrong: str = "",
    ) -> Response:
        words = self._door.words(request)
        errors = {"name": words.say("sign_in_no_name"), "email": words.say("sign_in_no_address", value=email)}
        errors = {field: text for field, text in errors.items() if field == wrong}
        return self._door.render("first_admin.html", words, status=status, token=token, name=name, email=email, leads=leads, errors=errors)

    def _used(self, request: Request) -> Response:
        return self._door.render("sign_in_used.html", self._door.words(request), status=410)
