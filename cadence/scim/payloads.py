"""What Entra ID and Okta send in other forms than RFC 7644 has, brought into its own before it is read.

Both write a patch of a manager as a bare id or a list, repeat read-only attributes, and write filters with ``"True"``. Pure.
"""

from __future__ import annotations

import json
import re
from typing import Any

from scim2_models import InvalidFilterException, InvalidSyntaxException, ScimFilter
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr

from cadence.scim.models import ENTERPRISE

#: what only we say
_OURS = {"id", "meta", "groups", "schemas"}
_MANAGER = f"{ENTERPRISE}:manager".casefold()
_TRUTH = re.compile(r'(primary\s+eq\s+)"(true|false)"', re.IGNORECASE)
_BELOW = re.compile(r'\bemails\[type eq "\w+"\]\.value', re.IGNORECASE)
_MEMBER = re.compile(r'\bmembers\[value eq ("[^"]*")\]', re.IGNORECASE)


def read_body(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a request. Raises InvalidSyntaxException."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidSyntaxException(detail="The body is not JSON.") from None
    if not isinstance(payload, dict) or "\\u0000" in body.decode("utf-8", "replace") or "\0" in json.dumps(payload):
        raise InvalidSyntaxException(detail="The body is not a JSON object.")
    return payload


def plain_resource(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a resource without what only we say of it."""
    kept = {key: value for key, value in payload.items() if key.casefold() not in _OURS - {"schemas"}}
    extension = kept.get(ENTERPRISE)
    if isinstance(extension, dict) and "manager" in extension:
        kept[ENTERPRISE] = {**extension, "manager": _manager(extension["manager"])}
    return kept


def plain_patch(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a patch with its operations in the forms of RFC 7644."""
    key = next((name for name in payload if name.casefold() == "operations"), "Operations")
    operations = payload.get(key)
    if not isinstance(operations, list):
        return payload
    return {**payload, key: [kept for one in operations if (kept := _operation(one)) is not None]}


def _operation(one: Any) -> Any:
    if not isinstance(one, dict):
        return one
    path, value = one.get("path"), one.get("value")
    if not path and isinstance(value, dict):
        plain = plain_resource({name: said for name, said in value.items() if name.casefold() not in _OURS})
        for name in plain:
            if name.casefold() == _MANAGER:
                plain[name] = _manager(plain[name])
        return {**one, "value": plain} if plain else None
    if not isinstance(path, str):
        return one
    if path.casefold().partition(".")[0].partition("[")[0] in _OURS:
        return None
    changed = {**one, "path": _TRUTH.sub(lambda found: found[1] + found[2].lower(), path)}
    if path.casefold() == _MANAGER and "value" in one:
        named = _manager(value)
        changed = {**changed, "value": named} if named else {"op": "remove", "path": path}
    return changed


def _manager(said: Any) -> Any:
    first = said[0] if isinstance(said, list) and said else said
    return {"value": first} if isinstance(first, str) and first else (first or None)


def wanted(text: str, model: type[Any], names: dict[str, str]) -> dict[str, str]:
    """Return what a filter asks for, by our names. ``names``: the attributes, in lower case, that may be compared.

    Only ``eq``, joined by ``and``. Raises InvalidFilterException.
    """
    if len(text) > 1_000:
        raise InvalidFilterException(detail="The filter is too long.")
    plain = _MEMBER.sub(r"members.value eq \1", _BELOW.sub("emails.value", text))
    found: dict[str, str] = {}
    for term in _terms(ScimFilter(plain).ast):
        name = _name(term) if isinstance(term, Comparison) and term.op is CompareOperator.eq else ""
        if name not in names or not isinstance(term, Comparison) or not isinstance(term.value, str):
            raise InvalidFilterException(detail=f"Filters may ask for {', '.join(sorted(names))} with eq, joined by and.")
        if found.setdefault(names[name], term.value) != term.value:
            raise InvalidFilterException(detail=f"The filter asks for two values of {name}.")
    return found


def _terms(node: FilterNode) -> tuple[FilterNode, ...]:
    if isinstance(node, LogicalExpr) and node.op == "and":
        return tuple(term for one in node.terms for term in _terms(one))
    return (node,)


def _name(term: Comparison) -> str:
    path = term.attr_path
    return ".".join(part for part in (path.attr, path.sub_attr) if part).casefold()
