"""A person takes their own data away as a file, or erases it, on pages behind a link made for just that.

The link of a message only asks: POST /p/{token}/link sends a fresh link to the person's own address, good for 30 minutes and
one purpose. A GET shows; only a POST hands out or erases. The choices: ``preferences``.
"""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.domain.sending.links import Link, LinkPurpose
from cadence.errors import Conflict
from cadence.operations.people.erase_person import erase_own
from cadence.operations.people.export_person import as_json, export_own
from cadence.operations.people.send_own_link import FRESH_FOR, PURPOSES, send_own_link
from cadence.operations.responding.preferences import preferences
from cadence.rendering.words import Words
from cadence.web.parts.access import NotAllowed, RateLimit, require_own_page
from cadence.web.parts.context import SiteContext
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import LinkedPages
from cadence.web.parts.templating import Render

#: fresh links to one person in an hour
FRESH_LINKS = 5


class OwnDataPages(LinkedPages):
    """The routes /p/{token}/link, /p/{token}/export and /p/{token}/erase."""

    def __init__(self, context: SiteContext, render: Render) -> None:
        super().__init__(context, render)
        self._fresh = RateLimit(most=FRESH_LINKS, window=timedelta(hours=1))

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/p/{token}/link", self.ask, methods=["POST"]),
            Route("/p/{token}/export", self.show_export, methods=["GET"]),
            Route("/p/{token}/export", self.export, methods=["POST"]),
            Route("/p/{token}/erase", self.show_erase, methods=["GET"]),
            Route("/p/{token}/erase", self.erase, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Send the person a fresh link for what the button says, then say where to look for it."""
        form = await read_form(request)
        require_own_page(request, self._context)
        return await run_in_threadpool(self._ask, request, form.get("what", ""))

    def show_export(self, request: Request) -> Response:
        """Say what the file holds; changes nothing."""
        link = self._read(request, LinkPurpose.EXPORT)
        return self._render("export.html", self._words(link), name=self._name(link), token=request.path_params["token"])

    async def export(self, request: Request) -> Response:
        """Hand out everything held about the person as a file."""
        await read_form(request)
        require_own_page(request, self._context)
        return await run_in_threadpool(self._export, request)

    def show_erase(self, request: Request) -> Response:
        """Say what erasing does and ask for the second time; changes nothing."""
        return self._erase_page(request, self._read(request, LinkPurpose.ERASE))

    async def erase(self, request: Request) -> Response:
        """Erase the person when the box is ticked, then say so."""
        form = await read_form(request)
        require_own_page(request, self._context)
        return await run_in_threadpool(self._erase, request, sure=form.get("sure") == "yes")

    def _ask(self, request: Request, what: str) -> Response:
        context = self._context
        link = self._read(request, LinkPurpose.PREFERENCES)
        words, now = self._words(link), context.clock.now()
        if what not in PURPOSES:
            raise NotAllowed("form", 400)
        if not self._fresh.allows(link.person_id, now):
            return self._sent(request, words, problem=words.say("own_link_often"), status=429)
        sent = send_own_link(
            context.database,
            context.own_links,
            context.links,
            link=link,
            what=what,
            base_url=context.base_url,
            mark=token_hex(12),
            now=now,
        )
        if sent.channel is None:
            return self._sent(request, words, problem=words.say("own_link_nowhere", company=context.company_name), status=409)
        if sent.failed:
            problem = words.say("own_link_failed", channel=words.name("channels", sent.channel))
            return self._sent(request, words, problem=problem, status=503)
        minutes = str(FRESH_FOR // timedelta(minutes=1))
        return self._sent(request, words, said=words.say(f"own_link_look_{sent.channel}", minutes=minutes))

    def _sent(self, request: Request, words: Words, *, said: str = "", problem: str = "", status: int = 200) -> Response:
        return self._render("link_sent.html", words, status=status, said=said, problem=problem, token=request.path_params["token"])

    def _export(self, request: Request) -> Response:
        link = self._read(request, LinkPurpose.EXPORT)
        self._limit(link)
        document = export_own(self._context.database, link.person_id, now=self._context.clock.now())
        headers = {"content-disposition": 'attachment; filename="cadence-my-data.json"'}
        return Response(as_json(document), media_type="application/json", headers=headers)

    def _erase(self, request: Request, *, sure: bool) -> Response:
        link = self._read(request, LinkPurpose.ERASE)
        self._limit(link)
        words = self._words(link)
        if not sure:
            return self._erase_page(request, link, problem=words.say("erase_unsure"), status=422)
        try:
            erase_own(self._context.database, link.person_id, now=self._context.clock.now())
        except Conflict as error:
            return self._erase_page(request, link, problem=str(error), status=409)
        return self._render("erased.html", words)

    def _erase_page(self, request: Request, link: Link, *, problem: str = "", status: int = 200) -> Response:
        words = self._words(link)
        return self._render(
            "erase.html",
            words,
            status=status,
            name=self._name(link),
            again=words.say("erase_again", company=self._context.company_name),
            problem=problem,
            token=request.path_params["token"],
        )

    def _name(self, link: Link) -> str:
        return preferences(self._context.database, person_id=link.person_id).name

    def _words(self, link: Link) -> Words:
        chosen = preferences(self._context.database, person_id=link.person_id)
        return self._context.page_words.for_locale(chosen.preferred_locale or chosen.locale)

    def _limit(self, link: Link) -> None:
        if not self._presses.allows((link.delivery_id, link.person_id), self._context.clock.now()):
            raise NotAllowed("often", 429)

    def _read(self, request: Request, purpose: LinkPurpose) -> Link:
        return self._context.read_link(request.path_params["token"], purpose)
