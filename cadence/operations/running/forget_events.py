"""Remove what nothing will ask for any more: notes of Slack's events, of links that were ended early, and old words of mail servers."""

from __future__ import annotations

from datetime import datetime, timedelta

from cadence.domain.sending.address_health import DETAILS_KEPT
from cadence.store.database.engine import Database
from cadence.store.returned_mail import returns
from cadence.store.running import daily
from cadence.store.sending import kept_text
from cadence.store.slack_app import events as rows

_DETAILS = "bounce-details"
_DAY = timedelta(days=1)


def forget_old_events(database: Database, *, now: datetime) -> int:
    """Return how many were removed. Costs one look at an index when there are none."""
    with database.read() as connection:
        if not rows.any_old_events(connection, now=now):
            return 0
    with database.transaction(durable=False) as connection:
        return rows.forget_old_events(connection, now=now)


def forget_old_links(database: Database, *, now: datetime) -> int:
    """Return how many notes of ended links were removed: those whose links are too old by themselves."""
    with database.read() as connection:
        if not kept_text.any_forgettable(connection, now=now):
            return 0
    with database.transaction(durable=False) as connection:
        return kept_text.forget_revoked(connection, now=now)


def forget_old_details(database: Database, *, now: datetime) -> int:
    """Return of how many mails that came back the server's words were removed; looked for once a day, its codes stay."""
    with database.read() as connection:
        if not daily.is_daily_due(connection, _DETAILS, now=now):
            return 0
    with database.transaction(durable=False) as connection:
        if not daily.claim_daily(connection, _DETAILS, now=now, first=now, again=now + _DAY):
            return 0
        return returns.forget_details(connection, before=now - DETAILS_KEPT)
