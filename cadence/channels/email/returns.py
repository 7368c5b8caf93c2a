"""What kind of mail came back, about which of our messages, and what it says: bounce, complaint, absence note, answer.

Pure, and everything in it is hostile: a mail that cannot be read is "other" and changes nothing. Says what the
mail claims; whether that is believed is decided by ``operations.returned_mail.ingest``. RFC 3464 (delivery status),
RFC 5965 (complaints), RFC 3834 (automatic answers), RFC 8098 (read receipts).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

from cadence.channels.email.html_text import text_of_html
from cadence.channels.email.mail_programs import is_absence
from cadence.channels.email.parts import MAX_BYTES, Part, read, walk
from cadence.channels.email.reply_text import own_words
from cadence.domain.people.addresses import parse_email
from cadence.domain.sending.return_path import id_of_address, ids_of_messages
from cadence.errors import Invalid

#: recipients of one bounce that are looked at
_MOST_RECIPIENTS = 20
#: of HTML that is read for an answer: the library's reader is slow with malformed markup
_MAX_HTML = 50_000

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()\[\]@]{1,253}")
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
_MACHINES = re.compile(r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+-].*)?@.*", re.IGNORECASE)


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
class FailedRecipient:
    """Whom a server could not reach. ``addresses``: as it was asked to and as it tried, lower case."""

    addresses: tuple[str, ...]
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A mail that came back, as far as it tells."""

    kind: ReturnKind
    #: the same for the same mail, however often and by which way it is read
    source_id: str
    #: public ids of our messages that it names, the surest first
    public_ids: tuple[str, ...] = ()
    recipients: tuple[FailedRecipient, ...] = ()
    #: address it is from, lower case, empty when it has none
    sender: str = ""
    #: addresses it was sent to, lower case
    told_to: tuple[str, ...] = ()
    #: what a person wrote, without what they quoted
    text: str = ""


def read_return(raw: bytes, *, return_path: str = "") -> Returned:
    """Return what ``raw`` is; of more than 1 MB the rest is not looked at. ``return_path``: our pattern with {id}. Never raises."""
    raw = raw[:MAX_BYTES]
    source_id = "mail:" + hashlib.sha256(raw.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()[:40]
    try:
        return _read(raw, source_id, return_path)
    except Exception:  # whatever a stranger can make the library do: the mail is kept out, the rest goes on
        return Returned(kind=ReturnKind.OTHER, source_id=source_id)


def _read(raw: bytes, source_id: str, return_path: str) -> Returned:
    mail = read(raw)
    told_to = tuple(dict.fromkeys(a.lower() for name in _TOLD_TO for value in mail.values(name) for a in _ADDRESS.findall(value)))
    sender = _sender(mail)
    ids = [found for address in told_to if (found := id_of_address(return_path, address))]
    known = {"source_id": source_id, "sender": sender, "told_to": told_to}
    parts = list(walk(mail))
    report = mail.parameter("report-type").lower() if mail.kind == "multipart/report" else ""
    status = next((p for p in parts if p.kind in ("message/delivery-status", "message/global-delivery-status")), None)
    complaint = next((p for p in parts if p.kind == "message/feedback-report"), None)
    if complaint is not None and report in ("feedback-report", ""):
        fields = read(complaint.content().lstrip(b"\r\n") + b"\r\n\r\n")
        ids += [found for a in _ADDRESS.findall(fields.value("Original-Mail-From")) if (found := id_of_address(return_path, a))]
        named = tuple(dict.fromkeys([*ids, *_ids_of_original(parts)]))
        whom = tuple(a.lower() for value in fields.values("Original-Rcpt-To") for a in _ADDRESS.findall(value))
        recipients = (FailedRecipient(addresses=whom, status="", diagnostic=""),) if whom else ()
        return Returned(kind=ReturnKind.COMPLAINT, public_ids=named, recipients=recipients, **known)  # type: ignore[arg-type]
    if status is not None and report in ("delivery-status", ""):
        failed, envelope_id = _recipients(status, _notification(parts))
        ids += ids_of_messages(f"<{value}@envelope>" for value in envelope_id)
        named = tuple(dict.fromkeys([*ids, *_ids_of_original(parts)]))
        kind = ReturnKind.BOUNCE if failed else ReturnKind.NOTICE
        return Returned(kind=kind, public_ids=named, recipients=failed, **known)  # type: ignore[arg-type]
    if mail.kind == "multipart/report":
        kind = ReturnKind.RECEIPT if report == "disposition-notification" else ReturnKind.OTHER
        return Returned(kind=kind, **known)  # type: ignore[arg-type]
    named = tuple(dict.fromkeys([*_ids_answered(mail), *ids]))
    lost = mail.values("X-Failed-Recipients")
    if lost and _is_machine(mail, sender):  # a bounce from before RFC 3464, as Exim still writes for some
        failed = _from_header(lost, _notification(parts))
        named = tuple(dict.fromkeys([*named, *_ids_of_original(parts)]))
        return Returned(kind=ReturnKind.BOUNCE, public_ids=named, recipients=failed, **known)  # type: ignore[arg-type]
    if ids_of_messages(mail.values("Message-ID")):  # a message of ours that somebody sent on to the mailbox
        return Returned(kind=ReturnKind.OTHER, **known)  # type: ignore[arg-type]
    if _is_absence(mail):
        return Returned(kind=ReturnKind.ABSENCE, public_ids=named, **known)  # type: ignore[arg-type]
    if _is_machine(mail, sender) or not sender or mail.value("List-Id"):
        return Returned(kind=ReturnKind.OTHER, public_ids=named, **known)  # type: ignore[arg-type]
    return Returned(kind=ReturnKind.REPLY, public_ids=named, text=_written(parts), **known)  # type: ignore[arg-type]


def _sender(mail: Part) -> str:
    values = mail.values("From")
    if len(values) != 1:  # two senders are none
        return ""
    try:
        return parse_email(parseaddr(values[0])[1])
    except Invalid:
        return ""


def _is_absence(mail: Part) -> bool:
    """Whether a machine answered for the person (RFC 3834 section 5, and what Exchange and Gmail do)."""
    submitted = mail.value("Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if any(mail.value(name) for name in _AUTOMATIC) or mail.value("Precedence").lower() in ("bulk", "junk", "auto_reply"):
        return True
    return is_absence(mail.words("Subject"))


def _is_machine(mail: Part, sender: str) -> bool:
    return mail.value("Return-Path") == "<>" or _MACHINES.fullmatch(sender) is not None


def _ids_answered(mail: Part) -> list[str]:
    """Return the ids of our messages that an answer names: what it answers, then the thread, newest first."""
    return [*ids_of_messages(mail.values("In-Reply-To")), *reversed(ids_of_messages(mail.values("References")))]


def _ids_of_original(parts: list[Part]) -> list[str]:
    """Return the ids in the returned mail, or in its headers."""
    found: list[str] = []
    for part in parts[1:]:
        if part.kind in ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"):
            found += ids_of_messages(read(part.content().lstrip(b"\r\n") + b"\r\n\r\n").values("Message-ID"))
    return found


def _recipients(status: Part, notification: str) -> tuple[tuple[FailedRecipient, ...], list[str]]:
    """Return the recipients that failed, and the envelope id; groups of fields are parted by blank lines (RFC 3464 section 2.1)."""
    groups = [read(group + b"\r\n\r\n") for group in re.split(rb"(?:\r?\n){2,}", status.content().strip(), maxsplit=_MOST_RECIPIENTS + 1)]
    failed = []
    for group in groups[: _MOST_RECIPIENTS + 1]:
        if group.value("Action").lower() != "failed":
            continue
        told = (*group.values("Original-Recipient"), *group.values("Final-Recipient"))
        addresses = tuple(dict.fromkeys(a.lower() for value in told for a in _ADDRESS.findall(value.partition(";")[2])))
        # some servers say why in the words for people only
        diagnostic = group.value("Diagnostic-Code") or _said_of(addresses, notification)
        failed.append(FailedRecipient(addresses=addresses, status=group.value("Status")[:20], diagnostic=diagnostic[:300]))
    return tuple(failed), [value for group in groups[:1] for value in group.values("Original-Envelope-Id")]


def _from_header(values: list[str], notification: str) -> tuple[FailedRecipient, ...]:
    addresses = [a.lower() for value in values for a in _ADDRESS.findall(value)][:_MOST_RECIPIENTS]
    return tuple(FailedRecipient(addresses=(a,), status="", diagnostic=_said_of((a,), notification)) for a in addresses)


def _said_of(addresses: tuple[str, ...], notification: str) -> str:
    """Return the line or two behind the address in the words for people."""
    for address in addresses:
        place = notification.lower().find(address)
        if place >= 0:
            return " ".join(notification[place + len(address) :][:300].split())
    return ""


def _notification(parts: list[Part]) -> str:
    return next((part.text()[:8_000] for part in parts if part.kind == "text/plain"), "")


def _written(parts: list[Part]) -> str:
    plain = next((p for p in parts if p.kind == "text/plain" and not _is_attached(p)), None)
    if plain is not None:
        return own_words(plain.text())
    html = next((p for p in parts if p.kind == "text/html" and not _is_attached(p)), None)
    return own_words(text_of_html(html.text()[:_MAX_HTML])) if html is not None else ""


def _is_attached(part: Part) -> bool:
    return part.value("Content-Disposition").lower().startswith("attachment")
