"""Bring the people of a Slack workspace into the database: matched by email address, else by Slack id.

Slack says name, zone, language, who is a guest and who is gone; whatever else is known of a person stays, and
what Slack leaves empty changes nothing. An address that changes there under the same id moves the person, unless it is one
they had before. Nobody is deactivated by omission unless asked. The difference is ``import_people``'s report. One
transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.channels.registry import WORKSPACE
from cadence.channels.slack.directory import Directory, WorkspaceMember
from cadence.domain.people.addresses import is_slack_user_id, parse_email
from cadence.domain.people.directory import MAX_NAME, ListedPerson, PeopleFile, RefusedRow
from cadence.domain.people.places import language_tag
from cadence.domain.statements.text import bad_character, is_blank, normalise
from cadence.errors import Conflict, Invalid, shorten
from cadence.files.people_csv.zones import read_zone
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.people.compare import BY_ADMIN
from cadence.operations.people.import_people import MAX_DEACTIVATED_PERCENT, import_people
from cadence.operations.people.report import PeopleReport
from cadence.store.people import directory as rows

#: Slack's word for a deactivated account: kept on the address, so that its return is known from other suspensions
GONE = "user_disabled"
SOURCE = "the Slack workspace"

_PRESENT = frozenset({"email", "name", "zone", "locale", "external", "slack_user_id"})


def sync_people(
    connection: Connection,
    directory: Directory,
    *,
    now: datetime,
    default_zone: str,
    guests: bool = True,
    deactivate_missing: bool = False,
    force: bool = False,
    dry_run: bool = False,
) -> PeopleReport:
    """Bring ``directory`` into the database; return what changed.

    guests: take them in too, as external. deactivate_missing: deactivate the active people who are not in the workspace.
    Raises Conflict when more than 20 % of the active people would be deactivated, unless ``force``. ``dry_run`` reports
    the same and writes nothing.
    """
    matched = _match(connection, directory, guests=guests)
    gone = [matched.stored[email] for email in sorted(matched.gone) if email not in matched.taken]
    gone = [row for row in gone if row.deactivated_at is None]
    active = sum(row.deactivated_at is None and not row.shared for row in matched.stored.values())
    if len(gone) * 100 > active * MAX_DEACTIVATED_PERCENT and not force:
        raise Conflict(
            f"{SOURCE} says that {len(gone)} of {active} active people are deactivated, more than {MAX_DEACTIVATED_PERCENT} %; "
            "nothing was changed. If they have all left, confirm it (--yes)",
            missing=len(gone),
            active=active,
        )
    file = PeopleFile(
        rows=tuple(matched.taken.values()),
        refusals=tuple(matched.refused),
        notes=tuple(_notes(matched, directory)),
        present=_PRESENT,
    )
    report = import_people(
        connection,
        file,
        now=now,
        default_zone=default_zone,
        deactivate_missing=deactivate_missing,
        force=force,
        dry_run=dry_run,
        source=SOURCE,
        names_are_official=False,
    )
    report.deactivated = sorted({*report.deactivated, *(row.email for row in gone)})
    if not dry_run:
        rows.open_addresses(connection, [matched.addresses[row.id, WORKSPACE].id for row in matched.back])
        rows.deactivate_people(connection, [row.id for row in gone], now=now, by=WORKSPACE.value)
        closed = [(row.id, matched.gone[row.email]) for row in gone]
        rows.close_addresses(connection, closed, channel=WORKSPACE.value, reason=GONE, now=now)
        if gone:
            derive_slots(connection, now=now)
    return report


@dataclass(slots=True, kw_only=True)
class _Matched:
    """Whom the members of a workspace are here."""

    stored: Mapping[str, Any]
    addresses: Mapping[tuple[int, str], rows.StoredAddress]
    #: Slack id -> email of the person who has it
    holder: dict[str, str]
    #: address -> id of who had it before
    former: dict[str, int]
    #: email -> what Slack says of somebody active
    taken: dict[str, ListedPerson] = field(default_factory=dict)
    #: email -> Slack id of somebody whose account was deactivated
    gone: dict[str, str] = field(default_factory=dict)
    #: rows of people whose account was deactivated once and is active again
    back: list[Any] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    no_email: int = 0
    guests: int = 0
    other_email: list[str] = field(default_factory=list)
    kept_away: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def _match(connection: Connection, directory: Directory, *, guests: bool) -> _Matched:
    stored = rows.people_by_email(connection)
    addresses = rows.stored_addresses(connection)
    email_of = {row.id: email for email, row in stored.items() if not row.shared}
    holder = {a.value: email_of[p] for (p, channel), a in addresses.items() if channel == WORKSPACE and p in email_of}
    matched = _Matched(stored=stored, addresses=addresses, holder=holder, former=rows.former_addresses(connection))
    active = [(n, m) for n, m in enumerate(directory.members, start=1) if not m.deactivated]
    # who is known by address comes first: an id may be stored with the wrong person
    by_email: list[tuple[int, WorkspaceMember, str]] = []
    others: list[tuple[int, WorkspaceMember, str]] = []
    for number, member in active:
        if member.guest and not guests:
            matched.guests += 1
            continue
        email = _email(member, number, matched)
        if email is not None:
            (by_email if email in stored else others).append((number, member, email))
    for number, member, email in by_email:
        _take(number, member, email, matched)
    for number, member, email in others:
        known = matched.holder.get(member.id, "")
        if known and known not in matched.taken:
            stays = not email or matched.former.get(email) == matched.stored[known].id
            if email and stays:
                matched.other_email.append(known)
            _take(number, member, known if stays else email, matched)
        elif email:
            _take(number, member, email, matched)
        else:
            matched.no_email += 1
    _find_gone(directory.members, matched)
    return matched


def _email(member: WorkspaceMember, number: int, matched: _Matched) -> str | None:
    """Return the checked address, empty when Slack shows none; None when the member was refused."""
    if not is_slack_user_id(member.id):
        _refuse(matched, number, "slack_user_id", member.id, "is not a Slack member id such as U024BE7LH")
        return None
    if not member.email:
        return ""
    try:
        return parse_email(member.email)
    except Invalid as error:
        _refuse(matched, number, "email", member.email, str(error.data["reason"]))
        return None


def _take(number: int, member: WorkspaceMember, email: str, matched: _Matched) -> None:
    """Take a member over; ``email`` is theirs from here on, or of the person with their id."""
    if email in matched.taken:
        _refuse(matched, number, "email", email, f"is the address of {matched.taken[email].slack_user_id} too")
        return
    before = matched.stored.get(email) or matched.stored.get(matched.holder.get(member.id, ""))
    if before is not None and before.deactivated_at is not None:
        address = matched.addresses.get((before.id, WORKSPACE))
        if address is None or address.suspended_reason != GONE or before.deactivated_by == BY_ADMIN:
            matched.kept_away.append(before.email)  # somebody else's decision, such as a people file's
            return
        if address.value == member.id:
            matched.back.append(before)
    elif before is not None:
        address = matched.addresses.get((before.id, WORKSPACE))
        if address is not None and address.suspended_reason == GONE and address.value == member.id:
            matched.back.append(before)
    name = _name(member.name)
    zone, locale = _known(read_zone, member.zone, matched), _known(language_tag, member.locale, matched)
    # a full member may be a contractor all the same: Slack takes back only what it said itself
    keeps_external = not member.guest and not (before is not None and before.slack_guest)
    unread = {"external": keeps_external, "locale": not locale}
    matched.taken[email] = ListedPerson(
        line=number,
        email=email,
        name=name or email.partition("@")[0],
        named=bool(name),
        slack_user_id=member.id,
        zone=zone,
        locale=locale,
        external=member.guest,
        slack_guest=member.guest,
        unread=frozenset(fact for fact, holds in unread.items() if holds),
    )


def _find_gone(members: Sequence[WorkspaceMember], matched: _Matched) -> None:
    here = {row.slack_user_id for row in matched.taken.values()}
    for member in members:
        if not member.deactivated or member.id in here:
            continue
        known = matched.holder.get(member.id)
        if known is None and member.email:
            try:
                known = parse_email(member.email)
            except Invalid:
                continue
            row = matched.stored.get(known)
            # an account they do not use here says nothing about somebody who has another one
            if row is None or (row.id, WORKSPACE) in matched.addresses:
                continue
        if known is not None and known not in matched.taken:
            matched.gone[known] = member.id


def _refuse(matched: _Matched, number: int, name: str, value: str, reason: str) -> None:
    matched.refused.append(RefusedRow(line=number, field=name, reason=f"{name} = {shorten(value)}: {reason}"))


def _name(said: str) -> str:
    text = " ".join(normalise(said).split())[:MAX_NAME].strip()
    return "" if not text or is_blank(text) or bad_character(text, one_line=True) else text


def _known(convert: Any, said: str, matched: _Matched) -> str:
    """Return what Slack says in our spelling, empty when it says nothing we know."""
    if not said:
        return ""
    try:
        return str(convert(said))
    except Invalid:
        matched.odd.append(said)
        return ""


def _notes(matched: _Matched, directory: Directory) -> list[str]:
    found = []
    if directory.left_out:
        found.append(f"accounts left out (bots, apps, invitations, people of other workspaces): {directory.left_out}")
    if matched.guests:
        found.append(f"guests left out (slack.sync_guests is excluded): {matched.guests}")
    if matched.no_email:
        found.append(f"left out for want of an email address: {matched.no_email}; the app may lack the scope users:read.email")
    if matched.other_email:
        found.append(f"Slack has a former address of these people; the current ones stay: {_first(matched.other_email)}")
    if matched.kept_away:
        found.append(f"deactivated here and active in Slack; left as they are: {_first(matched.kept_away)}")
    if matched.odd:
        found.append(f"time zones or languages that are not known were not used: {_first(sorted(set(matched.odd)))}")
    return found


def _first(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
