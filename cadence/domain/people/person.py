"""Who a person is, as the decisions see them, and under which name a column of a directory is kept of them.

What a directory says of people: ``directory.py``; whether two records are one human: ``identity.py``. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who can be reached, as the decisions see them (the ``people`` row)."""

    id: int
    email: str
    name: str = ""
    zone: str = "Etc/UTC"
    country: str = ""
    locale: str = ""
    team: str = ""
    location: str = ""
    manager_email: str = ""
    started_on: date | None = None
    external: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
    preferred_channel: str = ""
    #: the person's own choices: weekday (0 Monday), local time "HH:MM", language
    preferred_day: int | None = None
    preferred_time: str = ""
    preferred_locale: str = ""
    fewer_until: datetime | None = None
    paused_until: datetime | None = None
    #: a shared address that cadences post to, never counted as a person
    shared: bool = False
    created_at: datetime | None = None
    deactivated_at: datetime | None = None
    #: who said that they are gone ("file", "slack", "missing", "admin", "directory", "removed", "reassigned", "merged"); empty: not known
    deactivated_by: str = ""
    #: the employer's number for them; empty: not known
    employee_id: str = ""
    #: ``external`` because Slack has them as a guest
    slack_guest: bool = False
    erased_at: datetime | None = None


def attribute_key(header: str) -> str:
    """Return the name under which a column is kept: "Job Title" is ``job_title``."""
    return "_".join("".join(c if c.isalnum() else " " for c in header.casefold()).split())
