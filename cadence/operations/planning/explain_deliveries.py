"""The deliveries of one person as sentences: what went out, what did not, and why, from stored facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.planning.recipients import Reason
from cadence.rendering.telling import CHANNELS, ITEM_REASONS, STATES, tell_instant, tell_reason
from cadence.store.planning import explanations as rows
from cadence.store.returned_mail.returns import bounced

#: states in which the channel matters
_ON_ITS_WAY = ("planned", "sending", "sent", "failed", "unknown")
#: reasons that tell what the model makes of the person: others are told that the rule of the cadence chose
_OF_THE_MODEL = frozenset({Reason.BELOW_TARGET, Reason.OVERDUE})
_CHOSEN = "the rule of its cadence chose it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDelivery:
    """One delivery, sent or not, and why."""

    at: datetime
    cadence: str
    channel: str
    state: str
    reason: str
    statements: tuple[str, ...]
    sentence: str


def tell_item_reason(reason: str, *, own: bool) -> str:
    """Return why a statement was in a digest, as the person or, with less, others are told it."""
    return _CHOSEN if not own and reason in _OF_THE_MODEL else ITEM_REASONS.get(reason, reason.replace("_", " "))


def tell_deliveries(connection: Connection, recent: list[Any], zone_name: str, *, own: bool) -> list[ToldDelivery]:
    """Return a sentence for each of the ``recent`` deliveries, in their order."""
    ids = [d.id for d in recent]
    items, replies = rows.items_told(connection, ids), rows.last_replies(connection, ids)
    returned = bounced(connection, ids)
    found = []
    for d in recent:
        parts = items.get(d.id, [])
        at = d.finished_at if d.state == "sent" and d.finished_at else d.send_after
        cadence = str(d.definition.get("name", d.slug))
        about = " with " + ", ".join(f"“{i.title}” ({tell_item_reason(i.reason, own=own)})" for i in parts) if parts else ""
        how = f" by {CHANNELS[d.channel]}" if d.state in _ON_ITS_WAY else ""
        sentence = f"{tell_instant(at, zone_name)}: the digest of “{cadence}” {STATES[d.state]}{how}{about}"
        if d.reason:
            sentence += ", because " if d.state != "planned" else "; the last try failed because "
            sentence += tell_reason(d.reason)
        sentence += "."
        if d.state in ("failed", "unknown") and replies.get(d.id):
            sentence += f" The service said: {replies[d.id]}"
        if d.id in returned:
            sentence += f" It came back later and does not count as shown. The mail server said: {returned[d.id] or 'nothing more'}."
        found.append(
            ToldDelivery(
                at=at,
                cadence=cadence,
                channel=d.channel,
                state=d.state,
                reason=d.reason,
                statements=tuple(i.title for i in parts),
                sentence=sentence,
            )
        )
    return found
