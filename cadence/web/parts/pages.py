"""What pages are made of: what they read from, who draws them, and who may see them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.identity.viewers import Viewer
from cadence.rendering.words import Words
from cadence.web.parts.access import Access, RateLimit
from cadence.web.parts.context import ReportReader, SiteContext
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.navigation import rail_of
from cadence.web.parts.templating import Render

#: presses of one message's links a minute
PRESSES = 30


class LinkedPages:
    """Pages that a link in a message opens."""

    def __init__(self, context: SiteContext, render: Render) -> None:
        self._context = context
        self._render = render
        self._presses = RateLimit(most=PRESSES)


class GuardedPages:
    """Pages for leaders and admins."""

    def __init__(self, context: SiteContext, access: Access, read_report: ReportReader, render: Render) -> None:
        self._context = context
        self._access = access
        self._report = read_report
        self._render = render

    def routes(self) -> list[Route]:
        """Return the routes."""
        raise NotImplementedError

    def _draw(
        self, request: Request, viewer: Viewer, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
    ) -> Response:
        """Return a page in the language of ``viewer``, with the rail of what they may open."""
        words = self._words_for(request, viewer)
        rail = rail_of(viewer, words, here=request.url.path)
        return self._render(template, words, status=status, headers=headers, viewer=viewer, rail=rail, **values)

    def _words_for(self, request: Request, viewer: Viewer) -> Words:
        vocabulary = self._context.leader_words
        return vocabulary.for_locale(viewer.locale) if viewer.locale else words_asked_for(request, vocabulary)
