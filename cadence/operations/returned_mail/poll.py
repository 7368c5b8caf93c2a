"""Read the mailbox for returned mail: now, or when it is time again.

Every mail is dealt with by itself: one that breaks us is set aside and the rest goes on; a mail is moved away only
after its consequences are committed, so a crash in between reads it again, which changes nothing. A server that
cannot be reached is left alone for longer each time, and the admin is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cadence.channels.email.mailbox import Mailbox, MailboxSettings
from cadence.clock import Clock
from cadence.domain.sending.quoted_links import without_links
from cadence.domain.sending.retry import BACKOFF
from cadence.errors import ChannelRefused, StoreError, TemporarilyUnavailable, TransportError
from cadence.operations.returned_mail.ingest import ingest_mail
from cadence.store.database.engine import Database
from cadence.store.running import notices

log = logging.getLogger("cadence.mail")

POLL_EVERY = timedelta(minutes=5)
#: mails of one visit; the next begins where it ended
MOST_AT_ONCE = 500
#: failed visits in a row before the admin is told; a refused login is told at once
TELL_AFTER = 3
UNREACHABLE = "mailbox_unreachable"
_NOTICE = "mailbox"
#: key and code of the notice that mails are dealt with and cannot be moved away
UNMOVED = "mailbox_unmoved"


@dataclass(slots=True)
class PollReport:
    """What one visit found. ``outcomes``: what followed -> mails; ``left``: not about us; ``set_aside``: flagged for a person."""

    read: int = 0
    repeated: int = 0
    left: int = 0
    set_aside: int = 0
    #: flagged and left, because a person has to read them
    unread: int = 0
    #: dealt with and put away; dealt with and left, because the server does not move them, and why
    moved: int = 0
    unmoved: int = 0
    why_unmoved: str = ""
    outcomes: dict[str, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class MailPoller:
    """Visits one mailbox from one thread; remembers where it was and when it may come again."""

    database: Database
    settings: MailboxSettings
    clock: Clock
    #: our pattern with {id}, empty for none
    return_path: str = ""
    #: addresses of ours that people answer to, lower case
    answers_to: Collection[str] = ()
    #: name of the server whose Authentication-Results count, empty for none
    trusted_authserv: str = ""
    #: host that we hand our mail to
    relay: str = ""
    #: opens a visit; replaced by tests
    visit: Callable[[MailboxSettings], Mailbox] = Mailbox
    _read_through: int = field(default=0, init=False)
    _validity: int = field(default=0, init=False)
    _failures: int = field(default=0, init=False)
    _again_at: datetime | None = field(default=None, init=False)

    def poll_due(self, stop: Callable[[], bool] = lambda: False) -> PollReport | None:
        """Visit the mailbox when it is time; return what was found, None when it is not time or it could not be read. Raises StoreError."""
        now = self.clock.now()
        # a clock that was set back must not silence us
        if self._again_at is not None and now < self._again_at <= now + BACKOFF[-1]:
            return None
        try:
            report = self.poll(stop)
        except TransportError as error:
            self._failures += 1
            self._again_at = now + BACKOFF[min(self._failures, len(BACKOFF)) - 1]
            log.warning("event=mailbox.unreachable failures=%d reason=%s", self._failures, error)
            self._tell(error, now)
            return None
        self._again_at = now + POLL_EVERY
        return report

    def poll(self, stop: Callable[[], bool] = lambda: False) -> PollReport:
        """Visit the mailbox now; return what was found. Raises TransportError and StoreError; what was done until then stays done."""
        report = PollReport()
        with self.visit(self.settings) as mailbox:
            if mailbox.uid_validity != self._validity:
                self._validity, self._read_through = mailbox.uid_validity, 0
            for uid in mailbox.uids(after=self._read_through, now=self.clock.now())[:MOST_AT_ONCE]:
                if stop():
                    break
                self._deal_with(mailbox, uid, report)
        if report.unmoved or report.moved:
            self._tell_unmoved(report)
        if self._failures or self._again_at is None:
            self._failures = 0
            self._well(_NOTICE)
        return report

    def check(self) -> str:
        """Return one line on the mailbox: that it can be read, and what waits in it; reads and moves nothing. Raises TransportError."""
        with self.visit(self.settings) as mailbox:
            waiting = len(mailbox.uids(after=0, now=self.clock.now()))
        place = f"{self.settings.folder} of {self.settings.username} at {self.settings.host}:{self.settings.port}"
        protection = "without TLS" if self.settings.tls == "off" else "over TLS"
        return f"{place} can be read {protection}; {waiting} mail{'' if waiting == 1 else 's'} of the last 14 days in it."

    def _deal_with(self, mailbox: Mailbox, uid: int, report: PollReport) -> None:
        raw = mailbox.fetch(uid)
        if raw is None:  # gone meanwhile
            self._read_through = uid
            return
        report.read += 1
        try:
            done = ingest_mail(
                self.database,
                raw,
                return_path=self.return_path,
                answers_to=self.answers_to,
                now=self.clock.now(),
                trusted_authserv=self.trusted_authserv,
                relay=self.relay,
            )
        except StoreError:
            raise  # no fault of the mail: it is read again when the database works
        except Exception:
            log.exception("event=mail.defect uid=%d", uid)
            self._read_through = uid
            report.set_aside += 1
            mailbox.set_aside(uid)
            return
        self._read_through = uid
        report.repeated += done.repeated
        report.outcomes[done.outcome] = report.outcomes.get(done.outcome, 0) + 1
        if not done.ours:
            report.left += 1
            return
        if done.unread:
            mailbox.set_aside(uid)
            report.unread += 1
            return
        try:
            mailbox.put_away(uid)
        except TemporarilyUnavailable as error:
            if error.provider_code != "move":
                raise
            log.warning("event=mail.not_moved uid=%d reason=%s", uid, error)
            report.unmoved += 1
            report.why_unmoved = str(error)
        else:
            report.moved += 1

    def _tell(self, error: TransportError, now: datetime) -> None:
        if self._failures < TELL_AFTER and not isinstance(error, ChannelRefused):
            return
        with self.database.transaction() as connection:
            notices.raise_notice(connection, key=_NOTICE, role="admin", code=UNREACHABLE, now=now, detail={"reason": str(error)})

    def _tell_unmoved(self, report: PollReport) -> None:
        if not report.unmoved:
            self._well(UNMOVED)
            return
        detail = {"reason": without_links(report.why_unmoved).text, "count": report.unmoved}
        with self.database.transaction() as connection:
            notices.raise_notice(connection, key=UNMOVED, role="admin", code=UNMOVED, now=self.clock.now(), detail=detail)

    def _well(self, key: str) -> None:
        with self.database.read() as connection:
            told = notices.find_notice(connection, key)
        if told is not None and told.resolved_at is None:
            with self.database.transaction() as connection:
                notices.resolve_notice(connection, key, now=self.clock.now())
