"""Deliveries: what happened to each message, newest first. Without names where the company shows results as counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from cadence.api.context import ApiContext, Caller
from cadence.api.guarded import needs
from cadence.api.values import Answer, Instant, Limit, NumberCursor
from cadence.domain.people.privacy import PrivacyMode
from cadence.domain.sending.deliveries import Channel, DeliveryState
from cadence.errors import Invalid
from cadence.identity.permissions import Permission
from cadence.operations.planning.explain_deliveries import told_reason
from cadence.store.sending.delivery_log import LogQuery, log_page

#: how far back the list begins when neither a person nor an instant is named, as on the page
_BACK = timedelta(days=7)


class DeliveryAnswer(Answer):
    """A delivery. ``at``: when it ended, or will be sent; ``name`` and ``email`` are null where results are shown as counts."""

    id: int
    at: datetime
    channel: Channel
    state: DeliveryState
    reason: str
    tries: int
    statements: list[str]
    name: str | None
    email: str | None


class DeliveriesAnswer(Answer):
    """A page, newest first."""

    deliveries: list[DeliveryAnswer]
    next: str | None


def add_routes(api: APIRouter, context: ApiContext) -> None:
    """Add the route /deliveries."""

    @api.get("/deliveries", summary="Deliveries, newest first", **needs(Permission.SEE_DELIVERIES))
    def get_deliveries(
        caller: Caller,
        who: Annotated[str, Query(max_length=200, description="Part of a name or address")] = "",
        channel: Channel | None = None,
        state: DeliveryState | None = None,
        since: Annotated[Instant | None, Query(description="From the slots of that instant on; without it the last week")] = None,
        before: Annotated[Instant | None, Query()] = None,
        cursor: NumberCursor = None,
        limit: Limit = 50,
    ) -> DeliveriesAnswer:
        """Return a page of deliveries."""
        shows_names = caller.may(Permission.SEE_PEOPLE) or context.database.privacy is not PrivacyMode.AGGREGATE
        if who and not shows_names:
            raise Invalid("who", None, "is not looked for where results are shown as counts")
        if not who and since is None:
            since = (before or context.clock.now()) - _BACK
        query = LogQuery(who=who.strip(), channel=channel or "", state=state or "", since=since, before=before)
        with context.database.read() as connection:
            found = log_page(connection, query, below=None if cursor is None else int(cursor), limit=limit + 1)
        told = [
            DeliveryAnswer(
                id=one.id,
                at=one.at,
                channel=Channel(one.channel),
                state=DeliveryState(one.state),
                reason=told_reason(one.reason, own=False) if one.reason else "",
                tries=one.tries,
                statements=list(one.titles),
                name=one.name if shows_names else None,
                email=one.email if shows_names else None,
            )
            for one in found[:limit]
        ]
        return DeliveriesAnswer(deliveries=told, next=str(told[-1].id) if len(found) > limit else None)
