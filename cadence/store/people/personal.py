"""Everything the tables hold about one person, read out or made anonymous.

``held_about`` is the one list of where a person stands: what ``cadence person export`` prints and what ``erase`` has to
reach. Rows of evidence stay for the counts; what names the person goes. Every query is bounded by one person's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.people.mentions import Mentions
from cadence.store.database import core, tables

ERASED_NAME = "Erased person"
#: a domain that can never exist (RFC 2606)
ERASED_DOMAIN = "erased.invalid"


def _table(model: Any) -> sa.Table:
    found: sa.Table = core.table_of(model)
    return found


people, addresses = _table(tables.PersonRow), _table(tables.AddressRow)
former_addresses = _table(tables.FormerAddressRow)
deliveries, items, attempts = _table(tables.DeliveryRow), _table(tables.DeliveryItemRow), _table(tables.AttemptRow)
evidence, exposures = _table(tables.EvidenceRow), _table(tables.ExposureRow)
acknowledgements, answers, checks = _table(tables.AcknowledgementRow), _table(tables.CheckAnswerRow), _table(tables.CheckRow)
attention, offsets, taps = _table(tables.AttentionRow), _table(tables.RecallOffsetRow), _table(tables.TapRow)
asked, answering = _table(tables.AskedCheckRow), _table(tables.AnsweringRow)
own_words, beliefs = _table(tables.OwnWordsRow), _table(tables.BeliefRow)
pasts, past_habits, past_pairs = _table(tables.PastRow), _table(tables.PastHabitRow), _table(tables.PastPairRow)
questions, notices, mails = _table(tables.QuestionRow), _table(tables.NoticeRow), _table(tables.IncomingMailRow)
statements, versions, wordings = _table(tables.StatementRow), _table(tables.StatementVersionRow), _table(tables.WordingRow)
occurrences, cadences = _table(tables.OccurrenceRow), _table(tables.CadenceRow)
estimates = _table(tables.EstimateRow)
accounts, account_roles, sessions = _table(tables.AccountRow), _table(tables.AccountRoleRow), _table(tables.SessionRow)
sign_in_links, members, groups = _table(tables.SignInLinkRow), _table(tables.DirectoryMemberRow), _table(tables.DirectoryGroupRow)
directory_users = _table(tables.DirectoryUserRow)
channel_status, audiences, events = _table(tables.ChannelStatusRow), _table(tables.AudienceRow), _table(tables.SlackEventRow)

#: the place of no line: which one was chosen is gone
ERASED_CHOICE = -2

#: word-like codes ("link", "sent:12") may stay in an anonymous fact; sentences may not
_CODE = re.compile(r"[a-z][a-z0-9_]{0,30}")

#: parts of our own keys; ids that services and mail programs give look otherwise
_OWN_PART = re.compile(r"[a-z_]{0,30}|[0-9]{1,12}")

#: facts that hold for a whole delivery are named after it, by these words; all others have a statement, and the index by person
DELIVERY_FACTS = ("sent", "silent", "bounce", "unsent", "post")
_CHUNK = 100

Row = dict[str, Any]


def person_row(connection: Connection, *, email: str | None = None, person_id: int | None = None) -> Row | None:
    """Return the row of ``people``, None when there is no such person."""
    found = people.c.email == email if email is not None else people.c.id == person_id
    row = connection.execute(sa.select(people).where(found)).mappings().first()
    return None if row is None else dict(row)


def addresses_of(connection: Connection, person_id: int) -> list[Row]:
    """Return where a person is reached, by channel, with why an address is suspended."""
    return _mine(connection, addresses, person_id, addresses.c.channel)


def language_of(connection: Connection, person_id: int) -> str:
    """Return the language a person chose, else that of the directory; empty for nobody."""
    query = sa.select(sa.func.coalesce(sa.func.nullif(people.c.preferred_locale, ""), people.c.locale)).where(people.c.id == person_id)
    found: str | None = connection.execute(query).scalar()
    return found or ""


def has_left(connection: Connection, person_id: int) -> bool:
    """Return whether a person is known and was deactivated or erased."""
    gone = sa.select(people.c.id).where(people.c.id == person_id, people.c.deactivated_at.is_not(None))
    return connection.execute(gone).first() is not None


def record_of(connection: Connection, person_id: int) -> dict[str, list[Row]]:
    """Return the rows that make up a person's own record: exposures, acknowledgements and answers to checks."""
    asked = sa.select(answers, checks.c.right.label("right_text"), checks.c.distractors, checks.c.lines, deliveries.c.public_id)
    asked = asked.join(checks, checks.c.id == answers.c.check_id).join(deliveries, deliveries.c.id == answers.c.delivery_id)
    return {
        "exposures": _mine(connection, exposures, person_id, exposures.c.statement_id),
        "acknowledgements": _mine(connection, acknowledgements, person_id, acknowledgements.c.id),
        "check_answers": _rows(connection, asked.where(answers.c.person_id == person_id).order_by(answers.c.id)),
    }


def held_about(connection: Connection, person_id: int) -> dict[str, list[Row]]:
    """Return every stored row about a person by table, oldest first; deliveries carry their ``items`` and ``attempts``."""
    held = record_of(connection, person_id)
    held["deliveries"] = _deliveries(connection, person_id)
    held["evidence"] = _facts(connection, person_id)
    for table, order in (
        (addresses, addresses.c.channel),
        (former_addresses, former_addresses.c.id),
        (taps, taps.c.id),
        (questions, questions.c.id),
        (mails, mails.c.id),
        (notices, notices.c.id),
        (attention, attention.c.channel),
        (offsets, offsets.c.person_id),
        (asked, asked.c.delivery_id),
        (answering, answering.c.person_id),
        (own_words, own_words.c.id),
        (beliefs, beliefs.c.statement_id),
        (pasts, pasts.c.person_id),
        (past_habits, past_habits.c.channel),
        (past_pairs, past_pairs.c.statement_id),
        (directory_users, directory_users.c.person_id),
    ):
        held[table.name] = _mine(connection, table, person_id, order)
    held["accounts"] = _mine(connection, accounts, person_id, accounts.c.id)
    mine = sa.select(accounts.c.id).where(accounts.c.person_id == person_id)
    held["account_roles"] = _rows(connection, sa.select(account_roles).where(account_roles.c.account_id.in_(mine)))
    held["sessions"] = _rows(connection, sa.select(sessions).where(sessions.c.account_id.in_(mine)).order_by(sessions.c.id))
    in_groups = sa.select(groups.c.name).join(members, members.c.group_id == groups.c.id).where(members.c.person_id == person_id)
    held["directory_members"] = _rows(connection, in_groups.order_by(groups.c.name))
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementName:
    """A statement as a person knows it: ``title`` of its newest version."""

    slug: str
    title: str
    must_acknowledge: bool


def statement_names(connection: Connection) -> dict[int, StatementName]:
    """Return the name of every statement by its id, withdrawn ones too."""
    query = sa.select(statements.c.id, statements.c.slug, statements.c.must_acknowledge, versions.c.title)
    query = query.join(versions, versions.c.statement_id == statements.c.id).order_by(versions.c.number)
    return {r.id: StatementName(slug=r.slug, title=r.title, must_acknowledge=r.must_acknowledge) for r in connection.execute(query)}


def sends_under_way(connection: Connection, person_id: int) -> int:
    """Return how many messages to a person have started and have no outcome yet; those of PostgreSQL stay locked."""
    query = (
        sa.select(attempts.c.id, attempts.c.started_at)
        .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
        .where(deliveries.c.person_id == person_id, attempts.c.outcome.is_(None))
        .with_for_update()
    )
    return sum(row.started_at is not None for row in connection.execute(query).fetchall())


def cancel_sends(connection: Connection, person_id: int, *, now: datetime) -> int:
    """Cancel what waits to be sent to a person, and give up what is in doubt; return how many messages were cancelled."""
    mine = sa.select(deliveries.c.id).where(deliveries.c.person_id == person_id)
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.delivery_id.in_(mine), attempts.c.outcome.is_(None))
        .values(outcome="void", finished_at=now, reply="")
    )
    called_off = connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.person_id == person_id, deliveries.c.state.in_(("planned", "sending")))
        .values(state="cancelled", reason="person_left", finished_at=now, lease_owner=None, lease_until=None, settle_at=None)
    ).rowcount
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.person_id == person_id, deliveries.c.state == "unknown", deliveries.c.settle_at.is_not(None))
        .values(settle_at=None, reason="not_resent")
    )
    return int(called_off)


def pseudonymise(connection: Connection, row: Row, *, now: datetime) -> None:
    """Take everything that names a person out of all tables; the rows that are counted stay under the bare id."""
    person_id = int(row["id"])
    found = connection.execute(sa.select(addresses.c.value).where(addresses.c.person_id == person_id)).scalars()
    before = connection.execute(sa.select(former_addresses.c.value).where(former_addresses.c.person_id == person_id)).scalars()
    secrets = {str(row["email"]), *(str(value) for value in found), *(str(value) for value in before)}
    mine = sa.select(deliveries.c.id).where(deliveries.c.person_id == person_id)
    connection.execute(sa.delete(addresses).where(addresses.c.person_id == person_id))
    connection.execute(sa.delete(former_addresses).where(former_addresses.c.person_id == person_id))
    connection.execute(sa.update(attempts).where(attempts.c.delivery_id.in_(mine)).values(reply="", provider_id=""))
    connection.execute(sa.update(answers).where(answers.c.person_id == person_id).values(choice=ERASED_CHOICE, line=None))
    connection.execute(sa.update(own_words).where(own_words.c.person_id == person_id).values(words="", judged_by=""))
    connection.execute(
        sa.update(questions)
        .where(questions.c.person_id == person_id)
        .values(text="", closed_at=sa.func.coalesce(questions.c.closed_at, sa.bindparam("at", now, questions.c.closed_at.type)))
    )
    connection.execute(sa.update(mails).where(mails.c.person_id == person_id).values(detail={}))
    connection.execute(
        sa.update(notices)
        .where(notices.c.person_id == person_id)
        .values(detail={}, resolved_at=sa.func.coalesce(notices.c.resolved_at, sa.bindparam("at", now, notices.c.resolved_at.type)))
    )
    _end_account(connection, person_id, now=now)
    facts, keys = _facts(connection, person_id), _KeyBlur(person_id, secrets)
    _blur_facts(connection, facts, keys)
    _blur_keys(connection, person_id, keys)
    # the public id stands in the Message-ID, the return address and the metadata of every copy of a message
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.person_id == person_id)
        .values(public_id=sa.literal("erased-") + sa.cast(deliveries.c.id, sa.String))
    )
    _blur_elsewhere(connection, Mentions(name=str(row["name"]), addresses=secrets))
    connection.execute(sa.update(people).where(people.c.manager_email == row["email"]).values(manager_email=""))
    connection.execute(
        sa.update(people)
        .where(people.c.id == person_id)
        .values(
            email=f"{person_id}@{ERASED_DOMAIN}",
            name=ERASED_NAME,
            zone="UTC",
            country="",
            locale="en",
            team="",
            location="",
            manager_email="",
            started_on=None,
            attributes={},
            employee_id="",
            slack_guest=False,
            deactivated_by="",
            preferred_channel="",
            preferred_day=None,
            preferred_time="",
            preferred_locale="",
            fewer_until=None,
            paused_until=None,
            moved_at=None,
            deactivated_at=sa.func.coalesce(people.c.deactivated_at, sa.bindparam("gone", now, people.c.deactivated_at.type)),
            erased_at=now,
        )
    )


def _end_account(connection: Connection, person_id: int, *, now: datetime) -> None:
    """Take the name off an account and end it; what it changed stays the work of its bare number."""
    mine = sa.select(accounts.c.id).where(accounts.c.person_id == person_id)
    connection.execute(sa.delete(sign_in_links).where(sign_in_links.c.account_id.in_(mine)))
    connection.execute(sa.delete(members).where(members.c.person_id == person_id))
    connection.execute(sa.delete(directory_users).where(directory_users.c.person_id == person_id))
    ended = sa.func.coalesce(sessions.c.ended_at, sa.bindparam("ended", now, sessions.c.ended_at.type))
    connection.execute(sa.update(sessions).where(sessions.c.account_id.in_(mine)).values(browser="", ended_at=ended))
    nothing = {"locale": "", "issuer": None, "subject": None, "sender_name": "", "reply_to": "", "password_hash": None}
    connection.execute(
        sa.update(accounts)
        .where(accounts.c.person_id == person_id)
        .values(
            email=sa.literal("account-") + sa.cast(accounts.c.id, sa.Text) + f"@{ERASED_DOMAIN}",
            name=ERASED_NAME,
            totp_secret=None,
            recovery=[],
            ended_at=sa.func.coalesce(accounts.c.ended_at, sa.bindparam("gone", now, accounts.c.ended_at.type)),
            **nothing,
        )
    )


def named_in(connection: Connection, email: str, name: str) -> list[str]:
    """Return the company's own texts and rules that name somebody: "statement an-honest-gap", "audience crews"."""
    wanted = Mentions(name=name, addresses=[email])
    texts: dict[str, str] = {}
    query = sa.select(statements.c.slug, versions.c.title, versions.c.body, wordings.c.text)
    query = query.join(versions, versions.c.statement_id == statements.c.id).join(wordings, wordings.c.version_id == versions.c.id)
    for slug, *parts in connection.execute(query):
        texts[f"statement {slug}"] = " ".join([texts.get(f"statement {slug}", ""), *parts])
    for slug, rule in connection.execute(sa.select(audiences.c.slug, audiences.c.rule)):
        texts[f"audience {slug}"] = str(rule)
    for slug, definition in connection.execute(sa.select(cadences.c.slug, cadences.c.definition)):
        texts[f"cadence {slug}"] = str(definition)
    return sorted(where for where, text in texts.items() if wanted.are_in(text))


def _rows(connection: Connection, query: Any) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _mine(connection: Connection, table: sa.Table, person_id: int, order: Any) -> list[Row]:
    return _rows(connection, sa.select(table).where(table.c.person_id == person_id).order_by(order))


def _deliveries(connection: Connection, person_id: int) -> list[Row]:
    told = sa.select(
        items.c.delivery_id,
        statements.c.slug.label("statement"),
        versions.c.title,
        versions.c.number.label("version"),
        wordings.c.name.label("wording"),
        items.c.reason,
        items.c.times_sent_before,
        items.c.showing,
    )
    told = told.join(statements, statements.c.id == items.c.statement_id).join(versions, versions.c.id == items.c.version_id)
    told = told.join(wordings, wordings.c.id == items.c.wording_id).join(deliveries, deliveries.c.id == items.c.delivery_id)
    tries = sa.select(attempts).join(deliveries, deliveries.c.id == attempts.c.delivery_id)
    sent = sa.select(deliveries, cadences.c.slug.label("cadence"))
    sent = sent.join(occurrences, occurrences.c.id == deliveries.c.occurrence_id)
    sent = sent.join(cadences, cadences.c.id == occurrences.c.cadence_id)
    mine = deliveries.c.person_id == person_id
    found = {row["id"]: row | {"items": [], "attempts": []} for row in _rows(connection, sent.where(mine).order_by(deliveries.c.id))}
    for row in _rows(connection, told.where(mine).order_by(items.c.delivery_id, items.c.position)):
        found[row["delivery_id"]]["items"].append(row)
    for row in _rows(connection, tries.where(mine).order_by(attempts.c.delivery_id, attempts.c.number)):
        found[row["delivery_id"]]["attempts"].append(row)
    return list(found.values())


def _facts(connection: Connection, person_id: int) -> list[Row]:
    """Return a person's evidence, oldest first, by the two keys the table has: person and statement, or its source id."""
    mine = sa.select(evidence).where(evidence.c.person_id == person_id, evidence.c.statement_id.is_not(None))
    found = _rows(connection, mine)
    sent = connection.execute(sa.select(deliveries.c.id).where(deliveries.c.person_id == person_id)).scalars().all()
    for start in range(0, len(sent), _CHUNK):
        keys = [f"{word}:{delivery_id}" for delivery_id in sent[start : start + _CHUNK] for word in DELIVERY_FACTS]
        found += _rows(connection, sa.select(evidence).where(evidence.c.source_id.in_(keys), evidence.c.statement_id.is_(None)))
    return sorted(found, key=lambda row: int(row["id"]))


class _KeyBlur:
    """What stands in the place of a key of an erased person's rows: its words and numbers stay, addresses and ids of messages go.

    The same key always becomes the same, so that what names a key still finds it.
    """

    def __init__(self, person_id: int, secrets: Iterable[str]) -> None:
        self._instead, self._secrets = f"erased-{person_id}", secrets
        self._known: dict[str, str] = {}

    def __call__(self, key: str) -> str:
        blurred = _blurred(key, self._secrets, self._instead)
        return ":".join(part if _OWN_PART.fullmatch(part) or part == self._instead else self._given(part) for part in blurred.split(":"))

    def _given(self, part: str) -> str:
        return self._known.setdefault(part, f"{self._instead}-{len(self._known) + 1}")


def _blur_facts(connection: Connection, facts: list[Row], blur: _KeyBlur) -> None:
    """Leave numbers, yes and no, and codes in the details of a person's evidence, and no address in its keys; free text goes."""
    for fact in facts:
        kept = {key: value for key, value in fact["detail"].items() if _is_plain(value)}
        source_id, retracts = blur(fact["source_id"]), fact["retracts"] and blur(fact["retracts"])
        if (kept, source_id, retracts) != (fact["detail"], fact["source_id"], fact["retracts"]):
            values = {"detail": kept, "source_id": source_id, "retracts": retracts}
            connection.execute(sa.update(evidence).where(evidence.c.id == fact["id"]).values(**values))


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and _CODE.fullmatch(value) is not None)


def _blur_keys(connection: Connection, person_id: int, blur: _KeyBlur) -> None:
    """Blur the keys of a person's rows as those of their evidence."""
    for column in (taps.c.source_id, own_words.c.source_id, questions.c.source_id, mails.c.source_id, notices.c.key):
        table = column.table
        for key in connection.execute(sa.select(column).where(table.c.person_id == person_id, column.is_not(None))).scalars().all():
            blurred = blur(key)
            if blurred != key:
                connection.execute(sa.update(table).where(column == key).values({column.name: blurred}))


def _blur_elsewhere(connection: Connection, person: Mentions) -> None:
    """Take a person out of what is said about others or about all: notices, mails, answers to Slack, a paused channel, estimates."""
    for table in (notices, mails):
        for row in connection.execute(sa.select(table.c.id, table.c.detail)).fetchall():
            kept = _without(row.detail, person)
            if kept != row.detail:
                connection.execute(sa.update(table).where(table.c.id == row.id).values(detail=kept))
    for row in connection.execute(sa.select(events.c.id, events.c.reply)).fetchall():
        kept = _without(row.reply, person)
        if kept != row.reply:
            connection.execute(sa.update(events).where(events.c.id == row.id).values(reply=kept))
    for made in connection.execute(sa.select(estimates.c.id, estimates.c.made_by).where(estimates.c.made_by != "")).fetchall():
        made_by = ERASED_NAME if person.is_the_name(made.made_by) else person.without(made.made_by, ERASED_NAME)
        if made_by != made.made_by:
            connection.execute(sa.update(estimates).where(estimates.c.id == made.id).values(made_by=made_by))
    for status in connection.execute(sa.select(channel_status.c.channel, channel_status.c.reason)).fetchall():
        reason = person.without(status.reason, ERASED_NAME)
        if reason != status.reason:
            connection.execute(sa.update(channel_status).where(channel_status.c.channel == status.channel).values(reason=reason))


def _without(value: Any, person: Mentions) -> Any:
    if isinstance(value, str):
        return person.without(value, ERASED_NAME)
    if isinstance(value, Mapping):
        return {person.without(key, ERASED_NAME): _without(inner, person) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, person) for inner in value]
    return value


def _blurred(text: str, words: Iterable[str], instead: str) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(re.escape(word), instead, text, flags=re.IGNORECASE) if word else text
    return text
