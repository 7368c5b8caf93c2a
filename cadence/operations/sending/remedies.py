"""What an admin changes when a mail server refuses us, by the cause that its words tell. Plain sentences; no decision is made here."""

from __future__ import annotations

from cadence.domain.sending.reply_words import Cause

_REMEDIES: dict[str, str] = {
    Cause.RELAY: "Let the mail server relay for this machine, or give Cadence a login (CADENCE_SMTP__USERNAME).",
    Cause.LOGIN: "Set a login that the mail server takes: CADENCE_SMTP__USERNAME and __PASSWORD_FILE, or OAuth (docs/channels.md).",
    Cause.SENDER: "Check CADENCE_SMTP__FROM and __RETURN_PATH: the mail server has to accept this sender, and its mailbox has to exist.",
    Cause.BLOCKLIST: "This machine's address is not trusted: send through your provider's relay, or ask to be taken off the list.",
    Cause.HELLO_NAME: "Set CADENCE_SMTP__HELO to a full host name of this machine, such as cadence.example.com.",
    Cause.AUTHENTICATION: "Publish SPF, DKIM and DMARC for the domain of CADENCE_SMTP__FROM, as your provider says.",
    Cause.QUOTA: "The mail account has sent all it may for now: wait, raise its limit, or set CADENCE_SMTP__PER_MINUTE lower.",
    Cause.POLICY: "Ask the mail server's admin to let digests of this sender through; check SPF, DKIM and DMARC.",
    Cause.SIZE: "The mail server takes no mail of this size: shorten the statements, or raise its limit.",
}


def remedy_for(cause: str) -> str:
    """Return what to change, empty when the cause tells nothing to change."""
    return _REMEDIES.get(cause, "")
