"""Slack has its answer once the action is recorded, and before anything is shown; repetitions are one record (row 26).

Calls of the Web API are held until a test lets them go: 2.9, 3.1 or 10 seconds are all the same to an answer that does not wait
for them. Over HTTP and over a real WebSocket. How soon the answer comes is measured by ``cadence bench ack``.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Condition, Event
from typing import Any

import pytest

from cadence.demo import slack_payloads as payloads
from cadence.slack_app.screen import AT_ONCE
from cadence.slack_app.socket_mode import SocketModeListener
from cadence.store.database import tables
from tests.fixtures.builders import a_person, a_statement
from tests.fixtures.slack_side import ANA, APP_TOKEN, SlackTown, slack_town

#: what Slack is asked to show after an answer
SHOWING = ("chat.update", "views.open", "views.publish")


@pytest.fixture(params=["http", "socket"])
def town(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[SlackTown]:
    with slack_town(sqlite_url, app_token=APP_TOKEN) as running:
        running.slack.screens = None  # these tests look before anything is shown
        if request.param == "http":
            yield running
            return
        running.slack.request_url = ""
        client = running.side.transport.client
        client.ssl = ssl.create_default_context()
        listener = SocketModeListener(client, app_token=APP_TOKEN, receiver=running.side.receiver, ping_seconds=0.02)
        listener.start()
        assert running.slack.sockets.wait_for_connections(1, seconds=20)
        yield running
        listener.stop()


class Held:
    """The calls that show something wait here until they are let go."""

    def __init__(self, town: SlackTown) -> None:
        self._go = Event()
        self._changed = Condition()
        #: calls that were let go and are done
        self.finished = 0
        methods = town.slack.workspace.methods
        methods.update({name: self._holding(methods[name]) for name in SHOWING})

    def let_go(self, *, until: int) -> None:
        """Let all calls pass, and return when so many are done since the beginning."""
        self._go.set()
        with self._changed:
            assert self._changed.wait_for(lambda: self.finished >= until, timeout=60)

    def _holding(self, method: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        def held(arguments: dict[str, Any]) -> dict[str, Any]:
            self._go.wait(60)
            answer = method(arguments)
            with self._changed:
                self.finished += 1
                self._changed.notify_all()
            return answer

        return held


def a_press(town: SlackTown, ts: str, action: str) -> dict[str, Any]:
    message = next(m for m in town.slack.messages(ANA) if m["ts"] == ts)
    return payloads.in_message(town.slack.actor(ANA), message, {"type": "button"}, action, town.buttons(ts)[action])


def test_every_answer_leaves_before_anything_is_shown(town: SlackTown) -> None:
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])
    held = Held(town)

    assert town.press(ts, "acknowledge")[0] == 200
    assert len(town.rows(tables.AcknowledgementRow)) == 1  # on record before the answer
    assert town.slack.shortcut(ANA, "ask_question")[0] == 200
    assert town.slack.open_home(ANA)[0] == 200
    assert town.slack.command(ANA, "help")[0] == 200
    assert held.finished == 0

    held.let_go(until=3)
    assert "✓ Acknowledged on" in town.shown(ts)
    assert len(town.slack.workspace.modals_of(ANA)) == 1
    assert "What Example Ltd wants you to know" in town.home()


def test_a_web_api_that_hangs_holds_up_nobody_who_comes_after(town: SlackTown) -> None:
    """More answers than there are threads to show them on, and more than Bolt's client has workers."""
    ana, count = a_person(town.database, slack=ANA), 2 * AT_ONCE + 1
    statements = [a_statement(town.database, must_acknowledge=True) for _ in range(count)]
    presses = [a_press(town, town.send(ana, [statement])[1], "acknowledge") for statement in statements]
    held = Held(town)

    assert [town.slack.deliver("interactive", press)[0] for press in presses] == [200] * count
    assert (len(town.rows(tables.AcknowledgementRow)), held.finished) == (count, 0)

    held.let_go(until=count)
    assert held.finished == count


def test_a_press_four_times_at_once_and_four_times_after_is_one_record(town: SlackTown) -> None:
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    press = a_press(town, town.send(ana, [asked])[1], "acknowledge")

    with ThreadPoolExecutor(4) as pool:
        at_once = [one.result() for one in [pool.submit(town.slack.deliver, "interactive", press) for _ in range(4)]]
    in_turn = [town.slack.deliver("interactive", press) for _ in range(4)]

    assert at_once + in_turn == [(200, "")] * 8
    assert len(town.rows(tables.AcknowledgementRow)) == 1
    assert len(town.rows(tables.EvidenceRow, level=4)) == 1


def test_an_event_that_is_retried_three_times_is_one_record(town: SlackTown) -> None:
    ana, told = a_person(town.database, slack=ANA), a_statement(town.database)
    town.send(ana, [told])
    opened, held = payloads.home_opened(town.slack.actor(ANA), "Ev1"), Held(town)

    assert [town.slack.deliver("events_api", opened)[0] for _ in range(4)] == [200] * 4

    held.let_go(until=1)
    assert len(town.rows(tables.SlackEventRow)) == 1
    assert [method for method, _ in town.slack.calls].count("views.publish") == 1


def test_press_undo_and_their_repetitions_in_any_order_end_with_the_last_wish(town: SlackTown) -> None:
    """The press comes again after it was taken back, and the undo after the second press: neither changes anything."""
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])
    held = Held(town)
    press = a_press(town, ts, "acknowledge")
    town.slack.deliver("interactive", press)
    held.let_go(until=1)
    undo = a_press(town, ts, "undo")

    town.slack.deliver("interactive", undo)
    held.let_go(until=2)
    town.slack.deliver("interactive", press)
    assert town.rows(tables.AcknowledgementRow) == []

    town.clock.advance(timedelta(seconds=1))
    town.slack.deliver("interactive", a_press(town, ts, "acknowledge"))
    town.slack.deliver("interactive", undo)
    town.slack.deliver("interactive", press)
    assert len(town.rows(tables.AcknowledgementRow)) == 1


def test_a_message_ends_with_what_is_on_record_whatever_is_shown_first(town: SlackTown) -> None:
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])
    press, held = a_press(town, ts, "acknowledge"), Held(town)
    undo = press | {"actions": [press["actions"][0] | {"action_id": "undo"}]}

    assert town.slack.deliver("interactive", press)[0] == 200
    assert town.slack.deliver("interactive", undo)[0] == 200
    assert (town.rows(tables.AcknowledgementRow), held.finished) == ([], 0)

    held.let_go(until=2)
    assert "✓ Acknowledged on" not in town.shown(ts)
    assert "acknowledge" in town.buttons(ts)
