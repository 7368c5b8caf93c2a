"""Deal with one mail that came back: believe it or not, and record what follows, once.

A bounce or complaint acts only when it names a mail of ours by an id that nobody can guess and, where it says
whom it is about, names that person's address. Everything else is logged and changes nothing (reliability.md row 105).
A mail that was handed over stays "sent" when it bounces later; its fact is taken back (row 106).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.channels.email.reply_text import MAX_LENGTH
from cadence.channels.email.returns import FailedRecipient, Returned, ReturnKind, read_return
from cadence.domain.people.addresses import parse_email
from cadence.domain.sending.address_health import Bounce, judge_bounce
from cadence.domain.statements.text import is_blank
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.responding.ask import ask_question
from cadence.operations.responding.learn import relearn
from cadence.operations.sending.address_health import count_bounce, count_complaint
from cadence.store.database.engine import Database
from cadence.store.returned_mail import returns
from cadence.store.returned_mail.returns import Sent
from cadence.store.sending import addresses

log = logging.getLogger("cadence.mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of a mail. ``ours``: it is about a message or a person of ours and may be put away."""

    kind: str
    ours: bool
    #: it was dealt with before, so nothing was done
    repeated: bool = False
    #: a stable word for what followed ("suspended", "counted", "complaint", "question" ...) or for why nothing did
    outcome: str = ""
    delivery_id: int | None = None
    person_id: int | None = None


def ingest_mail(database: Database, raw: bytes, *, return_path: str, answers_to: Collection[str], now: datetime) -> Ingested:
    """Read one mail and record what follows; return what did. The same mail again does nothing.

    return_path: our pattern with {id}, empty for none. answers_to: addresses of ours that people answer to, lower case.
    Never raises for what is in the mail; StoreError when the database cannot be used.
    """
    mail = read_return(raw, return_path=return_path)
    with database.read() as connection:
        if returns.is_known(connection, mail.source_id):
            return Ingested(kind=mail.kind, ours=True, repeated=True, outcome="repeated")
    if mail.kind is ReturnKind.BOUNCE:
        done = _bounce(database, mail, now)
    elif mail.kind is ReturnKind.COMPLAINT:
        done = _complaint(database, mail, now)
    elif mail.kind is ReturnKind.REPLY:
        done = _reply(database, mail, answers_to, now)
    elif mail.kind is ReturnKind.OTHER:
        done = Ingested(kind=mail.kind, ours=False, outcome="not_recognised")
    else:
        done = _counted(database, mail, now)
    log.info("event=mail.ingested kind=%s outcome=%s delivery=%s source=%s", done.kind, done.outcome, done.delivery_id, mail.source_id)
    return done


def _bounce(database: Database, mail: Returned, now: datetime) -> Ingested:
    with database.transaction() as connection:
        sent, problem = _the_one(connection, mail)
        if sent is None:
            return Ingested(kind=mail.kind, ours=False, outcome=problem)
        about = next((r for r in mail.recipients if _names(r.addresses, sent.address)), None)
        if about is None:
            return Ingested(kind=mail.kind, ours=False, outcome="other_recipient")
        bounce = judge_bounce(about.status, about.diagnostic)
        detail = {"status": about.status, "diagnostic": _harmless(about.diagnostic), "bounce": bounce.value}
        if not _first(connection, mail, sent, now, detail):
            return _repeated(mail)
        outcome = "known"
        if returns.add_bounce(connection, sent, now=now, detail=detail):
            outcome = _count(connection, sent, about, bounce, now)
    return Ingested(kind=mail.kind, ours=True, outcome=outcome, delivery_id=sent.delivery_id, person_id=sent.person_id)


def _count(connection: Connection, sent: Sent, about: FailedRecipient, bounce: Bounce, now: datetime) -> str:
    """Take the mail back from what was shown, and count the bounce against the address."""
    returns.uncount(connection, sent.person_id, sent.delivery_id)
    relearn(connection, sent.person_id, [s for s, _ in returns.statements_in(connection, sent.delivery_id)], now=now)
    address = addresses.address_of(connection, sent.person_id, "email")
    if address is None:
        return "no_address"
    health = count_bounce(connection, address, bounce, reason=_why(about), now=now)
    if health.suspended:
        return "suspended"
    return "policy" if bounce is Bounce.POLICY else "counted"


def _complaint(database: Database, mail: Returned, now: datetime) -> Ingested:
    with database.transaction() as connection:
        sent, problem = _the_one(connection, mail)
        if sent is None:
            return Ingested(kind=mail.kind, ours=False, outcome=problem)
        # many providers leave the person out; one that is named must be the right one
        if mail.recipients and not any(_names(r.addresses, sent.address) for r in mail.recipients):
            return Ingested(kind=mail.kind, ours=False, outcome="other_recipient")
        if not _first(connection, mail, sent, now, {}):
            return _repeated(mail)
        address = addresses.address_of(connection, sent.person_id, "email")
        if address is not None:
            count_complaint(connection, address, now=now)
    return Ingested(kind=mail.kind, ours=True, outcome="complaint", delivery_id=sent.delivery_id, person_id=sent.person_id)


def _counted(database: Database, mail: Returned, now: datetime) -> Ingested:
    """An absence note, a read receipt, a report that mail is late: counted, never evidence."""
    with database.transaction() as connection:
        sent = next(iter(_sent_of(connection, mail)), None)
        person_id = sent.person_id if sent is not None else next(iter(addresses.owners_of(connection, mail.sender)), None)
        if person_id is None:
            return Ingested(kind=mail.kind, ours=False, outcome="not_ours")
        delivery_id = sent.delivery_id if sent is not None else None
        if not returns.record_mail(
            connection, source_id=mail.source_id, kind=mail.kind, person_id=person_id, delivery_id=delivery_id, now=now
        ):
            return _repeated(mail)
    return Ingested(kind=mail.kind, ours=True, outcome=mail.kind.value, delivery_id=delivery_id, person_id=person_id)


def _reply(database: Database, mail: Returned, answers_to: Collection[str], now: datetime) -> Ingested:
    with database.read() as connection:
        owners = addresses.owners_of(connection, mail.sender)
        if len(owners) != 1:
            return Ingested(kind=mail.kind, ours=False, outcome="not_a_person")
        person_id = owners[0]
        answered = next((s for s in _sent_of(connection, mail) if s.person_id == person_id), None)
        if answered is None and not set(mail.told_to) & set(answers_to):
            return Ingested(kind=mail.kind, ours=False, outcome="not_about_us")
    delivery_id = answered.delivery_id if answered is not None else None
    asked = not is_blank(mail.text)
    if asked:
        try:
            ask_question(
                database,
                person_id=person_id,
                delivery_id=delivery_id,
                version_id=None,
                text=mail.text,
                channel="email",
                source_id=mail.source_id,
                now=now,
                most=MAX_LENGTH,
            )
        except (Invalid, NotFound, Conflict) as error:  # left or erased in this very moment, or nothing readable
            log.info("event=mail.question_refused reason=%s", error.code)
            asked = False
    with database.transaction() as connection:
        # recorded last: when the process dies in between, the mail is read again and the question is known
        if not returns.record_mail(
            connection, source_id=mail.source_id, kind=mail.kind, person_id=person_id, delivery_id=delivery_id, now=now
        ):
            return _repeated(mail)
        if answered is not None:
            statements = returns.add_reply(connection, answered, source_id=f"reply:{mail.source_id}", now=now)
            relearn(connection, person_id, statements, now=now)
    return Ingested(kind=mail.kind, ours=True, outcome="question" if asked else "reply", delivery_id=delivery_id, person_id=person_id)


def _the_one(connection: Connection, mail: Returned) -> tuple[Sent | None, str]:
    """Return the mail of ours that this is about, or why there is none: it names none, or several."""
    found = list(_sent_of(connection, mail))
    if len(found) != 1:
        return None, "several_messages" if found else "not_ours"
    return found[0], ""


def _sent_of(connection: Connection, mail: Returned) -> Iterable[Sent]:
    found = returns.mails_sent(connection, mail.public_ids)
    return [found[public_id] for public_id in mail.public_ids if public_id in found]


def _first(connection: Connection, mail: Returned, sent: Sent, now: datetime, detail: dict[str, Any]) -> bool:
    return returns.record_mail(
        connection, source_id=mail.source_id, kind=mail.kind, person_id=sent.person_id, delivery_id=sent.delivery_id, now=now, detail=detail
    )


def _repeated(mail: Returned) -> Ingested:
    return Ingested(kind=mail.kind, ours=True, repeated=True, outcome="repeated")


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
    return about.status if about.status not in ("", "5.0.0") else _harmless(about.diagnostic)[:60].strip() or "5.0.0"


def _harmless(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
