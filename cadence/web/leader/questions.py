"""The page where leaders read what people asked, newest first, and mark a question as answered."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.errors import NotFound
from cadence.identity.permissions import Permission
from cadence.operations.responding.ask import MOST_LISTED, close_question, list_questions
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages


class QuestionPages(GuardedPages):
    """The routes under /questions."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/questions", self.show, methods=["GET"]),
            Route("/questions/{id}/done", self.done, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the open questions, or the closed ones when asked."""
        viewer = self._access.require(request, Permission.SEE_QUESTIONS)
        closed = request.query_params.get("show") == "closed"
        found = list_questions(self._context.database, closed=closed)
        return self._draw(request, viewer, "questions.html", questions=found, closed=closed, most=MOST_LISTED)

    async def done(self, request: Request) -> Response:
        """Close a question and go back to the open ones; a repetition changes nothing."""
        self._access.require_form(request, await read_form(request), Permission.ANSWER_QUESTIONS)
        return await run_in_threadpool(self._close, request)

    def _close(self, request: Request) -> Response:
        number = request.path_params["id"]
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            raise NotFound("there is no such question")
        close_question(self._context.database, int(number), now=self._context.clock.now())
        return RedirectResponse("/questions", 303)
