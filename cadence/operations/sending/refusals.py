"""What follows when a service refuses recipients: judged together at the end of a run, so that a relay's bad day suspends nobody.

The sender pool records a refusal as put off and hands it in here; ``weigh`` gives each its fate by what others got
(``domain.sending.run_evidence``), writes it, counts against addresses and tells the admin. A process that dies before has lost nothing:
the delivery is tried again.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.sending.address_health import Bounce
from cadence.domain.sending.quoted_links import without_links
from cadence.domain.sending.reply_verdict import RefusalVerdict
from cadence.domain.sending.retry import BACKOFF, MAX_ATTEMPTS
from cadence.domain.sending.run_evidence import Fate, RefusedRecipient, RunEvidence
from cadence.errors import TransportError
from cadence.operations.sending.address_health import REFUSED, REFUSED_AT_ONCE, count_bounce, take_back
from cadence.operations.sending.outbox import Outbox, SendReport
from cadence.store.returned_mail.returns import record_mail
from cadence.store.running import notices
from cadence.store.sending import addresses
from cadence.store.sending import refusals as rows

log = logging.getLogger("cadence.send")

#: code of the notice that a mailbox takes mail from some senders only
RESTRICTED = "mailbox_restricted"
#: code of the notice that an address was refused again and nobody says why
FAILING = "address_failing"
#: code of the notice that several were refused in a row, which is held against none of them
TOGETHER = "refused_together"
#: code of the notice that one domain refuses everybody
DOMAIN_FAILING = "domain_failing"

#: suspensions at the door of so long are taken back when it turns out that everybody is refused
LOOK_BACK = timedelta(hours=1)
#: so many people put off, and none taken, are no trouble of theirs
_EVERYBODY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDelivery:
    """A delivery whose recipient was refused. ``tries``: those that count, this one with them."""

    attempt_id: int
    delivery_id: int
    person_id: int
    #: as the service was asked
    address: str
    error: TransportError
    tries: int
    expires_at: datetime

    @property
    def verdict(self) -> RefusalVerdict:
        """Whom the refusal is about, by its own words."""
        return RefusalVerdict(self.error.verdict) if self.error.verdict else RefusalVerdict.GONE

    @property
    def domain(self) -> str:
        """The domain of the address, empty when it has none."""
        return domain_of(self.address)


def domain_of(address: str) -> str:
    """Return what stands behind the @, lower case; empty for an address without one."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


class Refusals:
    """The refusals of one run, and the messages that were taken between them; used by all its threads."""

    def __init__(self, outbox: Outbox, report: SendReport) -> None:
        self._outbox = outbox
        self._report = report
        self._lock = threading.Lock()
        with outbox.database.read() as connection:
            told = notices.find_notice(connection, f"channel:{outbox.channel}")
        self._evidence = RunEvidence(refused_before=told is not None and told.resolved_at is None)
        self._refused: dict[int, RefusedDelivery] = {}
        #: attempt -> person, of messages put off by the service for now
        self._put_off: dict[int, int] = {}
        self._last: RefusedDelivery | None = None
        self._looked_back = False
        self._waiting = 0

    def take(self, address: str) -> None:
        """A message to ``address`` was taken."""
        with self._lock:
            self._evidence.take(domain_of(address))

    def put_off(self, attempt_id: int, person_id: int) -> None:
        """A message was put off by the service, which may pass."""
        with self._lock:
            self._put_off[attempt_id] = person_id

    def refuse(self, refused: RefusedDelivery) -> bool:
        """A recipient was refused; return whether the channel should stop."""
        if refused.verdict is RefusalVerdict.CHANNEL:
            self._look_back(refused.person_id)
        with self._lock:
            self._last = refused
            self._refused[refused.attempt_id] = refused
            return self._evidence.refuse(
                RefusedRecipient(key=refused.attempt_id, person_id=refused.person_id, domain=refused.domain, verdict=refused.verdict)
            )

    def why(self) -> tuple[str, str, str]:
        """Return why the channel should pause: a sentence, the service's own code, and the cause."""
        last = self._last
        if last is None:
            return "", "", ""
        people = len({one.person_id for one in self._evidence.open_block()})
        said = without_links(str(last.error)).text
        shown = f"each of the last {people} recipients was refused, the last one like this: {said}" if people > 1 else said
        return shown, last.error.provider_code or last.error.code, last.error.cause

    def weigh(self, *, now: datetime, final: bool) -> bool:
        """Write the fates that are certain; ``final``: of all. Return whether everybody is refused, so that the channel should pause."""
        if final and (self._refused or self._put_off):
            self._look_back(None)
        with self._lock:
            fates = self._evidence.rest() if final else self._evidence.closed()
            due = [(one, fate) for key, fate in fates.items() if (one := self._refused.pop(key, None)) is not None]
            people = {*self._put_off.values(), *(one.person_id for one in self._evidence.open_block())}
            passing = list(self._put_off) if final and self._is_alone() and len(people) >= _EVERYBODY else []
        acted = [(one, fate) for one, fate in due if fate is not Fate.WAIT]
        everybody = final and self._is_alone() and len(due) > len(acted)
        if acted or passing or everybody:
            with self._outbox.database.transaction() as connection:
                for one, fate in acted:
                    if rows.is_still_put_off(connection, one.attempt_id, one.delivery_id):
                        self._act(connection, one, fate, now)
                rows.uncount_tries(connection, passing)
                if everybody:
                    take_back(connection, str(self._outbox.channel), since=now - LOOK_BACK, now=now)
        pauses = final and self._evidence.is_refused()
        self._waiting += len(due) - len(acted)
        if final and not pauses:
            self._tell_together(now)
        return pauses

    def _is_alone(self) -> bool:
        """Whether nothing was taken, in this run or in the hour before."""
        return not self._evidence.taken and not self._evidence.before.taken

    def _look_back(self, person_id: int | None) -> None:
        """Read what others got in the hour before, unless this run shows more."""
        with self._lock:
            if self._evidence.taken or (person_id is not None and self._looked_back):
                return
            self._looked_back = True
            besides = {one.person_id for one in self._evidence.open_block()} | ({person_id} if person_id is not None else set())
            with self._outbox.database.read() as connection:
                self._evidence.before = rows.last_hour(connection, self._outbox.channel, besides=besides, now=self._outbox.clock.now())

    def _tell_together(self, now: datetime) -> None:
        """Tell that several were refused together; take that back when nobody was, and that of each domain of which somebody was taken."""
        key = f"refused:{self._outbox.channel}"
        if self._waiting and self._last is not None:
            error = self._last.error
            said = without_links(str(error)).text
            detail = {"channel": str(self._outbox.channel), "count": self._waiting, "reason": said, "cause": error.cause}
            with self._outbox.database.transaction() as connection:
                notices.raise_notice(connection, key=key, role="admin", code=TOGETHER, now=now, detail=detail)
        if self._evidence.taken:
            with self._outbox.database.read() as connection:
                told = rows.open_keys(connection, (TOGETHER, DOMAIN_FAILING))
            domains = {f"domain:{domain}" for domain in self._evidence.domains_taken}
            over = [one for one in told if one in domains or (one == key and not self._waiting)]
            if over:
                with self._outbox.database.transaction() as connection:
                    for one in over:
                        notices.resolve_notice(connection, one, now=now)

    def _act(self, connection: Connection, one: RefusedDelivery, fate: Fate, now: datetime) -> None:
        if fate in (Fate.PUT_OFF, Fate.PUT_OFF_COUNTED):
            again_at = now + BACKOFF[min(one.tries, len(BACKOFF)) - 1]
            if one.tries >= MAX_ATTEMPTS or again_at >= one.expires_at:
                self._fail(connection, one, "gave_up", now)
            else:
                rows.count_try(connection, one.attempt_id, one.delivery_id, send_after=again_at)
            self._tell(connection, one, now)
            if fate is Fate.PUT_OFF_COUNTED:
                self._count(connection, one, Bounce.SOFT, now, source_id=f"refused:{one.delivery_id}")
        elif fate is Fate.DEAD:
            # in a storm nothing is held against anyone: the delivery stays put off
            if self._count(connection, one, Bounce.HARD, now):
                self._fail(connection, one, one.error.code, now)
        else:
            self._fail(connection, one, one.error.code, now)
            if fate is Fate.COUNTED:
                self._count(connection, one, Bounce.SOFT, now, source_id=f"attempt:{one.attempt_id}")

    def _fail(self, connection: Connection, one: RefusedDelivery, reason: str, now: datetime) -> None:
        rows.fail_refused(
            connection,
            one.attempt_id,
            one.delivery_id,
            person_id=one.person_id,
            channel=str(self._outbox.channel),
            reason=reason,
            now=now,
        )
        self._report.retried -= 1
        self._report.failed += 1

    def _count(self, connection: Connection, one: RefusedDelivery, bounce: Bounce, now: datetime, *, source_id: str = "") -> bool:
        """Count a refusal against its address, a soft one once for each source; return whether it may be held against it."""
        address = addresses.address_of(connection, one.person_id, str(self._outbox.channel))
        if address is None or address.suspended_at is not None:
            return True
        if bounce is Bounce.SOFT and not record_mail(
            connection,
            source_id=source_id,
            kind=REFUSED_AT_ONCE,
            person_id=one.person_id,
            delivery_id=one.delivery_id,
            now=now,
            detail={"reason": one.error.provider_code},
        ):
            return True
        health = count_bounce(connection, address, bounce, reason=one.error.provider_code or one.error.code, now=now)
        if health.score > 1 and not health.suspended and not health.storm:
            detail = {"channel": str(self._outbox.channel), "reason": one.error.provider_code, "cause": one.error.cause}
            notices.raise_notice(
                connection, key=f"failing:{address.id}", role="admin", code=FAILING, now=now, person_id=one.person_id, detail=detail
            )
        return not health.storm

    def _tell(self, connection: Connection, one: RefusedDelivery, now: datetime) -> None:
        detail = {"domain": one.domain, "reason": one.error.provider_code, "cause": one.error.cause}
        if one.verdict is RefusalVerdict.RESTRICTED:
            key, code, person_id = f"restricted:{one.person_id}", RESTRICTED, one.person_id
        elif one.verdict is RefusalVerdict.CHANNEL:
            key, code, person_id = f"policy:{one.domain}", REFUSED, None
        elif one.verdict is RefusalVerdict.UNKNOWN:
            return  # told when it comes again (``_count``)
        else:
            key, code, person_id = f"domain:{one.domain}", DOMAIN_FAILING, None
        notices.raise_notice(connection, key=key, role="admin", code=code, now=now, person_id=person_id, detail=detail)
