"""Settle deliveries whose outcome is unknown, by the rule of their channel.

Email cannot be asked: one resend after ten quiet minutes with the same Message-ID and Date, then a
person must look. Slack can: the message is searched in the person's DM; found, it was sent;
absent twice, it is planned again; unreadable, a person must look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from cadence.channels.base import ReadsBack
from cadence.domain.sending.retry import BACKOFF, SECOND_LOOK
from cadence.domain.sending.settled_by_hand import SettledWord
from cadence.errors import ChannelRefused, RateLimited, TemporarilyUnavailable
from cadence.operations.sending.prepare import closed_until
from cadence.operations.sending.send import Outbox, resend_unknown
from cadence.store.planning.chunks import limits_in_force
from cadence.store.sending import digests as digest_rows
from cadence.store.sending import ledger
from cadence.store.sending.delivery_log import words_said
from cadence.store.sending.journal import Journal, Outcome
from cadence.store.sending.ledger import Doubtful
from cadence.store.sending.stops import stop_in_force

#: attempt code of a message that was not found the first time
ABSENT_ONCE = "absent_once"
#: a doubtful delivery is not settled for ever
SETTLE_WITHIN = timedelta(hours=24)


@dataclass(slots=True)
class SettleReport:
    """How doubts ended: found sent, resent, planned again, or left to a person."""

    found: int = 0
    resent: int = 0
    planned_again: int = 0
    left: int = 0


def settle_unknown(outbox: Outbox, *, now: datetime) -> SettleReport:
    """Settle what is due on one channel."""
    report = SettleReport()
    with outbox.database.read() as connection:
        due = ledger.to_settle(connection, channel=outbox.channel, now=now)
    if not due:
        return report
    due, again = _settle_by_hand(outbox, due, now, report)
    if again:
        _resend(outbox, again, now, report, by_hand=True)
    if not due:
        return report
    if outbox.transport.capabilities.reads_back:
        _read_back(outbox, due, now, report)
    else:
        _resend(outbox, due, now, report)
    return report


def _settle_by_hand(outbox: Outbox, due: list[Doubtful], now: datetime, report: SettleReport) -> tuple[list[Doubtful], list[Doubtful]]:
    """Record what somebody says arrived; return what nobody spoke of, and what somebody wants sent again."""
    with outbox.database.read() as connection:
        words = words_said(connection, [d.id for d in due])
    for delivery in due:
        if words.get(delivery.id) is SettledWord.ARRIVED:
            _record_found(outbox, delivery, "", now, reply="somebody said that it arrived")
            report.found += 1
    again = [d for d in due if words.get(d.id) is SettledWord.AGAIN]
    return [d for d in due if d.id not in words], again


def _resend(outbox: Outbox, due: list[Doubtful], now: datetime, report: SettleReport, *, by_hand: bool = False) -> None:
    spent = {d.id for d in due if (d.doubts > 1 and not by_hand) or d.expires_at <= now}
    with outbox.database.transaction() as connection:
        closed = closed_until(connection, [d.id for d in due if d.id not in spent], limits=limits_in_force(connection), now=now)
        for delivery in due:
            if delivery.id in closed:
                opens = closed[delivery.id]
                if opens is None or opens >= delivery.expires_at:
                    spent.add(delivery.id)
                else:  # nobody is written to at night because a process died in the afternoon
                    ledger.look_again(connection, delivery.id, delivery.attempt_id, code=delivery.provider_code, settle_at=opens)
        ledger.leave_unknown(connection, sorted(spent), reason="in_doubt_twice", now=now)
        paused = digest_rows.channel_pause(connection, outbox.channel, now=now) or stop_in_force(connection, now=now)
    report.left += len(spent)
    again = [d.id for d in due if d.id not in spent and d.id not in closed]
    if again and not paused:
        report.resent += resend_unknown(outbox, again).sent


def _read_back(outbox: Outbox, due: list[Doubtful], now: datetime, report: SettleReport) -> None:
    reader = cast(ReadsBack, outbox.transport)
    with outbox.database.read() as connection:
        people = digest_rows.recipients_of(connection, [d.id for d in due])
    for delivery in due:
        if now - delivery.intent_at > SETTLE_WITHIN:
            with outbox.database.transaction() as connection:
                ledger.leave_unknown(connection, [delivery.id], reason="cannot_read_back", now=now)
            report.left += 1
            continue
        try:
            receipt = reader.find_sent(
                delivery.public_id, address=people[delivery.id].address or "", since=delivery.intent_at - timedelta(minutes=5)
            )
        except (RateLimited, TemporarilyUnavailable) as error:
            with outbox.database.transaction() as connection:
                ledger.look_again(
                    connection,
                    delivery.id,
                    delivery.attempt_id,
                    code=delivery.provider_code,
                    settle_at=now + (error.retry_after or BACKOFF[0]),
                )
            continue
        except Exception as error:  # also a defect of the reader: what cannot be read is never posted again
            with outbox.database.transaction() as connection:
                if isinstance(error, ChannelRefused):
                    ledger.look_again(connection, delivery.id, delivery.attempt_id, code=delivery.provider_code, settle_at=now + BACKOFF[0])
                else:
                    ledger.leave_unknown(connection, [delivery.id], reason="cannot_read_back", now=now)
                    report.left += 1
            continue
        if receipt is not None:
            _record_found(outbox, delivery, receipt.provider_id, now)
            report.found += 1
        elif delivery.provider_code == ABSENT_ONCE:
            with outbox.database.transaction() as connection:
                ledger.found_absent(connection, delivery.id, delivery.attempt_id, now=now)
            report.planned_again += 1
        else:
            with outbox.database.transaction() as connection:
                ledger.look_again(connection, delivery.id, delivery.attempt_id, code=ABSENT_ONCE, settle_at=now + SECOND_LOOK)


def _record_found(
    outbox: Outbox, delivery: Doubtful, provider_id: str, now: datetime, *, reply: str = "found in the conversation history"
) -> None:
    """The message is there: the attempt is reopened for its true outcome and recorded as any other."""
    with outbox.database.transaction() as connection:
        ledger.reopen(connection, delivery.id, delivery.attempt_id, now=now)
    journal = Journal(outbox.database)
    try:
        found = Outcome(
            attempt_id=delivery.attempt_id,
            delivery_id=delivery.id,
            person_id=delivery.person_id,
            channel=str(outbox.channel),
            state="sent",
            outcome="sent",
            at=now,
            provider_code="found",
            provider_id=provider_id,
            reply=reply,
        )
        journal.commit([found], [], at=now)
    finally:
        journal.close()
