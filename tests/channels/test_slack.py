"""The Slack transport against the demo's stand-in and an emulator written by others (rows 20-25)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from cadence.channels.slack.errors import retry_after
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.demo.slack_stand_in import BrokenAnswer, SlackStandIn, StandInUser
from cadence.domain.sending.deliveries import SlackMessage
from cadence.errors import (
    AddressRejected,
    ChannelRefused,
    MessageRejected,
    OutcomeUnknown,
    RateLimited,
    TemporarilyUnavailable,
    TransportError,
)
from tests.channels.exercise import exercise_transport
from tests.fixtures.slack_emulator import SlackEmulator

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
USERS = [
    StandInUser(id="U00ANA", name="Ana", email="ana@example.com"),
    StandInUser(id="U00BEN", name="Ben", email="ben@example.com", deactivated=True),
]


def a_message(number: int = 1, *, user_id: str = "U00ANA") -> SlackMessage:
    """Return a small message whose metadata and text carry ``number``."""
    return SlackMessage(
        user_id=user_id,
        text=f"Nr {number}",
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": f"Nr {number}"}}],
        metadata={"event_type": "cadence_digest", "event_payload": {"delivery": f"delivery-{number}"}},
        public_id=f"delivery-{number}",
    )


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn(USERS, bot_token="xoxb-test", signing_secret="stand-in secret") as running:
        yield running


def transport_for(slack: SlackStandIn, *, token: str = "xoxb-test") -> SlackTransport:
    return SlackTransport(SlackAccess(bot_token=token, api_url=slack.api_url, per_second=None))


def posted(slack: SlackStandIn) -> list[int]:
    return [int(message["text"].removeprefix("Nr ")) for message in slack.messages("U00ANA")]


def refusal(slack: SlackStandIn, **message: str) -> TransportError:
    with pytest.raises(TransportError) as caught:
        transport_for(slack).connect().send(a_message(**message))  # type: ignore[arg-type]
    return caught.value


def test_exercise_on_the_stand_in(slack: SlackStandIn) -> None:
    receipts = exercise_transport(transport_for(slack), message=a_message, received=lambda: posted(slack))

    assert [f"D00ANA:{message['ts']}" for message in slack.messages("U00ANA")] == [receipt.provider_id for receipt in receipts]
    arguments = next(arguments for method, arguments in slack.calls if method == "chat.postMessage")
    assert (arguments["unfurl_links"], arguments["unfurl_media"]) == (False, False)


def test_exercise_on_the_emulator(slack_emulator: SlackEmulator) -> None:
    ana = slack_emulator.user_ids["ana@example.com"]
    transport = SlackTransport(SlackAccess(bot_token=slack_emulator.bot_token, api_url=slack_emulator.base_url, per_second=None))
    channel = str(slack_emulator.client().conversations_open(users=ana)["channel"]["id"])
    before = slack_emulator.client().conversations_history(channel=channel)["messages"]

    def received() -> list[int]:
        messages = slack_emulator.client().conversations_history(channel=channel)["messages"]
        return [int(message["text"].removeprefix("Nr ")) for message in messages[: len(messages) - len(before)]]

    receipts = exercise_transport(transport, message=lambda number: a_message(number, user_id=ana), received=received)

    found = transport.find_sent("delivery-2", address=ana, since=LONG_AGO)
    assert found is not None
    assert found.provider_id == receipts[1].provider_id
    assert transport.find_sent("delivery-99", address=ana, since=LONG_AGO) is None


def test_a_sent_message_is_found_on_any_page(slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.channels.slack.webapi._PAGE", 2)
    transport = transport_for(slack)
    receipts = [transport.connect().send(a_message(number)) for number in range(1, 8)]
    for number, receipt in enumerate(receipts, start=1):
        found = transport.find_sent(f"delivery-{number}", address="U00ANA", since=LONG_AGO)
        assert found is not None
        assert found.provider_id == receipt.provider_id
    assert transport.find_sent("delivery-8", address="U00ANA", since=LONG_AGO) is None
    assert transport.find_sent("delivery-1", address="U00ANA", since=datetime.now(UTC) + timedelta(hours=1)) is None


def test_a_history_without_end_cannot_be_read(slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.channels.slack.webapi._PAGE", 1)
    transport = transport_for(slack)
    for number in range(1, 23):
        transport.connect().send(a_message(number))
    with pytest.raises(OutcomeUnknown):
        transport.find_sent("delivery-1", address="U00ANA", since=LONG_AGO)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1", 1),
        ("30", 30),
        ("3600", 900),
        (None, 30),
        ("abc", 30),
        ("1.5", 30),
        ("-1", 30),
        ("Fri, 01 Jan 2027", 30),
        ("9" * 5000, 30),
    ],
)
def test_retry_after_is_read_or_replaced(slack: SlackStandIn, value: str | None, seconds: int) -> None:
    headers = {"Retry-After": value} if value else {}
    slack.fail_next("chat.postMessage", BrokenAnswer(status=429, body=b'{"ok":false,"error":"ratelimited"}', headers=headers))

    error = refusal(slack)

    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=seconds) == retry_after(headers)
    assert posted(slack) == []


def test_after_a_long_wait_is_asked_for_nothing_is_called(slack: SlackStandIn) -> None:
    seconds = 0.0
    settings = SlackAccess(bot_token="xoxb-test", api_url=slack.api_url, per_second=None)
    transport = SlackTransport(settings, monotonic=lambda: seconds)
    slack.fail_next("chat.postMessage", BrokenAnswer(status=429, headers={"Retry-After": "60"}))
    with pytest.raises(RateLimited):
        transport.connect().send(a_message())
    calls = len(slack.calls)
    with pytest.raises(RateLimited) as caught:
        transport.connect().send(a_message())
    assert (len(slack.calls), caught.value.retry_after) == (calls, timedelta(seconds=60))
    seconds = 61.0
    transport.connect().send(a_message())
    assert posted(slack) == [1]


DOUBTFUL = [
    BrokenAnswer(status=500, body=b"oops"),
    BrokenAnswer(status=502, body=b"<html>bad gateway</html>"),
    BrokenAnswer(status=503),
    BrokenAnswer(body=b'{"ok":false,"error":"internal_error"}'),
    BrokenAnswer(body=b'{"ok":false,"error":"fatal_error"}'),
    BrokenAnswer(body=b"<html>hello</html>"),
    BrokenAnswer(body=b'{"ok":tr'),
    BrokenAnswer(body=b"{}"),
    BrokenAnswer(body=b"[]"),
    BrokenAnswer(body=b"null"),
    BrokenAnswer(body=b""),
    BrokenAnswer(body=b"\xff\xfe"),
    BrokenAnswer(body=b'{"ok":true}'),
    BrokenAnswer(body=b'{"ok":true,"channel":3,"ts":[]}'),
    BrokenAnswer(body=b"[" * 100_000),
    BrokenAnswer(drop=True),
    BrokenAnswer(drop=True, carried_out=True),
]


@pytest.mark.parametrize("fault", DOUBTFUL, ids=str)
def test_a_lost_or_broken_answer_to_a_post_leaves_the_outcome_unknown(slack: SlackStandIn, fault: BrokenAnswer) -> None:
    slack.fail_next("chat.postMessage", fault)
    error = refusal(slack)
    assert type(error) is OutcomeUnknown, error
    assert sum(method == "chat.postMessage" for method, _ in slack.calls) == 1  # the SDK tries nothing again
    assert posted(slack) == ([1] if fault.carried_out else [])


@pytest.mark.parametrize("fault", DOUBTFUL, ids=str)
def test_a_lost_or_broken_answer_before_the_post_is_passing(slack: SlackStandIn, fault: BrokenAnswer) -> None:
    slack.fail_next("conversations.open", fault)
    assert type(refusal(slack)) is TemporarilyUnavailable
    assert posted(slack) == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[(w, ChannelRefused) for w in ("invalid_auth", "token_revoked", "account_inactive", "missing_scope", "team_access_not_granted")],
        *[(w, AddressRejected) for w in ("user_disabled", "user_not_found", "cannot_dm_bot", "channel_not_found")],
        *[(w, MessageRejected) for w in ("not_in_channel", "is_archived", "msg_too_long")],
        *[(w, MessageRejected) for w in ("invalid_blocks", "msg_blocks_too_long")],
        *[
            (w, ChannelRefused)
            for w in ("accesslimited", "messages_tab_disabled", "restricted_action", "org_login_required", "team_not_found")
        ],
        *[(w, ChannelRefused) for w in ("ekm_access_denied", "team_access_not_granted", "not_allowed_token_type", "app_not_installed")],
        *[(w, AddressRejected) for w in ("user_not_in_team", "user_disabled", "cannot_dm_bot", "user_is_restricted", "cannot_dm_user")],
        *[(w, RateLimited) for w in ("message_limit_exceeded", "too_many_requests")],
        *[(w, TemporarilyUnavailable) for w in ("some_new_word", "invalid_arguments", "team_added_to_org", "a")],
    ],
)
def test_refusals_are_classed_with_a_remedy(slack: SlackStandIn, word: str, expected: type[TransportError]) -> None:
    slack.fail_next("chat.postMessage", BrokenAnswer(body=b'{"ok":false,"error":"%s","needed":"chat:write"}' % word.encode()))
    error = refusal(slack)
    assert type(error) is expected
    assert error.provider_code == word
    assert word in str(error)
    assert word != "missing_scope" or "chat:write" in str(error)


def test_people_who_cannot_be_reached(slack: SlackStandIn) -> None:
    assert type(refusal(slack, user_id="U00BEN")) is AddressRejected
    assert type(refusal(slack, user_id="U0NOBODY")) is AddressRejected


def test_a_wrong_token_refuses_the_channel_and_is_not_shown(slack: SlackStandIn) -> None:
    with pytest.raises(ChannelRefused, match="bot token is wrong") as caught:
        transport_for(slack, token="xoxb-wrong").check()
    assert "xoxb-wrong" not in str(caught.value)


def test_missing_scopes_are_named(slack: SlackStandIn) -> None:
    slack.fail_next("auth.test", BrokenAnswer(body=b'{"ok":true,"team":"T"}', headers={"X-OAuth-Scopes": "chat:write,users:read"}))
    with pytest.raises(ChannelRefused, match="im:history, im:write"):
        transport_for(slack).check()


def test_nobody_listens(slack: SlackStandIn) -> None:
    slack._server.stop()
    with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
        transport_for(slack).connect().send(a_message())


def test_an_address_that_is_not_slack_is_told(slack: SlackStandIn) -> None:
    slack.fail_next("conversations.open", BrokenAnswer(status=404, body=b"<html>not here</html>"))
    assert "slack.api_url" in str(refusal(slack))
