"""Change a cadence or the limits in the browser: checked as the file is, kept with what was before, written to the audit log.

One transaction each. The rules as a whole come from ``cadences.toml``: a cadence is not made or deleted here, and what a
form does not hold stays as it is. What the rules would do: ``operations.simulation.what_if``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor, differing
from cadence.domain.planning.cadences import EVERYONE, CadenceFile
from cadence.domain.planning.limits import Limits
from cadence.errors import Conflict, NotFound
from cadence.files.cadences_toml import Around, from_json, read_cadence, to_json
from cadence.files.limits_toml import limits_from_json, limits_to_json
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.authoring.put_in_force import replace_cadence, replace_limits
from cadence.store.authoring import cadences as rows
from cadence.store.authoring import rule_versions as versions
from cadence.store.database.engine import Database

#: how long a change can be undone
UNDO_DAYS = 30
_MOST_VERSIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force: stored forms as ``cadences.toml`` has them. ``limits_at`` None: no limits were applied yet."""

    limits: dict[str, Any]
    limits_at: datetime | None
    cadences: dict[str, rows.StoredCadence]
    audiences: dict[str, dict[str, Any]]

    def stamp(self, slug: str) -> str:
        """Return a fingerprint of the rule ``slug`` ("" the limits). Raises NotFound."""
        return hashlib.sha256(json.dumps(self.definition(slug), sort_keys=True).encode()).hexdigest()[:16]

    def definition(self, slug: str) -> dict[str, Any]:
        """Return the stored form of a rule. Raises NotFound."""
        if slug and slug not in self.cadences:
            raise NotFound("there is no such cadence")
        return self.cadences[slug].definition if slug else self.limits


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRule:
    """A version that can be used again until 30 days after it was replaced. ``before``, ``after``: what using it would change."""

    id: int
    replaced_at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def rules_in_force(connection: Connection) -> Rules:
    """Return the rules in force."""
    limits = rows.stored_limits(connection)
    return Rules(
        limits=limits.definition if limits is not None else limits_to_json(Limits()),
        limits_at=limits.applied_at if limits is not None else None,
        cadences={one.slug: one for one in rows.stored_cadences(connection)},
        audiences=rows.stored_audiences(connection),
    )


def check_rule(rules: Rules, slug: str, table: Mapping[str, Any]) -> CadenceFile:
    """Return the rules in force with ``table`` in the place of one of them ("" the limits). Raises InvalidFile, NotFound."""
    rules.definition(slug)
    limits = limits_from_json(rules.limits if slug else table, where="")
    cadences = {one.slug: from_json(one.definition) for one in rules.cadences.values()}
    if slug:
        around = Around(audiences={EVERYONE, *rules.audiences}, cadences=rules.cadences.keys(), min_gap_days=limits.min_gap_days)
        given = {key: value for key, value in table.items() if key != "slug"}
        cadences[slug] = read_cadence(slug, given, limits=limits, around=around)
    return CadenceFile(limits=limits, audiences=rules.audiences, cadences=tuple(cadences.values()))


def change_rule(database: Database, slug: str, table: Mapping[str, Any], *, seen: str, actor: Actor, now: datetime) -> bool:
    """Put one rule into force; return whether it differs from the one before.

    table: the whole rule, in the stored form. seen: the ``stamp`` that the reader saw. Raises InvalidFile, NotFound, and
    Conflict when somebody else changed the rule since.
    """
    with database.transaction() as connection:
        rules = rules_in_force(connection)
        file = check_rule(rules, slug, table)
        if rules.stamp(slug) != seen:
            raise Conflict("somebody else changed this rule in the meantime")
        return _put_in_force(connection, rules, slug, file, actor=actor, now=now)


def use_again(database: Database, version_id: int, *, actor: Actor, now: datetime) -> str:
    """Put an earlier version into force again; return which rule it is of. Raises NotFound when its 30 days are over."""
    with database.transaction() as connection:
        version = versions.find_version(connection, version_id)
        rules = rules_in_force(connection)
        if version is None or all(one.id != version_id for one in earlier_rules(connection, rules, version.slug, now=now)):
            raise NotFound("there is no such version")
        _put_in_force(connection, rules, version.slug, check_rule(rules, version.slug, version.definition), actor=actor, now=now)
    return version.slug


def earlier_rules(connection: Connection, rules: Rules, slug: str, *, now: datetime) -> list[EarlierRule]:
    """Return what can be used again of a rule, newest first; versions that are the rule in force are left out."""
    current = rules.definition(slug)
    replaced = rules.cadences[slug].applied_at if slug else rules.limits_at
    found = []
    for one in versions.versions_of(connection, slug, most=_MOST_VERSIONS):
        if replaced is not None and replaced < now - timedelta(days=UNDO_DAYS):
            break
        before, after = differing(current, one.definition)
        if after:
            found.append(EarlierRule(id=one.id, replaced_at=replaced or now, before=before, after=after))
        replaced = one.applied_at
    return found


def _put_in_force(connection: Connection, rules: Rules, slug: str, file: CadenceFile, *, actor: Actor, now: datetime) -> bool:
    cadence = next((one for one in file.cadences if one.slug == slug), None)
    if cadence is None:
        return limits_to_json(file.limits) != rules.limits and replace_limits(
            connection, file.limits, now=now, actor=actor, edited_in="browser"
        )
    if to_json(cadence) == rules.definition(slug):
        return False
    replace_cadence(connection, rules.cadences[slug], cadence, now=now, actor=actor, edited_in="browser")
    derive_slots(connection, now=now)
    return True
