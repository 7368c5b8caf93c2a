"""Whether a row of a directory is about somebody we know, under this address or another. Pure.

One human stays one person when the address changes, and an address that was reassigned to somebody else begins a new
one. Numbers of the employer and of Slack decide; names only where both are whole ones, for names are written in many ways.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cadence.domain.people.directory import LeftPerson, ListedPerson


def same_words(one: str, other: str) -> bool:
    """Whether two names share a word, without case and accents; names in different scripts cannot be compared and count as the same.

    >>> same_words("Ana Lima", "LIMA, Ana María"), same_words("Ana Lima", "Bo Berg"), same_words("李明", "Li Ming")
    (True, False, True)
    """
    first, second = name_words(one), name_words(other)
    if not first or not second or _is_latin(one) != _is_latin(other):
        return True
    return bool(first & second)


def name_words(name: str) -> frozenset[str]:
    """Return the words of a name without case, accents and signs; initials are left out."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(c if c.isalnum() or c in "'\u2019" else "" if unicodedata.combining(c) else " " for c in plain)
    return frozenset(word for word in text.replace("'", "").replace("\u2019", "").split() if len(word) > 1 or not word.isascii())


def _is_latin(text: str) -> bool:
    return all(c < "\u0250" or not c.isalpha() for c in unicodedata.normalize("NFKD", text))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRecord:
    """A record we keep of somebody, as far as it says who they are."""

    id: int
    email: str
    name: str = ""
    employee_id: str = ""
    slack_user_id: str = ""
    deactivated_at: datetime | None = None


class RowVerdict(StrEnum):
    """What a row is, seen from what we know."""

    NEW = "new"
    SAME = "same"
    #: known under another address, which is the row's from here on
    MOVED = "moved"
    #: known, and the row still names an address they had before
    FORMER = "former"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Whom a row is about. ``known`` is None for somebody new; ``field`` and ``reason`` say why a row is refused."""

    verdict: RowVerdict
    known: KnownRecord | None = None
    field: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """``of_rows``: a match for each row, in its order."""

    of_rows: tuple[Match, ...]
    #: records whose address is somebody else's from here on, by their id
    reassigned: dict[int, KnownRecord]
    notes: tuple[str, ...]


#: of addresses in a file, this many (or this share) may be another person's by the name alone; more is a change of how names are written
MOST_OTHER_NAMES = 3
MOST_OTHER_NAMES_SHARE = 0.02


def is_somebody_else(known: KnownRecord, row: ListedPerson) -> bool:
    """Whether an address we know is another person's in ``row``, as the numbers of the employer and of Slack and the dates say."""
    if known.employee_id and row.employee_id:
        if known.employee_id == row.employee_id:
            return False
        # a new number under the very same name is a new contract
        return not row.named or name_words(known.name) != name_words(row.name)
    other_name = _is_other_name(known, row)
    if known.slack_user_id and row.slack_user_id and known.slack_user_id != row.slack_user_id and other_name:
        return True
    if known.deactivated_at is None:
        return False
    began_later = row.started_on is not None and row.started_on > known.deactivated_at.date()
    return other_name or (began_later and row.named and name_words(known.name) != name_words(row.name))


def is_another(one: KnownRecord | ListedPerson, left: LeftPerson) -> bool:
    """Whether an account that is over was somebody else's than the person who has its address."""
    if one.employee_id and left.employee_id:
        return one.employee_id != left.employee_id
    return len(one.name.split()) > 1 and len(left.name.split()) > 1 and not same_words(one.name, left.name)


def match_rows(
    rows: Sequence[ListedPerson], known: Iterable[KnownRecord], former: Mapping[str, int], *, names_are_official: bool = True
) -> Matches:
    """Return whom each row is about.

    ``former``: address -> id of who had it before. ``names_are_official``: names come from an employer, so a wholly other one at a
    known address is another person (nicknames of Slack are not).
    """
    return _Matcher(rows, known, former).run(names_are_official=names_are_official)


class _Matcher:
    """Matches the rows of one directory: first those whose address is known and theirs, then the others by their numbers."""

    def __init__(self, rows: Sequence[ListedPerson], known: Iterable[KnownRecord], former: Mapping[str, int]) -> None:
        people = list(known)
        self.rows = rows
        self.by_id = {one.id: one for one in people}
        self.by_email = {one.email: one for one in people}
        self.by_number = _unique(people, "employee_id")
        self.by_slack = _unique(people, "slack_user_id")
        self.former = former
        #: id of a record -> the row it is in
        self.claims: dict[int, ListedPerson] = {}
        self.found: dict[int, Match] = {}
        self.notes: list[str] = []

    def run(self, *, names_are_official: bool) -> Matches:
        others: list[int] = []
        strangers: list[int] = []
        for index, row in enumerate(self.rows):
            holder = self.by_email.get(row.email)
            if holder is not None and row.named and holder.name == row.name:
                # the usual case, and the fast one: numbers may change under the very same name
                self.claims[holder.id] = row
                self.found[index] = Match(verdict=RowVerdict.SAME, known=holder)
                continue
            if holder is None or is_somebody_else(holder, row):
                others.append(index)
                continue
            if names_are_official and _is_other_name(holder, row) and not _same_number(holder, row):
                strangers.append(index)
            self.claims[holder.id] = row
            self.found[index] = Match(verdict=RowVerdict.SAME, known=holder)
        others += self._strangers(strangers)
        for index in others:
            self.found[index] = self._elsewhere(self.rows[index])
        matched = {match.known.id for match in self.found.values() if match.known is not None and match.verdict is not RowVerdict.REFUSED}
        taken = {row.email for index, row in enumerate(self.rows) if self.found[index].verdict in (RowVerdict.NEW, RowVerdict.MOVED)}
        reassigned = {one.id: one for email in taken if (one := self.by_email.get(email)) is not None and one.id not in matched}
        return Matches(of_rows=tuple(self.found[index] for index in range(len(self.rows))), reassigned=reassigned, notes=tuple(self.notes))

    def _strangers(self, indices: list[int]) -> list[int]:
        """Return the rows, of those with a wholly other name at a known address, that are taken for other people."""
        most = max(MOST_OTHER_NAMES, int(len(self.rows) * MOST_OTHER_NAMES_SHARE))
        shown = ", ".join(
            f"{self.rows[index].email} ({self.claims[holder.id].name}, was {holder.name})"
            for index in indices[:5]
            if (holder := self.by_email.get(self.rows[index].email)) is not None
        )
        if not indices:
            return []
        if len(indices) > most:
            self.notes.append(
                f"{len(indices)} people have a completely different name than before; so many at once look like a change in how names are "
                f"written, so they stay the same people: {shown}"
            )
            return []
        self.notes.append(
            f"addresses with a completely different name than before, taken for other people: {shown}. "
            "If one is the same person, see cadence person move"
        )
        for index in indices:
            holder = self.by_email[self.rows[index].email]
            del self.claims[holder.id]
        return indices

    def _elsewhere(self, row: ListedPerson) -> Match:
        """Match a row whose address is nobody's, or another person's, by its numbers and by addresses of before."""
        known = self.by_number.get(row.employee_id) if row.employee_id else None
        if known is not None and known.email != row.email:
            refused = self._claimed(known, row, "employee_id", row.employee_id)
            if refused is not None:
                return refused
            if known.id not in self.claims:
                return self._move(known, row)
        known = self.by_slack.get(row.slack_user_id) if row.slack_user_id else None
        if known is not None and known.email != row.email and not _other_number(known, row):
            refused = self._claimed(known, row, "slack_user_id", row.slack_user_id)
            if refused is not None:
                return refused
            if known.id not in self.claims:
                if _is_other_name(known, row):
                    return Match(
                        verdict=RowVerdict.REFUSED,
                        field="slack_user_id",
                        reason=f"belongs to {known.email} under another name ({known.name}). If they are the same person: "
                        f"cadence person move {known.email} {row.email}",
                    )
                return self._move(known, row)
        before = self.by_id.get(self.former.get(row.email, 0))
        free = before is not None and before.id not in self.claims and row.email not in self.by_email
        if before is not None and free and not is_somebody_else(before, row) and not _is_other_name(before, row):
            self.claims[before.id] = row
            return Match(verdict=RowVerdict.FORMER, known=before)
        return Match(verdict=RowVerdict.NEW)

    def _move(self, known: KnownRecord, row: ListedPerson) -> Match:
        self.claims[known.id] = row
        return Match(verdict=RowVerdict.MOVED, known=known)

    def _claimed(self, known: KnownRecord, row: ListedPerson, field: str, value: str) -> Match | None:
        """Return the refusal of a row with a number of somebody whom another row is about under the same number."""
        claim = self.claims.get(known.id)
        if claim is None or getattr(claim, field) not in ("", value):
            return None
        return Match(verdict=RowVerdict.REFUSED, field=field, reason=f"belongs to {known.email}")


def _unique(people: Iterable[KnownRecord], field: str) -> dict[str, KnownRecord]:
    """Return number -> record, for the numbers that one record has; of several the only active one."""
    sure: dict[str, KnownRecord] = {}
    several: dict[str, list[KnownRecord]] = {}
    for one in people:
        value = getattr(one, field)
        if value:
            first = sure.setdefault(value, one)
            if first is not one:
                several.setdefault(value, [first]).append(one)
    for value, some in several.items():
        active = [one for one in some if one.deactivated_at is None]
        if len(active) == 1:
            sure[value] = active[0]
        else:
            del sure[value]
    return sure


def _same_number(known: KnownRecord, row: ListedPerson) -> bool:
    return bool(known.employee_id and known.employee_id == row.employee_id) or bool(
        known.slack_user_id and known.slack_user_id == row.slack_user_id
    )


def _other_number(known: KnownRecord, row: ListedPerson) -> bool:
    return bool(known.employee_id and row.employee_id and known.employee_id != row.employee_id)


def _is_other_name(known: KnownRecord, row: ListedPerson) -> bool:
    """Whether both have a whole name, of two words or more, and share none of them."""
    if known.name == row.name or not row.named or len(known.name.split()) < 2 or len(row.name.split()) < 2:
        return False
    return not same_words(known.name, row.name)
