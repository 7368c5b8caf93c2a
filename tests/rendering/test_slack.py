"""The Slack message of a digest: its limits, its words, and what it becomes after a press."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from slack_sdk.models.blocks import Block as SdkBlock

from cadence.domain.sending.deliveries import CheckQuestion, DigestItem, DigestQuestion, MeasureReading, SlackMessage
from cadence.domain.sending.links import LinkPurpose
from cadence.errors import RenderError
from cadence.rendering.markdown import slack_length
from cadence.rendering.slack import RecordedWords, SlackButton
from tests.rendering.samples import BASE, EXPIRES, MEASURES, NOW, SIGNER, a_digest, an_item, slack_composer

COMPOSER = slack_composer()
CHECK = CheckQuestion(check_id=5, options=tuple(f"Option {n}" for n in range(4)), right=2)
QUESTION = DigestQuestion(
    statement_id=9, slug="gap", kind="value", title="Mend *first*", version_id=15, check=CHECK, body="We mend what we **can**."
)
WORDS = [
    "river",
    "gauge",
    "🦊",
    "👩‍👩‍👧‍👦",
    "שלום",
    "مرحبا",
    "naïve",
    "x" * 390,
    "**bold**",
    "_soft_",
    "`code`",
    "[site](https://a.example/b?c=1&d=2)",
]
JOINTS = [" ", " ", " ", "\n", "\n\n", "\n- ", "\n1. ", "\n> ", "\n# ", " <!channel> ", " <@U1> & "]


def a_generated_text(chance: random.Random) -> str:
    text = ""
    while len(text) < chance.randint(1, 2600):
        text += chance.choice(WORDS) + chance.choice(JOINTS)
    return text[:2600]


def a_generated_item(number: int) -> DigestItem:
    chance = random.Random(number)
    measures = tuple(
        MeasureReading(
            name=chance.choice(WORDS) * 2,
            unit="%",
            baseline=0,
            target=chance.choice([0, 7, -3.5]),
            value=chance.uniform(-9, 9),
            value_on=NOW.date(),
        )
        for _ in range(chance.randint(0, 12))
    )
    return an_item(
        version_id=number,
        title=(chance.choice(WORDS) + "*_|<> title ") * 3,
        body=a_generated_text(chance),
        wording=a_generated_text(chance),
        measures=measures,
        supports=tuple(chance.choice(WORDS) for _ in range(chance.randint(0, 8))),
        must_acknowledge=chance.random() < 0.5,
        acknowledged_on=date(2026, 5, 3) if chance.random() < 0.3 else None,
    )


def a_generated_question(number: int) -> DigestQuestion:
    chance = random.Random(number)
    options = tuple(" ".join(chance.choices(WORDS, k=chance.randint(1, 12)))[:300] for _ in range(4))
    check = CheckQuestion(check_id=1, options=options, right=3, chosen=chance.choice([None, None, 3, 1, -1]))
    return replace(QUESTION, title=chance.choice(WORDS) * 3, check=check, body=a_generated_text(chance))


def texts_of(message: SlackMessage) -> list[str]:
    return [block["text"]["text"] for block in message.blocks if block["type"] == "section"]


def buttons_of(message: SlackMessage) -> list[dict[str, Any]]:
    return [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]


def assert_within_limits(message: SlackMessage) -> None:
    assert 1 <= len(message.blocks) <= 45
    assert 1 <= slack_length(message.text) <= 3500
    ids = [block["block_id"] for block in message.blocks if "block_id" in block]
    assert len(set(ids)) == len(ids)
    for block in message.blocks:
        (parsed,) = SdkBlock.parse_all([block])
        parsed.to_dict()  # raises where a limit that slack-sdk knows is broken
        if block["type"] == "header":
            assert 1 <= slack_length(block["text"]["text"]) <= 150
        if block["type"] == "section":
            assert 1 <= slack_length(block["text"]["text"]) <= 2900
        if block["type"] == "context":
            assert all(1 <= slack_length(element["text"]) <= 2000 for element in block["elements"])
        assert len(block.get("elements", [])) <= 25
        action_ids = [element["action_id"] for element in block.get("elements", []) if "action_id" in element]
        assert len(set(action_ids)) == len(action_ids)
        for element in block.get("elements", []):
            if element["type"] == "button":
                assert 1 <= slack_length(element["text"]["text"]) <= 75
                assert slack_length(element["accessibility_label"]) <= 75
                assert len(element["value"]) <= 2000
    json.dumps(message.blocks)


@pytest.mark.parametrize("number", range(200))
def test_any_statement_fits_every_limit(number: int) -> None:
    message = COMPOSER.compose(
        a_digest(
            a_generated_item(number),
            a_generated_item(number + 200),
            address="U1",
            locale="de" if number % 2 else "en",
            questions=(a_generated_question(number),),
        ),
        expires_at=EXPIRES,
    )

    assert_within_limits(message)
    everything = "\n".join([message.text, *texts_of(message)])
    assert "<!" not in everything
    assert "<@" not in everything


def test_more_statements_than_a_message_holds_are_refused() -> None:
    def digest_of(count: int) -> SlackMessage:
        items = [an_item(version_id=n, measures=MEASURES) for n in range(count)]
        return COMPOSER.compose(a_digest(*items, address="U1", questions=(QUESTION,)), expires_at=EXPIRES)

    assert_within_limits(digest_of(18))
    with pytest.raises(RenderError, match="Send fewer statements"):
        digest_of(25)


def test_message_says_title_wording_why_and_numbers_of_the_first_and_a_sentence_of_the_others() -> None:
    items = an_item(measures=MEASURES), an_item(version_id=12, title="Read | it", brief="We read it *ourselves*.", wording="A long story.")
    message = COMPOSER.compose(a_digest(*items, address="U1"), expires_at=EXPIRES)
    shown = json.dumps(message.blocks, ensure_ascii=False)

    assert message.user_id == "U1"
    assert texts_of(message)[0].startswith(
        "*An honest gap beats a guessed number*\nIn April a gauge read <https://example.com/april|a steady"
    )
    for phrase in (
        "Supports: Nobody is surprised",
        "Third time this quarter, today in other words. <https://cadence.example.com/c/",
        "|Read it in full>",
        "97.8 % on 31 October 2026",
        "▓▓▓▓▓▓▓▓░░░░",
        "And in a sentence",
        "|Read ¦ it>: We read it",
    ):
        assert phrase in shown
    assert "A long story" not in shown + message.text
    for phrase in ("An honest gap", "In April a gauge read", "97.8 % on 31 October 2026 (start 94.1, goal 99.5)", "We read it"):
        assert phrase in message.text
    assert "\\u25" not in message.text
    page = re.findall(rf"<{BASE}/c/([\w-]+)\|", shown)
    assert [SIGNER.read(token, NOW, purpose=LinkPurpose.RESPOND).version_id for token in page] == [11, 12]


def test_metadata_holds_the_opaque_id_and_nothing_about_the_person() -> None:
    message = COMPOSER.compose(a_digest(address="U1"), expires_at=EXPIRES)
    assert message.metadata == {"event_type": "cadence_delivery", "event_payload": {"delivery": "01hzx3k9q2m4"}}
    assert message.public_id == "01hzx3k9q2m4"


def ids_of(message: SlackMessage, *, version_id: int = 11) -> list[str]:
    return [b["action_id"] for b in buttons_of(message) if SIGNER.read(b["value"], NOW).version_id == version_id]


def test_button_carries_a_token_for_its_own_statement() -> None:
    message = COMPOSER.compose(a_digest(an_item(), an_item(version_id=12, must_acknowledge=False), address="U1"), expires_at=EXPIRES)

    assert ids_of(message) == ["acknowledge", "too_often", "unclear", "ask"]
    assert ids_of(message, version_id=12) == []
    links = [SIGNER.read(button["value"], NOW, purpose=LinkPurpose.ACKNOWLEDGE) for button in buttons_of(message)]
    assert {(link.person_id, link.delivery_id) for link in links} == {(12, 77)}
    preferences = re.findall(rf"{BASE}/p/([\w-]+)\|", json.dumps(message.blocks))
    assert SIGNER.read(preferences[0], NOW, purpose=LinkPurpose.PREFERENCES).person_id == 12


def test_a_post_to_a_channel_has_nothing_personal() -> None:
    message = COMPOSER.compose(
        a_digest(an_item(), an_item(version_id=12), address="C012345", questions=(QUESTION,), knew=(9, 11)),
        expires_at=EXPIRES,
        said={11: RecordedWords(undoable=True)},
    )
    shown = json.dumps(message.blocks)
    assert buttons_of(message) == []
    assert not re.search(rf"{BASE}/[pca]/", shown + message.text)
    assert "Option 1" not in shown + message.text
    assert "9 of 11" not in shown
    assert shown.count("In April a gauge read") == 2


def test_the_message_says_what_was_recorded_and_offers_the_rest_and_undo() -> None:
    digest = a_digest(an_item(), an_item(version_id=13), address="U1")
    when = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)
    said = {11: RecordedWords(recorded=((SlackButton.ACKNOWLEDGE, when), (SlackButton.UNCLEAR, when)), undoable=True, note="undone")}

    message = COMPOSER.compose(digest, expires_at=EXPIRES, said=said)
    shown = json.dumps(message.blocks, ensure_ascii=False)

    assert "✓ Acknowledged on 23 Nov 2026 09:12 CET\\n✓ Noted on 23 Nov 2026 09:12 CET: this is unclear." in shown
    assert "Undone." in shown
    assert ids_of(message) == ["too_often", "ask", "undo"]
    assert ids_of(message, version_id=13) == []
    german = COMPOSER.compose(replace(digest, locale="de", zone="America/Santiago"), expires_at=EXPIRES, said=said)
    assert "Zur Kenntnis genommen am 23. Nov. 2026 05:12 UTC-03" in json.dumps(german.blocks, ensure_ascii=False)


def test_a_question_stands_at_the_end_and_is_answered_by_a_letter_or_by_not_remembering() -> None:
    message = COMPOSER.compose(a_digest(an_item(), address="U1", questions=(QUESTION,)), expires_at=EXPIRES)
    head, about, *lines = texts_of(message)[-1].split("\n")
    assert head == "*One question, about something else*"
    assert re.sub("[\u2060\u200a]", "", about) == "What do we mean by “Mend *first*”?"
    assert lines == ["*A*  Option 0", "*B*  Option 1", "*C*  Option 2", "*D*  Option 3"]
    choices = next(block for block in message.blocks if block.get("block_id") == "check-15")["elements"]
    assert [(c["action_id"], c["text"]["text"]) for c in choices] == [
        *((f"check:{n}", letter) for n, letter in enumerate("ABCD")),
        ("check:forgot", "I don’t remember"),
    ]
    assert choices[1]["accessibility_label"] == "B. Option 1"
    assert "B  Option 1" in message.text


@pytest.mark.parametrize(
    ("chosen", "result", "back"),
    [
        (2, "✓ Yes. We mean: *Option 2*", "So this is paused until about 3 December. Only you see this."),
        (0, "You chose A. We mean: *Option 2*", "It comes back to you about 3 December. Only you see this."),
        (-1, "You did not remember. We mean: *Option 2*", "It comes back to you about 3 December. Only you see this."),
    ],
)
def test_an_answer_stands_in_place_of_its_question_with_the_text_and_when_it_returns(chosen: int, result: str, back: str) -> None:
    answered = replace(QUESTION, check=replace(CHECK, chosen=chosen))
    digest = a_digest(an_item(), address="U1", questions=(answered,))
    message = COMPOSER.compose(digest, expires_at=EXPIRES, said={15: RecordedWords(back=date(2026, 12, 3))})

    assert texts_of(message)[-1].startswith(f"{result}\n\n<{BASE}/c/")
    assert texts_of(message)[-1].endswith("We mend what we *can*.")
    assert not [block for block in message.blocks if block.get("block_id") == "check-15"]
    assert back in json.dumps(message.blocks, ensure_ascii=False)
    new = COMPOSER.compose(digest, expires_at=EXPIRES, said={15: RecordedWords(back=date(2026, 12, 3), is_new=True)})
    assert "You get it about 3 December. Only you see this." in json.dumps(new.blocks, ensure_ascii=False)


def test_an_opening_round_of_three_long_questions_fits_one_message() -> None:
    long = replace(CHECK, options=tuple(f"{n} " + "option " * 40 for n in range(4)))
    asked = tuple(replace(QUESTION, version_id=15 + n, check=replace(long, check_id=n)) for n in range(3))
    message = COMPOSER.compose(replace(a_digest(address="U1", questions=asked), items=()), expires_at=EXPIRES)
    assert_within_limits(message)
    assert texts_of(message)[0].startswith("Hello Ana Example, before we begin: 3 questions.")
    assert len(buttons_of(message)) == 3 * 5


@pytest.mark.parametrize("name", ["<!channel>", "*x* | <https://evil.example|corp>", "@here", "{{7*7}}", "{title}"])
def test_title_and_cadence_names_stay_text(name: str) -> None:
    message = COMPOSER.compose(a_digest(an_item(title=name, supports=(name,)), cadence_name=name), expires_at=EXPIRES)
    contexts = [element["text"] for block in message.blocks if block["type"] == "context" for element in block["elements"]]
    shown = "\n".join([*texts_of(message), *contexts, message.text])

    assert "<!" not in shown
    assert "<https://evil" not in shown
    assert not re.search("@here", shown)
    assert "49" not in message.text


def test_same_digest_gives_the_same_message() -> None:
    assert COMPOSER.compose(a_digest(), expires_at=EXPIRES) == slack_composer().compose(a_digest(), expires_at=EXPIRES)


def test_digest_without_anything_is_refused() -> None:
    digest = a_digest()
    object.__setattr__(digest, "items", ())
    with pytest.raises(RenderError):
        COMPOSER.compose(digest, expires_at=EXPIRES)
