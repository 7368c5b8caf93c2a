"""The web site of one installation: pages, API and health under one roof.

Composition only, like ``app``: the one place that knows both ``web`` and ``api``. Build it with
``build_site(SiteContext(...))`` and give it to uvicorn.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from cadence.api.context import ApiContext
from cadence.api.health import health_routes
from cadence.api.problems import problem, problem_of, status_of
from cadence.api.v1 import build_api
from cadence.domain.sending.links import LinkProblem, LinkRefused
from cadence.errors import CadenceError, Conflict, NotFound
from cadence.rendering.words import FALLBACK, english
from cadence.scim.service import ScimService
from cadence.web.admin.access import AccessPage
from cadence.web.admin.account import AccountPage
from cadence.web.admin.audit import AuditPages
from cadence.web.admin.channels import ChannelsPage
from cadence.web.admin.company import CompanyPage
from cadence.web.admin.deliveries import DeliveriesPage
from cadence.web.admin.password import PasswordPage
from cadence.web.admin.people import PeoplePages
from cadence.web.admin.people_import import PeopleImportPages
from cadence.web.admin.person import PersonAdminPages
from cadence.web.admin.rhythm import RhythmPage
from cadence.web.admin.tokens import TokensPage
from cadence.web.leader.by_name import ByNamePages
from cadence.web.leader.calendar_feed import CalendarFeed
from cadence.web.leader.calibration import CalibrationPage
from cadence.web.leader.estimates import EstimatesPage
from cadence.web.leader.home import HomePage
from cadence.web.leader.own_words import OwnWordsPage
from cadence.web.leader.questions import QuestionPages
from cadence.web.leader.scoreboard import ScoreboardPage
from cadence.web.leader.statement import StatementPage
from cadence.web.leader.statements import StatementsPage
from cadence.web.leader.writing.changes import ChangesPage
from cadence.web.leader.writing.people import PeoplePage
from cadence.web.leader.writing.policy import ApprovalPage
from cadence.web.leader.writing.question import QuestionPage
from cadence.web.leader.writing.retire import RetirePages
from cadence.web.leader.writing.way import DraftWayPages
from cadence.web.leader.writing.words import WordsPage
from cadence.web.parts.access import FOR_PROGRAMS, Access, NotAllowed, NotSignedIn
from cadence.web.parts.brand import BrandReader
from cadence.web.parts.context import ReportReader, SiteContext
from cadence.web.parts.guard import SAFETY, Guard, TooLarge
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.pages import GuardedPages
from cadence.web.parts.static import KeptFiles
from cadence.web.parts.templating import Render, build_renderer
from cadence.web.person.me import OwnPage
from cadence.web.person.own_data import OwnDataPages
from cadence.web.person.pages import PersonPages
from cadence.web.person.preferences import PreferencesPage
from cadence.web.person.responses import ResponsePages
from cadence.web.sign_in.company import CompanyPages
from cadence.web.sign_in.door import Door
from cadence.web.sign_in.link import LinkPages
from cadence.web.sign_in.local import LocalPages
from cadence.web.sign_in.page import SignInPage

__all__ = ["SiteContext", "build_site"]

log = logging.getLogger("cadence.site")

#: the pages behind the door; each class knows its routes
GUARDED: tuple[type[GuardedPages], ...] = (
    HomePage,
    EstimatesPage,
    OwnWordsPage,
    CalibrationPage,
    CalendarFeed,
    StatementsPage,
    DraftWayPages,
    WordsPage,
    QuestionPage,
    ChangesPage,
    PeoplePage,
    RetirePages,
    ScoreboardPage,
    ApprovalPage,
    StatementPage,
    ByNamePages,
    QuestionPages,
    AuditPages,
    OwnPage,
    ChannelsPage,
    CompanyPage,
    DeliveriesPage,
    PeoplePages,
    PeopleImportPages,
    PersonAdminPages,
    RhythmPage,
    AccessPage,
    TokensPage,
    PasswordPage,
    AccountPage,
)

#: the sign-in page and the ways in
SIGN_IN: tuple[type[SignInPage | LinkPages | CompanyPages | LocalPages], ...] = (SignInPage, LinkPages, CompanyPages, LocalPages)

#: pages that people reach from a message
_OWN = ("/a/", "/c/", "/p/")


def build_site(context: SiteContext) -> FastAPI:
    """Return the ASGI application."""
    access, read_report = Access(context), ReportReader(context)
    render = build_renderer(
        company_name=context.company_name,
        zone=context.zone,
        brand=BrandReader(context),
        form_token=lambda path: context.form_tokens.hidden(path, context.clock.now()),
    )
    site = FastAPI(title="Cadence", version="1", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    site.include_router(
        build_api(
            ApiContext(
                database=context.database,
                clock=context.clock,
                channels=context.channels,
                zone=context.zone,
                read_report=read_report,
                forget_report=read_report.forget,
                allowed=access.require,
            )
        )
    )
    site.router.routes += PersonPages(context, render).routes()
    site.router.routes += PreferencesPage(context, render).routes()
    site.router.routes += OwnDataPages(context, render).routes()
    site.router.routes += ResponsePages(context, render).routes()
    door = Door(context=context, access=access, render=render)
    for way in SIGN_IN:
        site.router.routes += way(door).routes()
    for pages in GUARDED:
        site.router.routes += pages(context, access, read_report, render).routes()
    site.router.routes += health_routes(
        database=context.database,
        clock=context.clock,
        last_tick=context.last_tick,
        trouble=context.trouble,
        tick_seconds=context.tick_seconds,
        allowed=access.require,
        paces=context.paces,
    )
    directory = ScimService(
        database=context.database,
        clock=context.clock,
        base_url=context.base_url,
        default_zone=context.zone,
        attributes=context.kept_attributes,
    )
    site.router.routes += directory.routes()
    if context.slack_events is not None:
        site.router.routes.append(Route("/slack/events", context.slack_events, methods=["POST"]))
    site.router.routes.append(Mount("/static", KeptFiles(), name="static"))
    _tell_errors(site, render, context)
    site.add_middleware(Guard, base_url=context.base_url)
    return site


def _tell_errors(site: FastAPI, render: Render, context: SiteContext) -> None:
    """Answer every error in a sentence: a problem document under /api, a page elsewhere, in the reader's language behind a link."""

    def answer(
        request: Request,
        status: int,
        sentence: str,
        code: str,
        headers: dict[str, str] | None = None,
        *,
        key: str = "",
        values: Mapping[str, str] | None = None,
    ) -> Response:
        if request.url.path.startswith("/api/"):
            return problem(status, sentence, code=code, headers=headers)
        own = request.url.path.startswith(_OWN)
        vocabulary = context.page_words if own else context.leader_words
        words = words_asked_for(request, vocabulary)
        if f"refused_{key}" in words.texts:
            sentence = words.say(f"refused_{key}", **(values or {}))
        else:  # a sentence that has no translation makes the whole page English
            words = vocabulary.for_locale(FALLBACK)
        heading = words.texts.get(f"refused_{status}", words.texts["refused_other"])
        return render("refused.html", words, status=status, headers=headers, own=own, heading=heading, sentence=sentence, code=status)

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, CadenceError)
        status, headers = _page_status(error), _headers_of(error)
        if request.url.path.startswith("/api/"):
            return problem_of(error, headers=headers)
        values = error.values if isinstance(error, NotAllowed) else {}
        return answer(request, status, _sentence(error), error.code, headers, key=_key_of(error), values=values)

    async def not_signed_in(request: Request, error: Exception) -> Response:
        assert isinstance(error, NotSignedIn)
        if request.url.path.startswith(FOR_PROGRAMS):
            return problem(401, str(error), code=error.code, headers={"www-authenticate": 'Bearer realm="Cadence"'})
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "") if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(asked, safe='')}", 303)

    async def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status, headers = error.status_code, dict(error.headers or {})
        if status == 404:
            return answer(request, status, english("leader").texts["refused_missing"], "http_error", headers, key="missing")
        return answer(request, status, f"{error.detail}.", "http_error", headers)

    async def of_input(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        # JSON may name a field by what no answer can hold
        name = "body" if first["type"] == "json_invalid" else str(first["loc"][-1]).encode("ascii", "backslashreplace").decode()[:200]
        return problem(422, f"{name}: {first['msg'].removeprefix('Value error, ')}", code="invalid", field=name)

    async def unforeseen(request: Request, error: Exception) -> Response:
        # the log line names the route, never the token in the address
        log.error("event=request.failed path=/%s error=%s", request.url.path.split("/")[1], type(error).__name__)
        return answer(request, 500, english("leader").texts["refused_fault"], "internal_error", SAFETY, key="fault")

    async def of_database(request: Request, error: Exception) -> Response:
        # the driver's text holds the statement and its values, which no log may hold
        log.error("event=request.failed path=/%s error=%s", request.url.path.split("/")[1], type(error).__name__)
        return answer(request, 500, english("leader").texts["refused_fault"], "internal_error", key="fault")

    async def hung_up(request: Request, error: Exception) -> Response:
        return Response(status_code=400)  # nobody reads it

    async def too_large(request: Request, error: Exception) -> Response:
        raise error  # the guard answers it

    site.add_exception_handler(NotSignedIn, not_signed_in)
    site.add_exception_handler(CadenceError, ours)
    site.add_exception_handler(HTTPException, of_http)
    site.add_exception_handler(RequestValidationError, of_input)
    site.add_exception_handler(SQLAlchemyError, of_database)
    site.add_exception_handler(ClientDisconnect, hung_up)
    site.add_exception_handler(TooLarge, too_large)
    site.add_exception_handler(Exception, unforeseen)


def _page_status(error: CadenceError) -> int:
    if isinstance(error, LinkRefused):
        return 404 if error.problem is LinkProblem.FORGED else 410
    return 410 if isinstance(error, Conflict) else status_of(error)


def _key_of(error: CadenceError) -> str:
    """Return which sentence of the pages' words says it, "" when none does."""
    if isinstance(error, LinkRefused):
        return {LinkProblem.EXPIRED: "expired", LinkProblem.ENDED: "ended", LinkProblem.LEFT: "left"}.get(error.problem, "changed")
    if isinstance(error, NotAllowed):
        return error.why
    return str(error.data.get("why", "")) if error.data.get("why") in ("gone", "left", "withdrawn") else ""


def _headers_of(error: CadenceError) -> dict[str, str] | None:
    if not isinstance(error, NotAllowed):
        return None
    if error.status == 401:
        return {"www-authenticate": 'Basic realm="Cadence", charset="UTF-8"'}
    return {"retry-after": "60"} if error.status == 429 else None


def _sentence(error: CadenceError) -> str:
    text = str(error)
    if isinstance(error, NotFound | Conflict | LinkRefused | NotAllowed):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
