"""PostgreSQL dies and its workers live: nobody is lost, and only what was on the network may be sent twice."""

from __future__ import annotations

import threading
from datetime import timedelta

from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Message
from cadence.errors import StoreError
from cadence.operations.running.tick import tick
from cadence.store.database import migrations
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.postgres import MortalServer
from tests.fixtures.sending import ScriptedTransport, address_of, an_outbox, states

PEOPLE, CONNECTIONS = 40, 3
#: messages before the server dies, each time
DEATHS = (10, 21, 33)


def test_at_most_one_copy_for_each_connection_and_crash(mortal_server: MortalServer) -> None:
    migrations.upgrade(mortal_server.url)
    database = Database(mortal_server.url)
    occurrence, statement = an_occurrence(database, a_cadence(database), state="planned"), a_statement(database)
    for _ in range(PEOPLE):
        a_delivery(database, a_person(database), [statement], state="planned", occurrence_id=occurrence)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
    tried: list[Message] = []
    lock = threading.Lock()

    def die_now_and_then(message: Message) -> None:
        with lock:
            tried.append(message)
            if len(tried) in DEATHS:
                mortal_server.crash()

    clock = FixedClock(NOW)
    transport = ScriptedTransport(max_connections=CONNECTIONS, before=die_now_and_then)
    outbox = an_outbox(database, clock, transport)
    failed = 0
    while set(states(database)) != {"sent"} and clock.now() < NOW + timedelta(hours=3):
        try:
            tick(database, [outbox], clock=clock, secret=b"s" * 32, owner=outbox.owner)
        except StoreError:
            failed += 1
        clock.advance(timedelta(minutes=11))
    database.close()
    assert failed == len(DEATHS)
    assert len({address_of(message) for message in transport.taken}) == PEOPLE
    assert len(transport.taken) - PEOPLE <= len(DEATHS) * CONNECTIONS
