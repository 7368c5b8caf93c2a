"""The page of one statement in one message: answer its question, say a small word, acknowledge, ask, take back.

The signed link is the only key. A GET shows, with the choice of the link marked; only the button records, so a program that
follows links answers nothing. Words come from messages/templates/words in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.channels.registry import PAGES
from cadence.domain.measuring.own_words import MOST_WORDS
from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import AcknowledgeMethod
from cadence.domain.sending.links import Link, LinkPurpose
from cadence.domain.statements.belief import Belief
from cadence.domain.statements.checks import FORGOT, NOT_KEPT
from cadence.domain.statements.taps import FEWER, HELD, TapKind
from cadence.errors import Conflict, Invalid, TooOften
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.answer_check import answer_check
from cadence.operations.responding.ask import MAX_QUESTION, MOST_A_DAY, ask_question
from cadence.operations.responding.belief import say_belief, take_back_belief
from cadence.operations.responding.own_words import name_priorities, say_in_own_words
from cadence.operations.responding.preferences import preferences
from cadence.operations.responding.responses import Responses, look_responses
from cadence.operations.responding.tap import tap
from cadence.operations.responding.undo import ACKNOWLEDGED, undo
from cadence.rendering.wording import FORGOT_CHOICE, show_measure, shown_lines
from cadence.rendering.words import Words
from cadence.web.parts.access import NotAllowed, require_own_page
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import LinkedPages

_BELIEFS = {"believe_yes": Belief.YES, "believe_no": Belief.NO, "believe_not_sure": Belief.NOT_SURE}
_DAYS = {TapKind.KNOWN.value: str(HELD.days), TapKind.TOO_OFTEN.value: str(FEWER.days)}


class _NothingDone(Exception):
    """A press that records nothing; holds the key of the sentence that says so."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class ResponsePages(LinkedPages):
    """The routes under /c."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/c/{token}", self.show, methods=["GET"]), Route("/c/{token}", self.record, methods=["POST"])]

    def show(self, request: Request) -> Response:
        """Show the statement and what can be said to it; changes nothing."""
        asked = request.query_params.get
        choice, say = asked("choice", ""), asked("say", "")
        marked = FORGOT if choice == FORGOT_CHOICE else _place(choice)
        return self._page(request, self._read(request), marked=marked, wanted=say if say in tuple(TapKind) else "")

    async def record(self, request: Request) -> Response:
        """Record what the button says, then say so."""
        form = await read_form(request)
        require_own_page(request, self._context)
        return await run_in_threadpool(self._record, request, form)

    def _record(self, request: Request, form: dict[str, str]) -> Response:
        link = self._read(request)
        now = self._context.clock.now()
        if not self._presses.allows(link.delivery_id, now):
            raise NotAllowed("often", 429)
        try:
            done = self._do(link, form, now)
        except _NothingDone as nothing:
            return self._page(request, link, problem=nothing, kept=form.get("text", ""), status=422)
        return self._page(request, link, done=done)

    def _do(self, link: Link, form: dict[str, str], now: datetime) -> str:
        """Do what the form asks; return which sentence says it. Raises _NothingDone."""
        database, what = self._context.database, form.get("do", "")
        about: dict[str, Any] = {"person_id": link.person_id, "version_id": link.version_id, "delivery_id": link.delivery_id}
        if what == "answer":
            return self._answer(about, _place(form.get("choice", "")), now)
        if what == FORGOT_CHOICE:
            return self._answer(about, FORGOT, now)
        if what in tuple(TapKind):
            tap(database, **about, kind=TapKind(what), channel=PAGES, now=now)
        elif what == ACKNOWLEDGED:
            acknowledge(database, **about, method=AcknowledgeMethod.LINK, now=now)
        elif what == "undo":
            self._take_back(undo, about, now)
        elif what == "ask":
            self._ask(about, form.get("text", ""), now)
        elif what in ("words", "priorities"):
            self._say(about, what, form.get("text", ""), now)
        elif what in _BELIEFS:
            say_belief(database, **about, belief=_BELIEFS[what], now=now)
            return "belief"
        elif what == "undo_belief":
            self._take_back(take_back_belief, about, now)
            return "undo"
        elif what != "skip":
            raise _NothingDone("respond_unknown")
        return what

    def _answer(self, about: dict[str, Any], choice: int | None, now: datetime) -> str:
        """Record an answer; return "answer", or "other_answer" when another one came first, which stands."""
        try:
            if choice is None:
                raise Invalid("choice", "", "is none of the lines")
            given = answer_check(self._context.database, **about, choice=choice, channel=PAGES, now=now)
        except Invalid:
            raise _NothingDone("respond_choose_first") from None
        return "answer" if given.first or given.choice == choice else "other_answer"

    def _take_back(self, undoing: Callable[..., object], about: dict[str, Any], now: datetime) -> None:
        try:
            undoing(self._context.database, **about, now=now)
        except Conflict as error:
            if error.data.get("why") not in ("nothing", "late", "shown"):
                raise
            raise _NothingDone(f"respond_undo_{error.data['why']}") from None

    def _say(self, about: dict[str, Any], what: str, text: str, now: datetime) -> None:
        """Take what is said in own words: one line about the statement, or the priorities by heart."""
        database = self._context.database
        try:
            if what == "words":
                say_in_own_words(database, **about, words=text, now=now)
            else:
                name_priorities(database, person_id=about["person_id"], delivery_id=about["delivery_id"], words=text, now=now)
        except Invalid as error:
            if error.data["reason"] == "is empty":
                raise _NothingDone("respond_words_empty") from None
            raise _NothingDone("respond_words_long", most=f"{MOST_WORDS:,}") from None

    def _ask(self, about: dict[str, Any], text: str, now: datetime) -> None:
        # the same words sent twice are one question
        mark = blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()
        source = f"page:{about['delivery_id']}:{about['version_id']}:{mark}"
        try:
            ask_question(self._context.database, **about, text=text, channel=PAGES, source_id=source, now=now)
        except TooOften:
            raise _NothingDone("respond_question_often", most=str(MOST_A_DAY)) from None
        except Invalid as error:
            if error.data["reason"] == "is empty":
                raise _NothingDone("respond_question_empty") from None
            raise _NothingDone("respond_question_long", most=f"{MAX_QUESTION:,}") from None

    def _page(
        self,
        request: Request,
        link: Link,
        *,
        marked: int | None = None,
        wanted: str = "",
        done: str = "",
        problem: _NothingDone | None = None,
        kept: str = "",
        status: int = 200,
    ) -> Response:
        now = self._context.clock.now()
        found = look_responses(
            self._context.database, person_id=link.person_id, version_id=link.version_id, delivery_id=link.delivery_id, now=now
        )
        chosen = preferences(self._context.database, person_id=link.person_id)
        words = self._context.page_words.for_locale(chosen.preferred_locale or chosen.locale)
        taps = [kind.value for kind in TapKind if kind not in found.tapped]
        return self._render(
            "respond.html",
            words,
            status=status,
            found=found,
            asked=found.wanted,
            question=found.question,
            kind=words.kind(found.wanted.kind),
            lines=shown_lines(found.question) if found.question else (),
            measures=[show_measure(words, one) for one in found.measures],
            marked=marked,
            forgot=FORGOT,
            not_kept=NOT_KEPT,
            wanted=wanted if wanted in taps else "",
            earned=_earned(words, found, chosen.zone, now),
            done=done,
            follow=_follow(found, done),
            believed=words.say(f"respond_believed_{found.belief.belief:d}") if found.belief.belief is not None else "",
            belief_until=_instant(words, found.belief.until, chosen.zone),
            most_words=MOST_WORDS,
            problem=words.say(problem.key, **problem.values) if problem else "",
            kept=kept[: MOST_WORDS if problem and problem.key.startswith("respond_words") else MAX_QUESTION],
            kept_for=problem.key if problem else "",
            recorded=_recorded(words, found),
            taps=taps,
            answered=_instant(words, found.answered_at, chosen.zone),
            undo_until=_instant(words, found.undoable.until if found.undoable else None, chosen.zone),
            most=MAX_QUESTION,
            token=request.path_params["token"],
        )

    def _read(self, request: Request) -> Link:
        return self._context.read_link(request.path_params["token"], LinkPurpose.RESPOND)


def _recorded(words: Words, found: Responses) -> list[str]:
    """Return a sentence for everything that stands on record."""
    kinds = [ACKNOWLEDGED] if found.wanted.acknowledged_at else []
    return [
        words.say(f"respond_recorded_{kind}", **({"days": _DAYS[kind]} if kind in _DAYS else {}))
        for kind in (*kinds, *(kind.value for kind in found.tapped))
    ]


def _follow(found: Responses, done: str) -> str:
    """Return the one thing more that is asked after a response: to say it in one line, whether it is right for us, the priorities."""
    if found.words_wanted and done != "skip":
        return "words"
    responded = found.chosen is not None or found.wanted.acknowledged_at is not None
    if responded and found.belief.wanted:
        return "belief"
    return "priorities" if found.chosen is not None and found.priorities_wanted and done != "skip" else ""


def _earned(words: Words, found: Responses, zone_name: str, now: datetime) -> str:
    """Return when the statement comes back, once its question is answered."""
    if found.back is None or found.question is None:
        return ""
    here = zone(zone_name)
    day = words.date_seen_from(found.back.astimezone(here).date(), year=now.astimezone(here).year)
    if found.is_new:
        return words.say("comes", date=day)
    return words.say("rests" if found.chosen == found.question.right else "comes_back", date=day)


def _instant(words: Words, at: datetime | None, zone_name: str) -> str:
    return words.instant(at.astimezone(zone(zone_name))) if at else ""


def _place(text: str) -> int | None:
    """Return the place a link or a form names, None for anything that is not a small number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None
