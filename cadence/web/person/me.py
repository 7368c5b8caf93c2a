"""My page for somebody who is signed in: the page that a link in a message opens, by a link made for the visit."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.sending.links import Link, LinkPurpose
from cadence.identity.permissions import Permission
from cadence.store.people.personal import has_left
from cadence.web.parts.pages import GuardedPages

#: a visit; the session is asked again afterwards
_VISIT = timedelta(hours=1)


class OwnPage(GuardedPages):
    """The route /me."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/me", self.show, methods=["GET"])]

    def show(self, request: Request) -> Response:
        """Lead to the person's own page; say so when this account is nobody on the list."""
        viewer = self._access.require(request, Permission.SEE_OWN_PAGE)
        person_id = viewer.person_id
        if person_id is not None:
            with self._context.database.read() as connection:
                is_here = not has_left(connection, person_id)
            if is_here:
                ends = self._context.clock.now() + _VISIT
                link = Link(purpose=LinkPurpose.PREFERENCES, delivery_id=0, person_id=person_id, version_id=0, expires_at=ends)
                return RedirectResponse(f"/p/{self._context.links.sign(link)}", 303)
        return self._draw(request, viewer, "me_nobody.html")
