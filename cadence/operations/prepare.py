"""From claimed deliveries to composed messages: the last look, then rendering without I/O.

The last look runs in the transaction of the claim (design.md section 4, step 3). What it ends or
defers is written there; what it lets through becomes a ``Ready`` message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.cadences import Cadence, Limits, from_json
from cadence.domain.calendars import WorkingHours, is_permitted, next_permitted, zone
from cadence.domain.deliveries import Digest, DigestItem, Message
from cadence.domain.selection import next_wording
from cadence.errors import CadenceError
from cadence.operations.holiday_dates import holiday_dates
from cadence.store import digests as rows
from cadence.store.ledger import Claimed

Compose = Callable[[Digest], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A claimed delivery that may go out, and the digest it says."""

    claimed: Claimed
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A composed message under our lease; ``failure`` instead when it could not be composed."""

    claimed: Claimed
    message: Message | None
    failure: str = ""


def look_and_load(connection: Connection, claimed: Sequence[Claimed], *, limits: Limits, now: datetime, resend: bool = False) -> list[Looked]:
    """Return the deliveries that may still go out. The others are ended or deferred here and now.

    resend: these are in doubt already; what may not go out again stays unknown instead of cancelled.
    """
    if not claimed:
        return []
    ids = [c.delivery_id for c in claimed]
    recipients = rows.recipients_of(connection, ids)
    items = rows.items_of(connection, ids)
    library = rows.load_library(connection)
    must = sorted({i.version_id for group in items.values() for i in group if library.texts[i.version_id].must_acknowledge})
    acknowledged = rows.acknowledged(connection, [c.person_id for c in claimed], must)
    definitions: dict[str, Cadence] = {}
    kept = []
    for one in claimed:
        person = recipients[one.delivery_id]
        cadence = _cadence(person.definition, definitions)
        if resend:
            if person.deactivated_at is None and person.suspended_at is None and person.address:
                parts = _items(connection, one, items[one.delivery_id], library, acknowledged, frozen=True)
                kept.append(Looked(claimed=one, digest=_digest(one, person, cadence, parts, now)))
            continue
        refused, wait = _verdict(person, one, cadence, limits, now)
        if refused:
            state = "expired" if refused == "too_late" else "cancelled"
            rows.end_unsent(connection, one.delivery_id, state=state, reason=refused, now=now)
            continue
        if wait is not None:
            rows.defer(connection, one.delivery_id, send_after=wait)
            continue
        parts = _items(connection, one, items[one.delivery_id], library, acknowledged)
        if not parts:
            rows.end_unsent(connection, one.delivery_id, state="cancelled", reason="statement_withdrawn", now=now)
            continue
        kept.append(Looked(claimed=one, digest=_digest(one, person, cadence, parts, now)))
    return kept


def compose_all(looked: Sequence[Looked], compose: Compose) -> list[Ready]:
    """Compose every digest; one that cannot be composed fails alone."""
    ready = []
    for one in looked:
        try:
            ready.append(Ready(claimed=one.claimed, message=compose(one.digest)))
        except CadenceError as error:
            ready.append(Ready(claimed=one.claimed, message=None, failure=f"{error.code}: {error}"[:300]))
        except Exception as error:  # the poison of one message must not stop the others
            ready.append(Ready(claimed=one.claimed, message=None, failure=f"render_error: {type(error).__name__}"))
    return ready


def _cadence(definition: dict[str, Any], known: dict[str, Cadence]) -> Cadence:
    slug = definition.get("slug", "")
    if slug not in known:
        known[slug] = from_json(definition)
    return known[slug]


def _verdict(person: Any, one: Claimed, cadence: Cadence, limits: Limits, now: datetime) -> tuple[str, datetime | None]:
    """Return (reason to end it, instant to wait for); both empty: send."""
    if person.deactivated_at is not None:
        return "person_left", None
    if not person.active:
        return "cadence_stopped", None
    if not person.address:
        return "no_address", None
    if person.suspended_at is not None:
        return "address_suspended", None
    if one.expires_at <= now:
        return "too_late", None
    if person.paused_until is not None and person.paused_until > now:
        return ("paused", None) if person.paused_until >= one.expires_at else ("", person.paused_until)
    hours = WorkingHours(days=limits.working_days, window=limits.working_window, quiet_hours=limits.quiet_hours)
    here = zone(person.zone)
    holidays: frozenset[date] = holiday_dates(person.country, now.year, now.year + 1) if cadence.holidays and person.country else frozenset()
    if is_permitted(now, zone=here, hours=hours, holidays=holidays):
        return "", None
    opens = next_permitted(now, zone=here, hours=hours, holidays=holidays)
    if opens is None or opens >= one.expires_at:
        return "too_late", None
    return "", max(opens, now + timedelta(seconds=1))


def _items(
    connection: Connection,
    one: Claimed,
    planned: list[Any],
    library: rows.Library,
    acknowledged: dict[tuple[int, int], datetime],
    *,
    frozen: bool = False,
) -> tuple[DigestItem, ...]:
    parts = []
    for item in planned:
        text, wording_id = library.texts[item.version_id], item.wording_id
        if not frozen:
            if text.withdrawn:
                rows.drop_item(connection, one.delivery_id, item.position)
                continue
            newest = library.texts[library.newest[text.statement_id]]
            if newest is not text:
                text, wording_id = newest, next_wording(tuple(newest.wordings), None)
                rows.change_item(connection, one.delivery_id, item.position, version_id=text.version_id, wording_id=wording_id)
        name, wording = text.wordings[wording_id]
        when = acknowledged.get((one.person_id, text.version_id))
        parts.append(
            DigestItem(
                position=item.position,
                statement_id=text.statement_id,
                slug=text.slug,
                kind=text.kind,
                title=text.title,
                version_id=text.version_id,
                body=text.body,
                wording_id=wording_id,
                wording_name=name,
                wording=wording,
                must_acknowledge=text.must_acknowledge,
                supports=text.supports,
                measures=text.measures,
                times_sent_before=item.times_sent_before,
                reason=item.reason,
                changed_on=text.changed_on if item.reason == "new_version" else None,
                acknowledged_on=when.date() if when else None,
            )
        )
    return tuple(parts)


def _digest(one: Claimed, person: Any, cadence: Cadence, parts: tuple[DigestItem, ...], now: datetime) -> Digest:
    return Digest(
        delivery_id=one.delivery_id,
        public_id=one.public_id,
        person_id=one.person_id,
        person_name=person.name,
        locale=person.locale,
        zone=person.zone,
        address=person.address,
        dated=one.dated or now,
        items=parts,
        cadence_name=cadence.name,
        local_date=person.local_date,
    )
