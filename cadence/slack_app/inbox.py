"""Everything that arrives from Slack goes through here once: what was dealt with before is answered alike and not done again.

Slack repeats what it thinks was lost, for up to an hour and in any order. The note is written after the action; both a crash
between the two and two repetitions at once meet the action's own key. A slash command is never repeated by Slack and needs none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cadence.slack_app.command import Commands
from cadence.slack_app.forms import Forms
from cadence.slack_app.home import Homes
from cadence.slack_app.incoming import HomeOpened, Incoming, SlackAction, SlackAnswer, SlackCommand, SlackShortcut
from cadence.slack_app.presses import Presses
from cadence.store.database.engine import Database
from cadence.store.slack_app import events as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackInbox:
    """Answers what arrives; see the parts for what each does."""

    database: Database
    now: Callable[[], datetime]
    presses: Presses
    homes: Homes
    commands: Commands
    forms: Forms

    def __call__(self, incoming: Incoming) -> SlackAnswer:
        """Do what is asked and return what is shown. Raises StoreError when nothing could be recorded."""
        now = self.now()
        if isinstance(incoming, SlackCommand):
            return self.commands.answer(incoming, now=now)
        if isinstance(incoming, SlackShortcut):
            return self.forms.open(incoming, now=now)
        with self.database.read() as connection:
            before = rows.reply_to(connection, incoming.event_id)
        if before is not None:
            return SlackAnswer(reply=before or None)
        answer = self._answer(incoming, now)
        if answer.reply is not None and answer.reply.get("response_action") == "errors":
            return answer  # nothing was done, so there is nothing not to repeat
        with self.database.transaction(durable=False) as connection:
            rows.keep_event(connection, incoming.event_id, answer.reply or {}, now=now)
        return answer

    def _answer(self, incoming: Incoming, now: datetime) -> SlackAnswer:
        if isinstance(incoming, HomeOpened):
            return SlackAnswer(home=self.homes.tab(incoming.slack_user_id, now=now))
        if isinstance(incoming, SlackAction):
            return self.presses.answer(incoming, now=now) if incoming.in_message else self.homes.answer(incoming, now=now)
        assert not isinstance(incoming, SlackCommand | SlackShortcut)
        return self.forms.take(incoming, now=now)
