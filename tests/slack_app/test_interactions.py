"""Hostile and honest requests from Slack, through gate, endpoint and Bolt, and the stand-in."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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

from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.clock import FixedClock
from cadence.demo import slack_payloads as payloads
from cadence.demo.page_server import PageReply, PageRequest, PageServer
from cadence.demo.slack_payloads import Presser
from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from cadence.domain.sending.deliveries import SlackMessage
from cadence.errors import StoreBusy
from cadence.slack_app.bolt_app import SlackReceiver
from cadence.slack_app.endpoint import slack_endpoint
from cadence.slack_app.gate import Gate
from cadence.slack_app.incoming import (
    HomeOpened,
    HomeTab,
    Incoming,
    MessageChange,
    MessageContent,
    OnIncoming,
    SlackAction,
    SlackAnswer,
    SlackCommand,
    SlackShortcut,
    SlackSubmission,
)
from cadence.slack_app.payloads import Workspace
from cadence.slack_app.screen import SlackScreen

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a signing secret"
OURS = Workspace(team_id="T1", app_id="A1")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Reply:
    """What came back for one request, and what it was read as (None: nothing was done)."""

    status: int
    text: str
    incoming: Incoming | None


class Receiving:
    """The whole way in: endpoint, gate, Bolt and a listener that notes what arrives."""

    def __init__(self, *, secret: str = SECRET, workspace: Workspace = OURS, on_incoming: OnIncoming | None = None) -> None:
        self.seen: list[Incoming] = []
        self.now = NOW
        self.receiver = SlackReceiver(
            workspace=lambda: workspace, on_incoming=on_incoming or self._note, show=lambda *_: None, now=lambda: self.now
        )
        endpoint = slack_endpoint(gate=Gate(signing_secret=secret), receiver=self.receiver, now=lambda: self.now)
        self._site = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])

    def post(self, body: bytes, headers: Mapping[str, str], *, at: datetime = NOW) -> Reply:
        """Send one request, its headers byte for byte (a client would refuse to send the odd ones)."""
        self.now = at
        self.seen.clear()
        sent: list[Any] = []
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "path": "/slack/events", "query_string": b"", "headers": raw}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self._site(scope, receive, send))
        return Reply(sent[0]["status"], sent[1]["body"].decode(), self.seen[0] if self.seen else None)

    def envelope(self, payload: dict[str, Any]) -> Reply:
        """Hand over what Socket Mode does."""
        self.seen.clear()
        response = self.receiver.answer(payload).response
        return Reply(response.status, response.body, self.seen[0] if self.seen else None)

    def _note(self, incoming: Incoming) -> SlackAnswer:
        self.seen.append(incoming)
        return SlackAnswer()


SITE, OPEN_SITE = Receiving(), Receiving(workspace=Workspace())


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


def post(payload: object) -> Reply:
    body = form(payload)
    return SITE.post(body, signed(body))


def read(payload: object) -> Incoming:
    reply = post(payload)
    assert (reply.status, reply.text) == (200, "")
    assert reply.incoming is not None
    return reply.incoming


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
    assert SITE.post(body, signed(body) | {name: value}) == Reply(401, "", None)


@pytest.mark.parametrize(("late", "good"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_signature_is_good_for_five_minutes(late: int, good: bool) -> None:
    body = form(a_payload())
    reply = SITE.post(body, signed(body), at=NOW + timedelta(seconds=late))
    assert (reply.status, isinstance(reply.incoming, SlackAction)) == (200 if good else 401, good)


def test_unsigned_changed_and_undecodable_bodies_are_refused() -> None:
    body = form(a_payload())
    assert SITE.post(body, {}).status == 401
    assert SITE.post(body + b"&x=1", signed(body)).status == 401
    assert SITE.post(b"\xff\xfe", signed(body)).status == 401
    assert SITE.post(b"x" * 1_000_001, signed(body)).status == 413
    assert Receiving(secret="another").post(body, signed(body)) == Reply(401, "", None)


def test_nothing_is_read_before_its_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt reads a body when the request is made, which is before its own look at the signature."""
    made: list[object] = []
    monkeypatch.setattr("cadence.slack_app.bolt_app.BoltRequest", lambda **keywords: made.append(keywords))
    body = form(a_payload())
    assert SITE.post(body, signed(body) | {"X-Slack-Signature": "v0=" + "0" * 64}).status == 401
    assert made == []


#: (row of the catalogue of bad input, payload, status)
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
    assert post(payload) == Reply(expected, "", None)
    if isinstance(payload, dict):
        assert SITE.envelope(payload) == Reply(expected, "", None)


@pytest.mark.parametrize("body", [b"", b"x", b"payload=1&payload=2", b"other=1", b"&&&&", b"payload=%ff", b"a=1&" * 30 + b"payload={}"])
def test_hostile_forms_are_refused(body: bytes) -> None:
    assert SITE.post(body, signed(body)) == Reply(400, "", None)


def test_repeats_have_one_event_id_and_odd_instants_are_ours() -> None:
    assert read(a_payload()) == read(a_payload())
    for odd in ("", "abc", "9" * 12 + ".1", "0.000001", f"{NOW.timestamp() + 4000:.6f}"):
        found = read(a_payload(**an_action(action_ts=odd)))
        assert isinstance(found, SlackAction)
        assert found.happened_at == NOW


@pytest.mark.parametrize(("challenge", "good"), [("abc", True), ("x" * 1_000, True), ("x" * 1_001, False), ("", False), (5, False)])
def test_the_address_check_is_answered(challenge: object, good: bool) -> None:
    """Row 69. Any form of answer that names the challenge is good for Slack; Bolt's is JSON."""
    body = json.dumps({"type": "url_verification", "challenge": challenge}).encode()
    reply = SITE.post(body, signed(body) | {"Content-Type": JSON})
    assert (reply.status, json.loads(reply.text) if reply.text else {}) == ((200, {"challenge": challenge}) if good else (400, {}))


def test_the_certificate_check_is_answered_when_it_is_signed() -> None:
    body = urlencode({"ssl_check": "1", "token": "x"}).encode()
    assert SITE.post(body, signed(body)) == Reply(200, "", None)
    assert SITE.post(body, {}).status == 401


#: well-formed for Slack, and Bolt alone answers 500 to them, forgets them, or says "done" without doing
TRAPS: list[dict[str, Any]] = [
    {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event": None},
    {"type": "view_submission", "view": None},
    {"type": "block_actions", "authorizations": [5]},
    {"type": "block_actions", "response_urls": [5]},
    {"type": "block_actions", "channel": 5, "user": 5},
    {"type": "message_action", "callback_id": ["x"]},
    {"command": ["/cadence"]},
    {"command": "/cadence", "event": "type", "type": "event_callback"},
    {"authorizations": 5},
    {},
]


@pytest.mark.parametrize("payload", TRAPS)
def test_what_bolt_trips_over_is_refused(payload: dict[str, Any]) -> None:
    assert SITE.envelope(payload) == Reply(400, "", None) or SITE.envelope(payload).status == 403
    body = json.dumps(payload).encode()
    assert SITE.post(body, signed(body) | {"Content-Type": JSON}).status in (400, 403)


def test_a_command_about_a_payload_is_not_lost() -> None:
    """Bolt takes any form with the word in it for an interaction, and finds nothing in it."""
    body = urlencode(payloads.command(an_actor(), "/cadence", "ask what is the payload?")).encode()
    found = OPEN_SITE.post(body, signed(body)).incoming
    assert isinstance(found, SlackCommand)
    assert found.text == "ask what is the payload?"


def test_text_that_no_database_takes_is_none() -> None:
    """Half a character, as JSON can spell it."""
    assert post(json.dumps(a_payload(**an_action(value="\ud800")))).status == 200
    found = read(a_payload(**an_action(value="\ud800")))
    assert isinstance(found, SlackAction)
    assert found.value == ""


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=60), max_size=6), st.binary(max_size=300))
def test_nothing_raises(headers: Mapping[str, str], body: bytes) -> None:
    assert SITE.post(body, headers) == Reply(401, "", None)
    assert SITE.post(b"payload=1", {**headers, **signed(b"payload=1")}).status == 400


_LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
_JSON = st.recursive(_LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner))


_OBJECTS = {
    "press": a_payload(view={"id": "V1"}),
    "modal": a_payload(type="view_submission", view={"id": "V1", "type": "modal", "callback_id": "ask", "state": {"values": {}}}),
    "shortcut": a_payload(type="shortcut", callback_id="ask", trigger_id="1.2"),
    "event": payloads.home_opened(Presser(user_id="U1", name="ana", at=NOW.timestamp(), trigger_id="1"), "Ev1")
    | {"team_id": "T1", "api_app_id": "A1"},
    "command": dict(payloads.command(Presser(user_id="U1", name="ana", at=NOW.timestamp(), trigger_id="1"), "/cadence", ""))
    | {"team_id": "T1", "api_app_id": "A1"},
}
_BOLT_LOOKS_AT = [
    "authorizations",
    "enterprise",
    "enterprise_id",
    "event",
    "is_ext_shared_channel",
    "item",
    "message",
    "view",
    "function_data",
]


@given(st.sampled_from(sorted(_OBJECTS)), st.data(), _JSON)
def test_no_value_of_any_field_is_an_error_of_ours(name: str, data: st.DataObject, value: object) -> None:
    """Over HTTP and in an envelope: done, refused, and never 404 or 500."""
    field = data.draw(st.sampled_from(sorted({*_OBJECTS[name], *_BOLT_LOOKS_AT})))
    changed = _OBJECTS[name] | {field: value}
    body = json.dumps(changed).encode()
    reply = SITE.post(body, signed(body) | {"Content-Type": JSON})
    assert reply.status in (200, 400, 403)
    assert SITE.envelope(changed) == reply


@given(_JSON)
def test_no_payload_is_an_error_of_ours(payload: object) -> None:
    assert post(payload).status in (400, 403)


def an_actor(user_id: str = "U1") -> Presser:
    return Presser(user_id=user_id, name="ana", at=NOW.timestamp(), trigger_id="12.T1.abc")


def posted(body: bytes, kind: str = FORM) -> Reply:
    return OPEN_SITE.post(body, signed(body) | {"Content-Type": kind})


def test_a_modal_is_read_with_everything_that_was_entered() -> None:
    text = {"type": "plain_text_input", "value": "x" * 3001}
    state = {"q": {"q": text}, "kind": {"k": {"type": "static_select", "selected_option": {"value": "value"}}}}
    state |= {
        "on": {"on": {"type": "datepicker", "selected_date": "2026-11-01"}},
        "empty": {"e": {"type": "plain_text_input", "value": None}},
    }
    state |= {"must": {"must": {"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}}}
    view = {"id": "V1", "type": "modal", "hash": "1.h", "callback_id": "ask", "private_metadata": "{}", "state": {"values": state}}

    found = read(a_payload(type="view_submission", view=view))

    assert isinstance(found, SlackSubmission)
    assert found.values == {"q": "x" * 3001, "kind": "value", "on": "2026-11-01", "empty": "", "must": "a,b"}
    assert found.event_id.startswith("view:V1:1.h:ask:")
    assert read(a_payload(type="view_submission", view=view)) == found
    again = read(a_payload(type="view_submission", view=view | {"state": {"values": state | {"q": {"q": text | {"value": "y"}}}}}))
    assert isinstance(again, SlackSubmission)
    assert again.event_id != found.event_id  # sent off again with other values after an error


def test_commands_shortcuts_events_and_home_choices_are_read() -> None:
    command = posted(urlencode(payloads.command(an_actor(), "/cadence", "pause 7")).encode()).incoming
    assert isinstance(command, SlackCommand)
    assert (command.text, command.slack_user_id) == ("pause 7", "U1")
    shortcut = posted(form(payloads.shortcut(an_actor(), "draft_statement"))).incoming
    assert isinstance(shortcut, SlackShortcut)
    assert shortcut.trigger_id == "12.T1.abc"
    opened = json.dumps(payloads.home_opened(an_actor(), "Ev1")).encode()
    assert posted(opened, "application/json; charset=utf-8").incoming == HomeOpened(
        slack_user_id="U1", team_id=payloads.TEAM_ID, event_id="event:Ev1", happened_at=NOW
    )
    picker = {"type": "timepicker", "action_id": "home_time"}
    chosen = posted(form(payloads.on_home(an_actor(), {"id": "V1"}, picker, "home_time", "09:30"))).incoming
    assert isinstance(chosen, SlackAction)
    assert (chosen.value, chosen.in_message, chosen.channel_id) == ("09:30", False, "")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"type": "message", "user": "U1"}, 200),
        ({"type": "app_home_opened", "user": "U1", "tab": "messages"}, 200),
        ({"type": "app_home_opened", "user": "u1", "tab": "home"}, 400),
        ({"type": "app_home_opened", "user": None, "tab": "home"}, 400),
        ({}, 200),
        (None, 400),
        ([], 400),
    ],
)
def test_events_not_used_are_answered_and_broken_ones_refused(event: object, expected: int) -> None:
    """Row 70: whatever order they come in, an event is known by its id."""
    payload = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event": event}
    body = json.dumps(payload).encode()
    assert SITE.envelope(payload) == SITE.post(body, signed(body) | {"Content-Type": JSON}) == Reply(expected, "", None)
    assert SITE.envelope(payload | {"team_id": "T2"}) == Reply(403, "", None)
    assert SITE.envelope(payload | {"event_id": "../x"}) == Reply(400, "", None)


@pytest.mark.parametrize(
    "change", [{"user_id": "x"}, {"command": "cadence"}, {"text": "x" * 8001}, {"trigger_id": ""}, {"command": ""}, {"team_id": "t"}]
)
def test_hostile_commands_are_refused(change: dict[str, str]) -> None:
    fields = payloads.command(an_actor(), "/cadence", "") | change
    assert posted(urlencode(fields).encode()) == Reply(400, "", None)
    assert SITE.envelope(dict(fields)) == Reply(403, "", None)  # and of another workspace


def test_what_is_not_recorded_is_said_and_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[Exception] = [StoreBusy("busy"), RuntimeError("a mistake of ours")]

    def fails(incoming: Incoming) -> SlackAnswer:
        raise failures.pop(0)

    site, body = Receiving(on_incoming=fails), form(a_payload())
    assert [site.post(body, signed(body)).status for _ in range(2)] == [503, 500]
    assert "event=slack.not_recorded code=store_busy" in caplog.messages
    assert "a mistake of ours" in caplog.text


def test_nothing_of_a_payload_is_logged_and_no_logger_of_ours_is_changed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    before = logging.getLogger("cadence").level
    for payload in (a_payload(**an_action(value="Sesame")), a_payload(type="Sesame"), a_payload(team={"id": "TSESAME"})):
        post(payload)
        SITE.envelope(payload)
    assert "sesame" not in caplog.text.lower()
    assert logging.getLogger("cadence").level == before


def test_no_variable_of_the_environment_changes_who_is_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt reads these by itself: another secret, a token, and OAuth for any workspace."""
    names = ("SIGNING_SECRET", "BOT_TOKEN", "APP_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "VERIFICATION_TOKEN")
    for name in names:
        monkeypatch.setenv(f"SLACK_{name}", "xoxb-elsewhere")
    site, body = Receiving(), form(a_payload())
    assert isinstance(site.post(body, signed(body)).incoming, SlackAction)
    other = SignatureVerifier("xoxb-elsewhere").generate_signature(timestamp=str(int(NOW.timestamp())), body=body) or ""
    assert site.post(body, signed(body) | {"X-Slack-Signature": other}).status == 401
    assert site.envelope(a_payload(team={"id": "T2"})).status == 403


def test_the_endpoint_answers_first_and_then_changes_what_is_seen() -> None:
    """A press in the stand-in goes round: signed request, answer, and then message, modal and Home tab (rows 59, 62, 71)."""
    user = StandInUser(id="U1", name="Ana", email="ana@example.com")
    with SlackStandIn([user], bot_token="xoxb-test", signing_secret=SECRET) as slack:
        transport = SlackTransport(SlackAccess(bot_token="xoxb-test", api_url=slack.api_url, per_second=None))
        receipt = transport.connect().send(SlackMessage(user_id="U1", text="before", blocks=[]))
        channel, ts = receipt.provider_id.split(":")
        shown: list[str] = []
        modal = {"type": "modal", "title": {"type": "plain_text", "text": "Hi"}, "blocks": [{"type": "divider"}]}
        home = HomeTab(view=lambda: {"type": "home", "blocks": [{"type": "divider"}]}, shown=lambda: shown.append("home"))
        answers = [
            SlackAnswer(
                message=MessageChange(channel_id=channel, message_ts=ts, content=lambda: MessageContent("recorded", [])),
                modal=modal,
                home=home,
            ),
            SlackAnswer(reply={"text": "told"}),
            SlackAnswer(),
        ]

        def on_incoming(incoming: Incoming) -> SlackAnswer:
            if not answers:
                raise StoreBusy("busy")
            return answers.pop(0)

        threads = ThreadPoolExecutor(1)
        screen = SlackScreen(transport.calls, threads=threads)
        receiver = SlackReceiver(workspace=lambda: OURS, on_incoming=on_incoming, show=screen.show_soon, now=lambda: NOW)
        endpoint = slack_endpoint(gate=Gate(signing_secret=SECRET), receiver=receiver, now=lambda: NOW)
        site = httpx.ASGITransport(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])]))
        pressed = a_payload(container={"message_ts": ts, "channel_id": channel}, trigger_id=slack.workspace.trigger("U1"))

        async def post(body: bytes, headers: dict[str, str]) -> httpx.Response:
            async with httpx.AsyncClient(transport=site, base_url="http://127.0.0.1") as client:
                return await client.post("/slack/events", content=body, headers=headers)

        def press(body: bytes = form(pressed), changes: dict[str, str] | None = None) -> httpx.Response:
            return asyncio.run(post(body, signed(body) | (changes or {})))

        assert (press().status_code, press().json(), press().content) == (200, {"text": "told"}, b"")
        threads.submit(int).result()  # behind what is shown
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
        assert press(check, {"Content-Type": "application/json"}).json() == {"challenge": "abc"}
        long = json.dumps({"type": "url_verification", "challenge": "x" * 1_000_000}).encode()
        assert press(long, {"Content-Type": "application/json"}).status_code == 413
        assert not any("evil.example.com" in str(call) for call in slack.calls)
        assert "auth.test" not in {method for method, _ in slack.calls}  # which Bolt asks by default
        screen.close()


def test_what_cannot_be_shown_is_not_an_error() -> None:
    """A Home tab that Slack refuses was not looked at; a message that is gone stays gone."""
    with SlackStandIn([], bot_token="xoxb-test", signing_secret=SECRET) as slack:
        screen = SlackScreen(SlackTransport(SlackAccess(bot_token="xoxb-test", api_url=slack.api_url, per_second=None)).calls)
        shown: list[str] = []
        home = HomeTab(view=lambda: {"type": "home", "blocks": []}, shown=lambda: shown.append("home"))
        incoming = HomeOpened(slack_user_id="U9", team_id="", event_id="e", happened_at=NOW)
        screen.show(
            incoming,
            SlackAnswer(home=home, message=MessageChange(channel_id="D9", message_ts="1.1", content=lambda: MessageContent("x", []))),
        )

        def fails() -> Any:
            raise StoreBusy("busy")

        screen.show(incoming, SlackAnswer(home=HomeTab(view=fails)))
        screen.show(incoming, SlackAnswer(message=MessageChange(channel_id="D9", message_ts="1.1", content=fails)))
        assert (shown, screen.workspace().team_id) == ([], payloads.TEAM_ID)


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
        transport = SlackTransport(SlackAccess(bot_token="xoxb-test", api_url=slack.api_url, per_second=None))
        ts = transport.connect().send(SlackMessage(user_id="U1", text="hi", blocks=[])).provider_id.split(":")[1]
        assert slack.press("U1", ts, action_id="acknowledge", value="token")[0] == 200
        assert slack.command("U1", "mine")[0] == 200
        assert slack.open_home("U1")[0] == 200
        assert slack.shortcut("U1", "ask_question")[0] == 200
    receiver.stop()

    site = Receiving(workspace=Workspace(team_id=payloads.TEAM_ID, app_id=payloads.APP_ID))
    found = [site.post(body, headers).incoming for headers, body in received]
    assert [type(one) for one in found] == [SlackAction, SlackCommand, HomeOpened, SlackShortcut]
    assert isinstance(found[0], SlackAction)
    assert (found[0].value, found[0].slack_user_id, found[0].message_ts, found[0].happened_at) == ("token", "U1", ts, NOW)
