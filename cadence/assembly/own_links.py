"""How a fresh link reaches a person on each channel that is set up: composed, and sent at once on a connection of its outbox."""

from __future__ import annotations

from collections.abc import Callable

from cadence.assembly.app import App
from cadence.domain.sending.deliveries import Channel, Message
from cadence.operations.sending.outbox import Outbox
from cadence.rendering.composers import email_identity, template_folder
from cadence.rendering.own_links import GiveLink, OwnLink, compose_own_mail, compose_own_slack
from cadence.rendering.words import load_words


def own_link_ways(app: App) -> dict[Channel, GiveLink]:
    """Return one way for each channel."""
    settings = app.settings
    words = load_words(template_folder(settings), "person", smallest_group=settings.privacy.k)
    composers: dict[Channel, Callable[[OwnLink], Message]] = {
        Channel.EMAIL: lambda link: compose_own_mail(email_identity(settings), words, link),
        Channel.SLACK: lambda link: compose_own_slack(settings.company_name, words, link),
    }
    return {outbox.channel: _way(outbox, composers[outbox.channel]) for outbox in app.outboxes}


def _way(outbox: Outbox, compose: Callable[[OwnLink], Message]) -> GiveLink:
    def give(link: OwnLink) -> None:
        message, connection = compose(link), outbox.borrow()
        try:
            connection.send(message)
        except BaseException:
            connection.close()
            raise
        outbox.give_back(connection)

    return give
