"""The JSON Schema of a declared table, for forms, editors and the API, and what it says about one value in words.

Owns the words for what a value must be ("a whole number from 1 to 14") and the line that would be right: refusals
and the docs say the same because both come from here. Draft 2020-12; ``expects``, ``absent`` and ``unit`` are notes
of ours that validators pass over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import DEFAULT_REF_TEMPLATE, GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

Node = Mapping[str, Any]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class _TomlSchema(GenerateJsonSchema):
    """JSON Schema of what TOML can say: there is no null, a table that is left out holds its own defaults."""

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        return {key: value for key, value in found.items() if key != "default" or not (value is None or isinstance(value, dict))}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        # a name that the pattern refuses is no other key
        found = super().dict_schema(schema)
        return found | {"additionalProperties": False} if "patternProperties" in found else found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of the files that ``model`` accepts."""
    return model.model_json_schema(schema_generator=_TomlSchema, ref_template=DEFAULT_REF_TEMPLATE)


def node_at(model: type[BaseModel], path: Sequence[int | str]) -> Node:
    """Return what is declared at ``path`` (keys, and places in lists); nothing where nothing is."""
    schema = schema_of(model)
    node = _resolved(schema, schema)
    for part in path:
        node = _resolved(schema, _below(node, part))
    return node


def keys_of(node: Node) -> tuple[str, ...]:
    """Return the keys that a table may have; none where any name will do."""
    return tuple(node.get("properties", ())) or tuple(node.get("propertyNames", {}).get("enum", ()))


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield (path, what is declared there) of every key that is not a table of keys itself."""
    for key in node_at(model, path).get("properties", ()):
        node = node_at(model, (*path, key))
        if "properties" in node and "expects" not in node:  # a table that is told in words may hold itself
            yield from leaves(model, (*path, key))
        else:
            yield (*path, key), node


def expects(node: Node) -> str:
    """Return what a value must be, in words that follow "must be"."""
    if "expects" in node:
        return str(node["expects"])
    if "const" in node:
        return str(toml(node["const"]))
    if "enum" in node:
        return "one of: " + ", ".join(map(str, node["enum"]))
    kind = node.get("type")
    if kind == "array":
        return _expects_list(node)
    if kind == "string" and "maxLength" in node:
        return f"a text of one line with at most {node['maxLength']} characters"
    if kind == "object" and isinstance(node.get("additionalProperties"), Mapping):
        return f"a table with {expects(node['additionalProperties'])} for any of: " + ", ".join(keys_of(node))
    words = {"boolean": "true or false, without quotes", "string": "a text in quotes", "integer": "a whole number", "number": "a number"}
    return words.get(str(kind), "a table") + _range(node)


def toml(value: Any) -> str:
    """Return a value as it is written in a TOML file.

    >>> toml(["mon", "thu"]), toml(True), toml({"team": ["Field"]})
    ('["mon", "thu"]', 'true', '{ team = ["Field"] }')
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return value if _DATE.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value).lower()


def right_line(path: Sequence[int | str], value: Any) -> str:
    """Return a line (of a table: its head, and lines below it) that gives ``value`` to the key at ``path``.

    >>> right_line(("cadences", "weekly", "days"), ["mon"]), right_line(("limits", "floor"), {"priority": 3})
    ('days = ["mon"]', '[limits.floor] with priority = 3')
    """
    table, brackets = value, "[{}]"
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        table, brackets = value[0], "[[{}]]"
    if not isinstance(table, Mapping):
        return f"{path[-1]} = {toml(value)}"
    named = next((key for key, below in table.items() if isinstance(below, Mapping)), None)
    if named is not None:
        return right_line((*path, named), {})
    head = brackets.format(".".join(str(part) for part in path if isinstance(part, str)))
    lines = ", ".join(f"{key} = {toml(one)}" for key, one in table.items())
    return f"{head} with {lines}" if lines else head


def _expects_list(node: Node) -> str:
    if "prefixItems" in node:
        first, second = (_range(one).strip() for one in node["prefixItems"])
        return f"two numbers, the first {first}, the second {second}"
    items = node.get("items", {})
    if items.get("type") == "object":
        return "a list of tables"
    inner = expects(items)
    if items.get("type") == "string":
        return "a list of words in quotes" + (f", each {inner}" if "enum" in items or "expects" in items else "")
    return f"a list, each {inner}"


def _range(node: Node) -> str:
    least, most = node.get("minimum"), node.get("maximum")
    return "" if least is None or most is None else f" from {least:g} to {most:g}"


def _resolved(schema: Node, node: Node) -> Node:
    while "$ref" in node:
        name = str(node["$ref"]).rpartition("/")[2]
        node = {**schema["$defs"][name], **{key: value for key, value in node.items() if key != "$ref"}}
    return {**node, "items": _resolved(schema, node["items"])} if "items" in node else node


def _below(node: Node, part: int | str) -> Node:
    if isinstance(part, int):
        places = node.get("prefixItems", ())
        below: Node = places[part] if part < len(places) else node.get("items", {})
    elif part in node.get("properties", ()):
        below = node["properties"][part]
    else:
        patterns = node.get("patternProperties", {})
        below = next(iter(patterns.values()), node.get("additionalProperties") or {})
    return below if isinstance(below, Mapping) else {}
