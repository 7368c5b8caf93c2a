"""Socket Mode over a real WebSocket: slack-sdk's client, the stand-in's server, and the inbox behind them (row 27)."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest

from cadence.demo import slack_payloads as payloads
from cadence.demo.slack_sockets import MOST
from cadence.demo.web_socket import accept_key
from cadence.errors import StoreBusy
from cadence.slack_app.socket_mode import SocketModeListener
from cadence.store.database import tables
from tests.fixtures.builders import a_person, a_statement
from tests.fixtures.slack_side import ANA, APP_TOKEN, SlackTown, slack_town


@pytest.fixture
def town(sqlite_url: str) -> Iterator[SlackTown]:
    with slack_town(sqlite_url, app_token=APP_TOKEN) as running:
        running.slack.request_url = ""  # nothing goes over HTTP here
        yield running


@pytest.fixture
def listener(town: SlackTown) -> Iterator[SocketModeListener]:
    client = town.side.transport.client
    client.ssl = ssl.create_default_context()  # else every reconnect reads all certificates of the machine, 40 ms
    listener = SocketModeListener(client, app_token=APP_TOKEN, receiver=town.side.receiver, ping_seconds=0.02)
    listener.start()
    assert town.slack.sockets.wait_for_connections(1, seconds=20)
    yield listener
    listener.stop()


def test_a_press_a_command_an_event_and_a_modal_come_in_and_are_acknowledged(town: SlackTown, listener: SocketModeListener) -> None:
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    _, ts = town.send(ana, [asked])
    version = town.slack.workspace.version

    assert town.press(ts, "acknowledge") == (200, "")
    town.slack.workspace.wait_for_change(version, seconds=20)
    assert "✓ Acknowledged on" in town.shown(ts)
    assert len(town.rows(tables.AcknowledgementRow)) == 1

    status, text = town.slack.command(ANA, "help")
    assert (status, json.loads(text)["response_type"]) == (200, "ephemeral")

    version = town.slack.workspace.version
    assert town.slack.open_home(ANA) == (200, "")
    town.slack.workspace.wait_for_change(version, seconds=20)
    assert "What Example Ltd wants you to know" in town.home()

    version = town.slack.workspace.version
    assert town.slack.shortcut(ANA, "ask_question") == (200, "")
    town.slack.workspace.wait_for_change(version, seconds=20)
    (modal,) = town.slack.workspace.modals_of(ANA)
    assert town.slack.submit(modal.view["id"], {"question": " "})[0] == 200
    assert modal.errors == {"question": "Is empty."}
    assert town.slack.submit(modal.view["id"], {"question": "Why?"}) == (200, "")
    assert [row.text for row in town.rows(tables.QuestionRow)] == ["Why?"]


def test_no_press_is_lost_in_many_reconnects(town: SlackTown, listener: SocketModeListener, nightly: bool) -> None:
    """Refreshes, warnings and cut connections, one with each press: every press is recorded, and none twice (row 27)."""
    ana = a_person(town.database, slack=ANA)
    reconnects = 200 if nightly else 40
    statements = [a_statement(town.database, must_acknowledge=True) for _ in range(reconnects)]
    clicks = [_a_click(town, town.send(ana, [statement])[1]) for statement in statements]
    answers: list[int] = []

    for at, click in enumerate(clicks):
        connections = town.slack.sockets.connections
        pressing = Thread(target=lambda click=click: answers.append(_press_until_taken(town, click)))
        pressing.start()
        (town.slack.sockets.refresh, town.slack.sockets.warn, town.slack.sockets.drop)[at % 3]()
        pressing.join()
        assert town.slack.sockets.wait_for_connections(connections + 1, seconds=20)

    assert answers == [200] * len(clicks)
    assert town.slack.sockets.connections > reconnects
    assert sorted(row.version_id for row in town.rows(tables.AcknowledgementRow)) == [s.version_id for s in statements]
    assert len(town.rows(tables.EvidenceRow, level=4)) == len(clicks)


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # the SDK drops the socket of a refused handshake
def test_an_eleventh_connection_is_refused_and_takes_the_next_place(town: SlackTown) -> None:
    """Row 27: ten are open at most. Who is refused tries again; what is pressed meanwhile arrives on another."""
    client = town.side.transport.client
    client.ssl = ssl.create_default_context()
    ana = a_person(town.database, slack=ANA)
    clicks = [_a_click(town, town.send(ana, [a_statement(town.database, must_acknowledge=True)])[1]) for _ in range(2)]
    listeners = [SocketModeListener(client, app_token=APP_TOKEN, receiver=town.side.receiver, ping_seconds=0.02) for _ in range(MOST + 1)]
    for at, listener in enumerate(listeners):
        listener.start()
        assert town.slack.sockets.wait_for_connections(min(at + 1, MOST), seconds=20)
    assert town.slack.sockets.open_count == MOST
    assert town.slack.deliver("interactive", clicks[0])[0] == 200

    listeners[0].stop()
    assert town.slack.sockets.wait_for_connections(MOST + 1, seconds=20)
    with ThreadPoolExecutor(MOST) as pool:  # the SDK takes up to a second for each
        list(pool.map(SocketModeListener.stop, listeners[1:MOST]))

    assert town.slack.deliver("interactive", clicks[1])[0] == 200
    assert len(town.rows(tables.AcknowledgementRow)) == 2
    listeners[MOST].stop()


def test_what_is_not_recorded_is_not_acknowledged_and_comes_again(
    town: SlackTown, listener: SocketModeListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, asked = a_person(town.database, slack=ANA), a_statement(town.database, must_acknowledge=True)
    payload = _a_click(town, town.send(ana, [asked])[1])

    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("busy")

    with monkeypatch.context() as patched:
        patched.setattr("cadence.slack_app.presses.acknowledge", busy)
        assert town.slack.sockets.deliver("interactive", payload, seconds=0.5) == (False, None)
    assert town.slack.sockets.deliver("interactive", payload, seconds=20) == (True, None)
    assert town.slack.sockets.deliver("interactive", payload, seconds=20) == (True, None)
    assert town.slack.sockets.deliver("interactive", {"type": "nonsense"}, seconds=20) == (True, None)
    assert len(town.rows(tables.AcknowledgementRow)) == 1


def test_a_socket_stops_though_the_sdk_begins_to_read_meanwhile(town: SlackTown, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's reading thread takes the flag back that ends it when it starts while the socket is closed (2 stops of 500)."""
    listener = SocketModeListener(town.side.transport.client, app_token=APP_TOKEN, receiver=town.side.receiver, ping_seconds=0.02)
    listener.start()
    assert town.slack.sockets.wait_for_connections(1, seconds=20)
    client = listener._handler.client
    disconnect = client.disconnect

    def disconnect_late() -> None:
        disconnect()
        client.current_session_state.terminated = False

    monkeypatch.setattr(client, "disconnect", disconnect_late)
    stopping = Thread(target=listener.stop, daemon=True)
    stopping.start()
    stopping.join(30)
    assert not stopping.is_alive()


def test_a_wrong_app_token_is_refused(town: SlackTown) -> None:
    listener = SocketModeListener(town.side.transport.client, app_token="xapp-wrong", receiver=town.side.receiver)
    with pytest.raises(Exception, match="invalid_auth"):
        listener.start()
    listener.stop()


def test_the_handshake_is_that_of_the_rfc() -> None:
    """RFC 6455 section 1.3 gives this pair."""
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def _a_click(town: SlackTown, ts: str) -> dict[str, Any]:
    """Return the payload of a press on the newest message."""
    message = town.slack.messages(ANA)[-1]
    assert message["ts"] == ts
    return payloads.in_message(town.slack.actor(ANA), message, {"type": "button"}, "acknowledge", town.buttons(ts)["acknowledge"])


def _press_until_taken(town: SlackTown, click: dict[str, Any]) -> int:
    """Press as a person does who is told "try again" when the connection broke under them."""
    for _ in range(5):
        status, _ = town.slack.deliver("interactive", click)
        if status == 200:
            return status
    return status
