"""Rows 20 to 25 of the fault matrix, each through the whole path: ledger, crew, Slack transport, and a Slack that misbehaves.

The rest of these rows at the transport alone: tests/channels/test_slack.py and test_slack_pacing.py. Rows 26 and 27
are about what comes in: tests/slack_app/test_interactions.py and its neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.slack.errors import _MESSAGE_REMEDIES, _PERSON_REMEDIES
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.clock import FixedClock
from cadence.demo.slack_stand_in import BrokenAnswer, SlackStandIn, StandInUser
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.retry import BACKOFF, CHANNEL_PAUSE, SECOND_LOOK, SETTLE_AFTER
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.running.notices import list_notices
from cadence.operations.running.tick import TickReport, send_due, tick
from cadence.operations.sending.eta import paces_of, still_to_send
from cadence.operations.sending.outbox import Outbox
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.planning import chunks as planning
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.sending import ScriptedTransport, an_outbox, attempt_rows, delivery_row, planned, states

QUIET = SETTLE_AFTER[Channel.SLACK]


@dataclass
class Bench:
    """A database, a Slack, and the outbox between them; ``go`` sends and settles what is due."""

    database: Database
    slack: SlackStandIn
    clock: FixedClock
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = SlackAccess(bot_token="xoxb-test", api_url=self.slack.api_url, per_second=None)
        transport = SlackTransport(
            settings, monotonic=lambda: sum(self.slept) + (self.clock.now() - NOW).total_seconds(), sleep=self.slept.append
        )
        # the scripted transport's composer is used; the transport is the real one
        self.outbox: Outbox = an_outbox(self.database, self.clock, ScriptedTransport(channel=Channel.SLACK))
        self.outbox.transport = transport

    def go(self, *, after: timedelta = timedelta(0)) -> TickReport:
        self.clock.advance(after)
        report = TickReport()
        send_due(self.outbox, report=report)
        return report

    def posts(self) -> int:
        return sum(method == "chat.postMessage" for method, _ in self.slack.calls)

    def messages(self) -> int:
        return len(self.slack.messages())

    def notices(self) -> list[Any]:
        with self.database.read() as connection:
            return list_notices(connection)

    def pause(self) -> tuple[datetime | None, str]:
        table = core.channel_status
        with self.database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.channel == "slack")).one_or_none()
        return (None, "") if row is None else (row.paused_until, row.reason)


@pytest.fixture
def bench(sqlite_url: str) -> Iterator[Bench]:
    users = [StandInUser(id=f"U{n}", name=f"P{n}", email=f"p{n}@example.com") for n in range(30)]
    database, clock = Database(sqlite_url), FixedClock(NOW)
    with SlackStandIn(users, bot_token="xoxb-test", signing_secret="stand-in secret", clock=clock) as slack:
        yield Bench(database, slack, clock)
    database.close()


def word(error: str, **content: str) -> BrokenAnswer:
    return BrokenAnswer(body=json.dumps({"ok": False, "error": error, **content}).encode())


def limited(value: str | None) -> BrokenAnswer:
    return BrokenAnswer(status=429, body=b'{"ok":false,"error":"ratelimited"}', headers={"Retry-After": value} if value else {})


# --- row 20 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("1", 1), ("30", 30), ("3600", 900), (None, 30), ("abc", 30), ("1.5", 30), ("-1", 30), ("Fri, 01 Jan 2027", 30)],
)
def test_row_20_a_429_waits_as_asked_is_not_counted_and_doubles_nothing(bench: Bench, value: str | None, seconds: int) -> None:
    ids = planned(bench.database, 3, channel="slack")
    bench.slack.fail_next("chat.postMessage", limited(value))
    bench.go()
    waiting = [delivery_row(bench.database, i) for i in ids if delivery_row(bench.database, i).state == "planned"]
    assert waiting
    assert max(w.send_after for w in waiting) == NOW + timedelta(seconds=seconds)
    bench.go(after=timedelta(seconds=seconds))
    bench.go(after=timedelta(seconds=1))
    assert states(bench.database) == {"sent": 3}
    assert (bench.messages(), bench.posts()) == (3, 4)
    outcomes = [a.outcome for i in ids for a in attempt_rows(bench.database, i)]
    assert outcomes.count("sent") == 3
    assert set(outcomes) <= {"sent", "deferred", "void"}, "none of them counts as a try"


def test_row_20_a_long_rest_pauses_the_channel_for_its_length_and_asks_once(bench: Bench) -> None:
    """Thirty messages wait for one answer, not for thirty: no thread sleeps, no attempt is used up, nobody is alarmed."""
    planned(bench.database, 30, channel="slack")
    bench.slack.fail_next("chat.postMessage", limited("600"), times=3)
    bench.go()
    assert bench.posts() <= 3, "the calls under way when Slack said it"
    assert bench.pause()[0] == NOW + timedelta(seconds=600)
    assert bench.slept == []
    bench.slack._faults["chat.postMessage"].clear()
    bench.go(after=timedelta(seconds=599))
    assert bench.messages() == 0
    bench.go(after=timedelta(seconds=2))
    assert states(bench.database) == {"sent": 30}
    assert bench.messages() == 30
    assert bench.notices() == []


def test_row_20_being_told_to_wait_while_reading_back_posts_nothing(bench: Bench) -> None:
    (delivery,) = planned(bench.database, channel="slack")
    bench.slack.fail_next("chat.postMessage", BrokenAnswer(drop=True, carried_out=True))
    bench.go()
    bench.slack.fail_next("conversations.history", limited("120"))
    bench.go(after=QUIET)
    row = delivery_row(bench.database, delivery)
    assert (row.state, row.settle_at) == ("unknown", bench.clock.now() + timedelta(seconds=120))
    bench.go(after=timedelta(seconds=120))
    assert delivery_row(bench.database, delivery).state == "sent"
    assert (bench.posts(), bench.messages()) == (1, 1)


def test_row_20_while_slack_rests_the_mails_go_out_in_their_order(bench: Bench) -> None:
    planned(bench.database, 5, channel="slack")
    occurrence = an_occurrence(bench.database, a_cadence(bench.database), state="planned")
    statement = a_statement(bench.database)
    for n in range(5):
        person = a_person(bench.database, email=f"m{n}@example.com")
        a_delivery(bench.database, person, [statement], state="planned", occurrence_id=occurrence)
    bench.slack.fail_next("chat.postMessage", limited("600"), times=3)
    mail = ScriptedTransport()
    boxes = [bench.outbox, an_outbox(bench.database, bench.clock, mail)]
    tick(bench.database, boxes, clock=bench.clock, secret=b"secret", owner=bench.outbox.owner)
    assert bench.messages() == 0
    assert mail.addresses() == [f"m{n}@example.com" for n in range(5)]


# --- row 21 -----------------------------------------------------------------------------------

BROKEN = {
    "500": BrokenAnswer(status=500),
    "502": BrokenAnswer(status=502, body=b"<html>bad gateway</html>"),
    "503": BrokenAnswer(status=503),
    "internal_error": word("internal_error"),
    "fatal_error": word("fatal_error"),
    "html 200": BrokenAnswer(body=b"<html>hello</html>"),
    "truncated": BrokenAnswer(body=b'{"ok":tr'),
    "ok missing": BrokenAnswer(body=b"{}"),
    "hang up": BrokenAnswer(drop=True),
}


@pytest.mark.parametrize(("name", "arrived"), [*((name, True) for name in BROKEN), ("500", False), ("html 200", False), ("hang up", False)])
def test_row_21_a_broken_answer_is_unknown_and_read_back_by_its_metadata(bench: Bench, name: str, arrived: bool) -> None:
    """Found: sent, never posted again. Absent twice, a minute apart: posted again. Either way one message is there."""
    fault = BROKEN[name]
    (delivery,) = planned(bench.database, channel="slack")
    broken = BrokenAnswer(status=fault.status, body=fault.body, headers=fault.headers, drop=fault.drop, carried_out=arrived)
    bench.slack.fail_next("chat.postMessage", broken)
    bench.go()
    assert delivery_row(bench.database, delivery).state == "unknown"
    bench.go(after=QUIET)
    assert delivery_row(bench.database, delivery).state == ("sent" if arrived else "unknown")
    bench.go(after=SECOND_LOOK)
    bench.go()
    assert delivery_row(bench.database, delivery).state == "sent"
    assert bench.messages() == 1
    assert bench.posts() == (1 if arrived else 2)


def test_row_21_an_answer_that_never_comes_is_read_back_and_posted_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The post is there, the answer is not: the call runs into its time limit."""
    (delivery,) = planned(bench.database, channel="slack")
    transport = bench.outbox.transport
    assert isinstance(transport, SlackTransport)
    post = transport.client.chat_postMessage

    def silent(**arguments: Any) -> Any:
        post(**arguments)
        raise TimeoutError("timed out")

    silent.__name__ = "chat_postMessage"
    with monkeypatch.context() as patched:
        patched.setattr(transport.client, "chat_postMessage", silent)
        bench.go()
    assert delivery_row(bench.database, delivery).state == "unknown"
    bench.go(after=QUIET)
    assert (delivery_row(bench.database, delivery).state, bench.messages(), bench.posts()) == ("sent", 1, 1)


# --- row 22 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("invalid_auth", "slack_token_revoked"),
        ("token_revoked", "slack_token_revoked"),
        ("account_inactive", "slack_token_revoked"),
        ("missing_scope", "slack_scope_missing"),
        ("team_access_not_granted", "channel_paused"),
    ],
)
def test_row_22_a_refused_app_pauses_the_channel_and_tells_the_admin_once(bench: Bench, said: str, code: str) -> None:
    planned(bench.database, 5, channel="slack")
    bench.slack.fail_next("chat.postMessage", word(said, needed="chat:write"), times=20)
    bench.go()
    until, reason = bench.pause()
    assert until == NOW + CHANNEL_PAUSE
    assert said in reason
    tried = bench.posts()
    for _ in range(4):
        bench.go(after=timedelta(minutes=1))
    assert bench.posts() == tried, "at most one try in five minutes"
    bench.go(after=timedelta(minutes=1))
    (notice,) = bench.notices()
    assert (notice.code, notice.role, notice.key) == (code, "admin", "channel:slack")
    assert notice.remedy
    assert said != "missing_scope" or "chat:write" in notice.sentence
    bench.slack._faults["chat.postMessage"].clear()
    bench.go(after=CHANNEL_PAUSE)
    assert states(bench.database) == {"sent": 5}
    assert bench.messages() == 5
    assert bench.notices() == [], "sending again resolves it"


@pytest.mark.parametrize("said", ["invalid_auth", "token_revoked", "account_inactive", "missing_scope", "team_access_not_granted"])
def test_row_22_while_slack_refuses_the_app_the_next_digest_takes_the_mail_where_the_cadence_allows_it(bench: Bench, said: str) -> None:
    database, clock = bench.database, bench.clock
    for n in range(8):
        a_statement(database, slug=f"s-{n}")
    a_person(database, email="p0@example.com", slack="U0", preferred_channel="slack")
    a_person(database, email="p1@example.com", slack="U1", with_address=False)
    rules: dict[str, Any] = {"days": ["tue", "wed", "thu"], "max_statements": 1}
    a_cadence(database, slug="both", channels=["slack", "email"], **rules)
    with database.transaction() as connection:
        derive_slots(connection, now=clock.now())
    mail = ScriptedTransport()
    boxes = [bench.outbox, an_outbox(database, clock, mail)]

    def until(hour: datetime) -> None:
        while clock.now() < hour:
            clock.advance(timedelta(minutes=30))
            tick(database, boxes, clock=clock, secret=b"secret", owner=bench.outbox.owner)

    for method in ("auth.test", "chat.postMessage", "conversations.open"):
        bench.slack.fail_next(method, word(said, needed="chat:write"), times=1000)
    tuesday = NOW.replace(hour=16) + timedelta(days=1)
    until(tuesday)
    assert (bench.messages(), mail.addresses()) == (0, []), "what was planned waits for Slack"
    tried = bench.posts() + sum(method == "conversations.open" for method, _ in bench.slack.calls)
    until(tuesday + timedelta(days=1))
    assert mail.addresses() == ["p0@example.com"], "who has no mail address waits for Slack"
    assert len(bench.notices()) == 1
    assert tried <= 2, "the service is probed without a message"
    for method in ("auth.test", "chat.postMessage", "conversations.open"):
        bench.slack._faults[method].clear()
    until(tuesday + timedelta(days=2))
    assert mail.addresses() == ["p0@example.com"]
    assert (len(bench.slack.messages("U0")), len(bench.slack.messages("U1")) >= 1) == (1, True), "Slack is taken again"
    assert bench.notices() == []


# --- row 23 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["channel_not_found", "user_not_found", "user_disabled", "cannot_dm_bot"])
def test_row_23_a_person_who_is_gone_fails_with_the_remedy_and_takes_the_other_channel_next_time(bench: Bench, said: str) -> None:
    (delivery,) = planned(bench.database, channel="slack")
    bench.slack.fail_next("conversations.open" if said != "channel_not_found" else "chat.postMessage", word(said), times=2)
    bench.go()
    row = delivery_row(bench.database, delivery)
    assert (row.state, row.reason) == ("failed", "address_rejected")
    assert f"{said}; {_PERSON_REMEDIES[said]}" in attempt_rows(bench.database, delivery)[0].reply
    with bench.database.read() as connection:
        health = planning.addresses_of(connection, [row.person_id])[row.person_id]
    assert dict(health) == {"email": False, "slack": True}
    (notice,) = bench.notices()
    assert (notice.code, notice.email) == ("address_suspended", "p0@example.com")


@pytest.mark.parametrize("said", ["not_in_channel", "is_archived"])
def test_row_23_a_conversation_that_is_closed_fails_with_the_remedy_and_the_address_stays(bench: Bench, said: str) -> None:
    (delivery,) = planned(bench.database, channel="slack")
    bench.slack.fail_next("chat.postMessage", word(said))
    bench.go()
    row = delivery_row(bench.database, delivery)
    assert (row.state, row.reason) == ("failed", "message_rejected")
    reply = attempt_rows(bench.database, delivery)[0].reply
    assert f"{said}; {_MESSAGE_REMEDIES[said]}" in reply
    assert bench.notices() == []


# --- row 24 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["msg_too_long", "invalid_blocks", "invalid_blocks_format", "no_text"])
def test_row_24_a_message_slack_cannot_take_fails_at_once_and_is_not_retried(bench: Bench, said: str) -> None:
    """Writing catches it (tests/rendering); should one get through all the same, it is not tried eight times."""
    ids = planned(bench.database, 2, channel="slack")
    bench.slack.fail_next("chat.postMessage", word(said))
    bench.go()
    bench.go(after=timedelta(hours=2))
    assert states(bench.database) == {"failed": 1, "sent": 1}
    assert sorted(len(attempt_rows(bench.database, i)) for i in ids) == [1, 1]


# --- row 25 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["not_allowed_token_type", "missing_scope", "channel_not_found", "is_archived"])
def test_row_25_what_cannot_be_read_back_is_held_and_never_posted_again(bench: Bench, said: str) -> None:
    (delivery,) = planned(bench.database, channel="slack")
    bench.slack.fail_next("chat.postMessage", BrokenAnswer(drop=True))
    bench.go()
    bench.slack.fail_next("conversations.history", word(said, needed="im:history"), times=1000)
    bench.go(after=QUIET)
    for _ in range(30):
        bench.go(after=timedelta(hours=1))
    row = delivery_row(bench.database, delivery)
    assert (row.state, row.settle_at, row.reason) == ("unknown", None, "cannot_read_back")
    assert bench.posts() == 1


def test_row_25_one_reading_a_minute_settles_in_time_and_doubles_nothing(bench: Bench) -> None:
    """A distributed app may read once a minute: each doubt waits for its turn."""
    ids = planned(bench.database, 3, channel="slack")
    bench.slack.fail_next("chat.postMessage", BrokenAnswer(drop=True, carried_out=True), times=3)
    bench.go()
    for _ in range(12):
        bench.slack._faults["conversations.history"].clear()
        bench.slack.fail_next("conversations.history", limited("60"))
        bench.go(after=QUIET)
        bench.slack._faults["conversations.history"].clear()
        bench.go(after=timedelta(seconds=61))
    assert states(bench.database) == {"sent": 3}
    assert bench.messages() == len(ids)


# --- around them ------------------------------------------------------------------------------


def test_a_workspace_that_is_being_moved_is_waited_for(bench: Bench) -> None:
    (delivery,) = planned(bench.database, channel="slack")
    bench.slack.fail_next("chat.postMessage", word("team_added_to_org"))
    bench.go()
    row = delivery_row(bench.database, delivery)
    assert (row.state, row.send_after) == ("planned", NOW + BACKOFF[0])
    bench.go(after=BACKOFF[0])
    assert (delivery_row(bench.database, delivery).state, bench.messages()) == ("sent", 1)


def test_without_name_service_nothing_is_lost_and_nothing_is_in_doubt(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (delivery,) = planned(bench.database, channel="slack")
    import socket

    def no_such_host(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", no_such_host)
        bench.go()
    row = delivery_row(bench.database, delivery)
    assert (row.state, row.send_after) == ("planned", NOW + BACKOFF[0])
    assert attempt_rows(bench.database, delivery)[0].provider_code == "connect"
    bench.go(after=BACKOFF[0])
    assert (delivery_row(bench.database, delivery).state, bench.messages()) == ("sent", 1)


def test_the_time_a_sending_takes_counts_a_conversation_for_each_person(bench: Bench) -> None:
    planned(bench.database, 30, channel="slack")
    transport = bench.outbox.transport
    assert isinstance(transport, SlackTransport)
    transport.capabilities = replace(transport.capabilities, messages_per_second=1.0)

    def expected(**more: Any) -> Any:
        with bench.database.read() as connection:
            (eta,) = still_to_send(connection, paces_of([transport]), now=bench.clock.now(), **more)
        return eta.messages, eta.openings, eta.eta_seconds

    assert expected() == (30, 30, 36)
    assert expected(besides={"slack": 30}) == (60, 60, 72)
    for number in range(30):
        transport._open(f"U{number}")
    assert expected() == (30, 30, 36), "each is asked for at each message, so none counts as open"
