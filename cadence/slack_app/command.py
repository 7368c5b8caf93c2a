"""The slash command: now, mine, pause, ask, help. Every answer is seen by the person who typed it alone.

``now`` shows the statements in force on the spot instead of sending a digest: a digest counts towards the caps and the
rhythm, and asking should cost nothing. Words are English or the person's own language; the subcommands are English.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import Channel
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.responding.ask import ask_question
from cadence.operations.responding.preferences import set_preferences
from cadence.rendering.markdown import mrkdwn_escape
from cadence.rendering.slack_blocks import Block
from cadence.rendering.words import Words
from cadence.slack_app.home import Homes, note_viewed, pause_end
from cadence.slack_app.incoming import SlackAnswer, SlackCommand, fact_key
from cadence.slack_app.plain_text import days_typed
from cadence.slack_app.views.home import help_text, mine_text, now_text, shown_statements
from cadence.slack_app.views.modals import ask_modal
from cadence.store.database.engine import Database
from cadence.store.slack_app.people import SlackPerson, slack_person

#: days of a pause without a number
_USUAL_PAUSE = "14"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What answering a command needs."""

    database: Database
    homes: Homes

    def answer(self, command: SlackCommand, *, now: datetime) -> SlackAnswer:
        """Do what was typed and return what the person reads."""
        with self.database.read() as connection:
            person = slack_person(connection, command.slack_user_id)
        own = self.homes.composer.own_vocabulary.for_locale(person.locale if person else "")
        if person is None:
            return _say(mrkdwn_escape(own.say("home_stranger")))
        first, *others = command.text.split(None, 1) or [""]
        word, rest = first.casefold(), "".join(others).strip()
        try:
            if word == "now":
                return self._now(person, own, now=now)
            if word == "mine":
                return _say(mine_text(own, self.homes.facts(person, now=now)))
            if word == "pause":
                return self._pause(person, own, rest or _USUAL_PAUSE, now=now)
            if word == "ask":
                return self._ask(command, person, own, rest, now=now)
        except (Invalid, NotFound, Conflict) as error:
            return _say(mrkdwn_escape(str(error)))
        unknown = "" if word in ("", "help") else word
        return _say(help_text(own, company=self.homes.company, command=command.command, unknown=unknown))

    def _now(self, person: SlackPerson, own: Words, *, now: datetime) -> SlackAnswer:
        facts = self.homes.facts(person, now=now)
        words = self.homes.composer.vocabulary.for_locale(person.locale)
        text, blocks = now_text(words, own, facts)
        note_viewed(self.database, person.slack_user_id, shown_statements(facts), now=now)
        return _say(text, blocks)

    def _pause(self, person: SlackPerson, own: Words, days: str, *, now: datetime) -> SlackAnswer:
        try:
            end = pause_end(days_typed(days), now=now)
        except Invalid:
            return _say(mrkdwn_escape(own.say("pause_wrong", text=days[:40])))
        set_preferences(self.database, person_id=person.id, now=now, paused_until=end)
        if end is None:
            return _say(mrkdwn_escape(own.say("pause_ended")))
        return _say(mrkdwn_escape(own.say("paused_for", date=own.long_date(end.astimezone(zone(person.zone)).date()))))

    def _ask(self, command: SlackCommand, person: SlackPerson, own: Words, text: str, *, now: datetime) -> SlackAnswer:
        if not text:
            return SlackAnswer(modal=ask_modal(own))
        ask_question(
            self.database,
            person_id=person.id,
            delivery_id=None,
            version_id=None,
            text=text,
            channel=Channel.SLACK,
            source_id=fact_key(command.event_id),
            now=now,
        )
        return _say(mrkdwn_escape(own.say("asked")))


def _say(text: str, blocks: list[Block] | None = None) -> SlackAnswer:
    reply: dict[str, Any] = {"response_type": "ephemeral", "text": text}
    return SlackAnswer(reply=reply | ({"blocks": blocks} if blocks else {}))
