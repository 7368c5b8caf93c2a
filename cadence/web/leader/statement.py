"""The page of one statement: is it understood? The leader's estimate on it is locked first, then shown beside what people know.

While an estimate is asked for, nothing on the page tells how many know the statement; counts of sending stay.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.measuring.projection import ROUND, asked_again_from
from cadence.domain.planning.calendars import zone
from cadence.errors import Conflict, Invalid, NotFound
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.measuring.estimate_words import is_wanted, why_asked
from cadence.operations.measuring.estimates import LONGEST_BY, estimates_of, lock_estimate
from cadence.operations.measuring.figure_words import tell_figure
from cadence.operations.measuring.question_health import question_health
from cadence.operations.measuring.standing import standing
from cadence.operations.measuring.story import story_of
from cadence.operations.measuring.unaided import unaided
from cadence.operations.responding.tap import heard
from cadence.rendering.words import Words
from cadence.store.planning.chunks import current_statements
from cadence.store.planning.explanations import statement_by_slug
from cadence.store.responding.questions import questions_about
from cadence.web.leader.strip import strip_of
from cadence.web.parts.days import tell_day
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: characters of a refused value that are shown again
KEPT = 120
#: questions on the page; the rest are under /questions
MOST_QUESTIONS = 3


class StatementPage(GuardedPages):
    """The routes /statements/{slug} and /statements/{slug}/estimate."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/statements/{slug}", self.show, methods=["GET"]),
            Route("/statements/{slug}/estimate", self.guess, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show one statement: its text, wordings and versions, its teams, and the estimates of it."""
        viewer = self._access.require(request, Permission.SEE_STATEMENTS)
        return self._page(request, viewer)

    async def guess(self, request: Request) -> Response:
        """Lock the leader's estimate, or note that none was made, and lead back to the page."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.GUESS)
        return await run_in_threadpool(self._lock, request, viewer, form)

    def _lock(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        words, slug = self._words_for(request, viewer), request.path_params["slug"]
        given, by = form.get("estimate", "").strip(), viewer.name[:LONGEST_BY] or form.get("by", "").strip()
        try:
            lock_estimate(
                self._context.database,
                slug=slug,
                percent=None if form.get("skip") == "1" else given,
                by=by,
                now=self._context.clock.now(),
                smallest=self._context.smallest_group,
                actor=viewer.actor,
            )
        except Invalid as error:
            kept = {"estimate": given[:KEPT], "by": by[:KEPT]}
            return self._page(request, viewer, status=422, field=error.data["field"], problem=tell_refused(words, error), kept=kept)
        except Conflict as error:
            self._report.forget()
            return self._page(request, viewer, status=409, problem=self._held(words, error))
        self._report.forget()
        return RedirectResponse(f"/statements/{quote(slug, safe='')}#estimate", 303)

    def _held(self, words: Words, error: Conflict) -> str:
        """Return that an earlier estimate still counts, and from when the next one is asked for."""

        def day(at: datetime) -> str:
            return words.short_day(at.astimezone(zone(self._context.zone)).date())

        dates = {"date": day(error.data["made_at"]), "next": day(error.data["next_from"])}
        if error.data["percent"] is None:
            return words.say("estimate_declined", **dates)
        return words.say("estimate_held", estimate=words.say("of_100", n=str(error.data["percent"])), **dates)

    def _page(
        self, request: Request, viewer: Viewer, *, status: int = 200, field: str = "", problem: str = "", kept: dict[str, str] | None = None
    ) -> Response:
        words, slug = self._words_for(request, viewer), request.path_params["slug"]
        context, report = self._context, self._report(slug)
        with context.database.read() as connection:
            row = statement_by_slug(connection, slug)
            if row is None:
                raise NotFound(f"there is no statement {slug!r}")
            story = story_of(connection, row.id, smallest=context.smallest_group)
            one = next(one for one in current_statements(connection) if one.id == row.id)
            asked = questions_about(connection, row.id, limit=MOST_QUESTIONS) if viewer.may(Permission.SEE_QUESTIONS) else []
            named = next((one for one in unaided(connection, now=context.clock.now()) if one.slug == slug and one.released_at), None)
            health = next((one for one in question_health(connection) if one.slug == slug and one.ailments), None)
            guesses = estimates_of(connection, row.id, now=context.clock.now(), smallest=context.smallest_group)
        line, smallest = report.statements[0], context.smallest_group
        return self._draw(
            request,
            viewer,
            "statement.html",
            status=status,
            report=report,
            line=line,
            story=story,
            results=viewer.may(Permission.SEE_RESULTS),
            questions=asked,
            weeks=self._part("weeks", lambda: strip_of(context, words, line, one)),
            last=tell_day(words, line.last_handed_over, now=report.at, zone_name=context.zone) if line.last_handed_over else "",
            heard=heard(context.database, statement_id=row.id, now=context.clock.now(), smallest=smallest),
            teams=[team for team in line.teams if not team.hidden] if len(line.teams) > 1 else [],
            teams_hidden=sum(bool(team.hidden) for team in line.teams),
            asks=is_wanted(line) and viewer.may(Permission.GUESS),
            why=why_asked(words, line, zone_name=context.zone, now=context.clock.now()),
            told=standing(words, line, guesses, zone_name=context.zone),
            teams_told={t.team: tell_figure(words, t.know_it, zone_name=context.zone) for t in line.teams if t.know_it is not None},
            segments=[(one.group, tell_figure(words, one.know_it, zone_name=context.zone)) for one in line.segments if one.know_it.is_said],
            segments_early=sum(not one.know_it.is_said for one in line.segments),
            health=health,
            named=named,
            newest=guesses[0] if guesses else None,
            next_from=asked_again_from(guesses[0].made_at) if guesses else None,
            round_days=ROUND.days,
            longest_by=LONGEST_BY,
            field=field,
            problem=problem,
            kept=kept or {"estimate": "", "by": ""},
        )


def tell_refused(words: Words, error: Invalid) -> str:
    """Return what is wrong with a field, naming the value."""
    if error.data["field"] == "by":
        return words.say("estimate_by_wrong", most=str(LONGEST_BY))
    if error.data["reason"] == "is empty":
        return words.say("estimate_missing")
    return words.say("estimate_wrong", value=str(error.data["value"]).strip("'"))
