"""Compose the Slack message of a digest: blocks for the eye, full text for the ear.

Owns the blocks, their limits (50 blocks, 3000 characters a section) and what a message becomes once a button
was pressed. The button's value is a signed token; the metadata carries the opaque delivery id and nothing
else, because everyone in the workspace can read it. Limits: docs.slack.dev, "Block Kit" and "chat.postMessage".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cadence.domain.calendars import zone
from cadence.domain.deliveries import Digest, DigestItem, SlackMessage
from cadence.domain.links import Link, LinkPurpose, LinkSigner
from cadence.errors import Invalid, RenderError
from cadence.rendering.markdown import mrkdwn_escape, slack_length, split_mrkdwn, to_mrkdwn
from cadence.rendering.templates import TemplateFolder
from cadence.rendering.wording import ShownMeasure, because_line, show_measure, why_line
from cadence.rendering.words import Vocabulary, Words, load_words

ACTION_ACKNOWLEDGE = "acknowledge"
EVENT_TYPE = "cadence_delivery"
MAX_BLOCKS = 45
MAX_SECTION = 2_900
MAX_CONTEXT = 1_900
MAX_TEXT = 3_500

Block = dict[str, Any]

_BAR_CELLS = 12


class SlackComposer:
    """Turns digests into Slack messages. Raises ConfigError when a locale file is wrong."""

    def __init__(
        self, *, company_name: str, base_url: str, templates: TemplateFolder, links: LinkSigner, vocabulary: Vocabulary | None = None
    ) -> None:
        self._company = company_name
        self._base_url = base_url
        self._links = links
        self._vocabulary = vocabulary or load_words(templates)

    def compose(self, digest: Digest, *, expires_at: datetime) -> SlackMessage:
        """Return the message of ``digest``; its buttons are good until ``expires_at``. The same digest gives the same message.

        Leaves out rules and then the statements behind their wordings when there are more than 45 blocks;
        raises RenderError when that is not enough.
        """
        if not digest.items:
            raise RenderError("the digest holds no statement")
        words = self._vocabulary.for_locale(digest.locale)
        for rules, whole in ((True, True), (False, True), (False, False)):
            blocks = self._blocks(digest, words, expires_at, rules=rules, whole=whole)
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

    def recorded_blocks(self, blocks: Sequence[Block], *, value: str, when: datetime, zone_name: str, locale: str) -> list[Block]:
        """Return ``blocks`` after the button with ``value`` was pressed: in its place stands when it was recorded.

        ``when``: aware instant, shown in ``zone_name``. Other buttons stay. Unknown ``value``: nothing changes.
        """
        words = self._vocabulary.for_locale(locale)
        said = "✓ " + words.say("recorded_at", time=words.instant(when.astimezone(zone(zone_name))))
        changed: list[Block] = []
        for block in blocks:
            elements = block.get("elements", []) if block.get("type") == "actions" else []
            if not any(element.get("value") == value for element in elements):
                changed.append(block)
                continue
            rest = [element for element in elements if element.get("value") != value]
            changed += [_context(said), {**block, "elements": rest}] if rest else [_context(said)]
        return changed

    def _blocks(self, digest: Digest, words: Words, expires_at: datetime, *, rules: bool, whole: bool) -> list[Block]:
        lead = words.count("lead", len(digest.items), company=self._company)
        blocks: list[Block] = [{"type": "header", "text": {"type": "plain_text", "text": _clip(lead, 150), "emoji": False}}]
        for item in digest.items:
            if rules:
                blocks.append({"type": "divider"})
            blocks += self._item_blocks(digest, item, words, expires_at, whole=whole)
        token = self._token(digest, 0, LinkPurpose.PREFERENCES, expires_at)
        link = f"<{mrkdwn_escape(self._base_url)}/p/{token}|{_label(words.say('choose'))}>"
        because = _clip(mrkdwn_escape(because_line(words, digest.cadence_name, self._company)), 1_500)
        return [*blocks, {"type": "divider"}, _context(f"{because} {link}")]

    def _item_blocks(self, digest: Digest, item: DigestItem, words: Words, expires_at: datetime, *, whole: bool) -> list[Block]:
        head = f"{mrkdwn_escape(words.kind(item.kind))}\n*{_label(item.title)}*\n"
        blocks = _sections(f"{head}{to_mrkdwn(item.wording)}")
        if item.measures:
            blocks += _sections("\n".join(_measure(show_measure(words, measure)) for measure in item.measures))
        if whole and item.wording != item.body:
            blocks += _sections(f"*{_label(words.say('whole'))}*\n{to_mrkdwn(item.body)}")
        serves = words.say("serves", titles=" · ".join(item.supports)) + "\n" if item.supports else ""
        why = why_line(words, item)
        if item.acknowledged_on is not None:
            why += " " + words.say("acknowledged_on", date=words.long_date(item.acknowledged_on))
        blocks.append(_context(_clip(mrkdwn_escape(serves + why), MAX_CONTEXT)))
        if item.must_acknowledge and item.acknowledged_on is None:
            blocks.append(
                {
                    "type": "actions",
                    "block_id": f"acknowledge-{item.version_id}",
                    "elements": [
                        {
                            "type": "button",
                            "action_id": ACTION_ACKNOWLEDGE,
                            "style": "primary",
                            "text": {"type": "plain_text", "text": _clip(words.say("acknowledge"), 75), "emoji": False},
                            "accessibility_label": _clip(words.say("acknowledge_which", title=item.title), 75),
                            "value": self._token(digest, item.version_id, LinkPurpose.ACKNOWLEDGE, expires_at),
                        }
                    ],
                }
            )
        return blocks

    def _text(self, digest: Digest, words: Words) -> str:
        """Return what screen readers and notifications say: every statement, shortened evenly when all do not fit."""
        lead = mrkdwn_escape(words.count("lead", len(digest.items), company=self._company))
        ending = mrkdwn_escape(words.say("shortened"))
        spoken = []
        for item in digest.items:
            parts = [f"{mrkdwn_escape(words.kind(item.kind))}: {_label(item.title)}", to_mrkdwn(item.wording)]
            parts += [mrkdwn_escape(show_measure(words, measure).line) for measure in item.measures]
            if item.wording != item.body:
                parts += [f"{mrkdwn_escape(words.say('whole'))}:", to_mrkdwn(item.body)]
            spoken.append("\n".join(parts))
        room = MAX_TEXT - slack_length(lead) - slack_length(ending) - 4 * (len(spoken) + 2)
        if sum(map(slack_length, spoken)) <= room:
            return "\n\n".join([lead, *spoken])
        return "\n\n".join([lead, *_share(spoken, room), ending])

    def _token(self, digest: Digest, version_id: int, purpose: LinkPurpose, expires_at: datetime) -> str:
        link = Link(
            purpose=purpose, delivery_id=digest.delivery_id, person_id=digest.person_id, version_id=version_id, expires_at=expires_at
        )
        try:
            return self._links.sign(link)
        except Invalid as error:
            raise RenderError(f"the links of the message cannot be made: {error}") from None


def _sections(text: str) -> list[Block]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": part, "verbatim": True}} for part in split_mrkdwn(text, MAX_SECTION)]


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _measure(measure: ShownMeasure) -> str:
    """Return a measure as a bar of characters with its numbers in words; the bar repeats what the words say."""
    bar = ""
    if measure.percent is not None:
        full = round(measure.percent / 100 * _BAR_CELLS)
        bar = f"`{'▓' * full}{'░' * (_BAR_CELLS - full)}`  "
    return bar + mrkdwn_escape(measure.line)


def _label(text: str) -> str:
    """Return ``text`` for a place between marks: one escaped line that can end neither bold nor a link."""
    return mrkdwn_escape(" ".join(text.split()).replace("*", "∗").replace("|", "¦"))


def _clip(text: str, limit: int) -> str:
    """Return ``text`` in at most ``limit`` characters as Slack counts them, an ellipsis at the cut."""
    return text if slack_length(text) <= limit else split_mrkdwn(text, limit - 1)[0] + "…"


def _share(texts: Iterable[str], room: int) -> list[str]:
    """Return the texts cut so that together they take ``room``: short ones stay whole, long ones share what is left."""
    texts = list(texts)
    limit: dict[int, int] = {}
    for rank, index in enumerate(sorted(range(len(texts)), key=lambda i: slack_length(texts[i]))):
        limit[index] = min(slack_length(texts[index]), room // (len(texts) - rank))
        room -= limit[index]
    return [_clip(text, max(limit[index], 20)) for index, text in enumerate(texts)]
