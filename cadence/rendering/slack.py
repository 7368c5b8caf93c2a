"""Compose the Slack message of a digest: blocks for the eye, full text for the ear.

Owns what stands in the message and what it becomes once something was recorded: the whole message is composed again,
so it always says what is on record. A button's value is a signed token; the metadata carries the opaque delivery id
and nothing else, because everyone in the workspace can read it. A message to a channel has no buttons: they would be
one person's. Pieces and limits: ``slack_blocks``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import CheckQuestion, Digest, DigestItem, SlackMessage
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.domain.statements.taps import FEWER, HELD, TapKind
from cadence.errors import Invalid, RenderError
from cadence.rendering.markdown import mrkdwn_escape, slack_length, to_mrkdwn
from cadence.rendering.slack_blocks import (
    MAX_BLOCKS,
    MAX_BUTTON,
    Block,
    actions,
    button,
    clip,
    context,
    divider,
    header,
    label,
    measure_line,
    sections,
    share,
)
from cadence.rendering.templates import TemplateFolder
from cadence.rendering.wording import because_line, show_measure, why_line
from cadence.rendering.words import Vocabulary, Words, load_words

EVENT_TYPE = "cadence_delivery"
MAX_TEXT = 3_500
#: the ids of the buttons of one choice in a check begin so, its place follows
CHECK_PREFIX = "check:"


class SlackButton(StrEnum):
    """What a button under a statement asks for; its action id."""

    ACKNOWLEDGE = "acknowledge"
    KNOWN = "known"
    UNCLEAR = "unclear"
    TOO_OFTEN = "too_often"
    ASK = "ask"
    UNDO = "undo"


ACTION_ACKNOWLEDGE = SlackButton.ACKNOWLEDGE.value
_TAPS = (SlackButton.KNOWN, SlackButton.UNCLEAR, SlackButton.TOO_OFTEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedWords:
    """What is on record from this person about one statement of the digest. ``recorded``: (button, instant), oldest first."""

    recorded: tuple[tuple[SlackButton, datetime], ...] = ()
    #: the newest can still be taken back
    undoable: bool = False
    #: key of a sentence about what just happened, such as "undone"
    note: str = ""


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

        ``said``: version id -> what the person has said of it since. Leaves out rules, then the statements behind their wordings, then
        the smaller buttons when there are more than 45 blocks; raises RenderError when that is not enough.
        """
        if not digest.items:
            raise RenderError("the digest holds no statement")
        words = self.vocabulary.for_locale(digest.locale)
        blocks: list[Block] = []
        for rules, whole, taps in ((True, True, True), (False, True, True), (False, False, True), (False, False, False)):
            page = _Page(
                digest=digest,
                words=words,
                own=self.own_vocabulary.for_locale(digest.locale),
                expires_at=expires_at,
                said=said or {},
                rules=rules,
                whole=whole,
                taps=taps,
                sign=self._token,
            )
            blocks = [*page.blocks(self._company), context(self._foot(digest, words, expires_at))]
            if len(blocks) <= MAX_BLOCKS:
                return SlackMessage(
                    user_id=digest.address,
                    text=self._text(digest, words),
                    blocks=blocks,
                    metadata={"event_type": EVENT_TYPE, "event_payload": {"delivery": digest.public_id}},
                    public_id=digest.public_id,
                )
        raise RenderError(
            f"the digest needs {len(blocks)} Slack blocks; a message holds {MAX_BLOCKS}. Send fewer statements in one digest."
        )

    def _foot(self, digest: Digest, words: Words, expires_at: datetime) -> str:
        because = clip(mrkdwn_escape(because_line(words, digest.cadence_name, self._company)), 1_500)
        if not is_personal(digest):
            return because
        token = self._token(digest, 0, LinkPurpose.PREFERENCES, expires_at)
        return f"{because} <{mrkdwn_escape(self._base_url)}/p/{token}|{label(words.say('choose'))}>"

    def _text(self, digest: Digest, words: Words) -> str:
        """Return what screen readers and notifications say: every statement, shortened evenly when all do not fit."""
        lead = mrkdwn_escape(words.count("lead", len(digest.items), company=self._company))
        ending = mrkdwn_escape(words.say("shortened"))
        spoken = []
        for item in digest.items:
            parts = [f"{mrkdwn_escape(words.kind(item.kind))}: {label(item.title)}", to_mrkdwn(item.wording)]
            parts += [mrkdwn_escape(show_measure(words, measure).line) for measure in item.measures]
            if item.wording != item.body:
                parts += [f"{mrkdwn_escape(words.say('whole'))}:", to_mrkdwn(item.body)]
            spoken.append("\n".join(parts))
        room = MAX_TEXT - slack_length(lead) - slack_length(ending) - 4 * (len(spoken) + 2)
        if sum(map(slack_length, spoken)) <= room:
            return "\n\n".join([lead, *spoken])
        return "\n\n".join([lead, *share(spoken, room), ending])

    def _token(self, digest: Digest, version_id: int, purpose: LinkPurpose, expires_at: datetime) -> str:
        link = Link(
            purpose=purpose, delivery_id=digest.delivery_id, person_id=digest.person_id, version_id=version_id, expires_at=expires_at
        )
        try:
            return self._links.sign(link)
        except Invalid as error:
            raise RenderError(f"the links of the message cannot be made: {error}") from None


def is_personal(digest: Digest) -> bool:
    """Return whether the message goes to one person's direct messages, and not to a channel (C..., G...)."""
    return not digest.address.startswith(("C", "G"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One way of laying out one digest: with or without ``rules``, the ``whole`` statements and the small buttons (``taps``)."""

    digest: Digest
    words: Words
    own: Words
    expires_at: datetime
    said: Mapping[int, RecordedWords]
    rules: bool
    whole: bool
    taps: bool
    sign: Callable[[Digest, int, LinkPurpose, datetime], str]

    def blocks(self, company: str) -> list[Block]:
        found = [header(self.words.count("lead", len(self.digest.items), company=company))]
        for item in self.digest.items:
            if self.rules:
                found.append(divider())
            found += self._item(item, self.said.get(item.version_id, _NOTHING))
        return [*found, divider()]

    def _item(self, item: DigestItem, said: RecordedWords) -> list[Block]:
        words, personal = self.words, is_personal(self.digest)
        found: list[Block] = []
        if item.check is not None and personal:
            found += self._check(item, item.check)
        found += sections(f"{mrkdwn_escape(words.kind(item.kind))}\n*{label(item.title)}*\n{to_mrkdwn(item.wording)}")
        if item.measures:
            found += sections("\n".join(measure_line(show_measure(words, measure)) for measure in item.measures))
        if self.whole and item.wording != item.body:
            found += sections(f"*{label(words.say('whole'))}*\n{to_mrkdwn(item.body)}")
        found.append(context(mrkdwn_escape(self._why(item, said))))
        if not personal:
            return found
        lines = [self._recorded(kind, at) for kind, at in said.recorded]
        if said.note:
            lines.append(self.own.say(said.note))
        if lines:
            found.append(context(mrkdwn_escape("\n".join(lines))))
        buttons = self._buttons(item, said)
        return [*found, actions(f"say-{item.version_id}", buttons)] if buttons else found

    def _why(self, item: DigestItem, said: RecordedWords) -> str:
        words = self.words
        serves = words.say("serves", titles=" · ".join(item.supports)) + "\n" if item.supports else ""
        on = self.digest.local_date or self.digest.dated.astimezone(zone(self.digest.zone)).date()
        why = why_line(words, item, year=on.year)
        just_now = any(kind is SlackButton.ACKNOWLEDGE for kind, _ in said.recorded)
        if item.acknowledged_on is not None and not just_now:
            why += " " + words.say("acknowledged_on", date=words.long_date(item.acknowledged_on))
        return serves + why

    def _check(self, item: DigestItem, check: CheckQuestion) -> list[Block]:
        words = self.own
        if check.chosen is not None:
            right = check.options[check.right]
            chosen = check.options[check.chosen] if 0 <= check.chosen < len(check.options) else ""
            key = "check_was_right" if check.chosen == check.right else "check_was_wrong"
            return sections(mrkdwn_escape(words.say(key, right=right, chosen=chosen)))
        question = f"*{label(words.say('check_question'))}*"
        short = all(slack_length(option) <= MAX_BUTTON for option in check.options)
        if not short:
            question += "\n" + "\n".join(f"{at}. {mrkdwn_escape(' '.join(text.split()))}" for at, text in enumerate(check.options, start=1))
        value = self._value(item)
        choices = [
            button(text if short else str(at), action_id=f"{CHECK_PREFIX}{at - 1}", value=value, label=f"{at}. {text}")
            for at, text in enumerate(check.options, start=1)
        ]
        return [*sections(question), actions(f"check-{item.version_id}", choices)]

    def _buttons(self, item: DigestItem, said: RecordedWords) -> list[Block]:
        words, value = self.words, self._value(item)
        done = {kind for kind, _ in said.recorded}
        found: list[Block] = []
        if item.must_acknowledge and item.acknowledged_on is None and SlackButton.ACKNOWLEDGE not in done:
            which = words.say("acknowledge_which", title=item.title)
            found.append(button(words.say("acknowledge"), action_id=ACTION_ACKNOWLEDGE, value=value, label=which, style="primary"))
        if self.taps:
            for kind in _TAPS:
                if kind not in done:
                    text = self.own.say(f"tap_{kind.value}")
                    found.append(button(text, action_id=kind.value, value=value, label=f"{text}: {item.title}"))
            text = self.own.say("tap_ask")
            found.append(button(text, action_id=SlackButton.ASK.value, value=value, label=f"{text}: {item.title}"))
        if said.undoable:
            text = self.own.say("undo")
            found.append(button(text, action_id=SlackButton.UNDO.value, value=value, label=f"{text}: {item.title}"))
        return found

    def _recorded(self, kind: SlackButton, at: datetime) -> str:
        time = self.words.instant(at.astimezone(zone(self.digest.zone)))
        return "✓ " + self.own.say(f"recorded_{kind.value}", time=time, days=_DAYS.get(kind.value, ""))

    def _value(self, item: DigestItem) -> str:
        return self.sign(self.digest, item.version_id, LinkPurpose.ACKNOWLEDGE, self.expires_at)
