"""The page that tells by name who acknowledged a statement, and in privacy mode ``named`` who was sent it and saw it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.errors import Conflict
from cadence.identity.permissions import Permission, Role
from cadence.identity.viewers import Viewer
from cadence.operations.measuring.by_name import by_name
from cadence.web.parts.pages import GuardedPages


class ByNamePages(GuardedPages):
    """The route /statements/{slug}/people."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/statements/{slug}/people", self.show, methods=["GET"])]

    def show(self, request: Request) -> Response:
        """Show the people of the audience, as far as the mode tells of them by name."""
        viewer = self._access.require(request, Permission.SEE_CONFIRMATIONS)
        words, slug = self._words_for(request, viewer), request.path_params["slug"]
        try:
            own_people = viewer.email if is_manager_only(viewer) else None
            found, refused = by_name(self._context.database, slug, now=self._context.clock.now(), managed_by=own_people), ""
        except Conflict:
            found, refused = None, words.say("by_name_not_told")
        mode = words.say(f"by_name_{self._context.database.privacy}")
        return self._draw(
            request,
            viewer,
            "by_name.html",
            slug=slug,
            found=found,
            refused=refused,
            mode=mode,
            may_open=viewer.may(Permission.SEE_PEOPLE),
        )


def is_manager_only(viewer: Viewer) -> bool:
    """Return whether somebody sees confirmations as a manager alone: of their own people, and of nobody else."""
    return not viewer.roles & {Role.LEADER, Role.AUDITOR}
