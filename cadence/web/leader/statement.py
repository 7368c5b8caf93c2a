"""The page of one statement, and the leader's guess on it: locked first, then shown beside what people know.

While a guess is asked for, nothing on the page tells how many know the statement; counts of sending stay.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.measuring.projection import ROUND, asked_again_from
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.measuring.estimates import LONGEST_BY, estimates_of, lock_estimate
from cadence.operations.responding.tap import heard
from cadence.store.measuring import reports as rows
from cadence.store.planning.explanations import statement_by_slug
from cadence.web.leader.estimate_words import beside, earlier, is_wanted, why_asked
from cadence.web.parts.access import LeaderAccess, require_own_page
from cadence.web.parts.context import ReportReader, SiteContext
from cadence.web.parts.forms import read_form
from cadence.web.parts.templating import Render

#: characters of a refused value that are shown again
_KEPT = 120


class StatementPage:
    """The routes /statements/{slug} and /statements/{slug}/estimate."""

    def __init__(self, context: SiteContext, access: LeaderAccess, read_report: ReportReader, render: Render) -> None:
        self._context = context
        self._access = access
        self._report = read_report
        self._render = render

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/statements/{slug}", self.show, methods=["GET"]),
            Route("/statements/{slug}/estimate", self.guess, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show one statement: its text, wordings and versions, its teams, and the guesses at it."""
        self._access.require(request)
        return self._page(request.path_params["slug"])

    async def guess(self, request: Request) -> Response:
        """Lock the leader's guess, or note that none was made, and lead back to the page."""
        self._access.require(request)
        require_own_page(request, self._context)
        return await run_in_threadpool(self._lock, request.path_params["slug"], await read_form(request))

    def _lock(self, slug: str, form: dict[str, str]) -> Response:
        given, by = form.get("estimate", "").strip(), form.get("by", "").strip()
        try:
            lock_estimate(
                self._context.database,
                slug=slug,
                percent=None if form.get("skip") == "1" else given,
                by=by,
                now=self._context.clock.now(),
                smallest=self._context.smallest_group,
            )
        except Invalid as error:
            kept = {"estimate": given[:_KEPT], "by": by[:_KEPT]}
            return self._page(slug, status=422, field=error.data["field"], problem=_told(error), kept=kept)
        except Conflict as error:
            self._report.forget()
            sentence = str(error)
            return self._page(slug, status=409, problem=f"{sentence[:1].upper()}{sentence[1:]}.")
        self._report.forget()
        return RedirectResponse(f"/statements/{quote(slug, safe='')}#guess", 303)

    def _page(self, slug: str, *, status: int = 200, field: str = "", problem: str = "", kept: dict[str, str] | None = None) -> Response:
        report = self._report(slug)
        with self._context.database.read() as connection:
            row = statement_by_slug(connection, slug)
            if row is None:
                raise NotFound(f"there is no statement {slug!r}")
            texts = rows.texts_of(connection, row.id)
            guesses = estimates_of(connection, row.id)
        line, smallest = report.statements[0], self._context.smallest_group
        return self._render(
            "statement.html",
            status=status,
            report=report,
            line=line,
            text=texts[0],
            earlier=texts[1:],
            smallest=smallest,
            heard=heard(self._context.database, statement_id=row.id, smallest=smallest),
            several_teams=len(line.teams) > 1,
            asks=is_wanted(line),
            why=why_asked(line, zone=self._context.zone, now=self._context.clock.now()),
            told=beside(line, smallest=smallest),
            newest=guesses[0] if guesses else None,
            next_from=asked_again_from(guesses[0].made_at) if guesses else None,
            rounds=earlier(guesses, smallest=smallest),
            round_days=ROUND.days,
            longest_by=LONGEST_BY,
            field=field,
            problem=problem,
            kept=kept or {"estimate": "", "by": ""},
        )


def _told(error: Invalid) -> str:
    """Return what is wrong with a field, in the words of its label."""
    reason = error.data["reason"]
    if error.data["field"] == "by":
        return f"The name of who guesses {reason}."
    if reason == "is empty":
        return "Please write a whole number from 0 to 100, for example 60."
    return f"{error.data['value']} {reason}. For example: 60."
