"""Hostile and honest interaction requests (reliability.md section 9, rows 59-71), over HTTP and through the stand-in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.routing import Route

from cadence.channels.slack.endpoint import slack_endpoint
from cadence.channels.slack.incoming import HomeTab, MessageChange
from cadence.channels.slack.interactions import (
    Challenge,
    HomeOpened,
    Ignored,
    Incoming,
    Refusal,
    SlackAction,
    SlackAnswer,
    SlackCommand,
    SlackRequests,
    SlackShortcut,
    SlackSubmission,
    Workspace,
)
from cadence.channels.slack.screen import SlackScreen
from cadence.channels.slack.webapi import SlackSettings, SlackTransport
from cadence.clock import FixedClock
from cadence.demo import slack_payloads as payloads
from cadence.demo.page_server import PageReply, PageRequest, PageServer
from cadence.demo.slack_payloads import Actor
from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from cadence.domain.deliveries import SlackMessage
from cadence.errors import StoreBusy

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a signing secret"
REQUESTS = SlackRequests(signing_secret=SECRET, workspace=Workspace(team_id="T1", app_id="A1"))


def a_payload(**changes: Any) -> dict[str, Any]:
    action = {"type": "button", "action_id": "acknowledge", "block_id": "b", "value": "token", "action_ts": f"{NOW.timestamp():.6f}"}
    return {
        "type": "block_actions",
        "user": {"id": "U1"},
        "team": {"id": "T1"},
        "api_app_id": "A1",
        "container": {"type": "message", "message_ts": "1.000001", "channel_id": "D1"},
        "channel": {"id": "D1"},
        "response_url": "https://evil.example.com/",
        "actions": [action],
    } | changes


def an_action(**changes: Any) -> dict[str, Any]:
    return {"actions": [a_payload()["actions"][0] | changes]}


def form(payload: object) -> bytes:
    return urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)}).encode()


def signed(body: bytes, *, at: datetime = NOW, **changes: str) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body) or ""
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature,
    } | changes


def read(payload: object) -> Incoming | Challenge | Ignored | Refusal:
    body = form(payload)
    return REQUESTS.verify_and_parse(signed(body), body, NOW)


def status(found: object) -> int:
    assert isinstance(found, Refusal), found
    return found.status


def test_an_honest_press_is_read() -> None:
    assert read(a_payload()) == SlackAction(
        action_id="acknowledge",
        value="token",
        slack_user_id="U1",
        team_id="T1",
        channel_id="D1",
        message_ts="1.000001",
        event_id=f"T1:D1:1.000001:U1:acknowledge:{NOW.timestamp():.6f}",
        happened_at=NOW,
        block_id="b",
    )


@pytest.mark.parametrize("name", ["X-Slack-Signature", "X-Slack-Request-Timestamp"])
@pytest.mark.parametrize(
    "value",
    ["", "abc", "1.5", "-1", "1" * 5000, "1_7", " 1795424400", "+1795424400", "v0=", "v0=" + "0" * 64, "v0=ü", "１７", "nan"],
)
def test_odd_headers_are_refused(name: str, value: str) -> None:
    body = form(a_payload())
    assert status(REQUESTS.verify_and_parse(signed(body) | {name: value}, body, NOW)) == 401


@pytest.mark.parametrize(("late", "good"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_signature_is_good_for_five_minutes(late: int, good: bool) -> None:
    body = form(a_payload())
    found = REQUESTS.verify_and_parse(signed(body), body, NOW + timedelta(seconds=late))
    assert isinstance(found, SlackAction) is good


def test_unsigned_changed_and_undecodable_bodies_are_refused() -> None:
    body = form(a_payload())
    assert status(REQUESTS.verify_and_parse({}, body, NOW)) == 401
    assert status(REQUESTS.verify_and_parse(signed(body), body + b"&x=1", NOW)) == 401
    assert status(REQUESTS.verify_and_parse(signed(body), b"\xff\xfe", NOW)) == 401
    assert status(REQUESTS.verify_and_parse(signed(body), b"x" * 1_000_001, NOW)) == 413
    assert status(SlackRequests(signing_secret="another").verify_and_parse(signed(body), body, NOW)) == 401


#: (row of reliability.md section 9, payload, status)
HOSTILE: list[tuple[int, object, int]] = [
    (63, a_payload(team={"id": "T2"}), 403),
    (63, a_payload(api_app_id="A2"), 403),
    (63, a_payload(team=None), 403),
    (64, a_payload(**an_action(value="x" * 2001)), 400),
    (64, a_payload(**an_action(value="a\r\nb")), 400),
    (64, a_payload(**an_action(action_id="")), 400),
    (64, a_payload(**an_action(action_id="x" * 256)), 400),
    (64, a_payload(**an_action(action_id=5)), 400),
    (65, a_payload(user={"id": "u1; drop"}), 400),
    (65, a_payload(user={"id": ["U1"]}), 400),
    (65, a_payload(user="U1"), 400),
    (65, a_payload(container={"message_ts": "abc", "channel_id": "D1"}), 400),
    (65, a_payload(container={"message_ts": "1.1", "channel_id": "../etc"}), 400),
    (65, a_payload(container={"type": "view"}, view={"id": "v; drop"}), 400),
    (67, "[" * 10_000, 400),
    (67, '{"a":' * 10_000 + "1" + "}" * 10_000, 400),
    (67, '{"type":"block_actions","type":"block_actions"}', 400),
    (67, "not json", 400),
    (67, "5", 400),
    (67, '"block_actions"', 400),
    (67, "", 400),
    (67, a_payload(type="message_action"), 400),
    (67, a_payload(type=["block_actions"]), 400),
    (67, a_payload(actions=[]), 400),
    (67, a_payload(actions=None), 400),
    (67, a_payload(actions={}), 400),
    (67, a_payload(actions=["x"]), 400),
    (67, a_payload(actions=a_payload()["actions"] * 2), 400),
    (67, a_payload(**an_action(type="static_select")), 400),
    (67, a_payload(**an_action(type="workflow_button")), 400),
    (68, a_payload(type="view_submission"), 400),
    (68, a_payload(type="view_submission", view={"id": "V1", "callback_id": "ask", "state": {"values": []}}), 400),
    (68, a_payload(type="view_submission", view={"id": "V1", "callback_id": "ask", "state": {"values": {"q": {}}}}), 400),
    (68, a_payload(type="view_submission", view={"id": "V1", "callback_id": "ask", "private_metadata": "x" * 3001}), 400),
    (68, a_payload(type="shortcut", callback_id=""), 400),
]


@pytest.mark.parametrize(("row", "payload", "expected"), HOSTILE)
def test_hostile_payloads_are_refused(row: int, payload: object, expected: int) -> None:
    assert status(read(payload)) == expected
    if isinstance(payload, dict):
        assert status(REQUESTS.parse("interactive", payload, NOW)) == expected


@pytest.mark.parametrize("body", [b"", b"x", b"payload=1&payload=2", b"other=1", b"&&&&", b"payload=%ff", b"a=1&" * 30 + b"payload={}"])
def test_hostile_forms_are_refused(body: bytes) -> None:
    assert status(REQUESTS.verify_and_parse(signed(body), body, NOW)) == 400


def test_repeats_have_one_event_id_and_odd_instants_are_ours() -> None:
    assert read(a_payload()) == read(a_payload())
    for odd in ("", "abc", "9" * 12 + ".1", "0.000001", f"{NOW.timestamp() + 4000:.6f}"):
        found = read(a_payload(**an_action(action_ts=odd)))
        assert isinstance(found, SlackAction)
        assert found.happened_at == NOW


@pytest.mark.parametrize(("challenge", "good"), [("abc", True), ("x" * 1_000, True), ("x" * 1_001, False), ("", False), (5, False)])
def test_the_address_check_is_answered(challenge: object, good: bool) -> None:
    body = json.dumps({"type": "url_verification", "challenge": challenge}).encode()
    found = REQUESTS.verify_and_parse(signed(body) | {"Content-Type": "application/json"}, body, NOW)
    assert found == Challenge(text=str(challenge)) if good else status(found) == 400


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=60), max_size=6), st.binary(max_size=300))
def test_nothing_raises(headers: Mapping[str, str], body: bytes) -> None:
    assert isinstance(REQUESTS.verify_and_parse(headers, body, NOW), Refusal)
    assert isinstance(REQUESTS.verify_and_parse(signed(b"payload=1"), body, NOW), Refusal)


_LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
_JSON = st.recursive(_LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner))


@given(st.sampled_from(sorted(a_payload())), _JSON)
def test_no_value_of_any_field_raises(field: str, value: object) -> None:
    assert isinstance(
        REQUESTS.parse("interactive", a_payload(**{field: value}), NOW), SlackAction | SlackShortcut | SlackSubmission | Refusal
    )


def an_actor(user_id: str = "U1") -> Actor:
    return Actor(user_id=user_id, name="ana", at=NOW.timestamp(), trigger_id="12.T1.abc")


def posted(body: bytes, kind: str = "application/x-www-form-urlencoded") -> Incoming | Challenge | Ignored | Refusal:
    return SlackRequests(signing_secret=SECRET).verify_and_parse(signed(body) | {"Content-Type": kind}, body, NOW)


def test_a_modal_is_read_with_everything_that_was_entered() -> None:
    text = {"type": "plain_text_input", "value": "x" * 3001}
    state = {"q": {"q": text}, "kind": {"k": {"type": "static_select", "selected_option": {"value": "value"}}}}
    state |= {
        "on": {"on": {"type": "datepicker", "selected_date": "2026-11-01"}},
        "empty": {"e": {"type": "plain_text_input", "value": None}},
    }
    state |= {"must": {"must": {"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}}}
    view = {"id": "V1", "hash": "1.h", "callback_id": "ask", "private_metadata": "{}", "state": {"values": state}}

    found = read(a_payload(type="view_submission", view=view))

    assert isinstance(found, SlackSubmission)
    assert found.values == {"q": "x" * 3001, "kind": "value", "on": "2026-11-01", "empty": "", "must": "a,b"}
    assert found.event_id.startswith("view:V1:1.h:ask:")
    assert read(a_payload(type="view_submission", view=view)) == found
    again = read(a_payload(type="view_submission", view=view | {"state": {"values": state | {"q": {"q": text | {"value": "y"}}}}}))
    assert isinstance(again, SlackSubmission)
    assert again.event_id != found.event_id  # sent off again with other values after an error


def test_commands_shortcuts_events_and_home_choices_are_read() -> None:
    command = posted(urlencode(payloads.command(an_actor(), "/cadence", "pause 7")).encode())
    assert isinstance(command, SlackCommand)
    assert (command.text, command.slack_user_id) == ("pause 7", "U1")
    shortcut = posted(form(payloads.shortcut(an_actor(), "draft_statement")))
    assert isinstance(shortcut, SlackShortcut)
    assert shortcut.trigger_id == "12.T1.abc"
    opened = json.dumps(payloads.home_opened(an_actor(), "Ev1")).encode()
    assert posted(opened, "application/json; charset=utf-8") == HomeOpened(
        slack_user_id="U1", team_id=payloads.TEAM_ID, event_id="event:Ev1", happened_at=NOW
    )
    picker = {"type": "timepicker", "action_id": "home_time"}
    chosen = posted(form(payloads.on_home(an_actor(), {"id": "V1"}, picker, "home_time", "09:30")))
    assert isinstance(chosen, SlackAction)
    assert (chosen.value, chosen.in_message, chosen.channel_id) == ("09:30", False, "")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"type": "message", "user": "U1"}, Ignored),
        ({"type": "app_home_opened", "user": "U1", "tab": "messages"}, Ignored),
        ({"type": "app_home_opened", "user": "u1", "tab": "home"}, Refusal),
        ({"type": "app_home_opened", "user": None, "tab": "home"}, Refusal),
        ({}, Ignored),
        (None, Refusal),
        ([], Refusal),
    ],
)
def test_events_not_used_are_answered_and_broken_ones_refused(event: object, expected: type) -> None:
    """Row 70: whatever order they come in, an event is known by its id."""
    payload = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event": event}
    assert isinstance(REQUESTS.parse("events_api", payload, NOW), expected)
    assert status(REQUESTS.parse("events_api", payload | {"team_id": "T2"}, NOW)) == 403
    assert status(REQUESTS.parse("events_api", payload | {"event_id": "../x"}, NOW)) == 400


@pytest.mark.parametrize(
    "change", [{"user_id": "x"}, {"command": "cadence"}, {"text": "x" * 8001}, {"trigger_id": ""}, {"command": ""}, {"team_id": "t"}]
)
def test_hostile_commands_are_refused(change: dict[str, str]) -> None:
    fields = payloads.command(an_actor(), "/cadence", "") | change
    assert status(posted(urlencode(fields).encode())) == 400
    assert status(REQUESTS.parse("slash_commands", fields, NOW)) == 403  # and of another workspace


def test_unknown_envelopes_are_refused() -> None:
    assert status(REQUESTS.parse("hello", {}, NOW)) == 400
    assert status(REQUESTS.parse("slash_commands", [], NOW)) == 400
    assert status(REQUESTS.parse("interactive", None, NOW)) == 400


def test_the_endpoint_answers_first_and_then_changes_what_is_seen() -> None:
    """A press in the stand-in goes round: signed request, answer, and then message, modal and Home tab (rows 59, 62, 71)."""
    user = StandInUser(id="U1", name="Ana", email="ana@example.com")
    with SlackStandIn([user], bot_token="xoxb-test", signing_secret=SECRET) as slack:
        transport = SlackTransport(SlackSettings(bot_token="xoxb-test", api_url=slack.api_url, per_second=None))
        receipt = transport.connect().send(SlackMessage(user_id="U1", text="before", blocks=[]))
        channel, ts = receipt.provider_id.split(":")
        shown: list[str] = []
        modal = {"type": "modal", "title": {"type": "plain_text", "text": "Hi"}, "blocks": [{"type": "divider"}]}
        home = HomeTab(view=lambda: {"type": "home", "blocks": [{"type": "divider"}]}, shown=lambda: shown.append("home"))
        answers = [
            SlackAnswer(message=MessageChange(channel_id=channel, message_ts=ts, text="recorded"), modal=modal, home=home),
            SlackAnswer(reply={"text": "told"}),
            SlackAnswer(),
        ]

        def on_incoming(incoming: Incoming) -> SlackAnswer:
            if not answers:
                raise StoreBusy("busy")
            return answers.pop(0)

        requests = SlackRequests(signing_secret=SECRET, workspace=Workspace(team_id="T1", app_id="A1"))
        endpoint = slack_endpoint(requests=lambda: requests, screen=SlackScreen(transport.calls), on_incoming=on_incoming, now=lambda: NOW)
        site = httpx.ASGITransport(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])]))
        pressed = a_payload(container={"message_ts": ts, "channel_id": channel}, trigger_id=slack.workspace.trigger("U1"))

        async def post(body: bytes, headers: dict[str, str]) -> httpx.Response:
            async with httpx.AsyncClient(transport=site, base_url="http://127.0.0.1") as client:
                return await client.post("/slack/events", content=body, headers=headers)

        def press(body: bytes = form(pressed), changes: dict[str, str] | None = None) -> httpx.Response:
            return asyncio.run(post(body, signed(body) | (changes or {})))

        assert (press().status_code, press().json(), press().content) == (200, {"text": "told"}, b"")
        assert [message["text"] for message in slack.messages("U1")] == ["recorded"]
        assert [modal.view["title"]["text"] for modal in slack.workspace.modals_of("U1")] == ["Hi"]
        assert (list(slack.workspace.homes), shown) == (["U1"], ["home"])
        assert press().status_code == 503
        assert press(changes={"X-Slack-Signature": "v0=" + "0" * 64}).status_code == 401
        event = json.dumps(
            {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "E1", "event": {"type": "x"}}
        ).encode()
        assert press(event, {"Content-Type": "application/json"}).status_code == 200
        check = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
        assert press(check, {"Content-Type": "application/json"}).text == "abc"
        long = json.dumps({"type": "url_verification", "challenge": "x" * 1_000_000}).encode()
        assert press(long, {"Content-Type": "application/json"}).status_code == 413
        assert not any("evil.example.com" in str(call) for call in slack.calls)


def test_what_cannot_be_shown_is_not_an_error() -> None:
    """A Home tab that Slack refuses was not looked at; a message that is gone stays gone."""
    with SlackStandIn([], bot_token="xoxb-test", signing_secret=SECRET) as slack:
        screen = SlackScreen(SlackTransport(SlackSettings(bot_token="xoxb-test", api_url=slack.api_url, per_second=None)).calls)
        shown: list[str] = []
        home = HomeTab(view=lambda: {"type": "home", "blocks": []}, shown=lambda: shown.append("home"))
        incoming = HomeOpened(slack_user_id="U9", team_id="", event_id="e", happened_at=NOW)
        screen.show(incoming, SlackAnswer(home=home, message=MessageChange(channel_id="D9", message_ts="1.1", text="x")))

        def fails() -> dict[str, Any]:
            raise StoreBusy("busy")

        screen.show(incoming, SlackAnswer(home=HomeTab(view=fails)))
        assert (shown, screen.team_id()) == ([], payloads.TEAM_ID)


def test_the_stand_in_signs_what_cadence_can_read() -> None:
    received: list[tuple[dict[str, str], bytes]] = []

    def receive(request: PageRequest) -> PageReply:
        received.append((dict(request.headers), request.body))
        return PageReply()

    user = StandInUser(id="U1", name="Ana", email="ana@example.com")
    receiver = PageServer({"POST /slack": receive})
    receiver.start()
    address = receiver.url + "/slack"
    with SlackStandIn([user], bot_token="xoxb-test", signing_secret=SECRET, request_url=address, clock=FixedClock(NOW)) as slack:
        transport = SlackTransport(SlackSettings(bot_token="xoxb-test", api_url=slack.api_url, per_second=None))
        ts = transport.connect().send(SlackMessage(user_id="U1", text="hi", blocks=[])).provider_id.split(":")[1]
        assert slack.press("U1", ts, action_id="acknowledge", value="token")[0] == 200
        assert slack.command("U1", "mine")[0] == 200
        assert slack.open_home("U1")[0] == 200
        assert slack.shortcut("U1", "ask_question")[0] == 200
    receiver.stop()

    requests = SlackRequests(signing_secret=SECRET, workspace=Workspace(team_id=payloads.TEAM_ID, app_id=payloads.APP_ID))
    found = [requests.verify_and_parse(headers, body, NOW) for headers, body in received]
    assert [type(one) for one in found] == [SlackAction, SlackCommand, HomeOpened, SlackShortcut]
    assert isinstance(found[0], SlackAction)
    assert (found[0].value, found[0].slack_user_id, found[0].message_ts, found[0].happened_at) == ("token", "U1", ts, NOW)
