"""The page that says how far the figures can be trusted."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.identity.permissions import Permission
from cadence.operations.measuring.calibration import calibration
from cadence.operations.measuring.calibration_words import tell_calibration
from cadence.web.parts.pages import GuardedPages


class CalibrationPage(GuardedPages):
    """The route /calibration."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/calibration", self.show, methods=["GET"])]

    def show(self, request: Request) -> Response:
        """Show it in sentences."""
        viewer = self._access.require(request, Permission.SEE_RESULTS)
        context, words = self._context, self._words_for(request, viewer)
        found = calibration(context.database, now=context.clock.now(), smallest=context.smallest_group)
        return self._draw(request, viewer, "calibration.html", sentences=tell_calibration(words, found, zone_name=context.zone))
