"""All sending is stopped while a worker is in the middle of a batch: what is on its way arrives, the rest waits and goes out once."""

from __future__ import annotations

import socket
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.running.tick import TickReport, prepare, send_due
from cadence.operations.sending.outbox import Outbox
from cadence.operations.sending.send import send_ready
from cadence.operations.sending.settle import settle_unknown
from cadence.operations.sending.stopping import ListNotSeen, cancel_waiting, find_stop, list_waiting, start_sending, stop_sending
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.sending.ledger import lease_owner
from tests.fixtures.builders import NOW
from tests.fixtures.sending import (
    ScriptedTransport,
    TakenThenSilent,
    an_outbox,
    attempt_rows,
    compose_plainly,
    delivery_row,
    planned,
    states,
)

HOUR = timedelta(hours=1)


class StopsAt:
    """A mail server that takes every mail; while it takes the third, somebody in another process stops all sending."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.taken: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        if len(self.taken) == 3:
            other = Database(self.url)
            stop_sending(other, reason="an accident", until=None, actor=AT_THE_SHELL, now=NOW)
            other.close()
        return "250 taken"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def audited(database: Database) -> list[tuple[str, dict[str, Any]]]:
    with database.read() as connection:
        query = sa.select(core.audit_entries.c.action, core.audit_entries.c.after).order_by(core.audit_entries.c.id)
        return [(row.action, row.after) for row in connection.execute(query)]


def test_a_stop_in_the_middle_of_a_batch_lets_arrive_what_is_on_its_way_and_loses_nothing(
    database: Database, database_url: str, clock: FixedClock
) -> None:
    ids = planned(database, 12)
    handler = StopsAt(database_url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        transport = SmtpTransport(SmtpServer(host="127.0.0.1", port=port, helo="tests.example.com", tls="off", connections=1))
        outbox = Outbox(database=database, clock=clock, transport=transport, compose=compose_plainly, owner=lease_owner())
        report = send_ready(outbox)

        assert (report.sent, report.stopped, len(handler.taken)) == (3, True, 3)
        assert states(database) == {"sent": 3, "planned": 9}
        left = [delivery_row(database, one) for one in ids if delivery_row(database, one).state == "planned"]
        assert all(row.lease_owner is None and row.reason == "" for row in left)
        assert {a.outcome for row in left for a in attempt_rows(database, row.id)} == {"void"}
        # the next ticks of every process hold too, and ask the server nothing
        assert send_ready(outbox).stopped
        assert len(handler.taken) == 3

        assert start_sending(database, actor=AT_THE_SHELL, now=NOW) == 9
        assert send_ready(outbox).sent == 9
        outbox.close()
    finally:
        controller.stop()
    assert set(Counter(handler.taken).values()) == {1}
    assert len(handler.taken) == 12
    assert audited(database) == [("sending.stopped", {"until": None, "reason": "an accident"}), ("sending.started", {"waiting": 9})]


def test_a_stop_ends_by_itself_and_what_came_to_its_end_meanwhile_is_not_sent_late(database: Database, clock: FixedClock) -> None:
    [short, long] = planned(database, 2)
    with database.transaction() as connection:
        table = core.deliveries
        connection.execute(sa.update(table).where(table.c.id == short).values(expires_at=NOW + HOUR))
        connection.execute(sa.update(table).where(table.c.id == long).values(expires_at=NOW + 3 * HOUR))
    stop_sending(database, reason="", until=NOW + 2 * HOUR, actor=AT_THE_SHELL, now=NOW)
    waiting = list_waiting(database, now=NOW)
    assert waiting is not None
    assert (waiting.count, waiting.ending, waiting.going) == (2, 1, 1)
    assert [one.id for one in waiting.messages] == [short, long]

    transport = ScriptedTransport()
    outbox = an_outbox(database, clock, transport)
    clock.advance(HOUR)
    prepare(database, clock=clock, secret=b"x" * 32, owner=lease_owner(), channels=[outbox.channel], report=TickReport())
    assert (delivery_row(database, short).state, delivery_row(database, short).reason) == ("expired", "too_late")
    waiting = list_waiting(database, now=clock.now())
    assert waiting is not None
    assert (waiting.count, waiting.ended) == (1, 1)
    send_due(outbox, report=TickReport())
    assert not transport.tried

    clock.advance(HOUR)
    assert find_stop(database, now=clock.now()) is None
    send_due(outbox, report=TickReport())
    assert [delivery_row(database, one).state for one in (short, long)] == ["expired", "sent"]


def test_what_is_in_doubt_is_not_sent_again_while_stopped(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database, 1)
    transport = ScriptedTransport(script={"p0@example.com": [TakenThenSilent()]})
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox)
    stop_sending(database, reason="", until=None, actor=AT_THE_SHELL, now=NOW)
    clock.advance(HOUR)
    settle_unknown(outbox, now=clock.now())
    settle_unknown(outbox, now=clock.now())
    assert (delivery_row(database, delivery).state, len(attempt_rows(database, delivery))) == ("unknown", 1)
    start_sending(database, actor=AT_THE_SHELL, now=clock.now())
    settle_unknown(outbox, now=clock.now())
    assert delivery_row(database, delivery).state == "sent"


def test_cancelling_what_waits_is_by_one_or_by_all_and_frees_its_statements(database: Database, clock: FixedClock) -> None:
    ids = planned(database, 60)
    with pytest.raises(Conflict, match="not stopped"):
        cancel_waiting(database, actor=AT_THE_SHELL, now=NOW)
    stop_sending(database, reason="a  flood\n", until=None, actor=AT_THE_SHELL, now=NOW)
    with pytest.raises(ListNotSeen, match="60 messages wait"):
        start_sending(database, actor=AT_THE_SHELL, now=NOW)
    assert cancel_waiting(database, actor=AT_THE_SHELL, now=NOW, delivery_id=ids[0]) == 1
    with pytest.raises(NotFound):
        cancel_waiting(database, actor=AT_THE_SHELL, now=NOW, delivery_id=ids[0])
    assert cancel_waiting(database, actor=AT_THE_SHELL, now=NOW) == 59
    assert start_sending(database, actor=AT_THE_SHELL, now=NOW) == 0
    assert (states(database), {delivery_row(database, one).reason for one in ids}) == ({"cancelled": 60}, {"cancelled_by_hand"})
    with database.read() as connection:
        pairs = sa.select(core.exposures.c.planned_day, core.exposures.c.sent_day)
        assert all(day == sent for day, sent in connection.execute(pairs))
    assert [action for action, _ in audited(database)] == [
        "sending.stopped",
        "delivery.cancelled",
        "sending.cancelled",
        "sending.started",
    ]


def test_a_second_stop_changes_the_first_and_a_wrong_one_is_refused(database: Database) -> None:
    stop_sending(database, reason="first", until=None, actor=AT_THE_SHELL, now=NOW)
    changed = stop_sending(database, reason="second", until=NOW + HOUR, actor=AT_THE_SHELL, now=NOW)
    assert (changed.reason, changed.until) == ("second", NOW + HOUR)
    for reason, until in (("x" * 201, None), ("a\x07b", None), ("", NOW)):
        with pytest.raises(Invalid):
            stop_sending(database, reason=reason, until=until, actor=AT_THE_SHELL, now=NOW)
    assert start_sending(database, actor=AT_THE_SHELL, now=NOW) == 0
    assert find_stop(database, now=NOW) is None
