"""Compose the Slack message of a digest: blocks for the eye, full text for the ear.

Owns what stands in the message, in the order of the mail, and what it becomes once something was recorded: the whole message
is composed again, so it always says what is on record. A button's value is a signed token; the metadata carries the opaque
delivery id and nothing else, because everyone in the workspace can read it. A message to a channel has no buttons, links or
questions: they would be one person's. Pieces and limits: ``slack_blocks``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import Digest, DigestItem, DigestQuestion, SlackMessage
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.domain.statements.belief import Belief
from cadence.domain.statements.checks import NOT_KEPT
from cadence.domain.statements.taps import FEWER, HELD, TapKind
from cadence.errors import Invalid, RenderError
from cadence.rendering.markdown import mrkdwn_escape, slack_length, to_mrkdwn
from cadence.rendering.shortening import brief_of, shortened
from cadence.rendering.slack_blocks import (
    MAX_BLOCKS,
    Block,
    actions,
    button,
    clip,
    context,
    divider,
    label,
    measure_line,
    sections,
    share,
)
from cadence.rendering.templates import TemplateFolder
from cadence.rendering.wording import (
    FORGOT_CHOICE,
    MOST_MEASURES,
    foot_line,
    greeting_line,
    is_one_persons,
    question_head,
    questions_asked,
    show_measure,
    shown_lines,
    why_line,
)
from cadence.rendering.words import Vocabulary, Words, load_words

EVENT_TYPE = "cadence_delivery"
MAX_TEXT = 3_500
#: the ids of the buttons of one choice in a check begin so; its place or FORGOT_CHOICE follows
CHECK_PREFIX = "check:"
#: characters of a line in front of its buttons, and of a statement below its answer
_MOST_LINE, _MOST_ANSWER = 300, 1_500
#: stands in for a value while the words around it are escaped
_MARK = "\x00"


class SlackButton(StrEnum):
    """What a button under a statement asks for; its action id."""

    ACKNOWLEDGE = "acknowledge"
    KNOWN = "known"
    UNCLEAR = "unclear"
    TOO_OFTEN = "too_often"
    ASK = "ask"
    UNDO = "undo"
    BELIEVE_YES = "believe_yes"
    BELIEVE_NO = "believe_no"
    BELIEVE_NOT_SURE = "believe_not_sure"
    UNDO_BELIEF = "undo_belief"


#: the buttons of "I believe this is right for us"
BELIEFS = {SlackButton.BELIEVE_YES: Belief.YES, SlackButton.BELIEVE_NO: Belief.NO, SlackButton.BELIEVE_NOT_SURE: Belief.NOT_SURE}
ACTION_ACKNOWLEDGE = SlackButton.ACKNOWLEDGE.value
_TAPS = (SlackButton.TOO_OFTEN, SlackButton.UNCLEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedWords:
    """What is on record from this person about one statement of the digest. ``recorded``: (button, instant), oldest first."""

    recorded: tuple[tuple[SlackButton, datetime], ...] = ()
    #: the newest can still be taken back
    undoable: bool = False
    #: key of a sentence about what just happened, such as "undone"
    note: str = ""
    #: day from which a statement that was asked about is wanted again; None: not known
    back: date | None = None
    #: no message brought its text yet
    is_new: bool = False
    #: they are asked to say it in one line, before the text stands there
    words_asked: bool = False
    #: they are asked what they believe; what they said, and whether it can still be taken back
    belief_asked: bool = False
    belief: Belief | None = None
    belief_undoable: bool = False


_NOTHING = RecordedWords()
#: for how many days a tap holds, told beside it
_DAYS = {TapKind.KNOWN.value: str(HELD.days), TapKind.TOO_OFTEN.value: str(FEWER.days)}


class SlackComposer:
    """Turns digests into Slack messages. Raises ConfigError when a word file is wrong."""

    def __init__(
        self,
        *,
        company_name: str,
        base_url: str,
        templates: TemplateFolder,
        links: LinkSigner,
        vocabulary: Vocabulary | None = None,
        smallest_group: int = SMALLEST_GROUP,
    ) -> None:
        self._company = company_name
        self._base_url = base_url
        self._links = links
        #: the words around statements, and those of buttons, Home and commands
        self.vocabulary = vocabulary or load_words(templates)
        self.own_vocabulary = load_words(templates, "slack", smallest_group=smallest_group)

    def compose(self, digest: Digest, *, expires_at: datetime, said: Mapping[int, RecordedWords] | None = None) -> SlackMessage:
        """Return the message of ``digest``; its buttons are good until ``expires_at``. The same input gives the same message.

        ``said``: version id -> what the person has said of it since. Raises RenderError when it needs more than 45 blocks.
        """
        if not digest.items and not questions_asked(digest):
            raise RenderError("the digest holds no statement and no question")
        words = self.vocabulary.for_locale(digest.locale)
        page = _Page(
            digest=digest,
            words=words,
            own=self.own_vocabulary.for_locale(digest.locale),
            base_url=self._base_url,
            expires_at=expires_at,
            said=said or {},
            sign=self._token,
        )
        blocks = [*page.blocks(), context(self._foot(digest, words, expires_at))]
        if len(blocks) > MAX_BLOCKS:
            raise RenderError(
                f"the digest needs {len(blocks)} Slack blocks; a message holds {MAX_BLOCKS}. Send fewer statements in one digest."
            )
        return SlackMessage(
            user_id=digest.address,
            text=self._text(digest, words),
            blocks=blocks,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"delivery": digest.public_id}},
            public_id=digest.public_id,
        )

    def _foot(self, digest: Digest, words: Words, expires_at: datetime) -> str:
        said = foot_line(words, digest, self._company)
        if digest.items and digest.items[0].signed_by:
            said = f"{words.say('signed_by', name=digest.items[0].signed_by)} {said}"
        because = clip(mrkdwn_escape(said), 1_500)
        if not is_one_persons(digest):
            return because
        token = self._token(digest, 0, LinkPurpose.PREFERENCES, expires_at)
        return f"{because} <{mrkdwn_escape(self._base_url)}/p/{token}|{label(words.say('choose'))}>"

    def _text(self, digest: Digest, words: Words) -> str:
        """Return what screen readers and notifications say: everything, shortened evenly when it does not fit."""
        spoken = []
        for item in digest.items:
            is_lead = item is digest.items[0] or not is_one_persons(digest)
            parts = [label(item.title), to_mrkdwn(shortened(item.wording)) if is_lead else mrkdwn_escape(brief_of(item))]
            if is_lead:
                parts += [mrkdwn_escape(show_measure(words, measure).line) for measure in item.measures[:MOST_MEASURES]]
            spoken.append("\n".join(parts))
        if not digest.items:
            spoken.append(mrkdwn_escape(greeting_line(words, digest)))
        for asked in questions_asked(digest) if is_one_persons(digest) else ():
            lines = [f"{one.letter}  {label(one.text)}" for one in shown_lines(asked.check)]
            spoken.append("\n".join([mrkdwn_escape(words.say("question_about", title=asked.title)), *lines]))
        ending = mrkdwn_escape(words.say("shortened"))
        room = MAX_TEXT - slack_length(ending) - 4 * (len(spoken) + 1)
        if sum(map(slack_length, spoken)) <= room:
            return "\n\n".join(spoken)
        return "\n\n".join([*share(spoken, room), ending])

    def _token(self, digest: Digest, version_id: int, purpose: LinkPurpose, expires_at: datetime) -> str:
        link = Link(
            purpose=purpose, delivery_id=digest.delivery_id, person_id=digest.person_id, version_id=version_id, expires_at=expires_at
        )
        try:
            return self._links.sign(link)
        except Invalid as error:
            raise RenderError(f"the links of the message cannot be made: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One digest being laid out."""

    digest: Digest
    words: Words
    own: Words
    base_url: str
    expires_at: datetime
    said: Mapping[int, RecordedWords]
    sign: Callable[[Digest, int, LinkPurpose, datetime], str]

    def blocks(self) -> list[Block]:
        items = self.digest.items
        personal = is_one_persons(self.digest)
        found: list[Block] = []
        if not items:
            found += sections(mrkdwn_escape(greeting_line(self.words, self.digest)))
        for item in items[:1] if personal else items:
            found += self._lead(item)
        if personal and len(items) > 1:
            found += sections(f"*{label(self.words.say('others'))}*")
            for item in items[1:]:
                found += self._brief(item)
        for asked in questions_asked(self.digest) if personal else ():
            found += [divider(), *self._question(asked)] if items or found else self._question(asked)
        return found

    def _lead(self, item: DigestItem) -> list[Block]:
        words, personal, said = self.words, is_one_persons(self.digest), self.said.get(item.version_id, _NOTHING)
        today = shortened(item.wording)
        is_shorter = today != item.body or len(item.measures) > MOST_MEASURES
        found = sections(f"*{label(item.title)}*\n{to_mrkdwn(today)}")
        if item.measures:
            found += sections("\n".join(measure_line(show_measure(words, measure)) for measure in item.measures[:MOST_MEASURES]))
        why = mrkdwn_escape(self._why(item, said))
        found.append(context(f"{why} {self._page_link(item.version_id, words.say('whole'))}" if is_shorter and personal else why))
        if not personal:
            return found
        found += self._on_record(said)
        buttons = self._buttons(item, said)
        return [*found, actions(f"say-{item.version_id}", buttons)]

    def _brief(self, item: DigestItem) -> list[Block]:
        said = self.said.get(item.version_id, _NOTHING)
        line = f"• {self._page_link(item.version_id, item.title)}: {mrkdwn_escape(brief_of(item))}"
        return [*sections(line), context(mrkdwn_escape(self._why(item, said, is_brief=True))), *self._on_record(said)]

    def _on_record(self, said: RecordedWords) -> list[Block]:
        lines = [self._recorded(kind, at) for kind, at in said.recorded]
        if said.note:
            lines.append(self.own.say(said.note))
        return [context(mrkdwn_escape("\n".join(lines)))] if lines else []

    def _why(self, item: DigestItem, said: RecordedWords, *, is_brief: bool = False) -> str:
        words = self.words
        serves = words.say("serves", titles=" · ".join(item.supports)) + "\n" if item.supports and not is_brief else ""
        on = self.digest.local_date or self.digest.dated.astimezone(zone(self.digest.zone)).date()
        why = why_line(words, item, year=on.year, is_brief=is_brief)
        just_now = any(kind is SlackButton.ACKNOWLEDGE for kind, _ in said.recorded)
        if item.acknowledged_on is not None and not just_now:
            why += " " + words.say("acknowledged_on", date=words.long_date(item.acknowledged_on))
        return serves + why

    def _question(self, asked: DigestQuestion) -> list[Block]:
        words, check = self.words, asked.check
        if check.chosen is not None:
            return self._answered(asked)
        head = f"*{label(question_head(words, self.digest, asked))}*\n{mrkdwn_escape(words.say('question_about', title=asked.title))}"
        lines = shown_lines(check)
        told = "\n".join(f"*{one.letter}*  {clip(mrkdwn_escape(' '.join(one.text.split())), _MOST_LINE)}" for one in lines)
        value = self._value(asked.version_id)
        choices = [
            button(one.letter, action_id=f"{CHECK_PREFIX}{one.choice}", value=value, label=f"{one.letter}. {one.text}") for one in lines
        ]
        forgot = words.say("forgot")
        choices.append(button(forgot, action_id=f"{CHECK_PREFIX}{FORGOT_CHOICE}", value=value, label=forgot))
        return [*sections(f"{head}\n{told}"), actions(f"check-{asked.version_id}", choices)]

    def _answered(self, asked: DigestQuestion) -> list[Block]:
        check, chosen = asked.check, asked.check.chosen
        key = "check_was_right" if chosen == check.right else "check_was_wrong"
        letters = [one.letter for one in shown_lines(check)]
        is_line = chosen is not None and 0 <= chosen < len(letters)
        other = "check_counted" if chosen == NOT_KEPT else "check_forgotten"
        told = self.own.say(key if is_line else other, right=_MARK, **({"letter": letters[chosen or 0]} if is_line else {}))
        result = mrkdwn_escape(told).replace(_MARK, f"*{label(check.options[check.right])}*")
        text = f"\n{clip(to_mrkdwn(asked.body), _MOST_ANSWER)}" if asked.body else ""
        said = self.said.get(asked.version_id, _NOTHING)
        back = said.back
        small = [self.own.say("check_unnamed" if chosen == NOT_KEPT else "check_private")]
        if back is not None:
            day = self.words.date_seen_from(back, year=(self.digest.local_date or self.digest.dated).year)
            key = "rests" if chosen == check.right else "comes_back"
            small.insert(0, self.words.say("comes" if said.is_new else key, date=day))
        if said.words_asked:
            in_one_line = f"{mrkdwn_escape(self.own.say('say_line'))} {self._page_link(asked.version_id, self.own.say('say_line_link'))}"
            return [
                *sections(f"{mrkdwn_escape(self.own.say('check_was_right_alone'))}\n\n{in_one_line}"),
                context(mrkdwn_escape(" ".join(small))),
            ]
        return [
            *sections(f"{result}\n\n{self._page_link(asked.version_id, asked.title)}{text}"),
            context(mrkdwn_escape(" ".join(small))),
            *self._belief(asked, said),
        ]

    def _belief(self, asked: DigestQuestion, said: RecordedWords) -> list[Block]:
        """Return the question what somebody believes, apart from the one that was answered, or what they said."""
        own, value = self.own, self._value(asked.version_id)
        if said.belief_asked and said.belief is None:
            choices = [
                button(own.say(kind.value), action_id=kind.value, value=value, label=f"{own.say(kind.value)}: {own.say('believe')}")
                for kind in BELIEFS
            ]
            return [*sections(mrkdwn_escape(own.say("believe"))), actions(f"believe-{asked.version_id}", choices)]
        if said.belief is None or not said.belief_undoable:
            return []
        undo = button(own.say("undo"), action_id=SlackButton.UNDO_BELIEF.value, value=value, label=own.say("undo"))
        return [context(mrkdwn_escape(own.say(f"believed_{said.belief:d}"))), actions(f"believe-{asked.version_id}", [undo])]

    def _buttons(self, item: DigestItem, said: RecordedWords) -> list[Block]:
        words, value = self.words, self._value(item.version_id)
        done = {kind for kind, _ in said.recorded}
        found: list[Block] = []
        if item.must_acknowledge and item.acknowledged_on is None and SlackButton.ACKNOWLEDGE not in done:
            which = words.say("acknowledge_which", title=item.title)
            found.append(button(words.say("acknowledge"), action_id=ACTION_ACKNOWLEDGE, value=value, label=which, style="primary"))
        for kind in _TAPS:
            if kind not in done:
                text = words.say(kind.value)
                found.append(button(text, action_id=kind.value, value=value, label=f"{text}: {item.title}"))
        text = self.own.say("tap_ask")
        found.append(button(text, action_id=SlackButton.ASK.value, value=value, label=f"{text}: {item.title}"))
        if said.undoable:
            text = self.own.say("undo")
            found.append(button(text, action_id=SlackButton.UNDO.value, value=value, label=f"{text}: {item.title}"))
        return found

    def _page_link(self, version_id: int, text: str) -> str:
        """Return a link to the page of one statement: the whole of it, and all that can be said to it."""
        token = self.sign(self.digest, version_id, LinkPurpose.RESPOND, self.expires_at)
        return f"<{mrkdwn_escape(self.base_url)}/c/{token}|{label(text)}>"

    def _recorded(self, kind: SlackButton, at: datetime) -> str:
        time = self.words.instant(at.astimezone(zone(self.digest.zone)))
        return "✓ " + self.own.say(f"recorded_{kind.value}", time=time, days=_DAYS.get(kind.value, ""))

    def _value(self, version_id: int) -> str:
        return self.sign(self.digest, version_id, LinkPurpose.ACKNOWLEDGE, self.expires_at)
