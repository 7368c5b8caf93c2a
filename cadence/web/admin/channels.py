"""Does it arrive? The diagnosis in a sentence, a card for each channel with what the other side said, four lines of health, and the stop.

While all sending is stopped the page tells what waits, what happens on start, and lets one message or all be cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.channels.registry import FACTS
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.stops import LONGEST_REASON
from cadence.errors import Conflict, Invalid, NotFound
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.sending.channel_care import (
    ChannelState,
    ChannelVerdict,
    TestResult,
    channel_states,
    pause_channel,
    resume_channel,
    send_test,
    test_address,
    tomorrow_at_nine,
)
from cadence.operations.sending.stop_words import tell_until, tell_when
from cadence.operations.sending.stopping import ListNotSeen, cancel_waiting, list_waiting, start_sending, stop_sending
from cadence.rendering.words import Words, fill
from cadence.store.measuring.reports import waiting_for_a_person
from cadence.store.running.inspections import overdue_slots
from cadence.web.parts.access import NotAllowed, RateLimit
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: what an admin may choose as the end of a stop
_ENDS = ("tomorrow", "hour", "open")
#: a slot that is later than this was seen by no tick
_LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsHealth:
    """The four lines."""

    late: int
    last_look: datetime | None
    doubtful: int
    backup: datetime | None
    trouble: str


class ChannelsPage(GuardedPages):
    """The routes under /channels."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        self._tests = RateLimit(most=10)
        return [
            Route("/channels", self.show, methods=["GET"]),
            Route("/channels/stop", self.stop, methods=["POST"]),
            Route("/channels/start", self.start, methods=["POST"]),
            Route("/channels/cancel", self.cancel, methods=["POST"]),
            Route("/channels/{channel}/test", self.test, methods=["POST"]),
            Route("/channels/{channel}/pause", self.pause, methods=["POST"]),
            Route("/channels/{channel}/resume", self.resume, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show how every channel does, and what waits while all sending is stopped."""
        viewer = self._access.require(request, Permission.SEE_CHANNELS)
        return self._page(request, viewer)

    async def stop(self, request: Request) -> Response:
        """Stop all sending by this one press."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.STOP_SENDING)
        return await run_in_threadpool(self._stop, request, viewer, form)

    def _stop(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        now, chosen = self._context.clock.now(), form.get("until", "open")
        ends = {"hour": now + timedelta(hours=1), "tomorrow": tomorrow_at_nine(now, self._context.zone)}
        try:
            stop_sending(self._context.database, reason=form.get("reason", ""), until=ends.get(chosen), actor=viewer.actor, now=now)
        except Invalid:
            error = self._words_for(request, viewer).say("stop_reason_long", most=str(LONGEST_REASON))
            return self._page(request, viewer, status=422, reason=form.get("reason", "")[: 2 * LONGEST_REASON], until=chosen, error=error)
        return RedirectResponse("/channels", 303)

    async def start(self, request: Request) -> Response:
        """Start sending again; shows the list first when many messages wait."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.STOP_SENDING)
        return await run_in_threadpool(self._start, viewer, form)

    def _start(self, viewer: Viewer, form: dict[str, str]) -> Response:
        try:
            start_sending(
                self._context.database, actor=viewer.actor, now=self._context.clock.now(), has_seen_list=form.get("seen") == "list"
            )
        except ListNotSeen:
            return RedirectResponse("/channels?list=first#waiting", 303)
        return RedirectResponse("/channels?said=started", 303)

    async def cancel(self, request: Request) -> Response:
        """Cancel one waiting message, or all of them."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.STOP_SENDING)
        return await run_in_threadpool(self._cancel, viewer, form.get("delivery", ""))

    def _cancel(self, viewer: Viewer, chosen: str) -> Response:
        if chosen != "all" and not (chosen.isascii() and chosen.isdigit() and len(chosen) < 16):
            raise NotFound("there is no such message")
        which = None if chosen == "all" else int(chosen)
        try:
            cancel_waiting(self._context.database, actor=viewer.actor, now=self._context.clock.now(), delivery_id=which)
        except (Conflict, NotFound):  # started, sent or cancelled in another window
            return RedirectResponse("/channels?said=not_waiting", 303)
        return RedirectResponse("/channels?said=cancelled#waiting", 303)

    async def test(self, request: Request) -> Response:
        """Send whoever presses a test message, and show what the other side said."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.STOP_SENDING)
        return await run_in_threadpool(self._test, request, viewer, form)

    def _test(self, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        channel, now, words = self._channel(request), self._context.clock.now(), self._words_for(request, viewer)
        if not self._tests.allows(viewer.account_id, now):
            raise NotAllowed("form", 429)
        email = viewer.email or form.get("email", "").strip().lower()[:254]
        with self._context.database.read() as connection:
            address = test_address(connection, channel, email)
        if not address:
            return self._page(request, viewer, status=422, typed=email, untested=channel)
        done = send_test(self._context.tests, channel, address=address, name=viewer.name, locale=viewer.locale or words.language, now=now)
        return self._page(request, viewer, tested=done)

    async def pause(self, request: Request) -> Response:
        """Pause one channel until somebody resumes it."""
        viewer = self._access.require_form(request, await read_form(request), Permission.STOP_SENDING)
        return await run_in_threadpool(self._change, request, viewer, True)

    async def resume(self, request: Request) -> Response:
        """End the pause of one channel."""
        viewer = self._access.require_form(request, await read_form(request), Permission.STOP_SENDING)
        return await run_in_threadpool(self._change, request, viewer, False)

    def _change(self, request: Request, viewer: Viewer, pauses: bool) -> Response:
        change = pause_channel if pauses else resume_channel
        change(
            self._context.database,
            self._channel(request),
            channels=list(self._context.channels),
            actor=viewer.actor,
            now=self._context.clock.now(),
        )
        return RedirectResponse(f"/channels?said={'channel_paused' if pauses else 'channel_resumed'}", 303)

    def _channel(self, request: Request) -> Channel:
        named = request.path_params["channel"]
        if named not in list(self._context.channels):
            raise NotFound("there is no such channel here")
        return Channel(named)

    def _page(
        self,
        request: Request,
        viewer: Viewer,
        *,
        status: int = 200,
        reason: str = "",
        until: str = "tomorrow",
        error: str = "",
        typed: str = "",
        untested: Channel | None = None,
        tested: TestResult | None = None,
    ) -> Response:
        context, words = self._context, self._words_for(request, viewer)
        now = context.clock.now()
        stop, states = channel_states(context.database, list(context.channels), now=now, zone_name=context.zone)
        waiting = list_waiting(context.database, now=now) if stop is not None else None
        told = self._words_for_notices(request, viewer)
        return self._draw(
            request,
            viewer,
            "channels.html",
            status=status,
            toast=self._said(request, viewer, "started", "cancelled", "not_waiting", "channel_paused", "channel_resumed"),
            diagnosis=_diagnosis(words, states) if stop is None else words.say("stopped_heading"),
            states=states,
            facts={one: context.connection_facts.get(one, ()) for one in context.channels},
            waiting=waiting,
            until_told="" if waiting is None else tell_until(words, waiting.stop.until, zone_name=context.zone),
            list_first=waiting is not None and request.query_params.get("list") == "first",
            health=self._part("health", self._health),
            when=lambda instant: tell_when(words, instant, context.zone),
            ends=[(one, words.name("stop_ends", one)) for one in _ENDS],
            reason=reason,
            until=until,
            error=error,
            longest_reason=LONGEST_REASON,
            may_change=viewer.may(Permission.STOP_SENDING),
            typed=typed,
            untested=untested,
            tested=tested,
            remedy="" if tested is None or tested.taken else told.names["causes"].get(tested.cause, FACTS[tested.channel].remedy),
        )

    def _words_for_notices(self, request: Request, viewer: Viewer) -> Words:
        return self._context.notice_words.for_locale(self._words_for(request, viewer).language)

    def _health(self) -> ChannelsHealth:
        now = self._context.clock.now()
        with self._context.database.read() as connection:
            return ChannelsHealth(
                late=len(overdue_slots(connection, now - _LATE)),
                last_look=self._context.last_tick(),
                doubtful=waiting_for_a_person(connection),
                backup=self._context.last_backup(),
                trouble=self._context.trouble(),
            )


def _diagnosis(words: Words, states: list[ChannelState]) -> str:
    """Return how the channels do in a sentence each, the worst first."""
    order = list(ChannelVerdict)
    ranked = sorted(states, key=lambda one: order.index(one.verdict))
    said = [fill(words.names["channel_diagnoses"][one.verdict], {"channel": words.name("channels", one.day.channel)}) for one in ranked]
    return " ".join(text[:1].upper() + text[1:] for text in said) or words.say("channels_none")
