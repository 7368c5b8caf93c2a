"""What becomes of an address when mail to it fails: suspended, counted against, restored; the admin is told each time.

Nobody is dropped: planning passes over a suspended address and takes the person's other channel, and the
notice says whether there is one. Rules: ``domain.sending.address_health``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.sending.address_health import COMPLAINT_REST, STORM_SPAN, Bounce, faded, is_storm, is_too_much
from cadence.operations.sending.outbox import Strike
from cadence.store.database.engine import Database
from cadence.store.returned_mail.returns import record_mail
from cadence.store.running import notices
from cadence.store.sending import addresses as rows
from cadence.store.sending.addresses import KnownAddress

#: code of the notice that an address is suspended
SUSPENDED = "address_suspended"
#: code of the notice that somebody's mail program reported a digest as unwanted
COMPLAINED = "complaint"
#: code of the notice that a receiver refuses us by policy
REFUSED = "mail_policy"


#: code of the notice that so many addresses bounced in a day that no more are suspended
STORM = "bounce_storm"
#: key of that notice: there is one at a time
STORM_KEY = "bounce_storm"
#: kind under which a refusal at the door is remembered beside the mails that came back
REFUSED_AT_ONCE = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureEffect:
    """What a failure did to an address. ``score``: what is counted against it afterwards; ``storm``: nothing was, for so many fail."""

    suspended: bool
    score: float
    storm: bool = False


def count_bounce(connection: Connection, address: KnownAddress, bounce: Bounce, *, reason: str, now: datetime) -> FailureEffect:
    """Count a bounce against an address; suspends it when it is hard or one too many, and tells the admin.

    When a fifth of all addresses (10 at least) were suspended within a day, the next are not, and nothing is counted against
    them either: more likely the mail system is wrong than all of them.
    """
    if bounce is Bounce.POLICY:
        domain = address.value.rpartition("@")[2]
        notices.raise_notice(
            connection, key=f"policy:{domain}", role="admin", code=REFUSED, now=now, detail={"domain": domain, "reason": reason}
        )
        return FailureEffect(suspended=False, score=address.failure_score)
    score = 1.0
    # an answer since then proves that the address works: what was counted before it is forgotten
    if address.failed_at is not None and not rows.responded_since(connection, address.person_id, address.channel, address.failed_at):
        score += faded(address.failure_score, failed_at=address.failed_at, now=now)
    if bounce is not Bounce.HARD and not is_too_much(score):
        rows.count_failure(connection, address.id, score=score, now=now)
        return FailureEffect(suspended=False, score=score)
    suspended, every = rows.suspended_since(connection, address.channel, now - STORM_SPAN)
    if is_storm(suspended=suspended, addresses=every):
        since = rows.first_suspended(connection, address.channel, now - STORM_SPAN)
        detail = {"suspended": suspended, "since": since.isoformat() if since is not None else ""}
        notices.raise_notice(connection, key=STORM_KEY, role="admin", code=STORM, now=now, detail=detail)
        return FailureEffect(suspended=False, score=address.failure_score, storm=True)
    rows.count_failure(connection, address.id, score=score, now=now)
    rows.suspend(connection, address.id, reason=reason if bounce is Bounce.HARD else "soft_bounces", now=now)
    notices.resolve_notice(connection, f"failing:{address.id}", now=now)
    tell_suspended(connection, now=now)
    return FailureEffect(suspended=True, score=score)


def count_strikes(database: Database, strikes: Sequence[Strike], *, channel: str, now: datetime) -> int:
    """Count what was refused for good at the door as what comes back is counted, each attempt once; return how many were.

    Without any, and that is the rule, nothing is read or written. A process that dies before loses the counts of its run, no more.
    """
    counted = 0
    for strike in strikes:
        with database.transaction() as connection:
            known = not record_mail(
                connection,
                source_id=f"attempt:{strike.attempt_id}",
                kind=REFUSED_AT_ONCE,
                person_id=strike.person_id,
                delivery_id=strike.delivery_id,
                now=now,
                detail={"reason": strike.reason},
            )
            address = None if known else rows.address_of(connection, strike.person_id, channel)
            if address is not None and address.suspended_at is None:
                count_bounce(connection, address, Bounce.SOFT, reason=strike.reason, now=now)
                counted += 1
    return counted


def take_back(connection: Connection, channel: str, *, since: datetime, now: datetime) -> int:
    """Take addresses back into use that were suspended at the door after ``since``; return how many.

    The first that a server in trouble refuses is alone, and its word is believed; from the second on it is known better.
    """
    taken = rows.suspended_at_the_door(connection, channel, since)
    for address_id in taken:
        rows.restore(connection, address_id)
        notices.resolve_notice(connection, f"address:{address_id}", now=now)
    return len(taken)


def count_complaint(connection: Connection, address: KnownAddress, *, now: datetime) -> None:
    """A person pressed "this is spam": longer gaps for 60 days, as "too often" has them, and the admin is told. Nothing is suspended."""
    rows.give_rest(connection, address.person_id, until=now + COMPLAINT_REST)
    notices.raise_notice(
        connection, key=f"complaint:{address.person_id}", role="admin", code=COMPLAINED, now=now, person_id=address.person_id
    )


def tell_suspended(connection: Connection, *, now: datetime) -> int:
    """Raise a notice for each suspended address without one, resolve those of addresses that are well; return how many were raised."""
    for key in rows.told_but_well(connection):
        notices.resolve_notice(connection, key, now=now)
    raised = 0
    for address in rows.untold(connection):
        raised += notices.raise_notice(
            connection,
            key=f"address:{address.id}",
            role="admin",
            code=SUSPENDED,
            now=now,
            person_id=address.person_id,
            detail={
                "channel": address.channel,
                "reason": address.suspended_reason,
                "other_channels": rows.working_channels(connection, address.person_id),
            },
        )
    return raised


def tell_of_failures(database: Database, *, now: datetime) -> int:
    """Raise the notices of addresses that were suspended while sending; return how many. Writes only when there is one."""
    with database.read() as connection:
        if not rows.untold(connection) and not rows.told_but_well(connection):
            return 0
    with database.transaction() as connection:
        return tell_suspended(connection, now=now)
