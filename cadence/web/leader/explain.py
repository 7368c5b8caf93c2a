"""The explanation of one person's messages, for leaders and admins."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.errors import Invalid, NotFound
from cadence.identity.permissions import Permission
from cadence.operations.authoring.import_statements import list_statements
from cadence.operations.planning.explain import explain
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.pages import GuardedPages

#: longer query texts are no address and no slug
_LONGEST = 400


class ExplainPage(GuardedPages):
    """The route /explain."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/explain", self.explain, methods=["GET"]),
        ]

    def explain(self, request: Request) -> Response:
        """Show why one person was sent what, and what comes next."""
        viewer = self._access.require(request, Permission.SEE_PEOPLE)
        words = self._words_for(request, viewer)
        email, slug = request.query_params.get("email", "").strip(), request.query_params.get("statement", "").strip()
        with self._context.database.read() as connection:
            choices = sorted(((one.slug, one.title) for one in list_statements(connection)), key=lambda one: one[1].casefold())
        told, problem, status = None, "", 200
        if len(email) > _LONGEST or len(slug) > _LONGEST:
            email, slug, problem, status = "", "", words.say("explain_long"), 422
        elif email:
            try:
                told = explain(
                    self._context.database,
                    email,
                    slug or None,
                    now=self._context.clock.now(),
                    channels=self._context.channels,
                    words=words_asked_for(request, self._context.explain_words),
                )
            except NotFound:
                is_known = not slug or slug in dict(choices)
                problem = words.say("explain_nobody", value=email) if is_known else words.say("explain_no_statement", slug=slug)
                status = 404
            except Invalid:
                problem, status = words.say("explain_no_address", value=email), 422
        if slug and slug not in dict(choices):
            choices.insert(0, (slug, slug))
        return self._draw(
            request, viewer, "explain.html", status=status, email=email, statement=slug, choices=choices, told=told, problem=problem
        )
