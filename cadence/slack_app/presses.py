"""Answer the press of a button in a Slack message: record it, and say what the message shows from now on.

The button's value is a signed link token; the presser must be the person the message was sent to. What is not theirs,
too old or withdrawn changes nothing, and the message stays as it is. The message is composed again from what is on
record, so it is right whatever order presses arrive in.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import AcknowledgeMethod, Channel, Digest, DigestQuestion
from cadence.domain.sending.links import LINK_LIFETIME, Link, LinkPurpose, LinkSigner
from cadence.domain.statements.checks import FORGOT
from cadence.domain.statements.taps import UNDO_WINDOW, TapKind
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.answer_check import answer_check
from cadence.operations.responding.belief import look_belief, say_belief, take_back_belief
from cadence.operations.responding.comes_back import comes_back
from cadence.operations.responding.own_words import are_words_wanted
from cadence.operations.responding.tap import tap
from cadence.operations.responding.undo import undo
from cadence.operations.sending.prepare import load_sent
from cadence.rendering.slack import BELIEFS, CHECK_PREFIX, RecordedWords, SlackButton, SlackComposer
from cadence.rendering.wording import FORGOT_CHOICE, questions_asked
from cadence.slack_app.incoming import MessageChange, MessageContent, SlackAction, SlackAnswer, fact_key
from cadence.slack_app.views.modals import ask_modal
from cadence.store.database.engine import Database
from cadence.store.responding import acknowledgements
from cadence.store.responding.learning import was_delivered
from cadence.store.slack_app.people import Word, is_theirs, words_about

log = logging.getLogger("cadence.slack")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presses:
    """What answering a press needs."""

    database: Database
    links: LinkSigner
    composer: SlackComposer

    def answer(self, action: SlackAction, *, now: datetime) -> SlackAnswer:
        """Record what the button says; return the message as it reads afterwards, or the modal it opens."""
        try:
            link = self.links.read(action.value, now, purpose=LinkPurpose.ACKNOWLEDGE)
            if not self.is_theirs(link, action.slack_user_id):
                log.warning("event=slack.not_theirs delivery=%d", link.delivery_id)
                return SlackAnswer()
            if action.action_id == SlackButton.ASK:
                return self._open_question(action, link, now=now)
            note = self._record(action, link, now=now)
        except (Invalid, NotFound, Conflict) as error:
            log.warning("event=slack.press_refused code=%s", error.code)
            return SlackAnswer()
        notes = {link.version_id: note} if note else {}
        return SlackAnswer(message=self.message(link, action.channel_id, action.message_ts, now=now, notes=notes))

    def is_theirs(self, link: Link, slack_user_id: str) -> bool:
        """Return whether a token is about a message to this Slack user."""
        with self.database.read() as connection:
            return is_theirs(connection, link.delivery_id, person_id=link.person_id, slack_user_id=slack_user_id)

    def message(self, link: Link, channel_id: str, message_ts: str, *, now: datetime, notes: Mapping[int, str]) -> MessageChange:
        """Return the message of a delivery as it reads when it is shown. ``notes``: version id -> what just happened."""
        return MessageChange(
            channel_id=channel_id, message_ts=message_ts, content=lambda: self._content(link.delivery_id, link.person_id, notes, now)
        )

    def _content(self, delivery_id: int, person_id: int, notes: Mapping[int, str], now: datetime) -> MessageContent | None:
        with self.database.read() as connection:
            digest = load_sent(connection, delivery_id, now=now)
            if digest is None:
                return None
            words = words_about(connection, person_id=person_id, delivery_id=delivery_id)
            answered = {
                one.version_id: _answered(connection, digest, one, now=now)
                for one in questions_asked(digest)
                if one.check.chosen is not None
            }
        said = {
            item.version_id: _said(words.get(item.version_id, []), note=notes.get(item.version_id, ""), now=now) for item in digest.items
        }
        said |= {version: replace(said.get(version, RecordedWords()), **more) for version, more in answered.items()}
        made = self.composer.compose(digest, expires_at=digest.dated + LINK_LIFETIME, said=said)
        return MessageContent(made.text, made.blocks)

    def _record(self, action: SlackAction, link: Link, *, now: datetime) -> str:
        """Record the press; return the key of a sentence about it, empty when what is recorded says it all."""
        person, version, delivery, pressed = link.person_id, link.version_id, link.delivery_id, action.action_id
        if pressed == SlackButton.ACKNOWLEDGE:
            method = AcknowledgeMethod.SLACK
            acknowledge(self.database, person_id=person, version_id=version, delivery_id=delivery, method=method, now=now)
        elif pressed in tuple(TapKind):
            tap(
                self.database,
                person_id=person,
                version_id=version,
                delivery_id=delivery,
                kind=TapKind(pressed),
                channel=Channel.SLACK,
                now=now,
                source_id=fact_key(action.event_id),
            )
        elif pressed == SlackButton.UNDO:
            try:
                undo(self.database, person_id=person, version_id=version, delivery_id=delivery, now=now)
            except Conflict:
                return "undo_late"
            return "undone"
        elif pressed in BELIEFS:
            belief = BELIEFS[SlackButton(pressed)]
            say_belief(self.database, person_id=person, version_id=version, delivery_id=delivery, belief=belief, now=now)
        elif pressed == SlackButton.UNDO_BELIEF:
            take_back_belief(self.database, person_id=person, version_id=version, delivery_id=delivery, now=now)
        elif pressed.startswith(CHECK_PREFIX):
            place = pressed.removeprefix(CHECK_PREFIX)
            if place != FORGOT_CHOICE and not (place.isascii() and place.isdecimal() and len(place) < 3):
                raise Invalid("choice", place, "is not the place of an option")
            answer_check(
                self.database,
                person_id=person,
                version_id=version,
                delivery_id=delivery,
                choice=FORGOT if place == FORGOT_CHOICE else int(place),
                channel=Channel.SLACK,
                now=now,
            )
        else:
            raise Invalid("action", pressed, "is not one of our buttons")
        return ""

    def _open_question(self, action: SlackAction, link: Link, *, now: datetime) -> SlackAnswer:
        with self.database.read() as connection:
            digest = load_sent(connection, link.delivery_id, now=now)
        if digest is None:
            return SlackAnswer()
        titles = {one.version_id: one.title for one in digest.questions} | {one.version_id: one.title for one in digest.items}
        about = titles.get(link.version_id, "")
        words = self.composer.own_vocabulary.for_locale(digest.locale)
        return SlackAnswer(modal=ask_modal(words, token=action.value, channel=action.channel_id, ts=action.message_ts, about=about))


def _answered(connection: Connection, digest: Digest, asked: DigestQuestion, *, now: datetime) -> dict[str, Any]:
    """Return what stands below an answered question: when it comes back, and the one thing more that is asked."""
    said = acknowledgements.asked(connection, version_id=asked.version_id, delivery_id=digest.delivery_id)
    look = look_belief(connection, said, now=now) if said is not None else None
    return {
        "back": _back(connection, digest, asked, now=now),
        "is_new": not was_delivered(connection, person_id=digest.person_id, statement_id=asked.statement_id),
        "words_asked": are_words_wanted(connection, delivery_id=digest.delivery_id, version_id=asked.version_id),
        "belief_asked": look is not None and look.wanted,
        "belief": None if look is None else look.belief,
        "belief_undoable": look is not None and look.until is not None,
    }


def _back(connection: Connection, digest: Digest, asked: DigestQuestion, *, now: datetime) -> date:
    """Return the person's day from which a statement they were asked about is wanted again."""
    at = comes_back(
        connection,
        person_id=digest.person_id,
        statement_id=asked.statement_id,
        kind=asked.kind,
        version_id=asked.version_id,
        answered_at=now,
        now=now,
    )
    return at.astimezone(zone(digest.zone)).date()


def _said(words: list[Word], *, note: str, now: datetime) -> RecordedWords:
    recorded = tuple((SlackButton(word.kind), word.at) for word in words if word.here)
    standing = [word.at for word in words if word.here and word.kind != "ask"]
    return RecordedWords(recorded=recorded, undoable=bool(standing) and now < max(standing) + UNDO_WINDOW, note=note)
