"""From claimed deliveries to composed messages: the last look, then rendering without I/O.

The last look follows the claim. What it ends or defers is written before anything
is sent; what it lets through becomes a ``Ready`` message. It reads without the write lock: with it, a batch would hold
up every other writer for as long as it takes to read five hundred people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.planning.cadences import Cadence
from cadence.domain.planning.calendars import next_permitted, zone
from cadence.domain.planning.limits import Limits
from cadence.domain.planning.questions import AskReason
from cadence.domain.planning.selection import next_wording
from cadence.domain.sending.deliveries import CheckQuestion, Digest, DigestItem, DigestQuestion, Message
from cadence.domain.statements.checks import ask, check_key
from cadence.domain.statements.statement import BRIEF_WORDS
from cadence.domain.statements.text import first_sentence
from cadence.errors import CadenceError, Invalid
from cadence.files.cadences_toml import from_json
from cadence.operations.planning.holiday_dates import holiday_dates
from cadence.rendering.markdown import to_text
from cadence.store.responding import checks as check_rows
from cadence.store.sending import digests as rows
from cadence.store.sending import ledger
from cadence.store.sending.ledger import Claimed

#: how long a reader is told that the text of a statement changed
CHANGE_TOLD = timedelta(days=92)
#: a second message with the same statement waits so long for the outcome of the first
_APART = timedelta(minutes=1)

Compose = Callable[[Digest], Message]
#: something to be written, once there is a transaction to write in
Change = Callable[[Connection], None]


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


def look_and_load(
    connection: Connection, claimed: Sequence[Claimed], *, limits: Limits, now: datetime, resend: bool = False
) -> list[Looked]:
    """Return the deliveries that may still go out. The others are ended or deferred here and now.

    resend: these are in doubt already; what may not go out again stays unknown instead of cancelled.
    """
    kept, changes = look(connection, claimed, limits=limits, now=now, resend=resend)
    for change in changes:
        change(connection)
    return kept


def look(
    connection: Connection, claimed: Sequence[Claimed], *, limits: Limits, now: datetime, resend: bool = False
) -> tuple[list[Looked], list[Change]]:
    """Return as ``look_and_load``, with what is to be written for the others; reads only, so it need not hold up those who write."""
    if not claimed:
        return [], []
    ids = [c.delivery_id for c in claimed]
    recipients = rows.recipients_of(connection, ids)
    items = rows.items_of(connection, ids)
    library = rows.load_library(connection)
    must = sorted({i.version_id for group in items.values() for i in group if library.texts[i.version_id].must_acknowledge})
    acknowledged = rows.acknowledged(connection, [c.person_id for c in claimed], must)
    asked = rows.questions_of(connection, ids)
    knew = rows.knew_of(connection, [c.person_id for c in claimed])
    memory = _Memory(
        connection=connection,
        limits=limits,
        now=now,
        library=library,
        chosen=check_rows.choices_made(connection, ids) if resend and asked else {},
        recounted={} if resend else rows.miscounted(connection, ids),
        repeated={} if resend else rows.repeated_wordings(connection, ids),
    )
    twice = set() if resend else _said_twice(claimed, items, now=now)
    kept: list[Looked] = []
    for one in claimed:
        person = recipients[one.delivery_id]
        try:
            cadence = memory.cadence(person.cadence_id)
            refused, wait = ("", None) if resend else _verdict(person, one, cadence, memory)
        except Invalid:  # a zone or a rule that cannot be read any more holds back its own deliveries only
            if not resend:
                memory.change(rows.end_unsent, one.delivery_id, state="failed", reason="render_error", now=now)
            continue
        if resend:
            # a copy says what the first one said; one that may not be said any more is not repeated
            said = [i.version_id for i in items[one.delivery_id]] + [q.version_id for q in asked[one.delivery_id]]
            withdrawn = any(library.texts[version_id].withdrawn for version_id in said)
            if person.deactivated_at is None and person.suspended_at is None and person.address and not withdrawn:
                parts = _items(one, items[one.delivery_id], asked[one.delivery_id], acknowledged, memory, person=person, frozen=True)
                questions = _questions(one, asked[one.delivery_id], memory, person=person, frozen=True)
                kept.append(Looked(claimed=one, digest=_digest(one, person, cadence, parts, questions, knew.get(one.person_id), now)))
            continue
        if refused:
            state = "expired" if refused == "too_late" else "cancelled"
            memory.change(rows.end_unsent, one.delivery_id, state=state, reason=refused, now=now)
            continue
        if wait is not None:
            memory.change(rows.defer, one.delivery_id, send_after=wait)
            continue
        if one.delivery_id in twice:  # which showing it is depends on what becomes of the other
            memory.change(rows.defer, one.delivery_id, send_after=now + _APART)
            continue
        parts = _items(one, items[one.delivery_id], asked[one.delivery_id], acknowledged, memory, person=person)
        questions = _questions(one, asked[one.delivery_id], memory, person=person)
        if not parts and not questions:
            memory.change(rows.end_unsent, one.delivery_id, state="cancelled", reason="statement_withdrawn", now=now)
            continue
        kept.append(Looked(claimed=one, digest=_digest(one, person, cadence, parts, questions, knew.get(one.person_id), now)))
    return kept, memory.changes


def closed_until(connection: Connection, delivery_ids: Sequence[int], *, limits: Limits, now: datetime) -> dict[int, datetime | None]:
    """Return the deliveries whose people may not be written to at ``now``, with the next instant they may (None: not within 60 days)."""
    memory = _Memory(connection=connection, limits=limits, now=now)
    found: dict[int, datetime | None] = {}
    for delivery_id, person in rows.recipients_of(connection, delivery_ids).items():
        opens = memory.opens(person.zone, person.country if memory.cadence(person.cadence_id).holidays else "")
        if person.paused_until is not None and person.paused_until > now:
            opens = max(opens, person.paused_until) if opens is not None else None
        if opens != now:
            found[delivery_id] = opens
    return found


def load_sent(connection: Connection, delivery_id: int, *, now: datetime) -> Digest | None:
    """Return what a delivery said, with this person's acknowledgements as they are now; None when there is no such delivery."""
    one = ledger.delivery(connection, delivery_id)
    if one is None:
        return None
    looked = look_and_load(connection, [one], limits=Limits(), now=now, resend=True)
    return looked[0].digest if looked else None


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


@dataclass(slots=True, kw_only=True)
class _Memory:
    """What many deliveries of one batch share: cadences, opening hours at ``now``, and equal items."""

    connection: Connection
    limits: Limits
    now: datetime
    library: rows.Library = field(default_factory=lambda: rows.Library(texts={}, versions={}))
    items: dict[tuple[Any, ...], DigestItem] = field(default_factory=dict)
    #: (delivery, version) -> place that was chosen, for messages that went out already
    chosen: dict[tuple[int, int], int] = field(default_factory=dict)
    #: (delivery, position) -> (times sent before, showing of the quarter), where the plan counted otherwise
    recounted: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    #: (delivery, position) -> the wording the person met last, where the plan would say it again
    repeated: dict[tuple[int, int], int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    _cadences: dict[int, Cadence] = field(default_factory=dict)
    _opens: dict[tuple[str, str], datetime | None] = field(default_factory=dict)

    def change(self, write: Callable[..., None], *what: Any, **values: Any) -> None:
        """Note that ``write(connection, *what, **values)`` is to be done."""
        self.changes.append(lambda connection: write(connection, *what, **values))

    def cadence(self, cadence_id: int) -> Cadence:
        if cadence_id not in self._cadences:
            self._cadences[cadence_id] = from_json(rows.definition_of(self.connection, cadence_id))
        return self._cadences[cadence_id]

    def question(self, asked: rows.PlannedQuestion, one: Claimed) -> CheckQuestion:
        """Return a question as this delivery shows it, with what was chosen."""
        key = check_key(one.public_id, asked.version_id)
        question = ask(asked.check_id, asked.right, asked.distractors, key=key, lines=asked.lines)
        chosen = self.chosen.get((one.delivery_id, asked.version_id))
        return question if chosen is None else replace(question, chosen=chosen)

    def opens(self, zone_name: str, country: str) -> datetime | None:
        """Return the first permitted instant at or after now."""
        key = (zone_name, country)
        if key not in self._opens:
            holidays: frozenset[date] = holiday_dates(country, self.now.year, self.now.year + 1) if country else frozenset()
            self._opens[key] = next_permitted(self.now, zone=zone(zone_name), hours=self.limits.working_hours, holidays=holidays)
        return self._opens[key]


def _verdict(person: rows.Recipient, one: Claimed, cadence: Cadence, memory: _Memory) -> tuple[str, datetime | None]:
    """Return (reason to end it, instant to wait for); both empty: send."""
    now = memory.now
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
    opens = memory.opens(person.zone, person.country if cadence.holidays else "")
    if opens == now:
        return "", None
    if opens is None or opens >= one.expires_at:
        return "too_late", None
    return "", max(opens, now + timedelta(seconds=1))


def _items(
    one: Claimed,
    planned: list[rows.PlannedItem],
    asked: list[rows.PlannedQuestion],
    acknowledged: dict[tuple[int, int], datetime],
    memory: _Memory,
    *,
    person: rows.Recipient,
    frozen: bool = False,
) -> tuple[DigestItem, ...]:
    parts, library = [], memory.library
    beneath = {question.version_id: question for question in asked if question.reason == AskReason.BENEATH_TEXT}
    for item in planned:
        text, wording_id = library.texts[item.version_id], item.wording_id
        if not frozen:
            if text.withdrawn:
                memory.change(rows.drop_item, one.delivery_id, item.position)
                continue
            newest = library.newest_on(text, person.local_date)
            if newest is not text:
                text, wording_id = newest, next_wording(tuple(newest.wordings), None)
                memory.change(rows.change_item, one.delivery_id, item.position, version_id=text.version_id, wording_id=wording_id)
            elif memory.repeated and (one.delivery_id, item.position) in memory.repeated and len(text.wordings) > 1:
                wording_id = next_wording(tuple(text.wordings), wording_id)
                memory.change(rows.change_item, one.delivery_id, item.position, version_id=text.version_id, wording_id=wording_id)
        counts = memory.recounted.get((one.delivery_id, item.position)) if memory.recounted else None
        if counts is not None:
            before, showing = counts
            memory.change(rows.recount_item, one.delivery_id, item.position, times_sent_before=before, showing=showing)
        else:
            before, showing = item.times_sent_before, item.showing
        pressed = acknowledged.get((one.person_id, text.version_id)) if text.must_acknowledge else None
        on = pressed.astimezone(zone(person.zone)).date() if pressed else None
        check = memory.question(beneath[text.version_id], one) if text.version_id in beneath else None
        is_told = item.reason == "new_version" or (text.number > 1 and timedelta() <= person.local_date - text.changed_on <= CHANGE_TOLD)
        key = (item.position, text.version_id, wording_id, item.reason, before, showing, on, check, is_told)
        part = memory.items.get(key)
        if part is None:
            part = memory.items[key] = digest_item(
                text,
                wording_id,
                position=item.position,
                reason=item.reason,
                times_sent_before=before,
                showing=showing,
                is_told=is_told,
                acknowledged_on=on,
                check=check,
            )
        parts.append(part)
    return tuple(parts)


def _questions(
    one: Claimed, planned: list[rows.PlannedQuestion], memory: _Memory, *, person: rows.Recipient, frozen: bool = False
) -> tuple[DigestQuestion, ...]:
    """Return what a delivery asks apart from its texts; what was withdrawn, or means something else since it was drawn, is not asked."""
    found = []
    for asked in planned:
        text = memory.library.texts[asked.version_id]
        newest, beneath = memory.library.newest_on(text, person.local_date), asked.reason == AskReason.BENEATH_TEXT
        changed = newest is not text if beneath else not memory.library.means_the_same(text, newest)
        if not frozen and (text.withdrawn or changed):
            memory.change(rows.drop_question, one.delivery_id, asked.version_id)
        elif not beneath:
            found.append(
                DigestQuestion(
                    statement_id=asked.statement_id,
                    slug=text.slug,
                    kind=text.kind,
                    title=text.title,
                    version_id=asked.version_id,
                    check=memory.question(asked, one),
                    body=text.body,
                )
            )
    return tuple(found)


def _said_twice(claimed: Sequence[Claimed], items: dict[int, list[rows.PlannedItem]], *, now: datetime) -> set[int]:
    """Return the deliveries with a statement that an earlier one of this batch says to the same person."""
    if len({one.person_id for one in claimed}) == len(claimed):
        return set()
    said: set[tuple[int, int]] = set()
    found = set()
    for one in claimed:
        pairs = {(one.person_id, item.statement_id) for item in items[one.delivery_id]}
        if said & pairs and one.expires_at > now + _APART:
            found.add(one.delivery_id)
        said |= pairs
    return found


@lru_cache(maxsize=512)
def _brief(brief: str, body: str) -> str:
    """Return a version in a sentence: the one in its file, else the beginning of its text."""
    return brief or first_sentence(to_text(body), most=BRIEF_WORDS)


def digest_item(
    text: rows.Text,
    wording_id: int,
    *,
    position: int,
    reason: str,
    times_sent_before: int,
    showing: int,
    is_told: bool,
    acknowledged_on: date | None,
    check: CheckQuestion | None,
) -> DigestItem:
    """Return one statement as a digest shows it; ``is_told``: that it changed is said. ``acknowledged_on``: in the person's zone."""
    name, wording = text.wordings[wording_id]
    return DigestItem(
        position=position,
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
        brief=_brief(text.brief, text.body),
        times_sent_before=times_sent_before,
        showing=showing,
        reason=reason,
        changed_on=text.changed_on if is_told else None,
        changed=text.changed if is_told else "",
        signed_by=text.signed_by,
        reply_to=text.reply_to,
        acknowledged_on=acknowledged_on,
        check=check,
    )


def _digest(
    one: Claimed,
    person: rows.Recipient,
    cadence: Cadence,
    parts: tuple[DigestItem, ...],
    questions: tuple[DigestQuestion, ...],
    knew: tuple[int, int] | None,
    now: datetime,
) -> Digest:
    return Digest(
        delivery_id=one.delivery_id,
        public_id=one.public_id,
        person_id=one.person_id,
        person_name=person.name,
        locale=person.locale,
        zone=person.zone,
        address=person.address or "",
        dated=one.dated or now,
        items=parts,
        questions=questions,
        cadence_name=cadence.name,
        knew=knew,
        local_date=person.local_date,
    )
