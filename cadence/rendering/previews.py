"""A composed message as a person at the desk looks at it: HTML, text or Slack's JSON, marked as a preview.

The composers are those that send. Links are signed with a key that is thrown away, so no page takes them.
"""

from __future__ import annotations

import secrets
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from cadence.domain.sending.deliveries import Channel, Digest, EmailEnvelope, SlackMessage
from cadence.domain.sending.links import LinkSigner
from cadence.rendering.composers import composer_for

if TYPE_CHECKING:
    from cadence.settings.fields import Settings

NOTE = "Preview: nothing was sent or recorded, and the links lead nowhere."
_SENDER = "Preview <nobody@preview.invalid>"
_BANNER = (
    '<div role="banner" style="padding:8px 24px;background-color:#fdf3e7;color:#5c2700;'
    "font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:14px;line-height:1.4\">" + NOTE + "</div>"
)


def preview_html(settings: Settings, digest: Digest) -> str:
    """Return the HTML of the mail under a line that says what it is."""
    html = _part(_mail(settings, digest), "html")
    at = html.index(">", html.index("<body")) + 1
    return html[:at] + _BANNER + html[at:]


def preview_text(settings: Settings, digest: Digest) -> str:
    """Return subject and addresses, and the plain text of the mail."""
    mail = _mail(settings, digest)
    head = [f"{name}: {mail[name]}" for name in ("From", "To", "Date")]
    return "\n".join([NOTE, "", *head, f"Subject: [preview] {mail['Subject']}", "", _part(mail, "plain")])


def preview_slack(settings: Settings, digest: Digest) -> dict[str, Any]:
    """Return what ``chat.postMessage`` would be given, with a block that says what it is."""
    message = composer_for(Channel.SLACK, settings, _dead_links(settings))(digest)
    assert isinstance(message, SlackMessage)
    banner = {"type": "context", "elements": [{"type": "plain_text", "text": NOTE}]}
    return {"channel": message.user_id, "text": f"[preview] {message.text}", "blocks": [banner, *message.blocks]}


def _mail(settings: Settings, digest: Digest) -> EmailMessage:
    if not settings.smtp.sender:
        settings = settings.model_copy(update={"smtp": settings.smtp.model_copy(update={"sender": _SENDER})})
    envelope = composer_for(Channel.EMAIL, settings, _dead_links(settings))(digest)
    assert isinstance(envelope, EmailEnvelope)
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode().replace("\r\n", "\n")


def _dead_links(settings: Settings) -> LinkSigner:
    return LinkSigner({1: secrets.token_bytes(32)}, current=1)
