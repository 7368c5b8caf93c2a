"""What bringing a directory into the people changed, or would change: what commands, logs and the dry run tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cadence.domain.people.directory import RefusedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """What changed about one person: fact -> (before, after)."""

    email: str
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One person whose address changed."""

    before: str
    after: str


@dataclass(slots=True, kw_only=True)
class PeopleReport:
    """What importing people changed, or would change. Lists hold emails in the order of the file."""

    created: list[str] = field(default_factory=list)
    updated: list[PersonChange] = field(default_factory=list)
    unchanged: int = 0
    #: people who stayed the same under another address; they are in ``updated`` too
    moved: list[Move] = field(default_factory=list)
    #: addresses that are another person's from here on: who had them is deactivated, and the new person starts from nothing
    reassigned: list[str] = field(default_factory=list)
    reactivated: list[str] = field(default_factory=list)
    deactivated: list[str] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
