"""Every method of Slack's Web API that Cadence calls, once each against an emulator that none of us wrote, with strict scopes.

The token holds exactly the scopes of config/slack-manifest.yaml, and the same token without one of them shows that the emulator
asks for it. What it does not know is told in ``tests/fixtures/slack_emulator.py`` and docs/channels.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cadence.channels.base import Health
from cadence.channels.slack.calls import SlackCalls
from cadence.channels.slack.directory import read_directory
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.domain.sending.deliveries import Receipt, SlackMessage
from cadence.errors import AddressRejected, CadenceError, ChannelRefused, MessageRejected
from cadence.rendering.words import load_words
from cadence.slack_app.incoming import HomeTab, MessageChange, MessageContent, SlackAnswer, SlackCommand
from cadence.slack_app.screen import SlackScreen
from cadence.slack_app.views.home import HomeFacts, HomeStatement, home_page
from cadence.slack_app.views.modals import ask_modal, draft_modal, notice_modal, value_modal
from tests.fixtures.builders import NOW
from tests.fixtures.slack_emulator import SlackEmulator, manifest_scopes
from tests.rendering.mail_kinds import items
from tests.rendering.samples import EXPIRES, MEASURES, TEMPLATES, a_digest, slack_composer

SOURCES = Path(__file__).resolve().parents[3] / "cadence"
#: what this file calls; a method that Cadence calls and that is not here fails the last test
CALLED = {
    "auth_test",
    "bots_info",
    "chat_postMessage",
    "chat_update",
    "conversations_history",
    "conversations_members",
    "conversations_open",
    "dnd_teamInfo",
    "users_list",
    "views_open",
    "views_publish",
}
OWN = load_words(TEMPLATES, "slack").for_locale("en")


def settings_of(emulator: SlackEmulator) -> SlackAccess:
    return SlackAccess(bot_token=emulator.bot_token, api_url=emulator.base_url, per_second=None)


@pytest.fixture
def transport(slack_emulator: SlackEmulator) -> SlackTransport:
    return SlackTransport(settings_of(slack_emulator))


@pytest.fixture
def ana(slack_emulator: SlackEmulator) -> str:
    return slack_emulator.user_ids["ana@example.com"]


def a_message(to: str, public_id: str, **changed: Any) -> SlackMessage:
    metadata = {"event_type": "cadence_delivery", "event_payload": {"delivery": public_id}}
    return SlackMessage(**{"user_id": to, "text": "hello", "blocks": [], "public_id": public_id, "metadata": metadata, **changed})


def kept(emulator: SlackEmulator, receipt: Receipt) -> dict[str, Any]:
    """Return a message as conversations.history gives it back."""
    channel, ts = receipt.provider_id.split(":")
    found = emulator.client().conversations_history(channel=channel, oldest=ts, latest=ts, inclusive=True, include_all_metadata=True)
    (message,) = (m for m in found["messages"] if m["ts"] == ts)
    return dict(message)


def channel_named(emulator: SlackEmulator, name: str) -> str:
    found = emulator.client().conversations_list(types="public_channel")["channels"]
    return str(next(c["id"] for c in found if c["name"] == name))


def test_auth_test_tells_workspace_and_bot_user_and_a_wrong_token_pauses_the_channel(
    transport: SlackTransport, slack_emulator: SlackEmulator
) -> None:
    assert transport.check() == "workspace Tests, bot user cadence"
    assert SlackScreen(transport.calls).workspace().team_id == slack_emulator.team_id
    stranger = SlackTransport(SlackAccess(bot_token="xoxb-of-nobody", api_url=slack_emulator.base_url, per_second=None))
    with pytest.raises(ChannelRefused):  # the emulator lets any token in, and gives it no scope
        stranger.post(a_message(slack_emulator.user_ids["ana@example.com"], "x"))


def test_the_doctor_finds_nothing_wrong_but_what_the_emulator_does_not_know(transport: SlackTransport, ana: str) -> None:
    conversation = transport.post(a_message(ana, "doctor")).provider_id.split(":")[0]
    found = {one.name: one.health for one in transport.inspect(now=datetime.now(UTC), conversation=conversation)}
    assert found.pop("Slack do-not-disturb") is Health.WARN  # it has no dnd.teamInfo
    assert found.keys() >= {"Slack token", "Slack scopes", "Slack history", "Slack directory"}
    assert set(found.values()) == {Health.OK}


def test_every_kind_of_digest_is_posted_and_read_back_as_it_was_composed(
    transport: SlackTransport, slack_emulator: SlackEmulator, ana: str
) -> None:
    composer = slack_composer()
    for n, (name, item) in enumerate(items()):
        public_id = f"kind-{n}-{name}"
        message = composer.compose(a_digest(item, address=ana, public_id=public_id, locale=("en", "de")[n % 2]), expires_at=EXPIRES)
        arrived = kept(slack_emulator, transport.post(message))
        assert (arrived["text"], arrived["blocks"]) == (message.text, message.blocks)
        assert arrived["metadata"]["event_payload"] == {"delivery": public_id}


def test_a_message_is_found_behind_two_pages_of_history_and_one_that_never_came_is_not(
    transport: SlackTransport, slack_emulator: SlackEmulator
) -> None:
    chi, since = slack_emulator.user_ids["chi@example.com"], datetime.now(UTC) - timedelta(hours=1)
    receipt = transport.post(a_message(chi, "the-first"))
    for n in range(401):
        transport.post(a_message(chi, f"later-{n}"))
    found = transport.find_sent("the-first", address=chi, since=since)
    assert found is not None
    assert found.provider_id == receipt.provider_id
    assert transport.find_sent("never", address=chi, since=since) is None


def test_people_and_members_are_read_to_the_end_page_by_page(transport: SlackTransport, slack_emulator: SlackEmulator) -> None:
    sizes: list[int] = []
    directory = read_directory(SlackCalls(settings_of(slack_emulator)), progress=sizes.append)
    assert (len(sizes), sizes[0]) == (2, 200)
    emails = {member.email for member in directory.members}
    assert {*slack_emulator.user_ids, "person000@example.com", "person229@example.com"} <= emails
    members = transport.members(channel_named(slack_emulator, "everyone"))
    assert len(members) == len(set(members)) > 200
    assert set(slack_emulator.user_ids.values()) <= set(members)


def test_a_channel_is_posted_to_and_searched(transport: SlackTransport, slack_emulator: SlackEmulator) -> None:
    everyone = channel_named(slack_emulator, "everyone")
    transport.post(a_message(everyone, "post"))
    assert transport.find_sent("post", address=everyone, since=datetime.now(UTC) - timedelta(hours=1)) is not None
    for wrong in ("C0NOWHERE", "D0NOWHERE"):
        with pytest.raises(MessageRejected):
            transport.post(a_message(wrong, "x"))
    with pytest.raises(AddressRejected):
        transport.post(a_message("U0NOWHERE", "x"))


def test_every_modal_opens_once_and_the_home_tab_is_filled_and_filled_again(
    transport: SlackTransport, slack_emulator: SlackEmulator, ana: str, caplog: pytest.LogCaptureFixture
) -> None:
    screen = SlackScreen(transport.calls)
    modals = [
        ask_modal(OWN, token="t" * 51, channel="D0123456789", ts="1795424400.000001", about="T"),
        notice_modal(OWN, "Text", title="Title"),
        draft_modal(OWN),
        draft_modal(OWN, kind="value", title="T", body="B", must=True, preview="P", notes=["N"], metadata=json.dumps({"mark": "m" * 64})),
        value_modal(OWN, [("0", "Readings on time")], today=NOW.date()),
    ]
    for modal in modals:
        trigger = slack_emulator.client().api_call("views.generateTriggerId", json={"user_id": ana})["trigger_id"]
        typed = SlackCommand(
            command="/cadence", text="", slack_user_id=ana, team_id="", trigger_id=trigger, event_id=trigger, happened_at=NOW
        )
        screen.show(typed, SlackAnswer(modal=modal))
        assert caplog.messages == []
    screen.show(typed, SlackAnswer(modal=modals[0]))
    assert [text.partition(" code=")[0] for text in caplog.messages] == ["event=slack.not_shown method=views.open"]
    caplog.clear()

    words, shown = load_words(TEMPLATES).for_locale("de"), list[str]()
    for n in range(2):
        statement = HomeStatement(statement_id=1, version_id=1, kind="scoreboard", title=f"T{n}", body="B", measures=MEASURES)
        facts = HomeFacts(company="Example", zone="UTC", current=(statement,))
        home = HomeTab(view=partial(lambda facts: home_page(words, OWN, facts)[0], facts), shown=partial(shown.append, str(n)))
        screen.show(typed, SlackAnswer(home=home))
    assert (shown, caplog.messages) == (["0", "1"], [])
    gone = MessageChange(channel_id="D0NOWHERE", message_ts="1.000001", content=lambda: MessageContent("x", []))
    screen.show(typed, SlackAnswer(message=gone))
    assert [text.partition(" code=")[0] for text in caplog.messages] == ["event=slack.not_shown method=chat.update"]


def test_do_not_disturb_that_cannot_be_asked_holds_nothing_up(transport: SlackTransport, slack_emulator: SlackEmulator) -> None:
    assert transport.quiet_until(list(slack_emulator.user_ids.values()), now=datetime.now(UTC)) == {}


def _in_public(emulator: SlackEmulator) -> str:
    return channel_named(emulator.without("dnd:read"), "everyone")


NEEDING: dict[str, Callable[[SlackTransport, SlackEmulator], object]] = {
    "chat:write": lambda t, e: t.post(a_message(e.user_ids["ben@example.com"], "x")),
    "im:write": lambda t, e: t.post(a_message(e.user_ids["ben@example.com"], "x")),
    "im:history": lambda t, e: t.find_sent("x", address=e.user_ids["ben@example.com"], since=datetime.now(UTC)),
    "users:read": lambda t, e: read_directory(t.calls),
    "channels:read": lambda t, e: t.members(_in_public(e)),
    "channels:history": lambda t, e: t.find_sent("x", address=_in_public(e), since=datetime.now(UTC)),
}


@pytest.mark.parametrize("scope", manifest_scopes())
def test_the_manifest_asks_for_what_is_needed_and_no_more(slack_emulator: SlackEmulator, scope: str) -> None:
    lacking = slack_emulator.without(scope)
    if scope in ("commands", "dnd:read"):  # the emulator has neither slash commands nor dnd.teamInfo
        assert scope not in NEEDING
        return
    if scope == "users:read.email":  # without it people are told, and their addresses are not
        assert {member.email for member in read_directory(SlackCalls(settings_of(lacking))).members} == {""}
        return
    with pytest.raises(CadenceError) as refused:
        NEEDING[scope](SlackTransport(settings_of(lacking)), slack_emulator)
    assert isinstance(refused.value, ChannelRefused)
    assert refused.value.provider_code == "missing_scope"
    NEEDING[scope](SlackTransport(settings_of(slack_emulator)), slack_emulator)


def test_cadence_calls_no_method_that_is_not_tried_here() -> None:
    found = {
        name
        for folder in (SOURCES / "channels" / "slack", SOURCES / "slack_app")
        for path in folder.rglob("*.py")
        for name in re.findall(
            r"client\.((?:auth|chat|conversations|dnd|reactions|team|users|views|bots|files|pins)_\w+)", path.read_text()
        )
    }
    # the emulator knows no organisation; tests/channels/test_slack_directory.py tries it on the stand-in
    assert found == CALLED | {"auth_teams_list"}
