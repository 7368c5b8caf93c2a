"""Deal with one mail that came back: believe it or not, and record what follows, once.

A bounce acts when it came to the unguessable return path of a mail of ours, or returns its Message-ID and came from where the mail went;
one about another address, as of a mail that was forwarded, is counted and suspends nobody by itself. What is not believed changes nothing.
A mail that was delivered stays "sent" when it bounces later; its fact is taken back.
A mail about us that yields nothing is shown to a person, never dropped: ``unread``. Answers of people: ``answers``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.channels.email.bounces import FailedRecipient
from cadence.channels.email.returns import Returned, ReturnKind, read_return
from cadence.channels.registry import MAIL
from cadence.domain.people.addresses import parse_email
from cadence.domain.sending.address_health import Bounce, judge_bounce
from cadence.domain.sending.quoted_links import without_links
from cadence.domain.sending.report_origin import came_from_there
from cadence.errors import Invalid
from cadence.operations.responding.learn import relearn
from cadence.operations.returned_mail.answers import take_answer
from cadence.operations.returned_mail.outcomes import Ingested, repeated, sent_of
from cadence.operations.returned_mail.unread import tell_unproven, tell_unread
from cadence.operations.sending.address_health import count_bounce, count_complaint
from cadence.store.database.engine import Database
from cadence.store.returned_mail import returns
from cadence.store.returned_mail.returns import Sent
from cadence.store.sending import addresses

log = logging.getLogger("cadence.mail")


#: recipients that a provider of complaints has made unreadable (RFC 6590)
_REDACTED = re.compile(r"redact|hidden|anonym|removed|withheld|undisclosed|xxx|[*=]|^[0-9a-f]{12,}@|^[a-z0-9+/_-]{24,}@", re.IGNORECASE)


def ingest_mail(
    database: Database,
    raw: bytes,
    *,
    return_path: str,
    answers_to: Collection[str],
    now: datetime,
    trusted_authserv: str = "",
    relay: str = "",
) -> Ingested:
    """Read one mail and record what follows; return what did. The same mail again does nothing.

    return_path: our pattern with {id}, empty for none. answers_to: addresses of ours that people answer to, lower case, patterns too.
    trusted_authserv: name of the server whose ``Authentication-Results`` count. relay: host that we hand our mail to.
    Never raises for what is in the mail; StoreError when the database cannot be used.
    """
    mail = read_return(raw, return_path=return_path, trusted_authserv=trusted_authserv)
    with database.read() as connection:
        before = returns.known_mail(connection, mail.source_id)
    if before is not None:
        # whoever has to read it still has: a process may have died between the record and the flag
        return repeated(mail, unread="unread" in before)
    if mail.kind is ReturnKind.BOUNCE:
        done = _bounce(database, mail, relay, answers_to, bool(trusted_authserv), now)
    elif mail.kind is ReturnKind.COMPLAINT:
        done = _complaint(database, mail, now)
    elif mail.kind is ReturnKind.REPLY:
        done = take_answer(database, mail, answers_to, now)
    elif mail.kind is ReturnKind.OTHER:
        done = tell_unread(database, mail, now)
    else:
        done = _counted(database, mail, now)
    log.info("event=mail.ingested kind=%s outcome=%s delivery=%s source=%s", done.kind, done.outcome, done.delivery_id, mail.source_id)
    return done


def _bounce(database: Database, mail: Returned, relay: str, own: Collection[str], checked: bool, now: datetime) -> Ingested:
    """``checked``: our own server's results are known, so what the report says of itself does not count."""
    with database.transaction() as connection:
        sent, problem = _the_one(connection, mail)
        if sent is None:
            return Ingested(kind=mail.kind, ours=False, outcome=problem)
        by_envelope = sent.public_id in mail.envelope_ids
        about = next((r for r in mail.recipients if _names(r.addresses, sent.address)), None)
        forwarded = about is None and any(r.addresses for r in mail.recipients)
        if about is None:
            if not by_envelope:
                return Ingested(kind=mail.kind, ours=False, outcome="other_recipient")
            about = mail.recipients[0]
        if not by_envelope:
            named = mail.proof.domains if checked else {*mail.origins, mail.sender.rpartition("@")[2]}
            if not came_from_there(named, recipient=sent.address, relay=relay, own=own):
                return tell_unproven(connection, mail, sent, now)
        bounce = judge_bounce(about.status, about.diagnostic)
        if forwarded and bounce is Bounce.HARD:  # the person's own mailbox took it
            bounce = Bounce.SOFT
        detail = {"status": about.status, "diagnostic": _harmless(about.diagnostic), "bounce": bounce.value}
        if not _first(connection, mail, sent, now, detail):
            return repeated(mail)
        outcome = "known"
        if returns.add_bounce(connection, sent, now=now, detail=detail):
            # one that names another address and not the one in use may be about the one before it
            told_of = not forwarded or _names(mail.written_to, sent.address)
            outcome = _count(connection, sent, about, bounce if told_of else None, now)
    return Ingested(kind=mail.kind, ours=True, outcome=outcome, delivery_id=sent.delivery_id, person_id=sent.person_id)


def _count(connection: Connection, sent: Sent, about: FailedRecipient, bounce: Bounce | None, now: datetime) -> str:
    """Take the mail back from what was shown, and count the bounce against the address; None counts nothing."""
    returns.uncount(connection, sent.person_id, sent.delivery_id)
    relearn(connection, sent.person_id, [s for s, _ in returns.statements_in(connection, sent.delivery_id)], now=now)
    address = addresses.address_of(connection, sent.person_id, MAIL)
    if address is None:
        return "no_address"
    if bounce is None:
        return "other_recipient"
    health = count_bounce(connection, address, bounce, reason=_why(about), now=now)
    if health.suspended:
        return "suspended"
    return "policy" if bounce is Bounce.POLICY else "counted"


def _complaint(database: Database, mail: Returned, now: datetime) -> Ingested:
    with database.transaction() as connection:
        sent, problem = _the_one(connection, mail)
        if sent is None:
            return Ingested(kind=mail.kind, ours=False, outcome=problem)
        # many providers leave the person out or make them unreadable; one that is named must be the right one
        named = [address for r in mail.recipients for address in r.addresses if not _REDACTED.search(address)]
        if named and not _names(named, sent.address):
            return Ingested(kind=mail.kind, ours=False, outcome="other_recipient")
        if not _first(connection, mail, sent, now, {}):
            return repeated(mail)
        address = addresses.address_of(connection, sent.person_id, MAIL)
        if address is not None:
            count_complaint(connection, address, now=now)
    return Ingested(kind=mail.kind, ours=True, outcome="complaint", delivery_id=sent.delivery_id, person_id=sent.person_id)


def _counted(database: Database, mail: Returned, now: datetime) -> Ingested:
    """An absence note, a read receipt, a report that mail is late: counted, never evidence."""
    with database.transaction() as connection:
        sent = next(iter(sent_of(connection, mail.public_ids)), None)
        person_id = sent.person_id if sent is not None else next(iter(addresses.owners_of(connection, mail.sender)), None)
        if person_id is None:
            return Ingested(kind=mail.kind, ours=False, outcome="not_ours")
        delivery_id = sent.delivery_id if sent is not None else None
        if not returns.record_mail(
            connection, source_id=mail.source_id, kind=mail.kind, person_id=person_id, delivery_id=delivery_id, now=now
        ):
            return repeated(mail)
    return Ingested(kind=mail.kind, ours=True, outcome=mail.kind.value, delivery_id=delivery_id, person_id=person_id)


def _the_one(connection: Connection, mail: Returned) -> tuple[Sent | None, str]:
    """Return the mail of ours that this is about, or why there is none: it names none, or several."""
    found = sent_of(connection, mail.public_ids)
    if len(found) != 1:
        return None, "several_messages" if found else "not_ours"
    return found[0], ""


def _first(connection: Connection, mail: Returned, sent: Sent, now: datetime, detail: dict[str, Any]) -> bool:
    return returns.record_mail(
        connection, source_id=mail.source_id, kind=mail.kind, person_id=sent.person_id, delivery_id=sent.delivery_id, now=now, detail=detail
    )


def _names(told: Collection[str], address: str) -> bool:
    """Whether ``address`` is among those that a server told, however it writes them."""
    return bool(address) and any(one == address or _as_ours(one) == address for one in told)


def _as_ours(address: str) -> str:
    try:
        return parse_email(address)
    except Invalid:
        return ""


def _why(about: FailedRecipient) -> str:
    """Return the shortest word for why: the status when it says something, else what the server said."""
    said = without_links(_harmless(about.diagnostic)).text[:60].strip()
    return about.status if about.status not in ("", "5.0.0") else said or "5.0.0"


def _harmless(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
