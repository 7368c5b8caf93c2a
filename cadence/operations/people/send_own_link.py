"""Ask again before a person's data is handed out or erased: a fresh link goes to the address on which the person is reached.

Links of messages are forwarded with them; whoever holds one may look, but what cannot be undone needs the person's own mailbox or Slack.
Where it goes is decided here; it is sent at once and kept nowhere.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.errors import OutcomeUnknown, RenderError, TransportError
from cadence.operations.responding.preferences import preferences
from cadence.rendering.own_links import GiveLink, OwnLink
from cadence.store.database.engine import Database
from cadence.store.sending.addresses import address_of

log = logging.getLogger("cadence.own_links")

#: how long a fresh link is good
FRESH_FOR = timedelta(minutes=30)
#: what a fresh link can be for, by the word of the page's button
PURPOSES = {"export": LinkPurpose.EXPORT, "erase": LinkPurpose.ERASE}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLinkSent:
    """Where a fresh link went. ``channel`` None: the person has no working address; ``failed``: the service did not take it."""

    channel: Channel | None
    failed: bool = False


def send_own_link(
    database: Database,
    ways: Mapping[Channel, GiveLink],
    links: LinkSigner,
    *,
    link: Link,
    what: str,
    base_url: str,
    mark: str,
    now: datetime,
) -> OwnLinkSent:
    """Send the holder of ``link`` a fresh one for ``what`` ("export" or "erase"); return where it went.

    ways: how each channel that is set up gives a link. mark: unguessable, for the Message-ID.
    The channel the person chose comes first, then as in ``ways``. Raises NotFound or Conflict when there is no such person any more.
    """
    known = preferences(database, person_id=link.person_id)
    order = sorted(ways, key=lambda channel: channel != known.preferred_channel)
    with database.read() as connection:
        found = [(channel, address_of(connection, link.person_id, channel)) for channel in order]
    to = next(((channel, one.value) for channel, one in found if one is not None and one.suspended_at is None), None)
    if to is None:
        return OwnLinkSent(channel=None)
    channel, address = to
    fresh = links.sign(replace(link, purpose=PURPOSES[what], version_id=0, expires_at=now + FRESH_FOR))
    message = OwnLink(
        what=what,
        url=f"{base_url}/p/{fresh}/{what}",
        minutes=FRESH_FOR // timedelta(minutes=1),
        address=address,
        person_name=known.name,
        locale=known.preferred_locale or known.locale,
        asked_at=now,
        mark=mark,
    )
    try:
        ways[channel](message)
    except OutcomeUnknown:
        return OwnLinkSent(channel=channel)
    except (TransportError, RenderError) as error:
        log.warning("event=own_link.not_sent channel=%s error=%s", channel, type(error).__name__)
        return OwnLinkSent(channel=channel, failed=True)
    # no row of the ledger: that holds deliveries of occurrences, which are planned, counted and folded; this is none of these
    log.info("event=own_link.sent what=%s channel=%s mark=%s", what, channel, mark)
    return OwnLinkSent(channel=channel)
