"""The demo's mailbox: an SMTP server that keeps what it takes, and pages to read it.

aiosmtpd takes the mail; SQLite keeps the newest 5,000 (in a file, so that they outlive a restart). Mails
are shown as data: HTML only inside a sandboxed frame without scripts or remote content.
"""

from __future__ import annotations

import re
import socket
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from cadence.clock import Clock, SystemClock
from cadence.demo.page_server import PageReply, PageRequest, Pages, PageServer, plain_reply

KEPT = 5_000
_PAGE = 50
_FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY, received_at TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    name TEXT NOT NULL, subject TEXT NOT NULL, raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS mails_recipient ON mails (recipient, id);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SunkMail:
    """One mail as the list shows it. ``raw``: the bytes as they came."""

    id: int
    received_at: datetime
    sender: str
    recipient: str
    name: str
    subject: str
    raw: bytes

    def parsed(self) -> EmailMessage:
        """Return the mail taken apart."""
        return message_from_bytes(self.raw, policy=policy.default)

    def html(self) -> str:
        """Return the HTML part, "" when there is none."""
        return _part(self.parsed(), "html")

    def text(self) -> str:
        """Return the text part, "" when there is none."""
        return _part(self.parsed(), "plain")


class MailSink:
    """A mail server and its inbox pages, both on 127.0.0.1.

    ``path``: SQLite file for the mails, ":memory:" to forget them at the end. Ports 0: free ones.
    """

    def __init__(self, *, path: str = ":memory:", smtp_port: int = 0, http_port: int = 0, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self.pages = Pages("Demo inbox")
        self._inbox = PageServer(
            {
                r"GET /": self._list,
                r"GET /demo\.css": self.pages.style,
                r"GET /mail/(?P<number>[0-9]{1,12})": self._one,
                r"GET /mail/(?P<number>[0-9]{1,12})/body": self._body,
                r"GET /mail/(?P<number>[0-9]{1,12})/raw": self._raw,
            },
            port=http_port,
        )
        self.smtp_port = smtp_port or _free_port()
        self.url = self._inbox.url
        self._smtp = Controller(self, hostname="127.0.0.1", port=self.smtp_port, ident="Cadence demo", enable_SMTPUTF8=True)

    def start(self) -> None:
        """Take mail and show pages. Raises OSError when a port is taken."""
        self._smtp.start()
        self._inbox.start()

    def stop(self) -> None:
        """Stop both; mails in a file stay there."""
        self._smtp.stop(no_assert=True)
        self._inbox.stop()
        self._database.close()

    def __enter__(self) -> MailSink:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def count(self) -> int:
        """Return how many mails are kept."""
        return int(self._rows("SELECT count(*) FROM mails")[0][0])

    def mails(self, *, recipient: str = "", search: str = "", limit: int = KEPT, offset: int = 0) -> list[SunkMail]:
        """Return mails, newest first: to one address, or with ``search`` in address, name or subject."""
        condition, values = _condition(recipient, search)
        rows = self._rows(f"SELECT * FROM mails {condition} ORDER BY id DESC LIMIT ? OFFSET ?", [*values, limit, offset])
        return [_mail(row) for row in rows]

    def mail(self, number: int) -> SunkMail | None:
        """Return one mail by its number."""
        rows = self._rows("SELECT * FROM mails WHERE id = ?", [number])
        return _mail(rows[0]) if rows else None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail once for each recipient (called by aiosmtpd)."""
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        # by the older policy: the other one takes apart every header there is, at six times the cost
        head = message_from_bytes(raw.partition(b"\r\n\r\n")[0])
        name, subject = _decoded(parseaddr(str(head["to"] or ""))[0]), _decoded(str(head["subject"] or ""))
        at = self._clock.now().isoformat()
        rows = [(at, envelope.mail_from or "", recipient, name, subject, raw) for recipient in envelope.rcpt_tos]
        with self._lock:
            self._database.executemany(
                "INSERT INTO mails (received_at, sender, recipient, name, subject, raw) VALUES (?, ?, ?, ?, ?, ?)", rows
            )
            self._database.execute("DELETE FROM mails WHERE id <= (SELECT max(id) FROM mails) - ?", [KEPT])
        return "250 2.0.0 OK: kept"

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def _list(self, request: PageRequest) -> PageReply:
        recipient, search = request.query.get("to", ""), request.query.get("q", "").strip()
        page = int(request.query.get("page", "1")) if request.query.get("page", "1").isdecimal() else 1
        page = min(max(page, 1), KEPT // _PAGE)
        condition, values = _condition(recipient, search)
        total = int(self._rows(f"SELECT count(*) FROM mails {condition}", values)[0][0])
        people = self._rows("SELECT recipient, max(name), count(*) FROM mails GROUP BY recipient ORDER BY max(name), recipient")
        return self.pages.show(
            "inbox.html",
            mails=self.mails(recipient=recipient, search=search, limit=_PAGE, offset=(page - 1) * _PAGE),
            people=people,
            chosen=recipient,
            search=search,
            total=total,
            page=page,
            pages=max(1, -(-total // _PAGE)),
        )

    def _one(self, request: PageRequest, number: str) -> PageReply:
        mail = self.mail(int(number))
        if mail is None:
            return self.pages.missing("There is no such mail.", back="Show all mail")
        view = request.query.get("view", "html")
        before = self._rows("SELECT max(id) FROM mails WHERE recipient = ? AND id < ?", [mail.recipient, mail.id])[0][0]
        after = self._rows("SELECT min(id) FROM mails WHERE recipient = ? AND id > ?", [mail.recipient, mail.id])[0][0]
        parsed = mail.parsed()
        return self.pages.show(
            "mail.html",
            mail=mail,
            sender=str(parsed["from"] or mail.sender),
            view=view if view in ("html", "text", "headers") else "html",
            text=mail.text() if view == "text" else "",
            headers=[(name, str(value)) for name, value in parsed.items()] if view == "headers" else [],
            size=len(mail.raw),
            before=before,
            after=after,
        )

    def _body(self, request: PageRequest, number: str) -> PageReply:
        mail = self.mail(int(number))
        if mail is None:
            return plain_reply(404, "There is no such mail.")
        html = mail.html() or "<p>This mail has no HTML part.</p>"
        # links of the mail open beside the inbox, not inside its frame
        html, found = re.subn(r"(<head[^>]*>)", r'\1<base target="_blank">', html, count=1, flags=re.IGNORECASE)
        if not found:
            html = '<base target="_blank">' + html
        return PageReply(body=html.encode("utf-8", "replace"), headers={"Content-Security-Policy": _FRAME_POLICY})

    def _raw(self, request: PageRequest, number: str) -> PageReply:
        mail = self.mail(int(number))
        return plain_reply(404, "There is no such mail.") if mail is None else PageReply(body=mail.raw, kind="text/plain; charset=utf-8")


def _decoded(text: str) -> str:
    """Return the words of a header (RFC 2047); as they came when they are broken."""
    try:
        return str(make_header(decode_header(text)))
    except (ValueError, LookupError):  # a wrong encoding, or one nobody knows
        return text


def _condition(recipient: str, search: str) -> tuple[str, list[object]]:
    if recipient:
        return "WHERE recipient = ?", [recipient]
    if search:
        return "WHERE instr(lower(recipient || ' ' || name || ' ' || subject), lower(?))", [search]
    return "", []


def _mail(row: Any) -> SunkMail:
    number, received_at, sender, recipient, name, subject, raw = row
    return SunkMail(
        id=number,
        received_at=datetime.fromisoformat(received_at),
        sender=sender,
        recipient=recipient,
        name=name or recipient,
        subject=subject or "(no subject)",
        raw=raw,
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
