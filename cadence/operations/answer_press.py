"""Answer the press of a button in a Slack message: record it, and say what the message shows from now on.

The button's value is a signed link token; the presser must be the person the message was sent to.
What is not theirs, too old or withdrawn changes nothing, and the message stays as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from cadence.channels.slack.interactions import SlackAction, SlackAnswer
from cadence.domain.deliveries import AcknowledgeMethod, Digest, Message, SlackMessage
from cadence.domain.links import LinkPurpose, LinkSigner
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.acknowledge import acknowledge
from cadence.operations.prepare import load_sent
from cadence.rendering.slack import ACTION_ACKNOWLEDGE
from cadence.store.database import Database

log = logging.getLogger("cadence.slack")


def answer_press(
    action: SlackAction, *, database: Database, links: LinkSigner, compose: Callable[[Digest], Message], now: datetime
) -> SlackAnswer | None:
    """Record an acknowledgement; return the message as it reads afterwards, None to leave it as it is."""
    if action.action_id != ACTION_ACKNOWLEDGE:
        return None
    try:
        link = links.read(action.value, now, purpose=LinkPurpose.ACKNOWLEDGE)
        if not _is_theirs(database, link.delivery_id, action.slack_user_id, now):
            log.warning("event=slack.not_theirs delivery=%d", link.delivery_id)
            return None
        acknowledge(
            database,
            person_id=link.person_id,
            version_id=link.version_id,
            delivery_id=link.delivery_id,
            method=AcknowledgeMethod.SLACK,
            now=now,
        )
    except (Invalid, NotFound, Conflict) as error:
        log.warning("event=slack.press_refused code=%s", error.code)
        return None
    with database.read() as connection:
        digest = load_sent(connection, link.delivery_id, now=now)
    message = compose(digest) if digest is not None else None
    return SlackAnswer(text=message.text, blocks=message.blocks) if isinstance(message, SlackMessage) else None


def _is_theirs(database: Database, delivery_id: int, slack_user_id: str, now: datetime) -> bool:
    with database.read() as connection:
        digest = load_sent(connection, delivery_id, now=now)
    return digest is not None and digest.address == slack_user_id
