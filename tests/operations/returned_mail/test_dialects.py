"""Bounces of every mail system that writes them in its own words, and refusals that are about us and not about the person."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.fixtures.returned import a_dsn
from tests.operations.returned_mail.conftest import World

DIALECTS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "dialects.toml").read_text(encoding="utf-8"))


def in_words(world: World, body: str, *, subject: str = "failure notice", sender: str = "", headers: str = "") -> bytes:
    lines = [
        f"From: {sender or 'MAILER-DAEMON@mx.test'}",
        "To: bounces+{ID}@example.com",
        f"Subject: {subject}",
        *([headers] if headers else []),
        "Content-Type: text/plain; charset=utf-8",
        "",
        body.strip("\n"),
    ]
    return "\r\n".join(lines).replace("{ID}", world.id).replace("{RCPT}", "ana@example.com").encode()


def told(world: World, dialect: dict[str, str]) -> bytes:
    return in_words(world, dialect["body"], subject=dialect["subject"], sender=dialect.get("from", ""), headers=dialect.get("headers", ""))


@pytest.mark.parametrize("name", DIALECTS)
def test_no_such_mailbox_in_every_dialect(sqlite_world: World, name: str) -> None:
    done = sqlite_world.read(told(sqlite_world, DIALECTS[name]))
    assert (done.kind, done.outcome) == ("bounce", "suspended")


def test_there_are_enough_dialects() -> None:
    assert len(DIALECTS) >= 41


#: refusals of our sender, our server, our pace or our content, as they stand in a returned mail: never the person's fault
REFUSALS = {
    # policy
    "spamhaus": ("5.7.1", "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org"),
    "spamhaus, no code": ("5.0.0", "550 Blocked - see https://www.spamhaus.example/query/ip/192.0.2.1"),
    "spf": ("5.7.23", "550 5.7.23 The message was rejected because of Sender Policy Framework violation"),
    "dmarc": ("5.7.26", "550-5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy."),
    "dkim": ("5.7.20", "550 5.7.20 No passing DKIM signature found"),
    "no reverse name": ("5.7.25", "550 5.7.25 Client host rejected: cannot find your reverse hostname"),
    "no reverse name, words": ("5.0.0", "550 Reverse DNS lookup failed for host 192.0.2.1"),
    "relay": ("5.7.1", "550 5.7.1 Unable to relay"),
    "relay, words": ("5.0.0", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    "relay access denied": ("5.7.1", "554 5.7.1 <ana@example.com>: Relay access denied"),
    "log in first": ("5.5.1", "530 5.5.1 Authentication Required."),
    "sender verify": ("5.0.0", "550-Verification failed for <cadence@example.com> 550-No Such User Here 550 Sender verify failed"),
    "sender verify, postfix": ("5.1.8", "550 5.1.8 <cadence@example.com>: Sender address rejected: Domain not found"),
    "sender unknown": ("5.1.7", "550 5.1.7 <cadence@example.com>: Sender address rejected: undeliverable address: User unknown"),
    "mimecast": ("5.0.0", "554 Email rejected due to security policies - https://community.example/docs/DOC-1369#554"),
    "mimecast, header": ("5.0.0", "550 Administrative prohibition - envelope blocked - https://community.example/docs/DOC-1369#550"),
    "proofpoint": ("5.7.0", "554 5.7.0 Blocked - see https://ipcheck.proofpoint.example/?ip=192.0.2.1"),
    "proofpoint, policy": ("5.7.0", "550 5.7.0 Local Policy Violation"),
    "barracuda": ("5.7.1", "554 Service unavailable; Client host [mail.example.com] blocked using Barracuda Reputation"),
    "cloudmark": ("5.7.1", "550 5.7.1 Message contains spam or virus."),
    "spamassassin": ("5.7.1", "550 5.7.1 Blocked by SpamAssassin"),
    "looks like spam": ("5.0.0", "550 Message rejected: looks like unsolicited bulk mail"),
    "high probability of spam": ("5.0.0", "550 High probability of spam"),
    "gmail spam": ("5.7.1", "550-5.7.1 Our system has detected that this message is likely unsolicited mail."),
    "outlook block list": ("5.7.606", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]"),
    "outlook, part of network": (
        "5.7.1",
        "550 5.7.1 Unfortunately, messages from [192.0.2.1] were not sent. Their network is on our block list",
    ),
    "yahoo": ("5.7.9", "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.example"),
    "t-online": (
        "5.0.0",
        "554 IP=192.0.2.1 - A problem occurred. Ask your postmaster for help or contact tosa@rx.t-online.example to clarify.",
    ),
    "virus": ("5.7.0", "554 5.7.0 Our content filter detected a virus in your message"),
    "restricted": ("5.7.129", "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized"),
    "only internal": ("5.7.133", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required"),
    # pace, moment, room
    "gmail rate of a mailbox": (
        "5.2.1",
        "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.",
    ),
    "gmail, unusual rate": (
        "4.7.28",
        "421-4.7.28 Our system has detected an unusual rate of mail originating from your IP address.",
    ),
    "daily limit": ("5.4.5", "550 5.4.5 Daily user sending limit exceeded."),
    "hop count": ("5.4.6", "554 5.4.6 Hop count exceeded - possible mail loop"),
    "too many connections": ("5.0.0", "554 Too many connections from your host, try again later"),
    "full": ("5.2.2", "552 5.2.2 The email account that you tried to reach is over quota."),
    "too big": ("5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
    "queue time": ("4.4.7", "smtp; 451 4.4.7 Delivery time expired"),
    "name service": ("5.4.4", "dns; Host or domain name not found. Name service error for name=example.com type=MX: Host not found"),
    "server down": ("5.4.1", "[Status: Error, Address: ana@example.com, ResponseCode 421, Host not responding]"),
    "disabled for a while": ("5.2.1", "550 5.2.1 Mailbox temporarily disabled: ana@example.com"),
    "mailbox busy": ("4.2.0", "450 4.2.0 Mailbox is busy"),
}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("form", ["fields", "words"])
def test_a_refusal_of_us_or_of_the_moment_suspends_nobody(sqlite_world: World, name: str, form: str) -> None:
    """The same words lead to the same, in the fields of RFC 3464 and in an Exim-like report without any."""
    world = sqlite_world
    status, said = REFUSALS[name]
    body = f"A message that you sent could not be delivered. The following address failed:\n\n  {{RCPT}}\n    {status}: {said}\n"
    raw = a_dsn(world.id, status=status, diagnostic=f"smtp; {said}") if form == "fields" else in_words(world, body)
    done = world.read(raw)
    assert done.kind == "bounce"
    assert done.outcome in ("policy", "counted")
    assert world.address().suspended_at is None


def test_there_are_enough_refusals() -> None:
    assert len(REFUSALS) >= 40


LATE = {
    "delivered": ("Delivery Status Notification (Success)", "Your message was successfully delivered to {RCPT}."),
    "relayed": (
        "Delivery Status Notification (Relay)",
        "Relayed to a server that sends no notices: {RCPT}. Delivery to it could not be confirmed.",
    ),
    "exim": (
        "Warning: message delayed 24 hours",
        "A message that you sent has not yet been delivered after 24 hours:\n\n  {RCPT}\n\nNo action is required.",
    ),
    "sendmail": (
        "Warning: could not send message for past 4 hours",
        "** THIS IS A WARNING MESSAGE ONLY **\n** YOU DO NOT NEED TO RESEND YOUR MESSAGE **\n\n<{RCPT}>\n  Deferred: Connection refused",
    ),
    "postfix": (
        "Delayed Mail (still being retried)",
        "Your message could not be delivered for more than 4 hours.\nIt will be retried until it is 5 days old.\n\n<{RCPT}>: timed out",
    ),
    "exchange": (
        "Delayed: x",
        "Delivery is delayed to these recipients:\n\n{RCPT}\nThis message hasn't been delivered yet. Delivery attempts will go on.",
    ),
}


@pytest.mark.parametrize(("subject", "body"), LATE.values(), ids=LATE.keys())
def test_a_mail_that_is_only_late_did_not_fail(sqlite_world: World, subject: str, body: str) -> None:
    done = sqlite_world.read(in_words(sqlite_world, body, subject=subject))
    assert done.kind == "notice"
    assert sqlite_world.address().failure_score == 0.0
    assert sqlite_world.notices() == []
