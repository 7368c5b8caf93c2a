"""A mail about us that yields nothing stays visible: a notice names the person, and the mail waits in the mailbox with a flag.

Nothing is believed and nothing else is changed. One notice a person: while it is open, further mails only wait in the mailbox.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.channels.email.returns import Returned
from cadence.operations.returned_mail.outcomes import Ingested, repeated, sent_of
from cadence.store.database.engine import Database
from cadence.store.returned_mail import returns
from cadence.store.returned_mail.returns import Sent
from cadence.store.running import notices

#: code of the notice that a mail could not be read
UNREAD = "mail_unread"
#: code of the notice that a report of a failed delivery proves nothing
UNPROVEN = "bounce_not_proven"


def tell_unread(database: Database, mail: Returned, now: datetime) -> Ingested:
    """Tell of a mail that is none of the known kinds, when it is about one mail of ours; leave every other alone."""
    if mail.unread is None:
        return Ingested(kind=mail.kind, ours=False, outcome="not_recognised")
    with database.transaction() as connection:
        found = sent_of(connection, mail.public_ids)
        if len(found) != 1:
            return Ingested(kind=mail.kind, ours=False, outcome="not_recognised")
        (sent,) = found
        return note_unread(connection, mail, sent.person_id, sent.delivery_id, now)


def note_unread(connection: Connection, mail: Returned, person_id: int, delivery_id: int | None, now: datetime) -> Ingested:
    """Record a mail of or about a person, and raise the notice that it could not be read."""
    why = str(mail.unread or "")
    if not returns.record_mail(
        connection,
        source_id=mail.source_id,
        kind=mail.kind,
        person_id=person_id,
        delivery_id=delivery_id,
        now=now,
        detail={"unread": why},
    ):
        return repeated(mail)
    notices.raise_notice(
        connection, key=f"unread:{person_id}", role="admin", code=UNREAD, now=now, person_id=person_id, detail={"why": why}
    )
    return Ingested(kind=mail.kind, ours=True, outcome="unread", unread=True, person_id=person_id, delivery_id=delivery_id)


def tell_unproven(connection: Connection, mail: Returned, sent: Sent, now: datetime) -> Ingested:
    """Record a report that names our Message-ID and comes from nowhere near; tell the admin, count nothing."""
    if not returns.record_mail(
        connection,
        source_id=mail.source_id,
        kind=mail.kind,
        person_id=sent.person_id,
        delivery_id=sent.delivery_id,
        now=now,
        detail={"unread": "not_proven"},
    ):
        return repeated(mail)
    detail = {"from": mail.sender.rpartition("@")[2]}
    notices.raise_notice(
        connection, key=f"unproven:{sent.person_id}", role="admin", code=UNPROVEN, now=now, person_id=sent.person_id, detail=detail
    )
    return Ingested(kind=mail.kind, ours=True, outcome="not_proven", unread=True, person_id=sent.person_id, delivery_id=sent.delivery_id)
