"""Everything a claimed delivery needs to become a message, read in one go for a batch.

Statement text is read once per batch and shared by its digests; what belongs to one person is
read for the batch in four queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import MeasureReading
from cadence.domain.sending.quoted_links import without_links
from cadence.store.database.core import (
    accounts,
    acknowledgements,
    addresses,
    answering,
    asked_checks,
    attempts,
    cadences,
    channel_status,
    checks,
    deliveries,
    evidence,
    exposures,
    measures,
    occurrences,
    people,
    statements,
    wordings,
)
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import measure_values as values
from cadence.store.database.core import statement_supports as supports
from cadence.store.database.core import statement_versions as versions
from cadence.store.database.sql import fetch, insert_for, one_of

#: ids in one statement; databases limit its parameters
_CHUNK = 500
_MAY_HAVE_GONE = ("planned", "sending", "sent", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A version as it is sent, with what its statement says of it."""

    version_id: int
    statement_id: int
    number: int
    slug: str
    kind: str
    title: str
    body: str
    #: the version in a sentence, empty where its file has none
    brief: str
    #: means something new: what was asked about the versions before is not asked of it
    material: bool
    must_acknowledge: bool
    withdrawn: bool
    changed_on: date
    #: not sent before
    effective_on: date | None
    #: wording id -> (name, text), in reading order
    wordings: dict[int, tuple[str, str]]
    supports: tuple[str, ...]
    measures: tuple[MeasureReading, ...]
    #: one line for readers: what changed
    changed: str = ""
    #: how messages of its leader are signed, and where answers to them go; empty: the company's
    signed_by: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All versions by id, and the ids of each statement's versions, oldest first."""

    texts: dict[int, Text]
    versions: dict[int, list[int]]

    def newest_on(self, planned: Text, day: date) -> Text:
        """Return the newest version of what is planned that may be sent on a day, the planned one when no later one may."""
        for version_id in reversed(self.versions[planned.statement_id]):
            text = self.texts[version_id]
            if text is planned or text.effective_on is None or text.effective_on <= day:
                return text
        return planned

    def means_the_same(self, planned: Text, newest: Text) -> bool:
        """Return whether no version after ``planned``, up to ``newest``, means something new."""
        later = (self.texts[version_id] for version_id in self.versions[planned.statement_id])
        return not any(text.material for text in later if planned.number < text.number <= newest.number)


def load_library(connection: Connection) -> Library:
    """Read every version; a company has tens of statements, so this is a few hundred rows at most."""
    spoken: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
    for w in connection.execute(sa.select(wordings).order_by(wordings.c.version_id, wordings.c.position)):
        spoken[w.version_id][w.id] = (w.name, w.text)
    rows = connection.execute(
        sa.select(
            versions,
            statements.c.slug,
            statements.c.kind,
            statements.c.must_acknowledge,
            statements.c.withdrawn_at,
            sa.func.coalesce(sa.func.nullif(accounts.c.sender_name, ""), accounts.c.name, "").label("signed_by"),
            sa.func.coalesce(accounts.c.reply_to, "").label("reply_to"),
        )
        .join(statements, statements.c.id == versions.c.statement_id)
        .outerjoin(accounts, accounts.c.id == statements.c.signed_by)
        .order_by(versions.c.statement_id, versions.c.number)
    ).all()
    numbered: dict[int, list[int]] = defaultdict(list)
    for r in rows:
        numbered[r.statement_id].append(r.id)
    titles = {r.statement_id: r.title for r in rows}
    serves: dict[int, list[str]] = defaultdict(list)
    for s in connection.execute(sa.select(supports).order_by(supports.c.supports_id)):
        if s.supports_id in titles:
            serves[s.statement_id].append(titles[s.supports_id])
    readings = measure_readings(connection)
    texts = {
        r.id: Text(
            version_id=r.id,
            statement_id=r.statement_id,
            number=r.number,
            slug=r.slug,
            kind=r.kind,
            title=r.title,
            body=r.body,
            brief=r.brief,
            material=r.material,
            must_acknowledge=r.must_acknowledge,
            withdrawn=r.withdrawn_at is not None,
            changed_on=r.effective_on or r.published_at.date(),
            effective_on=r.effective_on,
            wordings=spoken[r.id],
            supports=tuple(serves[r.statement_id]),
            measures=readings.get(r.statement_id, ()),
            changed=r.changed,
            signed_by=r.signed_by,
            reply_to=r.reply_to,
        )
        for r in rows
    }
    return Library(texts=texts, versions=numbered)


def measure_readings(connection: Connection) -> dict[int, tuple[MeasureReading, ...]]:
    """Return statement -> its measures with their newest values, in the order of its file."""
    latest: dict[int, Any] = {}
    for v in connection.execute(sa.select(values).order_by(values.c.value_on)):
        latest[v.measure_id] = v
    found: dict[int, list[MeasureReading]] = defaultdict(list)
    for m in connection.execute(sa.select(measures).order_by(measures.c.position, measures.c.id)):
        newest = latest.get(m.id)
        found[m.statement_id].append(
            MeasureReading(
                name=m.name,
                unit=m.unit,
                baseline=m.baseline,
                target=m.target,
                value=newest.value if newest else None,
                value_on=newest.value_on if newest else None,
            )
        )
    return {statement_id: tuple(readings) for statement_id, readings in found.items()}


class Recipient(NamedTuple):
    """What the last look needs of a delivery's person, address and cadence."""

    delivery_id: int
    person_id: int
    name: str
    #: the person's own choice of language, else the directory's
    locale: str
    zone: str
    country: str
    paused_until: datetime | None
    deactivated_at: datetime | None
    #: None: the person has no address on the delivery's channel
    address: str | None
    suspended_at: datetime | None
    local_date: date
    cadence_id: int
    #: whether the cadence is in force
    active: bool


_RECIPIENTS = (
    sa.select(
        deliveries.c.id,
        people.c.id.label("person_id"),
        people.c.name,
        sa.func.coalesce(sa.func.nullif(people.c.preferred_locale, ""), people.c.locale).label("locale"),
        people.c.zone,
        people.c.country,
        people.c.paused_until,
        people.c.deactivated_at,
        addresses.c.value.label("address"),
        addresses.c.suspended_at,
        occurrences.c.local_date,
        occurrences.c.cadence_id,
        cadences.c.active,
    )
    .join(people, people.c.id == deliveries.c.person_id)
    .join(occurrences, occurrences.c.id == deliveries.c.occurrence_id)
    .join(cadences, cadences.c.id == occurrences.c.cadence_id)
    .outerjoin(addresses, sa.and_(addresses.c.person_id == people.c.id, addresses.c.channel == deliveries.c.channel))
)


def recipients_of(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, Recipient]:
    """Return delivery -> whom it goes to."""
    return {r[0]: Recipient._make(r) for r in connection.execute(_RECIPIENTS.where(deliveries.c.id.in_(delivery_ids))).fetchall()}


def definition_of(connection: Connection, cadence_id: int) -> dict[str, Any]:
    """Return the stored definition of a cadence."""
    found: dict[str, Any] = connection.execute(sa.select(cadences.c.definition).where(cadences.c.id == cadence_id)).scalar_one()
    return found


class PlannedItem(NamedTuple):
    """One statement of a delivery as planning left it."""

    delivery_id: int
    position: int
    statement_id: int
    version_id: int
    wording_id: int
    #: the code of why it was chosen
    reason: str
    times_sent_before: int
    #: 1 and how often it was sent in the delivery's quarter before
    showing: int


class PlannedQuestion(NamedTuple):
    """One question of a delivery as planning left it, with the lines it may be asked with."""

    delivery_id: int
    statement_id: int
    #: the version that the question was made for
    version_id: int
    reason: str
    check_id: int
    right: str
    #: lines a message shows of the pool
    lines: int
    distractors: tuple[str, ...]


def items_of(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, list[PlannedItem]]:
    """Return the items of each delivery in reading order."""
    found: dict[int, list[PlannedItem]] = defaultdict(list)
    columns = [items.c[name] for name in PlannedItem._fields]
    query = sa.select(*columns).where(items.c.delivery_id.in_(delivery_ids)).order_by(items.c.delivery_id, items.c.position)
    for row in connection.execute(query).fetchall():
        found[row[0]].append(PlannedItem._make(row))
    return found


def questions_of(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, list[PlannedQuestion]]:
    """Return the questions of each delivery, in an order that never changes."""
    found: dict[int, list[PlannedQuestion]] = defaultdict(list)
    asked = (asked_checks.c[name] for name in PlannedQuestion._fields[:5])
    query = (
        sa.select(*asked, checks.c.right, checks.c.lines, checks.c.distractors)
        .join(checks, checks.c.id == asked_checks.c.check_id)
        .where(asked_checks.c.delivery_id.in_(delivery_ids))
        .order_by(asked_checks.c.delivery_id, asked_checks.c.version_id)
    )
    for row in connection.execute(query):
        found[row.delivery_id].append(PlannedQuestion._make((*row[:-1], tuple(row.distractors))))
    return found


def acknowledged(connection: Connection, person_ids: Sequence[int], version_ids: Sequence[int]) -> dict[tuple[int, int], datetime]:
    """Return (person, version) -> instant of the acknowledgement."""
    if not version_ids:
        return {}
    query = sa.select(acknowledgements.c.person_id, acknowledgements.c.version_id, acknowledgements.c.acknowledged_at).where(
        acknowledgements.c.person_id.in_(person_ids), acknowledgements.c.version_id.in_(version_ids)
    )
    return {(p, v): at for p, v, at in connection.execute(query)}


_KNEW = (
    'SELECT a.person_id, SUM(CASE WHEN a."right" THEN 1 ELSE 0 END), COUNT(*) FROM check_answers a WHERE a.person_id IN {}'
    " AND NOT EXISTS (SELECT 1 FROM check_answers b WHERE b.person_id = a.person_id AND b.statement_id = a.statement_id AND b.id > a.id)"
    " GROUP BY a.person_id"
)


def knew_of(connection: Connection, person_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return person -> (statements whose newest answer was right, statements answered), for those who answered anything."""
    return {person: (int(right), int(asked)) for person, right, asked in fetch(connection, _KNEW.format(one_of(person_ids)))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Earlier attempts of a delivery: how many stayed unknown, and how many failed in a way that counts."""

    doubts: int = 0
    failures: int = 0


def tries_of(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, Tries]:
    """Return the earlier attempts of each delivery (only deliveries with any)."""
    query = (
        sa.select(
            attempts.c.delivery_id,
            sa.func.sum(sa.case((attempts.c.outcome == "unknown", 1), else_=0)),
            sa.func.sum(sa.case((attempts.c.outcome == "retry", 1), else_=0)),
        )
        .where(attempts.c.delivery_id.in_(delivery_ids), attempts.c.outcome.in_(("unknown", "retry")))
        .group_by(attempts.c.delivery_id)
    )
    return {delivery_id: Tries(doubts=doubts, failures=failures) for delivery_id, doubts, failures in connection.execute(query)}


_MISCOUNTED = (
    "SELECT * FROM (SELECT i.delivery_id AS delivery, i.position, i.times_sent_before AS told, e.times_sent AS sent, i.showing AS shown,"
    " 1 + CASE WHEN e.sent_quarter = d.local_quarter THEN e.sent_in_quarter ELSE 0 END AS nth"
    " FROM deliveries d JOIN delivery_items i ON i.delivery_id = d.id"
    " JOIN exposures e ON e.person_id = d.person_id AND e.statement_id = i.statement_id WHERE d.id IN {}) AS c"
    " WHERE shown <> nth OR told <> sent"
)


def miscounted(connection: Connection, delivery_ids: Sequence[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return (delivery, position) -> (times sent before, showing of the quarter) of the items whose plan counted otherwise.

    Between plan and sending another message with the statement went out, or one came back.
    """
    rows = fetch(connection, _MISCOUNTED.format(one_of(delivery_ids)))
    return {(delivery, position): (sent, nth) for delivery, position, _, sent, _, nth in rows}


_REPEATED = (
    "SELECT delivery, position, met FROM (SELECT i.delivery_id AS delivery, i.position, i.wording_id AS said,"
    " (SELECT p.wording_id FROM deliveries o JOIN delivery_items p ON p.delivery_id = o.id"
    " WHERE o.person_id = d.person_id AND p.statement_id = i.statement_id AND o.id <> d.id"
    " AND (o.state = 'sent' OR o.state = 'unknown' OR o.state = 'sending') ORDER BY o.id DESC LIMIT 1) AS met"
    " FROM deliveries d JOIN delivery_items i ON i.delivery_id = d.id WHERE d.id IN {}"
    " AND EXISTS (SELECT 1 FROM deliveries f WHERE f.person_id = d.person_id AND f.local_day BETWEEN d.local_day - 2 AND d.local_day + 1"
    " AND f.id <> d.id AND (f.state = 'failed' OR f.state = 'expired' OR f.state = 'cancelled'))) AS c WHERE said = met"
)


def repeated_wordings(connection: Connection, delivery_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return (delivery, position) -> wording, of the items that would say again what the newest message with the statement said.

    Their plan took turns with another delivery, which did not go out; only people with such a one are looked at.
    """
    rows = fetch(connection, _REPEATED.format(one_of(delivery_ids)))
    return {(delivery, position): met for delivery, position, met in rows}


def recount_item(connection: Connection, delivery_id: int, position: int, *, times_sent_before: int, showing: int) -> None:
    """Keep what a delivery that was not sent will say of the showings before it: its copies say the same."""
    here = (items.c.delivery_id == delivery_id, items.c.position == position)
    connection.execute(sa.update(items).where(*here).values(times_sent_before=times_sent_before, showing=showing))


def drop_item(connection: Connection, delivery_id: int, position: int) -> None:
    """Take a withdrawn statement out of a delivery that was not sent."""
    connection.execute(sa.delete(items).where(items.c.delivery_id == delivery_id, items.c.position == position))


def drop_question(connection: Connection, delivery_id: int, version_id: int) -> None:
    """Take a question out of a delivery that was not sent: its person and its statement count as last asked before."""
    here = (asked_checks.c.delivery_id == delivery_id, asked_checks.c.version_id == version_id)
    pairs = connection.execute(sa.select(asked_checks.c.person_id, asked_checks.c.statement_id).where(*here)).fetchall()
    connection.execute(sa.delete(asked_checks).where(*here))
    for person_id, statement_id in pairs:
        pair = (exposures.c.person_id == person_id, exposures.c.statement_id == statement_id)
        connection.execute(sa.update(exposures).where(*pair).values(asked_day=pair_last_asked()))
        connection.execute(sa.update(answering).where(answering.c.person_id == person_id).values(asked_day=person_last_asked()))


def change_item(connection: Connection, delivery_id: int, position: int, *, version_id: int, wording_id: int) -> None:
    """Say the newest version in a delivery that was not sent; the rotation of wordings goes on from there."""
    here = (items.c.delivery_id == delivery_id, items.c.position == position)
    connection.execute(sa.update(items).where(*here).values(version_id=version_id, wording_id=wording_id))
    pair = sa.select(deliveries.c.person_id, items.c.statement_id).join(items, items.c.delivery_id == deliveries.c.id).where(*here)
    connection.execute(
        sa.update(exposures).where(sa.tuple_(exposures.c.person_id, exposures.c.statement_id).in_(pair)).values(last_wording_id=wording_id)
    )


def end_unsent(connection: Connection, delivery_id: int, *, state: str, reason: str, now: datetime) -> None:
    """End a planned delivery without sending it, and free its statements for the next one."""
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "planned")
        .values(state=state, reason=reason, finished_at=now, lease_owner=None, lease_until=None)
    )
    free_statements(connection, [delivery_id])


def free_statements(connection: Connection, delivery_ids: Sequence[int]) -> None:
    """Forget the plans of unsent deliveries: their statements count as last met when, and in the words, they were last sent.

    What they were to ask was not asked.
    """
    for start in range(0, len(delivery_ids), _CHUNK):
        some = delivery_ids[start : start + _CHUNK]
        pairs = (
            sa.select(deliveries.c.person_id, items.c.statement_id)
            .join(items, items.c.delivery_id == deliveries.c.id)
            .where(deliveries.c.id.in_(some))
        )
        connection.execute(
            sa.update(exposures)
            .where(sa.tuple_(exposures.c.person_id, exposures.c.statement_id).in_(pairs))
            .values(planned_day=exposures.c.sent_day, last_wording_id=wording_last_met())
        )
        free_questions(connection, some)


def free_questions(connection: Connection, delivery_ids: Sequence[int]) -> None:
    """Let what these deliveries were to ask count as last asked by others: they were not sent, or came back."""
    pairs = sa.select(asked_checks.c.person_id, asked_checks.c.statement_id).where(asked_checks.c.delivery_id.in_(delivery_ids))
    mine = sa.tuple_(exposures.c.person_id, exposures.c.statement_id).in_(pairs)
    connection.execute(sa.update(exposures).where(mine).values(asked_day=pair_last_asked()))
    people_asked = sa.select(asked_checks.c.person_id).where(asked_checks.c.delivery_id.in_(delivery_ids))
    connection.execute(sa.update(answering).where(answering.c.person_id.in_(people_asked)).values(asked_day=person_last_asked()))


def pair_last_asked() -> Any:
    """Return the query, inside an UPDATE of ``exposures``, for the day of the pair's newest question that went out or still may."""
    return _last_asked(exposures.c.person_id).where(_asked.c.statement_id == exposures.c.statement_id).scalar_subquery()


def person_last_asked() -> Any:
    """Return the same, inside an UPDATE of ``answering``, for the person's newest question."""
    return _last_asked(answering.c.person_id).scalar_subquery()


_asked, _asking = asked_checks.alias("asked"), deliveries.alias("asking")


def _last_asked(person_id: Any) -> Any:
    came_back = sa.exists().where(evidence.c.source_id == sa.literal_column("'bounce:'").concat(sa.cast(_asking.c.id, sa.Text())))
    return (
        sa.select(sa.func.max(_asked.c.asked_day))
        .join(_asking, _asking.c.id == _asked.c.delivery_id)
        .where(_asked.c.person_id == person_id, sa.or_(*(_asking.c.state == state for state in _MAY_HAVE_GONE)), ~came_back)
    )


def wording_last_met() -> Any:
    """Return the query, inside an UPDATE of ``exposures``, for the wording of the newest delivery that went out or still may."""
    others, parts = deliveries.alias("others"), items.alias("parts")
    return (
        sa.select(parts.c.wording_id)
        .join(others, others.c.id == parts.c.delivery_id)
        .where(others.c.person_id == exposures.c.person_id, parts.c.statement_id == exposures.c.statement_id)
        .where(sa.or_(*(others.c.state == state for state in _MAY_HAVE_GONE)))
        .order_by(others.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def defer(connection: Connection, delivery_id: int, *, send_after: datetime) -> None:
    """Send a planned delivery later."""
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "planned")
        .values(send_after=send_after, lease_owner=None, lease_until=None)
    )


def channel_pause(connection: Connection, channel: str, *, now: datetime) -> str | None:
    """Return why ``channel`` takes no messages at ``now``, None when it does."""
    row = connection.execute(sa.select(channel_status).where(channel_status.c.channel == channel)).one_or_none()
    return str(row.reason) if row is not None and row.paused_until is not None and row.paused_until > now else None


def set_pause(connection: Connection, channel: str, *, until: datetime | None, reason: str) -> None:
    """Pause a channel until an instant, or clear the pause (None)."""
    reason = without_links(reason).text
    connection.execute(
        insert_for(connection, channel_status)
        .values(channel=channel, paused_until=until, reason=reason, failures_in_row=0)
        .on_conflict_do_update(index_elements=["channel"], set_={"paused_until": until, "reason": reason})
    )
