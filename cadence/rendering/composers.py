"""The composer of each channel, made from the settings: a function from digest to message.

Owns how long the links of a message are good and which template folders are searched. The same
digest always gives the same message, so a second attempt is a copy of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr
from typing import TYPE_CHECKING

from cadence.domain.sending.deliveries import Channel, Digest, Message
from cadence.domain.sending.links import LINK_LIFETIME, LinkSigner
from cadence.rendering.templates import TemplateFolder
from cadence.shipped import shipped_folder

if TYPE_CHECKING:
    from cadence.rendering.email import EmailIdentity
    from cadence.settings.fields import Settings


def composer_for(channel: Channel, settings: Settings, links: LinkSigner) -> Callable[[Digest], Message]:
    """Return the function that composes messages for ``channel``. Raises ConfigError when a template is wrong."""
    templates = template_folder(settings)
    if channel is Channel.EMAIL:
        from cadence.rendering.email import EmailComposer

        email = EmailComposer(email_identity(settings), templates, links)
        return lambda digest: email.compose(digest, expires_at=digest.dated + LINK_LIFETIME)

    from cadence.rendering.slack import SlackComposer

    slack = SlackComposer(
        company_name=settings.company_name,
        base_url=settings.base_url,
        templates=templates,
        links=links,
        smallest_group=settings.privacy.k,
    )
    return lambda digest: slack.compose(digest, expires_at=digest.dated + LINK_LIFETIME)


def email_identity(settings: Settings) -> EmailIdentity:
    """Return who our mails are from."""
    from cadence.rendering.email import EmailIdentity

    name, address = parseaddr(settings.smtp.sender)
    domain = settings.smtp.list_domain or address.rpartition("@")[2]
    return EmailIdentity(
        company_name=settings.company_name,
        from_address=address,
        from_name=name,
        signed=settings.company.sign_off,
        colour=settings.company.colour,
        reply_to=parseaddr(settings.smtp.reply_to)[1],
        list_id=f"cadence.{domain}",
        message_id_domain=domain,
        base_url=settings.base_url,
        return_path=settings.smtp.return_path,
    )


def template_folder(settings: Settings) -> TemplateFolder:
    """Return the template folders: the operator's own first, then the one that comes with Cadence."""
    own, shipped = settings.messages_dir / "templates", shipped_folder("messages") / "templates"
    return TemplateFolder([shipped] if own.resolve() == shipped.resolve() else [own, shipped])
