"""A digest as pages show it beside what is being written: what the composers that send make of it, taken apart for HTML.

Nothing is sent. Links are signed with a key that is thrown away, so no page takes them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from html import unescape
from typing import Any

from markupsafe import Markup, escape

from cadence.domain.sending.deliveries import Digest
from cadence.domain.sending.links import LinkSigner
from cadence.rendering.email import EmailComposer, EmailIdentity
from cadence.rendering.slack import SlackComposer
from cadence.rendering.templates import TemplateFolder

_LINK = re.compile(r"<([^>|]+)(?:\|([^>]*))?>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_ADDRESS = re.compile(r"https?://\S+")
_DAYS = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """One mail: who it is from, its subject, the text part without the addresses of links, and the whole HTML."""

    sender: str
    subject: str
    text: str
    html: str


class DraftViews:
    """Composes for looking at. Build one for an installation."""

    def __init__(self, *, company_name: str, base_url: str, templates: TemplateFolder, sender_name: str = "") -> None:
        self._company_name, self._base_url, self._sender_name = company_name, base_url, sender_name
        self._templates = templates

    def mail(self, digest: Digest) -> MailView:
        """Return the mail of a digest. Raises RenderError when it cannot be one."""
        envelope = self._mails.compose(digest, expires_at=digest.dated + _DAYS)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        text = "\n".join(line for line in _part(mail, "plain").split("\n") if not _ADDRESS.fullmatch(line.strip()))
        return MailView(
            sender=str(mail["From"].addresses[0].display_name or self._company_name),
            subject=str(mail["Subject"]),
            text=re.sub(r"\n{3,}", "\n\n", text).strip(),
            html=_part(mail, "html"),
        )

    def slack(self, digest: Digest) -> list[Markup]:
        """Return the blocks of the Slack message that hold text, as HTML."""
        message = self._messages.compose(digest, expires_at=digest.dated + _DAYS)
        return [shown for block in message.blocks for shown in _block(block)]

    @cached_property
    def _mails(self) -> EmailComposer:
        identity = EmailIdentity(
            company_name=self._company_name,
            from_address="nobody@preview.invalid",
            from_name=self._sender_name,
            list_id="cadence.preview.invalid",
            message_id_domain="preview.invalid",
            base_url=self._base_url,
        )
        return EmailComposer(identity, self._templates, _dead_links(self._base_url))

    @cached_property
    def _messages(self) -> SlackComposer:
        links = _dead_links(self._base_url)
        return SlackComposer(company_name=self._company_name, base_url=self._base_url, templates=self._templates, links=links)


def _dead_links(base_url: str) -> LinkSigner:
    return LinkSigner({1: secrets.token_bytes(32)}, current=1, deployment=base_url)


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    data = part.get_payload(decode=True) if part is not None else b""
    return data.decode().replace("\r\n", "\n") if isinstance(data, bytes) else ""


def _block(block: dict[str, Any]) -> Iterable[Markup]:
    texts = [block["text"]] if isinstance(block.get("text"), dict) else []
    texts += [one for one in block.get("fields", []) if isinstance(one, dict)]
    if block["type"] == "context":
        texts += [one for one in block["elements"] if one.get("type") in ("mrkdwn", "plain_text")]
    for one in texts:
        shown = _mrkdwn(one["text"]) if one["type"] == "mrkdwn" else escape(one["text"])
        yield Markup("<b>{}</b>").format(shown) if block["type"] == "header" else shown


def _mrkdwn(text: str) -> Markup:
    """Return Slack's markup as HTML: bold, and the words of links. Everything else is shown as text."""
    bare = _LINK.sub(lambda found: found[2] or found[1], text)
    return Markup(_BOLD.sub(r"<b>\1</b>", str(escape(unescape(bare)))))
