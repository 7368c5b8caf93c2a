"""What happened to that message? What only a person can settle first, then the log: search, filters, pages, a file.

An auditor reads and changes nothing; where the company shows results as counts, without names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.channels.registry import MAIL
from cadence.domain.people.privacy import PrivacyMode
from cadence.domain.planning.calendars import resolve, zone
from cadence.domain.sending.address_health import is_storm
from cadence.domain.sending.deliveries import Channel, DeliveryState
from cadence.domain.sending.settled_by_hand import TAKE_BACK, SettledWord
from cadence.errors import CadenceError, Conflict, NotFound
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.planning.explain_deliveries import told_reason
from cadence.operations.sending.restore import restore_since
from cadence.operations.sending.settle_by_hand import retry_now, settle_by_hand, take_back
from cadence.operations.sending.stop_words import tell_when
from cadence.rendering.words import Words
from cadence.store.sending import addresses
from cadence.store.sending.delivery_log import LoggedDelivery, LogQuery, log_page, unsettled
from cadence.web.parts.csv_files import csv_answer
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: rows of a page, of the file, and of what waits for a word
_ROWS, _MOST_ROWS, _MOST_UNSETTLED = 50, 10_000, 50
#: how far back the log begins when neither a person nor a day is named
_BACK = timedelta(days=7)
_LONGEST = 200
#: suspensions of so long are looked at together, as the doctor does
_STORM_WITHIN = timedelta(days=7)
_TAGS = {"sent": "ok", "planned": "wait", "sending": "wait", "failed": "bad", "unknown": "wait"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """The filters as they were typed."""

    who: str = ""
    channel: str = ""
    state: str = ""
    day: str = ""

    def address(self, path: str, **more: object) -> str:
        """Return ``path`` with these filters."""
        chosen = {"who": self.who, "channel": self.channel, "state": self.state, "day": self.day, **more}
        said = urlencode({name: value for name, value in chosen.items() if value})
        return f"{path}?{said}" if said else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """Addresses that a fault of the mail system suspended, more likely than the people's own."""

    suspended: int
    since: datetime


class DeliveriesPage(GuardedPages):
    """The routes under /deliveries."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/deliveries", self.show, methods=["GET"]),
            Route("/deliveries.csv", self.export, methods=["GET"]),
            Route("/deliveries/restore", self.restore, methods=["POST"]),
            Route("/deliveries/{id}/settle", self.settle, methods=["POST"]),
            Route("/deliveries/{id}/retry", self.retry, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what waits for a word, and a page of the log."""
        viewer = self._access.require(request, Permission.SEE_DELIVERIES)
        names, chosen = self._shows_names(viewer), _filter_of(request)
        if not names:
            chosen = replace(chosen, who="")
        query, problem = self._query(chosen, self._words_for(request, viewer))
        below = _number(request.query_params.get("below", ""))
        now = self._context.clock.now()
        with self._context.database.read() as connection:
            rows = log_page(connection, query, below=below, limit=_ROWS + 1)
            doubtful = unsettled(connection, limit=_MOST_UNSETTLED)
        words = self._words_for(request, viewer)
        explained = self._context.explain_words.for_locale(words.language)
        return self._draw(
            request,
            viewer,
            "deliveries.html",
            status=422 if problem else 200,
            toast=self._said(request, viewer, "settled_late", "retried", "not_waiting", "restored"),
            doubtful=doubtful,
            rows=rows[:_ROWS],
            older=chosen.address("/deliveries", below=rows[_ROWS - 1].id) if len(rows) > _ROWS else "",
            file=chosen.address("/deliveries.csv"),
            chosen=chosen,
            problem=problem,
            channels=[("", words.say("log_every_channel")), *((str(one), words.name("channels", one)) for one in Channel)],
            states=[("", words.say("log_every_state")), *((str(one), words.name("states", one)) for one in DeliveryState)],
            tags=_TAGS,
            why=lambda one: explained.name("reasons", told_reason(one.reason, own=False)) if one.reason else "",
            when=lambda instant: tell_when(words, instant, self._context.zone),
            names=names,
            may_change=viewer.may(Permission.SETTLE_DELIVERIES),
            minutes=int(TAKE_BACK.total_seconds() // 60),
            storm=self._part("storm", lambda: self._storm(now)) if viewer.may(Permission.SETTLE_DELIVERIES) else None,
            now=now,
        )

    def export(self, request: Request) -> Response:
        """Return the log as a file, at most 10,000 lines."""
        viewer = self._access.require(request, Permission.SEE_DELIVERIES)
        names, chosen, words = self._shows_names(viewer), _filter_of(request), self._words_for(request, viewer)
        query, problem = self._query(chosen if names else replace(chosen, who=""), words)
        if problem:
            raise NotFound(problem)
        with self._context.database.read() as connection:
            rows = log_page(connection, query, below=None, limit=_MOST_ROWS)
        people = ("person", "email") if names else ()
        head = ("at", *people, "channel", "statements", "state", "reason")
        return csv_answer("deliveries.csv", head, (_cells(one, names) for one in rows))

    async def settle(self, request: Request) -> Response:
        """Keep what somebody says of a message in doubt, or take it back."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.SETTLE_DELIVERIES)
        return await run_in_threadpool(self._settle, request, viewer, form.get("say", ""))

    def _settle(self, request: Request, viewer: Viewer, said: str) -> Response:
        number, now, database = _path_number(request), self._context.clock.now(), self._context.database
        words = {"arrived": SettledWord.ARRIVED, "again": SettledWord.AGAIN}
        try:
            if said == "undo":
                take_back(database, number, actor=viewer.actor, now=now)
            elif said in words:
                settle_by_hand(database, number, words[said], actor=viewer.actor, now=now)
            else:
                raise NotFound("nothing was said of this message")
        except Conflict:
            return RedirectResponse("/deliveries?said=settled_late", 303)
        return RedirectResponse("/deliveries", 303)

    async def retry(self, request: Request) -> Response:
        """Try a message now that waits for its next try."""
        viewer = self._access.require_form(request, await read_form(request), Permission.SETTLE_DELIVERIES)
        return await run_in_threadpool(self._retry, request, viewer)

    def _retry(self, request: Request, viewer: Viewer) -> Response:
        try:
            retry_now(self._context.database, _path_number(request), actor=viewer.actor, now=self._context.clock.now())
        except Conflict:
            return RedirectResponse("/deliveries?said=not_waiting", 303)
        return RedirectResponse("/deliveries?said=retried", 303)

    async def restore(self, request: Request) -> Response:
        """Take back into use what a storm suspended."""
        viewer = self._access.require_form(request, await read_form(request), Permission.SETTLE_DELIVERIES)
        return await run_in_threadpool(self._restore, viewer)

    def _restore(self, viewer: Viewer) -> Response:
        now = self._context.clock.now()
        storm = self._storm(now)
        if storm is not None:
            restore_since(self._context.database, storm.since, MAIL, now=now, actor=viewer.actor)
        return RedirectResponse("/deliveries?said=restored", 303)

    def _storm(self, now: datetime) -> Storm | None:
        with self._context.database.read() as connection:
            suspended, every = addresses.suspended_since(connection, MAIL, now - _STORM_WITHIN)
            since = addresses.first_suspended(connection, MAIL, now - _STORM_WITHIN)
        return Storm(suspended=suspended, since=since) if since is not None and is_storm(suspended=suspended, addresses=every) else None

    def _shows_names(self, viewer: Viewer) -> bool:
        return viewer.may(Permission.SEE_PEOPLE) or self._context.database.privacy is not PrivacyMode.AGGREGATE

    def _query(self, chosen: LogFilter, words: Words) -> tuple[LogQuery, str]:
        query = LogQuery(who=chosen.who, channel=chosen.channel, state=chosen.state)
        if chosen.day:
            try:
                day = date.fromisoformat(chosen.day)
                here = zone(self._context.zone)
                since, before = (resolve(datetime.combine(one, time()), here) for one in (day, day + timedelta(days=1)))
            except (ValueError, OverflowError, CadenceError):
                return query, words.say("log_no_day", value=chosen.day[:40])
            return replace(query, since=since, before=before), ""
        return (query if chosen.who else replace(query, since=self._context.clock.now() - _BACK)), ""


def _filter_of(request: Request) -> LogFilter:
    asked = request.query_params
    channel, state = asked.get("channel", ""), asked.get("state", "")
    return LogFilter(
        who=asked.get("who", "").strip()[:_LONGEST],
        channel=channel if channel in list(Channel) else "",
        state=state if state in list(DeliveryState) else "",
        day=asked.get("day", "").strip()[:_LONGEST],
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _path_number(request: Request) -> int:
    number = _number(request.path_params["id"])
    if number is None:
        raise NotFound("there is no such message")
    return number


def _cells(one: LoggedDelivery, names: bool) -> tuple[str, ...]:
    people = (one.name, one.email) if names else ()
    return (
        one.at.isoformat(timespec="seconds"),
        *people,
        one.channel,
        "; ".join(one.titles),
        one.state,
        told_reason(one.reason, own=False),
    )
