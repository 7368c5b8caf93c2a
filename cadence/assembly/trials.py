"""How an admin's own test reaches them on each channel that is set up, and what a channel is connected to, for its card."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cadence.assembly.app import App
from cadence.domain.sending.deliveries import Channel, Message, Receipt
from cadence.operations.sending.channel_care import SendTest, TestOrder
from cadence.operations.sending.outbox import Outbox
from cadence.rendering.composers import email_identity, template_folder
from cadence.rendering.trial_messages import compose_trial_mail, compose_trial_slack
from cadence.rendering.words import Vocabulary, load_words


def trial_ways(app: App) -> dict[Channel, SendTest]:
    """Return one way for each channel."""
    words = load_words(template_folder(app.settings), "leader", smallest_group=app.settings.privacy.k)
    return {outbox.channel: _way(app, outbox, words) for outbox in app.outboxes}


def _way(app: App, outbox: Outbox, vocabulary: Vocabulary) -> SendTest:
    def compose(order: TestOrder) -> Message:
        words = vocabulary.for_locale(order.locale)
        if outbox.channel is Channel.SLACK:
            return compose_trial_slack(app.settings.company_name, words, user_id=order.address)
        identity = email_identity(app.company())
        return compose_trial_mail(identity, words, address=order.address, name=order.name, at=order.asked_at, mark=order.mark)

    def send(order: TestOrder) -> Receipt:
        message, connection = compose(order), outbox.borrow()
        try:
            receipt = connection.send(message)
        except BaseException:
            connection.close()
            raise
        outbox.give_back(connection)
        return receipt

    return send


def last_backup(data_dir: Path) -> datetime | None:
    """Return when the operator's backup last said that it was done: it touches ``last-backup`` in the data folder; None: never."""
    try:
        return datetime.fromtimestamp((data_dir / "last-backup").stat().st_mtime, UTC)
    except OSError:
        return None


def connection_facts(app: App) -> Mapping[Channel, tuple[tuple[str, str], ...]]:
    """Return (key of the fact's name in the leader's words, its value) of each channel."""
    smtp, slack = app.settings.smtp, app.settings.slack
    return {
        Channel.EMAIL: (("fact_relay", f"{smtp.host}:{smtp.port}"), ("fact_from", smtp.sender)),
        Channel.SLACK: (("fact_listens", "Socket Mode" if slack.app_token is not None else "HTTP"),),
    }
