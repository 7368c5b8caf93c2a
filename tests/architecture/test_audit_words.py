"""Every change that the program writes down has its sentence, in every language that is shipped."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


_ACTION = re.compile(r"[a-z]+\.[a-z_]+")


def written_actions() -> set[str]:
    """Return every action that is written as a literal in a call of ``Change``, or of a function of ours that notes one."""
    found = set()
    for path in (ROOT / "cadence").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "Change(" not in text and "note" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            name = str(getattr(node.func, "id", getattr(node.func, "attr", ""))) if isinstance(node, ast.Call) else ""
            if not isinstance(node, ast.Call) or not (name == "Change" or name.lstrip("_").startswith("note")):
                continue
            given = [word.value for word in node.keywords if word.arg == "action"] + (node.args if name != "Change" else [])
            found |= {
                part.value
                for value in given
                for part in ast.walk(value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and _ACTION.fullmatch(part.value)
            }
    return found


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_action_has_its_sentence(language: str) -> None:
    words = tomllib.loads((ROOT / "messages" / "templates" / "words" / f"{language}.toml").read_text(encoding="utf-8"))
    actions = written_actions()
    assert "estimate.locked" in actions
    assert not actions - words["leader"]["audit_actions"].keys()
