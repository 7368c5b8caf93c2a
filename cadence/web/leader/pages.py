"""Pages for the leader: the overview, and the explanation of one person's messages."""

from __future__ import annotations

from itertools import groupby

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.errors import Invalid, NotFound
from cadence.operations.authoring.import_statements import list_statements
from cadence.operations.measuring.estimate_words import beside, is_wanted, overall
from cadence.operations.measuring.report import SILENT_AFTER, tell_alarm
from cadence.operations.planning.explain import explain
from cadence.operations.planning.upcoming import upcoming
from cadence.operations.responding.ask import open_questions
from cadence.operations.running.notices import list_notices
from cadence.operations.sending.eta import WORTH_TELLING, still_to_send, tell_eta
from cadence.rendering.words import Words
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.pages import GuardedPages

#: notices on the overview
_MOST_NOTICES = 5
#: longer query texts are no address and no slug
_LONGEST = 400


class LeaderPages(GuardedPages):
    """The routes / and /explain."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", self.overview, methods=["GET"]),
            Route("/statements", self.to_overview, methods=["GET"]),
            Route("/explain", self.explain, methods=["GET"]),
        ]

    def overview(self, request: Request) -> Response:
        """Show every statement in force: reach, frequency, acknowledgement, silence."""
        self._access.require(request)
        report, words = self._report(), words_asked_for(request, self._context.leader_words)
        coming = upcoming(self._context.database, after=self._context.clock.now(), limit=1)
        with self._context.database.read() as connection:
            notices = list_notices(connection, limit=_MOST_NOTICES + 1, words=words_asked_for(request, self._context.notice_words))
        told = {line.slug: beside(words, line) for line in report.statements}
        return self._render(
            "overview.html",
            words,
            report=report,
            headline=overall(words, report),
            alarms=[(alarm.slug, tell_alarm(words, alarm)) for alarm in report.alarms],
            told={slug: one for slug, one in told.items() if one is not None},
            wanted=[line for line in report.statements if is_wanted(line)],
            notices=notices[:_MOST_NOTICES],
            more_notices=len(notices) > _MOST_NOTICES,
            groups=[(kind, list(lines)) for kind, lines in groupby(report.statements, key=lambda line: line.kind)],
            coming=coming[0] if coming else None,
            questions=open_questions(self._context.database),
            silent_days=SILENT_AFTER.days,
            trouble=self._context.trouble(),
            last_tick=self._context.last_tick(),
            sending=self._sending(words),
        )

    def _sending(self, words: Words) -> list[str]:
        """Return a line for each channel that is busy for a minute or more."""
        now = self._context.clock.now()
        with self._context.database.read() as connection:
            left = still_to_send(connection, self._context.paces, now=now)
        return [tell_eta(words, one) for one in left if one.eta_seconds is not None and one.eta_seconds >= WORTH_TELLING]

    def to_overview(self, request: Request) -> Response:
        """Lead to the list of statements."""
        return RedirectResponse("/", 302)

    def explain(self, request: Request) -> Response:
        """Show why one person was sent what, and what comes next."""
        self._access.require(request)
        words = words_asked_for(request, self._context.leader_words)
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
        return self._render("explain.html", words, status=status, email=email, statement=slug, choices=choices, told=told, problem=problem)
