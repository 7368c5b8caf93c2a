"""How messages look, and what is kept about people: the company's settings, each with where its value comes from; logo and colour.

Validated by the model of the settings file. Picture and colour are open to everybody: they stand on the sign-in page.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.colours import contrast, is_colour
from cadence.domain.people.privacy import PrivacyMode
from cadence.errors import Invalid, NotFound
from cadence.files.logo import MOST_BYTES
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.running.change_company import change_company, change_logo, company_of, drop_logo
from cadence.rendering.words import Words, fill
from cadence.settings.company import AT_START, EDITABLE, value_of
from cadence.settings.fields import Settings
from cadence.store.running.company import kept_logo, kept_settings
from cadence.web.parts.access import NotAllowed
from cadence.web.parts.brand import sheet_of
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: what a page may do with the picture of others: show it, and nothing else
_PICTURE = {"content-security-policy": "default-src 'none'; style-src 'none'; sandbox", "cache-control": "public, max-age=300"}
#: the colour of ours
_OURS = "#0b5a5c"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyField:
    """One setting on the page: what is typed, what is wrong with it, and where its value comes from in words."""

    value: str
    error: str = ""
    source: str = ""


class CompanyPage(GuardedPages):
    """The routes under /company."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/company", self.show, methods=["GET"]),
            Route("/company", self.save, methods=["POST"]),
            Route("/company/logo", self.logo, methods=["GET"]),
            Route("/company/logo", self.upload, methods=["POST"]),
            Route("/company/logo/remove", self.remove, methods=["POST"]),
            Route("/company.css", self.sheet, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the settings in force."""
        viewer = self._access.require(request, Permission.CHANGE_COMPANY)
        return self._page(request, viewer)

    async def save(self, request: Request) -> Response:
        """Keep all of them, or none and say what is wrong."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.CHANGE_COMPANY)
        return await run_in_threadpool(self._save, request, viewer, form)

    def _save(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        typed = {name: form[name].strip() for name in EDITABLE if name in form}
        context = self._context
        try:
            change_company(context.database, context.company.given, typed, actor=viewer.actor, now=context.clock.now())
        except Invalid as error:
            return self._page(request, viewer, status=422, typed=typed, wrong={error.data["field"]: error})
        context.company.forget()
        return RedirectResponse("/company?said=saved", 303)

    async def upload(self, request: Request) -> Response:
        """Keep a logo, checked and written again."""
        try:
            async with request.form(max_files=1, max_fields=4, max_part_size=10_000) as sent:
                fields = {name: value for name, value in sent.items() if isinstance(value, str)}
                file = sent.get("logo")
                raw = await file.read(MOST_BYTES + 1) if isinstance(file, UploadFile) else b""
        except Exception as error:  # the parser tells of a form that is none in several ways
            if isinstance(error, NotAllowed):
                raise
            raise NotAllowed("form", 400) from None
        viewer = self._access.require_form(request, fields, Permission.CHANGE_COMPANY)
        return await run_in_threadpool(self._upload, request, viewer, raw)

    def _upload(self, request: Request, viewer: Viewer, raw: bytes) -> Response:
        try:
            change_logo(self._context.database, raw, actor=viewer.actor, now=self._context.clock.now())
        except Invalid as error:
            return self._page(request, viewer, status=422, wrong={"logo": error})
        return RedirectResponse("/company?said=logo", 303)

    async def remove(self, request: Request) -> Response:
        """Go on without a logo."""
        viewer = self._access.require_form(request, await read_form(request), Permission.CHANGE_COMPANY)
        now = self._context.clock.now()
        await run_in_threadpool(lambda: drop_logo(self._context.database, actor=viewer.actor, now=now))
        return RedirectResponse("/company?said=saved", 303)

    def logo(self, request: Request) -> Response:
        """Return the picture."""
        with self._context.database.read() as connection:
            found = kept_logo(connection)
        if found is None:
            raise NotFound("there is no logo")
        return Response(found[1], media_type=found[0], headers=_PICTURE)

    def sheet(self, request: Request) -> Response:
        """Return the style sheet with the company's colour."""
        colour = self._context.company.now().company.colour
        return Response(sheet_of(colour) if colour else "", media_type="text/css", headers={"cache-control": "public, max-age=300"})

    def _page(
        self,
        request: Request,
        viewer: Viewer,
        *,
        status: int = 200,
        typed: dict[str, str] | None = None,
        wrong: dict[str, Invalid] | None = None,
    ) -> Response:
        context, words = self._context, self._words_for(request, viewer)
        settings = company_of(context.database, context.company.given)
        with context.database.read() as connection:
            kept, has_logo = kept_settings(connection), kept_logo(connection) is not None
        problems = {name: _tell(words, name, error) for name, error in (wrong or {}).items()}
        fields = {
            name: CompanyField(
                value=(typed or {}).get(name, str(value_of(settings, name))),
                error=problems.get(name, ""),
                source=words.say("company_from_here" if name in kept else "company_from_file"),
            )
            for name in EDITABLE
        }
        colour = settings.company.colour
        return self._draw(
            request,
            viewer,
            "company.html",
            status=status,
            toast=self._said(request, viewer, "saved", "logo"),
            fields=fields,
            problem=next((said for name, said in problems.items() if name not in fields and name != "logo"), ""),
            logo_problem=problems.get("logo", ""),
            has_logo=has_logo,
            ratio=words.number(round(contrast(colour or _OURS, "#ffffff"), 1)),
            ours=_OURS,
            modes=[one.value for one in PrivacyMode],
            waits=_waits(context.company.running, settings),
            sender=settings.smtp.sender.partition("<")[0].strip() or context.company_name,
            signed=settings.company.sign_off or settings.smtp.sender.partition("<")[0].strip() or context.company_name,
            most_bytes=words.number(MOST_BYTES // 1_000),
        )


def _waits(running: Settings, saved: Settings) -> bool:
    """Return whether something was saved that a running service does not follow."""
    return any(value_of(running, name) != value_of(saved, name) for name in AT_START)


def _tell(words: Words, name: str, error: Invalid) -> str:
    """Return what is wrong, in the reader's language where it has the sentence."""
    if name == "logo":
        return fill(words.names["logo_refused"][str(error.data.get("why", "broken"))], {"most": words.number(MOST_BYTES // 1_000)})
    value = str(error.data.get("value", ""))
    if name == "company.colour" and is_colour(value.strip("'\"").lower()):
        ratio = contrast(value.strip("'\"").lower(), "#ffffff")
        return words.say("company_colour_pale", colour=value, ratio=words.number(round(ratio, 1)))
    return words.say("company_wrong", value=value, reason=str(error.data.get("reason", "")))
