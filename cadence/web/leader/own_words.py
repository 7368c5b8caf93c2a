"""The page where leaders judge the replies in own words that the matcher is unsure of: what was said, never by whom."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.errors import Conflict, Invalid, NotFound
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.measuring.judge_words import MOST_LISTED, judge_words, list_priorities, list_unsure
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: what a tick is called before the slug of the priority it names
_NAMES = "names-"
#: priorities that a reply may name
_MOST_NAMES = 40


class OwnWordsPage(GuardedPages):
    """The routes under /own-words."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/own-words", self.show, methods=["GET"]),
            Route("/own-words/{id}", self.judge, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the replies that wait to be judged."""
        viewer = self._access.require(request, Permission.SEE_RESULTS)
        return self._page(request, viewer)

    async def judge(self, request: Request) -> Response:
        """Keep a judgement and go back to the rest; a repetition changes nothing."""
        form = await read_form(request, most=_MOST_NAMES + 5)
        viewer = self._access.require_form(request, form, Permission.ANSWER_QUESTIONS)
        return await run_in_threadpool(self._judge, request, viewer, form)

    def _judge(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        words, number = self._words_for(request, viewer), request.path_params["id"]
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            raise NotFound("there is no such reply")
        said = form.get("says")
        if said not in ("1", "0"):
            return self._page(request, viewer, status=422, problem=words.say("own_words_choose"))
        could, context = said == "1", self._context
        names = [field.removeprefix(_NAMES) for field in form if field.startswith(_NAMES)] if could else []
        try:
            judge_words(context.database, int(number), could=could, by="page", now=context.clock.now(), names=names)
        except Invalid:
            return self._page(request, viewer, status=422, problem=words.say("own_words_which"))
        except Conflict:
            return self._page(request, viewer, status=409, problem=words.say("own_words_gone"))
        return RedirectResponse("/own-words", 303)

    def _page(self, request: Request, viewer: Viewer, *, status: int = 200, problem: str = "") -> Response:
        return self._draw(
            request,
            viewer,
            "own_words.html",
            status=status,
            replies=list_unsure(self._context.database),
            priorities=list_priorities(self._context.database)[:_MOST_NAMES],
            prefix=_NAMES,
            most=MOST_LISTED,
            problem=problem,
        )
