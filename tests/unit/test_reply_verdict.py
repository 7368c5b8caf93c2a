"""What servers say and whom it is about: replies in the style of the servers that people use, each with the right verdict.

The words are invented after what the servers are known to say; no reply is quoted from anybody's mail.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.sending.address_health import Bounce, judge_bounce
from cadence.domain.sending.reply_verdict import RefusalVerdict, Stage, judge_reply
from cadence.domain.sending.reply_words import Cause

GONE, FAILING, CHANNEL, LATER = RefusalVerdict.GONE, RefusalVerdict.FAILING, RefusalVerdict.CHANNEL, RefusalVerdict.LATER
RESTRICTED, MESSAGE, UNKNOWN = RefusalVerdict.RESTRICTED, RefusalVerdict.MESSAGE, RefusalVerdict.UNKNOWN

#: (server, status of the returned mail, what it says, verdict)
DIALECTS = [
    ("postfix", "5.1.1", "550 5.1.1 <p@x.test>: Recipient address rejected: User unknown in local recipient table", GONE),
    ("postfix-relay-table", "5.1.1", "550 5.1.1 <p@x.test>: Recipient address rejected: User unknown in relay recipient table", GONE),
    ("postfix-virtual", "5.1.1", "550 5.1.1 <p@x.test>: Recipient address rejected: User unknown in virtual mailbox table", GONE),
    ("postfix-full", "5.2.2", "552 5.2.2 <p@x.test>: Recipient address rejected: Mailbox full", FAILING),
    ("exim", "5.0.0", "550 No Such User Here", GONE),
    ("exim-unrouteable", "5.0.0", "550 Unrouteable address", GONE),
    ("qmail", "", "Sorry, no mailbox here by that name. (#5.1.1)", GONE),
    ("qmail-vpopmail", "", "This user doesn't have a x.test account (#5.1.1)", GONE),
    ("qmail-vpopmail-no-code", "", "550 sorry, no mailbox here by that name - chkusr", GONE),
    ("qmail-no-longer", "", "This address no longer accepts mail.", GONE),
    ("sendmail", "5.1.1", "550 5.1.1 <p@x.test>... User unknown", GONE),
    ("sendmail-host", "5.1.2", "550 5.1.2 <p@x.test>... Host unknown (Name server: x.test: host not found)", FAILING),
    ("exchange-55", "", "The recipient name is not recognized MSEXCH:IMS:X:SITE:SRV 0 (000C05A6) Unknown Recipient", GONE),
    ("exchange-on-premises", "5.1.1", "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", GONE),
    (
        "exchange-on-premises-full",
        "5.2.2",
        "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuota",
        FAILING,
    ),
    ("exchange-online", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient p@x.test not found by SMTP address lookup", GONE),
    (
        "exchange-online-protection",
        "5.4.1",
        "550 5.4.1 [p@x.test]: Recipient address rejected: Access denied [x.prod.protection.test]",
        GONE,
    ),
    ("outlook.com", "5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [x.prod.protection.test]", FAILING),
    ("hotmail", "5.0.0", "550 Requested action not taken: mailbox unavailable (-1234567890:3721:-2147467259)", FAILING),
    (
        "gmail",
        "5.1.1",
        "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking it",
        GONE,
    ),
    ("gmail-disabled", "5.2.1", "550 5.2.1 The email account that you tried to reach is disabled. p=DisabledUser", GONE),
    ("gmail-inactive", "5.2.1", "550-5.2.1 The email account that you tried to reach is inactive.", GONE),
    ("gmail-full", "5.2.2", "552-5.2.2 The email account that you tried to reach is over quota. OverQuotaPerm", FAILING),
    (
        "gmail-rate",
        "5.2.1",
        "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
        LATER,
    ),
    ("yahoo", "5.0.0", "554 delivery error: dd This user doesn't have a yahoo.test account (p@yahoo.test) [0] - mta1", GONE),
    ("yahoo-closed", "5.0.0", "554 30 Sorry, your message to p@yahoo.test cannot be delivered. This mailbox is disabled (554.30).", GONE),
    ("yahoo-not-found", "5.0.0", "552 1 Requested mail action aborted, mailbox not found", GONE),
    ("aol", "5.1.1", "550 5.1.1 <p@aol.test>: Recipient address rejected: aol.test", GONE),
    ("domino", "5.0.0", "User p (p@x.test) not listed in Domino Directory", GONE),
    ("lotus", "", "User p (p@x.test) not listed in public Name & Address Book", GONE),
    ("mimecast", "5.0.0", "550 Invalid Recipient - https://community.mimecast.test/docs/DOC-1369#550", GONE),
    ("proofpoint", "5.1.1", "550 5.1.1 <p@x.test>... User unknown - sink.pphosted.test", GONE),
    ("proofpoint-essentials", "5.0.0", "550 Invalid recipient p@x.test (Mode: normal)", GONE),
    ("barracuda", "5.0.0", "550 permanent failure for one or more recipients (p@x.test:550 No such user (p@x.test))", GONE),
    ("barracuda-unclear", "5.0.0", "550 permanent failure for one or more recipients (p@x.test:550 550 Failed)", FAILING),
    (
        "ses",
        "5.1.1",
        "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address",
        GONE,
    ),
    ("sendgrid", "5.0.0", "550 Unknown Recipient", GONE),
    ("sendgrid-suppressed", "", "Bounced Address", GONE),
    ("mailgun", "", "Not delivering to previously bounced address", GONE),
    ("postmark", "5.0.0", "You tried to send to a recipient that has been marked as inactive: InactiveRecipient", GONE),
    ("zoho", "5.1.1", "550 5.1.1 User does not exist - <p@x.test>", GONE),
    ("zoho-invalid", "5.0.0", "553 Invalid email recipients", GONE),
    ("icloud", "5.1.1", "550 5.1.1 <p@icloud.test>: user does not exist", GONE),
    ("mac.com", "5.1.6", "550 5.1.6 recipient no longer on server: p@mac.test", GONE),
    ("gmx", "5.0.0", "550 Requested action not taken: mailbox unavailable For explanation visit https://postmaster.gmx.test", FAILING),
    (
        "web.de",
        "5.0.0",
        "552 Requested mail action aborted: exceeded storage allocation Quota exceeded. The recipient mailbox is full.",
        FAILING,
    ),
    ("t-online", "5.0.0", "550 user unknown", GONE),
    ("orange", "5.1.1", "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]", GONE),
    ("orange-no-code", "5.0.0", "550 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416", GONE),
    ("free", "5.0.0", "550 5.5.0 utilisateur inconnu", GONE),
    ("laposte", "5.5.1", "550 5.5.1 Adresse d au moins un destinataire incorrecte. LPN007_401", GONE),
    ("libero", "5.0.0", "550 <p@libero.test> : utente sconosciuto - user unknown", GONE),
    ("qq", "5.0.0", "550 Mailbox not found. https://service.mail.qq.test/cgi-bin/help?subtype=1&id=20022", GONE),
    ("qq-unclear", "5.0.0", "550 Mailbox unavailable or access denied [abc IP: 192.0.2.7]", FAILING),
    ("163", "5.0.0", "550 User not found: p@163.test", GONE),
    ("163-suspended", "5.0.0", "550 User suspended: p@163.test", FAILING),
    ("naver", "5.1.1", "550 5.1.1 No such user here p - nsmtp", GONE),
    ("mail.ru", "5.0.0", "550 Message was not accepted -- invalid mailbox. Local mailbox p@mail.test is unavailable: user not found", GONE),
    (
        "mail.ru-disabled",
        "5.0.0",
        "550 Message was not accepted -- invalid mailbox. Local mailbox p@mail.test is unavailable: account is disabled",
        GONE,
    ),
    ("yandex", "5.7.1", "550 5.7.1 No such user! 1466 abc", GONE),
    ("courier", "5.0.0", "550 User unknown.", GONE),
    ("courier-maildrop", "5.2.2", "maildrop: maildir over quota.", FAILING),
    ("zimbra", "5.1.1", "550 5.1.1 <p@x.test>: Recipient address rejected: x.test", GONE),
    ("groupwise", "5.0.0", "550 5.1.1 no such recipient: unknown user p", GONE),
    ("groupwise-words", "", "The message could not be delivered: user not found at the domain's post office", GONE),
    ("ironport", "5.1.0", "550 #5.1.0 Address rejected.", GONE),
    ("ironport-ldap", "5.1.1", "550 #5.1.1 bad address p@x.test", GONE),
    ("messagelabs", "5.0.0", "550 Invalid recipient <p@x.test> (#5.1.1)", GONE),
    ("mdaemon", "5.0.0", "550 <p@x.test>, Recipient unknown", GONE),
    ("kerio", "5.1.1", "550 5.1.1 User unknown", GONE),
    ("mailenable", "5.0.0", "550 Requested action not taken: mailbox unavailable or not local", FAILING),
    ("hmailserver", "5.0.0", "550 Unknown user", GONE),
    ("communigate", "5.0.0", "550 5.1.1 p@x.test account is unknown", GONE),
    ("axigen", "5.0.0", "550 Unknown recipient p@x.test", GONE),
    ("imail", "5.0.0", "550 unknown user <p@x.test>", GONE),
    ("comcast", "5.1.1", "550 5.1.1 Not our Customer", GONE),
    ("cox", "5.1.1", "550 5.1.1 <p@cox.test> recipient rejected", GONE),
    ("fastmail", "5.1.1", "550 5.1.1 <p@fastmail.test>: Recipient address rejected: User unknown in virtual mailbox table", GONE),
    ("rackspace", "5.1.1", "550 5.1.1 <p@x.test>: Recipient address rejected: User unknown", GONE),
    ("godaddy", "5.1.1", "550 5.1.1 <p@x.test> Recipient not found. <https://x.test/?code=IB504>", GONE),
    ("ionos", "5.0.0", "550 Requested action not taken: mailbox unavailable invalid DNS MX or A/AAAA resource record", FAILING),
    ("ovh", "5.1.1", "550 5.1.1 <p@x.test>: Recipient address rejected: User unknown", GONE),
    ("seznam", "5.0.0", "550 5.1.1 User unknown: nonexistent user p", GONE),
    ("wp.pl", "5.0.0", "550 Skrzynka nie istnieje (unknown user)", GONE),
    ("uol", "5.0.0", "550 usuário inexistente - no such user", GONE),
    ("sina", "5.0.0", "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)", GONE),
    ("sohu", "5.1.1", "550 5.1.1 <p@sohu.test>: Recipient address rejected: User unknown in local recipient table", GONE),
    ("null-mx", "5.1.10", "556 5.1.10 Recipient address has null MX", GONE),
    ("moved", "5.1.6", "551 5.1.6 p has moved to q@x.test", GONE),
    ("greeklisted-out", "4.4.7", "450 4.2.0 greylisted, and the message expired", LATER),
    ("loop", "5.4.6", "554 5.4.6 Too many hops", FAILING),
]

#: what a relay says to everybody when the fault is ours: (name, reply, cause)
REFUSALS = [
    ("exim-relay", "550 relay not permitted", Cause.RELAY),
    ("postfix-relay", "554 5.7.1 <p@x.test>: Relay access denied", Cause.RELAY),
    ("sendmail-relay", "550 5.7.1 <p@x.test>... Relaying denied. IP name lookup failed [192.0.2.7]", Cause.RELAY),
    ("sendmail-relay-login", "550 5.7.1 <p@x.test>... Relaying denied. Proper authentication required.", None),
    ("exchange-relay", "550 5.7.1 Unable to relay for p@x.test", Cause.RELAY),
    ("exchange-relay-54", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", Cause.RELAY),
    ("eop-relay", "550 5.7.64 TenantAttribution; Relay Access Denied [x.protection.test]", Cause.RELAY),
    ("qmail-relay", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Cause.RELAY),
    ("qmail-relay-valid", "553 sorry, that domain isn't allowed to be relayed thru this MTA (#5.7.1)", Cause.RELAY),
    ("domino-relay", "554 Relay rejected for policy reasons.", Cause.RELAY),
    ("groupwise-relay", "550 Relaying of mail to p@x.test is not allowed", Cause.RELAY),
    ("no-relay", "550 we do not relay", Cause.RELAY),
    ("relay-not-accepted", "551 we don't accept mail for that domain", Cause.RELAY),
    ("mailenable-login", "503 This mail server requires authentication when attempting to send to a non-local e-mail address", None),
    ("login-first", "530 5.7.0 Authentication required", Cause.LOGIN),
    ("login-first-550", "550 5.7.1 Authentication Required", Cause.LOGIN),
    ("login-netease", "553 authentication is required,smtp10", Cause.LOGIN),
    ("login-qq", "503 Error: need EHLO and AUTH first !", Cause.LOGIN),
    ("login-auth-first", "503 AUTH first (#5.5.1)", Cause.LOGIN),
    ("login-exchange", "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", Cause.LOGIN),
    ("login-pop", "550 You must check for new mail before sending mail (pop before smtp).", None),
    ("login-courier", "513 Relaying denied. Please log in first", None),
    ("login-starttls", "530 5.7.0 Must issue a STARTTLS command first", Cause.LOGIN),
    ("sender-exim", "550-Verification failed for <cadence@example.com>\n550-No Such User Here\n550 Sender verify failed", Cause.SENDER),
    ("sender-exim-joined", "Verification failed for <cadence@example.com> 550-No Such User Here 550 Sender verify failed", Cause.SENDER),
    ("sender-exim-callout", "550 Callback setup failed while verifying <cadence@example.com>: sender verify defer", Cause.SENDER),
    ("sender-postfix", "550 5.1.0 <cadence@example.com>: Sender address rejected: User unknown in virtual mailbox table", Cause.SENDER),
    ("sender-postfix-domain", "550 5.1.8 <cadence@example.com>: Sender address rejected: Domain not found", Cause.SENDER),
    ("sender-owned", "553 5.7.1 <cadence@example.com>: Sender address rejected: not owned by user ada", Cause.SENDER),
    ("sender-send-as", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", Cause.SENDER),
    ("sender-denied", "554 5.2.252 SendAsDenied; ada not allowed to send as cadence@example.com; STOREDRV.Submission.Exception", None),
    (
        "sender-ses",
        "554 Message rejected: Email address is not verified. The following identities failed the check in region EU",
        Cause.SENDER,
    ),
    ("sender-sendgrid", "550 The from address does not match a verified Sender Identity. Mail cannot be sent", Cause.SENDER),
    ("sender-no-such", "550 sender does not exist", Cause.SENDER),
    ("sender-unknown", "550 Invalid sender <cadence@example.com>: no such user", Cause.SENDER),
    ("list-spamhaus", "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.test", Cause.BLOCKLIST),
    (
        "list-microsoft",
        "550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Your network is on our block list (S3150)",
        Cause.BLOCKLIST,
    ),
    ("list-microsoft-606", "550 5.7.606 Access denied, banned sending IP [192.0.2.7]", Cause.BLOCKLIST),
    ("list-exim", "550 rejected because 192.0.2.7 is in a black list at dnsbl.test", Cause.BLOCKLIST),
    ("list-barracuda", "550 Service unavailable; client [192.0.2.7] blocked using Barracuda Reputation", Cause.BLOCKLIST),
    ("list-proofpoint", "554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.7", Cause.BLOCKLIST),
    (
        "list-gmail",
        "550-5.7.1 Our system has detected an unusual rate from your IP address. Mail from your IP address has been blocked",
        Cause.BLOCKLIST,
    ),
    ("list-icloud", "554 5.7.1 [CS01] Message rejected due to local policy", Cause.BLOCKLIST),
    ("reverse-dns", "550 5.7.25 The IP address sending this message does not have a PTR record", Cause.BLOCKLIST),
    ("reverse-dns-postfix", "550 5.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.7]", Cause.BLOCKLIST),
    ("reputation", "554 5.7.1 Poor reputation: your server has been rejected", Cause.BLOCKLIST),
    ("hello-postfix", "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", Cause.HELLO_NAME),
    ("hello-exim", "550 HELO name is syntactically invalid", Cause.HELLO_NAME),
    ("hello-invalid", "501 Syntactically invalid EHLO argument(s)", Cause.HELLO_NAME),
    ("spf", "550 5.7.23 The message was rejected because of Sender Policy Framework violation -> SPF", Cause.AUTHENTICATION),
    ("dmarc", "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy", Cause.AUTHENTICATION),
    ("dkim", "550 5.7.20 No passing DKIM signature found", Cause.AUTHENTICATION),
    ("outlook-bulk", "550 5.7.515 Access denied, sending domain example.com does not meet the required authentication level", None),
    ("quota-google", "550 5.4.5 Daily user sending limit exceeded", Cause.QUOTA),
    ("quota-microsoft", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", Cause.QUOTA),
    ("quota-host", "550 Domain example.com has exceeded the max emails per hour (500) allowed: daily sending quota", Cause.QUOTA),
    ("quota-sendgrid", "451 Authentication failed: Maximum credits exceeded", None),
    ("policy-mimecast", "554 Email rejected due to security policies - https://community.mimecast.test/docs/DOC-1369#554", Cause.POLICY),
    ("policy-plain", "550 5.7.1 Message rejected by policy", Cause.POLICY),
    ("policy-administrative", "550 Administrative prohibition", Cause.POLICY),
    ("policy-spam", "550 Message rejected: looks like unsolicited bulk mail", Cause.POLICY),
    ("policy-spam-netease", "554 DT:SPM 163 smtp10", Cause.POLICY),
    ("policy-content", "554 5.7.1 The message was rejected: spam content detected", Cause.POLICY),
    ("policy-barracuda", "550 permanent failure for one or more recipients (p@x.test:blocked)", None),
    ("policy-virus", "550 virus detected in the message", Cause.POLICY),
    ("sender-without-dns", "550 Sender has no A, AAAA, or MX DNS records. mailbox does not exist", Cause.SENDER),
    ("policy-571", "571 Email from 192.0.2.7 is currently blocked", None),
    ("service", "521 5.3.2 this host does not accept mail", None),
    ("sequence", "503 Bad sequence of commands", Cause.SERVICE),
]

#: what names neither us nor an address that is gone
OTHERS = [
    ("french-relay", "550 relais interdit", CHANNEL),
    ("spanish-relay", "550 5.7.1 retransmisión no permitida", CHANNEL),
    ("german-relay", "550 Das Relayen ist nicht gestattet", CHANNEL),
    ("link-to-nowhere", "554 5.7.1 Message rejected: contains a link to a domain that does not exist", CHANNEL),
    ("attachment", "550 Attachment type not allowed", MESSAGE),
    ("attachment-french", "550 pièce jointe interdite", MESSAGE),
    ("file-type", "550 File type .exe is blocked", MESSAGE),
    ("header-syntax", "550 Message headers fail syntax check", MESSAGE),
    ("header-missing", "550 Missing Date header", MESSAGE),
    ("bare-line-feed", "554 bare LF not allowed", MESSAGE),
    ("content-as-spam", "550 content rejected as spam", CHANNEL),
    ("attachment-as-spam", "550 5.7.1 attachment rejected as spam", CHANNEL),
    ("restricted-group", "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized", RESTRICTED),
    (
        "restricted-sender",
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; sender was not authenticated",
        RESTRICTED,
    ),
    ("restricted-old", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", RESTRICTED),
    ("restricted-124", "550 5.7.124 Sender not in allowed-senders list", RESTRICTED),
    ("restricted-words", "550 You are not authorized to send to this group", RESTRICTED),
    ("restricted-outside", "550 5.7.1 This recipient only accepts mail from inside the company", RESTRICTED),
    ("rate-mailbox", "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", LATER),
    ("rate-too-quickly", "450 4.2.1 The user you are trying to contact is receiving mail too quickly", LATER),
    ("rate-550", "550 5.7.1 Too many messages from you, slow down", LATER),
    ("later-5xx", "554 Service busy, please try again later", LATER),
    ("later-lookup", "550 5.1.1 Recipient lookup temporarily failed, try again later", LATER),
    ("later-directory", "550 user unknown - directory server unavailable, temporary failure", LATER),
    ("later-database", "550 No such user (LDAP lookup timed out)", LATER),
    ("later-greylist", "550 greylisted, please retry in 5 minutes", LATER),
    ("later-ses", "454 Throttling failure: Maximum sending rate exceeded.", LATER),
    ("later-relay-4xx", "454 4.7.1 <p@x.test>: Relay access denied", LATER),
    ("syntax-recipient", "501 Syntax error, bad recipient", FAILING),
    ("denied-at-the-door", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", FAILING),
    ("denied-by-table", "554 5.7.1 <p@x.test>: Recipient address rejected: Access denied", FAILING),
    ("disabled-for-now", "550 5.2.1 mailbox temporarily disabled", FAILING),
    ("size", "552 5.3.4 Message size exceeds fixed limit", MESSAGE),
    ("nothing-said", "550 what", UNKNOWN),
    ("transaction", "554 Transaction failed", UNKNOWN),
    ("only-a-code", "554", UNKNOWN),
]


@pytest.mark.parametrize(("server", "status", "said", "right"), DIALECTS, ids=[d[0] for d in DIALECTS])
def test_a_returned_mail_in_the_words_of_each_server_is_judged_right(server: str, status: str, said: str, right: RefusalVerdict) -> None:
    assert judge_reply(said, status=status, stage=Stage.RETURNED).verdict is right
    bounce = {GONE: Bounce.HARD, CHANNEL: Bounce.POLICY, RESTRICTED: Bounce.POLICY}.get(right, Bounce.SOFT)
    assert judge_bounce(status, said) is bounce


def test_at_least_41_families_of_servers_are_known() -> None:
    assert len({d[0].partition("-")[0] for d in DIALECTS}) >= 41


@pytest.mark.parametrize(("name", "said", "cause"), REFUSALS, ids=[r[0] for r in REFUSALS])
def test_a_refusal_of_us_is_never_held_against_the_recipient(name: str, said: str, cause: Cause | None) -> None:
    for stage in (Stage.RECIPIENT, Stage.RETURNED, Stage.SENDER):
        judged = judge_reply(said, stage=stage)
        assert judged.verdict is (LATER if said.startswith("4") else CHANNEL), stage
        assert not judged.about_mailbox
        assert cause is None or judged.cause is cause, stage


@pytest.mark.parametrize(("name", "said", "right"), OTHERS, ids=[o[0] for o in OTHERS])
def test_other_refusals_are_no_word_on_whether_the_address_exists(name: str, said: str, right: RefusalVerdict) -> None:
    assert judge_reply(said).verdict is right


@pytest.mark.parametrize("said", [d[2] for d in DIALECTS if d[3] is GONE and d[2][:3].isdigit()])
def test_who_is_gone_for_a_returned_mail_is_at_least_counted_at_the_door(said: str) -> None:
    assert judge_reply(said, stage=Stage.RECIPIENT).verdict in (GONE, FAILING)
    # the same words about our sender are about us
    assert judge_reply(said, stage=Stage.SENDER).verdict is CHANNEL


@pytest.mark.parametrize(
    "said", ["550 5.1.1 no such user; I will not try again later", "550 5.1.1 no such user, directory says", "550 unknown user temp.lee"]
)
def test_a_server_that_knows_is_believed(said: str) -> None:
    assert judge_reply(said).verdict is GONE


@pytest.mark.parametrize("said", ["550 5.1.1 no such user", "501 Syntax error", "553 what", "554 no service"])
def test_before_a_sender_is_named_every_refusal_is_about_us(said: str) -> None:
    assert judge_reply(said, stage=Stage.CONNECTION).verdict is CHANNEL


def test_a_code_of_another_class_and_numbers_that_are_no_codes_are_not_believed() -> None:
    assert judge_reply("550 4.7.1 never").verdict is UNKNOWN
    assert judge_reply("550 exim 4.94.2 says no").verdict is UNKNOWN
    assert judge_reply("550 [10.5.1.1] says no").verdict is UNKNOWN
    assert judge_reply("450 5.1.1 later").verdict is LATER


def test_words_in_an_address_do_not_count() -> None:
    assert judge_reply("550 <relay-denied.spam@x.test> what").verdict is UNKNOWN


@given(
    st.text(max_size=400), st.sampled_from([None, 421, 450, 500, 550, 552, 554, 599]), st.sampled_from(list(Stage)), st.text(max_size=12)
)
def test_any_text_is_judged_and_only_for_a_reason_held_against_the_address(text: str, code: int | None, stage: Stage, status: str) -> None:
    judged = judge_reply(text, code=code, status=status, stage=stage)
    if stage in (Stage.CONNECTION, Stage.SENDER):
        assert judged.verdict in (CHANNEL, LATER, MESSAGE)
    if judged.verdict is GONE:
        assert judged.about_mailbox
