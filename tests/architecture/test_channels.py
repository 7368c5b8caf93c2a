"""A channel is named in its folder, in the registry and in the docs: code that works for all of them names none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from cadence.channels.registry import FACTS
from cadence.domain.sending.deliveries import Channel

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cadence"
#: where "email" is the name of a person's fact: the address by which files and directories know people
FACT_OF_A_PERSON = {"operations/people", "operations/running", "operations/simulation", "web/leader", "web/admin", "web/sign_in"}


def _names(path: Path) -> list[str]:
    room = path.parent.relative_to(PACKAGE).as_posix()
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Channel" and node.attr.isupper():
            found.append(f"{path.name}:{node.lineno}: Channel.{node.attr}")
        if isinstance(node, ast.Constant) and node.value in tuple(Channel) and not (node.value == "email" and room in FACT_OF_A_PERSON):
            found.append(f"{path.name}:{node.lineno}: {node.value!r}")
    return found


def test_code_for_all_channels_names_none() -> None:
    folders = [PACKAGE / name for name in ("operations", "web", "api", "engine")]
    assert [name for folder in folders for path in sorted(folder.rglob("*.py")) for name in _names(path)] == []


def test_pages_name_no_channel() -> None:
    literal = re.compile(r"[\"'>](?:slack|e-?mail)[\"'<]", re.IGNORECASE)
    # a field for an address of a person is of HTML's own kind "email"
    field = re.compile(r"(?:(?:type|name|id|for|kind)=|field\(|\"autocomplete\": )\"email\"")
    pages = sorted((PACKAGE / "web" / "templates").rglob("*.html"))
    assert [page.name for page in pages if literal.search(field.sub("", page.read_text(encoding="utf-8")))] == []


def test_each_channel_has_its_folder_its_entry_and_its_page() -> None:
    docs = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8").casefold()
    assert set(FACTS) == set(Channel)
    for channel in Channel:
        assert (PACKAGE / "channels" / channel.value / "__init__.py").exists()
        assert channel.value in docs
