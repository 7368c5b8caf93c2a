"""Which attributes of people anybody needs: those that audiences name, in force or about to be, and those of the setting.

All others are not kept, for what nobody uses can only leak. Reads the rules in force and ``cadences.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.engine import Connection

from cadence.domain.people.audiences import Rule, attributes_of
from cadence.domain.people.person import attribute_key
from cadence.errors import CadenceError
from cadence.files.cadences_toml import parse_cadences
from cadence.store.authoring.cadences import stored_audiences

CADENCES = "cadences.toml"


def needed_attributes(connection: Connection, *, config_dir: Path, setting: str) -> frozenset[str]:
    """Return the keys of the attributes that are kept. ``setting``: further ones, with commas between.

    The file counts too, for people are often imported before its rules are in force; one that cannot be read names none.
    """
    rules: Iterable[Rule] = [*stored_audiences(connection).values(), *_rules_of_file(config_dir / CADENCES)]
    named = {attribute for rule in rules for attribute in attributes_of(rule)}
    return frozenset(named | {attribute_key(name) for name in setting.split(",") if name.strip()})


def _rules_of_file(path: Path) -> list[Rule]:
    try:
        return list(parse_cadences(path.read_bytes(), where=path.name).audiences.values())
    except (OSError, CadenceError):
        return []
