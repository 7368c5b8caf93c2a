"""What every channel must do, whatever it speaks: one suite for all transports (``exercise_transport``)."""

from __future__ import annotations

from collections.abc import Callable

from cadence.channels.base import Transport
from cadence.domain.sending.deliveries import EmailEnvelope, Message, Receipt


def an_envelope(number: int = 1, *, rcpt_to: str = "ana@example.com", body: bytes = b"Hello.\r\n", smtputf8: bool = False) -> EmailEnvelope:
    """Return a small mail whose Message-ID and subject carry ``number``."""
    message_id = f"<{number}@example.com>"
    head = f"From: <cadence@example.com>\r\nTo: <ana@example.com>\r\nSubject: Nr {number}\r\nMessage-ID: {message_id}\r\n\r\n"
    return EmailEnvelope(
        mail_from="cadence@example.com", rcpt_to=rcpt_to, content=head.encode() + body, message_id=message_id, smtputf8=smtputf8
    )


def exercise_transport(transport: Transport, *, message: Callable[[int], Message], received: Callable[[], list[int]]) -> list[Receipt]:
    """Send over several connections and again after a close; every message arrives once, in order for each connection.

    ``message``: makes the message with this number; ``received``: numbers that arrived. Returns the receipts.
    """
    assert transport.capabilities.max_connections >= 1
    assert transport.check()
    assert received() == []

    first, second = transport.connect(), transport.connect()
    receipts = [first.send(message(1)), first.send(message(2)), second.send(message(3))]
    first.close()
    first.close()
    receipts.append(first.send(message(4)))
    first.close()
    second.close()

    assert all(receipt.reply for receipt in receipts)
    assert sorted(received()) == [1, 2, 3, 4]
    return receipts
