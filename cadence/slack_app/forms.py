"""What is sent off from a modal, and the shortcuts that open one: a question by anyone, a statement or a value by a leader.

A leader's text is stored in two steps: a preview of how it reads, then the same text once more. Errors stand under their
field and the modal stays open, so nothing typed is lost.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import LinkPurpose
from cadence.domain.statements.statement import StatementFile, StatementKind
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.authoring.draft import Draft, check_draft, check_value, measures_in_force, publish_draft, store_value
from cadence.operations.responding.ask import ask_question
from cadence.rendering.markdown import mrkdwn_escape, to_mrkdwn
from cadence.rendering.words import Words
from cadence.slack_app.incoming import MessageChange, SlackAnswer, SlackShortcut, SlackSubmission, View, fact_key
from cadence.slack_app.presses import Presses
from cadence.slack_app.views.modals import (
    ASK,
    DRAFT,
    DRAFT_CONFIRM,
    VALUE,
    VALUE_CONFIRM,
    ask_modal,
    bold,
    draft_modal,
    notice_modal,
    value_modal,
)
from cadence.store.slack_app.people import SlackPerson, slack_person

log = logging.getLogger("cadence.slack")

#: callback ids of the global shortcuts, as in config/slack-manifest.yaml
ASK_SHORTCUT, DRAFT_SHORTCUT, VALUE_SHORTCUT = "ask_question", "draft_statement", "enter_value"
#: what Slack shows under a field
_ERROR_LIMIT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """What modals need. ``leads``: may this person write for the company."""

    presses: Presses
    leads: Callable[[SlackPerson], bool]

    def open(self, shortcut: SlackShortcut, *, now: datetime) -> SlackAnswer:
        """Return the modal that a shortcut opens."""
        person = self._person(shortcut.slack_user_id)
        own = self._words(person)
        if person is None:
            return SlackAnswer(modal=notice_modal(own, own.say("home_stranger")))
        if shortcut.callback_id == ASK_SHORTCUT:
            return SlackAnswer(modal=ask_modal(own))
        if not self.leads(person):
            return SlackAnswer(modal=notice_modal(own, own.say("leaders_only")))
        if shortcut.callback_id == DRAFT_SHORTCUT:
            return SlackAnswer(modal=draft_modal(own))
        if shortcut.callback_id == VALUE_SHORTCUT:
            measures = self._measures()
            if not measures:
                return SlackAnswer(modal=notice_modal(own, own.say("value_none"), title=own.say("value_title")))
            return SlackAnswer(modal=value_modal(own, measures, today=_today(person, now)))
        return SlackAnswer()

    def take(self, sent: SlackSubmission, *, now: datetime) -> SlackAnswer:
        """Do what a modal was sent off for; return its errors, its next step, or nothing (it closes)."""
        person = self._person(sent.slack_user_id)
        first_field = next(iter(sent.values), "question")
        if person is None:
            return _errors({first_field: self._words(None).say("home_stranger")})
        try:
            if sent.callback_id == ASK:
                return self._ask(sent, person, now=now)
            if not self.leads(person):
                return _errors({first_field: self._words(person).say("leaders_only")})
            if sent.callback_id in (DRAFT, DRAFT_CONFIRM):
                return self._draft(sent, self._words(person), now=now)
            if sent.callback_id in (VALUE, VALUE_CONFIRM):
                return self._value(sent, person, now=now)
        except Invalid as error:
            field = str(error.data["field"])
            return _errors({field if field in sent.values else first_field: _sentence(error.data["reason"])})
        except (NotFound, Conflict) as error:
            return _errors({first_field: _sentence(str(error))})
        return SlackAnswer()

    def _ask(self, sent: SlackSubmission, person: SlackPerson, *, now: datetime) -> SlackAnswer:
        place = _decoded(sent.private_metadata)
        token = place.get("token", "")
        link = self.presses.links.read(token, now, purpose=LinkPurpose.ACKNOWLEDGE) if token else None
        if link is not None and link.person_id != person.id:
            raise NotFound("This question is about a message to someone else.")
        ask_question(
            self.presses.database,
            person_id=person.id,
            delivery_id=link.delivery_id if link else None,
            version_id=link.version_id if link else None,
            text=sent.values.get("question", ""),
            channel=Channel.SLACK,
            source_id=fact_key(sent.event_id),
            now=now,
        )
        changed: MessageChange | None = None
        if link is not None and self.presses.is_theirs(link, sent.slack_user_id):
            changed = self.presses.message(link, place.get("channel", ""), place.get("ts", ""), now=now, notes={})
        return SlackAnswer(message=changed)

    def _draft(self, sent: SlackSubmission, own: Words, *, now: datetime) -> SlackAnswer:
        kind, title, body = (sent.values.get(name, "") for name in ("kind", "title", "body"))
        if kind not in tuple(StatementKind):
            raise Invalid("kind", kind, "is not a kind of statement")
        draft = Draft(kind=kind, title=" ".join(title.split()), body=body, must_acknowledge=sent.values.get("must") == "yes")
        statement, notes = check_draft(self.presses.database, draft, now=now)
        if sent.callback_id == DRAFT_CONFIRM and _decoded(sent.private_metadata).get("mark") == draft.mark:
            slug = publish_draft(self.presses.database, draft, now=now)
            log.info("event=statement.published slug=%s by=slack", slug)
            told = own.say("published_note", title=draft.title, slug=slug)
            return _next_step(notice_modal(own, told, title=own.say("published")))
        view = draft_modal(
            own,
            kind=draft.kind,
            title=draft.title,
            body=draft.body,
            must=draft.must_acknowledge,
            preview=_preview(statement),
            notes=notes,
            metadata=json.dumps({"mark": draft.mark}),
        )
        return _next_step(view)

    def _value(self, sent: SlackSubmission, person: SlackPerson, *, now: datetime) -> SlackAnswer:
        measure_id, value, on = (sent.values.get(name, "") for name in ("measure", "value", "on"))
        today = _today(person, now)
        statement, measure, number, day = check_value(self.presses.database, measure_id=measure_id, value=value, on=on, today=today)
        mark = f"{measure.id}:{number}:{day}"
        own = self._words(person)
        line = {"measure": measure.name, "value": f"{own.number(number)} {measure.unit}".strip(), "date": own.long_date(day)}
        if sent.callback_id == VALUE_CONFIRM and _decoded(sent.private_metadata).get("mark") == mark:
            store_value(self.presses.database, measure, number, day)
            log.info("event=measure.entered statement=%s by=slack", statement.slug)
            return _next_step(notice_modal(own, f"{own.say('value_line', **line)}.", title=own.say("value_stored")))
        before = measure.values.get(day)
        said = own.say("value_line", **line) if before is None else own.say("value_line_before", **line, before=own.number(before))
        goal = own.say("value_goal", target=own.number(measure.target), baseline=own.number(measure.baseline))
        told = f"{bold(statement.title)}\n{mrkdwn_escape(said)}\n{mrkdwn_escape(goal)}"
        view = value_modal(
            own, self._measures(), today=today, measure=measure_id, value=value, on=on, preview=told, metadata=json.dumps({"mark": mark})
        )
        return _next_step(view)

    def _measures(self) -> list[tuple[str, str]]:
        found = measures_in_force(self.presses.database)
        return [(str(measure.id), f"{measure.name}{f' ({measure.unit})' if measure.unit else ''} – {one.title}") for one, measure in found]

    def _person(self, slack_user_id: str) -> SlackPerson | None:
        with self.presses.database.read() as connection:
            return slack_person(connection, slack_user_id)

    def _words(self, person: SlackPerson | None) -> Words:
        return self.presses.composer.own_vocabulary.for_locale(person.locale if person else "")


def _preview(statement: StatementFile) -> str:
    """Return how the statement reads in Slack: its text, and every further wording."""
    parts = [f"{bold(statement.title)}\n{to_mrkdwn(statement.body)}"]
    parts += [f"_{mrkdwn_escape(one.name)}_\n{to_mrkdwn(one.text)}" for one in statement.wordings if one.text != statement.body]
    return "\n\n".join(parts)


def _today(person: SlackPerson, now: datetime) -> date:
    return now.astimezone(zone(person.zone)).date()


def _errors(by_field: dict[str, str]) -> SlackAnswer:
    return SlackAnswer(reply={"response_action": "errors", "errors": {name: text[:_ERROR_LIMIT] for name, text in by_field.items()}})


def _next_step(view: View) -> SlackAnswer:
    return SlackAnswer(reply={"response_action": "update", "view": view})


def _sentence(reason: object) -> str:
    text = str(reason)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _decoded(metadata: str) -> dict[str, str]:
    """Return the texts of a modal's private metadata, which this program wrote and a signed request brought back."""
    try:
        found: Any = json.loads(metadata or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}
