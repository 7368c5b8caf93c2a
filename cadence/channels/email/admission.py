"""Getting in: connect to the mail server, protect the way, log in; and say why it did not work.

No fallback: what the settings ask for is met or refused by name. Whether the fault is ours (pause the
channel) or passing (try later) is decided here for everything before the first MAIL.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Literal

from cadence.channels.email.conversation import Client, Deadlines, TlsClient
from cadence.channels.email.errors import Phase, lost, plain, reason, refused
from cadence.channels.email.xoauth2 import TokenSource, log_in_smtp
from cadence.domain.sending.reply_words import Cause
from cadence.errors import ChannelRefused, TemporarilyUnavailable, TransportError

#: what is no name to be greeted by: an IP address, and what every machine calls itself
_NO_NAME = re.compile(r"[\d.]+|.*[\[:].*|localhost\..*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """The server, the protection of the way to it, and the limits. Times in seconds."""

    host: str
    port: int = 587
    username: str = ""
    password: str = field(default="", repr=False)
    #: in place of a password (``xoauth2``)
    tokens: TokenSource | None = field(default=None, repr=False)
    #: off; required: STARTTLS; implicit: TLS from the first byte
    tls: Literal["off", "required", "implicit"] = "required"
    #: our name in EHLO; empty: what ``own_name`` finds
    helo: str = ""
    connections: int = 5
    per_second: float | None = None
    connect_timeout: float = 30
    command_timeout: float = 300
    data_timeout: float = 120
    block_timeout: float = 180
    final_timeout: float = 600
    #: for one message, from first command to last reply, all timeouts together
    deadline: float = 900
    #: PEM file of the authority that signed the server's certificate; empty: those the system trusts
    ca_file: str = ""


def open_client(settings: SmtpServer, limits: Deadlines) -> Client:
    """Return a client that is connected, protected and logged in. Raises TransportError, with nothing left open."""
    phase = Phase.CONNECT
    client: Client | None = None
    helo, patience = settings.helo or own_name(), _patience(settings)
    try:
        # TLS off needs no certificates, and loading those of the system takes 20 ms
        context = None if settings.tls == "off" else ssl.create_default_context(cafile=settings.ca_file or None)
        if settings.tls == "implicit" and context is not None:
            client = TlsClient(settings.host, settings.port, helo=helo, connect_timeout=patience, limits=limits, context=context)
        else:
            client = Client(settings.host, settings.port, helo=helo, connect_timeout=patience, limits=limits)
        phase = Phase.HELLO
        _hello(client)
        if settings.tls == "required":
            phase = Phase.TLS
            code, reply = client.starttls(context=context)
            if code != 220:
                raise smtplib.SMTPResponseException(code, reply)
            phase = Phase.HELLO
            _hello(client)
        if settings.tokens is not None:
            phase = Phase.LOGIN
            log_in_smtp(client, settings.username, settings.tokens)
        elif settings.username:
            phase = Phase.LOGIN
            client.login(settings.username, settings.password)
        return client
    except BaseException as error:
        if client is not None:
            client.close()
        if isinstance(error, TransportError):
            raise
        if isinstance(error, smtplib.SMTPException | OSError | ValueError):
            raise _admission_error(settings, phase, error) from error
        raise


def _patience(settings: SmtpServer) -> float:
    """Return how long to try each address of the server, in seconds: all together no longer than one.

    An address that swallows packets (IPv6 without a route, say) must not eat the time of those after it.
    """
    try:
        found = {entry[4] for entry in socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)}
    except OSError:  # said by the connection itself, in its words
        return settings.connect_timeout
    return settings.connect_timeout / max(1, len(found))


def _hello(client: Client) -> None:
    code, reply = client.ehlo()
    if not 200 <= code <= 299 and code != 421:
        code, reply = client.helo()
    if not 200 <= code <= 299:
        raise smtplib.SMTPResponseException(code, reply)


def _admission_error(settings: SmtpServer, phase: Phase, error: Exception) -> TransportError:
    server = f"{settings.host}:{settings.port}"
    if isinstance(error, smtplib.SMTPConnectError):
        return refused(Phase.GREETING, error.smtp_code, _bytes(error.smtp_error))
    if isinstance(error, smtplib.SMTPResponseException):
        said = refused(phase, error.smtp_code, _bytes(error.smtp_error))
        if phase is Phase.HELLO and said.cause == Cause.HELLO_NAME:
            # Google says "421 ... (EHLO)", as if it would pass: it is the name, and every message would be told the same
            helo = settings.helo or own_name()
            return ChannelRefused(
                f"{server} does not take the name {helo} that we greet it by: {said}", cause=said.cause, provider_code=said.provider_code
            )
        return said
    if isinstance(error, smtplib.SMTPNotSupportedError):
        if phase is Phase.TLS:
            return ChannelRefused(f"{server} does not offer STARTTLS, and no mail is sent in clear text.", provider_code="starttls")
        return ChannelRefused(f"{server} offers no login; remove the username or use another port.", provider_code="login")
    cause = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) and error.__context__ else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ChannelRefused(f"The certificate of {server} is not good: {cause.verify_message}", provider_code="certificate")
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ChannelRefused(f"{server} does not speak TLS as it should: {cause.reason or cause}", provider_code="tls")
    if phase is Phase.TLS and "more than one reply" in str(error):
        return ChannelRefused(f"{server} sent clear text after it agreed to STARTTLS; someone may sit in between.", provider_code="tls")
    if phase is Phase.LOGIN and (type(error) is smtplib.SMTPException or isinstance(error, ValueError)):
        return ChannelRefused(f"{server}: no login is possible: {plain(str(error).encode())}", provider_code="login")
    if isinstance(cause, socket.gaierror):
        return TemporarilyUnavailable(f"The mail server's name {settings.host} is not known here: {cause.strerror}", provider_code="dns")
    if phase is Phase.CONNECT and isinstance(error, OSError) and not isinstance(error, smtplib.SMTPServerDisconnected):
        return TemporarilyUnavailable(f"{server} cannot be reached: {cause.strerror or cause}", provider_code="connect")  # type: ignore[attr-defined]
    return lost(Phase.GREETING if phase is Phase.CONNECT else phase, reason(error))


def own_name(public: str = "", sender: str = "") -> str:
    """Return the name to greet a mail server by: our public host name, else this machine's, else the domain of the sender.

    An address literal only when no full name is known: some relays take nobody who greets by one.
    """
    for name in (public, socket.gethostname(), sender):
        if "." in name and name.isascii() and not _NO_NAME.fullmatch(name):
            return name.rstrip(".")
    return "[127.0.0.1]"


def _bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode()
