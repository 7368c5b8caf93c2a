"""The deliveries of one person as sentences: what went out, what did not, and why, from stored facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.planning.recipients import Reason, Skip
from cadence.rendering.explanations import Voice
from cadence.store.planning import explanations as rows
from cadence.store.returned_mail.returns import bounced

#: states in which the channel matters
_ON_ITS_WAY = ("planned", "sending", "sent", "failed", "unknown")
#: reasons that tell what the model makes of the person: others are told that the rule of the cadence chose
_OF_THE_MODEL = frozenset({Reason.BELOW_TARGET, Reason.OVERDUE})
#: what stands for them
BY_RULE = "by_rule"
#: a skip that tells how the person responded: others are told that nothing was due
_OF_RESPONSES = frozenset({Skip.NOT_REACHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDelivery:
    """One delivery, sent or not, and why."""

    at: datetime
    cadence: str
    channel: str
    state: str
    reason: str
    statements: tuple[str, ...]
    #: how many it asks apart from its texts, and why ("drawn" ...); about what is told to nobody
    questions: int
    asks: str
    sentence: str


def told_reason(reason: str, *, own: bool) -> str:
    """Return the code of why a message was not sent, as the person or, with less, others are told it."""
    return Skip.NOTHING_DUE if not own and reason in _OF_RESPONSES else reason


def told_item_reason(reason: str, *, own: bool) -> str:
    """Return the code of why a statement was in a digest; "by_rule" to others where the model chose."""
    return BY_RULE if not own and reason in _OF_THE_MODEL else reason


def tell_item_reason(reason: str, voice: Voice, *, own: bool) -> str:
    """Return why a statement was in a digest, as the person or, with less, others are told it."""
    told = told_item_reason(reason, own=own)
    return voice.say("chosen_by_rule") if told == BY_RULE else voice.item_reason(told)


def tell_deliveries(connection: Connection, recent: list[rows.PastDelivery], voice: Voice, *, own: bool) -> list[ToldDelivery]:
    """Return a sentence for each of the ``recent`` deliveries, in their order."""
    ids = [d.id for d in recent]
    items, replies = rows.items_told(connection, ids), rows.last_replies(connection, ids)
    returned, asked = bounced(connection, ids), rows.questions_told(connection, ids)
    found = []
    for d in recent:
        parts = items.get(d.id, [])
        at = d.finished_at if d.state == "sent" and d.finished_at else d.send_after
        cadence = str(d.definition.get("name", d.slug))
        why = told_reason(d.reason, own=own)
        questions, asks = asked.get(d.id, (0, ""))
        sentence = _sentence(d, parts, asks, at, cadence, why, voice, own=own)
        if d.state in ("failed", "unknown") and replies.get(d.id):
            sentence += " " + voice.say("delivery_reply", reply=replies[d.id])
        if d.id in returned:
            sentence += " " + voice.say("delivery_returned", reply=returned[d.id] or voice.say("nothing_more"))
        found.append(
            ToldDelivery(
                at=at,
                cadence=cadence,
                channel=d.channel,
                state=d.state,
                reason=why,
                statements=tuple(i.title for i in parts),
                questions=questions,
                asks=asks,
                sentence=sentence,
            )
        )
    return found


def _sentence(
    delivery: rows.PastDelivery, parts: list[rows.ToldItem], asks: str, at: datetime, cadence: str, reason: str, voice: Voice, *, own: bool
) -> str:
    items = [voice.say("delivery_item", title=i.title, reason=tell_item_reason(i.reason, voice, own=own)) for i in parts]
    why = "delivery_last_try" if delivery.state == "planned" else "delivery_because"
    about = voice.say("delivery_about", items=", ".join(items)) if items else ""
    if asks:
        about += voice.say("delivery_asks" if items else "delivery_asks_alone", question=voice.asks(asks))
    return voice.say(
        "delivery",
        at=at,
        cadence=cadence,
        state=voice.state(delivery.state),
        channel=f" {voice.by(delivery.channel)}" if delivery.channel and delivery.state in _ON_ITS_WAY else "",
        about=about,
        why=voice.say(why, reason=voice.reason(reason)) if reason else "",
    )
