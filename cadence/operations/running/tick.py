"""Do everything that is due, once.

Order: what the dead left, what expired, what is due, what is in doubt, what is ready, what is
finished. Every step is idempotent; a tick that dies is finished by the next. With nothing to do it
costs one query and touches no person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from cadence.clock import Clock
from cadence.domain.people.retention import Retention
from cadence.domain.sending.deliveries import Channel
from cadence.operations.authoring.hold import publish_held
from cadence.operations.authoring.post_to_channel import close_posts
from cadence.operations.measuring.question_health import judge_questions
from cadence.operations.measuring.release import release
from cadence.operations.planning.plan import PlanReport, plan_due
from cadence.operations.responding.refresh_company import refresh_company
from cadence.operations.running.close_silent import close_silent
from cadence.operations.running.forget_events import forget_old_details, forget_old_events, forget_old_links
from cadence.operations.running.retain import retain
from cadence.operations.running.watch_clock import ClockWatch
from cadence.operations.sending.address_health import tell_of_failures
from cadence.operations.sending.channel_notices import tell_of_pause
from cadence.operations.sending.recover import RecoveryReport, recover
from cadence.operations.sending.reopen import reopen
from cadence.operations.sending.send import Outbox, SendReport, send_ready
from cadence.operations.sending.settle import SettleReport, settle_unknown
from cadence.store.database.engine import Database
from cadence.store.measuring import occurrence_counts
from cadence.store.planning import occurrences as occurrence_rows
from cadence.store.sending import digests as digest_rows
from cadence.store.sending import ledger

#: closed occurrences that one tick counts
_COUNTED_AT_ONCE = 50


@dataclass(slots=True)
class TickReport:
    """What one tick did, by step; ``sent`` and ``settled`` by channel."""

    recovered: RecoveryReport = field(default_factory=RecoveryReport)
    planned: PlanReport = field(default_factory=PlanReport)
    expired: int = 0
    sent: dict[str, SendReport] = field(default_factory=dict)
    settled: dict[str, SettleReport] = field(default_factory=dict)
    closed: int = 0
    #: statements and versions whose ten minutes were over
    published: int = 0
    #: deliveries that nobody responded to in time
    silent: int = 0


def tick(
    database: Database,
    outboxes: Sequence[Outbox],
    *,
    clock: Clock,
    secret: bytes,
    owner: str,
    retention: Retention | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda n: None,
    before_sending: Callable[[], None] = lambda: None,
) -> TickReport:
    """Do all that is due at ``clock.now()``; return what was done. ``before_sending`` is called once all is planned.

    retention: how long things stay; None lets nothing go.
    Raises ClockDoubted, and does nothing, when the clock cannot be right.
    """
    report, watch = TickReport(), ClockWatch(database, clock=clock)
    is_due = watch.look()
    if retention is not None:  # also where nothing is due any more
        retain(database, retention, now=clock.now(), stop=stop)
    if not is_due:
        return report
    prepare(database, clock=clock, secret=secret, owner=owner, channels=[o.channel for o in outboxes], report=report)
    before_sending()
    for outbox in outboxes:
        send_due(outbox, report=report, stop=lambda: stop() or watch.leaps(), progress=progress)
    report.closed = close(database, clock=clock)
    report.silent = listen(database, clock=clock)
    return report


def prepare(
    database: Database,
    *,
    clock: Clock,
    secret: bytes,
    owner: str,
    channels: Collection[Channel],
    report: TickReport,
    trust_leases: bool = True,
) -> None:
    """Recover, expire, publish what was held, and plan.

    trust_leases: False just after the clock was set, when none of their ends means anything.
    """
    now = clock.now()
    if trust_leases:
        report.recovered = recover(database, now=now, owner=owner)
    with database.read() as connection:
        late = ledger.any_late(connection, now=now)
    if late:
        with database.transaction() as connection:
            gone = ledger.expire_late(connection, now=now)
            digest_rows.free_statements(connection, [delivery_id for delivery_id, _ in gone])
        report.expired = len(gone)
    report.published = publish_held(database, now=now)
    report.planned = plan_due(database, now=now, secret=secret, channels=channels)


def send_due(
    outbox: Outbox, *, report: TickReport, stop: Callable[[], bool] = lambda: False, progress: Callable[[int], None] = lambda n: None
) -> None:
    """Settle doubts, send what is ready on one channel, and weigh the posts there that are old enough."""
    now = outbox.clock.now()
    if closed := reopen(outbox, now=now):
        report.settled[outbox.channel], report.sent[outbox.channel] = SettleReport(), SendReport(paused=closed)
        return
    report.settled[outbox.channel] = settle_unknown(outbox, now=now)
    with outbox.database.read() as connection:
        ready = ledger.any_ready(connection, channel=outbox.channel, now=now)
    report.sent[outbox.channel] = done = _send_alone(outbox, stop=stop, progress=progress) if ready else SendReport()
    if ready:
        tell_of_pause(outbox, done, now=outbox.clock.now())
    if done.failed:
        tell_of_failures(outbox.database, now=outbox.clock.now())
    close_posts(outbox, now=now)


def _send_alone(outbox: Outbox, *, stop: Callable[[], bool], progress: Callable[[int], None]) -> SendReport:
    """Send what is ready; a channel with a pace by one process at a time, because the pace is the service's, not the process's."""
    if outbox.transport.capabilities.messages_per_second is None:
        return send_ready(outbox, stop=stop, progress=progress)
    with outbox.database.sole(f"send:{outbox.channel}") as mine:
        return send_ready(outbox, stop=stop, progress=progress) if mine else SendReport()


def close(database: Database, *, clock: Clock) -> int:
    """Close the occurrences whose every delivery is accounted for; return how many. What is kept no longer than its time goes."""
    forget_old_events(database, now=clock.now())
    forget_old_links(database, now=clock.now())
    forget_old_details(database, now=clock.now())
    closed = 0
    with database.read() as connection:
        planned = occurrence_rows.any_planned(connection)
    if planned:
        with database.transaction() as connection:
            closed = occurrence_rows.close_finished(connection, now=clock.now())
    count_closed(database)
    return closed


def count_closed(database: Database) -> None:
    """Count what became of the deliveries of closed occurrences, each in a transaction of its own."""
    with database.read() as connection:
        waiting = occurrence_counts.to_count(connection, limit=_COUNTED_AT_ONCE)
    for occurrence_id in waiting:
        with database.transaction(durable=False) as connection:
            occurrence_counts.count_occurrence(connection, occurrence_id)


def listen(database: Database, *, clock: Clock) -> int:
    """Learn from the silence of those who did not respond in time, and close the steps of figures and questions that are due.

    What the whole company's answers teach comes first, because silence is judged by it. Return how many deliveries were closed as silent.
    """
    refresh_company(database, now=clock.now())
    silent = close_silent(database, now=clock.now())
    release(database, now=clock.now())
    judge_questions(database, now=clock.now())
    return silent
