"""What a directory says of the people it names, checked, before anybody is looked up or changed.

A file (``cadence/files/people_csv``) and the Slack workspace both end in these values; what becomes of them
is decided by ``identity.py`` and ``cadence/operations/people``. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

MAX_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPerson:
    """Somebody whom a directory names as here. An empty ``zone`` stands for the installation's default."""

    line: int
    email: str
    name: str
    slack_user_id: str = ""
    employee_id: str = ""
    zone: str = ""
    country: str = ""
    locale: str = ""
    team: str = ""
    location: str = ""
    manager_email: str = ""
    started_on: date | None = None
    external: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    #: facts whose cell says nothing we understand: what is known of them stays
    unread: frozenset[str] = frozenset()
    #: whether ``name`` is a name that somebody wrote, not made from the address
    named: bool = True
    #: whether Slack has them as a guest; None: the directory is not Slack
    slack_guest: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftPerson:
    """An account or employment that a directory names as over. ``why``: the word or the day that says so."""

    line: int
    email: str
    name: str
    slack_user_id: str
    employee_id: str
    why: str
    left_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that was left out. ``field`` is empty when the row as a whole cannot be read."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFile:
    """What a directory says. ``present``: the facts it has a column for; others are left as they are."""

    rows: tuple[ListedPerson, ...]
    refusals: tuple[RefusedRow, ...] = ()
    notes: tuple[str, ...] = ()
    present: frozenset[str]
    closed: tuple[LeftPerson, ...] = ()
    #: addresses of people who are to come: neither created nor taken for gone
    not_yet: tuple[str, ...] = ()
    #: attribute columns of the file that are kept
    attributes: frozenset[str] = frozenset()
    #: the only attributes that anybody needs; None: the directory says nothing of attributes
    keep: frozenset[str] | None = None
