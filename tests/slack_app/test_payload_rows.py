"""Rows 59 to 72 of the catalogue of bad input: each row over a real connection, with the ledger behind it.

What is about the request itself (59 to 61, 63, 67, 69) comes signed over HTTP; what a payload holds comes over HTTP and through a
Socket Mode WebSocket alike. After each row nothing is recorded that should not be, and an honest press still is.
"""

from __future__ import annotations

import http.client
import json
import ssl
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import uvicorn
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.routing import Route

from cadence.assembly.site import SiteContext, build_site
from cadence.channels.slack.directory import read_directory
from cadence.demo import slack_payloads as payloads
from cadence.demo.page_server import PageReply, PageRequest, PageServer
from cadence.demo.slack_stand_in import StandInUser
from cadence.operations.people.erase_person import erase_person
from cadence.operations.people.sync_people import sync_people
from cadence.slack_app.socket_mode import SocketModeListener
from cadence.store.database import tables
from tests.fixtures.builders import NOW, a_person, a_statement
from tests.fixtures.mail_servers import wait_for
from tests.fixtures.sending import change
from tests.fixtures.slack_side import ANA, APP_TOKEN, BEN, SECRET, SlackTown, slack_town

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would like another HTTP client than the one the suite pins
    from starlette.testclient import TestClient

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
ROWS = range(59, 73)
#: rows in which the request itself is odd: a WebSocket of Slack's own has no signature and no body
BY_HTTP = {59, 60, 61, 63, 67, 69}
WRITTEN = (tables.AcknowledgementRow, tables.TapRow, tables.CheckAnswerRow, tables.QuestionRow, tables.EvidenceRow)


class Reader:
    """Ana, who was sent a statement that waits for her acknowledgement, and what forgers send in her name."""

    def __init__(self, town: SlackTown) -> None:
        self.town = town
        self.person = a_person(town.database, email="ana@example.com", slack=ANA, name="Ana")
        self.statement = a_statement(town.database, must_acknowledge=True, title="Mend first")
        self.delivery, self.ts = town.send(self.person, [self.statement])
        self.value = town.buttons(self.ts)["acknowledge"]
        self.before = self.written()

    def press(self, **changed: Any) -> dict[str, Any]:
        """Return the payload of her press, with parts of it replaced."""
        town = self.town
        message = next(m for m in town.slack.messages(ANA) if m["ts"] == self.ts)
        return payloads.in_message(town.slack.actor(ANA), message, {"type": "button"}, "acknowledge", self.value) | changed

    def action(self, **changed: Any) -> dict[str, Any]:
        """Return her press with parts of its action replaced."""
        payload = self.press()
        return payload | {"actions": [payload["actions"][0] | changed]}

    def written(self) -> list[int]:
        """Return how many rows of each kind are on record."""
        return [len(self.town.rows(table)) for table in WRITTEN]

    def nothing_is_recorded(self) -> bool:
        """Return whether the record is as it was, and that an honest press is still taken after it."""
        same = self.written() == self.before
        self.town.clock.advance(timedelta(seconds=1))  # another press than any before, which Slack would only have repeated
        assert self.town.slack.deliver("interactive", self.press())[0] == 200
        return same and len(self.town.rows(tables.AcknowledgementRow)) == 1


@pytest.fixture
def town(sqlite_url: str) -> Iterator[SlackTown]:
    """Slack's side behind the service's own web server."""
    with slack_town(sqlite_url) as running:
        site = Starlette(routes=[Route("/slack/events", running.side.endpoint(), methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(site, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        wait_for(lambda: server.started, "the web server did not start")
        port = server.servers[0].sockets[0].getsockname()[1]
        running.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        yield running
        server.should_exit = True
        thread.join()


@pytest.fixture(params=["HTTP", "Socket Mode"])
def either(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[SlackTown]:
    """Slack's side reached over HTTP, and over a WebSocket."""
    if request.param == "HTTP":
        with slack_town(sqlite_url) as running:
            yield running
        return
    with slack_town(sqlite_url, app_token=APP_TOKEN) as running:
        running.slack.request_url = ""
        client = running.side.transport.client
        client.ssl = ssl.create_default_context()
        listener = SocketModeListener(client, app_token=APP_TOKEN, receiver=running.side.receiver, ping_seconds=0.5)
        listener.start()
        assert running.slack.sockets.wait_for_connections(1, seconds=20)
        yield running
        listener.stop()


def form(payload: object) -> bytes:
    return urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)}).encode()


def post(town: SlackTown, body: bytes, *, timestamp: str | None = None, signature: str | None = None, kind: str = FORM) -> int:
    """Return the status of a request with these headers; without ``signature`` it is signed rightly for its timestamp."""
    stated = str(int(town.clock.now().timestamp())) if timestamp is None else timestamp
    rightly = SignatureVerifier(SECRET).generate_signature(timestamp=stated, body=body) if signature is None else signature
    parts = urlsplit(town.slack.request_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": stated, "X-Slack-Signature": rightly or ""}
        connection.request("POST", parts.path, body, {name: value for name, value in headers.items() if value != "absent"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_row_59_a_bad_or_absent_signature_is_refused(town: SlackTown) -> None:
    reader = Reader(town)
    body = form(reader.press())
    other = SignatureVerifier("another secret").generate_signature(timestamp=str(int(town.clock.now().timestamp())), body=body)
    for signature in ("", "absent", "v0=", "v0=" + "0" * 64, "v1=" + "0" * 64, "0" * 64, other, "v0=" + "g" * 64):
        assert post(town, body, signature=signature) == 401, signature
    assert post(town, body, timestamp="absent", signature=other) == 401
    assert reader.nothing_is_recorded()


def test_row_60_odd_and_old_timestamps_are_refused_though_rightly_signed(town: SlackTown) -> None:
    reader = Reader(town)
    body, now = form(reader.press()), int(town.clock.now().timestamp())
    odd = (
        "abc",
        "",
        "1.5",
        "9" * 5_000,
        "1_7",
        f"{now}_0",
        f" {now}",
        f"+{now}",
        f"-{now}",
        "0x10",
        "１７",
        str(now + 301),
        str(now - 301),
    )
    for timestamp in odd:
        try:
            status = post(town, body, timestamp=timestamp)
        except (UnicodeEncodeError, ValueError):  # cannot stand in a header
            status = 401
        assert status in (400, 401, 431), timestamp
        assert reader.written() == reader.before
    for near in (now - 300, now + 300):
        assert post(town, b"x", timestamp=str(near)) == 400, "signed and near enough, so it is read"
    assert reader.nothing_is_recorded()


def test_row_61_bodies_that_are_not_utf_8_and_signatures_that_are_not_ascii_are_refused(town: SlackTown) -> None:
    reader = Reader(town)
    for body in (b"\xff\xfe", b"payload=\xff", form(reader.press()) + b"\xff"):
        assert post(town, body, signature="v0=" + "0" * 64) == 401
    for signature in ("v0=\xe9" + "0" * 63, "v0=" + "\xff" * 64, "\xa0"):
        assert post(town, form(reader.press()), signature=signature) == 401
    assert post(town, b"payload=%FF%FE") == 400
    assert reader.nothing_is_recorded()


def test_row_62_a_replay_within_five_minutes_records_nothing_twice(either: SlackTown) -> None:
    reader = Reader(either)
    payload = reader.press()
    assert [either.slack.deliver("interactive", payload)[0] for _ in range(5)] == [200] * 5
    either.clock.advance(timedelta(minutes=4))
    assert either.slack.deliver("interactive", payload)[0] == 200
    assert len(either.rows(tables.AcknowledgementRow)) == 1
    assert len(either.rows(tables.EvidenceRow, level=4)) == 1


def test_row_63_a_right_signature_of_another_workspace_is_refused(town: SlackTown) -> None:
    """The app is told by its signing secret; what a payload says of it is believed by nobody."""
    reader = Reader(town)
    town.side._learn_workspace()
    for team in ({"id": "T0OTHER"}, {"id": ""}, {}, None, "T0OTHER"):
        assert post(town, form(reader.press(team=team))) in (400, 403), team
    actor = town.slack.actor(ANA)
    assert post(town, urlencode(payloads.command(actor, "/cadence", "mine") | {"team_id": "T0OTHER"}).encode()) == 403
    event = payloads.home_opened(actor, "Ev1") | {"team_id": "T0OTHER"}
    assert post(town, json.dumps(event).encode(), kind=JSON) == 403
    assert town.slack.workspace.homes == {}
    assert reader.nothing_is_recorded()


def test_row_64_changed_values_and_other_peoples_deliveries_record_nothing(either: SlackTown) -> None:
    reader = Reader(either)
    ben = a_person(either.database, email="ben@example.com", slack=BEN)
    _, other = either.send(ben, [reader.statement], to=BEN)
    theirs = either.buttons(other, user=BEN)["acknowledge"]
    reader.before = reader.written()
    flipped = [reader.value[:at] + ("A" if reader.value[at] != "A" else "B") + reader.value[at + 1 :] for at in range(0, 51, 5)]
    for value in (theirs, "", "x", reader.value + "=", reader.value[:-1], "x" * 2_000, "x" * 2_001, "\x00", *flipped):
        either.slack.deliver("interactive", reader.action(value=value))
        assert reader.written() == reader.before, value
    for action_id in ("approve", "check:9", "check:x", "undo", "x" * 256, ""):
        either.slack.deliver("interactive", reader.action(action_id=action_id))
        assert reader.written() == reader.before, action_id
    assert reader.nothing_is_recorded()


def test_row_65_only_the_reader_themselves_may_press(either: SlackTown) -> None:
    """Somebody unknown, deactivated, a guest, from another company (Connect), a bot: the button was not sent to any of them."""
    reader = Reader(either)
    a_person(either.database, email="ben@example.com", slack=BEN)
    a_person(either.database, email="gone@example.com", slack="U0GONE", deactivated_at=NOW)
    people: list[Any] = [
        {"id": BEN},
        {"id": "U0STRANGER"},
        {"id": "U0GONE"},
        {"id": "U0GUEST", "is_restricted": True},
        {"id": "U0CONNECT", "team_id": "T0PARTNER", "is_stranger": True},
        {"id": "W0ENTERPRISE"},
        {"id": "B0BOT", "is_bot": True},
        {"id": "USLACKBOT"},
        {"id": ""},
        {"id": f"{ANA}'; --"},
        {"id": ["U00ANA"]},
        {},
        None,
    ]
    for user in people:
        either.slack.deliver("interactive", reader.press(user=user))
        assert reader.written() == reader.before, user
    change(either.database, tables.PersonRow, reader.person, deactivated_at=NOW)
    either.slack.deliver("interactive", reader.press())
    assert reader.written() == reader.before, "somebody who left"
    change(either.database, tables.PersonRow, reader.person, deactivated_at=None)
    assert reader.nothing_is_recorded()


def test_row_66_two_clicks_at_once_are_one_and_late_clicks_none(either: SlackTown) -> None:
    reader, town = Reader(either), either
    change(town.database, tables.StatementRow, reader.statement.id, withdrawn_at=NOW)
    assert town.slack.deliver("interactive", reader.press())[0] == 200
    assert reader.written() == reader.before, "withdrawn"
    change(town.database, tables.StatementRow, reader.statement.id, withdrawn_at=None)
    town.clock.advance(timedelta(seconds=1))
    presses = [reader.press(), reader.press()]
    with ThreadPoolExecutor(2) as pool:
        assert [status for status, _ in pool.map(lambda one: town.slack.deliver("interactive", one), presses)] == [200, 200]
    assert len(town.rows(tables.AcknowledgementRow)) == 1

    late = a_statement(town.database, must_acknowledge=True)
    _, reader.ts = town.send(reader.person, [late])
    reader.value = town.buttons(reader.ts)["acknowledge"]
    town.clock.advance(timedelta(days=15))
    town.slack.deliver("interactive", reader.press())
    assert len(town.rows(tables.AcknowledgementRow)) == 1, "expired"
    _, reader.ts = town.send(reader.person, [a_statement(town.database, must_acknowledge=True)])
    reader.value = town.buttons(reader.ts)["acknowledge"]
    erased = reader.press()
    erase_person(town.database, "ana@example.com", now=town.clock.now())
    kept = town.rows(tables.AcknowledgementRow)
    town.slack.deliver("interactive", erased)
    assert town.rows(tables.AcknowledgementRow) == kept, "erased"


def test_row_67_malformed_payloads_are_refused(town: SlackTown) -> None:
    reader = Reader(town)
    press, actions = reader.press(), reader.press()["actions"]
    odd: list[object] = [
        "[" * 10_000,
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        json.dumps(press)[:-1] + ', "type": "block_actions"}',
        "not json",
        "5",
        "null",
        "",
        {name: part for name, part in press.items() if name != "actions"},
        press | {"actions": []},
        press | {"actions": None},
        press | {"actions": actions * 2},
        press | {"actions": [7]},
        press | {"type": "message_action"},
        press | {"type": None},
        press | {"container": None, "channel": None, "message": None},
    ]
    for payload in odd:
        assert post(town, form(payload)) == 400, str(payload)[:60]
    for body in (b"", b"x", b"other=1", form(press) + b"&" + form(press), b"a=1&" * 31 + form(press)):
        assert post(town, body) == 400
    assert post(town, json.dumps(press).encode()[:-1], kind=JSON) == 400
    assert reader.nothing_is_recorded()


def test_row_67_odd_payloads_through_the_socket_are_passed_over(either: SlackTown) -> None:
    reader = Reader(either)
    press = reader.press()
    for kind, payload in (
        ("interactive", press | {"actions": []}),
        ("interactive", press | {"actions": None}),
        ("interactive", press | {"type": "message_action"}),
        ("interactive", {}),
        ("events_api", {"type": "event_callback"}),
        ("events_api", {}),
    ):
        status, answer = either.slack.deliver(kind, payload)
        assert status in (200, 400), payload
        assert answer == ""
    assert reader.nothing_is_recorded()


def test_row_68_a_text_that_is_too_long_and_a_modal_that_is_stale(either: SlackTown) -> None:
    reader, town = Reader(either), either
    version = town.slack.workspace.version
    assert town.slack.shortcut(ANA, "ask_question")[0] == 200
    town.slack.workspace.wait_for_change(version, seconds=20)
    modal = town.modal()
    for text in ("x" * 3_001, "x" * 100_000, " ", ""):
        town.slack.submit(modal.view["id"], {"question": text})
        assert modal.errors.keys() == {"question"}, len(text)
    assert town.rows(tables.QuestionRow) == []
    assert town.slack.submit(modal.view["id"], {"question": "Why?"}) == (200, "")
    assert [row.text for row in town.rows(tables.QuestionRow)] == ["Why?"]

    stale = payloads.submitted(town.slack.actor(ANA), modal.view, {"question": "Why?"})
    town.slack.deliver("interactive", stale)  # sent off again from another device, its answer long known
    assert len(town.rows(tables.QuestionRow)) <= 2
    for view in ({"id": "V0UNKNOWN", "callback_id": "nothing_of_ours"}, {"id": "../V1"}, {"id": ""}, {"private_metadata": "x" * 3_001}):
        before = len(town.rows(tables.QuestionRow))
        town.slack.deliver("interactive", stale | {"view": stale["view"] | {"hash": "9.9"} | view})
        assert len(town.rows(tables.QuestionRow)) == before, view
    reader.before = reader.written()
    assert reader.nothing_is_recorded()


def test_row_69_the_address_check_takes_no_megabyte(town: SlackTown) -> None:
    for challenge, status in (("x" * 1_000_000, 413), ("x" * 900_000, 400), ("x" * 1_001, 400), ("", 400), (5, 400), ("abc", 200)):
        assert post(town, json.dumps({"type": "url_verification", "challenge": challenge}).encode(), kind=JSON) == status


def test_row_70_events_that_come_again_and_out_of_order_are_known_by_their_id(either: SlackTown) -> None:
    reader, town = Reader(either), either
    events = [payloads.home_opened(town.slack.actor(ANA), f"Ev{n}") for n in range(3)]
    for event in (*reversed(events), *events, events[1] | {"event_time": 1}):
        assert town.slack.deliver("events_api", event)[0] == 200
    assert sorted(row.id for row in town.rows(tables.SlackEventRow)) == ["event:Ev0", "event:Ev1", "event:Ev2"]
    reader.before = reader.written()
    assert reader.nothing_is_recorded()


def test_row_71_no_response_url_is_ever_called(either: SlackTown) -> None:
    reader, asked = Reader(either), []

    def receive(request: PageRequest) -> PageReply:
        asked.append(request)
        return PageReply()

    elsewhere = PageServer({"POST /evil": receive, "GET /evil": receive})
    elsewhere.start()
    try:
        for url in (f"{elsewhere.url}/evil", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "x", None):
            either.slack.deliver("interactive", reader.press(response_url=url, response_urls=[{"response_url": url}]))
            command = payloads.command(either.slack.actor(ANA), "/cadence", "mine") | {"response_url": str(url)}
            assert either.slack.deliver("slash_commands", command)[0] == 200
    finally:
        elsewhere.stop()
    assert asked == []
    assert len(either.rows(tables.AcknowledgementRow)) == 1
    assert not any("evil" in str(call) or "169.254" in str(call) for call in either.slack.calls)


def test_row_72_display_names_are_text_wherever_they_are_shown(town: SlackTown) -> None:
    name = "<script>alert(1)</script> *bold* <!channel> <https://evil.example|corp> & co"
    town.slack.users["U0EVE0001"] = StandInUser(id="U0EVE0001", name=name, email="eve@example.com")
    with town.database.transaction() as connection:
        sync_people(connection, read_directory(town.side.transport.calls), now=town.clock.now(), default_zone="UTC")
    (eve,) = town.rows(tables.PersonRow, email="eve@example.com")
    assert eve.name == name
    statement = a_statement(town.database, title="Mend first")
    town.send(eve.id, [statement], to="U0EVE0001")
    version = town.slack.workspace.version
    town.slack.shortcut("U0EVE0001", "ask_question")
    town.slack.workspace.wait_for_change(version, seconds=20)
    town.slack.submit(town.modal("U0EVE0001").view["id"], {"question": "Why? <img src=x> <!here>"})
    assert len(town.rows(tables.QuestionRow)) == 1
    shown = json.dumps([town.slack.messages("U0EVE0001"), town.slack.workspace.homes], ensure_ascii=False)
    assert "<!channel>" not in shown
    assert "<https://evil" not in shown

    app = town.side.app
    context = SiteContext(
        database=app.database,
        clock=app.clock,
        links=app.links,
        company_name="Example Ltd",
        base_url="https://cadence.example.com",
        admin_password=SecretStr("correct horse battery"),
        zone="UTC",
    )
    with TestClient(build_site(context), base_url="https://cadence.example.com", client=("203.0.113.9", 5000)) as admin:
        admin.auth = ("admin", "correct horse battery")
        for address in ("/questions", "/", "/explain?email=eve@example.com"):
            page = admin.get(address)
            assert page.status_code == 200
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; *bold*" in admin.get("/questions").text


def test_every_row_of_the_catalogue_is_here_and_over_both_ways_where_it_can_be() -> None:
    tests: dict[int, list[Callable[..., None]]] = {}
    for name, value in globals().items():
        if name.startswith("test_row_"):
            tests.setdefault(int(name.split("_")[2]), []).append(value)
    assert sorted(tests) == list(ROWS)
    over_both = {row for row, found in tests.items() for test in found if "either" in test.__annotations__}
    assert over_both >= set(ROWS) - BY_HTTP - {72}
