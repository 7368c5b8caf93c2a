"""Why a person was sent a statement, or was not: sentences made of stored facts only (promise 8).

What a future slot will bring is decided when it is due; told here are the rules that bind then (``explain_rules``):
gap, audience, target or rotation, caps. The only guesses are the model's, and they are told as such (``guesses``).
What a person answered in a check is never told. Times are the person's local time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.people.addresses import parse_email
from cadence.domain.planning.calendars import local_week, zone
from cadence.domain.planning.caps import day_number, quarter_number
from cadence.errors import NotFound
from cadence.files.cadences_toml import from_json
from cadence.operations.measuring.guesses import guesses_of
from cadence.operations.planning.explain_rules import Facts, foretell, instant_of, is_meant, why_not
from cadence.rendering.telling import CHANNELS, ITEM_REASONS, STATES, tell_instant, tell_reason, times
from cadence.store.database.engine import Database
from cadence.store.measuring import reports as report_rows
from cadence.store.people.audiences import audiences_in_force
from cadence.store.people.directory import person_from_row
from cadence.store.planning import chunks as planning_rows
from cadence.store.planning import explanations as rows
from cadence.store.planning.chunks import CurrentStatement
from cadence.store.returned_mail.returns import bounced

RECENT = 20
#: states in which the channel matters
_ON_ITS_WAY = ("planned", "sending", "sent", "failed", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSlot:
    """The next turn of a cadence that includes the person."""

    cadence: str
    at: datetime
    sentence: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStatement:
    """What one statement has been to the person. ``sentences``: the facts, then why it did not come lately."""

    slug: str
    title: str
    times_sent: int
    last_sent: datetime | None
    #: channel of the last showing, empty when never shown
    last_channel: str
    last_wording: str
    #: the model's guess of the chance of recall today, in steps of 0.05 from 0.05 to 0.95; None when it is not in force
    predicted_recall: float | None
    #: when the guess falls to the target within the gaps, and the next slot at which it could then go; None when nothing brings it
    next_due: datetime | None
    next_slot: datetime | None
    acknowledged_at: datetime | None
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything on record about one person, newest first."""

    email: str
    name: str
    zone: str
    sentences: tuple[str, ...]
    next: tuple[NextSlot, ...]
    deliveries: tuple[ToldDelivery, ...]
    statements: tuple[ToldStatement, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; instants as ISO 8601 with offset."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def explain(database: Database, email: str, statement: str | None = None, *, now: datetime) -> Explanation:
    """Return the explanation for the person with that address, on one statement when asked.

    Raises Invalid for text that is no address, NotFound naming the person or the statement.
    """
    address = parse_email(email)
    with database.read() as connection:
        row = rows.person_by_email(connection, address)
        if row is None:
            raise NotFound(f"there is nobody with the address {address}")
        return _explain(connection, row, statement, now)


def explain_person(database: Database, person_id: int, *, now: datetime) -> Explanation:
    """Return the explanation for the person with that id: what their own page shows. Raises NotFound."""
    with database.read() as connection:
        row = rows.person_by_id(connection, person_id)
        if row is None:
            raise NotFound("this person is no longer known here")
        return _explain(connection, row, None, now)


def _explain(connection: Connection, row: Any, slug: str | None, now: datetime) -> Explanation:
    wanted = None
    if slug is not None:
        wanted = rows.statement_by_slug(connection, slug)
        if wanted is None:
            raise NotFound(f"there is no statement {slug!r}")
    facts = _facts(connection, row, now)
    recent = rows.recent_deliveries(connection, row.id, limit=RECENT, statement_id=wanted.id if wanted is not None else None)
    return Explanation(
        email=row.email,
        name=row.name,
        zone=row.zone,
        sentences=_person_sentences(facts),
        next=tuple(_next(facts)),
        deliveries=tuple(_told(connection, recent, row.zone)),
        statements=tuple(_statements(connection, facts, wanted)),
    )


def _facts(connection: Connection, row: Any, now: datetime) -> Facts:
    person, today = person_from_row(row), now.astimezone(zone(row.zone)).date()
    belongs = {name: rule(person, today) for name, rule in audiences_in_force(connection).items()}
    active = [from_json(definition) for definition in rows.active_cadences(connection)]
    week = local_week(now, zone(row.zone))
    exposures = rows.exposures_of_person(connection, row.id)
    digests, shown = planning_rows.week_counts(connection, [row.id], [week]).get((row.id, week), (0, 0))
    return Facts(
        row=row,
        person=person,
        now=now,
        today=today,
        addresses=rows.reachable_on(connection, row.id),
        limits=planning_rows.limits_in_force(connection),
        rules=belongs,
        cadences=[c for c in active if belongs.get(c.audience, False)],
        slots=rows.slots_to_come(connection, zone=row.zone),
        current=planning_rows.current_statements(connection),
        exposures=exposures,
        last_sent=rows.last_sent(connection, row.id),
        guesses=guesses_of(connection, row.id, exposures, now=now),
        acknowledged=rows.acknowledged_by(connection, row.id),
        week_digests=digests,
        week_statements=shown,
    )


def _person_sentences(facts: Facts) -> tuple[str, ...]:
    row, found = facts.row, []
    if row.deactivated_at is not None:
        return (f"{row.name} left the list on {tell_instant(row.deactivated_at, row.zone)} and gets nothing any more.",)
    if row.paused_until is not None and row.paused_until > facts.now:
        found.append(f"Messages are paused until {tell_instant(row.paused_until, row.zone)}.")
    working = [CHANNELS[c] for c, suspended in sorted(facts.addresses.items()) if not suspended]
    suspended = [CHANNELS[c] for c, is_off in sorted(facts.addresses.items()) if is_off]
    if not facts.addresses:
        found.append("There is no address for this person, so nothing can be sent.")
    elif working:
        chosen = (
            f", by own choice {CHANNELS[row.preferred_channel]} first"
            if row.preferred_channel in CHANNELS and row.preferred_channel
            else ""
        )
        found.append(f"Reached on {' and '.join(working)}{chosen}.")
    if suspended:
        found.append(f"The address on {' and '.join(suspended)} is suspended because the service refused it.")
    limits = facts.limits
    found.append(
        f"This week: {facts.week_digests} of at most {limits.digests_per_week} digests, "
        f"{facts.week_statements} of at most {limits.statements_per_week} statements."
    )
    if not facts.cadences:
        found.append("No active cadence includes this person.")
    return tuple(found)


def _next(facts: Facts) -> list[NextSlot]:
    if facts.row.deactivated_at is not None:
        return []
    mine = {c.slug: c for c in facts.cadences}
    found = []
    for slot in facts.slots:
        if slot.slug not in mine:
            continue
        late = " (overdue: waiting for the next tick)" if slot.next_fire_at <= facts.now else ""
        name = mine[slot.slug].name
        sentence = f"“{name}” is next due {tell_instant(slot.next_fire_at, facts.row.zone)}{late}."
        found.append(NextSlot(cadence=name, at=slot.next_fire_at, sentence=sentence))
    return found


def _told(connection: Connection, recent: list[Any], zone_name: str) -> list[ToldDelivery]:
    ids = [d.id for d in recent]
    items, replies = rows.items_told(connection, ids), rows.last_replies(connection, ids)
    returned = bounced(connection, ids)
    found = []
    for d in recent:
        parts = items.get(d.id, [])
        at = d.finished_at if d.state == "sent" and d.finished_at else d.send_after
        cadence = str(d.definition.get("name", d.slug))
        about = " with " + ", ".join(f"“{i.title}” ({ITEM_REASONS.get(i.reason, i.reason)})" for i in parts) if parts else ""
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


def _statements(connection: Connection, facts: Facts, wanted: Any) -> list[ToldStatement]:
    current = facts.current if wanted is None else [s for s in facts.current if s.id == wanted.id]
    titles = {v: title for v, (title, _) in report_rows.titles_of(connection, [s.version_id for s in current]).items()}
    found = [_statement(facts, s, titles[s.version_id]) for s in current if wanted is not None or is_meant(facts, s)]
    if wanted is not None and not current:
        found.append(_withdrawn(facts, wanted))
    return found


def _statement(facts: Facts, statement: CurrentStatement, title: str) -> ToldStatement:
    exposure, where = facts.exposures.get(statement.id), facts.row.zone
    sent = exposure.times_sent if exposure is not None else 0
    last = instant_of(exposure.sent_day) if exposure is not None and exposure.sent_day is not None else None
    wording = exposure.wording or "" if exposure is not None else ""
    when = min((facts.acknowledged[v] for v in statement.same_meaning if v in facts.acknowledged), default=None)
    told = f"“{title}” was {'never handed over' if not sent else 'handed over ' + times(sent)}"
    newest = facts.last_sent.get(statement.id)
    if exposure is not None and sent > 1 and exposure.sent_quarter == quarter_number(day_number(facts.today)):
        told += f", {times(exposure.sent_in_quarter)} this quarter"
    told += f", last {tell_instant(last, where)}" if last else ""
    told += f" by {CHANNELS[newest.channel]}" if last and newest else ""
    sentences = [told + (f", in the wording “{wording}”." if sent and wording else ".")]
    if when:
        sentences.append(f"It was acknowledged {tell_instant(when, where)}.")
    elif statement.must_acknowledge:
        sentences.append("It is to be acknowledged and was not acknowledged yet.")
    if last and newest:
        sentences.append(f"It came then because {ITEM_REASONS.get(newest.reason, newest.reason.replace('_', ' '))}.")
    foretold = foretell(facts, statement)
    sentences += [*foretold.sentences, *why_not(facts, statement)]
    return ToldStatement(
        slug=statement.slug,
        title=title,
        times_sent=sent,
        last_sent=last,
        last_channel=newest.channel if newest else "",
        last_wording=wording if sent else "",
        predicted_recall=foretold.recall,
        next_due=foretold.due,
        next_slot=foretold.slot,
        acknowledged_at=when,
        sentences=tuple(sentences),
    )


def _withdrawn(facts: Facts, wanted: Any) -> ToldStatement:
    exposure = facts.exposures.get(wanted.id)
    sent = exposure.times_sent if exposure is not None else 0
    reason = (
        "It is not in force" if wanted.withdrawn_at is None else f"It was withdrawn {tell_instant(wanted.withdrawn_at, facts.row.zone)}"
    )
    return ToldStatement(
        slug=wanted.slug,
        title=wanted.slug,
        times_sent=sent,
        last_sent=instant_of(exposure.sent_day) if exposure is not None and exposure.sent_day is not None else None,
        last_channel="",
        last_wording="",
        predicted_recall=None,
        next_due=None,
        next_slot=None,
        acknowledged_at=None,
        sentences=(
            f"“{wanted.slug}” was handed over {times(sent)}." if sent else f"“{wanted.slug}” was never handed over.",
            f"{reason}, so it is not sent.",
        ),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
