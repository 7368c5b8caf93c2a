"""Send composed mail to one SMTP server, over a few connections that are kept open.

smtplib holds the conversation (``admission`` opens it, ``conversation`` bounds it, ``errors`` reads refusals). A
message is sent when the server said 2xx after the final dot, and only then; once the dot may have
left and no such reply came, the outcome is unknown. There is no fallback to clear text. Timeouts:
RFC 5321 section 4.5.3.2 and Postfix.
"""

from __future__ import annotations

import contextlib
import re
import select
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator

import idna

from cadence.channels.base import Awaited, Capabilities, Steps
from cadence.channels.email.admission import SmtpServer, open_client, own_name
from cadence.channels.email.conversation import Client, Deadlines
from cadence.channels.email.errors import Phase, lost, plain, reason, refused
from cadence.channels.pacing import Pace
from cadence.domain.sending.deliveries import Channel, EmailEnvelope, Message, Receipt
from cadence.errors import AddressRejected, ChannelRefused, MessageRejected, OutcomeUnknown, TransportError

#: shortest wait for a premature reply before the first dot of a connection, seconds
_PROOF_WAIT = 0.025
#: how often TLS may wake us with something that is no reply while we wait for silence
_HOUSEKEEPING = 4
#: a connection that closes says goodbye no longer than this, seconds
_QUIT_TIMEOUT = 5.0

_DOT_LINE = re.compile(rb"\n\.")
_ENVELOPE_ADDRESS = re.compile(r"[^\s<>\x00-\x20\x7f]+@[^\s<>@\x00-\x20\x7f]+")


class SmtpTransport:
    """The email channel by way of one mail server."""

    channel = Channel.EMAIL

    def __init__(
        self, settings: SmtpServer, *, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.settings = settings
        self.monotonic = monotonic
        self.pace = Pace(settings.per_second, monotonic=monotonic, sleep=sleep)
        self.capabilities = Capabilities(
            reads_back=False,
            messages_per_second=settings.per_second,
            max_connections=settings.connections,
            # a thread that waits for its turn at a rate would hold up the answers to its other conversations
            conversations=1 if settings.per_second else settings.connections,
        )
        self._opening = threading.Lock()
        self._refusals: list[ChannelRefused] = []
        self._admitted = False

    @property
    def greeting_name(self) -> str:
        """The name by which we greet the server."""
        return self.settings.helo or own_name()

    def connect(self) -> SmtpConnection:
        """Return a connection; its socket opens with the first message."""
        return SmtpConnection(self)

    def check(self) -> str:
        """Return one line on the server: greeting, TLS, login and what it offers; sends no mail. Raises TransportError."""
        connection = self.connect()
        try:
            client = connection.open()
            tls = client.sock.version() if isinstance(client.sock, ssl.SSLSocket) else None
            how = " by OAuth" if self.settings.tokens is not None else ""
            login = f"logged in as {self.settings.username}{how}" if self.settings.username else "no login"
            offers = ", ".join(name.upper() for name in ("size", "8bitmime", "smtputf8") if client.has_extn(name))
            return f"{self.settings.host}:{self.settings.port} answers, {tls or 'no TLS'}, {login}, offers {offers or 'nothing more'}"
        finally:
            connection.close()

    def probe(self) -> None:
        """Return when the server would take mail: connect, log in, NOOP, and send none. Raises TransportError."""
        connection = self.connect()
        try:
            client = connection.open()
            try:
                code, reply = client.docmd("noop")
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                raise lost(Phase.MAIL, reason(error)) from error
            if code not in (500, 502) and not 200 <= code <= 299:
                raise refused(Phase.MAIL, code, reply)
        finally:
            connection.close()

    def admit(self, limits: Deadlines) -> Client:
        """Return a client that is connected, protected and logged in.

        Until one connection was let in they go one by one, and those that waited share the refusal of the
        one before: a wrong password is tried once, not once a connection.
        """
        if self._admitted:
            try:
                return open_client(self.settings, limits)
            except ChannelRefused:
                self._admitted = False  # what was good is so no longer: again one by one
                raise
        seen = len(self._refusals)
        with self._opening:
            if len(self._refusals) > seen:
                refusal = self._refusals[-1]
                raise ChannelRefused(str(refusal), provider_code=refusal.provider_code)
            try:
                client = open_client(self.settings, limits)
            except ChannelRefused as error:
                self._refusals.append(error)
                raise
            self._admitted = True
            return client


class SmtpConnection:
    """One conversation with the server, used by one thread; opens and reopens by itself."""

    def __init__(self, transport: SmtpTransport) -> None:
        self._transport = transport
        self._settings = transport.settings
        self._limits = Deadlines(transport.monotonic, block_timeout=transport.settings.block_timeout)
        self._client: Client | None = None
        #: the server is known to answer in turn (see _prove)
        self._proved = False

    def send(self, message: Message) -> Receipt:
        """Send one mail; return the server's reply to it. Raises TransportError."""
        steps, poll = self.sending(message), select.poll()
        while True:
            try:
                awaited = next(steps)
            except StopIteration as done:
                receipt: Receipt = done.value
                return receipt
            poll.register(awaited.descriptor, select.POLLIN)
            poll.poll(max(0.0, awaited.until - self._transport.monotonic()) * 1000 + 1)
            poll.unregister(awaited.descriptor)

    def sending(self, message: Message) -> Steps:
        """Do as ``send``, and yield where the server is about to answer: one thread can hold several conversations."""
        if not isinstance(message, EmailEnvelope):
            raise TypeError("the email channel takes an EmailEnvelope")
        sender, recipient = _address(message.mail_from, sender=True), _address(message.rcpt_to)
        self._transport.pace.wait()
        self._limits.deadline = self._transport.monotonic() + self._settings.deadline
        client, phase, code, reply = yield from self._begin(message, sender, recipient)
        if not (code == 354 if phase is Phase.DATA else 200 <= code <= 299):
            raise (yield from self._refuse(phase, -1 if 200 <= code <= 399 else code, reply))
        return (yield from self._hand_over(client, message, recipient, phase))

    def close(self) -> None:
        """Say QUIT and close; never raises."""
        client, self._client = self._client, None
        if client is None:
            return
        self._limits.patience = _QUIT_TIMEOUT
        self._limits.deadline = self._transport.monotonic() + _QUIT_TIMEOUT
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.docmd("quit")
        client.close()

    def open(self) -> Client:
        """Connect, protect and log in now; return the client. Raises TransportError."""
        now = self._transport.monotonic()
        self._limits.deadline = max(self._limits.deadline, now + self._settings.connect_timeout)
        self._limits.patience = self._settings.command_timeout
        self._proved = False
        self._client = self._transport.admit(self._limits)
        return self._client

    def _begin(self, message: EmailEnvelope, sender: str, recipient: str) -> Generator[Awaited, None, tuple[Client, Phase, int, bytes]]:
        """Return the client and how far its server went along: the phase of the last answer, and that answer.

        MAIL, RCPT and DATA go together where the server takes them so and is known to answer in turn. A kept
        connection that the server has ended is opened again.
        """
        client = self._client
        if client is not None and not client.spoke_early():
            mail = self._mail(client, message, sender, recipient)
            with contextlib.suppress(smtplib.SMTPServerDisconnected, OSError):
                if self._proved and client.has_extn("pipelining"):
                    client.putcmds(mail, ("rcpt", f"TO:<{recipient}>"), ("data", ""))
                    phase, code, reply = yield from self._answers(client)
                else:
                    phase, code, reply = Phase.MAIL, *(yield from self._ask(client, *mail))
                if phase is not Phase.MAIL or code != 421:
                    return client, phase, code, reply
        self._drop()
        client = yield from self._open_aside()
        try:
            return client, Phase.MAIL, *(yield from self._ask(client, *self._mail(client, message, sender, recipient)))
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            raise lost(Phase.MAIL, reason(error)) from error

    def _open_aside(self) -> Generator[Awaited, None, Client]:
        """Return the client of ``open``, done by a thread of its own: the other conversations go on while a server is silent."""
        done: list[Client | BaseException] = []
        ours, theirs = socket.socketpair()

        def work() -> None:
            try:
                done.append(self.open())
            except BaseException as error:
                done.append(error)
            finally:
                theirs.close()  # which wakes those who wait

        opening = threading.Thread(target=work, daemon=True, name="smtp-open")
        opening.start()
        try:
            while not done:
                yield Awaited(ours.fileno(), self._transport.monotonic() + self._settings.deadline)
        finally:
            opening.join()
            ours.close()
        if isinstance(done[0], BaseException):
            raise done[0]
        return done[0]

    def _ask(self, client: Client, command: str, arguments: str = "") -> Generator[Awaited, None, tuple[int, bytes]]:
        """Send a command; return the answer. Raises as ``Client.getreply`` does."""
        client.putcmd(command, arguments)
        return (yield from self._reply(client))

    def _reply(self, client: Client) -> Generator[Awaited, None, tuple[int, bytes]]:
        """Return the next reply once the whole of it has come, so that a server that drips holds up nobody else."""
        replies, until = client.replies, self._limits.until()
        while not replies.is_whole() and self._limits.monotonic() < until:
            yield Awaited(replies.descriptor, until)
            if not replies.take():
                break
        return client.getreply(until)

    def _answers(self, client: Client) -> Generator[Awaited, None, tuple[Phase, int, bytes]]:
        """Return the first refusal among the answers to MAIL, RCPT and DATA, or the answer to DATA, with its phase."""
        client.owes(2)
        phase, code, reply = Phase.MAIL, *(yield from self._reply(client))
        for owed, later in ((1, Phase.RCPT), (0, Phase.DATA)):
            self._limits.patience = self._settings.data_timeout if later is Phase.DATA else self._settings.command_timeout
            client.owes(owed)
            try:
                said = yield from self._reply(client)
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                if not 200 <= code <= 299:
                    break  # it refused, then hung up: the refusal is the answer
                self._drop()
                raise lost(later, reason(error)) from error
            if 200 <= code <= 299:
                phase, code, reply = later, *said
            elif said[0] == 354:
                # it waits for a text without a recipient (RFC 2920, section 3.1); to hang up is to send none
                client.close()
        return phase, code, reply

    def _mail(self, client: Client, message: EmailEnvelope, sender: str, recipient: str) -> tuple[str, str]:
        """Return the MAIL command for this message, and set the connection up for it."""
        self._limits.patience = self._settings.command_timeout
        return "mail", f"FROM:<{sender}>{self._options(client, message, sender, recipient)}"

    def _options(self, client: Client, message: EmailEnvelope, sender: str, recipient: str) -> str:
        """Return the parameters of MAIL. Raises MessageRejected for what the server cannot take."""
        options = ""
        if client.does_esmtp:
            features, size = client.esmtp_features, len(message.content)
            if "size" in features:
                limit = features["size"]
                if limit.isdecimal() and len(limit) < 20 and 0 < int(limit) < size:
                    raise MessageRejected(f"The mail has {size} bytes, the mail server takes {limit}.", provider_code="size")
                options = f" size={size}"
            if "8bitmime" in features and not message.content.isascii():
                options += " body=8bitmime"
        if message.smtputf8 or not (sender.isascii() and recipient.isascii()):
            if not client.has_extn("smtputf8"):
                raise MessageRejected(
                    "The address has letters outside ASCII before the @, and the mail server does not offer SMTPUTF8.",
                    provider_code="smtputf8",
                )
            options += " smtputf8"
            client.command_encoding = "utf-8"
        else:
            client.command_encoding = "ascii"
        return options

    def _hand_over(self, client: Client, message: EmailEnvelope, recipient: str, asked: Phase) -> Steps:
        """Send what is left to send after ``asked`` was granted; return the receipt."""
        phase, limits, settings = asked, self._limits, self._settings
        round_trip = 0.0
        try:
            code, reply = 354 if asked is Phase.DATA else 250, b""
            if asked is Phase.MAIL:
                phase = Phase.RCPT
                code, reply = yield from self._ask(client, "rcpt", f"TO:<{recipient}>")
                if 200 <= code <= 299:
                    phase, limits.patience = Phase.DATA, settings.data_timeout
                    asked_at = limits.monotonic()
                    code, reply = yield from self._ask(client, "data")
                    round_trip = limits.monotonic() - asked_at
            if phase is Phase.DATA and code == 354:
                phase, limits.patience = Phase.BODY, settings.final_timeout
                if client.spoke_early():
                    raise smtplib.SMTPServerDisconnected("the server answered before it had the message")
                content = _stuffed(message.content)
                if self._proved:
                    client.send(content + b".\r\n")
                else:
                    client.send(content)
                    silent_until = limits.monotonic() + min(1.0, _PROOF_WAIT + 2 * round_trip)
                    for _ in range(_HOUSEKEEPING):
                        if client.spoke_early() or limits.monotonic() >= silent_until:
                            break
                        yield Awaited(client.replies.descriptor, silent_until)
                    self._require_silence(client)
                    client.send(b".\r\n")
                phase = Phase.END
                code, reply = yield from self._reply(client)
                if 200 <= code <= 299:
                    if not self._proved:
                        yield from self._prove(client)
                    return Receipt(reply=f"{code} {plain(reply)}")
            elif 200 <= code <= 399:
                code = -1  # positive, but not the go-ahead
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            raise lost(phase, reason(error)) from error
        raise (yield from self._refuse(phase, code, reply))

    def _require_silence(self, client: Client) -> None:
        """Raise when the server answers though the dot has not been sent."""
        if not client.spoke_early():
            return
        code, reply = client.getreply()
        if 400 <= code <= 599:  # it refuses the rest of the text
            self._drop()
            raise refused(Phase.END, code, reply)
        self._drop()
        raise OutcomeUnknown("The server said yes before the message was complete; that is no receipt.", provider_code="early")

    def _prove(self, client: Client) -> Generator[Awaited, None, None]:
        """Make sure, once a connection, that the first receipt was not an early answer.

        A server that answered before the dot answers it now, in place of the NOOP. A server that hangs up or
        does not know NOOP has nothing to take back.
        """
        self._limits.patience = self._settings.command_timeout
        try:
            code, reply = yield from self._ask(client, "noop")
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            if isinstance(error.__context__, TimeoutError) or "more than one reply" in str(error):
                raise lost(Phase.END, reason(error)) from error
            return
        if 200 <= code <= 299 or code in (500, 502):
            self._proved = True
            return
        self._drop()
        if code != 421:
            raise OutcomeUnknown(f"After its receipt the server took it back: {code} {plain(reply)}", provider_code="early")

    def _refuse(self, phase: Phase, code: int, reply: bytes) -> Generator[Awaited, None, TransportError]:
        """Return the error for a refusal, with the conversation ready for the next message or closed."""
        error = refused(phase, code, reply)
        client = self._client
        if client is None or code == 421 or not 400 <= code <= 599:
            self._drop()
            return error
        self._limits.patience = self._settings.command_timeout
        try:
            if (yield from self._ask(client, "rset"))[0] != 250:
                self._drop()
        except (smtplib.SMTPServerDisconnected, OSError):
            self._drop()
        return error

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _address(address: str, *, sender: bool = False) -> str:
    """Return the address as MAIL and RCPT take it, an international domain in its ASCII form."""
    if sender and not address:
        return ""
    if not _ENVELOPE_ADDRESS.fullmatch(address):
        raise AddressRejected("The address cannot be put into an SMTP envelope.", provider_code="syntax")
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        raise AddressRejected("The domain of the address is no internet name.", provider_code="syntax") from None


def _stuffed(content: bytes) -> bytes:
    """Return the text with leading dots doubled (RFC 5321 section 4.5.2) and a line end at its end.

    A dot after a bare LF is doubled too: some servers take that for a line.
    """
    # a compiled pattern: bytes' own search for two bytes takes four times as long (40 us in 30 kB)
    if _DOT_LINE.search(content):
        content = content.replace(b"\n.", b"\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content if content.endswith(b"\r\n") else content + b"\r\n"
