"""MAIL, RCPT and DATA in one go (RFC 2920), and several conversations held by one thread."""

from __future__ import annotations

from typing import Any

import pytest

from cadence.channels.turns import Turns
from cadence.domain.sending.deliveries import Message, Receipt
from cadence.errors import AddressRejected, MessageRejected, OutcomeUnknown, TemporarilyUnavailable, TransportError
from tests.channels.exercise import an_envelope
from tests.channels.smtp_faults import CLOSE, HANG, LONG, RIGHT, FaultySmtp, Script
from tests.channels.test_smtp_faults import transport_for

#: the answer to the first message of a connection, which is sent command by command, and to those that follow
AFTER_THE_FIRST = {phase: RIGHT[phase] for phase in ("mail", "rcpt", "data", "dot")}


def second(script: Script) -> tuple[TransportError | Receipt, TransportError | Receipt, FaultySmtp]:
    """Return what became of the second and third mail on a connection whose server does ``script`` from the second on."""
    acts: dict[str, Any] = {phase: [AFTER_THE_FIRST[phase], act, AFTER_THE_FIRST[phase]] for phase, act in script.items()}
    with FaultySmtp(lambda number: acts if number == 1 else {}, pipelining=True) as server:
        connection = transport_for(server).connect()
        results: list[TransportError | Receipt] = []
        for number in range(3):
            try:
                results.append(connection.send(an_envelope(number)))
            except TransportError as error:
                results.append(error)
        connection.close()
    assert isinstance(results[0], Receipt)
    return results[1], results[2], server


def test_commands_go_together_only_when_the_server_offers_it_and_answered_in_turn_before() -> None:
    for offered, at_once in ((True, 3), (False, 1)):
        with FaultySmtp(pipelining=offered) as server:
            connection = transport_for(server).connect()
            connection.send(an_envelope(1))
            assert server.most_at_once == 1
            connection.send(an_envelope(2))
            connection.close()
        assert server.most_at_once == at_once
        assert len(server.taken) == 2


@pytest.mark.parametrize(
    ("script", "expected", "connections"),
    [
        ({}, Receipt, 1),
        ({"rcpt": b"550 5.1.1 nobody\r\n", "data": b"554 5.5.1 no valid recipients\r\n"}, AddressRejected, 1),
        # the server waits for a text that has no recipient: it gets none
        ({"rcpt": b"550 5.1.1 nobody\r\n"}, AddressRejected, 2),
        ({"mail": b"552 5.3.4 too big\r\n", "rcpt": b"503 MAIL first\r\n", "data": b"503 RCPT first\r\n"}, MessageRejected, 1),
        ({"rcpt": b"450 4.2.0 later\r\n", "data": b"503 5.5.1 no\r\n"}, TemporarilyUnavailable, 1),
        ({"data": b"451 4.3.0 not now\r\n"}, TemporarilyUnavailable, 1),
        # it hung up between two mails, or says that it will: another connection takes the mail
        ({"mail": CLOSE}, Receipt, 2),
        ({"mail": b"421 4.3.2 closing\r\n", "rcpt": CLOSE}, Receipt, 2),
        # nothing was sent yet, so it may go again
        ({"rcpt": CLOSE}, TemporarilyUnavailable, 2),
        ({"data": CLOSE}, TemporarilyUnavailable, 2),
        ({"data": HANG}, TemporarilyUnavailable, 2),
        # an answer before its time is no receipt
        ({"data": b"354 go on\r\n250 2.0.0 kept\r\n"}, TemporarilyUnavailable, 2),
        ({"dot": CLOSE}, OutcomeUnknown, 2),
    ],
)
def test_a_fault_among_commands_sent_together_is_told_and_the_next_mail_goes(script: Script, expected: type, connections: int) -> None:
    told, after, server = second(script)
    assert isinstance(told, expected), told
    assert isinstance(after, Receipt), after
    assert server.connections == connections
    assert all(b"Message-ID" in text or b"Subject" in text for text in server.taken), "no empty mail"
    assert len(server.taken) == (3 if expected is Receipt else 2)


def test_a_conversation_that_hangs_does_not_hold_up_the_others() -> None:
    with FaultySmtp(lambda number: {"dot": HANG} if number == 1 else {}, pipelining=True) as server:
        transport = transport_for(server, final_timeout=LONG)
        turns: Turns[int] = Turns()
        for number in range(4):
            turns.begin(number, transport.connect(), an_envelope(number))
        ended: list[Any] = []
        while len(ended) < 3:
            ended += turns.advance()
        for one in ended:
            assert isinstance(one.result, Receipt)
            one.connection.close()
    (last,) = turns.advance()
    assert isinstance(last.result, OutcomeUnknown)
    last.connection.close()
    assert ([one.tag for one in ended].count(last.tag), bool(turns)) == (0, False)


class _Plain:
    """A connection that sends in one piece, or ``fails`` in a way that no channel should."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails

    def send(self, message: Message) -> Receipt:
        if self.fails:
            raise ValueError("a defect")
        return Receipt(reply="taken")

    def close(self) -> None:
        """Nothing is open."""


def test_a_defect_of_the_transport_is_an_unknown_outcome_and_the_others_go_on() -> None:
    turns: Turns[str] = Turns()
    turns.begin("a", _Plain(fails=True), an_envelope(1))
    turns.begin("b", _Plain(), an_envelope(2))
    results = {one.tag: one.result for one in turns.advance()}
    assert isinstance(results["a"], OutcomeUnknown)
    assert isinstance(results["b"], Receipt)
    assert not turns
    assert turns.advance() == []
