"""What do we keep saying, and where is it not heard? The tabs of all statements: the list, teams by statements, drafts, retired.

A further tab is one row of ``TABS`` and a method ``_<view>`` that returns its page. Nothing here tells what people know.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.domain.statements.drafting import ON_THE_WAY, DraftState
from cadence.errors import NotFound
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.measuring.heard import HeardByTeam, heard_by_team
from cadence.operations.measuring.report import Report
from cadence.operations.measuring.reported import StatementReport
from cadence.rendering.words import Words
from cadence.store.authoring.drafts import drafts_in
from cadence.store.authoring.statements import stored_statements
from cadence.store.planning.chunks import CurrentStatement, current_statements
from cadence.web.parts.days import tell_day
from cadence.web.parts.pages import GuardedPages

#: days for which a statement is new
_NEW = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab. ``label``: key of its name; ``needs``: the permission to see it."""

    view: str
    label: str
    needs: Permission


TABS = (
    Tab(view="list", label="tab_list", needs=Permission.SEE_STATEMENTS),
    Tab(view="teams", label="tab_teams", needs=Permission.SEE_RESULTS),
    Tab(view="drafts", label="tab_drafts", needs=Permission.WRITE),
    Tab(view="waiting", label="tab_waiting", needs=Permission.APPROVE),
    Tab(view="retired", label="tab_retired", needs=Permission.SEE_STATEMENTS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStatement:
    """One line of the list. ``state``: the look of its tag; ``last``: when it was last said, in words."""

    slug: str
    title: str
    kind: str
    state: str
    said: str
    last: str


class StatementsPage(GuardedPages):
    """The routes /statements and /statements.csv."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/statements", self.show, methods=["GET"]),
            Route("/statements.csv", self.download, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the tab that is asked for. Raises NotFound for one that is not there or not for this viewer."""
        viewer = self._access.require(request, Permission.SEE_STATEMENTS)
        view = request.query_params.get("view", TABS[0].view)
        tab = next((one for one in TABS if one.view == view and viewer.may(one.needs)), None)
        if tab is None:
            raise NotFound(f"there is no view {view!r}")
        views: Mapping[str, Callable[[Request, Viewer], Response]] = {
            "list": self._list,
            "teams": self._teams,
            "drafts": self._drafts,
            "waiting": self._waiting,
            "retired": self._retired,
        }
        return views[view](request, viewer)

    def download(self, request: Request) -> Response:
        """Give what the teams have heard as a file, all teams that may be told about."""
        viewer = self._access.require(request, Permission.SEE_RESULTS)
        words = self._words_for(request, viewer)
        heard = self._heard(every_team=True)
        file = io.StringIO()
        rows = csv.writer(file)
        rows.writerow([words.say("statement"), *(_plain(team) for team in heard.teams)])
        for row in heard.rows:
            rows.writerow([_plain(row.title), *("" if cell is None else cell for cell in row.cells)])
        headers = {"content-disposition": f'attachment; filename="heard-since-{heard.since.isoformat()}.csv"'}
        return Response(file.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    def _list(self, request: Request, viewer: Viewer) -> Response:
        with self._context.database.read() as connection:
            known = {one.slug: one for one in current_statements(connection)}
        words, report = self._words_for(request, viewer), self._report()
        listed = [self._listed(words, line, known[line.slug], report) for line in report.statements if line.slug in known]
        return self._view(request, viewer, "list", listed=listed)

    def _teams(self, request: Request, viewer: Viewer) -> Response:
        every_team = request.query_params.get("all") == "1"
        heard = self._part("heard", lambda: self._heard(every_team=every_team))
        return self._view(request, viewer, "teams", heard=heard, every_team=every_team, new=self._new(heard))

    def _drafts(self, request: Request, viewer: Viewer) -> Response:
        with self._context.database.read() as connection:
            found = drafts_in(connection, sorted(ON_THE_WAY))
        toast: dict[str, str] | None = self._said(request, viewer, "write_saved")
        if gone := request.query_params.get("gone", ""):
            undo = f"/write/{quote(gone, safe='')}/restore"
            toast = {
                "text": self._words_for(request, viewer).say("toast_write_discarded"),
                "undo": undo,
                "undo_label": self._words_for(request, viewer).say("bring_back"),
            }
        return self._view(request, viewer, "drafts", drafts=found, is_waiting=False, toast=toast)

    def _waiting(self, request: Request, viewer: Viewer) -> Response:
        with self._context.database.read() as connection:
            found = drafts_in(connection, [DraftState.WAITING])
        return self._view(request, viewer, "drafts", drafts=found, is_waiting=True)

    def _retired(self, request: Request, viewer: Viewer) -> Response:
        with self._context.database.read() as connection:
            found = [one for one in stored_statements(connection) if one.withdrawn_at is not None]
        toast: dict[str, str] | None = None
        if gone := request.query_params.get("gone", ""):
            words = self._words_for(request, viewer)
            undo = f"/statements/{quote(gone, safe='')}/bring-back"
            toast = {"text": words.say("toast_retired"), "undo": undo, "undo_label": words.say("bring_back")}
        return self._view(request, viewer, "retired", retired=found, may_publish=viewer.may(Permission.PUBLISH), toast=toast)

    def _heard(self, *, every_team: bool) -> HeardByTeam:
        context = self._context
        with context.database.read() as connection:
            return heard_by_team(
                connection, now=context.clock.now(), zone_name=context.zone, smallest=context.smallest_group, every_team=every_team
            )

    def _new(self, heard: HeardByTeam | None) -> set[str]:
        """Return the statements that are too young to have been heard twice."""
        return set() if heard is None else {row.slug for row in heard.rows if (self._context.clock.now() - row.since).days < _NEW}

    def _view(self, request: Request, viewer: Viewer, view: str, **values: Any) -> Response:
        """Return the page with its tabs and what one of them shows, ``statements/<view>.html``."""
        words, counts = self._words_for(request, viewer), self._part("counts", self._counts) or {}
        tabs: Sequence[tuple[str, str, None, bool]] = [
            (words.say(one.label), "/statements" if one is TABS[0] else f"/statements?view={one.view}", None, one.view == view)
            for one in TABS
            if viewer.may(one.needs)
        ]
        return self._draw(request, viewer, f"statements/{view}.html", tabs=tabs, live=counts.get("nav_statements", 0), **values)

    def _listed(self, words: Words, line: StatementReport, one: CurrentStatement, report: Report) -> ListedStatement:
        last = line.last_handed_over
        state, said = "ok", words.say("state_live")
        if any(alarm.slug == line.slug and alarm.code == "silent" for alarm in report.alarms):
            state, said = "wait", words.say("quiet")
        elif last is None:
            state, said = "off", words.say("state_unsaid")
        elif line.must_acknowledge and line.acknowledged is not None:
            said = words.say("state_confirmed", n=words.number(line.acknowledged.n), of=words.number(line.acknowledged.of))
        elif (report.at - one.meaning_at).days < _NEW:
            said = words.say("state_new")
        told = words.say("never") if last is None else tell_day(words, last, now=report.at, zone_name=self._context.zone)
        return ListedStatement(slug=line.slug, title=line.title, kind=line.kind, state=state, said=said, last=told)


def _plain(text: str) -> str:
    """Return a cell that a table program reads as text and not as a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
