"""What kind of mail came back, about which of our messages, and what it says: bounce, complaint, absence note, answer.

Pure, and everything in it is hostile: a mail that cannot be read is "other" and changes nothing. Says what the
mail claims; whether that is believed is decided by ``operations.returned_mail.ingest``. RFC 3464 (delivery status), RFC 5965
(complaints), RFC 3834 (automatic answers), RFC 8098 (read receipts). Bounces: ``bounces``; who wrote it: ``senders``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cadence.channels.email.answer_parts import UnreadReason, written_in
from cadence.channels.email.bounces import (
    ADDRESS,
    MOST_RECIPIENTS,
    FailedRecipient,
    holds_report,
    ids_in,
    read_report,
    told_in_words,
    words_of,
)
from cadence.channels.email.bounces import said_of as _said_of
from cadence.channels.email.mail_programs import is_absence
from cadence.channels.email.parts import MAX_BYTES, Part, read, walk
from cadence.channels.email.senders import Proof, proof_of, sole_sender
from cadence.domain.sending.return_path import id_of_address, ids_of_messages

_TOLD_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-RCPT-To")
_AUTOMATIC = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply",
    "X-Auto-Reply-From",
    "X-Mail-Autoreply",
    "X-FC-MachineGenerated",
)
_MAIL_SYSTEMS = re.compile(r"(?:mailer-?daemon|mail-daemon|post_?master)(?:[+-].*)?@.*", re.IGNORECASE)
_MACHINES = re.compile(r"(?:no-?reply|do-?not-?reply|bounces?)(?:[+-].*)?@.*", re.IGNORECASE)
#: machines whose From line has no address, or none that can be read
_NAMELESS = re.compile(r"mailer.?daemon|postmaster|mail delivery (?:sub)?system", re.IGNORECASE)
#: kinds of complaint that complain of nothing (RFC 5965, RFC 6430)
_NO_COMPLAINT = frozenset(("not-spam", "auth-failure", "dmarc"))


class ReturnKind(StrEnum):
    """What a mail that came back is."""

    #: a delivery that failed for good, as its server says
    BOUNCE = "bounce"
    #: still trying, relayed, delivered: nothing to act on
    NOTICE = "notice"
    COMPLAINT = "complaint"
    ABSENCE = "absence"
    #: a read receipt, which machines send too
    RECEIPT = "receipt"
    REPLY = "reply"
    #: none of these, or not readable
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A mail that came back, as far as it tells."""

    kind: ReturnKind
    #: the same for the same mail, however often and by which way it is read
    source_id: str
    #: public ids of our messages that it names, the surest first
    public_ids: tuple[str, ...] = ()
    #: those of them that stand in an address nobody can guess, which only a mail server gets to see
    envelope_ids: tuple[str, ...] = ()
    recipients: tuple[FailedRecipient, ...] = ()
    #: address it is from, lower case, empty when it has none
    sender: str = ""
    #: addresses it was sent to, lower case
    told_to: tuple[str, ...] = ()
    #: whom the mail that a bounce returns was written to, lower case
    written_to: tuple[str, ...] = ()
    #: servers that speak in a bounce, as it says itself
    origins: tuple[str, ...] = ()
    #: what our own server found out about who sent it
    proof: Proof = field(default_factory=Proof)
    #: what a person wrote, without what they quoted
    text: str = ""
    #: why nothing of it could be read, None when there is nothing to read or it could be
    unread: UnreadReason | None = None


def read_return(raw: bytes, *, return_path: str = "", trusted_authserv: str = "") -> Returned:
    """Return what ``raw`` is; of more than 1 MB the rest is not looked at. Never raises.

    return_path: our pattern with {id}. trusted_authserv: name by which our own server signs its ``Authentication-Results``.
    """
    raw = raw[:MAX_BYTES]
    source_id = "mail:" + hashlib.sha256(raw.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()[:40]
    try:
        return _read(raw, source_id, return_path, trusted_authserv)
    except Exception:  # whatever a stranger can make the library do: the mail is kept out, the rest goes on
        return Returned(kind=ReturnKind.OTHER, source_id=source_id)


def _read(raw: bytes, source_id: str, return_path: str, trusted_authserv: str) -> Returned:
    mail = read(raw)
    told_to = tuple(dict.fromkeys(a.lower() for name in _TOLD_TO for value in mail.values(name) for a in ADDRESS.findall(value)))
    sender = sole_sender(mail)
    ids = [found for address in told_to if (found := id_of_address(return_path, address))]
    known: dict[str, Any] = {"source_id": source_id, "sender": sender, "told_to": told_to, "proof": proof_of(mail, trusted_authserv)}
    parts = list(walk(mail))
    report = mail.parameter("report-type").lower() if mail.kind == "multipart/report" else ""
    complaint = next((p for p in parts if p.kind == "message/feedback-report"), None)
    if complaint is not None and report in ("feedback-report", ""):
        return _complaint(complaint, parts, ids, return_path, known)
    status = _status(parts)
    if status is not None and report in ("delivery-status", ""):
        told = read_report(status, words_of(parts))
        ids += ids_of_messages(f"<{value}@envelope>" for value in told.envelope_ids)
        named = tuple(dict.fromkeys([*ids, *_ids_of_original(parts)]))
        kind = ReturnKind.BOUNCE if told.failed else ReturnKind.NOTICE
        return Returned(
            kind=kind,
            public_ids=named,
            envelope_ids=tuple(ids),
            recipients=told.failed,
            origins=told.origins,
            written_to=_written_to(parts),
            **known,
        )
    if mail.kind == "multipart/report" and report == "disposition-notification":
        return Returned(kind=ReturnKind.RECEIPT, **known)
    if ids_of_messages(mail.values("Message-ID")):  # a message of ours that somebody sent on to the mailbox
        return Returned(kind=ReturnKind.OTHER, **known)
    named = tuple(dict.fromkeys([*_ids_answered(mail), *ids]))
    machine = _is_machine(mail, sender)
    # a note of a person's machine comes from nobody too, and may say that they cannot be reached
    if not machine and sender and mail.kind != "multipart/report" and _is_absence(mail):
        return Returned(kind=ReturnKind.ABSENCE, public_ids=named, envelope_ids=tuple(ids), **known)
    nobody = mail.value("Return-Path") == "<>"
    if machine or nobody or report == "delivery-status" or (not sender and ids):
        bounce = _in_words(mail, parts, ids, return_path, known)
        if bounce is not None:
            return bounce
    if mail.kind == "multipart/report":
        return Returned(kind=ReturnKind.OTHER, public_ids=tuple(ids), unread=UnreadReason.MACHINE, **known)
    if _is_absence(mail):
        return Returned(kind=ReturnKind.ABSENCE, public_ids=named, envelope_ids=tuple(ids), **known)
    if machine or nobody or mail.value("List-Id"):
        return Returned(kind=ReturnKind.OTHER, public_ids=named, unread=UnreadReason.MACHINE, **known)
    if not sender:
        return Returned(kind=ReturnKind.OTHER, public_ids=named, unread=UnreadReason.SENDER, **known)
    written = written_in(mail)
    return Returned(kind=ReturnKind.REPLY, public_ids=named, envelope_ids=tuple(ids), text=written.text, unread=written.unread, **known)


def _status(parts: list[Part]) -> Part | None:
    """Return the part with the fields of a bounce; some servers give it the wrong type, or send nothing else."""
    named = next((p for p in parts if p.kind in ("message/delivery-status", "message/global-delivery-status")), None)
    if named is not None or parts[0].kind != "multipart/report":
        return named
    return next((p for p in parts if p.kind.startswith("text/") and p.kind != "text/html" and holds_report(p.text())), None)


def _complaint(complaint: Part, parts: list[Part], ids: list[str], return_path: str, known: dict[str, Any]) -> Returned:
    fields = read(complaint.content().lstrip(b"\r\n") + b"\r\n\r\n")
    if fields.value("Feedback-Type").partition(";")[0].strip().lower() in _NO_COMPLAINT:
        return Returned(kind=ReturnKind.NOTICE, **known)
    ids = [*ids, *(found for a in ADDRESS.findall(fields.value("Original-Mail-From")) if (found := id_of_address(return_path, a)))]
    named = tuple(dict.fromkeys([*ids, *_ids_of_original(parts)]))
    whom = tuple(a.lower() for value in fields.values("Original-Rcpt-To") for a in ADDRESS.findall(value))
    recipients = (FailedRecipient(addresses=whom, status="", diagnostic=""),) if whom else ()
    return Returned(kind=ReturnKind.COMPLAINT, public_ids=named, envelope_ids=tuple(ids), recipients=recipients, **known)


def _in_words(mail: Part, parts: list[Part], ids: list[str], return_path: str, known: dict[str, Any]) -> Returned | None:
    """Return the bounce that a machine wrote in words, None when it is none."""
    words = words_of(parts)
    named = tuple(
        dict.fromkeys([*ids, *_ids_answered(mail), *_ids_of_original(parts), *ids_in(p.text() for p in parts if p.kind == "text/plain")])
    )
    origins = tuple(value.partition(";")[2].strip().lower() for value in mail.values("Reporting-MTA"))
    lost = [a.lower() for value in mail.values("X-Failed-Recipients") for a in ADDRESS.findall(value)][:MOST_RECIPIENTS]
    if lost:  # as Exim still writes for some
        failed = tuple(FailedRecipient(addresses=(a,), status="", diagnostic=_said_of((a,), words)) for a in lost)
    else:
        # our own addresses are named in every copy of our headers
        own = {known["sender"], *known["told_to"], *(a.lower() for a in ADDRESS.findall(words) if id_of_address(return_path, a))}
        told = (
            told_in_words(mail.words("Subject"), words, ours=own, by_mail_system=_is_mail_system(mail, known["sender"])) if named else None
        )
        if told is None:
            return None
        failed = told
    return Returned(
        kind=ReturnKind.BOUNCE if failed else ReturnKind.NOTICE,
        public_ids=named,
        envelope_ids=tuple(ids),
        recipients=failed,
        origins=origins,
        written_to=_written_to(parts),
        **known,
    )


def _is_absence(mail: Part) -> bool:
    """Whether a machine answered for the person (RFC 3834 section 5, and what Exchange and Gmail do)."""
    submitted = mail.value("Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if any(mail.value(name) for name in _AUTOMATIC) or mail.value("Precedence").lower() in ("bulk", "junk", "auto_reply"):
        return True
    return is_absence(mail.words("Subject"))


def _is_machine(mail: Part, sender: str) -> bool:
    """Whether the From line names a machine."""
    return _is_mail_system(mail, sender) or _MACHINES.fullmatch(sender) is not None


def _is_mail_system(mail: Part, sender: str) -> bool:
    return (_MAIL_SYSTEMS.fullmatch(sender) if sender else _NAMELESS.search(mail.value("From"))) is not None


def _ids_answered(mail: Part) -> list[str]:
    """Return the ids of our messages that an answer names: what it answers, then the thread, newest first."""
    return [*ids_of_messages(mail.values("In-Reply-To")), *reversed(ids_of_messages(mail.values("References")))]


def _ids_of_original(parts: list[Part]) -> list[str]:
    """Return the ids in the returned mail, or in its headers."""
    return ids_of_messages(value for original in _originals(parts) for value in original.values("Message-ID"))


def _written_to(parts: list[Part]) -> tuple[str, ...]:
    """Return whom the returned mail was written to, from its headers or from a copy of them in the words."""
    lines = [
        line for part in parts if part.kind == "text/plain" for line in re.findall(r"(?im)^[> \t]*to:[^\n]{1,400}", part.text()[:20_000])
    ]
    told = [*(value for original in _originals(parts) for value in original.values("To")), *lines]
    return tuple(dict.fromkeys(a.lower() for value in told for a in ADDRESS.findall(value)))


def _originals(parts: list[Part]) -> list[Part]:
    kinds = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
    return [read(part.content().lstrip(b"\r\n") + b"\r\n\r\n") for part in parts[1:] if part.kind in kinds]
