"""Answers of people: what they wrote becomes a question to the leader, and shows that the message was seen.

Who wrote it is the one address in the From line; that it was they is proven by our own server's word on the mail, or by the unguessable
address that only their message held. Else the question says that its sender is not proven. What cannot be read is told, never dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from cadence.channels.email.answer_parts import UnreadReason
from cadence.channels.email.reply_text import MAX_LENGTH
from cadence.channels.email.returns import Returned
from cadence.channels.registry import MAIL
from cadence.domain.sending.return_path import PLACE, id_of_address
from cadence.domain.statements.text import is_blank
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.responding.ask import ask_question
from cadence.operations.responding.learn import relearn
from cadence.operations.returned_mail.outcomes import Ingested, repeated, sent_of
from cadence.operations.returned_mail.unread import note_unread
from cadence.store.database.engine import Database
from cadence.store.returned_mail import returns
from cadence.store.sending import addresses

log = logging.getLogger("cadence.mail")

#: what the leader reads in the place of an answer that holds something and cannot be read
_TOLD = {
    UnreadReason.SEALED: "[This answer could not be read: it is encrypted, or signed in a way that hides its text. "
    "Please ask them to send it again without that.]",
    UnreadReason.FILES: "[This answer could not be read: it holds files or pictures and no text. Please ask them to write it as text.]",
}


def take_answer(database: Database, mail: Returned, answers_to: Collection[str], now: datetime) -> Ingested:
    """Record what a person wrote to us; return what followed. Of strangers, and of mail that is not about us, nothing is taken."""
    ids = [found for pattern in answers_to if PLACE in pattern for one in mail.told_to if (found := id_of_address(pattern, one))]
    with database.read() as connection:
        owners = addresses.owners_of(connection, mail.sender)
        if len(owners) != 1:
            return Ingested(kind=mail.kind, ours=False, outcome="not_a_person")
        person_id = owners[0]
        theirs = [sent for sent in sent_of(connection, [*ids, *mail.public_ids]) if sent.person_id == person_id]
    answered = theirs[0] if theirs else None
    if answered is None and not ids and not set(mail.told_to) & set(answers_to):
        return Ingested(kind=mail.kind, ours=False, outcome="not_about_us")
    delivery_id = answered.delivery_id if answered is not None else None
    secret = {*ids, *mail.envelope_ids}
    proven = mail.proof.holds_for(mail.sender) or any(sent.public_id in secret for sent in theirs)
    text = mail.text if mail.unread is None else _TOLD.get(mail.unread, "")
    asked = not is_blank(text) and _ask(database, mail, person_id, delivery_id, text, proven, now)
    with database.transaction() as connection:
        if not asked:
            done = note_unread(connection, mail, person_id, delivery_id, now)
        # recorded last: when the process dies in between, the mail is read again and the question is known
        elif not returns.record_mail(
            connection,
            source_id=mail.source_id,
            kind=mail.kind,
            person_id=person_id,
            delivery_id=delivery_id,
            now=now,
            detail={"unread": str(mail.unread)} if mail.unread else None,
        ):
            return repeated(mail)
        else:
            unread = mail.unread is not None
            done = Ingested(kind=mail.kind, ours=True, outcome="question", delivery_id=delivery_id, person_id=person_id, unread=unread)
        if answered is not None and not done.repeated:
            statements = returns.add_reply(connection, answered, source_id=f"reply:{mail.source_id}", now=now)
            relearn(connection, person_id, statements, now=now)
    return done


def _ask(database: Database, mail: Returned, person_id: int, delivery_id: int | None, text: str, proven: bool, now: datetime) -> bool:
    try:
        ask_question(
            database,
            person_id=person_id,
            delivery_id=delivery_id,
            version_id=None,
            text=text,
            channel=MAIL,
            source_id=mail.source_id,
            now=now,
            most=MAX_LENGTH,
            sender_proven=proven,
        )
    except (Invalid, NotFound, Conflict) as error:  # left or erased in this very moment, or nothing readable
        log.info("event=mail.question_refused reason=%s", error.code)
        return False
    return True
