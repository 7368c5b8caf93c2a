"""The message that an admin sends to themselves to see whether a channel works: a short mail, or a Slack message. Never counted."""

from __future__ import annotations

from datetime import datetime
from html import escape

from cadence.domain.sending.deliveries import EmailEnvelope, SlackMessage
from cadence.rendering.email import EmailIdentity
from cadence.rendering.markdown import mrkdwn_escape
from cadence.rendering.mime import address_header, assemble, check_address, format_date, fragment, header, token_header
from cadence.rendering.slack_blocks import sections
from cadence.rendering.words import Words


def compose_trial_mail(identity: EmailIdentity, words: Words, *, address: str, name: str, at: datetime, mark: str) -> EmailEnvelope:
    """Return the mail. Raises RenderError when the address or the name cannot stand in one."""
    recipient, smtputf8 = check_address(address)
    sender, _ = check_address(identity.from_address)
    subject, body = words.say("trial_subject"), words.say("trial_body", company=identity.company_name)
    message_id = f"<{mark}@{identity.message_id_domain}>"
    headers = b"".join(
        (
            token_header("Date", format_date(at)),
            token_header("Message-ID", message_id),
            address_header("From", identity.from_name, sender),
            address_header("To", name.strip(), recipient),
            header("Subject", subject),
            token_header("Auto-Submitted", "auto-generated"),
        )
    )
    language = words.language.replace("_", "-")
    html = (
        f'<!doctype html><html lang="{language}" dir="{words.direction}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>"
        f'<body><div role="main"><p>{escape(body)}</p></div></body></html>\n'
    )
    content = assemble(headers, [fragment(body + "\n")], [fragment(html)])
    return EmailEnvelope(mail_from=sender, rcpt_to=recipient, content=content, message_id=message_id, smtputf8=smtputf8)


def compose_trial_slack(company_name: str, words: Words, *, user_id: str) -> SlackMessage:
    """Return the Slack message."""
    body = words.say("trial_body", company=company_name)
    return SlackMessage(user_id=user_id, text=words.say("trial_subject"), blocks=sections(mrkdwn_escape(body)))
