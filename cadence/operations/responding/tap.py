"""Record a tap: "I know this", "unclear" or "too often", once per showing until it is taken back.

Called by a POST or a Slack action only. The tap, the fact it leaves and the days it holds the pair are one transaction.
"I know this" alone holds nothing: it counts like an acknowledgement until the next question about it is answered right
(``learn_answer``), because whoever taps it unread would never hear of the statement again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.measuring.releases import counted_until, in_whole_groups
from cadence.domain.planning.recipients import to_days
from cadence.domain.statements.taps import FEWER, STRENGTH, TapKind, tap_source
from cadence.operations.responding.acknowledge import permitted
from cadence.operations.responding.learn import relearn
from cadence.store.database.engine import Database
from cadence.store.responding import acknowledgements, learning, taps

_SPANS = {TapKind.TOO_OFTEN: ("fewer_until_day", FEWER)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """A tap that is on record. ``first`` is False for a repetition: ``tapped_at`` is then the first time."""

    first: bool
    kind: TapKind
    tapped_at: datetime
    slug: str
    title: str
    person_name: str
    #: IANA name of the person's zone
    zone: str
    #: until when it holds; None for "unclear" and "I know this"
    until: datetime | None


def tap(
    database: Database,
    *,
    person_id: int,
    version_id: int,
    delivery_id: int,
    kind: TapKind,
    channel: str,
    now: datetime,
    source_id: str = "",
) -> Tapped:
    """Record a tap and return it; a repetition returns the one that stands.

    ``source_id``: idempotency key; by default one for each showing and kind. Raises NotFound when the delivery is not
    this person's or holds no such version, Conflict when the person has left or the statement was withdrawn.
    """
    event = tap_source(kind, delivery_id=delivery_id, version_id=version_id, event=source_id) if source_id else ""
    with database.transaction() as connection:
        learning.lock_person(connection, person_id)
        wanted = permitted(acknowledgements.asked(connection, version_id=version_id, delivery_id=delivery_id), person_id)
        known = [
            one for one in taps.taps_on(connection, person_id=person_id, delivery_id=delivery_id, version_id=version_id) if one.kind == kind
        ]
        standing = next((one for one in known if one.undone_at is None or one.source_id == event), None)
        when, first = (now, True) if standing is None else (standing.tapped_at, False)
        if standing is None:
            key = event or tap_source(kind, delivery_id=delivery_id, version_id=version_id, earlier=len(known))
            detail: dict[str, object] = {"tap": kind.value}
            if kind in _SPANS:
                column, span = _SPANS[kind]
                until_day = to_days(now + span)
                before = taps.hold(connection, person_id=person_id, statement_id=wanted.statement_id, column=column, until_day=until_day)
                detail |= {"until_day": until_day, "before_day": before}
            level, seen = STRENGTH[kind]
            taps.add_tap(connection, wanted, kind=kind.value, channel=channel, source_id=key, now=now)
            taps.add_fact(connection, wanted, level=level, channel=channel, source_id=key, now=now, seen=seen, detail=detail)
            relearn(connection, person_id, [wanted.statement_id], now=now)
    return Tapped(
        first=first,
        kind=kind,
        tapped_at=when,
        slug=wanted.slug,
        title=wanted.title,
        person_name=wanted.person_name,
        zone=wanted.zone,
        until=when + _SPANS[kind][1] if kind in _SPANS else None,
    )


def heard(database: Database, *, statement_id: int, now: datetime, smallest: int = SMALLEST_GROUP) -> dict[TapKind, int | None]:
    """Return how many people at least said "unclear" and "too often" of a statement; None for fewer than ``smallest``.

    In steps of ``smallest`` and as of the last Monday, so that two looks at the page do not tell who tapped between them.
    """
    with database.read() as connection:
        counted = taps.people_who_tapped(connection, statement_id, before=counted_until(now))
    return {kind: in_whole_groups(counted.get(kind.value, 0), smallest) or None for kind in (TapKind.UNCLEAR, TapKind.TOO_OFTEN)}
