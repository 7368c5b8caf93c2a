"""How the Slack transport keeps to the pace and the rests it is asked for, and whom it leaves in peace (row 20)."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cadence.channels.slack.disturbance import CHUNK, NOT_GRANTED_FOR, REMEMBERED
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.demo.slack_stand_in import BrokenAnswer, SlackStandIn, StandInUser
from cadence.domain.sending.deliveries import SlackMessage
from cadence.errors import AddressRejected, MessageRejected, OutcomeUnknown, RateLimited, TemporarilyUnavailable

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
USERS = [StandInUser(id=f"U00{name}", name=name, email=f"{name}@example.com") for name in ("ANA", "BEN", "CHI")]


@dataclass
class Time:
    """Seconds that pass only by sleeping."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn(USERS, bot_token="xoxb-test", signing_secret="stand-in secret") as running:
        yield running


@pytest.fixture
def time() -> Time:
    return Time()


def transport_for(slack: SlackStandIn, time: Time, *, per_second: float | None = None) -> SlackTransport:
    settings = SlackAccess(bot_token="xoxb-test", api_url=slack.api_url, per_second=per_second)
    return SlackTransport(settings, monotonic=lambda: time.now, sleep=time.sleep)


def a_message(number: int = 1, *, to: str = "U00ANA") -> SlackMessage:
    metadata = {"event_type": "cadence_delivery", "event_payload": {"delivery": f"delivery-{number}"}}
    return SlackMessage(user_id=to, text=f"Nr {number}", blocks=[], metadata=metadata, public_id=f"delivery-{number}")


def calls(slack: SlackStandIn, method: str) -> list[dict[str, Any]]:
    return [arguments for name, arguments in slack.calls if name == method]


def limited(seconds: int) -> BrokenAnswer:
    return BrokenAnswer(status=429, body=b'{"ok":false,"error":"ratelimited"}', headers={"Retry-After": str(seconds)})


def told(**content: Any) -> BrokenAnswer:
    return BrokenAnswer(body=json.dumps({"ok": True, **content}).encode())


def refused(word: str) -> BrokenAnswer:
    return BrokenAnswer(body=json.dumps({"ok": False, "error": word, "needed": "dnd:read"}).encode())


def test_posts_keep_one_second_apart_whoever_they_are_for(slack: SlackStandIn, time: Time) -> None:
    transport = transport_for(slack, time, per_second=1.0)
    for number, user in enumerate(USERS):
        transport.post(a_message(number, to=user.id))
    assert time.slept == [1.0, 1.0]
    assert len(calls(slack, "conversations.open")) == 3


def test_row_20_a_short_rest_is_waited_out_before_that_method_only(slack: SlackStandIn, time: Time) -> None:
    transport = transport_for(slack, time)
    slack.fail_next("chat.postMessage", limited(12))
    with pytest.raises(RateLimited):
        transport.post(a_message())
    assert transport.find_sent("delivery-1", address="U00ANA", since=LONG_AGO) is None
    assert time.slept == [], "reading is another method"
    transport.post(a_message())
    assert time.slept == [12.0]


def test_row_20_a_long_rest_of_one_method_holds_no_thread_and_no_other_method(slack: SlackStandIn, time: Time) -> None:
    transport = transport_for(slack, time)
    transport.post(a_message(1))
    slack.fail_next("conversations.history", limited(600))
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            transport.find_sent("delivery-1", address="U00ANA", since=LONG_AGO)
        assert caught.value.retry_after == timedelta(seconds=600)
    transport.post(a_message(2))
    assert (time.slept, len(calls(slack, "conversations.history"))) == ([], 1)
    time.now = 601.0
    assert transport.find_sent("delivery-2", address="U00ANA", since=LONG_AGO) is not None


def test_row_20_opening_a_conversation_rests_by_itself_too(slack: SlackStandIn, time: Time) -> None:
    transport = transport_for(slack, time)
    transport.post(a_message(1))
    slack.fail_next("conversations.open", limited(900))
    with pytest.raises(RateLimited):
        transport.post(a_message(2, to="U00BEN"))
    with pytest.raises(RateLimited):
        transport.post(a_message(3))
    assert len(slack.messages("U00ANA")) == 1


def test_a_conversation_is_never_used_from_memory(slack: SlackStandIn, time: Time) -> None:
    """Slack takes what is written to a deactivated person, and gives conversations other ids in an organisation."""
    transport = transport_for(slack, time)
    transport.post(a_message(1))
    slack.fail_next("conversations.open", refused("user_disabled"))
    with pytest.raises(AddressRejected, match="deactivated"):
        transport.post(a_message(2))
    transport.post(a_message(3))
    assert [m["text"] for m in slack.messages("U00ANA")] == ["Nr 1", "Nr 3"]
    assert len(calls(slack, "conversations.open")) == 3


def test_a_person_whose_conversation_stays_away_is_rejected_and_a_channel_is_not(slack: SlackStandIn, time: Time) -> None:
    transport = transport_for(slack, time)
    slack.fail_next("chat.postMessage", refused("channel_not_found"))
    with pytest.raises(AddressRejected, match="open the app once"):
        transport.post(a_message())
    slack.fail_next("chat.postMessage", refused("channel_not_found"))
    with pytest.raises(MessageRejected, match="has to invite it"):
        transport.post(a_message(to="C024BE7LR"))


# --- do-not-disturb ---------------------------------------------------------------------------


def quiet(start: timedelta, end: timedelta) -> dict[str, Any]:
    return {
        "dnd_enabled": True,
        "next_dnd_start_ts": int((NOW + start).timestamp()),
        "next_dnd_end_ts": int((NOW + end).timestamp()),
    }


def test_who_wants_quiet_is_asked_for_fifty_at_once_and_remembered(slack: SlackStandIn, time: Time) -> None:
    transport = transport_for(slack, time)
    people = [f"U{n:04d}" for n in range(CHUNK + 10)]
    hour = timedelta(hours=1)
    first = {people[0]: quiet(-hour, hour), people[1]: quiet(hour, 2 * hour), people[2]: {"dnd_enabled": False}}
    slack.fail_next("dnd.teamInfo", told(users=first))
    slack.fail_next("dnd.teamInfo", told(users={people[CHUNK]: {"snooze_enabled": True, "snooze_endtime": int(NOW.timestamp()) + 60}}))

    found = transport.quiet_until([*people, "C024BE7LR"], now=NOW)

    assert found == {people[0]: NOW + hour, people[CHUNK]: NOW + timedelta(minutes=1)}
    assert [len(call["users"].split(",")) for call in calls(slack, "dnd.teamInfo")] == [CHUNK, 10]
    later = NOW + REMEMBERED - timedelta(seconds=1)
    assert transport.quiet_until(people, now=later) == {people[0]: NOW + hour}, "the snooze is over"
    assert transport.quiet_until(people[1:2], now=NOW + hour) == {people[1]: NOW + 2 * hour}, "what was told stays when it cannot be asked"
    assert len(calls(slack, "dnd.teamInfo")) == 3


@pytest.mark.parametrize("fault", [refused("missing_scope"), refused("unknown_method")], ids=["missing_scope", "unknown_method"])
def test_without_the_permission_nobody_counts_as_disturbed_and_slack_is_not_asked_again(
    slack: SlackStandIn, time: Time, fault: BrokenAnswer
) -> None:
    transport = transport_for(slack, time)
    slack.fail_next("dnd.teamInfo", fault, times=2)
    assert transport.quiet_until(["U00ANA"], now=NOW) == {}
    assert transport.quiet_until(["U00ANA"], now=NOW + NOT_GRANTED_FOR / 2) == {}
    assert len(calls(slack, "dnd.teamInfo")) == 1
    transport.quiet_until(["U00ANA"], now=NOW + NOT_GRANTED_FOR)
    assert len(calls(slack, "dnd.teamInfo")) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"ok":true}',
        b'{"ok":true,"users":[]}',
        b'{"ok":true,"users":{"U00ANA":7}}',
        b'{"ok":true,"users":{"U00ANA":{"dnd_enabled":true,"next_dnd_start_ts":"x","next_dnd_end_ts":null}}}',
        b'{"ok":true,"users":{"U00ANA":{"dnd_enabled":true,"next_dnd_start_ts":1,"next_dnd_end_ts":1e300}}}',
        b'{"ok":true,"users":{"U00ANA":{"dnd_enabled":true,"next_dnd_start_ts":1,"next_dnd_end_ts":253370000000}}}',
    ],
)
def test_what_slack_says_in_riddles_disturbs_nobody(slack: SlackStandIn, time: Time, body: bytes) -> None:
    slack.fail_next("dnd.teamInfo", BrokenAnswer(body=body))
    assert transport_for(slack, time).quiet_until(["U00ANA"], now=NOW) == {}


def test_members_of_a_channel_are_read_to_the_end_or_not_at_all(slack: SlackStandIn, time: Time) -> None:
    transport = transport_for(slack, time)
    slack.fail_next("conversations.members", told(members=["U1", "U2"], response_metadata={"next_cursor": "more"}))
    slack.fail_next("conversations.members", limited(45))
    slack.fail_next("conversations.members", told(members=["U3"], response_metadata={"next_cursor": ""}))
    assert transport.members("C024BE7LR") == ["U1", "U2", "U3"]
    assert time.slept == [45.0]
    slack.fail_next("conversations.members", told(members=["U1"], response_metadata={"next_cursor": "again"}), times=2)
    with pytest.raises(TemporarilyUnavailable, match="without end"):
        transport.members("C024BE7LR")


def test_row_21_silence_after_the_post_has_left_is_in_doubt() -> None:
    """A server that takes the request and never answers: nobody knows whether the message is there."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/api/"
        transport = SlackTransport(SlackAccess(bot_token="xoxb-test", api_url=url, per_second=None, timeout=1))
        with pytest.raises(OutcomeUnknown, match="after the message had left: TimeoutError"):
            transport.post(a_message(to="D00ANA"))
        with pytest.raises(TemporarilyUnavailable):
            transport.find_sent("delivery-1", address="D00ANA", since=LONG_AGO)
