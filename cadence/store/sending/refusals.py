"""Recipients who were refused for good, as rows: what others got in the hour before, and the last word on each delivery.

A refusal is first recorded as put off and not counted, so that nothing is lost when the process dies before the run is weighed;
here it becomes a failure, a try that counts, or stays as it is. The rules: ``domain.sending.run_evidence``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.sending.run_evidence import LastHour
from cadence.store.database.core import attempts, deliveries, evidence, notices
from cadence.store.database.sql import insert_for
from cadence.store.sending.digests import end_unsent

_HOUR = timedelta(hours=1)
#: newest attempts that are looked at: more than an hour holds, and the table has no index by time
_NEWEST = 20_000


def last_hour(connection: Connection, channel: str, *, besides: Collection[int], now: datetime) -> LastHour:
    """Return what people other than ``besides`` got on ``channel`` in the hour before ``now``."""
    newest = connection.execute(sa.select(sa.func.max(attempts.c.id))).scalar() or 0
    recent = (
        sa.select(attempts.c.outcome, attempts.c.finished_at, deliveries.c.person_id, attempts.c.provider_code)
        .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
        .where(attempts.c.id > newest - _NEWEST, deliveries.c.channel == channel)
        .where(attempts.c.finished_at > now - _HOUR, attempts.c.finished_at <= now)
    ).subquery()
    taken_at = connection.execute(sa.select(sa.func.max(recent.c.finished_at)).where(recent.c.outcome == "sent")).scalar()
    refused = (
        sa.select(recent.c.person_id)
        .distinct()
        .where(recent.c.outcome.in_(("failed", "retry", "deferred")), recent.c.provider_code.startswith("5"))
    )
    if taken_at is not None:
        refused = refused.where(recent.c.finished_at > taken_at)
    others = set(connection.execute(refused).scalars()) - set(besides)
    return LastHour(taken=taken_at is not None, refused=len(others))


def is_still_put_off(connection: Connection, attempt_id: int, delivery_id: int) -> bool:
    """Return whether the delivery waits for its next try, and this attempt was its last."""
    later = attempts.alias("later")
    query = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "planned", deliveries.c.lease_owner.is_(None))
        .where(~sa.exists().where(later.c.delivery_id == delivery_id, later.c.id > attempt_id))
        .with_for_update()
    )
    return connection.execute(query).first() is not None


def fail_refused(
    connection: Connection, attempt_id: int, delivery_id: int, *, person_id: int, channel: str, reason: str, now: datetime
) -> None:
    """End a delivery that waits for its next try as failed, and free its statements for the next one."""
    connection.execute(sa.update(attempts).where(attempts.c.id == attempt_id).values(outcome="failed"))
    end_unsent(connection, delivery_id, state="failed", reason=reason, now=now)
    connection.execute(
        insert_for(connection, evidence)
        .values(
            source_id=f"failed:{delivery_id}",
            level=int(EvidenceLevel.FAILED),
            person_id=person_id,
            delivery_id=delivery_id,
            channel=channel,
            occurred_at=now,
            detail={},
        )
        .on_conflict_do_nothing(index_elements=["source_id"])
    )


def count_try(connection: Connection, attempt_id: int, delivery_id: int, *, send_after: datetime) -> None:
    """Let an attempt count as one of those after which a delivery is given up, and try again at ``send_after``."""
    connection.execute(sa.update(attempts).where(attempts.c.id == attempt_id).values(outcome="retry"))
    connection.execute(
        sa.update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == "planned").values(send_after=send_after)
    )


def uncount_tries(connection: Connection, attempt_ids: Sequence[int]) -> None:
    """Let attempts not count: they met a service in trouble."""
    connection.execute(sa.update(attempts).where(attempts.c.id.in_(attempt_ids), attempts.c.outcome == "retry").values(outcome="deferred"))


def open_keys(connection: Connection, codes: Collection[str]) -> list[str]:
    """Return the keys of the open notices of ``codes``."""
    return list(connection.execute(sa.select(notices.c.key).where(notices.c.code.in_(codes), notices.c.resolved_at.is_(None))).scalars())


def told_but_taken(connection: Connection, codes: Collection[str], *, channel: str) -> list[str]:
    """Return the keys of open notices of ``codes`` about people whose message on ``channel`` was taken since."""
    taken = sa.exists().where(
        deliveries.c.person_id == notices.c.person_id,
        deliveries.c.channel == channel,
        deliveries.c.state == "sent",
        deliveries.c.finished_at > notices.c.raised_at,
    )
    query = sa.select(notices.c.key).where(notices.c.code.in_(codes), notices.c.resolved_at.is_(None), taken)
    return list(connection.execute(query).scalars())
