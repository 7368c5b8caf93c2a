"""What is wrong with a table that somebody typed, as lines for them: every fault at once, each with its key and value.

Turns the errors of pydantic into refusals. The words come from the declaration (``json_schema``), so that a new key
needs none of its own. Settings use it too, and add where their values come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from cadence.domain.spelling import nearest
from cadence.errors import Invalid
from cadence.files.declared import Fault
from cadence.files.json_schema import Node, expects, keys_of, node_at, right_line
from cadence.files.toml_tables import InvalidFile

Path = tuple[int | str, ...]

#: a file that is of another kind altogether has a fault in every line
MOST_TOLD = 100
#: pydantic's mark behind a name that is refused itself
_NAME = "[key]"
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedValue:
    """One wrong value. ``sample``: a good value; ``line``: a whole line that is right, where a check names one."""

    path: Path
    value: object
    reason: str
    sample: object = None
    line: str | None = None
    unknown: bool = False


def refused(
    model: type[BaseModel], error: ValidationError, table: Any, *, where: str, under: Path = (), mistakes: Mapping[str, Fault] | None = None
) -> InvalidFile:
    """Return the refusal of ``table``, with a line for each fault; ``under`` is the place of the table in its file."""
    found = [_line(one, where, under) for one in islice(refusals(model, error, table, mistakes=mistakes), MOST_TOLD)]
    if error.error_count() > MOST_TOLD:
        found.append(Invalid("other faults", error.error_count() - MOST_TOLD, "are not shown; fix these first", where=where))
    return InvalidFile({str(problem): problem for problem in found}.values())


def refusals(
    model: type[BaseModel], error: ValidationError, table: Any, *, mistakes: Mapping[str, Fault] | None = None, noun: str = "key"
) -> Iterator[RefusedValue]:
    """Yield what ``error`` found in ``table``, in the order of the declaration; ``noun``: what its readers call a key."""
    for found in error.errors(include_url=False):
        if found["type"] != "default_factory_not_called":  # its value would follow from another that is wrong
            yield _refusal(model, found, table, mistakes or {}, noun)


def dotted(path: Sequence[int | str]) -> str:
    """Return a place as people write it: ``("limits", "rules", 0, "per")`` is ``limits.rules[1].per``."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _refusal(model: type[BaseModel], found: Any, table: Any, mistakes: Mapping[str, Fault], noun: str) -> RefusedValue:
    path: Path = found["loc"]
    value, kind = found["input"], found["type"]
    if path and path[-1] == _NAME:
        path = path[:-1]
        names = node_at(model, path[:-1])
        if not keys_of(names):
            fault = str(found.get("ctx", {}).get("error", ""))
            reason = fault or "a name has small letters, digits and single hyphens, at most 64"
            return RefusedValue(
                path=path, value=_value_at(table, path), reason=reason, line=right_line(path[:-1], _sample(model, path[:-1]))
            )
        kind, value = "extra_forbidden", _value_at(table, path)
    if kind == "extra_forbidden":
        return _unknown_key(model, path, value, mistakes, noun)
    if len(path) > 1 and "prefixItems" in node_at(model, path[:-1]):
        path = path[:-1]
    if path and "prefixItems" in node_at(model, path):
        kind, value = "pair", _value_at(table, path)
    return _wrong_value(model, path, value, kind, found)


def _unknown_key(model: type[BaseModel], path: Path, value: object, mistakes: Mapping[str, Fault], noun: str) -> RefusedValue:
    key = str(path[-1])
    if key in mistakes:
        return RefusedValue(path=path, value=value, reason=mistakes[key].reason, line=mistakes[key].example)
    known = keys_of(node_at(model, path[:-1]))
    meant = nearest(key, known)
    hint = f"did you mean {meant}?" if meant else f"the {noun}s are: " + ", ".join(known)
    line = right_line((*path[:-1], meant), _sample(model, (*path[:-1], meant))) if meant else None
    return RefusedValue(path=path, value=value, reason=f"there is no such {noun}; {hint}", line=line, unknown=True)


def _wrong_value(model: type[BaseModel], path: Path, value: object, kind: str, found: Any) -> RefusedValue:
    fault = found.get("ctx", {}).get("error")
    line = None
    if isinstance(fault, Fault):
        line = fault.example
        if fault.key is not None:
            path, value = (*path[:-1], fault.key), fault.value
    node = node_at(model, path)
    named = path
    while len(named) > 1 and isinstance(named[-1], int) and "properties" not in node_at(model, named):
        named = named[:-1]  # one word of a list is told by the name of the list
    sample = _sample(model, named)
    if kind == "missing":
        reason, value = "is missing", None
    elif kind == "recursion_depth_exceeded":
        named, reason = path[:_DEEPEST], "is nested too deeply"
    elif kind == "value_error" and str(fault):
        reason = str(fault)
    elif kind == "too_long" and isinstance(value, Sequence) and not isinstance(value, str):
        reason, value = f"are more than {found['ctx']['max_length']}", f"{len(value)} {path[-1]}"
    else:
        reason = "must be " + expects(node) + _meant(value, node)
    return RefusedValue(path=named, value=value, reason=reason, sample=sample, line=line)


def _meant(value: object, node: Node) -> str:
    meant = nearest(value, map(str, node["enum"])) if isinstance(value, str) and "enum" in node else None
    return f"; did you mean {meant}?" if meant else ""


def _sample(model: type[BaseModel], path: Path) -> Any:
    found = next(iter(node_at(model, path).get("examples", ())), None)
    if found is None and path:
        table = next(iter(node_at(model, path[:-1]).get("examples", ())), None)
        found = table.get(path[-1], next(iter(table.values()), None)) if isinstance(table, Mapping) else None
    return found


def _value_at(table: Any, path: Path) -> Any:
    for part in path:
        table = table[part]
    return table


def _line(found: RefusedValue, where: str, under: Path) -> Invalid:
    path = (*under, *found.path)
    example = found.line or (right_line(path, found.sample) if found.sample is not None else None)
    value = found.value.isoformat() if isinstance(found.value, date | time) else found.value
    return Invalid(dotted(path), value, found.reason, example=example, where=where)
