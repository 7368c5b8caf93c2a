"""XOAUTH2: an access token in place of a password, as Microsoft 365 and Gmail take it for SMTP and IMAP.

A token that the server does not take is renewed and shown once more, so that one that ended early loses no mail.
Format: developers.google.com/workspace/gmail/imap/xoauth2-protocol; Microsoft's is the same.
"""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Callable

from cadence.channels.email.errors import plain
from cadence.domain.sending.reply_words import Cause
from cadence.errors import ChannelRefused

#: returns a token; given one that was refused, returns another
TokenSource = Callable[[str], str]


def log_in_smtp(client: smtplib.SMTP, username: str, tokens: TokenSource) -> None:
    """Log in to a mail server. Raises ChannelRefused when it takes no token of ours, and what smtplib raises."""
    if "XOAUTH2" not in client.esmtp_features.get("auth", "").upper().split():
        raise ChannelRefused("The mail server does not offer XOAUTH2; set smtp.auth to password.", provider_code="login", cause=Cause.LOGIN)
    token = tokens("")
    try:
        _show_smtp(client, username, token)
    except smtplib.SMTPAuthenticationError as error:
        if not 500 <= error.smtp_code <= 599:
            raise
        try:
            _show_smtp(client, username, tokens(token))
        except smtplib.SMTPAuthenticationError as again:
            if not 500 <= again.smtp_code <= 599:
                raise
            raise _refused("mail server", username, again.smtp_error, f"{again.smtp_code} ") from None


def log_in_imap(client: imaplib.IMAP4, username: str, tokens: TokenSource) -> None:
    """Log in to a mailbox. Raises ChannelRefused when it takes no token of ours, and what imaplib raises."""
    if "AUTH=XOAUTH2" not in client.capabilities:
        raise ChannelRefused(
            "The mailbox server does not offer XOAUTH2; set imap.auth to password.", provider_code="login", cause=Cause.LOGIN
        )
    token = tokens("")
    try:
        _show_imap(client, username, token)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        try:
            _show_imap(client, username, tokens(token))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as again:
            raise _refused("mailbox server", username, str(again).encode("utf-8", "replace")) from None


def words_of(username: str, token: str) -> str:
    """Return what is shown to the server, before base64."""
    return f"user={username}\x01auth=Bearer {token}\x01\x01"


def _show_smtp(client: smtplib.SMTP, username: str, token: str) -> None:
    # a challenge tells why in JSON, and wants an empty answer before the server says no
    client.auth("XOAUTH2", lambda challenge=None: words_of(username, token) if challenge is None else "")


def _show_imap(client: imaplib.IMAP4, username: str, token: str) -> None:
    client.authenticate("XOAUTH2", lambda challenge: b"" if challenge else words_of(username, token).encode())


def _refused(who: str, username: str, said: bytes | str, code: str = "") -> ChannelRefused:
    words = plain(said if isinstance(said, bytes) else said.encode())
    hint = "check that this account consented and that the mailbox allows this way in (docs/channels.md)"
    return ChannelRefused(
        f"The {who} took no OAuth token of {username}: {code}{words}; {hint}", provider_code=(code or "login").strip(), cause=Cause.LOGIN
    )
