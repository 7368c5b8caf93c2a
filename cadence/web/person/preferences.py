"""The page where a person chooses channel, day, time, language, how often and a pause, and sees their own record.

The signed link is the only key. A GET shows; only a POST stores. A mail program's one-click unsubscribe is a POST too and
means "less of this". Words come from messages/templates/words in the reader's language. Export and erasing: ``own_data``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from hashlib import blake2b

from babel.dates import get_day_names
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.channels.registry import PAGES
from cadence.domain.planning.calendars import resolve, zone
from cadence.domain.sending.links import Link, LinkPurpose
from cadence.errors import Invalid, TooOften
from cadence.operations.people.own_record import RecordLine, own_record
from cadence.operations.people.reader import statement_reader
from cadence.operations.planning.explain import explain_person
from cadence.operations.responding.ask import MAX_QUESTION, MOST_A_DAY, ask_question
from cadence.operations.responding.preferences import (
    FEWER_FOR,
    KEEP,
    SHORT_PAUSE,
    hours_now,
    pause,
    preferences,
    set_preferences,
    waiting,
)
from cadence.rendering.wording import TELLING
from cadence.rendering.words import Vocabulary, Words
from cadence.store.planning.chunks import current_statements
from cadence.store.responding.acknowledgements import Choices
from cadence.store.sending.digests import load_library
from cadence.web.parts.access import NotAllowed, require_own_page
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import LinkedPages
from cadence.web.person.sentences import with_time

_LONGEST_SHOWN = 40


class PreferencesPage(LinkedPages):
    """The routes of /p/{token}."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/p/{token}", self.show, methods=["GET"]),
            Route("/p/{token}", self.save, methods=["POST"]),
            Route("/p/{token}/ask", self.ask, methods=["POST"]),
            Route("/p/{token}/statements", self.statements, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the person's choices and their own record; changes nothing."""
        return self._page(request, self._read(request))

    async def save(self, request: Request) -> Response:
        """Store the choices of the form, or less of all when a mail program's unsubscribe button asks."""
        form = await read_form(request)
        if form.get("List-Unsubscribe") == "One-Click":
            return await run_in_threadpool(self._one_click, request)
        require_own_page(request, self._context)
        return await run_in_threadpool(self._save, request, form)

    async def ask(self, request: Request) -> Response:
        """Keep a question to the leaders, then say so; what cannot be kept is said with the text in its place."""
        form = await read_form(request)
        require_own_page(request, self._context)
        return await run_in_threadpool(self._ask, request, form.get("question", ""))

    def statements(self, request: Request) -> Response:
        """Show every statement in force that the person may read, whole, by kind; changes nothing."""
        link = self._read(request)
        chosen = preferences(self._context.database, person_id=link.person_id)
        with self._context.database.read() as connection:
            reader = statement_reader(connection, link.person_id, now=self._context.clock.now())
            seen = [one for one in current_statements(connection) if reader.may_see(one)]
            library = load_library(connection)
        texts = [(one.kind, library.texts[one.version_id]) for one in seen if one.version_id in library.texts]
        kinds = list(dict.fromkeys(kind for kind, _ in texts))
        groups = [(kind, [text for other, text in texts if other == kind]) for kind in kinds]
        return self._render(
            "all_statements.html", self._words(chosen), groups=groups, name_of=chosen.name, token=request.path_params["token"]
        )

    def _ask(self, request: Request, text: str) -> Response:
        link = self._read(request)
        now, words = self._limit(link), self._words(preferences(self._context.database, person_id=link.person_id))
        mark = blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()
        try:
            ask_question(
                self._context.database,
                person_id=link.person_id,
                delivery_id=None,
                version_id=None,
                text=text,
                channel=PAGES,
                # the same words sent twice in a day are one question
                source_id=f"own:{link.person_id}:{now.date().isoformat()}:{mark}",
                now=now,
            )
        except TooOften:
            problem = words.say("respond_question_often", most=str(MOST_A_DAY))
            return self._page(request, link, problem=problem, kept=text, status=429)
        except Invalid as error:
            is_empty = error.data["reason"] == "is empty"
            problem = words.say("respond_question_empty") if is_empty else words.say("respond_question_long", most=f"{MAX_QUESTION:,}")
            return self._page(request, link, problem=problem, kept=text, status=422)
        return self._page(request, link, saved=words.say("respond_asked"))

    def _one_click(self, request: Request) -> Response:
        link = self._read(request)
        now = self._limit(link)
        stored = pause(self._context.database, person_id=link.person_id, until=now + SHORT_PAUSE, fewer_until=now + FEWER_FOR)
        words = self._words(stored)

        def day(instant: datetime | None) -> str:
            return words.long_date(instant.astimezone(zone(stored.zone)).date()) if instant else ""

        return self._page(request, link, saved=words.say("less", pause=day(stored.paused_until), fewer=day(stored.fewer_until)))

    def _save(self, request: Request, form: dict[str, str]) -> Response:
        link = self._read(request)
        now = self._limit(link)
        known = preferences(self._context.database, person_id=link.person_id)
        if form.get("do") == "resume":
            stored = set_preferences(self._context.database, person_id=link.person_id, now=now, paused_until=None)
            return self._page(request, link, saved=self._words(stored).say("resumed"))
        try:
            stored = set_preferences(
                self._context.database,
                person_id=link.person_id,
                now=now,
                preferred_channel=form.get("channel", KEEP),
                preferred_day=_day(form["day"]) if "day" in form else KEEP,
                preferred_time=form["time"].strip() if "time" in form else KEEP,
                preferred_locale=form.get("language", KEEP),
                fewer=_rhythm(form["rhythm"]) if "rhythm" in form else KEEP,
                paused_until=_first_minute(form["paused_until"], known.zone) if "paused_until" in form else KEEP,
                languages=list(self._context.page_words.words),
            )
        except Invalid as error:
            return self._page(request, link, problem=self._problem(known, form, error), status=422)
        return self._page(request, link, saved=self._words(stored).say("saved"))

    def _problem(self, known: Choices, form: dict[str, str], error: Invalid) -> str:
        """Return one line that names the choice, what was sent, and why it cannot be met."""
        words, hours = self._words(known), hours_now(self._context.database)
        field = {"pause until": "paused_until"}.get(str(error.data["field"]), str(error.data["field"]))
        opens, closes = str(hours.window).split("-")
        shown = "".join(c for c in form.get(field, "") if c.isprintable())[:_LONGEST_SHOWN]
        name = {"paused_until": "wrong_pause"}.get(field, f"wrong_{field}")
        values = {"value": shown} | ({"from": opens, "to": closes} if field == "time" else {})
        return words.say("nothing_changed", reason=words.say(name, **values))

    def _page(self, request: Request, link: Link, *, saved: str = "", problem: str = "", kept: str = "", status: int = 200) -> Response:
        now, database = self._context.clock.now(), self._context.database
        chosen = preferences(database, person_id=link.person_id)
        words, here, hours = self._words(chosen), zone(chosen.zone), hours_now(database)

        def day(instant: datetime) -> str:
            return words.long_date(instant.astimezone(here).date())

        paused = chosen.paused_until if chosen.paused_until is not None and chosen.paused_until > now else None
        fewer = chosen.fewer_until if chosen.fewer_until is not None and chosen.fewer_until > now else None
        opens, closes = str(hours.window).split("-")
        record = own_record(database, link.person_id)
        told = explain_person(
            database,
            link.person_id,
            now=now,
            channels=self._context.channels,
            words=self._context.explain_words.for_locale(words.language),
        )
        names = get_day_names("wide", context="stand-alone", locale=words.locale)
        return self._render(
            "preferences.html",
            words,
            status=status,
            chosen=chosen,
            channels=[_channel(words, channel, refused) for channel, refused in sorted(chosen.addresses.items())],
            days=[(str(weekday.number), names[weekday.number]) for weekday in hours.days],
            day="" if chosen.preferred_day is None else str(chosen.preferred_day),
            opens=opens,
            clock_help=words.say("clock_help", zone=chosen.zone, **{"from": opens, "to": closes}),
            fewer=words.say("fewer_now", date=day(fewer)) if fewer else words.say("fewer", days=str(FEWER_FOR.days)),
            is_fewer=fewer is not None,
            languages=sorted((found.language, _own_name(found)) for found in self._context.page_words.words.values()),
            paused=with_time(words, "paused", paused, chosen.zone) if paused else "",
            paused_day=paused.astimezone(here).date().isoformat() if paused else "",
            tomorrow=(now.astimezone(here).date() + timedelta(days=1)).isoformat(),
            button_help=words.say("button_help", days=str(SHORT_PAUSE.days)),
            waiting=[
                (self._acknowledge(link, one.version_id, one.delivery_id), one.title) for one in waiting(database, person_id=link.person_id)
            ],
            record=[(line.title, _knew(words, line), _facts(words, line, day), _answers(words, line, day)) for line in record],
            headline=_headline(words, record),
            coming=told.next[0].sentence if told.next else "",
            privacy=database.privacy,
            told=told,
            zone_note=words.say("zone_note", zone=chosen.zone),
            saved=saved,
            problem=problem,
            kept=kept,
            most=MAX_QUESTION,
            token=request.path_params["token"],
        )

    def _acknowledge(self, link: Link, version_id: int, delivery_id: int) -> str:
        """Return the address where one statement is acknowledged: good no longer than the link that leads here."""
        asked = Link(
            purpose=LinkPurpose.ACKNOWLEDGE,
            delivery_id=delivery_id,
            person_id=link.person_id,
            version_id=version_id,
            expires_at=link.expires_at,
        )
        return f"/a/{self._context.links.sign(asked)}"

    def _words(self, chosen: Choices) -> Words:
        vocabulary: Vocabulary = self._context.page_words
        return vocabulary.for_locale(chosen.preferred_locale or chosen.locale)

    def _read(self, request: Request) -> Link:
        return self._context.read_link(request.path_params["token"], LinkPurpose.PREFERENCES)

    def _limit(self, link: Link) -> datetime:
        now = self._context.clock.now()
        if not self._presses.allows((link.delivery_id, link.person_id), now):
            raise NotAllowed("often", 429)
        return now


def _own_name(words: Words) -> str:
    """Return the language's name in itself: "Deutsch"."""
    name = words.locale.get_display_name(words.locale) or words.language
    return name[:1].upper() + name[1:]


def _channel(words: Words, channel: str, refused: bool) -> tuple[str, str, bool]:
    name = words.name("channels", channel)
    return channel, words.say("suspended", channel=name) if refused else name, refused


def _headline(words: Words, record: Sequence[RecordLine]) -> str:
    """Return what the person knows, once three statements were answered; before that, how often they were asked."""
    asked = [line for line in record if line.answers]
    if len(asked) >= TELLING:
        return words.say("known_when_asked", n=str(sum(bool(line.knew) for line in asked)), of=str(len(asked)))
    times = sum(len(line.answers) for line in asked)
    return words.count("mine_asked", times) if times else words.say("heading")


def _knew(words: Words, line: RecordLine) -> str:
    """Return in two or three words what the newest answer said."""
    return words.say("mine_not_asked" if line.knew is None else "mine_knew" if line.knew else "mine_not_yet")


def _facts(words: Words, line: RecordLine, day: Callable[[datetime], str]) -> str:
    """Return in one sentence how often a statement came, was probably seen, and when it was acknowledged."""
    seen = line.seen
    facts = [words.count("sent", line.times_sent)] if line.times_sent else []
    if line.last_sent is not None:
        facts.append(words.say("last_sent", date=day(line.last_sent)))
    if line.times_sent and not line.judged:
        facts.append(words.say("too_early"))
    elif line.times_sent:
        about = {"low": str(seen.low), "high": str(seen.high)} if seen.low != seen.high else {}
        facts.append(words.count("seen" if about else "seen_for_sure", round(seen.likely), **about))
    if line.acknowledged_at is not None:
        facts.append(words.say("acknowledged", date=day(line.acknowledged_at)))
    told = "; ".join(facts)
    return told[:1].upper() + told[1:]


def _answers(words: Words, line: RecordLine, day: Callable[[datetime], str]) -> list[str]:
    told = []
    for one in line.answers:
        if one.forgot:
            told.append(words.say("answered_forgot", date=day(one.at)))
            continue
        key = "answered_right" if one.right else "answered_wrong"
        told.append(words.say(key, date=day(one.at), chosen=one.chosen) if one.chosen else words.say(f"{key}_bare", date=day(one.at)))
    return told


def _day(text: str) -> int | None:
    if not text:
        return None
    if len(text) == 1 and text in "0123456":
        return int(text)
    raise Invalid("day", text, "is not a day of the week")


def _rhythm(text: str) -> bool:
    if text not in ("usual", "fewer"):
        raise Invalid("rhythm", text, "is neither usual nor fewer")
    return text == "fewer"


def _first_minute(text: str, zone_name: str) -> datetime | None:
    """Return the first instant of an ISO local date, None for an empty text. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return resolve(datetime.combine(date.fromisoformat(text.strip()), time()), zone(zone_name))
    except (ValueError, OverflowError):
        raise Invalid("pause until", text, "is not a date", example="2026-12-24") from None
