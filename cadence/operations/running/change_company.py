"""Change the company's settings and logo in the browser: validated as the settings file is, with an audit entry in the same transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cadence.domain.audit import Actor, Change, Plain
from cadence.files.logo import read_logo
from cadence.settings.company import EDITABLE, value_of, with_changes
from cadence.settings.fields import Settings
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.running import company as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanySource:
    """The settings as a page needs them. ``given``: of files and environment; ``running``: what this process began with."""

    given: Settings = field(default_factory=Settings)
    running: Settings = field(default_factory=Settings)
    #: in force, at most some seconds old
    now: Callable[[], Settings] = Settings
    #: read them again at the next call
    forget: Callable[[], None] = lambda: None


def company_of(database: Database, settings: Settings) -> Settings:
    """Return ``settings`` (of files and environment) with what was changed in the browser over them. Raises Invalid."""
    with database.read() as connection:
        return with_changes(settings, rows.kept_settings(connection))


def change_company(database: Database, settings: Settings, values: Mapping[str, str], *, actor: Actor, now: datetime) -> None:
    """Keep ``values`` of ``EDITABLE``, all or none; one that is as in the file is kept there alone. Raises Invalid.

    settings: those of files and environment.
    """
    with database.transaction() as connection:
        kept = rows.kept_settings(connection)
        before = with_changes(settings, kept)
        after = with_changes(before, {name: value for name, value in values.items() if name in EDITABLE})
        old: dict[str, Plain] = {}
        new: dict[str, Plain] = {}
        for name in EDITABLE:
            value = value_of(after, name)
            if value == value_of(settings, name):
                rows.drop_setting(connection, name)
            elif kept.get(name) != value:
                rows.keep_setting(connection, name, value, account_id=actor.account_id, now=now)
            if value != value_of(before, name):
                old[name], new[name] = value_of(before, name), value
        if new:
            change = Change(action="company.changed", object_kind="company", object_key="settings", before=old, after=new)
            append(connection, actor, change, at=now)


def change_logo(database: Database, raw: bytes, *, actor: Actor, now: datetime) -> None:
    """Keep a logo, checked and written again. Raises Invalid."""
    logo = read_logo(raw)
    mark: dict[str, Plain] = {"sha256": hashlib.sha256(logo.content).hexdigest()}
    with database.transaction() as connection:
        rows.keep_logo(connection, logo.kind, logo.content, account_id=actor.account_id, now=now)
        append(connection, actor, Change(action="company.logo_changed", object_kind="company", object_key="logo", after=mark), at=now)


def drop_logo(database: Database, *, actor: Actor, now: datetime) -> None:
    """Go on without a logo; nothing happens when there is none."""
    with database.transaction() as connection:
        if rows.drop_logo(connection):
            append(connection, actor, Change(action="company.logo_removed", object_kind="company", object_key="logo"), at=now)
