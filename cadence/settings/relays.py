"""What well-known mail relays ask for: where they listen, and how fast and over how many connections they may be fed.

A leaf of plain values; ``fields`` fills in what the settings leave open. Where a provider publishes no rate, ours
is a careful one and the source says so; every value can be set otherwise. Read in November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RelayName(StrEnum):
    """The relays we know; ``generic`` presumes nothing."""

    GENERIC = "generic"
    GMAIL = "gmail"
    OFFICE365 = "office365"
    SES = "ses"
    POSTMARK = "postmark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Settings that fit a relay. ``host`` is empty where it depends on the account; ``source``: where the limits are told."""

    host: str = ""
    port: int = 587
    per_minute: float | None = None
    connections: int = 5
    #: what else binds, for people to read
    limit: str = ""
    source: str = ""


RELAYS: dict[RelayName, Relay] = {
    RelayName.GENERIC: Relay(),
    RelayName.GMAIL: Relay(
        host="smtp-relay.gmail.com",
        per_minute=120.0,
        limit="10,000 recipients a day for each sender, 319,444 in 10 minutes for the organisation; no rate a minute is published",
        source="https://support.google.com/a/answer/2956491",
    ),
    RelayName.OFFICE365: Relay(
        host="smtp.office365.com",
        per_minute=25.0,
        connections=3,
        limit="30 messages a minute, 3 connections and 10,000 recipients a day for each mailbox",
        source="https://learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements",
    ),
    RelayName.SES: Relay(
        per_minute=60.0,
        limit="1 message a second and 200 a day in the sandbox; afterwards what your account says: set smtp.per_minute to it",
        source="https://docs.aws.amazon.com/ses/latest/dg/quotas.html",
    ),
    RelayName.POSTMARK: Relay(
        host="smtp.postmarkapp.com",
        per_minute=600.0,
        limit="no rate is published; user name and password are the server's API token",
        source="https://postmarkapp.com/developer/user-guide/send-email-with-smtp",
    ),
}
