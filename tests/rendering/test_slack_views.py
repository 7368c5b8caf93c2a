"""The Home tab, the command's answers and the modals: within every limit of Slack for whatever people and leaders write."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView

from cadence.demo.slack_limits import RefusedCall, check_blocks, check_view
from cadence.demo.slack_workspace import elements_of
from cadence.rendering.markdown import slack_length
from cadence.rendering.slack_statements import READ, HomeStatement, reading_text
from cadence.rendering.words import load_words
from cadence.slack_app.views.home import (
    HomeChoices,
    HomeFacts,
    HomeRecord,
    help_text,
    home_page,
    mine_text,
    now_text,
    stranger_view,
)
from cadence.slack_app.views.modals import ask_modal, draft_modal, notice_modal, statement_modal, value_modal
from tests.rendering.samples import MEASURES, TEMPLATES
from tests.rendering.test_slack import WORDS, a_generated_text

WORDS_AROUND, OWN = load_words(TEMPLATES), load_words(TEMPLATES, "slack")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def a_title(chance: random.Random) -> str:
    return (" ".join(chance.choices([*WORDS, "<!channel>", "*x*", "|", "`"], k=chance.randint(1, 6))))[:120] or "x"


def a_statement(chance: random.Random, number: int) -> HomeStatement:
    return HomeStatement(
        statement_id=number,
        version_id=number,
        kind=chance.choice(["value", "scoreboard"]),
        title=a_title(chance),
        body=a_generated_text(chance),
        measures=MEASURES * chance.randint(0, 4),
        token="t" * 51 if chance.random() < 0.2 else "",
    )


def mrkdwn_of(value: Any) -> list[str]:
    """Return the texts that Slack reads marks in; plain text is shown as it is."""
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == "mrkdwn" else []
        return own + [text for part in value.values() for text in mrkdwn_of(part)]
    return [text for part in value for text in mrkdwn_of(part)] if isinstance(value, list) else []


def some_facts(number: int) -> HomeFacts:
    chance = random.Random(number)
    statements = [a_statement(chance, n) for n in range(chance.choice([0, 1, 2, 4, 12]))]
    titles = [a_title(chance) for _ in range(chance.choice([0, 3, 80]))]
    return HomeFacts(
        company=a_title(chance)[:100],
        zone=chance.choice(["Europe/Berlin", "America/Argentina/ComodRivadavia"]),
        waiting=tuple(one for one in statements if one.token),
        current=tuple(one for one in statements if not one.token),
        also=tuple(a_statement(chance, 1_000 + n) for n in range(chance.choice([0, 1, 7, 60]))),
        acknowledged=tuple((date(2026, 5, 3), title) for title in titles),
        next=(NOW + timedelta(days=2), "slack", a_title(chance)) if chance.random() < 0.7 else None,
        choices=HomeChoices(
            channel=chance.choice(["", "email"]),
            channels=("email", "slack"),
            day=chance.choice([None, 0, 4]),
            time=chance.choice(["", "09:30"]),
            paused_until=chance.choice([None, NOW + timedelta(days=9)]),
        ),
        record=tuple(HomeRecord(title=title, times_sent=n, checks=n % 3, right=n % 2) for n, title in enumerate(titles)),
        leader=tuple(titles[:30]),
        admin=tuple(titles[:2]),
        problem=a_title(chance) * 30 if chance.random() < 0.3 else "",
    )


@pytest.mark.parametrize("number", range(200))
def test_any_home_tab_and_answer_fits_every_limit(number: int) -> None:
    facts, locale = some_facts(number), "de" if number % 2 else "en"
    words, own = WORDS_AROUND.for_locale(locale), OWN.for_locale(locale)

    view = home_page(words, own, facts)[0]

    check_view(view, "home")
    SdkView(**view).to_dict()
    for block in SdkBlock.parse_all(view["blocks"]):
        block.to_dict()
    text, blocks = now_text(words, own, facts)
    check_blocks(blocks, most=50)
    answers = [
        text,
        mine_text(own, facts),
        help_text(own, company=facts.company, command="/cadence", unknown=a_title(random.Random(number)) * 9),
    ]
    assert all(0 < slack_length(answer) <= 3_000 for answer in answers)
    everything = "\n".join([*answers, *mrkdwn_of([view, blocks])])
    assert "<!" not in everything
    assert "<@" not in everything


@pytest.mark.parametrize("number", range(200))
def test_any_modal_fits_every_limit(number: int) -> None:
    chance = random.Random(number)
    own = OWN.for_locale("de" if number % 2 else "en")
    text, title = a_generated_text(chance), a_title(chance)
    measures = [(str(n), a_title(chance) * 3) for n in range(chance.choice([1, 40, 150]))]
    views = [
        ask_modal(own, token="t" * 51, channel="D0123456789", ts="1795424400.000001", about=title),
        ask_modal(own),
        notice_modal(own, text, title=title),
        statement_modal(title, reading_text(WORDS_AROUND.for_locale("de"), a_statement(chance, 1)), close=own.say("close")),
        draft_modal(own),
        draft_modal(
            own,
            kind="value",
            title=title,
            body=text,
            must=True,
            preview=text * 4,
            notes=[text] * 9,
            metadata=json.dumps({"mark": "m" * 64}),
        ),
        value_modal(own, measures, today=NOW.date(), measure="0", value="97.8", on="2026-10-31", preview=text * 3, metadata="{}"),
    ]
    for view in views:
        check_view(view, "modal")
        for block in SdkBlock.parse_all(view["blocks"]):
            block.to_dict()


#: long words, emoji of several code points, and letters that run from right to left
_HARD = ("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen", "👩‍👩‍👧‍👦🏳️‍🌈", "נבנה מחדש רק את מה שלמדנו ממנו", "ﷺ&<>*_", "x" * 390)


def a_hard_statement(number: int, *, token: str = "") -> HomeStatement:
    chance = random.Random(number)
    kind = ("purpose", "vision", "value", "strategy", "priority", "scoreboard")[number * 6 // 200]
    title = f"{number}: " + " ".join(chance.choices(_HARD[:4], k=2))[:100]
    body = "\n\n".join(" ".join(chance.choices(_HARD, k=6)) for _ in range(6))[:2_500]
    return HomeStatement(statement_id=number, version_id=number, kind=kind, title=title, body=body, measures=MEASURES[:2], token=token)


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("mine", [0, 1, 12, 60, 100, 200])
def test_two_hundred_statements_fit_and_every_one_is_shown_or_counted(mine: int, locale: str) -> None:
    waiting = tuple(a_hard_statement(n, token="t" * 51) for n in range(min(mine, 5)))
    current = tuple(a_hard_statement(n) for n in range(len(waiting), mine))
    also = tuple(a_hard_statement(n) for n in range(mine, 200))
    crowded = some_facts(3)
    facts = replace(crowded, waiting=waiting, current=current, also=also)
    words, own = WORDS_AROUND.for_locale(locale), OWN.for_locale(locale)

    view, read = home_page(words, own, facts)

    check_view(view, "home")
    assert len(view["blocks"]) <= 95
    assert len(json.dumps(view)) < 250_000
    SdkView(**view).to_dict()
    texts = mrkdwn_of(view)
    shown = [int(found) for text in texts for found in re.findall(r"\*(\d+): ", text)]
    counted = [int(found) for text in texts for found in re.findall(r"(?:And|Und) (\d+) (?:more|weitere), ", text)]
    assert shown == list(range(200 - sum(counted)))  # yours first, none twice
    assert list(read) == [*waiting, *current][: len(read)]
    assert len(read) == mine if mine <= 12 else len(read) >= 10
    assert sum(counted) == 0 if mine <= 60 else sum(counted) < 110
    openers = [e for e in elements_of(view["blocks"]) if e["action_id"] == READ]
    readable = {o["value"] for e in openers for o in e.get("options", [{"value": e.get("value")}])}
    assert {str(n) for n in shown} - {str(one.statement_id) for one in waiting} <= readable


def test_what_is_meant_for_others_stands_last_in_one_line_each_and_asks_for_nothing() -> None:
    long = "A first sentence, which says it in a line that goes on for quite a while and then for a little longer than it should. " * 4
    own = HomeStatement(statement_id=1, version_id=1, kind="value", title="Mine", body="Short.")
    others = tuple(HomeStatement(statement_id=n, version_id=n, kind="priority", title=f"Theirs {n}", body=long) for n in (2, 3))
    view = home_page(WORDS_AROUND.for_locale("en"), OWN.for_locale("en"), HomeFacts(company="X", zone="UTC", current=(own,), also=others))[
        0
    ]

    shown = json.dumps(view, ensure_ascii=False)
    assert shown.index("Mine") < shown.index("For other groups") < shown.index("You do not need to do anything") < shown.index("Theirs 2")
    listed = next(block for block in view["blocks"] if "Theirs 2" in json.dumps(block))
    assert [line[-1] for line in listed["text"]["text"].split("\n") if line] == ["y", "*", "…", "*", "…"]
    opener = view["blocks"][view["blocks"].index(listed) + 1]
    assert [element["placeholder"]["text"] for element in opener["elements"]] == ["Read one of these"]
    assert "block_id" not in opener
    assert "acknowledge" not in [element["action_id"] for element in elements_of(view["blocks"])]


def test_leaders_read_their_summary_above_all_statements_and_admins_theirs_below() -> None:
    words, own = WORDS_AROUND.for_locale("en"), OWN.for_locale("en")
    mine = HomeStatement(statement_id=1, version_id=1, kind="value", title="Mine", body="Short.")
    facts = HomeFacts(company="X", zone="UTC", current=(mine,), leader=("Reached: 9 of 10",), admin=("All is well.",), problem="No")

    shown = json.dumps(home_page(words, own, facts)[0]["blocks"])

    placed = [shown.index(text) for text in ("No", "For leaders", "Reached: 9 of 10", "Mine", "All is well.")]
    assert placed == sorted(placed)
    assert "For leaders" not in json.dumps(home_page(words, own, replace(facts, leader=()))[0])


def test_everything_on_home_that_can_be_chosen_has_its_own_name() -> None:
    facts = HomeFacts(company="Example", zone="UTC", choices=HomeChoices(channels=("email", "slack"), time="09:30"))
    view = home_page(WORDS_AROUND.for_locale("en"), OWN.for_locale("en"), facts)[0]
    named = [element["action_id"] for element in elements_of(view["blocks"])]
    assert named == ["home_channel", "home_day", "home_time", "home_time_clear", "home_pause"]
    assert "not on Cadence" in json.dumps(stranger_view(OWN.for_locale("fr")))


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},
        {"type": "section", "text": {"type": "mrkdwn", "text": ""}},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "actions", "elements": []},
        {"type": "actions", "elements": [{"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "x" * 76}}]},
        {"type": "actions", "elements": [{"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "x"}}] * 2},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": {"type": "static_select", "options": []}},
        {"type": "image"},
        "x",
    ],
)
def test_the_stand_in_refuses_what_slack_refuses(broken: Any) -> None:
    with pytest.raises(RefusedCall):
        check_blocks([broken], most=50)
    with pytest.raises(RefusedCall):
        check_view({"type": "home", "blocks": [broken]}, "home")


def test_both_languages_are_complete() -> None:
    assert OWN.words["de"].texts.keys() == OWN.words["en"].texts.keys()
    assert {key for key in OWN.words["en"].texts if OWN.words["de"].texts[key] == OWN.words["en"].texts[key]} <= {
        "draft_text",
        "home_acknowledged_line",
        "pause",
    }
