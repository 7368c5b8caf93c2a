"""How often people hear it: cadences and limits as a form, what a change would do beside the rules in force, and undo.

One rule a page: the limits at /rhythm, a cadence at /rhythm/{slug}. Checked by the models of ``cadences.toml``, with their lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.planning.cadences import EVERYONE
from cadence.domain.planning.calendars import Weekday
from cadence.errors import Conflict, NotFound
from cadence.files.toml_tables import InvalidFile
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.change_rules import EarlierRule, Rules, change_rule, check_rule, earlier_rules, rules_in_force, use_again
from cadence.operations.simulation.what_if import SimulatedEffect, WhatIf, what_if
from cadence.rendering.words import Words
from cadence.web.admin.rhythm_form import form_from, problems_of, table_from
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: seven days, a field for each other key, and the hidden ones
_MOST_FIELDS = 40
#: one what-if at a time: it takes a processor for some seconds
_PLAYING = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A version that can be used again, as the page lists it. ``differences``: key, before, after."""

    id: int
    at: datetime
    differences: list[tuple[str, str, str]]


class RhythmPage(GuardedPages):
    """The routes under /rhythm."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/rhythm", self.show, methods=["GET"]),
            Route("/rhythm", self.press, methods=["POST"]),
            Route("/rhythm/undo/{id}", self.undo, methods=["POST"]),
            Route("/rhythm/{slug}", self.show, methods=["GET"]),
            Route("/rhythm/{slug}", self.press, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show one rule as it is in force."""
        viewer = self._access.require(request, Permission.SEE_RHYTHM)
        return self._page(request, viewer)

    async def press(self, request: Request) -> Response:
        """Try or save what the form says."""
        form = await read_form(request, most=_MOST_FIELDS)
        viewer = self._access.require_form(request, form, Permission.CHANGE_RHYTHM)
        return await run_in_threadpool(self._try if form.get("press") == "try" else self._save, request, viewer, form)

    async def undo(self, request: Request) -> Response:
        """Use an earlier version again."""
        viewer = self._access.require_form(request, await read_form(request), Permission.CHANGE_RHYTHM)
        version, now = _number(request.path_params["id"]), self._context.clock.now()
        slug = await run_in_threadpool(lambda: use_again(self._context.database, version, actor=viewer.actor, now=now))
        return RedirectResponse(f"{_path(slug)}?said=rhythm_undone", 303)

    def _save(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        slug, context, words = _slug(request), self._context, self._words_for(request, viewer)
        table = table_from(slug, self._rules().definition(slug), form)
        try:
            change_rule(context.database, slug, table, seen=form.get("seen", ""), actor=viewer.actor, now=context.clock.now())
        except InvalidFile as error:
            at_field, others = problems_of(slug, table, error)
            return self._page(request, viewer, status=422, form=form, errors=at_field, problem=" ".join(others))
        except Conflict:
            return self._page(request, viewer, status=409, form=form, problem=words.say("rhythm_changed_meanwhile"))
        return RedirectResponse(f"{_path(slug)}?said=rhythm_saved", 303)

    def _try(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        slug, context, words = _slug(request), self._context, self._words_for(request, viewer)
        rules = self._rules()
        table = table_from(slug, rules.definition(slug), form)
        try:
            proposed = check_rule(rules, slug, table)
        except InvalidFile as error:
            at_field, others = problems_of(slug, table, error)
            return self._page(request, viewer, status=422, form=form, errors=at_field, problem=" ".join(others))
        if not _PLAYING.acquire(blocking=False):
            return self._page(request, viewer, status=409, form=form, problem=words.say("rhythm_busy"))
        try:
            found = what_if(context.database, proposed, now=context.clock.now(), channels=context.channels)
        finally:
            _PLAYING.release()
        return self._page(request, viewer, form=form, tried=found)

    def _rules(self) -> Rules:
        with self._context.database.read() as connection:
            return rules_in_force(connection)

    def _page(
        self,
        request: Request,
        viewer: Viewer,
        *,
        status: int = 200,
        form: dict[str, str] | None = None,
        errors: dict[str, str] | None = None,
        problem: str = "",
        tried: WhatIf | None = None,
    ) -> Response:
        slug, context, words = _slug(request), self._context, self._words_for(request, viewer)
        with context.database.read() as connection:
            rules = rules_in_force(connection)
            earlier = earlier_rules(connection, rules, slug, now=context.clock.now())
        definition = rules.definition(slug)
        may = viewer.may(Permission.CHANGE_RHYTHM)
        toast = self._said(request, viewer, "rhythm_saved", "rhythm_undone")
        if toast is not None and earlier and may:
            toast["undo"] = f"/rhythm/undo/{earlier[0].id}"
        typed = form if form is not None else form_from(slug, definition)
        days = "days" if slug else "working_days"
        return self._draw(
            request,
            viewer,
            "rhythm.html",
            status=status,
            toast=toast,
            path=_path(slug),
            slug=slug,
            rule=definition,
            tabs_of=_tabs(words, rules, slug),
            typed=typed,
            seen=typed.get("seen") or rules.stamp(slug),
            errors=errors or {},
            problem=problem,
            may=may,
            week=_week(words, {day.value for day in Weekday if f"{days}-{day.value}" in typed}),
            audiences=[(EVERYONE, words.say("rhythm_everyone")), *((name, name) for name in sorted(rules.audiences))],
            earlier=[Earlier(id=one.id, at=one.replaced_at, differences=_told(one)) for one in earlier],
            tried=tried,
            line_now=_line(tried, tried.now) if tried is not None else [],
            line_then=_line(tried, tried.proposed) if tried is not None else [],
        )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise NotFound("there is no such version")
    return int(text)


def _slug(request: Request) -> str:
    return str(request.path_params.get("slug", ""))


def _path(slug: str) -> str:
    return f"/rhythm/{slug}" if slug else "/rhythm"


def _tabs(words: Words, rules: Rules, slug: str) -> list[tuple[str, str, None, bool]]:
    found: list[tuple[str, str, None, bool]] = [(words.say("rhythm_for_everyone"), "/rhythm", None, not slug)]
    for one in rules.cadences.values():
        name = str(one.definition.get("name", one.slug))
        found.append((name if one.active else words.say("rhythm_off", name=name), _path(one.slug), None, one.slug == slug))
    return found


def _week(words: Words, chosen: set[str]) -> list[tuple[str, str, str, bool]]:
    names: Any = words.locale.days["stand-alone"]
    return [(day.value, names["abbreviated"][at], names["wide"][at], day.value in chosen) for at, day in enumerate(Weekday)]


def _told(one: EarlierRule) -> list[tuple[str, str, str]]:
    return [(key, _plain(one.before[key]), _plain(value)) for key, value in one.after.items()]


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "–"
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _line(tried: WhatIf, side: SimulatedEffect) -> list[tuple[int, int]]:
    """Return the points of the chart: both ways 0 to 100."""
    return [(round(100 * day / tried.days), known) for day, known in side.known]
