"""What pages are made of: what they read from, who draws them, and who may see them."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.errors import CadenceError
from cadence.identity.permissions import Permission, Role
from cadence.identity.viewers import Viewer
from cadence.operations.sending.stop_words import tell_stop
from cadence.operations.sending.stopping import find_stop
from cadence.rendering.words import Words
from cadence.store.authoring.statements import count_in_force
from cadence.store.measuring.reports import waiting_for_a_person
from cadence.store.responding.questions import open_questions
from cadence.web.parts.access import Access, RateLimit
from cadence.web.parts.context import ReportReader, SiteContext
from cadence.web.parts.guard import SCRIPTED
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.navigation import WRITE_PAGE, rail_of
from cadence.web.parts.templating import Render

log = logging.getLogger("cadence.web")

#: presses of one message's links a minute
PRESSES = 30

Part = TypeVar("Part")


class LinkedPages:
    """Pages that a link in a message opens."""

    def __init__(self, context: SiteContext, render: Render) -> None:
        self._context = context
        self._render = render
        self._presses = RateLimit(most=PRESSES)


class GuardedPages(ABC):
    """Pages for leaders and admins, in the frame."""

    def __init__(self, context: SiteContext, access: Access, read_report: ReportReader, render: Render) -> None:
        self._context = context
        self._access = access
        self._report = read_report
        self._render = render

    @abstractmethod
    def routes(self) -> list[Route]:
        """Return the routes."""

    def _draw(
        self, request: Request, viewer: Viewer, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
    ) -> Response:
        """Return a page in the language of ``viewer``, with the rail of what they may open and forms of their session.

        ``toast``: see ``_said``.
        """
        words, context = self._words_for(request, viewer), self._context

        def form_token(path: str) -> Markup:
            return context.form_tokens.hidden(path, context.clock.now(), session=viewer.session_id)

        shown = {
            "viewer": viewer,
            "form_token": form_token,
            "rail": rail_of(viewer, words, here=request.url.path, counts=self._part("counts", lambda: self._counts(viewer)) or {}),
            "roles": ", ".join(words.name("roles", role) for role in Role if role in viewer.roles) if viewer.name else "",
            "write": WRITE_PAGE if viewer.may(Permission.WRITE) else "",
            "banner": self._part("banner", lambda: self._banner(viewer, words)),
            "toast": None,
        }
        policy = {"content-security-policy": SCRIPTED, **(headers or {})}
        return self._render(template, words, status=status, headers=policy, **{**shown, **values})

    def _said(self, request: Request, viewer: Viewer, *keys: str) -> dict[str, str] | None:
        """Return the toast ``toast_<key>`` that the redirect after a press asked for by ``?said=<key>``; only one of ``keys``."""
        key = request.query_params.get("said", "")
        return {"text": self._words_for(request, viewer).say(f"toast_{key}"), "undo": ""} if key in keys else None

    def _part(self, name: str, count: Callable[[], Part]) -> Part | None:
        """Return what ``count`` returns; None, and a line in the log, when that part of a page fails. The rest of the page stands."""
        try:
            return count()
        except (SQLAlchemyError, CadenceError, ArithmeticError, LookupError, ValueError, TypeError) as error:
            # neither the driver's text nor ours, which may hold names
            log.error("event=page.part_failed part=%s error=%s", name, type(error).__name__)
            return None

    def _banner(self, viewer: Viewer, words: Words) -> dict[str, str] | None:
        """Return that all sending is stopped, told on every page, and where who may starts it again."""
        stop = find_stop(self._context.database, now=self._context.clock.now())
        if stop is None:
            return None
        may = viewer.may(Permission.STOP_SENDING)
        told = tell_stop(words, stop, zone_name=self._context.zone)
        return {"text": told, "start": "/channels/start" if may else "", "start_label": words.say("stopped_start_short")}

    def _counts(self, viewer: Viewer | None = None) -> dict[str, int]:
        with self._context.database.read() as connection:
            found = {"nav_statements": count_in_force(connection), "nav_questions": open_questions(connection)}
            if viewer is not None and viewer.may(Permission.SETTLE_DELIVERIES):
                found["nav_deliveries"] = waiting_for_a_person(connection)
            return found

    def _words_for(self, request: Request, viewer: Viewer) -> Words:
        vocabulary = self._context.leader_words
        return vocabulary.for_locale(viewer.locale) if viewer.locale else words_asked_for(request, vocabulary)
