"""How a fresh link reaches a person, and a draft its author, on each channel that is set up.

Composed, and sent at once on a connection of its outbox.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from cadence.assembly.app import App
from cadence.domain.sending.deliveries import Channel, Digest, Message
from cadence.domain.sending.links import LinkSigner
from cadence.operations.sending.outbox import Outbox
from cadence.rendering.composers import composer_for, email_identity, template_folder
from cadence.rendering.own_links import GiveLink, OwnLink, compose_own_mail, compose_own_slack
from cadence.rendering.words import load_words


def own_link_ways(app: App) -> dict[Channel, GiveLink]:
    """Return one way for each channel."""
    settings = app.settings
    words = load_words(template_folder(settings), "person", smallest_group=settings.privacy.k)
    composers: dict[Channel, Callable[[OwnLink], Message]] = {
        Channel.EMAIL: lambda link: compose_own_mail(email_identity(app.company()), words, link),
        Channel.SLACK: lambda link: compose_own_slack(settings.company_name, words, link),
    }
    return {outbox.channel: _way(outbox, composers[outbox.channel]) for outbox in app.outboxes}


def to_self_ways(app: App) -> dict[Channel, Callable[[Digest], None]]:
    """Return one way for each channel to send a draft to its author. Its links lead nowhere."""
    links = LinkSigner({1: secrets.token_bytes(32)}, current=1, deployment=app.settings.base_url)
    return {outbox.channel: _to_self(outbox, app, links) for outbox in app.outboxes}


def _to_self(outbox: Outbox, app: App, links: LinkSigner) -> Callable[[Digest], None]:
    def give(digest: Digest) -> None:
        _send(outbox, composer_for(outbox.channel, app.settings, links)(digest))

    return give


def _way(outbox: Outbox, compose: Callable[[OwnLink], Message]) -> GiveLink:
    def give(link: OwnLink) -> None:
        _send(outbox, compose(link))

    return give


def _send(outbox: Outbox, message: Message) -> None:
    connection = outbox.borrow()
    try:
        connection.send(message)
    except BaseException:
        connection.close()
        raise
    outbox.give_back(connection)
