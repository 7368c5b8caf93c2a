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
from slack_bolt.request import BoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.routing import Route

from cadence.channels.slack.endpoint import slack_endpoint
from cadence.channels.slack.interactions import Challenge, Refusal, SlackAction, SlackAnswer, SlackRequests
from cadence.channels.slack.socket_mode import build_bolt_app
from cadence.channels.slack.webapi import SlackSettings, SlackTransport
from cadence.clock import FixedClock
from cadence.demo.page_server import PageReply, PageRequest, PageServer
from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from cadence.domain.deliveries import SlackMessage
from cadence.errors import StoreBusy

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a signing secret"
REQUESTS = SlackRequests(signing_secret=SECRET, team_id="T1", app_id="A1")


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


def read(payload: object) -> SlackAction | Challenge | Refusal:
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
    )


@pytest.mark.parametrize("name", ["X-Slack-Signature", "X-Slack-Request-Timestamp"])
@pytest.mark.parametrize(
    "value",
    ["", "abc", "1.5", "-1", "1" * 5000, "1_7", " 1795424400", "+1795424400", "v0=", "v0=" + "0" * 64, "v0=ü", "１７", "nan"],
)
def test_odd_headers_are_refused(name: str, value: str) -> None:
    body = form(a_payload())
    assert status(REQUESTS.verify_and_parse(signed(body, **{name: value}), body, NOW)) == 401


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


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (a_payload(team={"id": "T2"}), 403),
        (a_payload(api_app_id="A2"), 403),
        (a_payload(team=None), 403),
        (a_payload(type="view_submission"), 400),
        (a_payload(type=["block_actions"]), 400),
        (a_payload(actions=[]), 400),
        (a_payload(actions=None), 400),
        (a_payload(actions={}), 400),
        (a_payload(actions=["x"]), 400),
        (a_payload(actions=a_payload()["actions"] * 2), 400),
        (a_payload(**an_action(type="static_select")), 400),
        (a_payload(**an_action(value="x" * 2001)), 400),
        (a_payload(**an_action(value="a\r\nb")), 400),
        (a_payload(**an_action(action_id="")), 400),
        (a_payload(**an_action(action_id="x" * 256)), 400),
        (a_payload(**an_action(action_id=5)), 400),
        (a_payload(user={"id": "u1; drop"}), 400),
        (a_payload(user={"id": ["U1"]}), 400),
        (a_payload(user="U1"), 400),
        (a_payload(container={"message_ts": "abc", "channel_id": "D1"}), 400),
        (a_payload(container={"message_ts": "1.1", "channel_id": "../etc"}), 400),
        ("[" * 10_000, 400),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, 400),
        ('{"type":"block_actions","type":"block_actions"}', 400),
        ("not json", 400),
        ("5", 400),
        ('"block_actions"', 400),
        ("", 400),
    ],
)
def test_hostile_payloads_are_refused(payload: object, expected: int) -> None:
    assert status(read(payload)) == expected


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
    found = REQUESTS.verify_and_parse(signed(body, **{"Content-Type": "application/json"}), body, NOW)
    assert found == Challenge(text=str(challenge)) if good else status(found) == 400


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=60), max_size=6), st.binary(max_size=300))
def test_nothing_raises(headers: Mapping[str, str], body: bytes) -> None:
    assert isinstance(REQUESTS.verify_and_parse(headers, body, NOW), Refusal)
    assert isinstance(REQUESTS.verify_and_parse(signed(b"payload=1"), body, NOW), Refusal)


_LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
_JSON = st.recursive(_LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner))


@given(st.sampled_from(sorted(a_payload())), _JSON)
def test_no_value_of_any_field_raises(field: str, value: object) -> None:
    assert isinstance(REQUESTS.parse(a_payload(**{field: value}), NOW), SlackAction | Refusal)


def test_socket_mode_reads_presses_the_same_way() -> None:
    pressed: list[SlackAction] = []
    with SlackStandIn([], bot_token="xoxb-test", signing_secret=SECRET) as slack:
        settings = SlackSettings(bot_token="xoxb-test", api_url=slack.api_url)
        app = build_bolt_app(settings, requests=REQUESTS, on_action=pressed.append, now=lambda: NOW)

        answer = app.dispatch(BoltRequest(mode="socket_mode", body=a_payload()))
        refused = app.dispatch(BoltRequest(mode="socket_mode", body=a_payload(team={"id": "T2"})))

    assert (answer.status, refused.status) == (200, 200)
    assert pressed == [read(a_payload())]


def test_the_endpoint_records_answers_and_changes_the_message() -> None:
    """A press in the stand-in goes round: signed request, record, answer, changed message."""
    user = StandInUser(id="U1", name="Ana", email="ana@example.com")
    with SlackStandIn([user], bot_token="xoxb-test", signing_secret=SECRET) as slack:
        transport = SlackTransport(SlackSettings(bot_token="xoxb-test", api_url=slack.api_url, per_second=None))
        receipt = transport.connect().send(SlackMessage(user_id="U1", text="before", blocks=[]))
        channel, ts = receipt.provider_id.split(":")
        answers: list[SlackAnswer | None] = [SlackAnswer(text="recorded"), None]

        def on_action(action: SlackAction) -> SlackAnswer | None:
            if not answers:
                raise StoreBusy("busy")
            return answers.pop(0)

        endpoint = slack_endpoint(requests=REQUESTS, transport=transport, on_action=on_action, now=lambda: NOW)
        site = httpx.ASGITransport(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])]))
        body = form(a_payload(container={"message_ts": ts, "channel_id": channel}))

        async def post(headers: dict[str, str]) -> int:
            async with httpx.AsyncClient(transport=site, base_url="http://127.0.0.1") as client:
                return (await client.post("/slack/events", content=body, headers=headers)).status_code

        def press(**changes: str) -> int:
            return asyncio.run(post(signed(body, **changes)))

        assert press() == 200
        assert [message["text"] for message in slack.messages("U1")] == ["recorded"]
        assert press() == 200
        assert press() == 503
        assert press(**{"X-Slack-Signature": "v0=" + "0" * 64}) == 401


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
    receiver.stop()

    found = SlackRequests(signing_secret=SECRET).verify_and_parse(*received[0], NOW)
    assert isinstance(found, SlackAction)
    assert (found.value, found.slack_user_id, found.message_ts, found.happened_at) == ("token", "U1", ts, NOW)
