"""The reference tables of docs/cadences.md, from the declarations: ``python -m cadence.files.reference`` prints them.

A test holds the page against them, so that the page never lags behind what a file may say.
"""

from __future__ import annotations

import sys

from pydantic import BaseModel

from cadence.files.audience_rules import AudienceRule
from cadence.files.cadences_toml import CadenceTable
from cadence.files.json_schema import Node, expects, node_at, toml
from cadence.files.limits_toml import CapRuleTable, LimitsTable, SliceTable
from cadence.files.population_toml import PopulationToml

#: in the order of the page
TABLES: tuple[type[BaseModel], ...] = (CadenceTable, LimitsTable, CapRuleTable, SliceTable, AudienceRule, PopulationToml)


def render(model: type[BaseModel]) -> str:
    """Return a Markdown table with a line for every key of ``model``."""
    table = node_at(model, ())
    head = ["| key | value | default | meaning |", "|---|---|---|---|"]
    return "\n".join([*head, *(_row(key, node_at(model, (key,)), key in table.get("required", ())) for key in table["properties"])]) + "\n"


def _row(key: str, node: Node, required: bool) -> str:
    default = "must be given" if required else node.get("absent") or (f"`{toml(node['default'])}`" if "default" in node else "none")
    return f"| `{key}` | {expects(node)} | {default} | {node['description']} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(map(render, TABLES)))
