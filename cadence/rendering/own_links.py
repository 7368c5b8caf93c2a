"""The message that carries a fresh link to the one person whose data or session it opens: a short mail, or a Slack message.

Not a digest: no statements, no unsubscribe, nothing that is counted, and sent at once when the person asked for it on their page.
Who may ask, and where it goes: ``operations.people.send_own_link``, ``identity.links``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from cadence.domain.sending.deliveries import EmailEnvelope, SlackMessage
from cadence.domain.sending.return_path import return_address
from cadence.rendering.email import EmailIdentity
from cadence.rendering.markdown import mrkdwn_escape
from cadence.rendering.mime import address_header, assemble, check_address, format_date, fragment, header, token_header
from cadence.rendering.slack_blocks import label, sections
from cadence.rendering.words import Vocabulary, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLink:
    """A fresh link. ``what``: "export", "erase", "sign_in" or "invited"; ``address``: email address or Slack user id.

    ``mark``: 24 hex digits that nobody can guess; they name the mail, in its Message-ID and its return path.
    """

    what: str
    url: str
    minutes: int
    address: str
    person_name: str
    locale: str
    asked_at: datetime
    mark: str


def compose_own_mail(identity: EmailIdentity, vocabulary: Vocabulary, link: OwnLink) -> EmailEnvelope:
    """Return the mail. Raises RenderError when the address or the name cannot stand in one."""
    words = vocabulary.for_locale(link.locale)
    address, smtputf8 = check_address(link.address)
    sender, _ = check_address(identity.from_address)
    before, after = _said(words, link, identity.company_name)
    message_id = f"<{link.mark}@{identity.message_id_domain}>"
    headers = b"".join(
        (
            token_header("Date", format_date(link.asked_at)),
            token_header("Message-ID", message_id),
            address_header("From", identity.from_name, sender),
            address_header("To", link.person_name.strip(), address),
            header("Subject", words.say(f"own_link_{link.what}_subject")),
            token_header("Auto-Submitted", "auto-generated"),
            token_header("X-Auto-Response-Suppress", "All"),
        )
    )
    pressed = words.say(f"own_link_{link.what}_button")
    language, title = words.language.replace("_", "-"), escape(words.say(f"own_link_{link.what}_subject"))
    html = (
        f'<!doctype html><html lang="{language}" dir="{words.direction}"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body><div role="main"><p>{escape(before)}</p><p><a href="{escape(link.url)}">{escape(pressed)}</a></p>'
        f"<p>{escape(after)}</p></div></body></html>\n"
    )
    text = f"{before}\n\n{pressed}:\n{link.url}\n\n{after}\n"
    content = assemble(headers, [fragment(text)], [fragment(html)])
    # what comes back goes where returned mail is read, not to whoever reads the From address
    mail_from = return_address(identity.return_path, link.mark) if identity.return_path else sender
    return EmailEnvelope(mail_from=mail_from, rcpt_to=address, content=content, message_id=message_id, smtputf8=smtputf8)


def compose_own_slack(company_name: str, vocabulary: Vocabulary, link: OwnLink) -> SlackMessage:
    """Return the Slack message to the person's own conversation."""
    words = vocabulary.for_locale(link.locale)
    before, after = _said(words, link, company_name)
    pressed = f"<{mrkdwn_escape(link.url)}|{label(words.say(f'own_link_{link.what}_button'))}>"
    text = f"{mrkdwn_escape(before)}\n\n{pressed}\n\n{mrkdwn_escape(after)}"
    return SlackMessage(user_id=link.address, text=words.say(f"own_link_{link.what}_subject"), blocks=sections(text))


def _said(words: Words, link: OwnLink, company_name: str) -> tuple[str, str]:
    """Return what stands before the link and behind it."""
    before = words.say(f"own_link_{link.what}", company=company_name)
    after = "own_link_invited_after" if link.what == "invited" else "own_link_not_you"
    return before, words.say(after, minutes=str(link.minutes))


#: gives a fresh link to the person; raises TransportError or RenderError when that cannot be done
GiveLink = Callable[[OwnLink], None]
