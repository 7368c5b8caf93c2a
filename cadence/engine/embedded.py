"""The embedded engine: APScheduler wakes us, our own tables say what is due.

Four jobs, each alone in its kind: prepare (recover, expire, plan), one sender per channel, close. A
slow channel holds up neither planning nor the other channel. APScheduler keeps no state of ours
(its cron and misfire rules are not used: docs/decisions/0004-our-own-planner.md).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from cadence.clock import Clock, SystemClock
from cadence.engine.workers import Workers
from cadence.errors import ClockDoubted, StoreError
from cadence.operations.running.tick import TickReport, close, listen, prepare, send_due
from cadence.operations.running.watch_clock import ClockWatch
from cadence.operations.sending.send import Outbox
from cadence.store.database.engine import Database

log = logging.getLogger("cadence.engine")


class EmbeddedEngine:
    """Runs due work in this process until stopped."""

    def __init__(
        self,
        database: Database,
        outboxes: Sequence[Outbox],
        *,
        clock: Clock,
        secret: bytes,
        owner: str,
        tick_seconds: int,
        workers: Workers | None = None,
        chores: Mapping[str, Callable[[], object]] | None = None,
    ) -> None:
        """``chores``: id -> what else is done at each tick; each knows itself whether there is anything to do."""
        self._database = database
        self._outboxes = list(outboxes)
        self._clock = clock
        self._secret = secret
        self._owner = owner
        self._workers = workers
        self._watch = ClockWatch(database, clock=clock)
        self._stopping = threading.Event()
        self.last_tick: datetime | None = None
        self.trouble: str = ""
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None})
        every = {"trigger": "interval", "seconds": tick_seconds}
        self._scheduler.add_job(self._guard(self._prepare), id="prepare", **every)
        for outbox in self._outboxes:
            self._scheduler.add_job(self._guard(self._sender(outbox)), id=f"send-{outbox.channel}", **every)
        self._scheduler.add_job(self._guard(self._close), id="close", **every)
        for name, chore in (chores or {}).items():
            self._scheduler.add_job(self._guard(chore, always=True), id=name, **every)
        # a job that still runs when its turn comes is not news: sending may take longer than a tick
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def start(self) -> None:
        """Start; the first tick runs at once."""
        self._scheduler.start()
        self.wake()

    def wake(self, prefix: str = "") -> None:
        """Run the jobs whose id starts with ``prefix`` now instead of at their next turn."""
        for job in self._scheduler.get_jobs():
            if job.id.startswith(prefix):
                # APScheduler lives in the machine's time even where ours is injected
                job.modify(next_run_time=SystemClock().now())

    def stop(self) -> None:
        """Finish the messages under way, start no others, and end."""
        self._stopping.set()
        if self._scheduler.running:  # it is not when the service was stopped before it answered
            self._scheduler.shutdown(wait=True)

    def _prepare(self) -> None:
        report = TickReport()
        prepare(
            self._database,
            clock=self._clock,
            secret=self._secret,
            owner=self._owner,
            channels=[o.channel for o in self._outboxes],
            report=report,
            trust_leases=self._watch.trusts_leases(),
        )
        if report.planned.planned or report.planned.skipped:
            log.info("event=planned digests=%d skipped=%d", report.planned.planned, report.planned.skipped)
            self.wake("send-")

    def _sender(self, outbox: Outbox) -> Callable[[], None]:
        def send() -> None:
            report = TickReport()
            helped = self._workers if outbox.transport.capabilities.messages_per_second is None else None
            if helped is not None:
                helped.wake()
            send_due(outbox, report=report, stop=self._must_stop)
            if helped is not None:
                helped.wait()
            done = report.sent[outbox.channel]
            if done.sent or done.failed or done.unknown:
                log.info("event=sent channel=%s sent=%d failed=%d unknown=%d", outbox.channel, done.sent, done.failed, done.unknown)

        return send

    def _must_stop(self) -> bool:
        return self._stopping.is_set() or self._watch.leaps()

    def _close(self) -> None:
        close(self._database, clock=self._clock)
        listen(self._database, clock=self._clock)

    def _guard(self, job: Callable[[], object], *, always: bool = False) -> Callable[[], None]:
        """Keep the engine alive: trouble is remembered for /readyz and tried again at the next tick. Nothing runs by a doubted clock."""

        def guarded() -> None:
            if self._stopping.is_set():
                return
            try:
                if self._watch.look() or always:
                    job()
                self.last_tick = self._clock.now()
                self.trouble = ""
            except ClockDoubted as error:  # logged once, by the watch
                self.trouble = str(error)
            except StoreError as error:
                self.trouble = str(error)
                log.error("event=tick.failed reason=%s", error)
            except Exception:
                self.trouble = "an internal error; see the log"
                log.exception("event=tick.failed")

        return guarded
