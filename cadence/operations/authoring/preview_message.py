"""What one person would get: a statement, or their next digest, composed by the code that composes real messages.

The next digest is decided by the planner itself, in a transaction that is rolled back; a single statement is put together
from the library. Nothing is sent and nothing becomes evidence; ``rendering.previews`` composes it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.channels.registry import FACTS
from cadence.domain.people.addresses import parse_email
from cadence.domain.planning.calendars import zone
from cadence.domain.planning.caps import day_number, quarter_number
from cadence.domain.planning.selection import wording_for
from cadence.domain.sending.deliveries import Channel, Digest
from cadence.errors import NotFound
from cadence.operations.planning.context import load_planning
from cadence.operations.planning.foresight import Foreseen, foresee
from cadence.operations.sending.prepare import digest_item, look_and_load
from cadence.rendering.telling import tell_instant, tell_reason
from cadence.store.database.engine import Database
from cadence.store.people import personal
from cadence.store.planning import chunks as planning
from cadence.store.planning import explanations
from cadence.store.planning.chunks import limits_in_force
from cadence.store.sending import digests, ledger

#: turns of cadences looked ahead for the next digest
SLOTS_AHEAD = 24


def preview_statement(database: Database, *, email: str, slug: str, channel: Channel, now: datetime) -> Digest:
    """Return the digest that would hold just this statement for this person. Raises Invalid or NotFound naming what is unknown."""
    with database.rolled_back() as connection:
        person = _person(connection, email)
        wanted = next((one for one in planning.current_statements(connection) if one.slug == slug), None)
        if wanted is None:
            raise NotFound(f"there is no statement {slug!r} in force; cadence statements list names them")
        text = digests.load_library(connection).texts[wanted.version_id]
        met = explanations.exposures_of_person(connection, person["id"]).get(wanted.id)
        acknowledged = explanations.acknowledged_by(connection, person["id"]).get(text.version_id) if text.must_acknowledge else None
        times = met.times_sent if met is not None else 0
        today = now.astimezone(zone(person["zone"])).date()
        this_quarter = met is not None and met.sent_quarter == quarter_number(day_number(today))
        is_new = met is not None and bool(times) and met.version_id not in wanted.same_meaning
        wording_id = wording_for(wanted.wording_ids, wanted.substantive, met.last_wording_id if met is not None else None, times + 1)
        item = digest_item(
            text,
            wording_id,
            position=0,
            reason="new_version" if is_new else "longest_unseen" if times else "first_time",
            times_sent_before=times,
            showing=1 + (met.sent_in_quarter if met is not None and this_quarter else 0),
            is_told=is_new,
            acknowledged_on=acknowledged.astimezone(zone(person["zone"])).date() if acknowledged else None,
            check=None,
        )
        return Digest(
            delivery_id=0,
            public_id="preview",
            person_id=person["id"],
            person_name=person["name"],
            locale=person["preferred_locale"] or person["locale"],
            zone=person["zone"],
            address=_address(connection, person["id"], channel),
            dated=now,
            items=(item,),
            local_date=today,
        )


def preview_digest(
    database: Database, *, email: str, channel: Channel, channels: Collection[Channel], secret: bytes, now: datetime
) -> Digest:
    """Return the person's next digest as the planner would decide it now, dated when it would go out.

    Raises Invalid or NotFound; the text of the latter says why nothing comes.
    """
    with database.rolled_back() as connection:
        person = _person(connection, email)
        reason = "no cadence includes them, or none is in force (cadence cadences list)"
        planning = load_planning(connection, channels, now=now)
        ahead = foresee(
            connection, person["id"], person["zone"], planning=planning, now=now, instants=SLOTS_AHEAD, once=False, secret=secret
        )
        for foreseen in ahead:
            if foreseen.person.skip is not None:
                reason = f"on {tell_instant(foreseen.at, person['zone'])}: {tell_reason(foreseen.person.skip)}"
            elif (made := _loaded(connection, foreseen)) is not None:
                return replace(made, address=_address(connection, person["id"], channel))
    raise NotFound(f"nothing is planned for {email} soon: {reason}")


def _loaded(connection: Connection, foreseen: Foreseen) -> Digest | None:
    claimed = ledger.delivery_in(connection, foreseen.context.occurrence.id, person_id=foreseen.person.person.id)
    if claimed is None:
        return None
    looked = look_and_load(connection, [claimed], limits=limits_in_force(connection), now=foreseen.person.at)
    return looked[0].digest if looked else None


def _person(connection: Connection, email: str) -> personal.Row:
    address = parse_email(email, field="--person")
    row = personal.person_row(connection, email=address)
    if row is None or row["deactivated_at"] is not None:
        raise NotFound(f"--person: there is nobody with the address {address}")
    return row


def _address(connection: Connection, person_id: int, channel: Channel) -> str:
    addresses = personal.addresses
    query = sa.select(addresses.c.value).where(addresses.c.person_id == person_id, addresses.c.channel == channel.value)
    found: str | None = connection.execute(query).scalar()
    return found or FACTS[channel].nowhere
