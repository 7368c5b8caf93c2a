"""Bring what a directory says into the database: whom it names are matched, changed, created, moved or deactivated.

Only the facts the directory has a column for change. Nobody is deactivated by omission unless asked, and then never
because of a file that is cut short or in part refused; whom it names as gone is. One transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from cadence.channels.registry import MAIL, WORKSPACE
from cadence.domain.audit import Actor, Change
from cadence.domain.people.directory import LeftPerson, ListedPerson, PeopleFile, RefusedRow
from cadence.domain.people.identity import KnownRecord, Match, Matches, RowVerdict, is_another, match_rows, name_words
from cadence.domain.people.person import Person
from cadence.domain.people.places import canonical_zone
from cadence.errors import Conflict, NotFound, shorten
from cadence.files.people_csv.table import MAX_BYTES
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.people.compare import Changes, Comparison, create, update
from cadence.operations.people.report import PeopleReport
from cadence.operations.sending.address_health import tell_suspended
from cadence.store.audit.entries import append
from cadence.store.people import directory as rows

#: more of the active people than this, in percent, are not deactivated without being told twice
MAX_DEACTIVATED_PERCENT = 20
#: what the log calls a file: its own name may name somebody, and the log is never erased
A_FILE = "CSV"
#: of people whom a directory names as gone, so few are believed without asking
FEW = 10


def read_people_file(path: Path) -> bytes:
    """Return the content of a file, at most one byte more than may be parsed. Raises NotFound."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"there is no file {path}") from None


def list_people(connection: Connection, *, deactivated: bool = False) -> list[Person]:
    """Return active people, or all, by email."""
    return rows.stored_people(connection, deactivated=deactivated)


def import_people(
    connection: Connection,
    file: PeopleFile,
    *,
    now: datetime,
    default_zone: str,
    deactivate_missing: bool = False,
    force: bool = False,
    dry_run: bool = False,
    source: str = "the file",
    names_are_official: bool = True,
) -> PeopleReport:
    """Bring ``file`` into the database; return what changed.

    ``default_zone`` is for new people without a time zone. ``deactivate_missing`` deactivates the active people the file does
    not name: raises Conflict above 20 % of them unless ``force``, and leaves all in place when any row was refused. Above 20 % (and
    ten people) named as gone raise Conflict too. ``dry_run`` reports the same and writes nothing. ``source``: what messages call
    it. ``names_are_official``: names are those of an employer, not chosen by people themselves.
    """
    work = _Import(connection, file, now=now, default_zone=canonical_zone(default_zone), source=source)
    work.match(names_are_official=names_are_official)
    work.compare()
    work.close(force=force)
    if deactivate_missing:
        work.deactivate_missing(force=force)
    work.note()
    if not dry_run:
        write_changes(connection, work.changes, now)
    return work.report


def note_import(connection: Connection, report: PeopleReport, *, source: str, actor: Actor, now: datetime) -> None:
    """Write down that a directory was brought in, in its transaction; nothing when it changed nothing."""
    counts = {
        "new": len(report.created),
        "changed": len(report.updated),
        "back": len(report.reactivated),
        "left": len(report.deactivated) + len(report.reassigned),
    }
    if any(counts.values()):
        change = Change(action="people.imported", object_kind="people", object_key=source, after=dict(counts))
        append(connection, actor, change, at=now)


class _Import:
    """One directory, on its way into the database."""

    def __init__(self, connection: Connection, file: PeopleFile, *, now: datetime, default_zone: str, source: str) -> None:
        self.file, self.source = file, source
        self.stored = rows.people_by_email(connection)
        self.addresses = rows.stored_addresses(connection)
        self.former = rows.former_addresses(connection)
        self.by_id = {row.id: row for row in self.stored.values()}
        self.known = {row.id: self._as_known(row) for row in self.stored.values() if not row.shared and row.erased_at is None}
        self.numbers = {one.employee_id: one for one in self.known.values() if one.employee_id}
        self.slack_ids = {one.slack_user_id: one for one in self.known.values() if one.slack_user_id}
        self.report = PeopleReport(refused=list(file.refusals), notes=list(file.notes))
        self.changes = Changes()
        self.on = Comparison(
            file=file, addresses=self.addresses, default_zone=default_zone, now=now, report=self.report, changes=self.changes
        )
        self.matches = Matches(of_rows=(), reassigned={}, notes=())
        #: id of a record -> the row that is about it
        self.claims: dict[int, ListedPerson] = {}
        self.accepted: list[tuple[ListedPerson, Match]] = []

    def _as_known(self, row: Any) -> KnownRecord:
        slack = self.addresses.get((row.id, WORKSPACE))
        return KnownRecord(
            id=row.id,
            email=row.email,
            name=row.name,
            employee_id=row.employee_id,
            slack_user_id=slack.value if slack is not None else "",
            deactivated_at=row.deactivated_at,
        )

    def match(self, *, names_are_official: bool) -> None:
        """Find out whom each row is about, and refuse rows with a number of somebody else."""
        self.matches = match_rows(self.file.rows, self.known.values(), self.former, names_are_official=names_are_official)
        self.report.notes += self.matches.notes
        for row, match in zip(self.file.rows, self.matches.of_rows, strict=True):
            if match.known is not None and match.verdict is not RowVerdict.REFUSED:
                self.claims[match.known.id] = row
        for row, match in zip(self.file.rows, self.matches.of_rows, strict=True):
            if match.verdict is RowVerdict.REFUSED:
                self._refuse(row, match.field, getattr(row, match.field), match.reason)
                continue
            known = match.known
            if known is not None and row.slack_user_id in ("", known.slack_user_id) and row.employee_id in ("", known.employee_id):
                self.accepted.append((row, match))
                continue
            holder = self._holder(self.slack_ids, row, match, "slack_user_id")
            if holder is not None:
                self._refuse(row, "slack_user_id", row.slack_user_id, f"belongs to {holder.email}")
                continue
            holder = self._holder(self.numbers, row, match, "employee_id")
            if holder is not None:
                reason = f"belongs to {holder.email}. If they are the same person: cadence person move {holder.email} {row.email}"
                self._refuse(row, "employee_id", row.employee_id, reason)
                continue
            self.accepted.append((row, match))

    def _holder(self, holders: Mapping[str, KnownRecord], row: ListedPerson, match: Match, field: str) -> KnownRecord | None:
        """Return somebody else who has the number of ``row`` and keeps it; a number of somebody gone is released."""
        value = getattr(row, field)
        holder = holders.get(value) if value else None
        if holder is None or (match.known is not None and holder.id == match.known.id):
            return None
        if holder.id in self.matches.reassigned or holder.deactivated_at is not None:
            if field == "employee_id":
                self.changes.released_numbers.append(holder.id)
            else:
                self.changes.released_addresses.append(self.addresses[holder.id, WORKSPACE].id)
            return None
        claim = self.claims.get(holder.id)
        return holder if claim is None or getattr(claim, field) in ("", value) else None

    def _refuse(self, row: ListedPerson, field: str, value: str, reason: str) -> None:
        self.report.refused.append(RefusedRow(line=row.line, field=field, reason=f"{field} = {shorten(value)}: {reason}"))

    def compare(self) -> None:
        """Collect what is new and what changes."""
        beginning = {row.email for row, match in self.accepted if match.verdict in (RowVerdict.NEW, RowVerdict.MOVED)}
        for one in self.matches.reassigned.values():
            if one.email in beginning:
                self.report.reassigned.append(one.email)
                self.changes.reassigned.append(one.id)
        named_before = []
        for row, match in self.accepted:
            if match.known is None:
                create(row, self.on)
                continue
            before = self.by_id[match.known.id]
            email = before.email if match.verdict is RowVerdict.FORMER else row.email
            if match.verdict is RowVerdict.FORMER:
                named_before.append(f"{row.email} (now {before.email})")
            update(row, before, self.on, email=email)
        if named_before:
            self.report.notes.append(f"{self.source} uses former addresses of people; the current ones stay: {_first(named_before)}")
        if self.on.kept_away:
            self.report.notes.append(f"deactivated by hand, so left as they are (cadence person reactivate): {_first(self.on.kept_away)}")

    def close(self, *, force: bool) -> None:
        """Collect the active people whom the directory names as gone. Raises Conflict when they are too many to be believed."""
        gone = []
        for left in self.file.closed:
            known = self._known_leaver(left)
            if known is not None and known.id not in self.claims and known.id not in self.changes.reassigned and known.id not in gone:
                gone.append(known.id)
        gone = [person_id for person_id in gone if self.known[person_id].deactivated_at is None]
        lost = len(gone) + sum(self.known[person_id].deactivated_at is None for person_id in self.changes.reassigned)
        active = sum(one.deactivated_at is None for one in self.known.values())
        if lost >= FEW and lost * 100 > active * MAX_DEACTIVATED_PERCENT and not force:
            raise Conflict(
                f"{self.source} says that {lost} of {active} active people are gone, more than {MAX_DEACTIVATED_PERCENT} %; "
                "nothing was changed. If that is right, confirm it (--yes)",
                missing=lost,
                active=active,
            )
        self.changes.gone["file"] = gone
        self.report.deactivated += [self.known[person_id].email for person_id in gone]

    def _known_leaver(self, left: LeftPerson) -> KnownRecord | None:
        """Return whom an account that is over belongs to here: by the employer's number, else by an address that is still theirs."""
        if left.employee_id in self.numbers:
            return self.numbers[left.employee_id]
        row = self.stored.get(left.email)
        known = self.known.get(row.id if row is not None else self.former.get(left.email, 0))
        if known is not None:
            return None if is_another(known, left) else known
        return self.slack_ids.get(left.slack_user_id)

    def deactivate_missing(self, *, force: bool) -> None:
        """Collect the active people whom the directory does not name. Raises Conflict when they are too many."""
        report = self.report
        gone = {*self.changes.gone["file"], *self.changes.reassigned}
        named = {*self.claims, *(self.stored[email].id for email in self.file.not_yet if email in self.stored)}
        active = [one for one in self.known.values() if one.deactivated_at is None and one.id not in gone]
        missing = [one for one in active if one.id not in named]
        if not missing:
            return
        if report.refused:
            report.notes.append(f"nobody was deactivated, because rows of {self.source} were refused: fix them and try again")
            return
        if not self.accepted and not self.file.closed:
            raise Conflict(f"{self.source} names nobody; that deactivates nobody")
        if len(missing) * 100 > len(active) * MAX_DEACTIVATED_PERCENT and not force:
            raise Conflict(
                f"{self.source} leaves out {len(missing)} of {len(active)} active people, more than {MAX_DEACTIVATED_PERCENT} %; "
                "nothing was changed. If they have all left, confirm it (--yes)",
                missing=len(missing),
                active=len(active),
            )
        report.deactivated += sorted(one.email for one in missing)
        self.changes.gone["missing"] = [one.id for one in missing]

    def note(self) -> None:
        """Note managers who are nobody, and new people who may be known ones under another address."""
        rows_of = self.file.rows
        known = self.stored.keys() | {row.email for row in rows_of}
        unknown = sorted({row.manager_email for row in rows_of if row.manager_email} - known)
        if unknown:
            self.report.notes.append(f"{len(unknown)} managers are not among the people: {_first(unknown)}")
        if not self.report.created:
            return
        absent = {}
        for one in self.known.values():
            words = name_words(one.name)
            if one.deactivated_at is None and one.id not in self.claims and len(words) > 1:
                absent[words] = one.email
        created = set(self.report.created)
        for row in rows_of:
            before = absent.get(name_words(row.name)) if absent and row.email in created and row.named else None
            if before is not None:
                self.report.notes.append(
                    f"{row.email} is new and has the same name as {before}, who is not in {self.source}. "
                    f"If they are the same person: cadence person move {before} {row.email}"
                )


def _first(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def write_changes(connection: Connection, changes: Changes, now: datetime) -> None:
    """Write what a comparison collected; who is due when is derived again where that may have changed."""
    rows.drop_addresses(connection, changes.released_addresses)
    rows.forget_numbers(connection, changes.released_numbers)
    rows.set_aside(connection, changes.reassigned, now=now)
    rows.move_people(connection, changes.moved, now=now)
    ids = rows.add_people(connection, changes.people)
    for email, person_id in ids.items():
        changes.addresses.append({"person_id": person_id, "channel": MAIL.value, "value": email})
        if email in changes.slack_of_new:
            changes.addresses.append({"person_id": person_id, "channel": WORKSPACE.value, "value": changes.slack_of_new[email]})
    rows.change_people(connection, changes.changed)
    rows.add_addresses(connection, changes.addresses)
    rows.change_addresses(connection, changes.changed_addresses)
    for who, person_ids in changes.gone.items():
        rows.deactivate_people(connection, person_ids, now=now, by=who)
    if changes.changed_addresses or changes.reassigned or any(changes.gone.values()):
        tell_suspended(connection, now=now)
    if changes.any():
        derive_slots(connection, now=now)
