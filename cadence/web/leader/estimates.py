"""All estimates that are due, in one form: how many know it, do you think? Each may be left empty and stays closed then."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.measuring.projection import ROUND, parse_percent
from cadence.errors import Conflict, Invalid, NotFound
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.measuring.estimate_words import is_wanted
from cadence.operations.measuring.estimates import LONGEST_BY, lock_estimate
from cadence.rendering.words import Words
from cadence.web.leader.statement import KEPT, tell_refused
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: what a field of the form is called before the slug of its statement
_FIELD = "estimate-"
#: fields of one form; the rest come after these are locked
_MOST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateField:
    """One field: a statement, what was typed, and what is wrong with it."""

    slug: str
    title: str
    field: str
    value: str = ""
    problem: str = ""


class EstimatesPage(GuardedPages):
    """The route /guess; /estimates leads there."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/guess", self.show, methods=["GET"]),
            Route("/guess", self.lock, methods=["POST"]),
            Route("/estimates", self.moved, methods=["GET"]),
        ]

    def moved(self, request: Request) -> Response:
        """Lead to the page from where it stood before."""
        self._access.require(request, Permission.GUESS)
        return RedirectResponse("/guess", 302)

    def show(self, request: Request) -> Response:
        """Show a field for each statement that waits for an estimate."""
        viewer = self._access.require(request, Permission.GUESS)
        return self._page(request, viewer, self._asked())

    async def lock(self, request: Request) -> Response:
        """Lock what was filled in and lead home; where one value cannot be used, none is locked and all are kept."""
        form = await read_form(request, most=_MOST + 5)
        viewer = self._access.require_form(request, form, Permission.GUESS)
        return await run_in_threadpool(self._lock, request, viewer, form)

    def _asked(self) -> list[EstimateField]:
        lines = [line for line in self._report().statements if is_wanted(line)]
        return [EstimateField(slug=line.slug, title=line.title, field=f"{_FIELD}{line.slug}") for line in lines[:_MOST]]

    def _lock(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        words = self._words_for(request, viewer)
        by = viewer.name[:LONGEST_BY] or form.get("by", "").strip()
        fields = [_checked(words, one, form.get(one.field, "").strip()) for one in self._asked()]
        if any(one.problem for one in fields):
            return self._page(request, viewer, fields, by=by, status=422)
        if not any(one.value for one in fields):
            return self._page(request, viewer, fields, by=by, status=422, problem=words.say("estimates_empty"))
        try:
            for one in fields:
                if one.value:
                    self._lock_one(viewer, one, by)
        except Invalid as error:
            return self._page(request, viewer, fields, by=by, status=422, problem=tell_refused(words, error))
        finally:
            self._report.forget()
        return RedirectResponse("/", 303)

    def _lock_one(self, viewer: Viewer, one: EstimateField, by: str) -> None:
        try:
            lock_estimate(
                self._context.database,
                slug=one.slug,
                percent=one.value,
                by=by,
                now=self._context.clock.now(),
                smallest=self._context.smallest_group,
                actor=viewer.actor,
            )
        except (Conflict, NotFound):
            return  # made or withdrawn in another window: its page says so

    def _page(
        self, request: Request, viewer: Viewer, fields: list[EstimateField], *, by: str = "", status: int = 200, problem: str = ""
    ) -> Response:
        return self._draw(
            request,
            viewer,
            "estimates.html",
            status=status,
            fields=fields,
            by=by[:KEPT],
            problem=problem,
            round_days=ROUND.days,
            longest_by=LONGEST_BY,
        )


def _checked(words: Words, one: EstimateField, value: str) -> EstimateField:
    problem = ""
    if value:
        try:
            parse_percent(value)
        except Invalid as error:
            problem = tell_refused(words, error)
    return EstimateField(slug=one.slug, title=one.title, field=one.field, value=value[:KEPT], problem=problem)
