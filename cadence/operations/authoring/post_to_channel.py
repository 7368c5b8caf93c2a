"""Posts to Slack channels: the shared address of each, and what a post says about who could see it.

A cadence with ``post_to`` plans one delivery to the channel's shared address; everything after that is the
ledger's. 72 hours later each active member has perhaps seen it: one fact (E1) for each statement, with a fifth of the
probability with which they see a direct message they do not respond to. It counts neither as a send nor as silence.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.channels.base import HasMembers
from cadence.domain.memory.attention import seen_at_first
from cadence.domain.memory.evidence import RESPONSE_WINDOW
from cadence.domain.planning.cadences import Cadence
from cadence.errors import ChannelRefused, TransportError
from cadence.operations.responding.learn import relearn
from cadence.operations.sending.outbox import Outbox
from cadence.store.authoring import places as rows
from cadence.store.authoring.places import Post
from cadence.store.database.engine import Database
from cadence.store.responding.answering import prior

log = logging.getLogger("cadence.posts")

#: a post among many is looked at so much less than a message to oneself
WEIGHT = 0.2
#: posts whose members could not be read for so long say nothing about anybody
GIVEN_UP_AFTER = timedelta(days=14)
#: people learned about in one transaction
_CHUNK = 100


def ensure_places(connection: Connection, cadences: Iterable[Cadence], *, now: datetime) -> dict[str, str]:
    """Return channel id -> zone of the channels that ``cadences`` post to; their shared addresses are made where new.

    A place keeps its zone: that of most people when it was made. While there is nobody there is no place either.
    """
    known = rows.zones_of_places(connection)
    found = {}
    for channel_id in dict.fromkeys(cadence.post_to for cadence in cadences if cadence.post_to):
        zone = known.get(channel_id)
        if zone is None:
            zone = rows.most_inhabited_zone(connection)
            if zone is None:
                continue
            rows.add_place(connection, channel_id, zone=zone, now=now)
        found[channel_id] = zone
    return found


def close_posts(outbox: Outbox, *, now: datetime) -> int:
    """Weigh the posts that are 72 hours old; return how many. Asks the channel's members over the network, with no transaction open."""
    transport = outbox.transport
    if not isinstance(transport, HasMembers):
        return 0
    with outbox.database.read() as connection:
        posts = rows.unweighed_posts(connection, since=now - RESPONSE_WINDOW - GIVEN_UP_AFTER, until=now - RESPONSE_WINDOW)
    closed = 0
    for post in posts:
        try:
            members = transport.members(post.channel_id)
        except ChannelRefused as error:  # the permission is not there and will not come by waiting
            log.warning("event=post.members_unknown code=%s", error.provider_code)
            members = []
        except TransportError as error:  # asked again at a later tick
            log.warning("event=post.members_unread code=%s", error.provider_code)
            continue
        close_post(outbox.database, post, members, now=now)
        closed += 1
    return closed


def close_post(database: Database, post: Post, user_ids: Iterable[str], *, now: datetime) -> int:
    """Append what one post says about these members of its channel, and learn from it; return how many people it concerns.

    Idempotent: what was written before a crash is not written twice.
    """
    with database.read() as connection:
        found = rows.attention_of_members(connection, frozenset(user_ids))
        unknown = seen_at_first(prior(connection))
    seen = [(person_id, WEIGHT * (unknown if known is None else known)) for person_id, known in found]
    statements = [statement_id for statement_id, _ in post.items]
    for start in range(0, len(seen), _CHUNK):
        with database.transaction() as connection:
            for person_id in rows.add_glimpses(connection, post, seen[start : start + _CHUNK]):
                relearn(connection, person_id, statements, now=now)
    with database.transaction() as connection:
        rows.mark_weighed(connection, post, members=len(seen))
    log.info("event=post.weighed delivery=%d people=%d", post.delivery_id, len(seen))
    return len(seen)
