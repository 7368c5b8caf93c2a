"""The mailbox that bounces and answers come back to, over IMAP with verified TLS.

Reads at most the first megabyte of each mail; the rest never crosses the wire. Mails that are ours are moved away,
mails we stumble over get a flag, all others stay as they are, unread ones too. Addressed by UID: sequence
numbers shift under our hands. imaplib holds the conversation. RFC 3501, RFC 6851 (MOVE), RFC 4315 (UIDPLUS).
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal

from cadence.channels.email.errors import plain
from cadence.channels.email.parts import MAX_BYTES
from cadence.channels.email.xoauth2 import TokenSource, log_in_imap
from cadence.errors import ChannelRefused, TemporarilyUnavailable, TransportError

#: mails older than this were seen by every poll there was
LOOK_BACK = timedelta(days=14)
#: keyword of a mail that we could not deal with
TROUBLE = "CadenceTrouble"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAMESPACE = re.compile(r'^\(\("((?:[^"\\]|\\.)*)" (?:"(.)"|NIL)')
_DELIMITER = re.compile(r'^\([^)]*\) "(.)"')
_UID = re.compile(rb"UID (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """The server, the protection of the way to it, and the folders. Times in seconds."""

    host: str
    port: int = 993
    username: str
    password: str = field(default="", repr=False)
    #: in place of a password (``xoauth2``)
    tokens: TokenSource | None = field(default=None, repr=False)
    #: off; required: STARTTLS; implicit: TLS from the first byte
    tls: Literal["off", "required", "implicit"] = "implicit"
    folder: str = "INBOX"
    done_folder: str = "Cadence"
    timeout: float = 60
    #: PEM file of the authority that signed the server's certificate; empty: those the system trusts
    ca_file: str = ""


class Mailbox:
    """One visit to the mailbox; ``with`` opens and closes it. Raises TransportError."""

    def __init__(self, settings: MailboxSettings) -> None:
        self._settings = settings
        self._client: imaplib.IMAP4 | None = None
        self._offers: frozenset[str] = frozenset()
        #: the folder for what is dealt with, as this server calls it, once that is known
        self._done = ""
        #: changes when the server numbers its mails again
        self.uid_validity = 0

    def __enter__(self) -> Mailbox:
        settings = self._settings
        with _told(settings):
            client = self._client = _connect(settings)
            try:
                _log_in(client, settings)
                # what a server offers before the login is less than what it offers after
                self._offers = frozenset(_words(client.capability()[1]).upper().split())
                status, answer = client.select(_quoted(settings.folder))
                if status != "OK" and (prefix := self._namespace()[0]):
                    status, answer = client.select(_quoted(prefix + settings.folder))
                if status != "OK":
                    raise ChannelRefused(f"The mailbox has no folder {settings.folder}: {_words(answer)}", provider_code="folder")
                self.uid_validity = _number(client.response("UIDVALIDITY")[1])
            except BaseException:
                self._close()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def uids(self, *, after: int, now: datetime) -> list[int]:
        """Return the UIDs above ``after``, ascending, that came in the last 14 days and that we did not stumble over."""
        since = now - LOOK_BACK
        day = f"{since.day:02d}-{_MONTHS[since.month - 1]}-{since.year}"
        with _told(self._settings):
            status, answer = self._open().uid("SEARCH", f"UID {after + 1}:* SINCE {day} UNDELETED UNKEYWORD {TROUBLE}")
            if status != "OK":
                raise TemporarilyUnavailable(f"The mailbox could not be searched: {_words(answer)}", provider_code="search")
            found = sorted({int(n) for line in answer if isinstance(line, bytes) for n in line.split() if n.isdigit()})
        # "n:*" always holds the newest mail, even one below n
        return [uid for uid in found if uid > after]

    def fetch(self, uid: int) -> bytes | None:
        """Return the first megabyte of a mail without marking it as read; None when it is gone."""
        with _told(self._settings):
            status, answer = self._open().uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MAX_BYTES}>)")
        if status != "OK":
            return None
        for piece in answer:
            if isinstance(piece, tuple) and len(piece) == 2:
                named = _UID.search(piece[0]) or next(
                    (m for other in answer if isinstance(other, bytes) and (m := _UID.search(other))), None
                )
                if named is not None and int(named[1]) == uid:
                    return bytes(piece[1])[:MAX_BYTES]
        return None

    def put_away(self, uid: int) -> None:
        """Move a mail that is dealt with to the folder for those; one that is gone already is no trouble.

        Raises TemporarilyUnavailable with the code "move" when the server will not, which is no trouble of the visit.
        """
        with _told(self._settings):
            client = self._open()
            # the first mail of a visit finds out where the folder is
            folders = [self._done] if self._done else self._candidates()
            said = ""
            for folder in folders:
                said = self._move(client, uid, folder)
                if not said:
                    self._done = folder
                    return
        raise TemporarilyUnavailable(f"A mail could not be moved to the folder {folders[0]}: {said}", provider_code="move")

    def _candidates(self) -> list[str]:
        """Return the names that the folder for what is dealt with may have on this server, the likeliest first."""
        folder, prefix, delimiter = self._settings.done_folder, *self._namespace()
        if folder.upper().startswith((prefix or f"INBOX{delimiter}").upper()):
            return [folder]
        return [f"{prefix}{folder}"] if prefix else [folder, f"INBOX{delimiter}{folder}"]

    def _namespace(self) -> tuple[str, str]:
        """Return what a server puts before the names of a person's folders, "INBOX." for some, and what parts their levels (RFC 2342)."""
        client = self._open()
        if "NAMESPACE" in self._offers:
            found = _NAMESPACE.search(_words(client.namespace()[1]))
            if found is not None:
                return found[1], found[2] or "/"
        found = _DELIMITER.search(_words(client.list('""', '""')[1]))
        return "", found[1] if found is not None else "/"

    def _move(self, client: imaplib.IMAP4, uid: int, folder: str) -> str:
        """Move a mail, and make the folder when it is missing; return why it did not work, empty when it did."""
        verb = "MOVE" if "MOVE" in self._offers else "COPY"
        refused = _tried(client.uid, verb, str(uid), _quoted(folder))
        if refused:
            made = _tried(client.create, _quoted(folder))
            refused = _tried(client.uid, verb, str(uid), _quoted(folder)) and (made or refused)
        if refused and verb == "MOVE":  # offered, and not done
            verb, refused = "COPY", _tried(client.uid, "COPY", str(uid), _quoted(folder)) and refused
        if not refused and verb == "COPY":
            client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted \Seen)")
            # a plain EXPUNGE would also remove what others have marked
            if "UIDPLUS" in self._offers:
                client.uid("EXPUNGE", str(uid))
        return refused

    def set_aside(self, uid: int) -> None:
        """Flag a mail that we could not deal with, for a person to see; it is not read again."""
        with _told(self._settings):
            self._open().uid("STORE", str(uid), "+FLAGS.SILENT", rf"(\Flagged {TROUBLE})")

    def _open(self) -> imaplib.IMAP4:
        if self._client is None:
            raise TemporarilyUnavailable("The mailbox is closed.", provider_code="closed")
        return self._client

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.logout()


def _connect(settings: MailboxSettings) -> imaplib.IMAP4:
    context = None if settings.tls == "off" else ssl.create_default_context(cafile=settings.ca_file or None)
    if settings.tls == "implicit" and context is not None:
        return imaplib.IMAP4_SSL(settings.host, settings.port, ssl_context=context, timeout=settings.timeout)
    client = imaplib.IMAP4(settings.host, settings.port, timeout=settings.timeout)
    if settings.tls == "required" and context is not None:
        try:
            if "STARTTLS" not in client.capabilities:
                raise ChannelRefused("The mailbox server does not offer STARTTLS; nothing is sent in clear text.", provider_code="starttls")
            client.starttls(ssl_context=context)
        except BaseException:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.shutdown()
            raise
    return client


def _log_in(client: imaplib.IMAP4, settings: MailboxSettings) -> None:
    if not (settings.username + settings.password).isascii():
        raise ChannelRefused("The login of the mailbox holds letters outside ASCII, which IMAP cannot send.", provider_code="login")
    if settings.tokens is not None:
        log_in_imap(client, settings.username, settings.tokens)
        return
    try:
        # imaplib quotes the password only
        client.login('"' + settings.username.replace("\\", "\\\\").replace('"', '\\"') + '"', settings.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        said = plain(str(error).encode().replace(settings.password.encode(), b"..."))
        raise ChannelRefused(f"The mailbox refused the login of {settings.username}: {said}", provider_code="login") from None


@contextlib.contextmanager
def _told(settings: MailboxSettings) -> Iterator[None]:
    """Turn what the library and the network raise into an error that says what happened."""
    server = f"{settings.host}:{settings.port}"
    try:
        yield
    except TransportError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise ChannelRefused(f"The certificate of {server} is not trusted: {error.verify_message}", provider_code="certificate") from error
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        said = plain(str(getattr(error, "strerror", None) or error).encode("utf-8", "replace"))
        raise TemporarilyUnavailable(f"The mailbox at {server} cannot be read: {said}", provider_code="imap") from error


def _tried(ask: Callable[..., tuple[str, list[Any]]], *words: str) -> str:
    """Return the words with which a server refuses, empty when it does as it is asked."""
    try:
        status, answer = ask(*words)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        return plain(str(error).encode("utf-8", "replace"))
    return "" if status == "OK" else _words(answer) or status


def _quoted(folder: str) -> str:
    return f'"{folder}"'


def _number(answer: list[Any]) -> int:
    found = next((a for a in answer if isinstance(a, bytes) and a.isdigit()), b"0")
    return int(found)


def _words(answer: list[Any]) -> str:
    return plain(b" ".join(a for a in answer if isinstance(a, bytes)))
