"""Slack messages, answers, Home tabs and modals of 200 generated statements, held to a table of limits of this file's own.

Long words, emoji of several characters, texts from right to left, and every reason a statement is sent for. The table is typed
again from docs.slack.dev ("Block Kit", "Views") and our own limits, so that neither our renderer's nor our
stand-in's idea of it can hide a mistake. The last tests show that the statements reach the limits, and that a breach is found.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from cadence.domain.sending.deliveries import CheckQuestion, DigestItem, DigestQuestion, MeasureReading
from cadence.rendering.markdown import to_mrkdwn
from cadence.rendering.slack import RecordedWords, SlackButton
from cadence.rendering.words import load_words
from cadence.slack_app.views.home import (
    HomeChoices,
    HomeFacts,
    HomeRecord,
    HomeStatement,
    help_text,
    home_page,
    mine_text,
    now_text,
    stranger_view,
)
from cadence.slack_app.views.modals import ask_modal, draft_modal, notice_modal, value_modal
from tests.rendering.samples import EXPIRES, TEMPLATES, a_digest, an_item, slack_composer

STATEMENTS = 200
#: what a message of ours may hold: less than Slack takes, for a text of 4,000 or more is split or posted twice
OURS = {"text": 3_500, "blocks": 45, "section": 2_900}
#: (kind of object, its field) -> characters that Slack takes
LENGTHS = {
    ("header", "text"): 150,
    ("section", "text"): 2_900,
    ("context", "text"): 2_000,
    ("button", "text"): 75,
    ("button", "value"): 2_000,
    ("button", "url"): 3_000,
    ("button", "accessibility_label"): 75,
    ("option", "text"): 75,
    ("option", "value"): 150,
    ("option", "description"): 75,
    ("menu", "placeholder"): 150,
    ("input", "label"): 2_000,
    ("input", "hint"): 2_000,
    ("plain_text_input", "initial_value"): 3_000,
    ("plain_text_input", "placeholder"): 150,
    ("view", "title"): 24,
    ("view", "submit"): 24,
    ("view", "close"): 24,
    ("view", "private_metadata"): 3_000,
    ("view", "callback_id"): 255,
    ("any", "block_id"): 255,
    ("any", "action_id"): 255,
}
#: (kind, its list) -> how many it may hold
COUNTS = {("actions", "elements"): 25, ("context", "elements"): 10, ("section", "fields"): 10, ("menu", "options"): 100}
MENUS = {"static_select", "radio_buttons", "checkboxes", "overflow"}
MAY_BE_EMPTY = {("view", "private_metadata"), ("plain_text_input", "initial_value"), ("button", "value")}
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

LATIN = ["river", "gauge", "an", "honest", "gap", "naïve", "Größe"]
LONG = ["Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", "x" * 390, "й" * 80, "長" * 120]
EMOJI = ["🦊", "👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "❤️", "e\u0301" * 9]
RIGHT_TO_LEFT = ["שלום", "مرحبا", "القياسات", "גבוה", "٪٢٥", "لا نخمّن"]
MARKED = ["**bold**", "_soft_", "`code`", "[site](https://a.example/b?c=1&d=2)", "<!channel>", "<@U1>", "&amp;", "a|b", "*", "~x~", "@here"]
JOINTS = [" ", " ", " ", "\n", "\n\n", "\n- ", "\n1. ", "\n> ", "\n# "]
REASONS = ("first_time", "new_version", "longest_unseen", "nudge", "below_target")
KINDS = ("purpose", "value", "vision", "strategy", "priority", "scoreboard")


def a_text(chance: random.Random, length: int, joints: list[str]) -> str:
    """Return words of one temper: of one script mostly, so that some texts are nothing but emoji or right to left."""
    favourite = chance.choice([LATIN, LONG, EMOJI, RIGHT_TO_LEFT, MARKED])
    text = ""
    while len(text) < length:
        text += chance.choice(favourite if chance.random() < 0.8 else chance.choice([LATIN, LONG, EMOJI, RIGHT_TO_LEFT, MARKED]))
        text += chance.choice(joints)
    return text[:length].strip() or "x"


def a_line(chance: random.Random, most: int) -> str:
    return a_text(chance, chance.randint(1, most), [" "])


@cache
def item(number: int) -> DigestItem:
    """Return one statement; the same number gives the same."""
    chance = random.Random(number)
    measures = tuple(
        MeasureReading(
            name=a_line(chance, 80),
            unit=chance.choice(["%", "", "Mio. €", "шт."]),
            baseline=chance.uniform(-1e9, 1e9),
            target=chance.choice([0, 7, -3.5, 1e9]),
            value=chance.choice([None, chance.uniform(-1e9, 1e9)]),
            value_on=NOW.date(),
        )
        for _ in range(chance.choice([0, 0, 1, 5, 12]))
    )
    return replace(
        an_item(),
        version_id=number + 1,
        kind=chance.choice(KINDS),
        title=a_line(chance, 120),
        body=a_text(chance, chance.choice([1, 300, 2_600]), JOINTS),
        wording=a_text(chance, chance.choice([1, 300, 2_600]), JOINTS),
        supports=tuple(a_line(chance, 120) for _ in range(chance.choice([0, 1, 8]))),
        measures=measures,
        reason=REASONS[number % len(REASONS)],
        times_sent_before=chance.choice([0, 1, 2, 40]),
        changed_on=chance.choice([None, date(2026, 5, 3)]),
        must_acknowledge=chance.random() < 0.6,
        acknowledged_on=chance.choice([None, None, date(2026, 5, 3)]),
    )


@cache
def question(number: int) -> DigestQuestion:
    """Return one question; a third of them are answered, some of an old delivery have six lines."""
    chance = random.Random(-number)
    options = tuple(a_line(chance, chance.choice([20, 75, 160])) for _ in range(chance.choice([4, 4, 6])))
    chosen = chance.choice([None, None, None, 0, 3, -1])
    return DigestQuestion(
        statement_id=900 + number,
        slug="asked",
        kind=chance.choice(KINDS),
        title=a_line(chance, 120),
        version_id=10_000 + number,
        check=CheckQuestion(check_id=number, options=options, right=chance.randrange(4), chosen=chosen),
        body=a_text(chance, chance.choice([1, 300, 2_600]), JOINTS),
    )


def length(text: str) -> int:
    """Count as the strictest counter would: in UTF-16 units, as JavaScript does."""
    return len(text.encode("utf-16-le")) // 2


def said_of(number: int) -> RecordedWords:
    chance = random.Random(-number)
    pressed = [b for b in (SlackButton.ACKNOWLEDGE, SlackButton.KNOWN, SlackButton.UNCLEAR, SlackButton.TOO_OFTEN) if chance.random() < 0.4]
    return RecordedWords(
        recorded=tuple((button, NOW) for button in pressed), undoable=chance.random() < 0.5, note=chance.choice(["", "undone"])
    )


def locale(number: int) -> str:
    return ("en", "de", "de-AT")[number % 3]


def messages() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each message by a name: a digest of one, a digest of three, a nudge, what it becomes after presses, and a post."""
    composer = slack_composer()
    for n in range(STATEMENTS):
        one, about = (
            item(n),
            {"locale": locale(n), "person_name": a_line(random.Random(n), 80), "cadence_name": a_line(random.Random(-n), 80)},
        )
        three = [item(n), item((n + 7) % STATEMENTS), item((n + 31) % STATEMENTS)]
        said = {each.version_id: said_of(n) for each in three}
        asked = tuple(question((n + at) % STATEMENTS) for at in range(3))
        said |= {each.version_id: RecordedWords(back=date(2026, 12, 3)) for each in asked}
        nudge = replace(one, reason="nudge", must_acknowledge=True, acknowledged_on=None)
        made = {
            "digest": composer.compose(a_digest(one, address="U1", **about), expires_at=EXPIRES),
            "three": composer.compose(a_digest(*three, address="U1", questions=asked[:1], **about), expires_at=EXPIRES),
            "opening": composer.compose(replace(a_digest(address="U1", questions=asked, **about), items=()), expires_at=EXPIRES),
            "nudge": composer.compose(a_digest(nudge, address="U1", **about), expires_at=EXPIRES),
            "pressed": composer.compose(a_digest(*three, address="U1", questions=asked[:1], **about), expires_at=EXPIRES, said=said),
            "post": composer.compose(a_digest(one, address="C012345", **about), expires_at=EXPIRES),
        }
        for name, message in made.items():
            yield f"{name} {n}", {"type": "message", "text": message.text, "blocks": message.blocks}


def facts_of(n: int) -> HomeFacts:
    chance = random.Random(n)
    statements = [
        HomeStatement(
            statement_id=at, version_id=at, kind=one.kind, title=one.title, body=one.body, measures=one.measures, token="t" * 51 * (at % 2)
        )
        for at, one in enumerate(item((n + at) % STATEMENTS) for at in range(chance.choice([0, 1, 3, 14, 60])))
    ]
    titles = [item((n + at) % STATEMENTS).title for at in range(chance.choice([0, 3, 90]))]
    return HomeFacts(
        company=a_line(chance, 100),
        zone="America/Argentina/ComodRivadavia",
        waiting=tuple(one for one in statements if one.token),
        current=tuple(one for one in statements if not one.token),
        acknowledged=tuple((date(2026, 5, 3), title) for title in titles),
        next=chance.choice([None, (NOW + timedelta(days=2), "slack", a_line(chance, 120))]),
        choices=HomeChoices(channel="email", channels=("email", "slack"), day=n % 5, time="09:30", paused_until=chance.choice([None, NOW])),
        record=tuple(HomeRecord(title=title, times_sent=1_000_000, checks=3, right=1) for title in titles),
        leader=tuple(titles[:30]),
        admin=tuple(titles[:2]),
        problem=a_text(chance, 400, JOINTS) if chance.random() < 0.3 else "",
    )


def views() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each Home tab and modal by a name."""
    words_of, own_of = load_words(TEMPLATES), load_words(TEMPLATES, "slack")
    for n in range(STATEMENTS):
        words, own, one, facts = words_of.for_locale(locale(n)), own_of.for_locale(locale(n)), item(n), facts_of(n)
        yield f"home {n}", home_page(words, own, facts)[0]
        yield f"stranger {n}", stranger_view(own)
        yield f"ask {n}", ask_modal(own, token="t" * 51, channel="D0123456789", ts="1795424400.000001", about=one.title)
        yield f"notice {n}", notice_modal(own, one.body, title=one.title)
        draft: dict[str, Any] = {
            "kind": one.kind,
            "title": one.title,
            "body": one.body[:2_600],
            "preview": to_mrkdwn(one.body),
            "notes": [one.title] * 9,
        }
        yield f"draft {n}", draft_modal(own, must=True, metadata="m" * 200, **draft)
        measures = [(str(at), item((n + at) % STATEMENTS).title) for at in range((1, 40, 150)[n % 3])]
        yield (
            f"value {n}",
            value_modal(
                own, measures, today=NOW.date(), measure="0", value="97.8", on="2026-10-31", preview=to_mrkdwn(one.body), metadata="{}"
            ),
        )


def answers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return what /cadence answers, as messages."""
    words_of, own_of = load_words(TEMPLATES), load_words(TEMPLATES, "slack")
    for n in range(STATEMENTS):
        words, own, facts = words_of.for_locale(locale(n)), own_of.for_locale(locale(n)), facts_of(n)
        text, blocks = now_text(words, own, facts)
        yield f"now {n}", {"type": "message", "text": text, "blocks": blocks}
        for name, said in (
            ("mine", mine_text(own, facts)),
            ("help", help_text(own, company=facts.company, command="/cadence", unknown=item(n).title)),
        ):
            yield f"{name} {n}", {"type": "message", "text": said, "blocks": []}


class Ruler:
    """Measures messages and views; ``faults`` and the largest of each kind are kept."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.largest: dict[tuple[str, str], int] = {}

    def measure(self, name: str, whole: dict[str, Any]) -> None:
        self._name = name
        is_view = whole["type"] != "message"
        blocks = whole["blocks"]
        self._count(("view" if is_view else "message", "blocks"), len(blocks), 100 if is_view else OURS["blocks"])
        if is_view:
            for field in ("title", "submit", "close", "private_metadata", "callback_id"):
                self._field("view", field, whole.get(field))
            self._require(whole["type"] == "home" or "title" in whole, "a modal without title")
            self._require("submit" in whole or not any(b["type"] == "input" for b in blocks), "a form without its button")
        else:
            self._count(("message", "text"), length(whole["text"]), OURS["text"])
            self._require(bool(whole["text"].strip()), "a message without text")
        self._require(
            len({b["block_id"] for b in blocks if "block_id" in b}) == sum("block_id" in b for b in blocks), "a block_id stands twice"
        )
        for block in blocks:
            self._block(block)

    def _block(self, block: dict[str, Any]) -> None:
        kind = block["type"]
        self._field("any", "block_id", block.get("block_id"))
        if kind in ("header", "section"):
            self._field(kind, "text", block.get("text"))
        if kind == "input":
            self._field(kind, "label", block["label"])
            self._field(kind, "hint", block.get("hint"))
        elements = [*block.get("elements", []), *filter(None, [block.get("accessory"), block.get("element")])]
        for field in ("elements", "fields"):
            if field in block:
                self._count((kind, field), len(block[field]), COUNTS[kind, field])
                self._require(bool(block[field]), f"a {kind} of nothing")
        ids = [e["action_id"] for e in elements if "action_id" in e]
        self._require(len(set(ids)) == len(ids), "an action_id stands twice")
        for element in elements:
            self._element(kind, element)

    def _element(self, block: str, element: dict[str, Any]) -> None:
        kind = element["type"]
        self._field("any", "action_id", element.get("action_id"))
        if kind in ("mrkdwn", "plain_text"):
            self._field(block, "text", element)
        elif kind == "button":
            for field in ("text", "value", "url", "accessibility_label"):
                self._field(kind, field, element.get(field))
        elif kind == "plain_text_input":
            self._require(element.get("max_length", 1) <= 3_000, "a field that takes more than 3,000")
            for field in ("initial_value", "placeholder"):
                self._field(kind, field, element.get(field))
        elif kind in MENUS:
            self._field("menu", "placeholder", element.get("placeholder"))
            self._count(("menu", "options"), len(element["options"]), COUNTS["menu", "options"])
            self._require(bool(element["options"]), "a menu of nothing")
            values = [option["value"] for option in element["options"]]
            self._require(len(set(values)) == len(values), "two choices of one value")
            for option in element["options"]:
                for field in ("text", "value", "description"):
                    self._field("option", field, option.get(field))
            chosen = element.get("initial_option")
            self._require(chosen is None or chosen in element["options"], "what is chosen is no choice")

    def _field(self, kind: str, field: str, value: Any) -> None:
        if value is None:
            return
        text = value["text"] if isinstance(value, dict) else value
        self._count((kind, field), length(text), LENGTHS[kind, field])
        self._require(bool(text.strip()) or (kind, field) in MAY_BE_EMPTY, f"{kind}.{field} is empty")
        if isinstance(value, dict) and value["type"] == "mrkdwn":
            self._require("<!" not in text and "<@" not in text, f"{kind}.{field} calls somebody: {text[:60]}")

    def _count(self, what: tuple[str, str], size: int, most: int) -> None:
        self.largest[what] = max(size, self.largest.get(what, 0))
        self._require(size <= most, f"{'.'.join(what)} has {size}, at most {most}")

    def _require(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(f"{self._name}: {fault}")


@pytest.fixture(scope="module")
def ruler() -> Ruler:
    """Everything measured once."""
    ruler = Ruler()
    for made in (messages(), answers(), views()):
        for name, whole in made:
            ruler.measure(name, whole)
    return ruler


def test_everything_of_200_statements_fits_every_limit(ruler: Ruler) -> None:
    assert ruler.faults[:10] == []


def test_the_statements_reach_the_limits_they_are_held_to(ruler: Ruler) -> None:
    """None of the limits is kept because nothing long was tried."""
    cut = {
        ("message", "text"): 2_700,
        ("message", "blocks"): 36,
        ("header", "text"): 60,
        ("section", "text"): 2_800,
        ("context", "text"): 800,
        ("button", "text"): 20,
        ("button", "accessibility_label"): 74,
        ("button", "value"): 50,
        ("option", "text"): 74,
        ("menu", "options"): 100,
        ("actions", "elements"): 5,
        ("view", "title"): 20,
        ("view", "blocks"): 70,
        ("plain_text_input", "initial_value"): 2_000,
    }
    assert {what: ruler.largest.get(what, 0) for what, least in cut.items() if ruler.largest.get(what, 0) < least} == {}
    items = [item(n) for n in range(STATEMENTS)]
    assert {one.reason for one in items} == set(REASONS)
    assert {one.kind for one in items} == set(KINDS)
    everything = "".join(one.title + one.body for one in items)
    for part in (*LONG, *EMOJI, *RIGHT_TO_LEFT):
        assert part in everything
    assert sum(question(n).check.chosen is None for n in range(STATEMENTS)) > 50


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"text": "x" * 3_501}, "message.text has 3501"),
        ({"text": "🦊" * 1_751}, "message.text has 3502"),
        ({"text": " "}, "without text"),
        ({"blocks": [{"type": "divider"}] * 46}, "message.blocks has 46"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_901}}]}, "section.text has 2901"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<!here>"}}]}, "calls somebody"),
        ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}, "header.text has 151"),
        ({"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": ""}]}]}, "context.text is empty"),
        ({"blocks": [{"type": "actions", "elements": []}]}, "actions of nothing"),
        (
            {"blocks": [{"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}]}]},
            "button.text has 76",
        ),
        ({"blocks": [{"type": "actions", "elements": [{"type": "button", "value": "x" * 2_001}]}]}, "button.value has 2001"),
        (
            {"blocks": [{"type": "section", "accessory": {"type": "static_select", "options": [{"text": "x" * 76, "value": "1"}]}}]},
            "option.text has 76",
        ),
        ({"type": "modal", "title": {"type": "plain_text", "text": "x" * 25}}, "view.title has 25"),
        ({"type": "modal", "title": "x", "private_metadata": "x" * 3_001}, "view.private_metadata has 3001"),
        ({"type": "modal"}, "a modal without title"),
    ],
)
def test_a_breach_of_any_limit_is_found(broken: dict[str, Any], fault: str) -> None:
    ruler = Ruler()
    ruler.measure("planted", {"type": "message", "text": "x", "blocks": []} | broken)
    assert any(fault in found for found in ruler.faults), ruler.faults
