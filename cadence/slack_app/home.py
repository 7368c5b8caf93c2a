"""The Home tab of one person: what it shows, what choosing something on it does, and that it was looked at.

What is meant for the person comes first, then everything else in force that everyone may see; people from outside see only
their own. Looking at one's own statements here is evidence of having seen them, once a day for each, noted when the tab
was shown. Looking at what is meant for others is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.planning.cadences import EVERYONE
from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import AcknowledgeMethod, Channel
from cadence.domain.sending.links import LINK_LIFETIME, Link, LinkPurpose, LinkSigner
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.people.own_record import own_record
from cadence.operations.people.reader import StatementReader, statement_reader
from cadence.operations.planning.context import load_planning
from cadence.operations.planning.foresight import foresee
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.learn import relearn
from cadence.operations.responding.preferences import hours_now, preferences, set_preferences, waiting
from cadence.rendering.slack import SlackButton, SlackComposer
from cadence.rendering.slack_statements import READ, HomeStatement, reading_text
from cadence.slack_app.incoming import HomeTab, SlackAction, SlackAnswer, View
from cadence.slack_app.views.home import (
    ANY,
    CHANNEL,
    DAY,
    PAUSE,
    TIME,
    TIME_CLEAR,
    HomeChoices,
    HomeFacts,
    HomeRecord,
    home_page,
    stranger_view,
)
from cadence.slack_app.views.modals import notice_modal, statement_modal
from cadence.store.database.engine import Database
from cadence.store.planning import explanations
from cadence.store.planning.chunks import CurrentStatement, current_statements
from cadence.store.sending.digests import Library, load_library
from cadence.store.slack_app import people as rows
from cadence.store.slack_app.people import SlackPerson, slack_person

#: a tab that was looked at shows as much as a page that was opened
SEEN = 0.9

#: lines for one person: empty when they are not one of those who may read them
Lines = Callable[[SlackPerson], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """What making Home tabs needs. ``leader`` and ``admin`` say what such a person sees beside their own."""

    database: Database
    links: LinkSigner
    composer: SlackComposer
    company: str
    #: the channels that are set up: what comes next is planned for them
    channels: Collection[Channel] = tuple(Channel)
    leader: Lines = lambda person: ()
    admin: Lines = lambda person: ()

    def tab(self, slack_user_id: str, *, now: datetime, problem: str = "") -> HomeTab:
        """Return the tab of a Slack user; ``problem``: why a choice could not be stored."""
        shown: list[HomeStatement] = []

        def view() -> View:
            with self.database.read() as connection:
                person = slack_person(connection, slack_user_id)
            if person is None:
                return stranger_view(self.composer.own_vocabulary.for_locale(""))
            facts = replace(self.facts(person, now=now), leader=tuple(self.leader(person)), admin=tuple(self.admin(person)))
            words, own = self.composer.vocabulary.for_locale(person.locale), self.composer.own_vocabulary.for_locale(person.locale)
            page, read = home_page(words, own, replace(facts, problem=problem))
            shown.extend(read)
            return page

        def note() -> None:
            note_viewed(self.database, slack_user_id, shown, now=now)

        return HomeTab(view=view, shown=note)

    def facts(self, person: SlackPerson, *, now: datetime) -> HomeFacts:
        """Return what the tab of one person shows, without the lines for leaders and admins."""
        asked = {one.version_id: one.delivery_id for one in waiting(self.database, person_id=person.id)}
        chosen = preferences(self.database, person_id=person.id)
        working = tuple(channel for channel, suspended in sorted(chosen.addresses.items()) if not suspended)
        with self.database.read() as connection:
            library, reader = load_library(connection), statement_reader(connection, person.id, now=now)
            statements = self._statements(connection, person, asked, library=library, reader=reader, now=now)
            also = [_shown(one, library) for one in current_statements(connection) if reader.may_see(one) and not reader.is_meant(one)]
            said = explanations.acknowledged_by(connection, person.id)
        acknowledged = [(at, library.texts[version_id].title) for version_id, at in said.items() if version_id in library.texts]
        lines = own_record(self.database, person.id)
        here = zone(person.zone)
        paused = chosen.paused_until if chosen.paused_until is not None and chosen.paused_until > now else None
        return HomeFacts(
            company=self.company,
            zone=person.zone,
            waiting=tuple(one for one in statements if one.token),
            current=tuple(one for one in statements if not one.token),
            also=tuple(also),
            acknowledged=tuple((at.astimezone(here).date(), title) for at, title in sorted(acknowledged, reverse=True)),
            next=self._next(person, now=now),
            choices=HomeChoices(
                channel=chosen.preferred_channel,
                channels=working,
                day=chosen.preferred_day,
                days=tuple(sorted(day.number for day in hours_now(self.database).days)),
                time=chosen.preferred_time,
                paused_until=paused,
            ),
            privacy=self.database.privacy,
            record=tuple(
                HomeRecord(
                    title=one.title, times_sent=one.times_sent, checks=len(one.answers), right=sum(answer.right for answer in one.answers)
                )
                for one in lines
            ),
        )

    def _next(self, person: SlackPerson, *, now: datetime) -> tuple[datetime, str, str] | None:
        """Return (instant, channel, cadence) of the next message that the planner has for the person, None when none is in sight."""
        with self.database.rolled_back() as connection:
            planning = load_planning(connection, self.channels, now=now)
            for foreseen in foresee(connection, person.id, person.zone, planning=planning, now=now, once=False):
                if foreseen.person.skip is None:
                    return foreseen.person.at, foreseen.person.channel, foreseen.context.cadence.name
        return None

    def answer(self, action: SlackAction, *, now: datetime) -> SlackAnswer:
        """Do what was chosen on the tab; return the tab as it reads afterwards, and the whole text that was asked for."""
        if action.action_id == READ:  # showing the tab again lets the same line be chosen again
            return SlackAnswer(modal=self._read(action, now=now), home=self.tab(action.slack_user_id, now=now))
        return SlackAnswer(home=self.choose(action, now=now))

    def _read(self, action: SlackAction, *, now: datetime) -> View:
        with self.database.read() as connection:
            person = slack_person(connection, action.slack_user_id)
            own = self.composer.own_vocabulary.for_locale(person.locale if person else "")
            if person is None:
                return notice_modal(own, own.say("home_stranger"))
            reader = statement_reader(connection, person.id, now=now)
            found = next((one for one in current_statements(connection) if str(one.id) == action.value and reader.may_see(one)), None)
            if found is None:
                return notice_modal(own, own.say("read_gone"))
            words, shown = self.composer.vocabulary.for_locale(person.locale), _shown(found, load_library(connection))
        return statement_modal(words.kind(shown.kind), reading_text(words, shown), close=own.say("close"))

    def choose(self, action: SlackAction, *, now: datetime) -> HomeTab:
        """Store a choice made on the tab, or an acknowledgement; return the tab as it reads afterwards."""
        with self.database.read() as connection:
            person = slack_person(connection, action.slack_user_id)
        problem = ""
        if person is not None:
            try:
                self._choose(action, person, now=now)
            except (Invalid, NotFound, Conflict) as error:
                problem = f"{error.data['field']} {error.data['reason']}" if type(error) is Invalid else str(error).rstrip(".")
        return self.tab(action.slack_user_id, now=now, problem=problem)

    def _choose(self, action: SlackAction, person: SlackPerson, *, now: datetime) -> None:
        value = action.value
        if action.action_id == SlackButton.ACKNOWLEDGE:
            link = self.links.read(value, now, purpose=LinkPurpose.ACKNOWLEDGE)
            if link.person_id != person.id:
                raise NotFound("This button belongs to someone else.")
            acknowledge(
                self.database,
                person_id=person.id,
                version_id=link.version_id,
                delivery_id=link.delivery_id,
                method=AcknowledgeMethod.SLACK,
                now=now,
            )
        elif action.action_id == CHANNEL:
            set_preferences(self.database, person_id=person.id, now=now, preferred_channel="" if value == ANY else value)
        elif action.action_id == DAY:
            if value != ANY and value not in tuple("0123456"):
                raise Invalid("day", value, "is not a day of the week")
            set_preferences(self.database, person_id=person.id, now=now, preferred_day=None if value == ANY else int(value))
        elif action.action_id in (TIME, TIME_CLEAR):
            set_preferences(self.database, person_id=person.id, now=now, preferred_time="" if action.action_id == TIME_CLEAR else value)
        elif action.action_id == PAUSE and value != "kept":
            set_preferences(self.database, person_id=person.id, now=now, paused_until=pause_end(value, now=now))
        elif action.action_id != PAUSE:
            raise Invalid("action", action.action_id, "is not one of our choices")

    def _statements(
        self,
        connection: Connection,
        person: SlackPerson,
        asked: dict[int, int],
        *,
        library: Library,
        reader: StatementReader,
        now: datetime,
    ) -> list[HomeStatement]:
        """Return the statements in force that are meant for the person: those to acknowledge, those of their groups, the rest."""
        found = []
        for one in current_statements(connection):
            if not reader.is_meant(one):
                continue
            request = next((version for version in one.same_meaning if version in asked), None)
            token = "" if request is None else self._token(person, request, asked[request], now=now)
            statement = _shown(one, library, token=token)
            found.append((not statement.token, one.audience == EVERYONE, statement))
        return [statement for _, _, statement in sorted(found, key=lambda entry: entry[:2])]

    def _token(self, person: SlackPerson, version_id: int, delivery_id: int, *, now: datetime) -> str:
        link = Link(
            purpose=LinkPurpose.ACKNOWLEDGE,
            delivery_id=delivery_id,
            person_id=person.id,
            version_id=version_id,
            expires_at=(now + LINK_LIFETIME).replace(microsecond=0),
        )
        return self.links.sign(link)


def _shown(one: CurrentStatement, library: Library, *, token: str = "") -> HomeStatement:
    text = library.texts[one.version_id]
    return HomeStatement(
        statement_id=one.id,
        version_id=one.version_id,
        kind=one.kind,
        title=text.title,
        body=text.body,
        measures=text.measures,
        token=token,
    )


def pause_end(days: str, *, now: datetime) -> datetime | None:
    """Return when a pause of ``days`` that begins at ``now`` ends, None for 0. Raises Invalid."""
    if not (days.isascii() and days.isdecimal() and len(days) <= 3 and int(days) <= 366):
        raise Invalid("pause", days, "is not a number of days from 0 to 366", example="14")
    return now + timedelta(days=int(days)) if int(days) else None


def note_viewed(database: Database, slack_user_id: str, statements: Sequence[HomeStatement], *, now: datetime) -> int:
    """Append one fact for each statement that was not noted today (in the person's zone) yet; return how many."""
    with database.read() as connection:
        person = slack_person(connection, slack_user_id)
        if person is None or not statements:
            return 0
        day = now.astimezone(zone(person.zone)).date().isoformat()
        keys = {f"home:{person.id}:{day}:{one.statement_id}": one for one in statements}
        known = rows.noted(connection, keys)
    fresh = {key: one for key, one in keys.items() if key not in known}
    if not fresh:
        return 0
    with database.transaction() as connection:
        for key, one in fresh.items():
            about = {"person_id": person.id, "statement_id": one.statement_id, "version_id": one.version_id}
            rows.note_viewed(connection, key, **about, seen=SEEN, detail={"where": "home"}, now=now)
        relearn(connection, person.id, [one.statement_id for one in fresh.values()], now=now)
    return len(fresh)
